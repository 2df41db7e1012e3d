//! The settings with which an endpoint was mounted.

use std::{pin::Pin, sync::Arc};

use actix_web::{HttpMessage, HttpRequest, HttpResponse, dev::Payload};

use crate::{
    config::Config,
    extract::{OfService, server_of},
    server::Server,
};

/// All that a request needs to become a connection.
#[derive(Clone)]
pub(crate) struct Mounted {
    pub(crate) config: Arc<Config>,
    /// `None`: the server of the application.
    pub(crate) server: Option<Server>,
    pub(crate) upgrade: Upgrade,
}

impl Mounted {
    /// The server for the connection that this request asks for.
    pub(crate) fn server(&self, request: &HttpRequest) -> Server {
        let Some(named) = &self.server else {
            return server_of(request);
        };
        // So that the `Server` extractor of `attach` gives the same server.
        let of_service = OfService(named.clone());
        request.extensions_mut().insert(of_service);
        named.clone()
    }
}

/// The function [`answer`](super::answer), for the endpoint of one module.
pub(crate) type Upgrade = fn(HttpRequest, Payload, Mounted) -> Upgrading;

pub(crate) type Upgrading = Pin<Box<dyn Future<Output = HttpResponse>>>;
