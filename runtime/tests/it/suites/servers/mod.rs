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

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::support::{TestServer, soon};

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
