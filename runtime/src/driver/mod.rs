//! What connects a [`Connection`](crate::connection::Connection) to the network.

pub(crate) mod body;
