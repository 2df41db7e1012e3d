//! Compares the list of rooms with their imports.

use std::collections::{BTreeMap, BTreeSet};

/// For each room, the rooms that it imports.
pub(super) type Imports = BTreeMap<String, BTreeSet<String>>;

/// Every fault of the list and every difference between the list and the imports.
///
/// A line of the list is `room → room room …`, or only names of rooms that import none. Every arrow
/// points to a lower line.
pub(super) fn problems(list: &str, imports: &Imports) -> Vec<String> {
    let mut problems = Vec::new();
    let mut listed: Vec<(&str, BTreeSet<&str>)> = Vec::new();
    for line in list.lines() {
        let (rooms, allowed) = line.split_once('→').unwrap_or((line, ""));
        let allowed: BTreeSet<_> = allowed.split_whitespace().collect();
        listed.extend(rooms.split_whitespace().map(|room| (room, allowed.clone())));
    }
    let place = |room: &str| listed.iter().position(|(other, _)| *other == room);

    for (at, (room, allowed)) in listed.iter().enumerate() {
        if place(room) != Some(at) {
            problems.push(format!("`{room}` has two lines"));
        }
        let Some(used) = imports.get(*room) else {
            problems.push(format!(
                "`{room}` is in the list, but there is no such room"
            ));
            continue;
        };
        for other in allowed {
            if !used.contains(*other) {
                problems.push(format!(
                    "`{room}` does not import `{other}`, as the list says"
                ));
            }
            if place(other).is_some_and(|below| below <= at) {
                problems.push(format!("`{room} → {other}` goes up in the list"));
            }
        }
        for other in used {
            if !allowed.contains(&**other) {
                problems.push(format!(
                    "`{room}` imports `{other}`, which the list does not allow"
                ));
            }
        }
    }
    for room in imports.keys() {
        if place(room).is_none() {
            problems.push(format!("`{room}` is not in the list"));
        }
    }
    let circle = circle(imports);
    if !circle.is_empty() {
        problems.push(format!("a circle goes through {}", circle.join(", ")));
    }
    problems
}

/// The rooms on a circle, or between two circles. Empty if there is no circle.
fn circle(imports: &Imports) -> Vec<&str> {
    let mut left: BTreeSet<&str> = imports.keys().map(String::as_str).collect();
    loop {
        let before = left.clone();
        left.retain(|room| {
            let imports_one = imports[*room].iter().any(|it| before.contains(&**it));
            imports_one && before.iter().any(|other| imports[*other].contains(*room))
        });
        if left == before {
            return left.into_iter().collect();
        }
    }
}

/// Parses lines as in the list: `room → room room …`.
fn imports(lines: &str) -> Imports {
    let import = |line: &str| {
        let (room, others) = line.split_once('→').unwrap_or((line, ""));
        let others = others.split_whitespace().map(str::to_owned).collect();
        (room.trim().to_owned(), others)
    };
    lines.lines().map(import).collect()
}

const LIST: &str = "api → hub words\nhub → words\nwords log\n";
const ROOMS: &str = "api → hub words\nhub → words\nwords\nlog";

#[test]
fn a_list_that_says_what_the_rooms_do_has_no_problems() {
    assert_eq!(problems(LIST, &imports(ROOMS)), [""; 0]);
}

#[test]
fn every_difference_is_a_problem() {
    for (list, rooms, expected) in [
        (
            LIST,
            "api → hub words\nhub → words log\nwords\nlog",
            &["`hub` imports `log`, which the list does not allow"][..],
        ),
        (
            LIST,
            "api → hub\nhub → words\nwords\nlog",
            &["`api` does not import `words`, as the list says"],
        ),
        (
            "api → hub words\nhub → words\nwords\n",
            ROOMS,
            &["`log` is not in the list"],
        ),
        (
            "api → hub words\nhub → words\nwords log old\n",
            ROOMS,
            &["`old` is in the list, but there is no such room"],
        ),
        (
            "api → hub words\nhub → words\nwords log words\n",
            ROOMS,
            &["`words` has two lines"],
        ),
        (
            "api → hub words\nwords log\nhub → words\n",
            ROOMS,
            &["`hub → words` goes up in the list"],
        ),
        (
            "api → hub words\nhub → words\nwords → hub\nlog\n",
            "api → hub words\nhub → words\nwords → hub\nlog",
            &[
                "`words → hub` goes up in the list",
                "a circle goes through hub, words",
            ],
        ),
    ] {
        assert_eq!(problems(list, &imports(rooms)), expected);
    }
}
