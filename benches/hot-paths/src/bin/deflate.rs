//! Prints how long a compressed message takes and how long it becomes, as tables in Markdown: with
//! levante's compressor and with zlib's levels, and with windows of several sizes.
//! `cargo run --release -p levante-hot-paths --bin deflate`

use std::{hint::black_box, time::Instant};

use levante_hot_paths::{exchanges, samples, squeezes};

const LENGTHS: [usize; 5] = [64, 256, 1 << 10, 4 << 10, 64 << 10];

/// The time of the fastest of this many runs counts, because the machine does other things, too.
const RUNS: usize = 30;

/// The bytes of a run.
const BYTES: usize = 256 << 10;

/// The lengths of messages that refer to earlier ones.
const SHORT: [usize; 3] = [64, 256, 1 << 10];

fn main() -> Result<(), String> {
    println!("Compressed, without a history:\n");
    let mut squeezes = squeezes();
    head(squeezes.iter().map(|(name, _)| *name));
    for len in LENGTHS {
        for (kind, message) in samples(len) {
            print!("| {len} B, {kind} |");
            for (_, squeeze) in &mut squeezes {
                cell(len, || squeeze(black_box(&message)))?;
            }
            println!();
        }
    }
    println!("\nCompressed, and inflated again, with a history:\n");
    head(exchanges(0).iter().map(|(name, _)| *name));
    for len in SHORT {
        print!("| {len} B, JSON |");
        for (_, mut exchange) in exchanges(len) {
            cell(len, &mut exchange)?;
        }
        println!();
    }
    Ok(())
}

fn head(names: impl ExactSizeIterator<Item = &'static str>) {
    let rule = "---:|".repeat(names.len());
    print!("| a message of |");
    names.for_each(|name| print!(" {name} |"));
    println!("\n|---|{rule}");
}

/// Prints the compressed length of a message of `len` bytes, and the time of a call.
fn cell(len: usize, mut call: impl FnMut() -> usize) -> Result<(), String> {
    let compressed = call();
    if compressed == 0 {
        return Err(format!(
            "a message of {len} B was not compressed, or has not come back"
        ));
    }
    let calls = (BYTES / len).clamp(4, 200);
    let run = |_| {
        let began = Instant::now();
        for _ in 0..calls {
            black_box(call());
        }
        began.elapsed().as_secs_f64() * 1e6 / calls as f64
    };
    let micros = (0..RUNS).map(run).fold(f64::INFINITY, f64::min);
    print!(" {compressed} B, {micros:.1} µs |");
    Ok(())
}
