//! The comparison. In each round, every server takes its turn at every measurement.

mod options;

use std::io;

pub(crate) use self::options::Options;
use crate::{
    client::Target,
    contestant::{Contestant, contestants, versions},
    drive::{self, Idle, Latency, Throughput},
    peers,
    process::{self, Cores, Noise, Server},
    report::{CompareReport, Setup},
    rounds::in_turn,
    tls::{self, Tls},
    workload::Workload,
};

/// The measurement of one turn.
#[derive(Clone, Copy, Debug)]
enum Measurement {
    /// Cost and throughput.
    Load(Workload),
    /// Round trips at a fixed rate.
    Latency(u32),
    /// Memory of this many idle connections.
    Idle { connections: usize, tls: bool },
}

impl Measurement {
    fn is_by_tls(self) -> bool {
        match self {
            Self::Load(workload) => workload.tls,
            Self::Latency(_) => false,
            Self::Idle { tls, .. } => tls,
        }
    }

    fn is_compressed(self) -> bool {
        matches!(self, Self::Load(workload) if workload.compressed)
    }

    fn suits(self, contestant: &Contestant) -> bool {
        let peer = contestant.peer;
        (peer.has_tls || !self.is_by_tls()) && (peer.has_compression || !self.is_compressed())
    }
}

/// The settings that all measurements share.
struct Comparison<'a> {
    options: &'a Options,
    /// Set if any measurement needs it.
    tls: Option<Tls>,
}

/// Measures, prints, and writes the report.
///
/// # Errors
///
/// If a server cannot be started or has failed to deliver. The report still has all other
/// measurements.
pub(crate) fn compare(options: &Options) -> io::Result<()> {
    options.series.prepare()?;
    let measurements = measurements(options);
    process::raise_limit(most_connections(&measurements))?;
    let contestants = contestants(&options.peers, options.peers_are_named, &options.workers)?;
    let suits = |one: &Measurement| contestants.iter().any(|contestant| one.suits(contestant));
    if !measurements.iter().any(suits) {
        let problem = "none of these servers can do any of this";
        return Err(io::Error::other(problem));
    }
    Cores::assign(1)?.pin_client()?;
    let by_tls = measurements.iter().any(|one| one.is_by_tls());
    let tls = by_tls.then(|| Tls::new(&peers::folder()?)).transpose()?;
    let comparison = Comparison { options, tls };

    let names = contestants.iter().map(Contestant::name).collect();
    let setup = Setup::new(conditions(options, &contestants), versions(&contestants));
    let mut report = CompareReport::new(names, setup);
    let failures = in_turn(
        options.series.rounds,
        &measurements,
        &contestants,
        |&measurement, contestant, column| {
            if !measurement.suits(contestant) {
                return Ok(());
            }
            let outcome = comparison.measure(contestant, measurement, column, &mut report);
            let name = contestant.name();
            outcome.map_err(|error| format!("{name}, {}: {error}", describe(measurement)))
        },
    );
    options.series.conclude(&report, &failures)
}

fn conditions(options: &Options, contestants: &[Contestant]) -> String {
    let cores = contestants.first().map(|contestant| &contestant.cores);
    let sharing = if cores.is_some_and(Cores::are_apart) {
        "the server on one core and the load generator on another"
    } else {
        "the server and the load generator on one core"
    };
    let by_tls = options.idle > 0 || options.workloads.iter().any(|workload| workload.tls);
    let suite = if by_tls {
        format!("; TLS is {} for all", tls::SUITE)
    } else {
        String::new()
    };
    let compression = if options.workloads.iter().any(|workload| workload.compressed) {
        options.compression.condition()
    } else {
        ""
    };
    let series = options.series.conditions();
    format!("{series}, {sharing}{suite}{compression}")
}

fn measurements(options: &Options) -> Vec<Measurement> {
    let loads = options.workloads.iter().copied().map(Measurement::Load);
    let latency = (options.rate > 0).then_some(Measurement::Latency(options.rate));
    let idle = [false, true].map(|tls| Measurement::Idle {
        connections: options.idle,
        tls,
    });
    let idle = idle.into_iter().filter(|_| options.idle > 0);
    loads.chain(latency).chain(idle).collect()
}

fn most_connections(measurements: &[Measurement]) -> usize {
    let connections = measurements.iter().map(|measurement| match *measurement {
        Measurement::Load(workload) => workload.load.connections(),
        Measurement::Latency(_) => 0,
        Measurement::Idle { connections, .. } => connections,
    });
    connections.max().unwrap_or(0)
}

impl Comparison<'_> {
    /// Starts a server for one measurement only, so that no measurement sees leftovers of another.
    fn measure(
        &self,
        contestant: &Contestant,
        measurement: Measurement,
        column: usize,
        report: &mut CompareReport,
    ) -> io::Result<()> {
        let command = contestant.peer.command(contestant.workers)?;
        let mut command = command.ok_or_else(|| io::Error::other("it is no longer installed"))?;
        let tls = self.tls.as_ref().filter(|_| measurement.is_by_tls());
        if let Some(tls) = tls {
            tls.tell(&mut command);
        }
        // Always set, so that a server does not inherit the value of our own environment.
        let compresses = measurement.is_compressed();
        let compression = match compresses {
            true => self.options.compression.name(),
            false => "off",
        };
        command.env("COMPRESSION", compression);
        let server = Server::start(command, &contestant.cores)?;
        let pid = server.pid()?;
        let target = Target {
            address: server.address(),
            dialect: contestant.peer.dialect,
            tls: tls.map(Tls::client),
            compresses,
        };
        let timing = self.options.series.timing;
        let name = contestant.name();
        let noise = Noise::start()?;
        match measurement {
            Measurement::Load(workload) => {
                let cpu = || process::cpu_time(pid);
                let Throughput {
                    deliveries,
                    elapsed,
                    cpu,
                } = drive::throughput(workload.load, target, timing, cpu)?;
                let cost = cpu.as_secs_f64() * 1e6 / deliveries as f64;
                let rate = deliveries as f64 / elapsed.as_secs_f64();
                let busy = cpu.as_secs_f64() / elapsed.as_secs_f64() * 100.0;
                eprintln!("{workload}: {name}: {cost:.4} µs, {rate:.0}/s, server {busy:.0} % busy");
                report.load(workload, column, cost, rate);
            }
            Measurement::Latency(rate) => {
                let Latency { p50, p99, p999 } = drive::latency(target, rate, timing)?;
                eprintln!("latency: {name}: {p50:.1} {p99:.1} {p999:.1} µs");
                report.latency(column, [p50, p99, p999]);
            }
            Measurement::Idle { connections, tls } => {
                let Idle { private, resident } =
                    drive::idle(target, connections, || process::memory(pid))?;
                let what = describe(measurement);
                eprintln!("{what}: {name}: {private:.0} B private, {resident:.0} B resident");
                report.idle(tls, column, private, resident);
            }
        }
        report.setup.noise(noise.stop()?);
        Ok(())
    }
}

fn describe(measurement: Measurement) -> String {
    match measurement {
        Measurement::Load(workload) => workload.to_string(),
        Measurement::Latency(rate) => format!("latency at {rate}/s"),
        Measurement::Idle { connections, tls } => {
            format!("{connections} idle{}", if tls { ", TLS" } else { "" })
        }
    }
}
