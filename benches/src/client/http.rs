//! Requests that are no handshake.

use std::{
    io::{self, Read, Write},
    net::{SocketAddrV4, TcpStream},
    time::Duration,
};

/// Asks a server for a page, and returns its text.
///
/// # Errors
///
/// If the server does not answer in this time, or with anything but 200.
pub(crate) fn get(server: SocketAddrV4, path: &str, patience: Duration) -> io::Result<String> {
    let mut stream = TcpStream::connect(server)?;
    stream.set_read_timeout(Some(patience))?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: {server}\r\nConnection: close\r\n\r\n"
    )?;
    let mut response = String::new();
    stream.read_to_string(&mut response)?;
    body(&response).map(str::to_owned).ok_or_else(|| {
        let line = response.lines().next().unwrap_or_default();
        io::Error::other(format!("the server answers {path} with {line:?}"))
    })
}

/// The body of a response that is not an error.
fn body(response: &str) -> Option<&str> {
    let (head, body) = response.split_once("\r\n\r\n")?;
    head.lines().next()?.contains(" 200").then_some(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_has_no_body() {
        assert_eq!(
            body("HTTP/1.1 200 OK\r\nA: b\r\n\r\n12\r\n\r\n"),
            Some("12\r\n\r\n")
        );
        assert_eq!(body("HTTP/1.1 404 Not Found\r\n\r\n200"), None);
        assert_eq!(body("HTTP/1.1 200 OK\r\n"), None);
    }
}
