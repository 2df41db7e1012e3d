use serde::Serialize;

pub(crate) const PING: &[u8] = b"PING\r\n";
pub(crate) const PONG: &[u8] = b"PONG\r\n";

/// The options of `CONNECT`.
#[derive(Serialize)]
pub(crate) struct Connect<'a> {
    pub(crate) name: &'a str,
    pub(crate) version: &'a str,
    pub(crate) lang: &'a str,
    /// 1: the server may send `INFO` again.
    pub(crate) protocol: u8,
    pub(crate) verbose: bool,
    pub(crate) pedantic: bool,
    /// Whether the server returns messages to the connection that has published them.
    pub(crate) echo: bool,
    pub(crate) headers: bool,
    pub(crate) no_responders: bool,
    pub(crate) tls_required: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) pass: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) auth_token: Option<&'a str>,
}

impl Connect<'_> {
    /// Appends `CONNECT`.
    pub(crate) fn encode(&self, into: &mut Vec<u8>) -> serde_json::Result<()> {
        into.extend_from_slice(b"CONNECT ");
        serde_json::to_writer(&mut *into, self)?;
        into.extend_from_slice(b"\r\n");
        Ok(())
    }
}

/// Whether a text can be a subject in a command. A space or a line break would end it.
pub(crate) fn is_subject(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte > b' ' && byte != 0x7f)
}

/// Appends `SUB`. `sid` names the subscription on this connection.
pub(crate) fn subscribe(into: &mut Vec<u8>, subject: &str, sid: &[u8]) {
    append(into, &[b"SUB ", subject.as_bytes(), b" ", sid, b"\r\n"]);
}

/// Appends `UNSUB`.
pub(crate) fn unsubscribe(into: &mut Vec<u8>, sid: &[u8]) {
    append(into, &[b"UNSUB ", sid, b"\r\n"]);
}

/// Appends `PUB` and its payload.
pub(crate) fn publish(into: &mut Vec<u8>, subject: &str, payload: &[u8]) {
    let mut digits = [0; 20];
    let length = decimal(payload.len(), &mut digits);
    append(into, &[b"PUB ", subject.as_bytes(), b" ", length, b"\r\n"]);
    append(into, &[payload, b"\r\n"]);
}

fn append(into: &mut Vec<u8>, parts: &[&[u8]]) {
    for part in parts {
        into.extend_from_slice(part);
    }
}

/// Writes a number to the end of `digits`, without an allocation per message.
fn decimal(mut number: usize, digits: &mut [u8; 20]) -> &[u8] {
    let mut start = digits.len();
    loop {
        start -= 1;
        digits[start] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            return &digits[start..];
        }
    }
}
