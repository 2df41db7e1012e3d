//! Peers of HTTP/2 connections that stop reading or writing.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_rustls::client::TlsStream;

use super::ordinary::{Patience, SHORT, Site};
use crate::support::{NEVER, soon};

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const SETTINGS: u8 = 4;
const WINDOW_UPDATE: u8 = 8;

const END_STREAM: u8 = 1;
const ACK: u8 = 1;
const END_HEADERS: u8 = 4;

/// `:status` and its value, as the static table of HPACK has them.
const OK: u8 = 0x88;
const BAD_REQUEST: u8 = 0x8C;

/// A minimal HTTP/2 client.
struct Client(TlsStream<TcpStream>);

impl Client {
    /// Connects. `window` is how many bytes the server may send at first on each stream.
    async fn connect(site: &Site, stream: TcpStream, window: u32) -> Self {
        let stream = site.secure(stream, &["h2"]).await;
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
        let mut client = Self(stream);
        client
            .0
            .write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
            .await
            .unwrap();
        let initial_window_size = 4_u16.to_be_bytes();
        let settings = [&initial_window_size[..], &window.to_be_bytes()].concat();
        client.send(SETTINGS, 0, 0, &settings).await;
        client
    }

    async fn send(&mut self, kind: u8, flags: u8, stream: u32, payload: &[u8]) {
        let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
        let head = [&length[1..], &[kind, flags], &stream.to_be_bytes()].concat();
        self.0.write_all(&head).await.unwrap();
        self.0.write_all(payload).await.unwrap();
        self.0.flush().await.unwrap();
    }

    /// Sends the head of a request. A request without a body is then complete.
    async fn request(&mut self, stream: u32, has_body: bool, path: &str) {
        let (method, end) = match has_body {
            true => (0x83, 0),
            false => (0x82, END_STREAM),
        };
        let mut block = vec![method, 0x87];
        for (name, value) in [(0x04, path), (0x01, "localhost")] {
            block.extend([name, u8::try_from(value.len()).unwrap()]);
            block.extend(value.bytes());
        }
        self.send(HEADERS, END_HEADERS | end, stream, &block).await;
    }

    /// The stream and the status of the next response.
    async fn status(&mut self) -> (u32, u8) {
        loop {
            let mut head = [0; 9];
            soon("a frame", self.0.read_exact(&mut head)).await.unwrap();
            let [a, b, c, kind, flags, stream @ ..] = head;
            let mut payload = vec![0; u32::from_be_bytes([0, a, b, c]) as usize];
            soon("its payload", self.0.read_exact(&mut payload))
                .await
                .unwrap();
            match kind {
                HEADERS => return (u32::from_be_bytes(stream), payload[0]),
                SETTINGS if flags & ACK == 0 => self.send(SETTINGS, ACK, 0, &[]).await,
                _ => {}
            }
        }
    }
}

#[actix_web::test]
async fn a_body_that_stops_half_way_is_given_up_and_its_connection_is_kept() {
    let patience = Patience {
        stall: SHORT,
        next: NEVER,
    };
    let site = Site::new(patience, true);
    let stream = TcpStream::connect(site.server.addr).await.unwrap();
    let mut client = Client::connect(&site, stream, 65_535).await;
    client.request(1, true, "/upload").await;
    client.send(DATA, 0, 1, b"hel").await;
    assert_eq!(client.status().await, (1, BAD_REQUEST));
    client.request(3, true, "/upload").await;
    client.send(DATA, END_STREAM, 3, b"hello").await;
    assert_eq!(client.status().await, (3, OK));
    // The server does not wait for a body that the handler does not read.
    client.request(5, true, "/unread").await;
    assert_eq!(client.status().await, (5, OK));
}

#[actix_web::test]
async fn a_peer_that_reads_nothing_is_given_up() {
    let patience = Patience {
        stall: SHORT,
        next: NEVER,
    };
    let site = Site::new(patience, true);
    let most = (1 << 31) - 1;
    let mut client = Client::connect(&site, super::small_stream(site.server.addr), most).await;
    client
        .send(WINDOW_UPDATE, 0, 0, &(most - 65_535).to_be_bytes())
        .await;
    client.request(1, false, "/endless").await;
    assert_eq!(site.server.log.next().await, "dropped");
    site.has_all_places().await;
}
