//! Documents of AsyncAPI are valid for the parser of AsyncAPI. The script is in `tests/asyncapi`.

use std::{
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use crate::support::{process::Process, requirements};

/// How long the parser may take.
const LONGEST_RUN: Duration = Duration::from_secs(600);

#[test]
#[cfg_attr(
    without_asyncapi,
    ignore = "needs Node.js with the parser of AsyncAPI: see CONTRIBUTING.md"
)]
fn a_contract_of_all_types_is_valid() {
    requirements::assert(requirements::asyncapi());
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut command = Command::new("node");
    command
        .arg(requirements::tests().join("asyncapi/validate.mjs"))
        // The unit tests of the runtime compare it with what levante makes.
        .arg(repository.join("runtime/src/contract/tests/zoo.asyncapi.json"));
    Process::start(&mut command).passes_before(Instant::now() + LONGEST_RUN);
}
