//! Measures the cost of hostile peers, and whether levante serves others meanwhile.

mod attack;

use std::{
    io,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    thread,
    time::{Duration, Instant},
};

use lexopt::{
    Arg::{Long, Short},
    Error, Parser,
};

use self::attack::{Attack, Attacker, Pace};
use crate::{
    client::{Connection, Kind, Member, Service, Swarm, Target, client_frame, server_frame},
    options::seconds,
    peers,
    process::{self, Cores, Server},
    stats,
};

/// The default length of an attack: longer than a request may take to arrive.
const WINDOW: Duration = Duration::from_secs(8);

/// How long an attacker waits if it sends slowly, or if the server takes nothing for now.
const PAUSE: Duration = Duration::from_millis(5);

/// How long the server is left alone before its memory is read.
const REST: Duration = Duration::from_millis(500);

/// The message of the bystander.
const GREETING: &[u8] = b"is anybody there?";

/// How long to attack.
#[derive(Debug)]
pub(crate) struct Options {
    window: Duration,
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
            window: WINDOW,
            build: true,
        };
        while let Some(argument) = parser.next()? {
            match argument {
                Short('h') | Long("help") => return Ok(None),
                Long("seconds") => options.window = seconds("--seconds", parser)?,
                Long("no-build") => options.build = false,
                _ => return Err(argument.unexpected()),
            }
        }
        Ok(Some(options))
    }
}

/// Runs every attack, each on a new server, and prints a table.
///
/// # Errors
///
/// If a server cannot be started, accepts no more connections, or does not answer a bystander.
pub(crate) fn hostile(options: &Options) -> io::Result<()> {
    if options.build {
        peers::build_ours()?;
    }
    let attacks = Attack::all()?;
    let connections = |attack: &Attack| attack.peers + attack.audience;
    let most = attacks.iter().map(connections).max();
    process::raise_limit(most.unwrap_or_default())?;
    let cores = Cores::assign(1)?;
    cores.pin_client()?;
    println!(
        "Each attack lasts {} s.\n\n\
         | attack | peers at once | connections made | sent, MB/s | CPU of the server, % | its \
         memory grew by, KiB | and when they have left | median echo of a bystander, ms | slowest, ms |\n\
         |---|---:|---:|---:|---:|---:|---:|---:|---:|",
        options.window.as_secs_f64()
    );
    for attack in &attacks {
        let cost = measure(attack, options.window, &cores)?;
        let seconds = options.window.as_secs_f64();
        println!(
            "| {} | {} | {} | {:.1} | {:.0} | {} | {} | {:.1} | {:.1} |",
            attack.name,
            attack.peers,
            cost.tally.connections,
            cost.tally.bytes as f64 / 1e6 / seconds,
            100.0 * cost.cpu.as_secs_f64() / seconds,
            cost.grown / 1024,
            cost.kept / 1024,
            1e3 * stats::median(&cost.echoes).unwrap_or_default(),
            1e3 * cost.echoes.iter().copied().fold(0.0, f64::max),
        );
    }
    Ok(())
}

/// The cost of an attack.
struct Cost {
    tally: Tally,
    cpu: Duration,
    /// Growth of private memory in bytes: during the attack, and after it.
    grown: u64,
    kept: u64,
    /// The time of each echo of the bystander, in seconds.
    echoes: Vec<f64>,
}

/// Counts of the attackers' actions.
#[derive(Default)]
struct Tally {
    connections: usize,
    bytes: usize,
}

fn measure(attack: &Attack, window: Duration, cores: &Cores) -> io::Result<Cost> {
    let levante = &peers::ALL[0];
    let command = levante.command(1)?;
    let mut command = command.ok_or_else(|| io::Error::other("bench-server is not built"))?;
    let compression = if attack.compresses { "shared" } else { "off" };
    command.env("COMPRESSION", compression);
    let server = Server::start(command, cores)?;
    let pid = server.pid()?;
    let target = Target {
        address: server.address(),
        dialect: levante.dialect,
        tls: None,
        compresses: attack.compresses,
    };
    // It sends plain messages, and gets plain answers, because they are too short for compression.
    let mut bystander = target.open(attack.peers, Service::Echo)?;
    greet(&mut bystander)?;
    let audience = gather(attack, target)?;
    thread::sleep(REST);
    let (before, cpu_before) = (process::memory(pid)?.private, process::cpu_time(pid)?);

    let over = AtomicBool::new(false);
    let (tally, grown, cpu, echoes) = thread::scope(|scope| {
        let greeting = scope.spawn(|| keep_greeting(&mut bystander, &over));
        let listening = scope.spawn(|| keep_listening(audience, target, &over));
        let outcome = launch(attack, target, window, || {
            Ok((process::memory(pid)?.private, process::cpu_time(pid)?))
        });
        over.store(true, Relaxed);
        let echoes = greeting
            .join()
            .unwrap_or_else(|_| Err(io::Error::other("the bystander panicked")));
        let listened = listening
            .join()
            .unwrap_or_else(|_| Err(io::Error::other("the audience panicked")));
        let (tally, (memory, cpu)) = outcome?;
        listened?;
        io::Result::Ok((tally, memory, cpu, echoes?))
    })?;
    thread::sleep(REST);
    let kept = process::memory(pid)?.private;
    Ok(Cost {
        tally,
        cpu: cpu.saturating_sub(cpu_before),
        grown: grown.saturating_sub(before),
        kept: kept.saturating_sub(before),
        echoes,
    })
}

/// Attacks for this long, and measures the server before the attackers leave.
fn launch<T>(
    attack: &Attack,
    target: Target<'_>,
    window: Duration,
    look: impl FnOnce() -> io::Result<T>,
) -> io::Result<(Tally, T)> {
    let mut tally = Tally::default();
    let deadline = Instant::now() + window;
    let mut attackers = Vec::new();
    for index in 0..attack.peers {
        attackers.push(Attacker::come(attack, target, index)?);
    }
    tally.connections += attack.peers;
    while Instant::now() < deadline {
        let mut sent = 0;
        for (index, attacker) in attackers.iter_mut().enumerate() {
            match attacker.act(attack) {
                Ok(count) => sent += count,
                // The attacker has left, or the server has ended it. The next attacker takes its
                // place.
                Err(_) => {
                    *attacker = Attacker::come(attack, target, index)?;
                    tally.connections += 1;
                }
            }
        }
        tally.bytes += sent;
        if attack.pace != Pace::Leave && (attack.pace != Pace::Flood || sent == 0) {
            thread::sleep(PAUSE);
        }
    }
    let seen = look()?;
    Ok((tally, seen))
}

/// Asks for an echo again and again, and returns the seconds of each.
fn keep_greeting(bystander: &mut Connection, over: &AtomicBool) -> io::Result<Vec<f64>> {
    let mut echoes = Vec::new();
    while !over.load(Relaxed) {
        let asked = Instant::now();
        greet(bystander)?;
        echoes.push(asked.elapsed().as_secs_f64());
        thread::sleep(PAUSE);
    }
    Ok(echoes)
}

/// Connects the audience, which receives the messages that the attackers publish.
fn gather(attack: &Attack, target: Target<'_>) -> io::Result<Vec<Connection>> {
    (0..attack.audience)
        .map(|index| target.open(attack.peers + 1 + index, Service::Feed))
        .collect()
}

/// Reads the messages for the audience. The server may have dropped any of them.
fn keep_listening(
    audience: Vec<Connection>,
    target: Target<'_>,
    over: &AtomicBool,
) -> io::Result<()> {
    let mut swarm = Swarm::new()?;
    for connection in audience {
        let counter = target.counter(&connection, Kind::Text, 1..=1);
        swarm.add(Member::new(connection, counter, &[], 0)?)?;
    }
    while swarm.len() > 0 && !over.load(Relaxed) {
        swarm.turn(PAUSE, |_, _| Ok(0))?;
    }
    Ok(())
}

fn greet(bystander: &mut Connection) -> io::Result<()> {
    bystander.send(&client_frame(Kind::Text, GREETING))?;
    bystander.expect(&server_frame(Kind::Text, GREETING))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Option<Options>, Error> {
        Options::parse(&mut Parser::from_args(line.split_whitespace()))
    }

    #[test]
    fn the_time_is_read_and_what_cannot_be_used_is_named() {
        let options = parse("--seconds 0.5 --no-build").unwrap().unwrap();
        assert_eq!(options.window, Duration::from_millis(500));
        assert!(!options.build);
        assert_eq!(parse("").unwrap().unwrap().window, WINDOW);
        assert!(parse("--seconds 1 --help").unwrap().is_none());
        for line in ["--seconds -1", "--seconds", "--peers 1"] {
            let problem = parse(line).unwrap_err().to_string();
            let name = line.split(' ').next().unwrap_or_default();
            assert!(problem.contains(name), "{problem}");
        }
    }
}
