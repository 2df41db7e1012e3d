//! A minimal HTTP client, with which a test sees every byte of the response.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
};

use crate::support::process::PATIENCE;

/// The response of a server.
pub(crate) struct Response {
    pub(crate) status: u16,
    /// One line each, names in lower case.
    headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Response {
    pub(crate) fn header(&self, name: &str) -> &str {
        let header = self.headers.iter().find(|(each, _)| each == name);
        &header
            .unwrap_or_else(|| panic!("no header {name} in {:?}", self.headers))
            .1
    }
}

/// Requests a page.
pub(crate) fn get(address: SocketAddr, target: &str) -> Response {
    let (head, mut reader) = send(address, &format!("GET {target}"), "");
    answer(head, &mut reader)
}

/// Requests a page, with more lines of headers.
pub(crate) fn get_with(address: SocketAddr, target: &str, headers: &str) -> Response {
    let (head, mut reader) = send(address, &format!("GET {target}"), headers);
    answer(head, &mut reader)
}

/// Posts JSON.
pub(crate) fn post(address: SocketAddr, target: &str, body: &str) -> Response {
    let length = body.len();
    let headers = format!("content-type: application/json\r\ncontent-length: {length}\r\n");
    let host = address.to_string();
    let (head, mut reader) = send_to(address, &format!("POST {target}"), &host, &headers, body);
    answer(head, &mut reader)
}

/// Opens a WebSocket, and returns the TCP stream after the handshake.
pub(crate) fn upgrade(address: SocketAddr, target: &str) -> TcpStream {
    let (head, reader) = send(address, &format!("GET {target}"), UPGRADE);
    assert_eq!(head[0], "HTTP/1.1 101 Switching Protocols");
    reader.into_inner()
}

/// Requests a page of a host, and returns the lines of the response's head.
pub(crate) fn head(address: SocketAddr, target: &str, host: &str) -> Vec<String> {
    send_to(address, &format!("GET {target}"), host, "", "").0
}

const UPGRADE: &str = "upgrade: websocket\r\nconnection: upgrade\r\n\
    sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

fn send(address: SocketAddr, request: &str, headers: &str) -> (Vec<String>, BufReader<TcpStream>) {
    send_to(address, request, &address.to_string(), headers, "")
}

fn send_to(
    address: SocketAddr,
    request: &str,
    host: &str,
    headers: &str,
    body: &str,
) -> (Vec<String>, BufReader<TcpStream>) {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    write!(
        stream,
        "{request} HTTP/1.1\r\nhost: {host}\r\n{headers}\r\n{body}"
    )
    .unwrap();

    let mut reader = BufReader::new(stream);
    let lines = reader.by_ref().lines().map(Result::unwrap);
    let head = lines.take_while(|line| !line.is_empty()).collect();
    (head, reader)
}

fn answer(head: Vec<String>, reader: &mut impl Read) -> Response {
    let status = head[0].split(' ').nth(1).unwrap().parse().unwrap();
    let headers = head[1..].iter().map(|line| {
        let (name, value) = line.split_once(": ").unwrap();
        (name.to_lowercase(), value.to_owned())
    });
    let mut response = Response {
        status,
        headers: headers.collect(),
        body: String::new(),
    };
    // A response without content has no length.
    let length = match status {
        204 => 0,
        _ => response.header("content-length").parse().unwrap(),
    };
    reader
        .take(length)
        .read_to_string(&mut response.body)
        .unwrap();
    response
}
