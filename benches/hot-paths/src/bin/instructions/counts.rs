//! Counts of instructions, compared with earlier counts.

use std::{collections::BTreeMap, fmt::Write};

/// Instructions per call, by the name of the hot path.
pub(crate) type Counts = BTreeMap<String, f64>;

/// The share by which a count may rise.
const TOLERANCE: f64 = 0.05;

/// Reads the output of [`format()`]. Lines that begin with `#` are comments.
///
/// # Errors
///
/// The first line that is not a name and a number.
pub(crate) fn parse(text: &str) -> Result<Counts, String> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let entry = line
                .split_once(' ')
                .and_then(|(name, count)| Some((name.to_owned(), count.trim().parse().ok()?)));
            entry.ok_or_else(|| format!("`{line}` is not a name and a number"))
        })
        .collect()
}

/// One line for each count, below a comment.
pub(crate) fn format(counts: &Counts) -> String {
    let mut text = String::from(
        "# Instructions per call of what runs for every message.\n\
         # Renew with: cargo run --release -p levante-hot-paths -- --update\n",
    );
    for (name, count) in counts {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{name} {count:.1}");
    }
    text
}

/// The count per call, from two runs that differ by `calls` calls. Instructions that a program runs
/// only once cancel out.
pub(crate) fn per_call(shorter: u64, longer: u64, calls: u64) -> f64 {
    longer.saturating_sub(shorter) as f64 / calls as f64
}

/// The count that callgrind prints at its end.
pub(crate) fn collected(output: &str) -> Option<u64> {
    let (_, rest) = output.rsplit_once("Collected :")?;
    rest.split_whitespace().next()?.parse().ok()
}

/// A line for each count beside its earlier count, and whether no count is too high.
pub(crate) fn compare(before: &Counts, now: &Counts) -> (String, bool) {
    let mut report = String::new();
    let mut passes = true;
    for (name, &count) in now {
        let judgement = match before.get(name) {
            None => {
                passes = false;
                "is not in the baseline".to_owned()
            }
            Some(&old) => {
                let is_fine = count <= old * (1.0 + TOLERANCE);
                passes &= is_fine;
                let change = (count / old - 1.0) * 100.0;
                let verdict = if is_fine { "" } else { ": TOO MUCH" };
                format!("was {old:.1}, {change:+.1} %{verdict}")
            }
        };
        // Writing to a string cannot fail.
        let _ = writeln!(report, "{name:<24} {count:>10.1}  {judgement}");
    }
    for name in before.keys().filter(|name| !now.contains_key(*name)) {
        passes = false;
        let _ = writeln!(report, "{name:<24} is in the baseline only");
    }
    (report, passes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts<const N: usize>(entries: [(&str, f64); N]) -> Counts {
        entries.map(|(name, count)| (name.to_owned(), count)).into()
    }

    #[test]
    fn what_is_written_is_read_again() {
        let counts = counts([("decode", 61.5), ("mask-16k", 4096.0)]);
        assert_eq!(parse(&format(&counts)), Ok(counts));
        assert!(parse("decode many").unwrap_err().contains("decode many"));
    }

    #[test]
    fn a_rise_of_more_than_five_percent_fails() {
        let before = counts([("a", 100.0), ("b", 100.0)]);
        assert!(compare(&before, &counts([("a", 105.0), ("b", 50.0)])).1);
        let (report, passes) = compare(&before, &counts([("a", 105.1), ("b", 100.0)]));
        assert!(!passes && report.contains("TOO MUCH"), "{report}");
    }

    #[test]
    fn a_path_that_only_one_side_knows_fails() {
        let (one, two) = (counts([("a", 1.0)]), counts([("a", 1.0), ("b", 1.0)]));
        assert!(!compare(&one, &two).1);
        assert!(!compare(&two, &one).1);
    }

    #[test]
    fn the_total_is_found_in_what_callgrind_says() {
        let output = "==7== Events    : Ir\n==7== Collected : 1234567\n==7== \n";
        assert_eq!(collected(output), Some(1_234_567));
        assert_eq!(collected("valgrind: no such file"), None);
        assert_eq!(per_call(1_000, 3_500, 100), 25.0);
    }
}
