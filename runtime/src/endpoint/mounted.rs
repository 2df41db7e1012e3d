//! What an endpoint was mounted with.

use std::{pin::Pin, sync::Arc};

use actix_web::{HttpMessage, HttpRequest, HttpResponse, dev::Payload};

use crate::{
    config::Config,
    extract::{OfService, server_of},
    server::Server,
};

/// What a request needs to become a connection.
#[derive(Clone)]
pub(crate) struct Mounted {
    pub(crate) config: Arc<Config>,
    /// `None`: the application's.
    pub(crate) server: Option<Server>,
    pub(crate) upgrade: Upgrade,
}

impl Mounted {
    /// The server of the connection that this request asks for.
    pub(crate) fn server(&self, request: &HttpRequest) -> Server {
        let Some(named) = &self.server else {
            return server_of(request);
        };
        // So that `attach` is given the same.
        let of_service = OfService(named.clone());
        request.extensions_mut().insert(of_service);
        named.clone()
    }
}

/// [`answer`](super::answer) of one module.
pub(crate) type Upgrade = fn(HttpRequest, Payload, Mounted) -> Upgrading;

pub(crate) type Upgrading = Pin<Box<dyn Future<Output = HttpResponse>>>;
