//! Tests the hostile peers from the command line.

use std::process::Command;

#[test]
fn a_bystander_is_served_under_every_attack() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_levante-benches"));
    command.args(["hostile", "--no-build", "--seconds", "0.1"]);
    let output = command.output().unwrap();
    let problem = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{problem}");
    let report = String::from_utf8(output.stdout).unwrap();
    for attack in [
        "requests",
        "frames",
        "pings",
        "empty",
        "bytes that do nothing",
        "bytes, published to 1,000",
        "bytes, echoed",
        "1 KiB in a few bytes, echoed compressed",
        "echoes",
        "handshakes",
    ] {
        assert!(report.contains(&format!("\n| {attack}")), "{report}");
    }
}
