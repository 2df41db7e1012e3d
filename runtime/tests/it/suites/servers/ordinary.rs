//! Peers that stop reading or writing in an ordinary request, with TLS and without.

use std::{net::TcpListener, time::Duration};

use actix_web::{App, Error, HttpResponse, web};
use futures_util::{future::join_all, stream};
use levante::{HttpServer, Server, prelude::*};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
    sync::Semaphore,
};

use super::{endless, small_stream, upload};
use crate::support::{Log, NEVER, TestServer, soon, upgrade_request};

#[cfg(feature = "rustls-0_23")]
use super::tls::{self, CertificateDer, TlsStream};

/// A timeout that fires soon.
pub(super) const SHORT: Duration = Duration::from_millis(100);

/// Long enough for any request whose peer keeps sending.
const BRIEF: Duration = Duration::from_secs(1);

/// How many connections the server takes.
const LIMIT: usize = 50;

/// Bytes of a large page.
const PAGE: usize = 60_000;

/// How long a server waits for its clients.
#[derive(Clone, Copy)]
pub(super) struct Patience {
    pub(super) stall: Duration,
    /// The limit while a connection is idle, and while a head arrives.
    pub(super) next: Duration,
}

#[websocket("/echo")]
mod echo {
    use super::*;

    fn message(ws: &Ws, message: Incoming<'_>) {
        ws.send(message);
    }
}

/// Sends a line at once, and a second line when it gets a permit.
async fn events(go_on: web::Data<Semaphore>) -> HttpResponse {
    let mut lines = 0;
    HttpResponse::Ok().streaming(stream::unfold((), move |()| {
        lines += 1;
        let (line, go_on) = (lines, go_on.clone());
        async move {
            match line {
                1 => {}
                2 => go_on.acquire().await.unwrap().forget(),
                _ => return None,
            }
            Some((Ok::<_, Error>(web::Bytes::from(format!("line {line}"))), ()))
        }
    }))
}

async fn slow(go_on: web::Data<Semaphore>) -> &'static str {
    go_on.acquire().await.unwrap().forget();
    "at last"
}

/// A server, how to connect to it, and the permits that its slow routes wait for.
pub(super) struct Site {
    pub(super) server: TestServer,
    go_on: web::Data<Semaphore>,
    #[cfg(feature = "rustls-0_23")]
    authority: Option<CertificateDer<'static>>,
}

trait Io: AsyncRead + AsyncWrite + Unpin {}

impl<T: AsyncRead + AsyncWrite + Unpin> Io for T {}

type Peer = Box<dyn Io>;

impl Site {
    /// Runs a test on a server without TLS and on one with it, at the same time.
    async fn on_each(patience: Patience, test: impl AsyncFn(Self)) {
        join_all(Self::each(patience).into_iter().map(|site| test(site))).await;
    }

    fn each(patience: Patience) -> Vec<Self> {
        vec![
            Self::new(patience, false),
            #[cfg(feature = "rustls-0_23")]
            Self::new(patience, true),
        ]
    }

    pub(super) fn new(patience: Patience, secure: bool) -> Self {
        let (log, server) = (Log::default(), Server::new());
        let (for_app, of_app) = (log.clone(), server.clone());
        let go_on = web::Data::new(Semaphore::new(0));
        let for_routes = go_on.clone();
        let app = move || {
            App::new()
                .app_data(web::Data::new(for_app.clone()))
                .app_data(for_routes.clone())
                .service(echo::service().server(&of_app))
                .route("/page", web::get().to(async || "x".repeat(PAGE)))
                .route("/endless", web::get().to(endless))
                .route("/events", web::get().to(events))
                .route("/slow", web::get().to(slow))
                .route("/upload", web::post().to(upload))
                .route("/unread", web::post().to(async || "not read"))
        };
        let http = HttpServer::new(app)
            .workers(1)
            .max_connections(LIMIT)
            .keep_alive(patience.next)
            .client_request_timeout(patience.next)
            .client_disconnect_timeout(NEVER)
            .client_stall_timeout(patience.stall)
            .shutdown_timeout(0)
            .disable_signals();
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        #[cfg(feature = "rustls-0_23")]
        let mut authority = None;
        #[cfg(feature = "rustls-0_23")]
        let http = if secure {
            let (config, trusted) = tls::config();
            authority = Some(trusted);
            http.tls_handshake_timeout(NEVER)
                .listen_rustls_0_23(listener, config)
        } else {
            http.listen(listener)
        };
        #[cfg(not(feature = "rustls-0_23"))]
        let http = {
            assert!(!secure);
            http.listen(listener)
        };
        let http = http.unwrap();
        let server = TestServer::run(http.addrs()[0], http.run(), log, server);
        Self {
            server,
            go_on,
            #[cfg(feature = "rustls-0_23")]
            authority,
        }
    }

    async fn connect(&self) -> Peer {
        self.on(TcpStream::connect(self.server.addr).await.unwrap())
            .await
    }

    async fn connect_small(&self) -> Peer {
        self.on(small_stream(self.server.addr)).await
    }

    async fn on(&self, stream: TcpStream) -> Peer {
        stream.set_nodelay(true).unwrap();
        #[cfg(feature = "rustls-0_23")]
        if self.authority.is_some() {
            return Box::new(self.secure(stream, &[]).await);
        }
        Box::new(stream)
    }

    /// Performs the TLS handshake, and offers these protocols.
    #[cfg(feature = "rustls-0_23")]
    pub(super) async fn secure(
        &self,
        stream: TcpStream,
        protocols: &[&str],
    ) -> TlsStream<TcpStream> {
        let authority = self.authority.as_ref().unwrap();
        tls::secure_over(stream, authority, protocols)
            .await
            .unwrap()
    }

    /// Sends bytes unchanged. Returns everything that comes until the server ends the connection.
    async fn exchange(&self, request: &str) -> String {
        let mut peer = self.connect().await;
        send(&mut peer, request).await;
        rest(&mut peer).await
    }

    /// Opens [`LIMIT`] sockets at once. This shows that no other connection takes a place.
    pub(super) async fn has_all_places(&self) {
        let mut peers = Vec::new();
        for _ in 0..LIMIT {
            peers.push(soon("a place", self.next_socket()).await);
        }
    }

    /// Tries until there is room, because the server does not announce a free place.
    async fn next_socket(&self) -> Peer {
        loop {
            let mut peer = self.connect().await;
            send(&mut peer, &upgrade_request("/echo")).await;
            let head = until_ends_with(&mut peer, "\r\n\r\n").await;
            if head.starts_with("HTTP/1.1 101 ") {
                return peer;
            }
            assert!(head.starts_with("HTTP/1.1 503 "), "{head}");
        }
    }
}

async fn send(peer: &mut Peer, bytes: &str) {
    peer.write_all(bytes.as_bytes()).await.unwrap();
    peer.flush().await.unwrap();
}

/// Everything that comes until the server ends the connection.
async fn rest(peer: &mut Peer) -> String {
    let mut all = Vec::new();
    soon("the end", peer.read_to_end(&mut all)).await.unwrap();
    String::from_utf8(all).unwrap()
}

/// Reads until the bytes end with `end`. The server sends nothing more without a request.
async fn until_ends_with(peer: &mut Peer, end: &str) -> String {
    let mut seen = Vec::new();
    soon("the whole response", async {
        while !seen.ends_with(end.as_bytes()) {
            assert_ne!(peer.read_buf(&mut seen).await.unwrap(), 0);
        }
    })
    .await;
    String::from_utf8(seen).unwrap()
}

fn post(path: &str, more: &str) -> String {
    format!("POST {path} HTTP/1.1\r\nHost: a\r\n{more}\r\n")
}

const GET_PAGE: &str = "GET /page HTTP/1.1\r\nHost: a\r\n\r\n";
const BY_LENGTH: &str = "Content-Length: 5\r\n";
const IN_CHUNKS: &str = "Transfer-Encoding: chunked\r\n";

/// Bodies that stop: the header of their length, the part that is sent, and the missing rest.
const HALF_BODIES: [(&str, &str, &str); 5] = [
    (BY_LENGTH, "", "hello"),
    (BY_LENGTH, "hel", "lo"),
    (IN_CHUNKS, "", "5\r\nhello\r\n0\r\n\r\n"),
    (IN_CHUNKS, "3\r\nhel\r\n", "2\r\nlo\r\n0\r\n\r\n"),
    (IN_CHUNKS, "5\r\nhel", "lo\r\n0\r\n\r\n"),
];

#[actix_web::test]
async fn a_body_that_stops_half_way_is_given_up() {
    let patience = Patience {
        stall: SHORT,
        next: NEVER,
    };
    Site::on_each(patience, async |site| {
        for (framing, begin, _) in HALF_BODIES {
            let request = post("/upload", framing) + begin;
            let response = site.exchange(&request).await;
            assert!(response.starts_with("HTTP/1.1 400 "), "{response}");
            assert!(response.contains("connection: close\r\n"), "{response}");
        }
        site.has_all_places().await;
    })
    .await;
}

#[actix_web::test]
async fn a_body_may_come_in_pieces_and_its_connection_is_kept() {
    let patience = Patience {
        stall: NEVER,
        next: NEVER,
    };
    Site::on_each(patience, async |site| {
        let mut peer = site.connect().await;
        for (framing, begin, end) in HALF_BODIES {
            send(&mut peer, &post("/upload", framing)).await;
            send(&mut peer, begin).await;
            send(&mut peer, end).await;
            let response = until_ends_with(&mut peer, "got 5 bytes").await;
            assert!(!response.contains("connection: close"), "{response}");
            send(&mut peer, GET_PAGE).await;
            until_ends_with(&mut peer, &"x".repeat(PAGE)).await;
        }
    })
    .await;
}

#[actix_web::test]
async fn what_is_left_of_an_unread_body_is_not_waited_for() {
    let patience = Patience {
        stall: SHORT,
        next: BRIEF,
    };
    Site::on_each(patience, async |site| {
        let left = async |begin: &str| {
            let request = post("/unread", IN_CHUNKS) + begin;
            let response = site.exchange(&request).await;
            assert!(response.ends_with("not read"), "{response}");
        };
        // The server does not read an endless body, either.
        let endless = async {
            let mut peer = site.connect().await;
            send(&mut peer, &post("/unread", IN_CHUNKS)).await;
            let chunk = format!("1000\r\n{}\r\n", "x".repeat(0x1000));
            soon("the end", async {
                while peer.write_all(chunk.as_bytes()).await.is_ok() {
                    // Faster than the limit for silence, and no flood that takes a core.
                    tokio::time::sleep(Duration::from_millis(1)).await;
                }
            })
            .await;
        };
        tokio::join!(left(""), left("3\r\nhel\r\n"), left("5\r\nhel"), endless);
        site.has_all_places().await;
    })
    .await;
}

#[actix_web::test]
async fn a_connection_is_kept_if_the_rest_of_an_unread_body_comes() {
    let patience = Patience {
        stall: NEVER,
        next: NEVER,
    };
    Site::on_each(patience, async |site| {
        let mut peer = site.connect().await;
        for (_, begin, end) in &HALF_BODIES[2..] {
            send(&mut peer, &(post("/unread", IN_CHUNKS) + begin)).await;
            until_ends_with(&mut peer, "not read").await;
            send(&mut peer, end).await;
            send(&mut peer, GET_PAGE).await;
            until_ends_with(&mut peer, &"x".repeat(PAGE)).await;
        }
    })
    .await;
}

#[actix_web::test]
async fn the_next_request_may_not_stop_half_way() {
    let patience = Patience {
        stall: NEVER,
        next: BRIEF,
    };
    let half = "GET /page HTTP/1.1\r\nHost: a";
    Site::on_each(patience, async |site| {
        let behind_a_page = async {
            let response = site.exchange(&format!("{GET_PAGE}{half}")).await;
            assert!(response.ends_with(&"x".repeat(PAGE)), "{response}");
        };
        let behind_a_body = async {
            let request = post("/upload", BY_LENGTH) + "hello" + half;
            let response = site.exchange(&request).await;
            assert!(response.ends_with("got 5 bytes"), "{response}");
        };
        let later = async {
            let mut peer = site.connect().await;
            for _ in 0..3 {
                send(&mut peer, GET_PAGE).await;
                until_ends_with(&mut peer, &"x".repeat(PAGE)).await;
            }
            send(&mut peer, half).await;
            assert_eq!(rest(&mut peer).await, "");
        };
        let byte_by_byte = async {
            let mut peer = site.connect().await;
            send(&mut peer, &format!("{GET_PAGE}{half}")).await;
            until_ends_with(&mut peer, &"x".repeat(PAGE)).await;
            soon("the end", async {
                while peer.write_all(b"a").await.is_ok() && peer.flush().await.is_ok() {
                    tokio::time::sleep(SHORT).await;
                }
            })
            .await;
        };
        tokio::join!(behind_a_page, behind_a_body, later, byte_by_byte);
        site.has_all_places().await;
    })
    .await;
}

#[actix_web::test]
async fn a_response_that_nobody_reads_is_given_up() {
    let patience = Patience {
        stall: SHORT,
        next: NEVER,
    };
    Site::on_each(patience, async |site| {
        let mut peer = site.connect_small().await;
        send(&mut peer, "GET /endless HTTP/1.1\r\nHost: a\r\n\r\n").await;
        assert_eq!(site.server.log.next().await, "dropped");
        site.has_all_places().await;
    })
    .await;
}

/// There are more peers than places, and each requests more pages than the kernel buffers for it.
#[actix_web::test]
async fn peers_that_read_nothing_take_no_place_for_long() {
    let patience = Patience {
        stall: SHORT,
        next: NEVER,
    };
    Site::on_each(patience, async |site| {
        let request = GET_PAGE.repeat(47) + &upgrade_request("/echo");
        let mut peers = Vec::new();
        for _ in 0..LIMIT + 10 {
            let mut peer = site.connect_small().await;
            send(&mut peer, &request).await;
            peers.push(peer);
        }
        site.has_all_places().await;
        drop(peers);
        site.server.all_gone().await;
    })
    .await;
}

#[actix_web::test]
async fn who_waits_for_the_application_may_be_silent() {
    let patience = Patience {
        stall: SHORT,
        next: BRIEF,
    };
    Site::on_each(patience, async |site| {
        let mut events = site.connect().await;
        send(&mut events, "GET /events HTTP/1.1\r\nHost: a\r\n\r\n").await;
        until_ends_with(&mut events, "line 1\r\n").await;
        let mut slow = site.connect().await;
        send(&mut slow, "GET /slow HTTP/1.1\r\nHost: a\r\n\r\n").await;
        // Meanwhile, each limit ends another connection.
        let response = site.exchange(&(post("/upload", BY_LENGTH) + "hel")).await;
        assert!(response.starts_with("HTTP/1.1 400 "), "{response}");
        let response = site.exchange(&format!("{GET_PAGE}GET /")).await;
        assert!(response.ends_with(&"x".repeat(PAGE)), "{response}");

        site.go_on.add_permits(2);
        until_ends_with(&mut events, "line 2\r\n0\r\n\r\n").await;
        until_ends_with(&mut slow, "at last").await;
        send(&mut slow, GET_PAGE).await;
        until_ends_with(&mut slow, &"x".repeat(PAGE)).await;
    })
    .await;
}

#[actix_web::test]
async fn zero_is_no_limit() {
    let patience = |limit| Patience {
        stall: limit,
        next: NEVER,
    };
    let limited = Site::new(patience(SHORT), false);
    Site::on_each(patience(Duration::ZERO), async |site| {
        for (framing, begin, end) in HALF_BODIES {
            let mut peer = site.connect().await;
            send(&mut peer, &(post("/upload", framing) + begin)).await;
            // This exchange takes as long as the limit of another server.
            let request = post("/upload", framing) + begin;
            let response = limited.exchange(&request).await;
            assert!(response.starts_with("HTTP/1.1 400 "), "{response}");
            send(&mut peer, end).await;
            until_ends_with(&mut peer, "got 5 bytes").await;
        }
    })
    .await;
}
