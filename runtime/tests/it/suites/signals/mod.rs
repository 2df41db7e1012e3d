//! The operating system tells a process to stop, with each kind of server.

mod suspended;

use std::{
    env,
    io::{self, BufRead, BufReader, Write},
    net::SocketAddr,
    process::{Child, Command, ExitStatus, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering::SeqCst},
    },
    thread,
    time::Duration,
};

use actix_web::{App, error::ErrorInternalServerError, rt, web};
use futures_util::{StreamExt, future::join_all};
use levante::{Server, prelude::*};
use rustix::process::{Pid, Signal, kill_process};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::{
        Notify, Semaphore,
        mpsc::{UnboundedReceiver, unbounded_channel},
    },
};
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::support::{
    self, Client,
    numbers::{self, LISTENERS, Listeners},
    only_the_child_of, soon, until, upgrade_request,
};

/// Environment variables for the child: the kind of server, and its `shutdown_timeout`.
const SERVER: &str = "LEVANTE_TEST_SERVER";
const TIMEOUT: &str = "LEVANTE_TEST_TIMEOUT";

/// The kinds of server.
const SERVERS: [&str; 3] = ["levante", "actix", "actix with signals"];

/// Longer than any test waits.
const NEVER: u64 = support::NEVER.as_secs();

/// Not a test, but the server that the tests below start in a process of its own.
#[actix_web::test]
#[ignore = "does nothing unless the other tests of this file start it"]
async fn child() {
    let (Ok(kind), Ok(timeout)) = (env::var(SERVER), env::var(TIMEOUT)) else {
        return;
    };
    let timeout = timeout.parse().unwrap();
    let addressed = Arc::new(AtomicU64::new(0));
    let (publishes, count) = (Arc::new(AtomicBool::new(false)), addressed.clone());
    let hold = web::Data::new(Semaphore::new(0));
    let held = hold.clone();
    let flood = Arc::new(Notify::new());
    let floods = flood.clone();
    thread::spawn(move || {
        for _ in io::stdin().lines().map_while(Result::ok) {
            held.add_permits(1);
            flood.notify_one();
        }
    });
    let app = move || {
        if !publishes.swap(true, SeqCst) {
            rt::spawn(numbers::publish(
                Server::global(),
                count.clone(),
                floods.clone(),
            ));
        }
        App::new()
            .app_data(hold.clone())
            .service(numbers::socket::service())
            .service(held::service())
    };
    match &*kind {
        "levante" => {
            let http = levante::HttpServer::new(app)
                .workers(2)
                .client_request_timeout(support::NEVER)
                .shutdown_timeout(timeout)
                .bind(("127.0.0.1", 0))
                .unwrap();
            println!("listening on {}", http.addrs()[0]);
            http.run().await.unwrap();
        }
        _ => {
            let http = actix_web::HttpServer::new(app)
                .workers(2)
                .client_request_timeout(support::NEVER)
                .client_disconnect_timeout(Duration::ZERO)
                .bind(("127.0.0.1", 0))
                .unwrap();
            let http = match &*kind {
                "actix" => http.disable_signals(),
                _ => http,
            };
            println!("listening on {}", http.addrs()[0]);
            let server = levante::serve(http.run());
            server.shutdown_timeout(timeout).await.unwrap();
        }
    }
    until("all to be gone", || Server::global().connections() == 0).await;
    println!("addressed {}", addressed.load(SeqCst));
}

/// `attach` waits until the test sends the process a line.
#[websocket("/held", handshake_timeout = crate::support::NEVER)]
mod held {
    use super::*;

    async fn attach(hold: web::Data<Semaphore>) -> Result<(), actix_web::Error> {
        println!("attaching");
        hold.acquire()
            .await
            .map_err(ErrorInternalServerError)?
            .forget();
        Ok(())
    }

    fn open(_: &Ws) {
        println!("opened");
    }
}

/// The child, killed and reaped when it is dropped.
struct Process {
    child: Child,
    lines: UnboundedReceiver<String>,
    addr: SocketAddr,
}

impl Process {
    async fn start(server: &str, timeout: u64) -> Self {
        let mut child = Command::new(env::current_exe().unwrap())
            .args(only_the_child_of(module_path!()))
            .env(SERVER, server)
            .env(TIMEOUT, timeout.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        let (tell, lines) = unbounded_channel();
        thread::spawn(move || {
            // Reads everything, so that a full pipe never blocks the process.
            for line in stdout.lines().map_while(Result::ok) {
                let _ = tell.send(line);
            }
        });
        let mut process = Self {
            child,
            lines,
            addr: SocketAddr::from(([127, 0, 0, 1], 0)),
        };
        process.addr = process.says("listening on ").await.parse().unwrap();
        process
    }

    /// The text after `words` in the first line that contains them.
    async fn says(&mut self, words: &str) -> String {
        loop {
            let line = soon(words, self.lines.recv()).await.expect(words);
            // The test harness may have written something before it.
            if let Some((_, rest)) = line.split_once(words) {
                return rest.to_owned();
            }
        }
    }

    async fn connect(&self) -> Client {
        let stream = TcpStream::connect(self.addr).await.unwrap();
        Client::on(stream, &format!("ws://{}/numbers", self.addr)).await
    }

    /// Lets a waiting `attach` and the stream of numbers go on.
    fn go_on(&mut self) {
        let stdin = self.child.stdin.as_mut().unwrap();
        stdin.write_all(b"go on\n").unwrap();
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    async fn exit(&mut self) -> ExitStatus {
        let mut status = None;
        until("the process to end", || {
            status = self.child.try_wait().unwrap();
            status.is_some()
        })
        .await;
        status.unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // This fails if the process has already ended, which is fine.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Connects a client whose handler waits for ever, so that no graceful stop ends before its
/// timeout.
async fn stuck(process: &Process) -> Client {
    let mut client = process.connect().await;
    assert_eq!(client.ask("hello").await, "stuck");
    client
}

async fn nothing_is_lost(server: &str, signal: Signal) {
    let mut process = Process::start(server, NEVER).await;
    let clients = join_all((0..LISTENERS).map(|_| process.connect())).await;
    let listeners = Listeners::new(clients);
    listeners.midstream().await;
    process.go_on();
    listeners.flooded().await;
    process.signal(signal);
    let got = listeners.sent_away().await;
    assert_eq!(process.says("addressed ").await, got.to_string());
    assert!(process.exit().await.success());
}

#[actix_web::test]
async fn nothing_is_lost_under_our_server() {
    nothing_is_lost("levante", Signal::TERM).await;
}

#[actix_web::test]
async fn nothing_is_lost_under_actix() {
    nothing_is_lost("actix", Signal::TERM).await;
    nothing_is_lost("actix", Signal::INT).await;
}

#[actix_web::test]
async fn nothing_is_lost_under_actix_that_listens_to_signals_itself() {
    nothing_is_lost("actix with signals", Signal::TERM).await;
    nothing_is_lost("actix with signals", Signal::INT).await;
}

#[actix_web::test]
async fn a_handshake_whose_attach_is_at_work_is_refused() {
    join_all(SERVERS.map(async |server| {
        let mut process = Process::start(server, NEVER).await;
        let mut early = process.connect().await;
        let mut pending = TcpStream::connect(process.addr).await.unwrap();
        let request = upgrade_request("/held");
        pending.write_all(request.as_bytes()).await.unwrap();
        process.says("attaching").await;

        process.signal(Signal::TERM);
        assert_eq!(early.closed().await.0, 1001, "{server}");
        process.go_on();
        let mut refused = String::new();
        soon("the refusal", pending.read_to_string(&mut refused))
            .await
            .unwrap();
        assert!(refused.starts_with("HTTP/1.1 503 "), "{server}: {refused}");
        assert!(
            refused.contains("\r\nretry-after: 1\r\n"),
            "{server}: {refused}"
        );
        drop(pending);
        assert!(process.exit().await.success(), "{server}");
    }))
    .await;
}

#[actix_web::test]
async fn a_second_signal_does_not_wait() {
    join_all(SERVERS.map(async |server| {
        let mut process = Process::start(server, NEVER).await;
        let mut client = stuck(&process).await;
        process.signal(Signal::TERM);
        assert!(
            matches!(client.next().await, Message::Close(Some(_))),
            "{server}"
        );
        process.signal(Signal::INT);
        assert!(process.exit().await.success(), "{server}");
    }))
    .await;
}

#[actix_web::test]
async fn the_timeout_ends_what_hangs() {
    join_all(SERVERS.map(async |server| {
        let mut process = Process::start(server, 1).await;
        let mut client = stuck(&process).await;
        process.signal(Signal::TERM);
        assert_eq!(client.closed().await.0, 1001, "{server}");
        assert!(process.exit().await.success(), "{server}");
    }))
    .await;
}

#[actix_web::test]
async fn a_signal_to_quit_does_not_wait() {
    join_all(SERVERS.map(async |server| {
        let mut process = Process::start(server, NEVER).await;
        let mut client = stuck(&process).await;
        process.signal(Signal::QUIT);
        let end = soon("the end", client.0.next()).await;
        assert!(
            matches!(end, None | Some(Err(Error::Protocol(_) | Error::Io(_)))),
            "{server}"
        );
        assert!(process.exit().await.success(), "{server}");
    }))
    .await;
}
