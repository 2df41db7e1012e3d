use std::io;

use crate::{peers::Peer, process::Cores};

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

/// The installed ones of these servers, with each of these numbers of workers that they can have.
/// `are_named` says whether they were requested by name.
///
/// # Errors
///
/// If a server that was requested by name is not installed, or if none is left.
pub(crate) fn contestants(
    peers: &[&'static Peer],
    are_named: bool,
    workers: &[usize],
) -> io::Result<Vec<Contestant>> {
    let mut contestants = Vec::new();
    for &peer in peers {
        if peer.command(1)?.is_none() {
            if are_named {
                let problem = format!("{} is not installed; see --help", peer.id);
                return Err(io::Error::other(problem));
            }
            eprintln!("{} is not installed, and left out", peer.id);
            continue;
        }
        for &workers in workers {
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

/// The names and versions of these servers.
pub(crate) fn versions(contestants: &[Contestant]) -> String {
    let mut names: Vec<_> = contestants
        .iter()
        .map(|Contestant { peer, .. }| {
            // The version is known of every server that was installed as the README says.
            peer.with_version()
                .unwrap_or_else(|_| format!("{} (unknown version)", peer.name))
        })
        .collect();
    names.dedup();
    names.join(", ")
}
