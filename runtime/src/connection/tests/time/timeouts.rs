//! Each timeout: nothing happens before it, and it has happened one check of the timeouts later.

use super::*;
use crate::rate::MessageRate;

on_each_driver! {
    async fn silence_ends_a_connection(driver: Driver) {
        let config = NONE.idle_timeout(120 * SECOND).send_pings(false);
        let mut peer = Peer::connect(driver, config.clone()).await;
        pass(120 * SECOND - MILLI).await;
        assert!(peer.log().is_empty());
        peer.send("hello").await;
        assert_eq!(peer.log(), ["message"]);
        // The peer is silent from now on. Input noted before the clock moves must not count.
        pass(120 * SECOND - MILLI).await;
        assert!(peer.log().is_empty());
        pass(LOOK).await;
        assert_eq!(peer.log(), ["close 1006 IdleTimeout"]);
        let mut other = Peer::connect(driver, config).await;
        other.send("hello").await;
        assert_eq!(other.log(), ["message"]);
        pass(120 * SECOND).await;
        assert_eq!(other.log(), ["close 1006 IdleTimeout"]);
        assert!(other.is_at_end().await, "nothing was written");
        assert_eq!(other.connections(), 0);
    }

    async fn a_silent_peer_is_pinged_in_time_to_answer(driver: Driver) {
        let mut peer = Peer::connect(driver, NONE.idle_timeout(120 * SECOND)).await;
        // Each answer starts the timeout anew.
        for _ in 0..3 {
            pass(110 * SECOND - MILLI).await;
            assert!(peer.read().await.is_empty());
            pass(LOOK).await;
            assert_eq!(peer.read().await, PING);
            peer.write(&client_frame(0x8A, b"")).await;
            assert_eq!(peer.log(), ["pong"]);
        }
        pass(110 * SECOND).await;
        assert_eq!(peer.read().await, PING);
        pass(10 * SECOND - MILLI).await;
        assert!(peer.log().is_empty());
        pass(LOOK).await;
        assert_eq!(peer.log(), ["close 1006 IdleTimeout"]);
        assert!(peer.is_at_end().await, "one ping, and no Close frame");
    }

    async fn a_peer_that_never_reads_is_heard_all_the_same(driver: Driver) {
        let config = NONE.idle_timeout(120 * SECOND).backpressure_limit(1 << 20);
        let mut peer = Peer::connect(driver, config).await;
        // More than the stream buffers.
        assert!(!peer.core.send(vec![b'x'; 10 * ROOM]).is_dropped());
        for _ in 0..3 {
            pass(119 * SECOND).await;
            peer.write(&client_frame(0x89, b"hello")).await;
            assert_eq!(peer.log(), ["ping"]);
        }
        pass(120 * SECOND - MILLI).await;
        assert!(peer.log().is_empty());
        pass(2 * LOOK).await;
        assert_eq!(peer.log(), ["close 1006 IdleTimeout"]);
        assert_eq!(peer.connections(), 0);
    }

    async fn a_peer_that_is_slow_is_not_silent(driver: Driver) {
        let mut peer = Peer::connect(driver, NONE.idle_timeout(120 * SECOND)).await;
        let message = client_frame(0x82, &[1; 100]);
        let (last, first) = message.split_last().unwrap();
        for byte in first {
            peer.write(&[*byte]).await;
            pass(110 * SECOND - MILLI).await;
            assert!(peer.read().await.is_empty(), "nor is it pinged");
        }
        assert!(peer.log().is_empty());
        peer.write(&[*last]).await;
        assert_eq!(peer.log(), ["message"]);
    }

    async fn the_idle_timeout_rests_while_a_paused_socket_reads_nothing(driver: Driver) {
        let mut peer = Peer::connect(driver, NONE.idle_timeout(120 * SECOND)).await;
        peer.core.pause();
        // More than the connection reads ahead.
        for _ in 0..65 {
            peer.send("hello").await;
        }
        pass(3600 * SECOND).await;
        assert!(peer.log().is_empty());
        assert!(peer.read().await.is_empty(), "it was not pinged either");
        peer.core.resume();
        settle().await;
        assert_eq!(peer.log().len(), 65);
        pass(120 * SECOND - MILLI).await;
        assert!(peer.log().is_empty());
        pass(2 * LOOK).await;
        assert_eq!(peer.log(), ["close 1006 IdleTimeout"]);
    }

    async fn pings_come_in_their_interval(driver: Driver) {
        let mut peer = Peer::connect(driver, NONE.ping_interval(20 * SECOND)).await;
        // A proxy in between may watch only the bytes of the server, so pings are sent although the
        // peer sends. The first connection of a worker has the longest interval.
        for _ in 0..5 {
            pass(19 * SECOND - MILLI).await;
            assert!(peer.read().await.is_empty());
            peer.write(&client_frame(0x8A, b"")).await;
            assert_eq!(peer.log(), ["pong"]);
            pass(LOOK).await;
            assert_eq!(peer.read().await, PING);
        }
    }

    async fn a_lifetime_ends_however_lively_the_peer_is(driver: Driver) {
        let mut peer = Peer::connect(driver, NONE.max_lifetime(3600 * SECOND)).await;
        pass(3600 * SECOND - MILLI).await;
        peer.send("hello").await;
        assert_eq!(peer.log(), ["message"]);
        pass(LOOK).await;
        assert_eq!(peer.read().await, CLOSE_1001);
        peer.write(&client_frame(0x88, b"\x03\xE9")).await;
        assert_eq!(peer.log(), ["close 1001 Lifetime"]);
        assert_eq!(peer.connections(), 0);
    }

    async fn an_expiry_takes_the_place_of_the_lifetime(driver: Driver) {
        for lifetime in [Duration::ZERO, 60 * SECOND, 7200 * SECOND] {
            let mut peer = Peer::connect(driver, NONE.max_lifetime(lifetime)).await;
            peer.core.expire_in(Some(3600 * SECOND));
            pass(3600 * SECOND - MILLI).await;
            peer.send("hello").await;
            assert_eq!(peer.log(), ["message"]);
            pass(LOOK).await;
            assert_eq!(peer.read().await, EXPIRED);
            peer.write(&client_frame(0x88, b"\x03\xE9")).await;
            assert_eq!(peer.log(), ["close 1001 Lifetime"]);
        }
        let mut endless = Peer::connect(driver, NONE.max_lifetime(60 * SECOND)).await;
        endless.core.expire_in(None);
        pass(30 * 24 * 3600 * SECOND).await;
        endless.send("hello").await;
        assert_eq!(endless.log(), ["message"]);
    }

    async fn the_last_expiry_counts(driver: Driver) {
        let mut peer = Peer::connect(driver, NONE).await;
        for time in [Some(10 * SECOND), None, Some(5 * SECOND), Some(20 * SECOND)] {
            peer.core.expire_in(time);
            pass(5 * SECOND - MILLI).await;
        }
        pass(15 * SECOND).await;
        assert!(peer.read().await.is_empty());
        pass(LOOK).await;
        assert_eq!(peer.read().await, EXPIRED);
        // A socket that is closing keeps its reason, and the wait for the answer goes on.
        peer.core.expire_in(None);
        pass(SECOND).await;
        assert_eq!(peer.core.state(), ReadyState::Closing);
        peer.write(&client_frame(0x88, b"\x03\xE9")).await;
        assert_eq!(peer.log(), ["close 1001 Lifetime"]);
        peer.core.expire_in(Some(Duration::ZERO));
    }

    async fn an_expiry_may_be_as_short_or_as_long_as_it_likes(driver: Driver) {
        for short in [Duration::ZERO, Duration::from_nanos(1), MILLI] {
            let mut peer = Peer::connect(driver, NONE).await;
            peer.core.expire_in(Some(short));
            assert_eq!(peer.core.state(), ReadyState::Open);
            pass(LOOK).await;
            assert_eq!(peer.read().await, EXPIRED, "{short:?}");
        }
        for long in [31 * 24 * 3600 * SECOND, Duration::MAX] {
            let mut peer = Peer::connect(driver, NONE.max_lifetime(60 * SECOND)).await;
            peer.core.expire_in(Some(long));
            pass(31 * 24 * 3600 * SECOND - MILLI).await;
            peer.send("hello").await;
            assert_eq!(peer.log(), ["message"], "{long:?}");
        }
    }

    async fn another_thread_may_set_the_expiry_of_a_connection_that_sleeps(driver: Driver) {
        let mut peer = Peer::connect(driver, NONE).await;
        pass(3600 * SECOND).await;
        let core = peer.core.clone();
        // The clock of the other thread is the system's.
        std::thread::spawn(move || core.expire_in(Some(Duration::ZERO))).join().unwrap();
        pass(LOOK).await;
        assert_eq!(peer.read().await, EXPIRED);
    }

    async fn a_handler_has_its_time_and_no_more(driver: Driver) {
        let mut peer = Peer::connect(driver, NONE.handler_timeout(5 * SECOND)).await;
        peer.send("wait").await;
        assert_eq!(peer.log(), ["waiting"]);
        pass(5 * SECOND - MILLI).await;
        assert!(peer.log().is_empty());
        pass(LOOK).await;
        assert_eq!(peer.log(), ["handler took too long"]);
        assert_eq!(peer.read().await, b"\x88\x02\x03\xF3");
    }

    async fn a_peer_has_the_close_timeout_to_answer(driver: Driver) {
        let config = NONE.close_timeout(10 * SECOND);
        let mut peer = Peer::connect(driver, config.clone()).await;
        peer.send("close").await;
        assert_eq!(peer.read().await, CLOSE_1000);
        assert_eq!(peer.log(), ["message"]);
        pass(10 * SECOND - MILLI).await;
        assert_eq!(peer.connections(), 1);
        pass(LOOK).await;
        assert_eq!(peer.connections(), 0);
        assert_eq!(peer.log(), ["close 1000 Server"]);
        // The peer has the same time to read the messages that were sent before.
        let mut peer = Peer::connect(driver, config).await;
        peer.core.send(vec![b'x'; 2 * ROOM]);
        peer.send("close").await;
        assert_eq!(peer.log(), ["message"]);
        pass(10 * SECOND - MILLI).await;
        assert_ne!(peer.core.buffered_amount(), 0);
        pass(LOOK).await;
        assert_eq!(peer.core.buffered_amount(), 0);
        assert_eq!(peer.connections(), 0);
        assert_eq!(peer.log(), ["close 1000 Server"]);
    }

    async fn messages_are_earned_in_their_time(driver: Driver) {
        let rate = MessageRate { per_second: 2, burst: 3 };
        let mut peer = Peer::connect(driver, NONE.max_message_rate(rate)).await;
        let message = client_frame(0x81, b"hello");
        peer.write(&message.repeat(3)).await;
        for _ in 0..3 {
            pass(500 * MILLI).await;
            peer.write(&message).await;
        }
        assert_eq!(peer.log().len(), 6);
        pass(499 * MILLI).await;
        peer.write(&message).await;
        assert_eq!(peer.log(), ["close 1008 RateLimit"]);
    }

    async fn time_that_a_peer_is_kept_waiting_earns_messages(driver: Driver) {
        let rate = MessageRate { per_second: 2, burst: 3 };
        let mut peer = Peer::connect(driver, NONE.max_message_rate(rate)).await;
        let message = client_frame(0x81, b"hello");
        // `wait` takes one message of the burst and, later, one that is earned.
        for (before, seconds, earned) in [(Duration::ZERO, 10, 22), (500 * MILLI, 20, 40)] {
            pass(before).await;
            peer.send("wait").await;
            peer.write(&message.repeat(earned)).await;
            pass(seconds * SECOND).await;
            peer.door.notify_one();
            settle().await;
            assert_eq!(peer.log().len(), 2 + earned);
        }
        peer.write(&message).await;
        assert_eq!(peer.log(), ["close 1008 RateLimit"]);
    }

    async fn timers_that_fire_in_their_order_find_the_same(driver: Driver) {
        let config = NONE.idle_timeout(120 * SECOND).send_pings(false);
        let mut peer = Peer::connect(driver, config).await;
        tokio::time::sleep(119 * SECOND).await;
        peer.send("hello").await;
        assert_eq!(peer.log(), ["message"]);
        tokio::time::sleep(120 * SECOND - MILLI).await;
        assert!(peer.log().is_empty());
        tokio::time::sleep(LOOK).await;
        assert_eq!(peer.log(), ["close 1006 IdleTimeout"]);
    }
}
