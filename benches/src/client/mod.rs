//! The load generator: many connections on one epoll, and no allocation per message.

mod connection;
mod dialect;
mod frames;
mod stream;
mod swarm;
mod target;

pub(crate) use self::{
    connection::Connection,
    dialect::{Dialect, Service},
    frames::{FrameCounter, Kind, client_frame, server_frame},
    swarm::{Member, Swarm},
    target::Target,
};
