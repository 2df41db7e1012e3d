//! The process of a server is stopped for longer than its timeouts, and then continues.

use std::{
    env,
    io::{BufRead, BufReader},
    net::SocketAddr,
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::Duration,
};

use actix_web::App;
use futures_util::future::join_all;
use levante::prelude::*;
use rustix::process::{Pid, Signal, kill_process};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::support::{Driver, NEVER, frame, only_the_child_of, soon, upgrade_request};

/// The environment variable that names the child's kind of server.
const SERVER: &str = "LEVANTE_TEST_SUSPENDED";

const TIMEOUT: Duration = Duration::from_secs(2);

/// Few enough that all can send within the timeout, even on a busy machine.
const PEERS: usize = 20;

#[websocket("/idle", idle_timeout = TIMEOUT, close_timeout = TIMEOUT, send_pings = false)]
mod idle {
    fn message(ws: &Ws, text: &str) {
        match text {
            "close" => ws.close(),
            text => _ = ws.send(text),
        }
    }
}

/// Not a test, but the server that the test below starts in a process of its own.
#[actix_web::test]
#[ignore = "does nothing unless the other tests of this file start it"]
async fn child() {
    let Ok(kind) = env::var(SERVER) else {
        return;
    };
    let app = || App::new().service(idle::service());
    if kind == "Takeover" {
        let http = levante::HttpServer::new(app)
            .workers(1)
            .client_request_timeout(NEVER);
        let http = http.bind(("127.0.0.1", 0)).unwrap();
        println!("listening on {}", http.addrs()[0]);
        http.run().await.unwrap();
    } else {
        let http = actix_web::HttpServer::new(app)
            .workers(1)
            .client_request_timeout(NEVER);
        let http = http.bind(("127.0.0.1", 0)).unwrap();
        println!("listening on {}", http.addrs()[0]);
        http.run().await.unwrap();
    }
}

/// The child, killed and reaped when it is dropped.
struct Process(Child);

impl Process {
    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.0), signal).unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

fn start(driver: Driver) -> (Process, SocketAddr) {
    let mut child = Command::new(env::current_exe().unwrap())
        .args(only_the_child_of(module_path!()))
        .env(SERVER, format!("{driver:?}"))
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let stdout = BufReader::new(child.stdout.take().unwrap());
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        for line in stdout.lines().map_while(Result::ok) {
            if let Some((_, addr)) = line.split_once("listening on ") {
                tell.send(addr.parse().unwrap()).ok();
            }
        }
    });
    (Process(child), told.recv().unwrap())
}

async fn connect(addr: SocketAddr) -> TcpStream {
    let mut stream = TcpStream::connect(addr).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let request = upgrade_request("/idle");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(soon("the handshake", stream.read_u8()).await.unwrap());
    }
    stream
}

async fn expect(stream: &mut TcpStream, expected: &[u8]) {
    let mut answer = vec![0; expected.len()];
    let read = soon("an answer", stream.read_exact(&mut answer)).await;
    read.expect("the peer is still connected");
    assert_eq!(answer, expected);
}

#[actix_web::test]
async fn a_stop_of_the_process_is_not_held_against_its_peers() {
    // The test waits most of the time, so it runs on both drivers at once. No peer connects before
    // both servers have started.
    let servers = [Driver::Body, Driver::Takeover].map(start);
    join_all(servers.map(async |(process, addr)| {
        let mut peers = join_all((0..PEERS).map(|_| connect(addr))).await;
        // The server waits for this peer to answer its Close frame.
        let mut closing = connect(addr).await;
        closing.write_all(&frame(0x81, b"close")).await.unwrap();
        expect(&mut closing, &[0x88, 2, 3, 0xE8]).await;
        // The server has just heard from all peers.
        for peer in &mut peers {
            peer.write_all(&frame(0x81, b"before")).await.unwrap();
        }
        for peer in &mut peers {
            expect(peer, b"\x81\x06before").await;
        }
        // This test needs real time. The server checks its timeouts once more, and is then stopped
        // for longer than the timeouts.
        tokio::time::sleep(TIMEOUT / 4).await;
        process.signal(Signal::STOP);
        tokio::time::sleep(TIMEOUT * 3 / 2).await;
        // Half of the peers send while the process is stopped. The others send after it continues.
        let (waiting, silent) = peers.split_at_mut(PEERS / 2);
        for peer in &mut *waiting {
            peer.write_all(&frame(0x81, b"after")).await.unwrap();
        }
        closing.write_all(&frame(0x88, &[3, 0xE8])).await.unwrap();
        process.signal(Signal::CONT);
        for peer in &mut *waiting {
            expect(peer, b"\x81\x05after").await;
        }
        // By now the server has checked its timeouts.
        for peer in &mut *silent {
            peer.write_all(&frame(0x81, b"after")).await.unwrap();
        }
        for peer in silent {
            expect(peer, b"\x81\x05after").await;
        }
        let mut rest = Vec::new();
        soon("the end", closing.read_to_end(&mut rest))
            .await
            .unwrap();
        assert!(rest.is_empty());
    }))
    .await;
}
