//! Timeouts that are due to a connection while it waits for something else: every pair of the two.
//!
//! The integration tests cover other work that may be due to it.

use std::{sync::mpsc, thread::JoinHandle};

use super::*;

const TIMEOUT: Duration = Duration::from_secs(60);

/// More than the stream buffers, and less than the backpressure limit.
const HUGE: usize = 3 * ROOM;

/// The bytes of the header of such a frame.
const HEADER: usize = 10;

/// The reason why a connection waits.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Wait {
    Paused,
    /// An `async` handler is running.
    Busy,
    /// The peer does not read.
    Stalled,
    /// Another thread has corked the connection.
    Corked,
    /// The peer has not answered the Close frame.
    Closing,
}

/// The timeout that is due during the wait.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Due {
    IdleTimeout,
    Lifetime,
    /// The peer does not answer our Close frame.
    CloseTimeout,
}

/// The time at which the timeout takes effect.
#[derive(Clone, Copy, Debug, PartialEq)]
enum When {
    /// During the wait.
    Now,
    /// During the wait; only the `close` handler is called after it.
    NowButClose,
    /// When the wait is over.
    Then,
    /// The wait and the timeout exclude each other.
    NoCase,
}

use self::Due::*;
use self::Wait::*;
use self::When::*;

const WAITS: [Wait; 5] = [Paused, Busy, Stalled, Corked, Closing];

#[rustfmt::skip]
const TABLE: [(Due, [When; 5]); 3] = [
    //             paused  busy         stalled  corked  closing
    (IdleTimeout,  [Now,    NowButClose, Now,     Now,    NoCase]),
    (Lifetime,     [Now,    NowButClose, Then,    Now,    NoCase]),
    (CloseTimeout, [Now,    NowButClose, Now,     Now,    Now]),
];

/// A cork that another thread holds.
struct Cork(mpsc::Sender<()>, JoinHandle<()>);

impl Cork {
    fn put(core: &Arc<Core>) -> Self {
        let (release, released) = mpsc::channel::<()>();
        let (tell, told) = mpsc::channel();
        let core = core.clone();
        let thread = std::thread::spawn(move || {
            core.cork(|| {
                tell.send(()).unwrap();
                released.recv().ok();
            });
        });
        told.recv().unwrap();
        Self(release, thread)
    }

    fn release(self) {
        drop(self.0);
        self.1.join().unwrap();
    }
}

async fn case(driver: Driver, wait: Wait, due: Due, when: When) {
    let config = NONE.backpressure_limit(64 << 20);
    let config = match due {
        IdleTimeout => config.idle_timeout(TIMEOUT).send_pings(false),
        Lifetime => config.max_lifetime(TIMEOUT),
        CloseTimeout => config.close_timeout(TIMEOUT),
    };
    let mut peer = Peer::connect(driver, config).await;
    let mut cork = None;
    match wait {
        Paused => peer.core.pause(),
        Busy => {
            peer.send("wait").await;
            assert_eq!(peer.log(), ["waiting"]);
        }
        Stalled => {
            assert!(!peer.core.send(vec![b'.'; HUGE]).is_dropped());
            settle().await;
            assert!(peer.core.buffered_amount() < HUGE, "it is being written");
        }
        Corked => cork = Some(Cork::put(&peer.core)),
        Closing => {
            close(&peer.core);
            settle().await;
            assert_eq!(peer.read().await, CLOSE_1000);
        }
    }
    if due == CloseTimeout {
        close(&peer.core);
        settle().await;
    }
    pass(TIMEOUT - MILLI).await;
    assert!(peer.log().is_empty(), "nothing is due");
    assert_eq!(peer.connections(), 1);
    pass(LOOK).await;
    if when == Then {
        assert!(peer.log().is_empty(), "it waits");
        let mut seen = Vec::new();
        while !seen.ends_with(CLOSE_1001) {
            let more = peer.read().await;
            assert!(!more.is_empty(), "no more than {} bytes came", seen.len());
            seen.extend_from_slice(&more);
        }
        assert_eq!(seen.len(), HEADER + HUGE + CLOSE_1001.len());
        answer_end(&mut peer).await;
    } else if due == Lifetime {
        assert_eq!(peer.read().await, CLOSE_1001);
        answer_end(&mut peer).await;
    }
    // The socket has no subscription any more.
    assert_eq!(peer.core.space().subscriber_count("room"), 0);
    let published = publish(
        peer.core.space(),
        "room",
        "nobody hears it",
        Policy::Drop,
        None,
    );
    assert_eq!(published, 0);
    assert_eq!(
        peer.core.send("late"),
        SendStatus::Dropped(DropReason::Closed)
    );
    if when == NowButClose {
        assert!(peer.log().is_empty());
        peer.door.notify_one();
        settle().await;
        assert_eq!(peer.log.0.borrow_mut().remove(0), "done Dropped(Closed)");
    }
    let closed = match due {
        IdleTimeout => "close 1006 IdleTimeout",
        Lifetime => "close 1001 Lifetime",
        CloseTimeout => "close 1000 Server",
    };
    assert_eq!(peer.log(), [closed]);
    assert_eq!(peer.connections(), 0);
    if let Some(cork) = cork {
        cork.release();
    }
}

async fn answer_end(peer: &mut Peer) {
    peer.write(&client_frame(0x88, b"\x03\xE9")).await;
}

on_each_driver! {
    async fn timeouts_are_due_to_a_connection_that_waits(driver: Driver) {
        for (due, whens) in TABLE {
            for (wait, when) in WAITS.into_iter().zip(whens) {
                if when != NoCase {
                    eprintln!("{due:?} while {wait:?}: {when:?}");
                    case(driver, wait, due, when).await;
                }
            }
        }
    }
}
