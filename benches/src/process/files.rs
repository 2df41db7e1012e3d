use std::io;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// How many files may be open besides the connections, with room to spare.
const SPARE: usize = 256;

/// How many connections a process can hold, at most `wanted`.
pub(crate) fn most_connections(wanted: usize) -> usize {
    if raise_limit(wanted).is_ok() {
        return wanted;
    }
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let files = maximum.or(current).unwrap_or(u64::MAX);
    usize::try_from(files)
        .unwrap_or(usize::MAX)
        .saturating_sub(SPARE)
        .min(wanted)
}

/// Raises the limit of open files, so that we and our servers can hold this many connections.
///
/// # Errors
///
/// If the machine allows fewer connections: a sentence that says how many.
pub(crate) fn raise_limit(connections: usize) -> io::Result<()> {
    let needed = connections.saturating_add(SPARE) as u64;
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    if current.is_none_or(|current| current >= needed) {
        return Ok(());
    }
    // Root may exceed the maximum.
    let higher = Rlimit {
        current: Some(needed),
        maximum: maximum.map(|maximum| maximum.max(needed)),
    };
    setrlimit(Resource::Nofile, higher).map_err(|_| {
        let most = maximum.unwrap_or(needed).saturating_sub(SPARE as u64);
        io::Error::other(format!(
            "{connections} connections need more open files than are allowed; raise `ulimit -Hn`, \
             or ask for no more than {most}"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_connections_as_files_are_allowed() {
        assert_eq!(most_connections(1), 1);
        let most = most_connections(usize::MAX);
        assert!(raise_limit(most).is_ok(), "{most}");
        assert!(most == usize::MAX || raise_limit(usize::MAX).is_err());
    }
}
