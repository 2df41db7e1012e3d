//! Documents of AsyncAPI are valid for the parser of AsyncAPI. The script is in `tests/asyncapi`.

use std::{
    fs,
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use crate::support::{
    http,
    process::{Example, Process},
    requirements,
};

/// How long the parser may take.
const LONGEST_RUN: Duration = Duration::from_secs(600);

#[test]
#[cfg_attr(
    without_asyncapi,
    ignore = "needs Node.js with the parser of AsyncAPI: see CONTRIBUTING.md"
)]
fn a_contract_of_all_types_is_valid() {
    let repository = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    // The unit tests of the runtime compare it with what levante makes.
    is_valid(&repository.join("runtime/src/contract/tests/zoo.asyncapi.json"));
}

#[test]
#[cfg_attr(
    without_asyncapi,
    ignore = "needs Node.js with the parser of AsyncAPI: see CONTRIBUTING.md"
)]
fn what_the_chat_serves_is_valid() {
    let chat = Example::chat();
    let document = http::get(chat.address, "/asyncapi.json").body;
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("chat.asyncapi.json");
    fs::write(&file, document).unwrap();
    is_valid(&file);
}

fn is_valid(document: &Path) {
    requirements::assert(requirements::asyncapi());
    let mut command = Command::new("node");
    command
        .arg(requirements::tests().join("asyncapi/validate.mjs"))
        .arg(document);
    Process::start(&mut command).passes_before(Instant::now() + LONGEST_RUN);
}
