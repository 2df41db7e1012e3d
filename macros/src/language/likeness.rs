//! Names that are nearly right.

/// The known name that `word` was probably meant to be: one that it ends with (`on_message`), or
/// one that needs at most a third of its letters changed.
pub(crate) fn nearest(word: &str, known: &[&'static str]) -> Option<&'static str> {
    let tolerance = (word.chars().count() / 3).max(1);
    let likeness = |name: &&'static str| match word.ends_with(*name) {
        true => (0, *name),
        false => (distance(word, name), *name),
    };
    let (distance, name) = known
        .iter()
        .map(likeness)
        .min_by_key(|(distance, _)| *distance)?;
    (distance <= tolerance).then_some(name)
}

/// A name without the words that other libraries put around the names of events, and in one word.
pub(super) fn plain(name: &str) -> String {
    let name = name.replace('_', "").to_lowercase();
    let mut word = name.as_str();
    while let Some(shorter) = BEFORE
        .iter()
        .find_map(|before| word.strip_prefix(before))
        .or_else(|| AFTER.iter().find_map(|after| word.strip_suffix(after)))
    {
        word = shorter;
    }
    word.to_owned()
}

const BEFORE: [&str; 5] = ["on", "handle", "websocket", "socket", "ws"];
const AFTER: [&str; 2] = ["handler", "event"];

/// How many letters must be added, dropped, replaced or swapped with the next one.
pub(super) fn distance(from: &str, to: &str) -> usize {
    let from: Vec<_> = from.chars().collect();
    let to: Vec<_> = to.chars().collect();
    let mut table: Vec<Vec<usize>> = vec![(0..=to.len()).collect()];
    for i in 1..=from.len() {
        let mut row = vec![i];
        for j in 1..=to.len() {
            let replaced = table[i - 1][j - 1] + usize::from(from[i - 1] != to[j - 1]);
            let mut best = replaced.min(table[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1] {
                best = best.min(table[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        table.push(row);
    }
    table[from.len()][to.len()]
}

/// Words as code in a sentence: `` `a`, `b` and `c` ``.
pub(crate) fn listed(words: &[&str]) -> String {
    let quoted: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_counts_each_kind_of_slip_once() {
        for (from, to, expected) in [
            ("open", "open", 0),
            ("opne", "open", 1),
            ("mesage", "message", 1),
            ("messages", "message", 1),
            ("clone", "close", 1),
            ("", "ping", 4),
            ("ping", "", 4),
            ("attach", "drain", 5),
        ] {
            assert_eq!(distance(from, to), expected, "{from} to {to}");
        }
    }

    #[test]
    fn nearest_needs_a_likeness() {
        let known = ["message", "close", "idle_timeout"];
        assert_eq!(nearest("mesage", &known), Some("message"));
        assert_eq!(nearest("on_message", &known), Some("message"));
        assert_eq!(nearest("onclose", &known), Some("close"));
        assert_eq!(nearest("broadcast", &known), None);
        assert_eq!(nearest("timeout", &known), None);
        assert_eq!(nearest("idle_time", &known), Some("idle_timeout"));
        assert_eq!(nearest("x", &[]), None);
    }

    #[test]
    fn words_are_listed_as_in_a_sentence() {
        assert_eq!(listed(&[]), "");
        assert_eq!(listed(&["a"]), "`a`");
        assert_eq!(listed(&["a", "b", "c"]), "`a`, `b` and `c`");
    }
}
