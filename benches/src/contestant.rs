use std::io;

use crate::{options::Options, peers::Peer, process::Cores};

/// A server with a number of workers. It is a column of the report.
pub(crate) struct Contestant {
    pub(crate) peer: &'static Peer,
    pub(crate) workers: usize,
    pub(crate) cores: Cores,
}

impl Contestant {
    /// The name in the report.
    pub(crate) fn name(&self) -> String {
        match self.workers {
            1 => self.peer.name.to_owned(),
            workers => format!("{}, {workers} workers", self.peer.name),
        }
    }
}

/// The installed ones of the requested servers.
///
/// # Errors
///
/// If a server that was requested by name is not installed, or if none is left.
pub(crate) fn contestants(options: &Options) -> io::Result<Vec<Contestant>> {
    let mut contestants = Vec::new();
    for &peer in &options.peers {
        if peer.command(1)?.is_none() {
            if options.peers_are_named {
                let problem = format!("{} is not installed; see --help", peer.id);
                return Err(io::Error::other(problem));
            }
            eprintln!("{} is not installed, and left out", peer.id);
            continue;
        }
        for &workers in &options.workers {
            if workers == 1 || peer.has_workers {
                let cores = Cores::assign(workers)?;
                if !cores.are_apart() {
                    eprintln!(
                        "{} with {workers} workers shares a core with the generator",
                        peer.id
                    );
                }
                contestants.push(Contestant {
                    peer,
                    workers,
                    cores,
                });
            }
        }
    }
    if contestants.is_empty() {
        return Err(io::Error::other("there is nothing to compare"));
    }
    Ok(contestants)
}
