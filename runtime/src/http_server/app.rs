//! The application of a worker. One instance serves ordinary requests and upgrade requests.

use std::{
    fmt,
    marker::PhantomData,
    rc::Rc,
    task::{Context, Poll},
    time::Duration,
};

use actix_http::{
    ConnectionType, HttpMessage as _, Request, Response,
    body::{BoxBody, MessageBody},
};
use actix_service::{IntoServiceFactory, Service, ServiceFactory};
use actix_web::{
    Error,
    dev::AppConfig,
    http::{StatusCode, header::UPGRADE},
};
use futures_core::future::LocalBoxFuture;
use tokio::sync::OnceCell;

use super::exchanges::{Answer, Exchanges, watch};

/// An application that `levante::HttpServer` can serve, such as [`actix_web::App`].
pub(super) trait Application: ServiceFactory<Request, Config = AppConfig> + 'static {}

impl<S: ServiceFactory<Request, Config = AppConfig> + 'static> Application for S {}

/// Builds an application once, even if several services use it.
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

/// Makes the services that pass ordinary requests to the application.
pub(super) struct AppFactory<S: Application, B> {
    app: Rc<SharedApp<S>>,
    stall: Duration,
    types: PhantomData<fn() -> B>,
}

impl<S: Application, B> AppFactory<S, B> {
    /// `stall` limits how long a peer may pause while it sends the body of a request. Zero: no
    /// limit.
    pub(super) fn new(app: Rc<SharedApp<S>>, stall: Duration) -> Self {
        Self {
            app,
            stall,
            types: PhantomData,
        }
    }
}

impl<S: Application, B: MessageBody + 'static> ServiceFactory<Request> for AppFactory<S, B>
where
    S::Error: Into<Error>,
    S::InitError: fmt::Debug,
    S::Response: Into<Response<B>>,
    <S::Service as Service<Request>>::Future: 'static,
{
    type Response = Response<Answer>;
    type Error = Response<BoxBody>;
    type Config = ();
    type Service = OrdinaryService<S, B>;
    type InitError = ();
    type Future = LocalBoxFuture<'static, Result<OrdinaryService<S, B>, ()>>;

    fn new_service(&self, (): ()) -> Self::Future {
        let (app, stall) = (self.app.clone(), self.stall);
        Box::pin(async move {
            let app = app.service().await?;
            Ok(OrdinaryService {
                app,
                stall,
                types: PhantomData,
            })
        })
    }
}

/// Marks, in its extensions, a request with an `Upgrade` header whose stream actix has kept.
pub(crate) struct NoStream;

/// Answers ordinary requests.
pub(super) struct OrdinaryService<S: Application, B> {
    app: AppService<S>,
    stall: Duration,
    types: PhantomData<fn() -> B>,
}

impl<S: Application, B: MessageBody + 'static> Service<Request> for OrdinaryService<S, B>
where
    S::Error: Into<Error>,
    S::Response: Into<Response<B>>,
    <S::Service as Service<Request>>::Future: 'static,
{
    type Response = Response<Answer>;
    type Error = Response<BoxBody>;
    type Future = LocalBoxFuture<'static, Result<Response<Answer>, Response<BoxBody>>>;

    fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<Result<(), Response<BoxBody>>> {
        self.app.poll_ready(cx)
    }

    fn call(&self, mut request: Request) -> Self::Future {
        let under_way = request.conn_data::<Rc<Exchanges>>().map(Exchanges::begin);
        watch(request.payload(), self.stall, under_way.as_ref());
        let asks = request.head().upgrade();
        if request.headers().contains_key(UPGRADE) {
            request.extensions_mut().insert(NoStream);
        }
        let response = self.app.0.call(request);
        Box::pin(async move {
            let response = match response.await {
                Ok(response) => response.into().map_into_boxed_body(),
                Err(error) => into_response(error),
            };
            Ok(Answer::of(without_upgrade(response, asks), under_way))
        })
    }
}

/// Makes the response say `Connection: close` if the request `asks` for an upgrade: the connection
/// ends with this response. By itself actix would copy `Connection: upgrade` from the request.
fn without_upgrade<B>(mut response: Response<B>, asks: bool) -> Response<B> {
    if asks && response.status() != StatusCode::SWITCHING_PROTOCOLS {
        let head = response.head_mut();
        head.set_connection_type(ConnectionType::Close);
    }
    response
}

/// The application, as one worker runs it.
pub(super) struct AppService<S: Application>(Rc<S::Service>);

impl<S: Application> Clone for AppService<S> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<S: Application> AppService<S>
where
    S::Error: Into<Error>,
{
    pub(super) fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<Result<(), Response<BoxBody>>> {
        self.0.poll_ready(cx).map_err(into_response)
    }

    /// Answers an upgrade request.
    pub(super) async fn call(&self, request: Request) -> Result<S::Response, Response<BoxBody>> {
        self.0.call(request).await.map_err(into_response)
    }
}

fn into_response(error: impl Into<Error>) -> Response<BoxBody> {
    error.into().error_response().into()
}
