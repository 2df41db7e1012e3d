use std::{
    fmt, io,
    sync::{Arc, atomic::AtomicUsize},
    time::Duration,
};

use bytes::BytesMut;
use tokio::{
    io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, split},
    net::TcpStream,
    sync::{Notify, mpsc, watch},
    time::timeout,
};

use super::{
    greeting::greeting,
    inbound::Inbound,
    outbound::{Outbound, Publisher, Subscriber, Task},
    sid::Names,
    source::{Source, broken},
    writer::Writer,
};
use crate::cluster::{
    broker::{BrokerError, Connection, Kind},
    nats::{
        address::{Host, Login},
        protocol::{Connect, Event, Info, PING, PONG},
        refusal, servers,
    },
};

/// So many batches may wait for the task that writes. There are two parts with a batch each.
const ORDERS: usize = 4;

/// How a connection to a server is made.
pub(crate) struct Options<'a> {
    pub(crate) host: &'a Host,
    /// The name in the certificate of the server.
    pub(crate) tls_name: &'a str,
    pub(crate) login: &'a Login,
    /// The name that the server shows for the connection.
    pub(crate) client: &'a str,
    /// A server without TLS is refused.
    pub(crate) requires_tls: bool,
    #[cfg(feature = "nats-tls")]
    pub(crate) tls: &'a super::TlsConfig,
    /// The longest time until the server accepts the connection, if there are others to try.
    pub(crate) patience: Option<Duration>,
    /// Where to put the servers that this one knows.
    pub(crate) discovered: &'a watch::Sender<Vec<Host>>,
}

/// A connection that is logged in.
pub(crate) type Opened = Connection<Publisher, Subscriber, Inbound>;

/// A stream with or without TLS.
trait Io: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Io for T {}

/// Connects to a server, and logs in.
pub(crate) async fn open(options: &Options<'_>) -> Result<Opened, BrokerError> {
    let stream = connected(options).await?;
    let mut source = Source::new(stream, BytesMut::new());
    let greeting = greeting(&mut source, options.login).await?;
    if greeting.ldm {
        return Err(servers::lame_duck());
    }
    let mut source = secured(source, &greeting, options).await?;
    let info = logged_in(&mut source, greeting, options).await?;

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
            source: Source::new(Box::new(read), buffer),
            waiting,
            errors: Vec::new(),
            pong,
            max_payload,
            discovered: options.discovered.clone(),
            is_over: false,
        },
    })
}

async fn connected(options: &Options<'_>) -> Result<TcpStream, BrokerError> {
    let unreachable =
        |text: &dyn fmt::Display| BrokerError::new(Kind::Unreachable, text.to_string());
    let connecting = TcpStream::connect((&*options.host.name, options.host.port));
    let stream = match options.patience {
        None => connecting.await,
        Some(patience) => timeout(patience, connecting)
            .await
            .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())),
    };
    let stream = stream.map_err(|e| unreachable(&e))?;
    // Batches are written as a whole, and their answers are waited for.
    stream.set_nodelay(true).map_err(broken)?;
    Ok(stream)
}

/// Puts TLS around the stream, if the server or the address wants it.
async fn secured(
    source: Source<TcpStream>,
    info: &Info,
    options: &Options<'_>,
) -> Result<Source<Box<dyn Io>>, BrokerError> {
    let refused = |text| Err(BrokerError::new(Kind::Refused, text));
    let (stream, buffer) = source.into_parts();
    if !info.tls_required && !options.requires_tls {
        return Ok(Source::new(Box::new(stream), buffer));
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
        let stream = options.tls.secured(stream, options.tls_name).await?;
        Ok(Source::new(Box::new(stream), BytesMut::new()))
    }
    #[cfg(not(feature = "nats-tls"))]
    refused("the server requires TLS (`tls`), which needs the feature `nats-tls` of levante")
}

/// Sends the login, and waits until the server has accepted it. Returns the newest properties of the
/// server.
async fn logged_in(
    source: &mut Source<Box<dyn Io>>,
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

async fn write<S: AsyncRead + AsyncWrite + Unpin>(
    source: &mut Source<S>,
    bytes: &[u8],
) -> io::Result<()> {
    source.stream().write_all(bytes).await?;
    source.stream().flush().await
}
