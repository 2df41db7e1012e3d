//! The end of a space: what a shutdown waits for, and for how long.

use actix_rt::task::JoinHandle;

use super::*;
use crate::{
    clock,
    hub::{shut_down, shut_down_sockets},
    link::{Link, Stage},
    worker::Space,
};

const TIMEOUT: Duration = Duration::from_secs(10);

/// Links the space of a peer to other nodes.
fn linked(peer: &Peer) -> (Arc<Space>, Arc<Link>) {
    let space = peer.core.space().clone();
    let link = Arc::new(Link::new(7, usize::MAX));
    assert!(space.set_link(&link));
    (space, link)
}

/// Begins to shut down the space of a peer.
async fn begin(peer: &Peer) -> JoinHandle<usize> {
    let reason = CloseReason::new(CloseCode::GoingAway, "", ClosedBy::Shutdown);
    let deadline = clock::deadline(TIMEOUT);
    let shutdown = actix_rt::spawn(shut_down(peer.core.space().clone(), reason, deadline));
    settle().await;
    shutdown
}

on_each_driver! {
    async fn a_peer_that_does_not_answer_is_cut_off_at_the_deadline(driver: Driver) {
        let mut peer = Peer::connect(driver, NONE).await;
        let shutdown = begin(&peer).await;
        assert_eq!(peer.read().await, CLOSE_1001);
        pass(TIMEOUT - MILLI).await;
        assert!(!shutdown.is_finished());
        assert_eq!(peer.connections(), 1);
        // The timer rounds up.
        pass(2 * MILLI).await;
        assert_eq!(shutdown.await.unwrap(), 1);
        assert_eq!(peer.log(), ["close 1001 Shutdown"]);
        assert_eq!(peer.connections(), 0);
    }

    async fn a_peer_that_answers_is_not_waited_for(driver: Driver) {
        let mut peer = Peer::connect(driver, NONE).await;
        let shutdown = begin(&peer).await;
        assert_eq!(peer.read().await, CLOSE_1001);
        assert!(!shutdown.is_finished());
        peer.write(&client_frame(0x88, b"\x03\xE9")).await;
        assert!(shutdown.is_finished(), "no time has passed");
        assert_eq!(shutdown.await.unwrap(), 0);
        assert_eq!(peer.log(), ["close 1001 Shutdown"]);
    }

    async fn a_handler_at_work_is_not_cancelled_and_not_waited_for_long(driver: Driver) {
        let mut peer = Peer::connect(driver, NONE).await;
        peer.send("wait").await;
        let shutdown = begin(&peer).await;
        pass(TIMEOUT + 2 * MILLI).await;
        // The handler has one more second.
        pass(SECOND - 4 * MILLI).await;
        assert!(!shutdown.is_finished());
        pass(4 * MILLI).await;
        assert_eq!(shutdown.await.unwrap(), 1);
        assert_eq!(peer.connections(), 1);
        assert_eq!(peer.log(), ["waiting"]);
        peer.door.notify_one();
        settle().await;
        assert_eq!(peer.log(), ["done Dropped(Closed)", "close 1001 Shutdown"]);
        assert_eq!(peer.connections(), 0);
    }

    async fn a_link_stops_behind_the_last_connection_and_is_waited_for(driver: Driver) {
        let mut peer = Peer::connect(driver, NONE).await;
        let (space, link) = linked(&peer);
        let shutdown = begin(&peer).await;
        assert_eq!(*link.stages().borrow(), Stage::Running);
        publish(&space, "t", "as a `close` handler may", Policy::Drop, None);
        assert_eq!(link.levels().last_sequence, 1);
        peer.write(&client_frame(0x88, b"\x03\xE9")).await;
        assert_eq!(peer.connections(), 0);
        assert_eq!(*link.stages().borrow(), Stage::Stopping);
        publish(&space, "t", "too late", Policy::Drop, None);
        assert_eq!((link.levels().last_sequence, link.levels().refused), (1, 1));
        let second = begin(&peer).await;
        assert!(!shutdown.is_finished() && !second.is_finished());
        link.left();
        assert_eq!((shutdown.await.unwrap(), second.await.unwrap()), (0, 0));
        let third = begin(&peer).await;
        assert!(third.is_finished());
        assert_eq!(*link.stages().borrow(), Stage::Left);
    }

    async fn a_link_that_does_not_leave_is_abandoned_a_second_after_the_deadline(driver: Driver) {
        let mut peer = Peer::connect(driver, NONE).await;
        let (_space, link) = linked(&peer);
        let shutdown = begin(&peer).await;
        assert_eq!(peer.read().await, CLOSE_1001);
        peer.write(&client_frame(0x88, b"\x03\xE9")).await;
        pass(TIMEOUT + SECOND - 2 * MILLI).await;
        assert!(!shutdown.is_finished());
        pass(4 * MILLI).await;
        assert_eq!(shutdown.await.unwrap(), 0);
        assert_eq!(*link.stages().borrow(), Stage::Abandoned);
    }

    async fn a_link_stops_also_if_the_shutdown_is_not_awaited(driver: Driver) {
        let mut peer = Peer::connect(driver, NONE).await;
        let (_space, link) = linked(&peer);
        let shutdown = begin(&peer).await;
        shutdown.abort();
        assert_eq!(peer.read().await, CLOSE_1001);
        assert_eq!(*link.stages().borrow(), Stage::Running);
        peer.write(&client_frame(0x88, b"\x03\xE9")).await;
        assert_eq!(*link.stages().borrow(), Stage::Stopping);
    }

    async fn the_caller_of_a_shutdown_of_sockets_stops_the_link_later(driver: Driver) {
        let mut peer = Peer::connect(driver, NONE).await;
        let (space, link) = linked(&peer);
        let reason = CloseReason::new(CloseCode::GoingAway, "", ClosedBy::Shutdown);
        let deadline = clock::deadline(TIMEOUT);
        let sockets = shut_down_sockets(space.clone(), reason, deadline);
        let shutdown = actix_rt::spawn(sockets);
        settle().await;
        peer.write(&client_frame(0x88, b"\x03\xE9")).await;
        assert_eq!(shutdown.await.unwrap(), 0);
        assert_eq!(*link.stages().borrow(), Stage::Running);
        publish(&space, "t", "by a request that is still answered", Policy::Drop, None);
        assert_eq!(link.levels().last_sequence, 1);
    }
}
