//! The processes of the examples, and their clients.

pub(crate) mod address;
pub(crate) mod client;
pub(crate) mod cluster;
pub(crate) mod folder;
pub(crate) mod front;
pub(crate) mod http;
pub(crate) mod process;
pub(crate) mod proxy;
pub(crate) mod requirements;
pub(crate) mod serving;
pub(crate) mod tls;
