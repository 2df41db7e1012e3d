//! A TLS session without buffers of its own.
//!
//! rustls' `ServerConnection` keeps 4 KiB of each connection for the bytes that it reads. This one
//! gets them from a buffer that all connections of a worker share, and writes its records into
//! another one.

use std::{
    io::{self, ErrorKind},
    sync::Arc,
};

use rustls::{
    ServerConfig,
    server::{ServerConnectionData, UnbufferedServerConnection},
    unbuffered::{ConnectionState, EncodeError, EncryptError, UnbufferedStatus, WriteTraffic},
};

/// A session, and how it has ended.
pub(super) struct Session {
    rustls: UnbufferedServerConnection,
    /// The peer has said that nothing more comes.
    peer_closed: bool,
    /// rustls must not be called any more.
    failed: bool,
}

impl Session {
    pub(super) fn new(config: Arc<ServerConfig>) -> io::Result<Self> {
        Ok(Self {
            rustls: UnbufferedServerConnection::new(config).map_err(io::Error::other)?,
            peer_closed: false,
            failed: false,
        })
    }

    pub(super) fn is_handshaking(&self) -> bool {
        self.rustls.is_handshaking()
    }

    /// Whether the peer has said that nothing more comes.
    pub(super) fn is_closed_by_peer(&self) -> bool {
        self.peer_closed
    }

    pub(super) fn alpn_protocol(&self) -> Option<&[u8]> {
        self.rustls.alpn_protocol()
    }

    /// Decrypts `input`, and hands each piece of plaintext to `plain`. `records` gets what must be
    /// sent, also after an error.
    ///
    /// Returns how many bytes of `input` are used up. The others must be the first bytes of the
    /// next input of any method, as this method leaves them.
    pub(super) fn decrypt(
        &mut self,
        input: &mut [u8],
        plain: &mut dyn FnMut(&[u8]),
        records: &mut Records,
    ) -> io::Result<usize> {
        self.advance(input, plain, records, |_, _| Ok(()))
    }

    /// Encrypts `bytes` into `records`: into a single record if they fit. `input` is as for
    /// [`decrypt`](Self::decrypt): the received bytes that are not used up.
    pub(super) fn encrypt(
        &mut self,
        input: &mut [u8],
        plain: &mut dyn FnMut(&[u8]),
        records: &mut Records,
        bytes: &[u8],
    ) -> io::Result<usize> {
        let mut is_done = false;
        let used = self.advance(input, plain, records, |mut traffic, records| {
            is_done = true;
            records.append(|space| traffic.encrypt(bytes, space).map_err(Shortage::from))
        })?;
        match is_done {
            true => Ok(used),
            false => Err(ErrorKind::NotConnected.into()),
        }
    }

    /// Tells the peer that nothing more comes.
    pub(super) fn close(
        &mut self,
        input: &mut [u8],
        plain: &mut dyn FnMut(&[u8]),
        records: &mut Records,
    ) -> io::Result<usize> {
        if self.failed {
            return Ok(0);
        }
        self.advance(input, plain, records, |mut traffic, records| {
            records.append(|space| traffic.queue_close_notify(space).map_err(Shortage::from))
        })
    }

    /// Lets rustls use as much of `input` as it can. Then calls `at_rest`, if the handshake is over.
    fn advance(
        &mut self,
        input: &mut [u8],
        plain: &mut dyn FnMut(&[u8]),
        records: &mut Records,
        mut at_rest: impl FnMut(
            WriteTraffic<'_, ServerConnectionData>,
            &mut Records,
        ) -> Result<(), Shortage>,
    ) -> io::Result<usize> {
        if self.failed {
            return Err(ErrorKind::InvalidData.into());
        }
        let mut used = 0;
        let outcome = loop {
            let UnbufferedStatus { discard, state } =
                self.rustls.process_tls_records(&mut input[used..]);
            let mut taken = discard;
            let outcome = match state {
                Ok(ConnectionState::ReadTraffic(mut traffic)) => loop {
                    match traffic.next_record() {
                        Some(Ok(record)) => {
                            plain(record.payload);
                            taken += record.discard;
                        }
                        Some(Err(error)) => break Some(Err(invalid(error))),
                        None => break None,
                    }
                },
                // No request may come before the handshake is over: it could be replayed.
                Ok(ConnectionState::ReadEarlyData(mut early)) => loop {
                    match early.next_record() {
                        Some(Ok(record)) => taken += record.discard,
                        Some(Err(error)) => break Some(Err(invalid(error))),
                        None => break None,
                    }
                },
                Ok(ConnectionState::EncodeTlsData(mut data)) => records
                    .append(|space| data.encode(space).map_err(Shortage::from))
                    .err()
                    .map(|shortage| Err(shortage.into())),
                // The caller sends all records in order, before it sends others.
                Ok(ConnectionState::TransmitTlsData(data)) => {
                    data.done();
                    None
                }
                Ok(ConnectionState::PeerClosed) => {
                    self.peer_closed = true;
                    None
                }
                Ok(ConnectionState::WriteTraffic(traffic)) => {
                    Some(at_rest(traffic, records).map_err(io::Error::from))
                }
                Ok(ConnectionState::BlockedHandshake | ConnectionState::Closed) => Some(Ok(())),
                Ok(_) => Some(Err(io::Error::other("rustls is in an unknown state"))),
                Err(error) => Some(Err(invalid(error))),
            };
            used += taken;
            if let Some(outcome) = outcome {
                break outcome;
            }
        };
        match outcome {
            // What comes behind the end is ignored.
            Ok(()) if self.peer_closed => Ok(input.len()),
            Ok(()) => Ok(used),
            Err(error) => {
                self.failed = true;
                self.append_alert(&mut input[used..], records);
                Err(error)
            }
        }
    }

    /// Appends the alert that tells the peer of a failure.
    fn append_alert(&mut self, input: &mut [u8], records: &mut Records) {
        while self.rustls.wants_write() {
            let status = self.rustls.process_tls_records(input);
            let Ok(ConnectionState::EncodeTlsData(mut data)) = status.state else {
                return;
            };
            let appended = records.append(|space| data.encode(space).map_err(Shortage::from));
            if appended.is_err() {
                return;
            }
        }
    }
}

fn invalid(error: rustls::Error) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, error)
}

/// Encrypted records to be sent. The memory is kept and written again, without initializing it.
#[derive(Debug, Default)]
pub(super) struct Records {
    memory: Vec<u8>,
    len: usize,
}

impl Records {
    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.memory[..self.len]
    }

    pub(super) fn clear(&mut self) {
        self.len = 0;
    }

    /// Appends the bytes that `write` writes into the given space. It is called again if it needs
    /// more.
    fn append(
        &mut self,
        mut write: impl FnMut(&mut [u8]) -> Result<usize, Shortage>,
    ) -> Result<(), Shortage> {
        loop {
            let space = &mut self.memory[self.len..];
            let room = space.len();
            match write(space) {
                Ok(written) => {
                    self.len += written;
                    return Ok(());
                }
                Err(Shortage::Space(needed)) if needed > room => {
                    self.memory.resize(self.len + needed, 0);
                }
                Err(shortage) => return Err(shortage),
            }
        }
    }
}

/// Why records could not be appended.
#[derive(Debug)]
enum Shortage {
    /// This many bytes are needed.
    Space(usize),
    /// The keys have encrypted as much as they may.
    Keys,
}

impl From<EncodeError> for Shortage {
    fn from(error: EncodeError) -> Self {
        match error {
            EncodeError::InsufficientSize(size) => Self::Space(size.required_size),
            EncodeError::AlreadyEncoded => Self::Space(0),
        }
    }
}

impl From<EncryptError> for Shortage {
    fn from(error: EncryptError) -> Self {
        match error {
            EncryptError::InsufficientSize(size) => Self::Space(size.required_size),
            EncryptError::EncryptExhausted => Self::Keys,
        }
    }
}

impl From<Shortage> for io::Error {
    fn from(shortage: Shortage) -> Self {
        Self::other(match shortage {
            Shortage::Space(_) => "rustls has not encoded a record",
            Shortage::Keys => "the keys of the TLS session are exhausted",
        })
    }
}
