//! Counts the instructions of the hot paths under callgrind, and fails if a count has risen. Time
//! is noisy, but instructions are not.
//!
//! `cargo run --release -p levante-hot-paths` compares with `benches/instructions.txt`,
//! `… -- --update` rewrites it. It needs valgrind.

mod counts;

use std::{
    env, fs,
    process::{Command, ExitCode},
};

use levante_hot_paths::{HotPath, all};

use self::counts::{Counts, collected, compare, format, parse, per_call};

const BASELINE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../instructions.txt");

/// Calls in the shorter and in the longer run.
const CALLS: [u64; 2] = [200, 1200];

/// A path that handles more bytes than this in a call is called less often, in proportion.
const MUCH: usize = 16 << 10;

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments[..] {
        [] => check(),
        ["--update"] => update(),
        ["run", path, calls] => run(path, calls),
        _ => Err("usage: instructions [--update]".to_owned()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => {
            eprintln!("error: {problem}");
            ExitCode::FAILURE
        }
    }
}

fn check() -> Result<(), String> {
    let baseline = fs::read_to_string(BASELINE)
        .map_err(|error| format!("{BASELINE}: {error}; `--update` makes it"))?;
    let (report, passes) = compare(&parse(&baseline)?, &count()?);
    print!("{report}");
    if passes {
        Ok(())
    } else {
        Err("instructions.txt no longer holds; if that is meant, renew it with `--update`".into())
    }
}

fn update() -> Result<(), String> {
    let text = format(&count()?);
    print!("{text}");
    fs::write(BASELINE, text).map_err(|error| format!("{BASELINE}: {error}"))
}

fn count() -> Result<Counts, String> {
    let count = |path: &HotPath| {
        let [fewer, more] = calls(path.bytes);
        let (shorter, longer) = (count_run(path.name, fewer)?, count_run(path.name, more)?);
        let per_call = per_call(shorter, longer, more - fewer);
        Ok((path.name.to_owned(), per_call))
    };
    all().map(count).collect()
}

fn calls(bytes: usize) -> [u64; 2] {
    CALLS.map(|calls| calls / bytes.div_ceil(MUCH) as u64)
}

/// The instructions of this program when it makes this many calls.
fn count_run(path: &str, calls: u64) -> Result<u64, String> {
    let program = env::current_exe().map_err(|error| error.to_string())?;
    let output = Command::new("valgrind")
        // Some processors copy a string by one instruction, which callgrind counts once for each
        // byte. Without it the counts are equal on all processors.
        .env("GLIBC_TUNABLES", "glibc.cpu.hwcaps=-ERMS,-FSRM")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program)
        .args(["run", path, &calls.to_string()])
        .output()
        .map_err(|error| format!("valgrind cannot be run: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    collected(&said).ok_or_else(|| format!("callgrind has counted nothing:\n{said}"))
}

fn run(path: &str, calls: &str) -> Result<(), String> {
    let known = all().find(|known| known.name == path);
    let path = known.ok_or_else(|| format!("there is no path `{path}`"))?;
    let calls: u64 = calls
        .parse()
        .map_err(|_| format!("`{calls}` is no number"))?;
    let mut call = path.prepare();
    for _ in 0..calls {
        call();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_path_does_what_it_is_counted_for_again_and_again() {
        for path in all() {
            let mut call = path.prepare();
            for _ in 0..3 {
                assert_eq!(call(), path.bytes, "{}", path.name);
            }
        }
    }

    #[test]
    fn what_handles_more_is_called_less_often_but_more_than_once() {
        assert_eq!(calls(MUCH), [200, 1200]);
        assert_eq!(calls(MUCH + 1), [100, 600]);
        for path in all() {
            let [fewer, more] = calls(path.bytes);
            assert!(0 < fewer && fewer + 10 < more, "{}", path.name);
        }
    }

    #[test]
    fn the_baseline_knows_exactly_these_paths() {
        let baseline = parse(&fs::read_to_string(BASELINE).unwrap()).unwrap();
        let mut names: Vec<_> = all().map(|path| path.name).collect();
        names.sort_unstable();
        assert!(baseline.keys().eq(names), "{baseline:?}");
    }
}
