//! A stream of numbers that is published as fast as possible, and the clients that receive it.

use std::sync::{
    Arc,
    atomic::{AtomicU64, AtomicUsize, Ordering::SeqCst},
};

use actix_web::rt::{self, task::JoinHandle};
use futures_util::StreamExt;
use levante::{Server, websocket};
use tokio::sync::Notify;
use tokio_tungstenite::tungstenite::Message;

use crate::support::{Client, soon, until};

/// How many listeners there are.
pub(crate) const LISTENERS: usize = 100;

/// The number after which the publisher pauses. A listener that has it is in the middle of the
/// stream.
const MIDSTREAM: u64 = 20;

/// `open` subscribes to the numbers. The `message` handler never returns.
#[websocket(
    "/numbers",
    backpressure_limit = 64 << 20,
    idle_timeout = crate::support::NEVER,
    close_timeout = crate::support::NEVER
)]
pub(crate) mod socket {
    fn open(ws: &Ws) {
        ws.subscribe("numbers");
    }

    async fn message(ws: &Ws, _: String) {
        ws.send("stuck");
        std::future::pending().await
    }
}

/// Publishes the numbers from 1 on, until its worker ends. It starts when all listeners have
/// subscribed. `addressed` gets the sum of the addressed subscribers. After [`MIDSTREAM`] it waits
/// for `flood`, so that the numbers do not flood a test that the machine delays.
pub(crate) async fn publish(server: Server, addressed: Arc<AtomicU64>, flood: Arc<Notify>) {
    while server.subscriber_count("numbers") < LISTENERS {
        rt::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    for number in 1_u64.. {
        let count = server.publish("numbers", number.to_string());
        addressed.fetch_add(count.addressed as u64, SeqCst);
        if number == MIDSTREAM {
            flood.notified().await;
        }
        tokio::task::yield_now().await;
    }
}

/// The tasks of all listening clients.
pub(crate) struct Listeners {
    tasks: Vec<JoinHandle<(u64, u16)>>,
    midstream: Arc<AtomicUsize>,
    /// The highest number that any listener has received.
    furthest: Arc<AtomicU64>,
}

impl Listeners {
    pub(crate) fn new(clients: impl IntoIterator<Item = Client>) -> Self {
        let midstream = Arc::new(AtomicUsize::new(0));
        let furthest = Arc::new(AtomicU64::new(0));
        let listening = clients
            .into_iter()
            .map(|client| rt::spawn(listen(client, midstream.clone(), furthest.clone())));
        Self {
            tasks: listening.collect(),
            midstream,
            furthest,
        }
    }

    /// Waits until every listener has received [`MIDSTREAM`] numbers.
    pub(crate) async fn midstream(&self) {
        let all = self.tasks.len();
        until("the numbers", || self.midstream.load(SeqCst) == all).await;
    }

    /// Waits until a listener has received a number above [`MIDSTREAM`].
    pub(crate) async fn flooded(&self) {
        until("the flood", || self.furthest.load(SeqCst) > MIDSTREAM).await;
    }

    /// Waits until the server has closed every listener with 1001. Returns how many numbers all
    /// listeners together have received.
    pub(crate) async fn sent_away(self) -> u64 {
        let mut got = 0;
        for task in self.tasks {
            let (count, code) = soon("a listener", task).await.unwrap();
            assert_eq!(code, 1001);
            got += count;
        }
        got
    }
}

/// Reads until the server closes. Returns how many numbers came, and the code of the Close frame.
async fn listen(
    mut client: Client,
    midstream: Arc<AtomicUsize>,
    furthest: Arc<AtomicU64>,
) -> (u64, u16) {
    let mut last = 0;
    loop {
        match soon("a number", client.0.next()).await.unwrap().unwrap() {
            Message::Text(text) => {
                assert_eq!(text.parse(), Ok(last + 1), "in order, and without a gap");
                last += 1;
                furthest.fetch_max(last, SeqCst);
                if last == MIDSTREAM {
                    midstream.fetch_add(1, SeqCst);
                }
            }
            Message::Close(frame) => {
                // Reading on writes the answer to the Close frame, and sees the end of the stream.
                assert!(soon("the end", client.0.next()).await.is_none());
                return (last, frame.unwrap().code.into());
            }
            other => panic!("{other:?}"),
        }
    }
}
