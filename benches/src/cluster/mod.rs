//! Compares clusters: nodes of one application that share a broker.

mod broker;
mod nodes;
mod options;
mod restart;

use std::{fmt, io};

use self::nodes::Nodes;
pub(crate) use self::options::Options;
use crate::{
    drive::{
        Latency,
        rooms::{Crossing, Open, Places, Rooms},
    },
    peers::{Broker, Clustered},
    process::{self, Cores, Noise},
    report::{ClusterReport, Setup},
    rounds::in_turn,
};

/// The rooms of the throughput.
const ROOMS: [Rooms; 5] = [
    Rooms {
        count: 100,
        members: 12,
        in_flight: 1,
        places: Places::Spread,
    },
    Rooms {
        count: 100,
        members: 12,
        in_flight: 16,
        places: Places::Spread,
    },
    Rooms {
        count: 100,
        members: 12,
        in_flight: 64,
        places: Places::Spread,
    },
    Rooms {
        count: 100,
        members: 12,
        in_flight: 16,
        places: Places::Together,
    },
    Rooms {
        count: 1,
        members: 300,
        in_flight: 16,
        places: Places::Spread,
    },
];

/// The measurement of one turn.
#[derive(Clone, Copy, Debug)]
enum Measurement {
    /// Cost and throughput of these rooms on this many nodes.
    Load(Rooms, usize),
    /// Time from one node to the others.
    Latency(usize),
    /// Time until this many topics are subscribed again.
    Restart(usize),
}

impl Measurement {
    fn suits(self, clustered: &Clustered) -> bool {
        let is_ours = clustered.peer.is_ours();
        match (self, clustered.broker) {
            (Self::Load(_, nodes) | Self::Latency(nodes), None) => nodes == 1,
            (Self::Load(..) | Self::Latency(_), Some(_)) => true,
            (Self::Restart(_), broker) => is_ours && broker.is_some(),
        }
    }
}

/// The name of a row in the report.
impl fmt::Display for Measurement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nodes = |nodes: usize| match nodes {
            1 => "one node".to_owned(),
            nodes => format!("{nodes} nodes"),
        };
        match *self {
            Self::Load(rooms, on) => match rooms.places {
                Places::Spread => write!(f, "{rooms}, {}", nodes(on)),
                Places::Together => write!(f, "{rooms}, each on one of {}", nodes(on)),
            },
            Self::Latency(on) => write!(f, "{}", nodes(on)),
            Self::Restart(topics) => write!(f, "{topics} topics"),
        }
    }
}

/// Measures, prints, and writes the report.
///
/// # Errors
///
/// If a server cannot be started or has failed to deliver. The report still has all other
/// measurements.
pub(crate) fn cluster(options: &Options) -> io::Result<()> {
    options.series.prepare()?;
    let connections = ROOMS.map(Rooms::connections).into_iter().max();
    process::raise_limit(connections.unwrap_or_default())?;
    let contestants = contestants(options)?;
    Cores::assign(1)?.pin_client()?;

    let mut report = ClusterReport::new(
        contestants.iter().map(|one| one.name()).collect(),
        Setup::new(conditions(options), versions(&contestants)),
    );
    let failures = in_turn(
        options.series.rounds,
        &measurements(options),
        &contestants,
        |&measurement, &contestant, column| {
            if !measurement.suits(contestant) {
                return Ok(());
            }
            let outcome = measure(options, contestant, measurement, column, &mut report);
            outcome.map_err(|error| format!("{}, {measurement}: {error}", contestant.name()))
        },
    );
    options.series.conclude(&report, &failures)
}

/// Rows of the same kind follow each other.
fn measurements(options: &Options) -> Vec<Measurement> {
    let nodes = || options.nodes.iter().copied();
    let loads = ROOMS
        .into_iter()
        .flat_map(|rooms| nodes().map(move |on| (rooms, on)))
        // On one node all clients of a room are together anyway.
        .filter(|&(rooms, on)| rooms.places == Places::Spread || on > 1)
        .map(|(rooms, on)| Measurement::Load(rooms, on));
    let latencies = nodes().filter(|_| options.rate > 0);
    let restart = (options.topics > 0).then_some(Measurement::Restart(options.topics));
    loads
        .chain(latencies.map(Measurement::Latency))
        .chain(restart)
        .collect()
}

/// The installed ones of the requested servers whose brokers are installed, too.
///
/// # Errors
///
/// If something is missing that was requested by name, or if none is left.
fn contestants(options: &Options) -> io::Result<Vec<&'static Clustered>> {
    let mut contestants = Vec::new();
    for &one in &options.peers {
        let missing = match one.broker {
            _ if one.peer.command(1)?.is_none() => one.peer.id.to_owned(),
            Some(broker) if !broker.is_installed() => broker.to_string(),
            _ => {
                contestants.push(one);
                continue;
            }
        };
        let problem = format!("{missing} is not installed");
        if options.peers_are_named {
            return Err(io::Error::other(format!(
                "{problem}; see benches/README.md"
            )));
        }
        eprintln!("{problem}: {} is left out", one.peer.id);
    }
    if contestants.is_empty() {
        return Err(io::Error::other("there is nothing to compare"));
    }
    Ok(contestants)
}

fn conditions(options: &Options) -> String {
    let most = options.nodes.iter().copied().max().unwrap_or(1);
    let cores = Cores::spread(most + 1).unwrap_or_default();
    let mut others: Vec<_> = cores.iter().flat_map(|cores| &cores.server).collect();
    others.dedup();
    let placed = match others.len() {
        1 => "all nodes and the broker on one core, the load generator on another",
        _ => "the nodes and the broker on the other cores in turn, the load generator on one",
    };
    format!(
        "{}, {placed}; messages of 64 bytes; the rate of the latency is {} messages per second, to 12 \
         members each",
        options.series.conditions(),
        options.rate,
    )
}

fn versions(contestants: &[&Clustered]) -> String {
    let unknown = |name: String| format!("{name} (unknown version)");
    let mut names: Vec<String> = contestants
        .iter()
        .map(|one| one.with_versions().unwrap_or_else(|_| unknown(one.name())))
        .collect();
    names.dedup();
    for broker in [Broker::Redis, Broker::Nats] {
        if contestants.iter().any(|one| one.broker == Some(broker)) {
            let version = broker.version();
            names.push(version.unwrap_or_else(|_| unknown(broker.to_string())));
        }
    }
    names.join(", ")
}

/// Starts broker and nodes for one measurement only, so that no measurement sees leftovers of
/// another.
fn measure(
    options: &Options,
    contestant: &Clustered,
    measurement: Measurement,
    column: usize,
    report: &mut ClusterReport,
) -> io::Result<()> {
    let timing = options.series.timing;
    let name = contestant.name();
    let row = measurement.to_string();
    match measurement {
        Measurement::Load(rooms, on) => {
            let nodes = Nodes::start(contestant, on)?;
            let open = Open::new(&nodes.targets(), rooms, || nodes.wait_until_subscribed())?;
            let noise = Noise::start()?;
            let crossing = open.throughput(timing, || nodes.used())?;
            // While the nodes run: the time of processes that have ended would count as noise.
            report.setup.noise(noise.stop()?);
            let Crossing {
                deliveries,
                elapsed,
                nodes,
                broker,
            } = crossing;
            let each = |cpu: std::time::Duration| cpu.as_secs_f64() * 1e6 / deliveries as f64;
            let (nodes, broker) = (each(nodes), each(broker));
            let rate = deliveries as f64 / elapsed.as_secs_f64();
            eprintln!("{row}: {name}: {nodes:.4} µs, broker {broker:.4} µs, {rate:.0}/s");
            report.load(&row, column, nodes, rate);
            if contestant.broker.is_some() {
                report.broker(&row, column, broker);
            }
        }
        Measurement::Latency(on) => {
            let nodes = Nodes::start(contestant, on)?;
            let open = Open::new(&nodes.targets(), ROOMS[0], || nodes.wait_until_subscribed())?;
            let noise = Noise::start()?;
            let Latency { p50, p99, p999 } = open.latency(options.rate, timing)?;
            report.setup.noise(noise.stop()?);
            eprintln!("latency, {row}: {name}: {p50:.1} {p99:.1} {p999:.1} µs");
            report.latency(&row, column, [p50, p99]);
        }
        Measurement::Restart(topics) => {
            let took = restart::restart(contestant, topics)?;
            eprintln!("restart, {row}: {name}: {:.2} s", took.as_secs_f64());
            report.restart(&row, column, took);
        }
    }
    Ok(())
}
