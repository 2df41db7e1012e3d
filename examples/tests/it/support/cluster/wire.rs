//! A wire between a node and its broker, which a test can cut.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{ReadHalf, WriteHalf},
    },
    runtime,
    sync::{mpsc, watch},
    time::{Instant, sleep_until},
};

/// How long a slow wire rests between two portions.
const PORTION: Duration = Duration::from_millis(50);

/// What becomes of the bytes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Mode {
    /// They pass.
    Pass,
    /// They wait, until the buffers of the sender are full. New connections are accepted.
    Stall,
    /// Those from the broker to the node wait.
    StallDown,
    /// They vanish, and so do ends of connections. The broker takes the connections for open, and so
    /// does the node. Connections that have lost bytes do not survive what comes next.
    Swallow,
    /// They take this long, and longer ones do not overtake.
    Delay(Duration),
    /// So many pass in a second, in each direction and on each connection.
    Limit(usize),
    /// The broker's side of each connection ends when so many bytes have passed to the node.
    Truncate(usize),
    /// All connections are reset, the new ones too.
    Refuse,
}

/// The wire. It goes when it is dropped.
pub(crate) struct Wire {
    /// Where the node finds its broker.
    pub(crate) address: SocketAddr,
    /// `None` ends it.
    mode: watch::Sender<Option<Mode>>,
    /// Each change resets all connections.
    resets: watch::Sender<()>,
    accepted: Arc<AtomicUsize>,
    thread: Option<JoinHandle<()>>,
}

impl Wire {
    /// A wire to a broker, which need not run yet. It has a thread of its own, so that a test may
    /// block.
    pub(crate) fn to(broker: SocketAddr) -> Self {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let (mode, watched) = watch::channel(Some(Mode::Pass));
        let (resets, reset) = watch::channel(());
        let accepted = Arc::new(AtomicUsize::new(0));
        let counted = accepted.clone();
        let thread = thread::spawn(move || {
            let runtime = runtime::Builder::new_current_thread().enable_all().build();
            // The end of the runtime ends all connections.
            runtime.unwrap().block_on(async {
                let listener = TcpListener::from_std(listener).unwrap();
                let mut ended = watched.clone();
                tokio::select! {
                    () = accept(listener, broker, &watched, &reset, &counted) => {}
                    _ = ended.wait_for(Option::is_none) => {}
                }
            });
        });
        Self {
            address,
            mode,
            resets,
            accepted,
            thread: Some(thread),
        }
    }

    /// Changes what becomes of bytes, on open connections too.
    pub(crate) fn set(&self, mode: Mode) {
        self.mode.send_replace(Some(mode));
    }

    /// Resets all connections. New ones are not affected.
    pub(crate) fn reset(&self) {
        self.resets.send_replace(());
    }

    /// How many connections there have been.
    pub(crate) fn accepted(&self) -> usize {
        self.accepted.load(Ordering::Relaxed)
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.mode.send_replace(None);
        let ended = self.thread.take().map(JoinHandle::join);
        assert!(ended.is_none_or(|ended| ended.is_ok()) || thread::panicking());
    }
}

async fn accept(
    listener: TcpListener,
    broker: SocketAddr,
    mode: &watch::Receiver<Option<Mode>>,
    resets: &watch::Receiver<()>,
    accepted: &AtomicUsize,
) {
    loop {
        let (node, _) = listener.accept().await.unwrap();
        accepted.fetch_add(1, Ordering::Relaxed);
        tokio::spawn(connect(node, broker, mode.clone(), resets.clone()));
    }
}

/// Serves one connection of a node.
async fn connect(
    mut node: TcpStream,
    broker: SocketAddr,
    mut mode: watch::Receiver<Option<Mode>>,
    mut resets: watch::Receiver<()>,
) {
    resets.mark_unchanged();
    node.set_zero_linger().unwrap();
    let connected = tokio::select! {
        connected = async {
            // A connection that is opened while bytes vanish is not even begun.
            let passes = |mode: &Option<Mode>| *mode != Some(Mode::Swallow);
            let waited = *mode.borrow() == Some(Mode::Swallow);
            mode.wait_for(passes).await.ok()?;
            (!waited).then_some(())?;
            (*mode.borrow() != Some(Mode::Refuse)).then_some(())?;
            TcpStream::connect(broker).await.ok()
        } => connected,
        _ = resets.changed() => None,
    };
    let Some(mut upstream) = connected else {
        // Closing it resets it.
        return;
    };
    node.set_nodelay(true).unwrap();
    upstream.set_nodelay(true).unwrap();
    upstream.set_zero_linger().unwrap();
    let (from_node, to_node) = node.split();
    let (from_broker, to_broker) = upstream.split();
    let both = async {
        tokio::try_join!(
            carry(from_node, to_broker, Direction::Up, mode.clone()),
            carry(from_broker, to_node, Direction::Down, mode.clone()),
        )
    };
    let orderly = tokio::select! {
        carried = both => carried.is_ok(),
        _ = resets.changed() => false,
    };
    if orderly {
        // What the kernel still has must arrive.
        settle(&node);
        settle(&upstream);
    }
}

/// Undoes what makes the end of a connection a reset.
fn settle(stream: &TcpStream) {
    #[expect(deprecated, reason = "no linger at all does not block")]
    stream.set_linger(None).unwrap();
}

#[derive(Clone, Copy, PartialEq)]
enum Direction {
    Up,
    Down,
}

/// Carries bytes in one direction. An error means that the connection is to be reset.
async fn carry(
    mut from: ReadHalf<'_>,
    to: WriteHalf<'_>,
    direction: Direction,
    mut mode: watch::Receiver<Option<Mode>>,
) -> io::Result<()> {
    let (sender, receiver) = mpsc::channel(16);
    let read = async move {
        let mut passed = 0;
        let mut has_lost = false;
        let mut buffer = vec![0; 64 << 10];
        loop {
            let now = mode.borrow_and_update().unwrap_or(Mode::Pass);
            if has_lost && now != Mode::Swallow {
                return Err(io::ErrorKind::ConnectionReset.into());
            }
            let most = match now {
                Mode::Refuse => return Err(io::ErrorKind::ConnectionReset.into()),
                Mode::Truncate(length) if direction == Direction::Down => {
                    if passed >= length {
                        return Ok(());
                    }
                    length - passed
                }
                Mode::Limit(bytes) => (bytes / 20).max(1),
                Mode::Stall => 0,
                Mode::StallDown if direction == Direction::Down => 0,
                _ => buffer.len(),
            };
            if most == 0 {
                changed(&mut mode).await;
                continue;
            }
            let most = most.min(buffer.len());
            let read = tokio::select! {
                // What is written after a change is treated as the change says.
                biased;
                () = changed(&mut mode) => continue,
                read = from.read(&mut buffer[..most]) => read?,
            };
            if now == Mode::Swallow {
                has_lost = true;
                if read == 0 {
                    changed(&mut mode).await;
                }
                continue;
            }
            if read == 0 {
                return Ok(());
            }
            passed += read;
            let delay = match now {
                Mode::Delay(delay) => delay,
                _ => Duration::ZERO,
            };
            let chunk = (Instant::now() + delay, buffer[..read].to_vec());
            if sender.send(chunk).await.is_err() {
                return Ok(());
            }
            if let Mode::Limit(_) = now {
                tokio::time::sleep(PORTION).await;
            }
        }
    };
    tokio::try_join!(read, write(to, receiver)).map(|_| ())
}

/// Writes each chunk when it is due, and the end after the last.
async fn write(
    mut to: WriteHalf<'_>,
    mut chunks: mpsc::Receiver<(Instant, Vec<u8>)>,
) -> io::Result<()> {
    while let Some((due, chunk)) = chunks.recv().await {
        if due > Instant::now() {
            sleep_until(due).await;
        }
        to.write_all(&chunk).await?;
    }
    to.shutdown().await
}

/// Waits for another mode. The end of the wire ends all its tasks, so there is nothing to do for it.
async fn changed(mode: &mut watch::Receiver<Option<Mode>>) {
    if mode.changed().await.is_err() {
        std::future::pending::<()>().await;
    }
}
