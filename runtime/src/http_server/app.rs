//! The application of a worker: one service for ordinary requests and handshakes alike.

use std::{fmt, rc::Rc};

use actix_http::{Request, Response, body::BoxBody};
use actix_service::{IntoServiceFactory, Service, ServiceFactory};
use actix_web::{Error, dev::AppConfig};
use futures_core::future::LocalBoxFuture;
use tokio::sync::OnceCell;

/// What `levante::HttpServer` can serve: what [`actix_web::App`] is.
pub(super) trait Application: ServiceFactory<Request, Config = AppConfig> + 'static {}

impl<S: ServiceFactory<Request, Config = AppConfig> + 'static> Application for S {}

/// Builds an application once, however many services ask for it.
pub(super) struct SharedApp<S: Application> {
    factory: S,
    config: AppConfig,
    service: OnceCell<Rc<S::Service>>,
}

impl<S: Application> SharedApp<S>
where
    S::InitError: fmt::Debug,
{
    pub(super) fn new(app: impl IntoServiceFactory<S, Request>, config: AppConfig) -> Rc<Self> {
        Rc::new(Self {
            factory: app.into_factory(),
            config,
            service: OnceCell::new(),
        })
    }

    pub(super) async fn service(&self) -> Result<AppService<S>, ()> {
        let build = async || {
            self.factory
                .new_service(self.config.clone())
                .await
                .map(Rc::new)
        };
        let service = self.service.get_or_try_init(build).await.map_err(|error| {
            tracing::error!(?error, "the application could not be built");
        })?;
        Ok(AppService(service.clone()))
    }
}

/// The application for ordinary requests.
pub(super) struct AppFactory<S: Application>(pub(super) Rc<SharedApp<S>>);

impl<S: Application> ServiceFactory<Request> for AppFactory<S>
where
    S::Error: Into<Error>,
    S::InitError: fmt::Debug,
    <S::Service as Service<Request>>::Future: 'static,
{
    type Response = S::Response;
    type Error = Response<BoxBody>;
    type Config = ();
    type Service = AppService<S>;
    type InitError = ();
    type Future = LocalBoxFuture<'static, Result<AppService<S>, ()>>;

    fn new_service(&self, (): ()) -> Self::Future {
        let app = self.0.clone();
        Box::pin(async move { app.service().await })
    }
}

/// The application of this worker.
pub(super) struct AppService<S: Application>(Rc<S::Service>);

impl<S: Application> Clone for AppService<S> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<S: Application> Service<Request> for AppService<S>
where
    S::Error: Into<Error>,
    <S::Service as Service<Request>>::Future: 'static,
{
    type Response = S::Response;
    type Error = Response<BoxBody>;
    type Future = LocalBoxFuture<'static, Result<S::Response, Response<BoxBody>>>;

    fn poll_ready(
        &self,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Result<(), Response<BoxBody>>> {
        self.0.poll_ready(cx).map_err(into_response)
    }

    fn call(&self, request: Request) -> Self::Future {
        let response = self.0.call(request);
        Box::pin(async move { response.await.map_err(into_response) })
    }
}

fn into_response(error: impl Into<Error>) -> Response<BoxBody> {
    error.into().error_response().into()
}
