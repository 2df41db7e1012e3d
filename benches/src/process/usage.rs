//! The CPU time and memory of a process and its descendants, from `/proc`.

use std::{fs, io, path::Path, time::Duration};

use rustix::process::Pid;

/// CPU time, user and system, of a process and all its descendants.
///
/// Threads that have ended are not counted. Servers do not end their threads.
pub(crate) fn cpu_time(process: Pid) -> io::Result<Duration> {
    let mut total = Duration::ZERO;
    for pid in family(process)? {
        for task in fs::read_dir(format!("/proc/{pid}/task"))? {
            total += thread_time(&task?.path())?;
        }
    }
    Ok(total)
}

/// CPU time of one thread, in nanoseconds. The ticks of `stat` would be 10 ms.
fn thread_time(task: &Path) -> io::Result<Duration> {
    let text = fs::read_to_string(task.join("schedstat"))?;
    parse_schedstat(&text).ok_or_else(|| malformed("schedstat"))
}

/// The first number is the time on a core, in nanoseconds.
fn parse_schedstat(text: &str) -> Option<Duration> {
    let nanos = text.split_whitespace().next()?.parse().ok()?;
    Some(Duration::from_nanos(nanos))
}

/// CPU time that all processes of this machine have used since it was started, in ticks of 10 ms.
pub(crate) fn machine_time() -> io::Result<Duration> {
    let text = fs::read_to_string("/proc/stat")?;
    parse_stat(&text).ok_or_else(|| malformed("stat"))
}

/// The sum of the first line, without idle time, waiting for disks, and guests. The user time
/// already includes guests.
fn parse_stat(text: &str) -> Option<Duration> {
    let numbers = text.lines().next()?.strip_prefix("cpu ")?;
    let ticks: Vec<u64> = numbers
        .split_whitespace()
        .map(|number| number.parse().ok())
        .collect::<Option<_>>()?;
    let (&[user, nice, system, _idle, _disk, irq, soft_irq, steal], _guests) =
        ticks.split_first_chunk()?;
    let ticks = user + nice + system + irq + soft_irq + steal;
    Some(Duration::from_millis(10 * ticks))
}

/// Bytes of memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Memory {
    /// Written to, and shared with no other process.
    pub(crate) private: u64,
    /// All that is resident.
    pub(crate) resident: u64,
}

/// Memory of a process and all its descendants.
pub(crate) fn memory(process: Pid) -> io::Result<Memory> {
    let mut total = Memory::default();
    for pid in family(process)? {
        let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup"))?;
        let Memory { private, resident } =
            parse_rollup(&text).ok_or_else(|| malformed("smaps_rollup"))?;
        total.private += private;
        total.resident += resident;
    }
    Ok(total)
}

fn parse_rollup(text: &str) -> Option<Memory> {
    let bytes = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name))?;
        let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
        Some(kib * 1024)
    };
    Some(Memory {
        private: bytes("Private_Dirty:")?,
        resident: bytes("Rss:")?,
    })
}

/// A process and its descendants.
fn family(process: Pid) -> io::Result<Vec<i32>> {
    let mut family = vec![process.as_raw_nonzero().get()];
    let mut next = 0;
    while let Some(&pid) = family.get(next) {
        for task in fs::read_dir(format!("/proc/{pid}/task"))? {
            let children = fs::read_to_string(task?.path().join("children"))?;
            family.extend(
                children
                    .split_whitespace()
                    .filter_map(|id| id.parse::<i32>().ok()),
            );
        }
        next += 1;
    }
    Ok(family)
}

fn malformed(file: &str) -> io::Error {
    io::Error::other(format!("this kernel's {file} is not what we know"))
}

#[cfg(test)]
mod tests {
    use std::{process::Command, thread, time::Instant};

    use super::*;

    #[test]
    fn schedstat_begins_with_nanoseconds_on_a_core() {
        let expected = Some(Duration::from_nanos(29_283_759));
        assert_eq!(parse_schedstat("29283759 23204519 19\n"), expected);
        assert_eq!(parse_schedstat(""), None);
    }

    #[test]
    fn the_machine_is_busy_but_for_idle_time_and_disks() {
        let text = "cpu  1 2 4 1000 2000 8 16 32 4000 8000\ncpu0 1 1 1 1 1 1 1 1 1 1\n";
        assert_eq!(parse_stat(text), Some(Duration::from_millis(630)));
        assert_eq!(parse_stat("cpu0 1 2 3\n"), None);
    }

    #[test]
    fn the_rollup_is_read_by_name() {
        let text = "55-7f ---p 0 00:00 0 [rollup]\nRss:  1716 kB\nPss: 4 kB\nPrivate_Clean: 40 kB\n\
                    Private_Dirty:  116 kB\n";
        let expected = Memory {
            private: 116 << 10,
            resident: 1716 << 10,
        };
        assert_eq!(parse_rollup(text), Some(expected));
        assert_eq!(parse_rollup("Rss: 1 kB\n"), None);
    }

    #[test]
    fn time_and_memory_of_a_process_and_its_child_are_seen() {
        // The first process waits for the second, which is busy until it is killed.
        let script = "sh -c 'while :; do :; done' & trap 'kill $!' TERM; wait";
        let mut parent = Command::new("sh").args(["-c", script]).spawn().unwrap();
        let pid = Pid::from_raw(parent.id() as i32).unwrap();

        let began = Instant::now();
        let more = Duration::from_millis(50);
        while cpu_time(pid).unwrap() < more && began.elapsed() < Duration::from_secs(10) {
            thread::sleep(Duration::from_millis(1));
        }
        let (time, memory) = (cpu_time(pid).unwrap(), memory(pid).unwrap());
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        parent.wait().unwrap();

        assert!(time >= more, "{time:?}");
        assert!(
            memory.private > 0 && memory.resident >= memory.private,
            "{memory:?}"
        );
    }
}
