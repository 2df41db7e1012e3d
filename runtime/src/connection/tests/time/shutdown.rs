//! The end of a space: what a shutdown waits for, and for how long.

use actix_rt::task::JoinHandle;

use super::*;
use crate::{clock, hub::shut_down};

const TIMEOUT: Duration = Duration::from_secs(10);

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
}
