//! Compares levante with its peers, side by side on this machine. Also measures workers, crowds,
//! stalled readers, hostile peers and TLS clients that connect again.

mod client;
mod cluster;
mod compare;
mod contestant;
mod crowd;
mod drive;
mod hostile;
mod options;
mod peers;
mod process;
mod reconnects;
mod report;
mod rounds;
mod stalled;
mod stats;
mod tls;
mod workers;
mod workload;

use std::{
    env,
    io::{self, Write},
    process::ExitCode,
};

use self::options::{Command, HELP};

fn main() -> ExitCode {
    levante_benches::exit(run())
}

fn run() -> io::Result<()> {
    // `println!` would panic if a reader such as `head` closes the pipe.
    let mut out = io::stdout();
    let command = options::parse(env::args_os().skip(1)).map_err(|problem| {
        io::Error::new(
            io::ErrorKind::InvalidInput,
            format!("{problem}; see --help"),
        )
    })?;
    match command {
        Command::Help => out.write_all(HELP.as_bytes()),
        Command::List => out.write_all(peers::list().as_bytes()),
        Command::Compare(options) => {
            process::end_with_us()?;
            compare::compare(&options)
        }
        Command::Cluster(options) => {
            process::end_with_us()?;
            cluster::cluster(&options)
        }
        Command::Workers(options) => {
            process::end_with_us()?;
            workers::workers(&options)
        }
        Command::Crowd(options) => {
            process::end_with_us()?;
            crowd::crowd(&options)
        }
        Command::Stalled(options) => {
            process::end_with_us()?;
            stalled::stalled(&options)
        }
        Command::Reconnects(options) => {
            process::end_with_us()?;
            reconnects::reconnects(&options)
        }
        Command::Hostile(options) => {
            process::end_with_us()?;
            hostile::hostile(&options)
        }
    }
}
