//! The order of the measurements.

/// In each round, lets each contestant take its turn at each measurement. `measure` also gets the
/// number of the contestant. Returns the failures, which are also printed at once.
pub(crate) fn in_turn<M, C>(
    rounds: usize,
    measurements: &[M],
    contestants: &[C],
    mut measure: impl FnMut(&M, &C, usize) -> Result<(), String>,
) -> Vec<String> {
    let mut failures = Vec::new();
    for round in 0..rounds {
        for measurement in measurements {
            for column in order(contestants.len(), round) {
                if let Err(failure) = measure(measurement, &contestants[column], column) {
                    eprintln!("FAILED {failure}");
                    failures.push(failure);
                }
            }
        }
    }
    failures
}

/// The order of a round: a row of a balanced Latin square (E. J. Williams, 1949). A server leaves the
/// machine in a state that the next one meets: its memory, its processor caches. So the servers do
/// not only begin in turn. In as many rounds as there are servers, if their number is even, each of
/// them runs directly after each other one once. If it is odd, twice in twice as many rounds.
fn order(contestants: usize, round: usize) -> impl Iterator<Item = usize> {
    // 0, 1, n - 1, 2, n - 2 and so on: no two steps are alike.
    let zigzag = move |turn: usize| match turn % 2 {
        0 => contestants - turn / 2,
        _ => turn / 2 + 1,
    };
    // With an odd number, every second pass is the other way round.
    let is_backward = contestants % 2 == 1 && round / contestants.max(1) % 2 == 1;
    (0..contestants).map(move |turn| {
        let turn = match is_backward {
            true => contestants - 1 - turn,
            false => turn,
        };
        (zigzag(turn) + round) % contestants
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn each_round_begins_with_another_contestant_and_a_failure_stops_nothing() {
        let mut turns = Vec::new();
        let failures = in_turn(
            2,
            &["load", "idle"],
            &["a", "b"],
            |measurement, name, column| {
                turns.push((*measurement, *name, column));
                match (*measurement, *name) {
                    ("idle", "b") => Err("b cannot".to_owned()),
                    _ => Ok(()),
                }
            },
        );
        let (a, b) = (("a", 0), ("b", 1));
        let orders = [
            ("load", [a, b]),
            ("idle", [a, b]),
            ("load", [b, a]),
            ("idle", [b, a]),
        ];
        let expected = orders.into_iter().flat_map(|(measurement, order)| {
            order.map(|(name, column)| (measurement, name, column))
        });
        assert!(expected.eq(turns));
        assert_eq!(failures, ["b cannot", "b cannot"]);
    }

    #[test]
    fn each_contestant_follows_each_other_one_equally_often() {
        for contestants in 1..=11 {
            let rounds = contestants * (1 + contestants % 2);
            let mut followers: HashMap<(usize, usize), usize> = HashMap::new();
            for round in 0..rounds {
                let order: Vec<_> = order(contestants, round).collect();
                for pair in order.windows(2) {
                    *followers.entry((pair[0], pair[1])).or_default() += 1;
                }
                let mut sorted = order;
                sorted.sort_unstable();
                assert!(sorted.into_iter().eq(0..contestants), "round {round}");
            }
            let each = 1 + contestants % 2;
            assert!(
                followers.values().all(|times| *times == each),
                "{followers:?}"
            );
            assert_eq!(followers.len(), contestants * (contestants - 1));
        }
    }
}
