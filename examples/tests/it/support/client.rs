//! A client of an independent library, for the examples.

use std::{collections::VecDeque, net::SocketAddr};

use futures_util::{
    SinkExt, StreamExt,
    stream::{SplitSink, SplitStream},
};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::timeout,
};
use tokio_tungstenite::{
    WebSocketStream, client_async_with_config,
    tungstenite::{
        Error, Message,
        client::IntoClientRequest as _,
        handshake::client::Request,
        protocol::{CloseFrame, WebSocketConfig},
    },
};

use crate::support::process::PATIENCE;

/// A WebSocket with a deadline on every wait.
pub(crate) struct Client(WebSocketStream<Box<dyn Stream>>);

/// What a client sends with and receives with, without deadlines.
pub(crate) type Halves = (
    SplitSink<WebSocketStream<Box<dyn Stream>>, Message>,
    SplitStream<WebSocketStream<Box<dyn Stream>>>,
);

/// TCP, or TLS.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

impl Client {
    /// Opens a WebSocket.
    pub(crate) async fn connect(address: SocketAddr, target: &str) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        stream.set_nodelay(true).unwrap();
        Self::on(stream, &format!("ws://{address}{target}")).await
    }

    /// Opens a WebSocket on a stream.
    pub(crate) async fn on(stream: impl Stream + 'static, url: &str) -> Self {
        Self::ask(stream, url.into_client_request().unwrap())
            .await
            .unwrap()
    }

    /// Sends a handshake. The error has the response of the server.
    pub(crate) async fn ask(
        stream: impl Stream + 'static,
        handshake: Request,
    ) -> Result<Self, Error> {
        // The client has no limits, because the tests are about the server's limits.
        let config = WebSocketConfig::default()
            .max_frame_size(None)
            .max_message_size(None);
        let stream: Box<dyn Stream> = Box::new(stream);
        let connecting = client_async_with_config(handshake, stream, Some(config));
        let (socket, _) = timeout(PATIENCE, connecting).await.expect("a handshake")?;
        Ok(Self(socket))
    }

    /// Sends a message.
    pub(crate) async fn send(&mut self, message: Message) {
        timeout(PATIENCE, self.0.send(message))
            .await
            .expect("room to send")
            .unwrap();
    }

    /// The next message, or the Close frame.
    pub(crate) async fn next(&mut self) -> Message {
        loop {
            let next = timeout(PATIENCE, self.0.next()).await.expect("a message");
            let message = next.expect("more than the end of the connection").unwrap();
            if !message.is_ping() && !message.is_pong() {
                return message;
            }
        }
    }

    /// Waits for a ping. There must be no message before it.
    pub(crate) async fn ping(&mut self) {
        let next = timeout(PATIENCE, self.0.next()).await.expect("a ping");
        let frame = next.expect("more than the end of the connection").unwrap();
        assert!(frame.is_ping(), "{frame:?}");
    }

    /// Waits until the connection is cut off, without a Close frame.
    pub(crate) async fn cut_off(mut self) {
        let next = timeout(PATIENCE, self.0.next()).await.expect("an end");
        assert!(matches!(next, None | Some(Err(_))), "{next:?}");
    }

    /// Waits for the Close frame and for the end after it. Returns the code and the reason.
    pub(crate) async fn closed(mut self) -> (u16, String) {
        let Message::Close(frame) = self.next().await else {
            panic!("a message instead of a Close frame");
        };
        self.ended().await;
        let frame = frame.expect("a code");
        (frame.code.into(), frame.reason.to_string())
    }

    /// Waits for the end after a Close frame.
    async fn ended(&mut self) {
        // Reading on writes the answer to the Close frame.
        let end = timeout(PATIENCE, self.0.next()).await.expect("the end");
        assert!(end.is_none(), "{end:?}");
    }

    /// Takes the client apart, for tasks that send and receive at the same time.
    pub(crate) fn split(self) -> Halves {
        self.0.split()
    }

    /// Sends a Close frame.
    pub(crate) async fn close(&mut self) {
        self.close_with(None).await;
    }

    /// Sends a Close frame with a code and a reason, or without both.
    pub(crate) async fn close_with(&mut self, frame: Option<CloseFrame>) {
        timeout(PATIENCE, self.0.close(frame))
            .await
            .expect("room to send")
            .unwrap();
    }
}

/// A person in a room of the chat.
pub(crate) struct Person {
    client: Client,
    /// The id of the socket.
    pub(crate) socket: String,
    /// The number of the server in a cluster.
    pub(crate) server: u64,
    /// What happened while the person waited for an answer.
    events: VecDeque<Value>,
}

impl Person {
    /// Enters with a query such as `name=Ada&room=lobby`.
    pub(crate) async fn join(address: SocketAddr, query: &str) -> Self {
        Self::arrive(Client::connect(address, &format!("/chat?{query}")).await).await
    }

    /// Enters over an open socket.
    pub(crate) async fn arrive(client: Client) -> Self {
        let mut person = Self {
            client,
            socket: String::new(),
            server: 0,
            events: VecDeque::new(),
        };
        let welcome = person.event().await;
        assert_eq!(welcome["type"], "welcome");
        person.socket = welcome["socket"].as_str().unwrap().to_owned();
        person.server = welcome["you"]["server"].as_u64().unwrap();
        let topic = format!("room/{}", welcome["room"].as_str().unwrap());
        let answer = person.ask(json!({ "join": topic, "id": 1 })).await;
        assert!(answer["ok"]["others"].is_array(), "{answer}");
        person
    }

    /// The next event, of this person or of the room.
    pub(crate) async fn event(&mut self) -> Value {
        let mut event = match self.events.pop_front() {
            Some(event) => event,
            None => value(&self.client.next().await),
        };
        event["data"].take()
    }

    /// Sends a frame, and waits for its answer. Events that come before it are kept.
    async fn ask(&mut self, frame: Value) -> Value {
        self.client.send(Message::text(frame.to_string())).await;
        loop {
            let answer = value(&self.client.next().await);
            if answer.get("id").is_some() {
                assert_eq!(answer["id"], frame["id"]);
                return answer;
            }
            self.events.push_back(answer);
        }
    }

    /// Reads until the server sends a Close frame, and returns its code.
    pub(crate) async fn sent_away(mut self) -> u16 {
        loop {
            if let Message::Close(frame) = self.client.next().await {
                self.client.ended().await;
                return frame.expect("a code").code.into();
            }
        }
    }

    /// Sends the same text again and again without waiting for answers. Stops after `times`
    /// messages, or when the server closes. Returns how many were passed on, and the code of the
    /// Close frame.
    pub(crate) async fn flood(self, times: u64, text: &str) -> (u64, u16) {
        let (mut sink, mut stream) = self.client.0.split();
        let sending = async move {
            for number in 0..times {
                let say = Message::text(say(number, text).to_string());
                if sink.send(say).await.is_err() {
                    break;
                }
            }
            // The receiving half finds the server's reason for the failure.
            sink
        };
        let receiving = async {
            let (mut receipts, mut code) = (0, None);
            while let Some(Ok(message)) = stream.next().await {
                match message {
                    Message::Close(frame) => code = frame.map(|frame| frame.code.into()),
                    message if message.is_text() => {
                        receipts += u64::from(value(&message).get("ok").is_some());
                    }
                    _ => {}
                }
                if receipts == times {
                    break;
                }
            }
            (receipts, code.unwrap_or(1005))
        };
        let both = async { tokio::join!(sending, receiving) };
        timeout(PATIENCE, both)
            .await
            .expect("an end of the flood")
            .1
    }

    /// Sends a line to the room, and waits until the server has passed it on. Returns the number of
    /// the line in the room.
    pub(crate) async fn say(&mut self, id: u64, text: &str) -> u64 {
        let answer = self.ask(say(id, text)).await;
        answer["ok"]["number"].as_u64().expect("a receipt")
    }

    /// Leaves as a page does.
    pub(crate) async fn leave(mut self) {
        self.client.close().await;
    }
}

/// The call that the page makes for a line.
fn say(id: u64, text: &str) -> Value {
    json!({ "type": "say", "data": { "id": id.to_string(), "text": text }, "id": id })
}

fn value(message: &Message) -> Value {
    serde_json::from_str(message.to_text().unwrap()).unwrap()
}
