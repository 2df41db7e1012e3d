use std::{collections::hash_map::RandomState, fmt, hash::BuildHasher as _};

/// The number of characters of a name.
const LEN: usize = 16;

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Gives names to the subscriptions of a connection.
///
/// A name is a hash of the subject, so that ending a subscription needs no table of 200,000 subjects
/// and names. Its key is random and new for each connection, so that a client cannot choose two topics
/// with one name. By chance two of a million topics have one name with a probability of 1 to 10¹⁶.
#[derive(Default)]
pub(super) struct Names {
    keys: [RandomState; 2],
}

impl Names {
    pub(super) fn of(&self, subject: &str) -> [u8; LEN] {
        let [high, low] = self
            .keys
            .each_ref()
            .map(|key| u128::from(key.hash_one(subject)));
        let mut number = high << 64 | low;
        let base = DIGITS.len() as u128;
        std::array::from_fn(|_| {
            let digit = DIGITS[(number % base) as usize];
            number /= base;
            digit
        })
    }
}

impl fmt::Debug for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Names").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn a_subject_keeps_its_name_on_a_connection() {
        let (first, second) = (Names::default(), Names::default());
        let subjects = || (0..20_000).map(|number| format!("levante.t.room-{number}"));
        let names: HashSet<_> = subjects().map(|subject| first.of(&subject)).collect();
        assert_eq!(names.len(), 20_000);
        for subject in subjects() {
            let name = first.of(&subject);
            assert!(names.contains(&name));
            assert!(name.iter().all(u8::is_ascii_alphanumeric));
            assert_ne!(name, second.of(&subject));
        }
    }
}
