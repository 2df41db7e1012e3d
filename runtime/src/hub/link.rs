//! The space and the other nodes of a cluster: joining them, and what goes to one socket.

use std::sync::Arc;

use crate::{
    close::{CloseCode, CloseReason, ClosedBy},
    frame::{Frame, SharedFrame},
    link::{Link, Routed, Target, What},
    message::{IntoMessage, Outgoing},
    outbox::{DropReason, SendStatus},
    worker::{Core, LocalWorker, SocketId, Space, log_unencodable},
};

/// Why a space cannot join a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotJoined {
    /// It has connections, whose ids do not name the node.
    Connected,
    /// It has joined a cluster before.
    Joined,
    ShutDown,
}

/// Links a space to other nodes. Marks every topic that is wanted already.
pub(crate) fn join(space: &Space, link: &Arc<Link>) -> Result<(), NotJoined> {
    if space.is_shut_down() {
        return Err(NotJoined::ShutDown);
    }
    if space.link().is_none() && space.connections() > 0 {
        return Err(NotJoined::Connected);
    }
    if !space.set_link(link) {
        return Err(NotJoined::Joined);
    }
    close_strangers(space);
    Ok(())
}

/// Closes the sockets that have connected while the space joined: their ids do not name the node. A
/// handshake that has not registered its connection yet finds the link afterwards.
pub(crate) fn close_strangers(space: &Space) {
    for core in space.workers().iter().flat_map(|worker| worker.cores()) {
        if !space.is_of_here(core.id) {
            let reason = CloseReason::new(CloseCode::Restart, "", ClosedBy::Server);
            core.close(reason);
        }
    }
}

/// Sends a message to the socket with this id, on whichever node it is.
pub(crate) fn send_to(space: &Space, id: SocketId, message: impl IntoMessage) -> Routed {
    let sent = message.lend(|outgoing| match link_to(space, id) {
        None => send_here(space, id, &outgoing),
        Some(link) => Frame::of(&outgoing, |frame| {
            let what = What::Send {
                id: id.0,
                frame: SharedFrame::new(frame),
                compress: outgoing.compress,
            };
            queued(space, link, id, what)
        }),
    });
    sent.unwrap_or_else(|error| {
        log_unencodable(&error);
        Routed::Dropped
    })
}

/// Closes the socket with this id, on whichever node it is.
pub(crate) fn close_socket(space: &Space, id: SocketId, reason: CloseReason) -> Routed {
    let Some(link) = link_to(space, id) else {
        return close_here(space, id, reason);
    };
    let what = What::CloseSocket {
        id: id.0,
        code: reason.code.into(),
        reason: (&*reason.reason).into(),
    };
    queued(space, link, id, what)
}

/// Sends a message to a socket of this process.
pub(crate) fn send_here(space: &Space, id: SocketId, message: &Outgoing<'_>) -> Routed {
    let Some(core) = find(space, id) else {
        return Routed::NotFound;
    };
    match core.send_outgoing(message) {
        SendStatus::Sent(_) | SendStatus::Backpressure => Routed::Here,
        SendStatus::Dropped(DropReason::Closed) => Routed::NotFound,
        SendStatus::Dropped(_) => Routed::Dropped,
    }
}

/// Closes a socket of this process.
pub(crate) fn close_here(space: &Space, id: SocketId, reason: CloseReason) -> Routed {
    let Some(core) = find(space, id) else {
        return Routed::NotFound;
    };
    match core.close(reason) {
        true => Routed::Here,
        false => Routed::NotFound,
    }
}

fn find(space: &Space, id: SocketId) -> Option<Arc<Core>> {
    space.workers().iter().find_map(|worker| worker.core(id))
}

/// The link, if the id is that of another node.
fn link_to(space: &Space, id: SocketId) -> Option<&Arc<Link>> {
    space.link().filter(|link| link.tag() != id.tag())
}

/// Queues an item for other nodes; `false` if it is refused. While this worker polls its connections,
/// the thread of the broker sleeps on: all that their handlers publish goes out together.
pub(super) fn queue(space: &Space, link: &Link, target: Target, what: What) -> bool {
    match LocalWorker::current(space).is_some_and(|here| here.will_wake_link()) {
        true => link.offer_quietly(target, what),
        false => link.offer(target, what),
    }
}

fn queued(space: &Space, link: &Link, id: SocketId, what: What) -> Routed {
    match queue(space, link, Target::Node(id.tag()), what) {
        true => Routed::Queued,
        false => Routed::Dropped,
    }
}
