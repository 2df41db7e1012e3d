//! The load generator: many connections on one epoll, and no allocation per message.

mod connection;
mod counter;
pub(crate) mod deflate;
mod dialect;
mod frames;
mod http;
mod stream;
mod swarm;
mod target;

pub(crate) use self::{
    connection::Connection,
    counter::FrameCounter,
    dialect::{Dialect, Service},
    frames::{Kind, client_frame, compressed_client_frame, server_frame},
    http::get,
    swarm::{Member, Swarm},
    target::Target,
};
