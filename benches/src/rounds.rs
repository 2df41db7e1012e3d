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
            for turn in 0..contestants.len() {
                // The order rotates, so that no server always runs after the same neighbour.
                let column = (turn + round) % contestants.len();
                if let Err(failure) = measure(measurement, &contestants[column], column) {
                    eprintln!("FAILED {failure}");
                    failures.push(failure);
                }
            }
        }
    }
    failures
}

#[cfg(test)]
mod tests {
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
}
