//! Tests the crowd from the command line.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};

/// How long a tool may take to start a process.
const PATIENCE: Duration = Duration::from_secs(30);

fn crowd(connections: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_levante-benches"));
    command.args(["crowd", "--no-build", "--connections", connections]);
    command
}

#[test]
fn a_crowd_comes_and_goes() {
    let output = crowd("300").output().unwrap();
    let problem = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{problem}");
    let report = String::from_utf8(output.stdout).unwrap();
    assert!(report.contains("300 connections came"), "{report}");
    let rows = ["open", "after a publish", "closed"];
    assert!(
        rows.iter()
            .all(|row| report.contains(&format!("\n| {row} |"))),
        "{report}"
    );
}

#[test]
fn a_crowd_that_does_not_fit_is_refused() {
    let output = crowd("1000000000").output().unwrap();
    assert!(!output.status.success());
    let problem = String::from_utf8(output.stderr).unwrap();
    assert!(problem.contains("ulimit -Hn"), "{problem}");
}

#[test]
fn no_server_outlives_a_tool_that_is_told_to_end() {
    for signal in [Signal::INT, Signal::TERM] {
        let mut tool = crowd("300").stdout(Stdio::null()).spawn().unwrap();
        let pid = Pid::from_child(&tool);
        let server = first_child(pid);
        kill_process(pid, signal).unwrap();
        assert_eq!(tool.wait().unwrap().code(), Some(130));
        assert!(is_gone(&server), "{server}");
    }
}

/// The id of the first process that `parent` starts.
fn first_child(parent: Pid) -> String {
    let parent = parent.as_raw_nonzero();
    let children = format!("/proc/{parent}/task/{parent}/children");
    let began = Instant::now();
    loop {
        let children = fs::read_to_string(&children).unwrap_or_default();
        if let Some(child) = children.split_whitespace().next() {
            return child.to_owned();
        }
        assert!(began.elapsed() < PATIENCE, "no server was started");
        thread::yield_now();
    }
}

/// Whether a killed process has ended, even if its parent has not reaped it.
fn is_gone(pid: &str) -> bool {
    let began = Instant::now();
    while began.elapsed() < PATIENCE {
        let stat = fs::read_to_string(Path::new("/proc").join(pid).join("stat"));
        if stat.map_or(true, |stat| stat.contains(") Z ")) {
            return true;
        }
        thread::yield_now();
    }
    false
}
