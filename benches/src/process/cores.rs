use std::{io, sync::OnceLock};

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// The cores that this process was started on. The generator's thread gives up all but one of them, so
/// the thread is asked only once.
static ALLOWED: OnceLock<Vec<usize>> = OnceLock::new();

/// Which cores the servers and the generator run on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Cores {
    /// The server's cores: one for each worker, as long as there are enough.
    pub(crate) server: Vec<usize>,
    /// The generator's core.
    pub(crate) client: usize,
}

impl Cores {
    /// The last core for the generator, and the first cores for a server with this many workers.
    ///
    /// If there are not enough cores, both share. Then throughput means little, and CPU time per
    /// message is a little less reliable.
    pub(crate) fn assign(workers: usize) -> io::Result<Self> {
        let allowed = match ALLOWED.get() {
            Some(allowed) => allowed,
            None => {
                let set = sched_getaffinity(None)?;
                ALLOWED.get_or_init(|| (0..CpuSet::MAX_CPU).filter(|&c| set.is_set(c)).collect())
            }
        };
        Self::split(allowed, workers).ok_or_else(|| io::Error::other("there is no core to run on"))
    }

    /// The last core for the generator, and the others for this many processes, in turn.
    pub(crate) fn spread(processes: usize) -> io::Result<Vec<Self>> {
        let all = Self::assign(processes + 1)?;
        Ok(all.share(processes))
    }

    fn share(&self, processes: usize) -> Vec<Self> {
        let others = self.server.iter().filter(|&&core| core != self.client);
        let others: Vec<usize> = others.copied().collect();
        let core = |process: usize| match others.len() {
            0 => self.client,
            count => others[process % count],
        };
        (0..processes)
            .map(|process| Self {
                server: vec![core(process)],
                client: self.client,
            })
            .collect()
    }

    fn split(cores: &[usize], workers: usize) -> Option<Self> {
        Some(Self {
            server: cores.iter().copied().take(workers).collect(),
            client: *cores.last()?,
        })
    }

    /// Pins this thread to the generator's core.
    pub(crate) fn pin_client(&self) -> io::Result<()> {
        Ok(sched_setaffinity(None, &set(&[self.client]))?)
    }

    /// Whether the generator has a core of its own.
    pub(crate) fn are_apart(&self) -> bool {
        !self.server.contains(&self.client)
    }
}

/// Runs `start` on these cores. The processes that it starts inherit them. Afterwards this thread
/// returns to its own cores.
pub(super) fn on<T>(cores: &[usize], start: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    let ours = sched_getaffinity(None)?;
    sched_setaffinity(None, &set(cores))?;
    let started = start();
    sched_setaffinity(None, &ours)?;
    started
}

fn set(cores: &[usize]) -> CpuSet {
    let mut set = CpuSet::new();
    for &core in cores {
        set.set(core);
    }
    set
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_has_the_last_core() {
        let split = |cores: &[usize], workers| Cores::split(cores, workers).unwrap();
        assert_eq!(split(&[2, 5], 1).server, [2]);
        assert_eq!(split(&[2, 5], 1).client, 5);
        assert!(split(&[2, 5], 1).are_apart());
        assert_eq!(split(&[0, 1, 2, 3], 2).server, [0, 1]);
        assert!(!split(&[0, 1], 2).are_apart());
        assert!(!split(&[0], 1).are_apart());
        assert_eq!(Cores::split(&[], 1), None);
    }

    #[test]
    fn a_pinned_generator_leaves_the_other_cores_to_the_servers() {
        let before = Cores::spread(3).unwrap();
        before[0].pin_client().unwrap();
        assert_eq!(Cores::spread(3).unwrap(), before);
    }

    #[test]
    fn processes_take_the_other_cores_in_turn() {
        let spread = |cores: &[usize], processes| {
            let all = Cores::split(cores, processes + 1).unwrap();
            let cores = all.share(processes).into_iter();
            cores.map(|cores| cores.server[0]).collect::<Vec<_>>()
        };
        assert_eq!(spread(&[0, 1], 4), [0, 0, 0, 0]);
        assert_eq!(spread(&[0, 1, 2], 4), [0, 1, 0, 1]);
        assert_eq!(spread(&[0, 1, 2, 3, 4, 5, 6], 4), [0, 1, 2, 3]);
        assert_eq!(spread(&[3], 2), [3, 3]);
    }
}
