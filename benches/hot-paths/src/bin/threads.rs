//! Prints what a publish costs while other threads publish, too: `cargo run --release -p
//! levante-hot-paths --bin threads`. Threads that publish to different topics of a space should pay no
//! more than those that have nothing in common.

use std::io;

use levante_hot_paths::{Common, publish_on_threads};

/// Each trial has other topics, so that they are spread differently.
const TRIALS: usize = 30;
const PUBLISHES: usize = 20_000;

/// A name, the number of threads, and what they have in common.
const ROWS: [(&str, usize, Common); 8] = [
    ("one thread", 1, Common::Nothing),
    ("2 threads, a space for each", 2, Common::Nothing),
    ("2 threads, a topic for each", 2, Common::Space),
    (
        "2 threads, a topic for each, a receiver",
        2,
        Common::SpaceWithReceiver,
    ),
    ("2 threads, one topic for all", 2, Common::Topic),
    ("4 threads, a space for each", 4, Common::Nothing),
    ("4 threads, a topic for each", 4, Common::Space),
    ("4 threads, one topic for all", 4, Common::Topic),
];

fn main() -> io::Result<()> {
    let mut nanos = ROWS.map(|_| Vec::new());
    // In turn, because the machine does other things, too.
    for trial in 0..TRIALS {
        for ((_, threads, common), nanos) in ROWS.iter().zip(&mut nanos) {
            nanos.push(publish_on_threads(*threads, PUBLISHES, *common, trial)?);
        }
    }
    println!("| CPU time of a publish, ns | least | median | most |");
    println!("|---|---:|---:|---:|");
    for ((name, ..), nanos) in ROWS.iter().zip(&mut nanos) {
        nanos.sort_by(f64::total_cmp);
        let [least, median, most] = [nanos[0], nanos[TRIALS / 2], nanos[TRIALS - 1]];
        println!("| {name} | {least:.0} | {median:.0} | {most:.0} |");
    }
    Ok(())
}
