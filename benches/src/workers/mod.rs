//! Compares numbers of workers: what it costs to hand publishes over from one to another.

mod load;
mod options;

use std::{io, time::Duration};

use self::load::Load;
pub(crate) use self::options::Options;
use crate::{
    client::{Target, get},
    contestant::{Contestant, contestants, versions},
    drive::{
        self, Throughput,
        rooms::{Open, Used},
    },
    peers::{Clustered, Peer},
    process::{self, Cores, Noise, Server},
    report::{Setup, WorkersReport},
    rounds::in_turn,
};

/// How long a server may take to say which workers its sockets are on.
const PATIENCE: Duration = Duration::from_secs(10);

/// If the machine allows fewer subscribers than asked for, their number is a multiple of this.
const ROUND: usize = 100;

/// Measures, prints, and writes the report.
///
/// # Errors
///
/// If a server cannot be started or has failed to deliver. The report still has all other
/// measurements.
pub(crate) fn workers(options: &Options) -> io::Result<()> {
    options.series.prepare()?;
    let wanted = loads(&options.subscribers);
    let connections = wanted.iter().map(|load| load.receivers()).max();
    let publishers = Load::rooms().count;
    let most = process::most_connections(connections.unwrap_or_default() + publishers);
    let loads = loads(&fitting(
        &options.subscribers,
        most.saturating_sub(publishers),
    ));
    let contestants = contestants(&options.peers, options.peers_are_named, &options.workers)?;
    Cores::assign(1)?.pin_client()?;

    let columns = contestants.iter().map(|one| {
        let workers = one.peer.has_workers.then_some(one.workers);
        (one.name(), workers)
    });
    let mut report = WorkersReport::new(
        columns.collect(),
        Setup::new(conditions(options, &contestants), versions(&contestants)),
    );
    let failures = in_turn(
        options.series.rounds,
        &loads,
        &contestants,
        |&load, contestant, column| {
            let Some(peer) = server_for(load, contestant) else {
                return Ok(());
            };
            let outcome = measure(options, contestant, peer, load, column, &mut report);
            outcome.map_err(|error| format!("{}, {load}: {error}", contestant.name()))
        },
    );
    options.series.conclude(&report, &failures)
}

/// These numbers of subscribers. The machine allows `most`: larger numbers become the largest round
/// number that fits.
fn fitting(subscribers: &[usize], most: usize) -> Vec<usize> {
    let most = most.max(ROUND);
    let fit = |&wanted: &usize| match wanted > most {
        true => most / ROUND * ROUND,
        false => wanted,
    };
    let mut fitting: Vec<_> = subscribers.iter().map(fit).collect();
    fitting.dedup();
    fitting
}

fn loads(subscribers: &[usize]) -> Vec<Load> {
    let fan_outs = subscribers.iter().copied().map(Load::FanOut);
    fan_outs.chain([Load::Chat, Load::Rooms]).collect()
}

/// The server for a load; `None` if the contestant has none. Only levante has rooms of any name here.
fn server_for(load: Load, contestant: &Contestant) -> Option<&'static Peer> {
    match load {
        Load::FanOut(_) | Load::Chat => Some(contestant.peer),
        Load::Rooms if contestant.peer.is_ours() => Clustered::alone().map(|alone| &alone.peer),
        Load::Rooms => None,
    }
}

fn conditions(options: &Options, contestants: &[Contestant]) -> String {
    let sharing: Vec<_> = contestants
        .iter()
        .filter(|contestant| !contestant.cores.are_apart())
        .map(Contestant::name)
        .collect();
    let shared = match sharing.is_empty() {
        true => "the load generator has a core of its own".to_owned(),
        false => format!(
            "the load generator has a core of its own, but for {}: these servers run on all cores, and \
             share one of them with the generator, so their messages per second say less than their CPU \
             time",
            sharing.join(" and "),
        ),
    };
    let cores = contestants.iter().map(|one| one.cores.server.len()).max();
    format!(
        "{}, on at most {} cores; {shared}; messages of 64 bytes. Subscribers are on all workers in turn",
        options.series.conditions(),
        cores.unwrap_or_default(),
    )
}

/// Starts a server for one measurement only, so that no measurement sees leftovers of another.
fn measure(
    options: &Options,
    contestant: &Contestant,
    peer: &Peer,
    load: Load,
    column: usize,
    report: &mut WorkersReport,
) -> io::Result<()> {
    let command = peer.command(contestant.workers)?;
    let mut command = command.ok_or_else(|| io::Error::other("it is no longer installed"))?;
    command.env("COMPRESSION", "off").env_remove("BROKER");
    let server = Server::start(command, &contestant.cores)?;
    let target = Target {
        address: server.address(),
        dialect: peer.dialect,
        tls: None,
        compresses: false,
    };
    let noise = Noise::start()?;
    let Throughput {
        deliveries,
        elapsed,
        cpu,
    } = throughput(options, load, target, &server)?;
    if peer.is_ours() {
        check_spread(&server, contestant.workers, load.receivers())?;
    }
    let cost = cpu.as_secs_f64() * 1e6 / deliveries as f64;
    let rate = deliveries as f64 / elapsed.as_secs_f64();
    let publishes = rate / load.reach() as f64;
    let name = contestant.name();
    eprintln!("{load}: {name}: {cost:.4} µs, {rate:.0}/s, {publishes:.0} publishes/s");
    report.load(&load.to_string(), load.subscribers(), column, cost);
    report.rates(&load.to_string(), column, rate, publishes);
    report.setup.noise(noise.stop()?);
    Ok(())
}

fn throughput(
    options: &Options,
    load: Load,
    target: Target<'_>,
    server: &Server,
) -> io::Result<Throughput> {
    let timing = options.series.timing;
    let pid = server.pid()?;
    if let Some(load) = load.of_comparison() {
        return drive::throughput(load, target, timing, || process::cpu_time(pid));
    }
    let crossing = Open::new(&[target], Load::rooms(), || Ok(()))?.throughput(timing, || {
        Ok(Used {
            nodes: process::cpu_time(pid)?,
            broker: Duration::ZERO,
        })
    })?;
    Ok(Throughput {
        deliveries: crossing.deliveries,
        elapsed: crossing.elapsed,
        cpu: crossing.nodes,
    })
}

/// Fails unless each worker has had at least half as many of the receivers as with an even spread.
fn check_spread(server: &Server, workers: usize, receivers: usize) -> io::Result<()> {
    let text = get(server.address(), "/spread", PATIENCE)?;
    match is_even(&levante_benches::Spread::read(&text)?, workers, receivers) {
        true => Ok(()),
        false => Err(io::Error::other(format!(
            "{receivers} receivers were on {workers} workers like this: {text}"
        ))),
    }
}

fn is_even(spread: &[usize], workers: usize, receivers: usize) -> bool {
    let least = receivers / workers / 2;
    spread.len() == workers.min(receivers)
        && spread.iter().sum::<usize>() == receivers
        && spread.iter().all(|&sockets| sockets >= least)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_without_receivers_is_noticed() {
        assert!(is_even(&[500, 500], 2, 1000));
        assert!(is_even(&[3, 3, 2, 2], 4, 10));
        assert!(!is_even(&[1000], 2, 1000));
        assert!(!is_even(&[990, 10], 2, 1000));
        assert!(!is_even(&[500, 499], 2, 1000));
    }

    #[test]
    fn as_many_subscribers_as_the_machine_allows() {
        assert_eq!(fitting(&[10, 20_000], 20_000), [10, 20_000]);
        assert_eq!(fitting(&[10, 10_000, 20_000], 19_644), [10, 10_000, 19_600]);
        assert_eq!(fitting(&[1_000, 20_000], 900), [900]);
        assert_eq!(fitting(&[10, 1_000], 7), [10, 100]);
    }

    #[test]
    fn each_load_is_a_row_of_its_own() {
        let mut names: Vec<_> = loads(&Options::default().subscribers)
            .iter()
            .map(Load::to_string)
            .collect();
        assert_eq!(names[0], "one publisher to 10");
        assert_eq!(names.len(), 7);
        names.sort();
        names.dedup();
        assert_eq!(names.len(), 7);
    }
}
