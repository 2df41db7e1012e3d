//! Prints how long a compressed message takes and how long it becomes, with levante's compressor and
//! with zlib's levels, as a table in Markdown: `cargo run --release -p levante-hot-paths --bin deflate`.

use std::{hint::black_box, time::Instant};

use levante_hot_paths::{Squeeze, samples, squeezes};

const LENGTHS: [usize; 5] = [64, 256, 1 << 10, 4 << 10, 64 << 10];

/// The time of the fastest of this many runs counts, because the machine does other things, too.
const RUNS: usize = 30;

/// The bytes of a run.
const BYTES: usize = 256 << 10;

fn main() {
    let mut squeezes = squeezes();
    print!("| a message of |");
    squeezes.iter().for_each(|(name, _)| print!(" {name} |"));
    println!("\n|---|{}", "---:|".repeat(squeezes.len()));
    for len in LENGTHS {
        for (kind, message) in samples(len) {
            print!("| {len} B, {kind} |");
            for (_, squeeze) in &mut squeezes {
                let (len, micros) = measure(squeeze, &message);
                print!(" {len} B, {micros:.1} µs |");
            }
            println!();
        }
    }
}

fn measure(squeeze: &mut Squeeze, message: &[u8]) -> (usize, f64) {
    let len = squeeze(message);
    let calls = (BYTES / message.len()).clamp(4, 200);
    let run = |_| {
        let began = Instant::now();
        for _ in 0..calls {
            black_box(squeeze(black_box(message)));
        }
        began.elapsed().as_secs_f64() * 1e6 / calls as f64
    };
    (len, (0..RUNS).map(run).fold(f64::INFINITY, f64::min))
}
