//! The work of `levante::HttpServer` besides running sockets.

mod access_log;
#[cfg(all(feature = "http2", feature = "rustls-0_23"))]
mod http2;
mod limits;
mod ordinary;
mod requests;
mod stalling;
mod stopping;
#[cfg(feature = "rustls-0_23")]
mod tls;
#[cfg(unix)]
mod unix;

use std::net::SocketAddr;

use actix_web::{Error, HttpResponse, web};
use futures_util::stream;
use socket2::{Domain, Socket, Type};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::support::{Log, TestServer, soon};

/// Sends bytes unchanged. Returns everything that comes until the server ends the connection.
async fn exchange(server: &TestServer, request: impl AsRef<[u8]>) -> String {
    let mut stream = TcpStream::connect(server.addr).await.unwrap();
    stream.write_all(request.as_ref()).await.unwrap();
    let mut response = Vec::new();
    soon("the whole response", stream.read_to_end(&mut response))
        .await
        .unwrap();
    String::from_utf8(response).unwrap()
}

/// Connects with as little memory as the kernel allows.
fn small_stream(addr: SocketAddr) -> TcpStream {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.set_recv_buffer_size(1).unwrap();
    socket.connect(&addr.into()).unwrap();
    socket.set_nonblocking(true).unwrap();
    TcpStream::from_std(socket.into()).unwrap()
}

/// Logs that it was dropped.
struct Noted(web::Data<Log>);

impl Drop for Noted {
    fn drop(&mut self) {
        self.0.push("dropped");
    }
}

/// A page without an end. It logs when the server gives it up.
async fn endless(log: web::Data<Log>) -> HttpResponse {
    let noted = Noted(log);
    HttpResponse::Ok().streaming(stream::repeat_with(move || {
        let _ = &noted;
        Ok::<_, Error>(web::Bytes::from_static(&[b'x'; 4096]))
    }))
}

async fn upload(body: web::Bytes) -> String {
    format!("got {} bytes", body.len())
}
