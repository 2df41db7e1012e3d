//! A server, a client, and a log that tests wait on.

pub(crate) mod broker_process;
pub(crate) mod deflating;
pub(crate) mod numbers;
pub(crate) mod probe;

use std::{
    collections::VecDeque,
    fmt::Display,
    net::{SocketAddr, TcpListener},
    pin::Pin,
    sync::{Arc, Mutex},
    thread::JoinHandle,
    time::Duration,
};

use actix_web::{App, dev::ServerHandle, web};
use futures_util::{SinkExt, StreamExt};
use levante::{HandlerError, Running, RunningHandle, Server};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
    sync::{Notify, oneshot},
    time::timeout,
};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{
        Error, Message, client::IntoClientRequest, http::Response, protocol::CloseFrame,
    },
};

/// Longer than any step takes on a loaded machine. Only a failing test waits that long.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// For a timeout that must not fire: longer than any test waits. The default timeouts are shorter.
pub(crate) const NEVER: Duration = Duration::from_secs(3600);

/// Waits for `future`, at most for [`PATIENCE`].
pub(crate) async fn soon<T>(what: impl Display, future: impl Future<Output = T>) -> T {
    match timeout(PATIENCE, future).await {
        Ok(value) => value,
        Err(_) => panic!("waited in vain for {what}"),
    }
}

/// Checks `condition` again and again until it holds, for conditions that send no notification.
pub(crate) async fn until(what: &str, mut condition: impl FnMut() -> bool) {
    soon(what, async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    })
    .await;
}

/// The arguments that make this binary run only the ignored test `child` of a module. `module` is
/// its `module_path!()`.
pub(crate) fn only_the_child_of(module: &str) -> [String; 4] {
    let (_, path) = module.split_once("::").unwrap();
    let arguments = [
        "--exact",
        &format!("{path}::child"),
        "--ignored",
        "--nocapture",
    ];
    arguments.map(str::to_owned)
}

/// The handler that failed, and its failure.
pub(crate) fn failure(error: &HandlerError) -> String {
    let handler = error.handler();
    match error {
        HandlerError::Returned(cause) => format!("`{handler}` failed: {cause}"),
        HandlerError::Panicked(message) => format!("`{handler}` panicked: {message}"),
        other => other.to_string(),
    }
}

/// How the server runs its connections.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Driver {
    /// Under `actix_web::HttpServer`.
    Body,
    /// Under `levante::HttpServer`.
    Takeover,
}

/// Runs each test on each driver.
macro_rules! on_each_driver {
    ($(
        $(#[$attribute:meta])*
        async fn $name:ident($driver:ident: Driver) $body:block
    )*) => {$(
        $(#[$attribute])*
        mod $name {
            use super::*;

            async fn test($driver: Driver) $body

            #[actix_web::test]
            async fn body() {
                test(Driver::Body).await;
            }

            #[actix_web::test]
            async fn takeover() {
                test(Driver::Takeover).await;
            }
        }
    )*};
}
pub(crate) use on_each_driver;

/// The entries that the handlers of a test have written, in order.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<(Mutex<VecDeque<String>>, Notify)>);

impl Log {
    pub(crate) fn push(&self, entry: impl Into<String>) {
        self.0.0.lock().unwrap().push_back(entry.into());
        self.0.1.notify_one();
    }

    /// The next entry.
    pub(crate) async fn next(&self) -> String {
        soon("an entry in the log", async {
            loop {
                if let Some(entry) = self.0.0.lock().unwrap().pop_front() {
                    return entry;
                }
                self.0.1.notified().await;
            }
        })
        .await
    }

    /// The next entry that is not `passed_over`.
    pub(crate) async fn next_but(&self, passed_over: &str) -> String {
        loop {
            let entry = self.next().await;
            if entry != passed_over {
                return entry;
            }
        }
    }

    pub(crate) fn clear(&self) {
        self.0.0.lock().unwrap().clear();
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.0.lock().unwrap().is_empty()
    }
}

/// A server in a thread of its own.
pub(crate) struct TestServer {
    pub(crate) addr: SocketAddr,
    pub(crate) log: Log,
    pub(crate) server: Server,
    handle: Handle,
    thread: Option<JoinHandle<()>>,
}

/// Starts a server with one worker.
pub(crate) async fn serve(
    driver: Driver,
    configure: impl Fn(&mut web::ServiceConfig, &Server) + Clone + Send + 'static,
) -> TestServer {
    serve_with(driver, 1, configure).await
}

/// Starts a server.
pub(crate) async fn serve_with(
    driver: Driver,
    workers: usize,
    configure: impl Fn(&mut web::ServiceConfig, &Server) + Clone + Send + 'static,
) -> TestServer {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    serve_on(listener, driver, workers, configure).await
}

/// Starts a server on a listener whose options are set already.
pub(crate) async fn serve_on(
    listener: TcpListener,
    driver: Driver,
    workers: usize,
    configure: impl Fn(&mut web::ServiceConfig, &Server) + Clone + Send + 'static,
) -> TestServer {
    let (log, server) = (Log::default(), Server::new());
    let (for_app, of_app) = (log.clone(), server.clone());
    let app = move || {
        let (server, configure) = (of_app.clone(), configure.clone());
        App::new()
            .app_data(web::Data::new(for_app.clone()))
            .configure(move |config| configure(config, &server))
    };
    let (tell, told) = oneshot::channel();
    let run = move || async move {
        match driver {
            Driver::Body => {
                let http = actix_web::HttpServer::new(app)
                    .workers(workers)
                    .tcp_nodelay(true)
                    .client_request_timeout(NEVER)
                    .client_disconnect_timeout(Duration::ZERO)
                    .disable_signals()
                    .listen(listener)
                    .unwrap();
                let addr = http.addrs()[0];
                let running = http.run();
                tell.send((addr, Handle::Body(running.handle()))).ok();
                running.await.unwrap();
            }
            Driver::Takeover => {
                let http = levante::HttpServer::new(app)
                    .workers(workers)
                    .client_request_timeout(NEVER)
                    .disable_signals()
                    .listen(listener)
                    .unwrap();
                let addr = http.addrs()[0];
                let running = http.run();
                tell.send((addr, Handle::Takeover(running.handle()))).ok();
                running.await.unwrap();
            }
        }
    };
    let thread = std::thread::spawn(move || actix_web::rt::System::new().block_on(run()));
    let (addr, handle) = told.await.unwrap();
    TestServer {
        addr,
        log,
        server,
        handle,
        thread: Some(thread),
    }
}

enum Handle {
    Body(ServerHandle),
    Takeover(RunningHandle),
}

impl Handle {
    /// This call gives the command, even if the caller never awaits the future.
    fn stop(&self, graceful: bool) -> Pin<Box<dyn Future<Output = ()>>> {
        match self {
            Self::Body(handle) => Box::pin(handle.stop(graceful)),
            Self::Takeover(handle) => Box::pin(handle.stop(graceful)),
        }
    }
}

impl TestServer {
    /// Wraps a running server that the test has configured itself.
    pub(crate) fn run(addr: SocketAddr, running: Running, log: Log, server: Server) -> Self {
        let handle = Handle::Takeover(running.handle());
        let run = move || actix_web::rt::System::new().block_on(running).unwrap();
        Self {
            addr,
            log,
            server,
            handle,
            thread: Some(std::thread::spawn(run)),
        }
    }

    /// Connects. `open` may still have to run: a test that needs it waits for its entry in the log.
    pub(crate) async fn connect(&self, path: &str) -> Client {
        let request = format!("ws://{}{path}", self.addr)
            .into_client_request()
            .unwrap();
        self.connect_with(request).await.unwrap().0
    }

    pub(crate) async fn connect_with(
        &self,
        request: impl IntoClientRequest + Unpin,
    ) -> Result<(Client, Response<Option<Vec<u8>>>), Error> {
        let stream = TcpStream::connect(self.addr).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let (stream, response) = soon("the handshake", client_async(request, stream)).await?;
        Ok((Client(stream), response))
    }

    /// Sends a request unchanged, and returns the whole response.
    pub(crate) async fn raw(&self, request: &str) -> String {
        let mut stream = TcpStream::connect(self.addr).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut response = Vec::new();
        let mut chunk = [0; 4096];
        soon("a response", async {
            while !is_whole(&response) {
                match stream.read(&mut chunk).await.unwrap() {
                    0 => break,
                    n => response.extend_from_slice(&chunk[..n]),
                }
            }
        })
        .await;
        String::from_utf8_lossy(&response).into_owned()
    }

    /// Connects without a WebSocket library. Returns the stream just after the handshake.
    pub(crate) async fn connect_raw(&self, path: &str) -> TcpStream {
        self.connect_raw_with(path, &[]).await
    }

    /// [`Self::connect_raw`], with bytes that are written together with the request.
    pub(crate) async fn connect_raw_with(&self, path: &str, first: &[u8]) -> TcpStream {
        let mut stream = TcpStream::connect(self.addr).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let request = upgrade_request(path);
        let bytes = [request.as_bytes(), first].concat();
        stream.write_all(&bytes).await.unwrap();
        let mut head = Vec::new();
        soon("the handshake", async {
            while !head.ends_with(b"\r\n\r\n") {
                head.push(stream.read_u8().await.unwrap());
            }
        })
        .await;
        assert!(
            head.starts_with(b"HTTP/1.1 101 "),
            "{}",
            String::from_utf8_lossy(&head)
        );
        stream
    }

    /// Waits until the server has released every connection.
    pub(crate) async fn all_gone(&self) {
        until("all connections to be gone", || {
            self.server.connections() == 0 && self.server.topics().is_empty()
        })
        .await;
    }

    pub(crate) async fn stop(&self, graceful: bool) {
        soon("the server to stop", self.handle.stop(graceful)).await;
    }

    /// Gives the command to stop. The returned future ends when the server has obeyed.
    pub(crate) fn stop_later(&self, graceful: bool) -> impl Future<Output = ()> + use<> {
        self.handle.stop(graceful)
    }

    /// Waits until the server's own future has ended.
    pub(crate) async fn ended(&mut self) {
        let thread = self.thread.take().unwrap();
        until("the server to end", || thread.is_finished()).await;
        thread.join().unwrap();
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        // The call of `stop` sends the command. The thread ends when the server has obeyed.
        drop(self.handle.stop(false));
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
            && !std::thread::panicking()
        {
            panic!("the server panicked");
        }
    }
}

fn is_whole(response: &[u8]) -> bool {
    let text = String::from_utf8_lossy(response);
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head.lines().find_map(|line| {
        line.to_ascii_lowercase()
            .strip_prefix("content-length:")?
            .trim()
            .parse::<usize>()
            .ok()
    });
    length.is_none_or(|length| body.len() >= length)
}

pub(crate) fn upgrade_request(path: &str) -> String {
    upgrade_request_with(path, "")
}

/// An upgrade request with further header lines, each ended by `\r\n`.
pub(crate) fn upgrade_request_with(path: &str, more: &str) -> String {
    format!(
        "GET {path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n{more}\r\n"
    )
}

/// A client frame with a mask of zeros, which leaves the payload readable.
pub(crate) fn frame(first_byte: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first_byte];
    match payload.len() {
        len @ 0..=125 => frame.push(0x80 | len as u8),
        len @ 126..=0xFFFF => {
            frame.push(0x80 | 126);
            frame.extend_from_slice(&(len as u16).to_be_bytes());
        }
        len => {
            frame.push(0x80 | 127);
            frame.extend_from_slice(&(len as u64).to_be_bytes());
        }
    }
    frame.extend_from_slice(&[0; 4]);
    frame.extend_from_slice(payload);
    frame
}

/// A client of an independent library.
pub(crate) struct Client<S = TcpStream>(pub(crate) WebSocketStream<S>);

impl<S: AsyncRead + AsyncWrite + Unpin> Client<S> {
    /// Performs the handshake over a stream.
    pub(crate) async fn on(stream: S, url: &str) -> Self {
        let (client, _) = soon("the handshake", client_async(url, stream))
            .await
            .unwrap();
        Self(client)
    }

    pub(crate) async fn send(&mut self, text: impl Into<String>) {
        self.0.send(Message::text(text.into())).await.unwrap();
    }

    pub(crate) async fn send_binary(&mut self, bytes: impl Into<Vec<u8>>) {
        self.0.send(Message::binary(bytes.into())).await.unwrap();
    }

    /// The next message of any kind.
    pub(crate) async fn next(&mut self) -> Message {
        match soon("a message", self.0.next()).await {
            Some(Ok(message)) => message,
            other => panic!("expected a message, got {other:?}"),
        }
    }

    /// The next message that is no ping. It must be text.
    pub(crate) async fn text(&mut self) -> String {
        loop {
            match self.next().await {
                Message::Text(text) => return text.to_string(),
                Message::Ping(_) => {}
                other => panic!("expected text, got {other:?}"),
            }
        }
    }

    /// Sends a text, and returns the text that comes next.
    pub(crate) async fn ask(&mut self, text: impl Into<String>) -> String {
        self.send(text).await;
        self.text().await
    }

    /// Reads on until the server closes, and returns the code and reason of its Close frame.
    pub(crate) async fn closed(&mut self) -> (u16, String) {
        loop {
            match soon("a close frame", self.0.next()).await {
                Some(Ok(Message::Close(frame))) => {
                    let closed = frame.map_or((1005, String::new()), |frame| {
                        (frame.code.into(), frame.reason.to_string())
                    });
                    // Reading on writes the answer to the Close frame.
                    soon("the end", async {
                        while let Some(Ok(_)) = self.0.next().await {}
                    })
                    .await;
                    return closed;
                }
                Some(Ok(_)) => {}
                None | Some(Err(_)) => return (1006, String::new()),
            }
        }
    }

    pub(crate) async fn close(&mut self, code: u16, reason: &str) {
        let frame = CloseFrame {
            code: code.into(),
            reason: reason.to_owned().into(),
        };
        self.0.close(Some(frame)).await.unwrap();
    }
}
