//! Clients that lose their TLS connections at once, and connect again.

use std::{io, sync::Arc, time::Instant};

use lexopt::{
    Arg::{Long, Short},
    Error, Parser,
};
use rustls::ClientConfig;

use crate::{
    client::{Connection, Dialect, Kind, Service, Target},
    options::count,
    peers,
    process::{self, Cores, Server},
    report::Table,
    tls::Tls,
};

const PAYLOAD: &[u8] = b"here again";

/// How many clients there are.
#[derive(Debug)]
pub(crate) struct Options {
    clients: usize,
    build: bool,
}

impl Options {
    /// Parses the arguments after the command. Returns `None` if they ask for help.
    ///
    /// # Errors
    ///
    /// A sentence that names the argument that cannot be used.
    pub(crate) fn parse(parser: &mut Parser) -> Result<Option<Self>, Error> {
        let mut options = Self {
            clients: 2_000,
            build: true,
        };
        while let Some(argument) = parser.next()? {
            match argument {
                Short('h') | Long("help") => return Ok(None),
                Long("clients") => options.clients = count("--clients", parser)?,
                Long("no-build") => options.build = false,
                _ => return Err(argument.unexpected()),
            }
        }
        Ok(Some(options))
    }
}

/// Lets all clients connect, lose their connections and connect again: to a server with the defaults
/// of rustls, and to one with tickets. Prints what a connection costs the server.
///
/// # Errors
///
/// If a connection fails, or an echo is missing.
pub(crate) fn reconnects(options: &Options) -> io::Result<()> {
    if options.build {
        peers::build_ours()?;
    }
    process::raise_limit(options.clients)?;
    let cores = Cores::assign(1)?;
    cores.pin_client()?;
    let tls = Tls::new(&peers::folder()?)?;
    let columns = [
        "first connection, µs of CPU",
        "second connection, µs of CPU",
        "resumed, of 1",
        "all second connections, s",
    ];
    let columns = columns.map(str::to_owned).to_vec();
    let mut table = Table::new(
        "TLS clients that connect again, one after the other",
        columns,
    );
    for (name, tickets) in [("without tickets", "0"), ("with tickets", "1")] {
        let levante = &peers::ALL[0];
        let command = levante.command(1)?;
        let mut command = command.ok_or_else(|| io::Error::other("bench-server is not built"))?;
        tls.tell(&mut command);
        command.env("TLS_TICKETS", tickets);
        let server = Server::start(command, &cores)?;
        let clients: Vec<_> = (0..options.clients).map(|_| tls.returning()).collect();
        let first = come(&server, levante.dialect, &clients)?;
        drop(first.connections);
        let again = come(&server, levante.dialect, &clients)?;
        let resumed = again.connections.iter().filter(|it| it.is_resumed());
        let share = resumed.count() as f64 / options.clients as f64;
        let figures = [first.micros, again.micros, share, again.seconds];
        for (column, figure) in figures.into_iter().enumerate() {
            table.add("", name, column, figure);
        }
    }
    println!("{} clients\n\n{}", options.clients, table.markdown());
    Ok(())
}

/// What it took until all clients had a connection and an echo.
struct Come {
    connections: Vec<Connection>,
    /// CPU time of the server for each of them.
    micros: f64,
    seconds: f64,
}

fn come(server: &Server, dialect: Dialect, clients: &[Arc<ClientConfig>]) -> io::Result<Come> {
    let pid = server.pid()?;
    let (used, began) = (process::cpu_time(pid)?, Instant::now());
    let mut connections = Vec::with_capacity(clients.len());
    for (index, client) in clients.iter().enumerate() {
        let target = Target {
            address: server.address(),
            dialect,
            tls: Some(client),
            compresses: false,
        };
        let mut connection = target.open(index, Service::Echo)?;
        connection.send(&target.to_server(Kind::Binary, PAYLOAD)?)?;
        target.expect(&mut connection, Kind::Binary, PAYLOAD)?;
        connections.push(connection);
    }
    let used = process::cpu_time(pid)?.saturating_sub(used);
    Ok(Come {
        connections,
        micros: used.as_secs_f64() * 1e6 / clients.len() as f64,
        seconds: began.elapsed().as_secs_f64(),
    })
}
