//! The settings of a node.

use std::{env, fs, process, time::Duration};

use super::{error::JoinError, subject::InvalidPrefix};

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(60 * 60);

/// The most bytes that messages may hold.
const MOST_BUFFER: usize = 1 << 30;

/// The longest name of an application or a node, in bytes.
const LONGEST_NAME: usize = 255;

/// See [`Join`](super::join::Join) for the meanings.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(super) prefix: String,
    pub(super) application: String,
    pub(super) name: String,
    pub(super) buffer: usize,
    pub(super) max_age: Duration,
    pub(super) linger: Duration,
    pub(super) lease: Duration,
    pub(super) deadline: Duration,
    pub(super) is_degraded: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            prefix: "levante".to_owned(),
            application: shortened(executable()),
            name: shortened(format!("{}/{}", host(), process::id())),
            buffer: 16 << 20,
            max_age: 30 * SECOND,
            linger: 5 * SECOND,
            lease: 10 * SECOND,
            deadline: 5 * SECOND,
            is_degraded: false,
        }
    }
}

impl Settings {
    /// The first setting that is out of its range, but for the prefix.
    pub(super) fn check(&self) -> Result<(), JoinError> {
        let error = if self.application.len() > LONGEST_NAME {
            "the name of the application must have at most 255 bytes"
        } else if self.name.len() > LONGEST_NAME {
            "the name of the node must have at most 255 bytes"
        } else if !(1..=MOST_BUFFER).contains(&self.buffer) {
            "the buffer must be from 1 byte to 1 GiB"
        } else if !(SECOND / 10..=HOUR).contains(&self.max_age) {
            "the maximum age must be from 100 milliseconds to an hour"
        } else if self.linger > HOUR {
            "the linger time must be at most an hour"
        } else if !(SECOND..=HOUR).contains(&self.lease) {
            "the lease must be from 1 second to an hour"
        } else if !(SECOND / 10..=60 * SECOND).contains(&self.deadline) {
            "the deadline must be from 100 milliseconds to a minute"
        } else {
            return Ok(());
        };
        Err(JoinError::setting(error))
    }
}

impl From<InvalidPrefix> for JoinError {
    fn from(error: InvalidPrefix) -> Self {
        Self::setting(error.to_string())
    }
}

/// The name of the executable.
fn executable() -> String {
    let path = env::current_exe().unwrap_or_default();
    let name = path.file_stem().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

/// The name of the host, as well as it can be known without a call to the system.
fn host() -> String {
    let is_name = |name: &String| !name.is_empty();
    let of_variable = || env::var("HOSTNAME").ok().filter(is_name);
    let name = fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let name = name.map(|name| name.trim().to_owned()).filter(is_name);
    name.or_else(of_variable)
        .unwrap_or_else(|| "host".to_owned())
}

/// Cuts a name that is too long, between two characters.
fn shortened(mut name: String) -> String {
    while name.len() > LONGEST_NAME {
        name.pop();
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(change: impl FnOnce(&mut Settings)) -> Option<String> {
        let mut settings = Settings::default();
        change(&mut settings);
        settings.check().err().map(|error| error.to_string())
    }

    #[test]
    fn the_defaults_are_in_range() {
        assert_eq!(error(|_| ()), None);
        let defaults = Settings::default();
        assert!(!defaults.application.is_empty());
        assert!(defaults.name.ends_with(&format!("/{}", process::id())));
    }

    #[test]
    fn each_setting_has_a_range() {
        let ns = Duration::from_nanos(1);
        assert_eq!(error(|it| it.application = "a".repeat(255)), None);
        assert!(error(|it| it.application = "a".repeat(256)).is_some());
        assert_eq!(error(|it| it.name = "a".repeat(255)), None);
        assert!(error(|it| it.name = "a".repeat(256)).is_some());
        assert_eq!(error(|it| it.buffer = 1), None);
        assert_eq!(error(|it| it.buffer = 1 << 30), None);
        assert!(error(|it| it.buffer = 0).is_some());
        assert!(error(|it| it.buffer = (1 << 30) + 1).is_some());
        assert_eq!(error(|it| it.max_age = SECOND / 10), None);
        assert!(error(|it| it.max_age = SECOND / 10 - ns).is_some());
        assert_eq!(error(|it| it.max_age = HOUR), None);
        assert!(error(|it| it.max_age = HOUR + ns).is_some());
        assert_eq!(error(|it| it.linger = HOUR), None);
        assert!(error(|it| it.linger = HOUR + ns).is_some());
        assert_eq!(error(|it| it.lease = SECOND), None);
        assert!(error(|it| it.lease = SECOND - ns).is_some());
        assert_eq!(error(|it| it.lease = HOUR), None);
        assert!(error(|it| it.lease = HOUR + ns).is_some());
        assert_eq!(error(|it| it.deadline = SECOND / 10), None);
        assert!(error(|it| it.deadline = SECOND / 10 - ns).is_some());
        assert_eq!(error(|it| it.deadline = 60 * SECOND), None);
        assert!(error(|it| it.deadline = 60 * SECOND + ns).is_some());
    }

    #[test]
    fn a_long_name_is_cut_between_characters() {
        assert_eq!(shortened("ü".repeat(200)), "ü".repeat(127));
        assert_eq!(shortened("short".to_owned()), "short");
    }
}
