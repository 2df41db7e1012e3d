use std::{
    io,
    sync::{Arc, atomic::AtomicUsize},
    time::Duration,
};

use bytes::BytesMut;
use tokio::{
    io::{AsyncWriteExt as _, split},
    sync::{Notify, mpsc, watch},
    time::timeout,
};

use super::{
    greeting::greeting,
    inbound::Inbound,
    outbound::{Outbound, Publisher, Subscriber, Task},
    sid::Names,
    source::Source,
    writer::Writer,
};
#[cfg(feature = "nats-tls")]
use crate::cluster::transport::tls::Tls;
use crate::cluster::{
    address::Host,
    broker::{BrokerError, Connection, Kind},
    nats::{
        address::Login,
        protocol::{Connect, Event, Info, PING, PONG},
        refusal, servers,
    },
    transport::{self, Stream, broken},
};

/// So many batches may wait for the task that writes. There are two parts with a batch each.
const ORDERS: usize = 4;

/// How a connection to a server is made.
pub(crate) struct Options<'a> {
    pub(crate) host: &'a Host,
    /// The name in the certificate of the server.
    #[cfg_attr(
        not(feature = "nats-tls"),
        allow(dead_code, reason = "only TLS reads it")
    )]
    pub(crate) tls_name: &'a str,
    pub(crate) login: &'a Login,
    /// The name that the server shows for the connection.
    pub(crate) client: &'a str,
    /// A server without TLS is refused.
    pub(crate) requires_tls: bool,
    #[cfg(feature = "nats-tls")]
    pub(crate) tls: &'a mut Tls,
    /// The longest time until the server accepts the connection, if there are others to try.
    pub(crate) patience: Option<Duration>,
    /// Where to put the servers that this one knows.
    pub(crate) discovered: &'a watch::Sender<Vec<Host>>,
}

/// A connection that is logged in.
pub(crate) type Opened = Connection<Publisher, Subscriber, Inbound>;

/// Connects to a server, and logs in.
pub(crate) async fn open(mut options: Options<'_>) -> Result<Opened, BrokerError> {
    let stream = connected(&options).await?;
    let mut source = Source::new(stream, BytesMut::new());
    let greeting = greeting(&mut source, options.login).await?;
    if greeting.ldm {
        return Err(servers::lame_duck());
    }
    let mut source = secured(source, &greeting, &mut options).await?;
    let info = logged_in(&mut source, greeting, &options).await?;

    servers::discover(options.discovered, &info);
    let max_payload = Arc::new(AtomicUsize::new(servers::max_payload(&info)));
    let (stream, buffer) = source.into_parts();
    let (read, write) = split(stream);
    let (orders, receiver) = mpsc::channel(ORDERS);
    let (waiting_sender, waiting) = mpsc::unbounded_channel();
    let pong = Arc::new(Notify::new());
    let writer = Writer {
        stream: write,
        orders: receiver,
        waiting: waiting_sender,
        pong: pong.clone(),
    };
    let task = Task(tokio::spawn(writer.run()).abort_handle());
    let outbound = Outbound {
        orders,
        _task: Arc::new(task),
    };
    Ok(Connection {
        publisher: Publisher {
            outbound: outbound.clone(),
            max_payload: max_payload.clone(),
        },
        subscriber: Subscriber {
            outbound,
            names: Names::default(),
        },
        inbound: Inbound {
            source: Source::new(read, buffer),
            waiting,
            errors: Vec::new(),
            pong,
            max_payload,
            discovered: options.discovered.clone(),
            is_over: false,
        },
    })
}

async fn connected(options: &Options<'_>) -> Result<Stream, BrokerError> {
    let connecting = transport::tcp(&options.host.name, options.host.port);
    let Some(patience) = options.patience else {
        return connecting.await;
    };
    let connected = timeout(patience, connecting).await;
    connected.unwrap_or_else(|_| Err(BrokerError::new(Kind::TimedOut, "it does not answer")))
}

/// Puts TLS around the stream, if the server or the address wants it.
async fn secured(
    source: Source<Stream>,
    info: &Info,
    options: &mut Options<'_>,
) -> Result<Source<Stream>, BrokerError> {
    let refused = |text| Err(BrokerError::new(Kind::Refused, text));
    let (stream, buffer) = source.into_parts();
    if !info.tls_required && !options.requires_tls {
        return Ok(Source::new(stream, buffer));
    }
    if !info.tls_required && !info.tls_available {
        return refused("the address begins with `tls://`, but the server has no TLS (`tls`)");
    }
    // A stranger on the way could have put it there, before anything is encrypted.
    if !buffer.is_empty() {
        let text = "the server goes on before TLS has begun";
        return Err(BrokerError::new(Kind::Protocol, text));
    }
    #[cfg(feature = "nats-tls")]
    {
        let stream = options.tls.upgrade(stream, options.tls_name).await?;
        Ok(Source::new(stream, BytesMut::new()))
    }
    #[cfg(not(feature = "nats-tls"))]
    refused("the server requires TLS (`tls`), which needs the feature `nats-tls` of levante")
}

/// Sends the login, and waits until the server has accepted it. Returns the newest properties of the
/// server.
async fn logged_in(
    source: &mut Source<Stream>,
    mut info: Info,
    options: &Options<'_>,
) -> Result<Info, BrokerError> {
    let (user, pass, auth_token) = match options.login {
        Login::None => (None, None, None),
        Login::Token(token) => (None, None, Some(&**token)),
        Login::User { name, password } => (Some(&**name), Some(&**password), None),
    };
    let connect = Connect {
        name: options.client,
        version: env!("CARGO_PKG_VERSION"),
        lang: "rust",
        protocol: 1,
        verbose: false,
        pedantic: false,
        echo: false,
        headers: false,
        no_responders: false,
        tls_required: options.requires_tls,
        user,
        pass,
        auth_token,
    };
    let mut bytes = Vec::new();
    let encoded = connect.encode(&mut bytes);
    encoded.map_err(|_| BrokerError::new(Kind::Protocol, "the login cannot be written as JSON"))?;
    bytes.extend_from_slice(PING);
    // The server may refuse the connection before it reads. Then its text says why.
    let written = write(source, &bytes).await;
    loop {
        match source.expect().await {
            Ok(Event::Pong) => return Ok(info),
            Ok(Event::Error(text)) => {
                let wants_nkey = info.nonce.is_some();
                return Err(refusal::of_handshake(&text, options.login, wants_nkey));
            }
            Ok(Event::Info(newer)) => info = *newer,
            Ok(Event::Ping) => write(source, PONG).await.map_err(broken)?,
            Ok(Event::Ok) => {}
            Ok(Event::Message(_)) => {
                let text = "the server sends messages without a subscription";
                return Err(BrokerError::new(Kind::Protocol, text));
            }
            Err(error) => return Err(written.map_or_else(broken, |()| error)),
        }
    }
}

async fn write(source: &mut Source<Stream>, bytes: &[u8]) -> io::Result<()> {
    source.stream().write_all(bytes).await?;
    source.stream().flush().await
}
