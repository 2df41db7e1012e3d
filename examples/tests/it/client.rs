//! A client of the examples that is not levante's own.

use std::net::SocketAddr;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::timeout,
};
use tokio_tungstenite::{
    WebSocketStream, client_async_with_config,
    tungstenite::{Message, protocol::WebSocketConfig},
};

use crate::process::PATIENCE;

/// A WebSocket with a deadline on every wait.
pub(crate) struct Client(WebSocketStream<Box<dyn Stream>>);

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
        // The limits under test are the server's.
        let config = WebSocketConfig::default()
            .max_frame_size(None)
            .max_message_size(None);
        let stream: Box<dyn Stream> = Box::new(stream);
        let connecting = client_async_with_config(url, stream, Some(config));
        let (socket, _) = timeout(PATIENCE, connecting)
            .await
            .expect("a handshake")
            .unwrap();
        Self(socket)
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

    /// Sends a Close frame.
    pub(crate) async fn close(&mut self) {
        timeout(PATIENCE, self.0.close(None))
            .await
            .expect("room to send")
            .unwrap();
    }
}

/// Somebody in the chat.
pub(crate) struct Person {
    client: Client,
}

impl Person {
    /// Enters with a query such as `name=Ada&room=lobby`.
    pub(crate) async fn join(address: SocketAddr, query: &str) -> Self {
        Self::arrive(Client::connect(address, &format!("/chat?{query}")).await).await
    }

    /// Enters by a socket that is open.
    pub(crate) async fn arrive(mut client: Client) -> Self {
        let welcome = event(client.next().await);
        assert_eq!(welcome["type"], "welcome");
        Self { client }
    }

    /// The next event, but for its time.
    pub(crate) async fn event(&mut self) -> Value {
        event(self.client.next().await)
    }

    /// The code of the Close frame that the server sends, whatever it says before.
    pub(crate) async fn sent_away(mut self) -> u16 {
        loop {
            if let Message::Close(frame) = self.client.next().await {
                // The answer is written by reading on.
                let end = timeout(PATIENCE, self.client.0.next()).await;
                assert!(end.expect("the end").is_none());
                return frame.expect("a code").code.into();
            }
        }
    }

    /// Says the same again and again without waiting for receipts, until that was so many times or
    /// the server has had enough. Returns how many receipts came, and the code of the Close frame.
    pub(crate) async fn flood(self, times: u64, text: &str) -> (u64, u16) {
        let (mut sink, mut stream) = self.client.0.split();
        let sending = async move {
            for number in 0..times {
                let line = json!({ "number": number, "text": text }).to_string();
                if sink.send(Message::text(line)).await.is_err() {
                    break;
                }
            }
            // The other half is asked for what the server says about that.
            sink
        };
        let receiving = async {
            let (mut receipts, mut code) = (0, None);
            while let Some(Ok(message)) = stream.next().await {
                match message {
                    Message::Close(frame) => code = frame.map(|frame| frame.code.into()),
                    message if message.is_text() => {
                        receipts += u64::from(event(message)["type"] == "sent");
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

    /// Says something in the room.
    pub(crate) async fn say(&mut self, number: u64, text: &str) {
        self.send(Message::text(
            json!({ "number": number, "text": text }).to_string(),
        ))
        .await;
    }

    /// Sends what the page would not.
    pub(crate) async fn send(&mut self, message: Message) {
        self.client.send(message).await;
    }

    /// Leaves as a page does.
    pub(crate) async fn leave(mut self) {
        self.client.close().await;
    }
}

/// Checks and takes off when an event happened, which no test can know.
fn event(message: Message) -> Value {
    let mut event: Value = serde_json::from_str(message.to_text().unwrap()).unwrap();
    let at = event.as_object_mut().unwrap().remove("at");
    if event["type"] != "refused" {
        let year_2024 = 1_704_067_200_000;
        assert!(at.unwrap().as_u64().unwrap() > year_2024);
    }
    event
}
