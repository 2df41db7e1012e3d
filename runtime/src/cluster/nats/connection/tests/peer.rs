use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
    sync::mpsc,
};

use crate::cluster::{
    broker::{BrokerError, Driver as _, Inbound as _, Received},
    nats::{
        Nats,
        connection::{Opened, Publisher, Subscriber},
        driver::Driver,
    },
};

/// Listens like a server.
pub(super) struct Listener(TcpListener);

impl Listener {
    pub(super) async fn new() -> Self {
        Self(TcpListener::bind("127.0.0.1:0").await.unwrap())
    }

    pub(super) fn host(&self) -> String {
        self.0.local_addr().unwrap().to_string()
    }

    /// A driver that connects to this listener.
    pub(super) fn driver(&self) -> Driver {
        let nats = Nats::new(format!("nats://{}", self.host())).unwrap();
        nats.into_driver()
    }

    pub(super) async fn accept(&self) -> Peer {
        let (stream, _) = self.0.accept().await.unwrap();
        Peer(BufReader::new(stream))
    }

    /// A session that is logged in, and its server.
    pub(super) async fn session(&self) -> (Session, Peer) {
        let mut driver = self.driver();
        let serve = async {
            let mut peer = self.accept().await;
            peer.log_in("{}").await;
            peer
        };
        let (opened, peer) = tokio::join!(driver.connect("levante"), serve);
        (Session::new(opened.unwrap()), peer)
    }
}

/// The side of the server.
pub(super) struct Peer(BufReader<TcpStream>);

impl Peer {
    pub(super) async fn send(&mut self, text: &str) {
        self.0.write_all(text.as_bytes()).await.unwrap();
    }

    /// The next line, without its end. Empty at the end of the connection.
    pub(super) async fn line(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).await.unwrap();
        line.truncate(line.trim_end().len());
        line
    }

    /// Waits until the client has sent something, and reads it, whatever it is.
    pub(super) async fn some(&mut self) {
        let len = self.0.fill_buf().await.map_or(0, <[u8]>::len);
        self.0.consume(len);
    }

    pub(super) async fn expect(&mut self, line: &str) {
        assert_eq!(self.line().await, line);
    }

    /// The rest until the end of the connection.
    pub(super) async fn rest(&mut self) -> String {
        let mut rest = String::new();
        self.0.read_to_string(&mut rest).await.unwrap();
        rest
    }

    /// Greets, and accepts the login. Returns the `CONNECT`.
    pub(super) async fn log_in(&mut self, info: &str) -> String {
        self.send(&format!("INFO {info}\r\n")).await;
        let connect = self.line().await;
        self.expect("PING").await;
        self.send("PONG\r\n").await;
        connect
    }
}

/// A session whose messages are read all the time, as the engine does.
pub(super) struct Session {
    pub(super) publisher: Publisher,
    pub(super) subscriber: Subscriber,
    pub(super) received: mpsc::UnboundedReceiver<Result<Received, BrokerError>>,
}

impl Session {
    pub(super) fn new(opened: Opened) -> Self {
        let (sender, received) = mpsc::unbounded_channel();
        let mut inbound = opened.inbound;
        actix_rt::spawn(async move {
            while let Some(message) = inbound.next().await {
                let _ = sender.send(message);
            }
        });
        Self {
            publisher: opened.publisher,
            subscriber: opened.subscriber,
            received,
        }
    }

    /// The next message, as `subject payload`.
    pub(super) async fn message(&mut self) -> String {
        let Received { subject, payload } = self.received.recv().await.unwrap().unwrap();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        format!("{} {}", text(&subject), text(&payload))
    }

    pub(super) async fn error(&mut self) -> BrokerError {
        self.received.recv().await.unwrap().unwrap_err()
    }
}
