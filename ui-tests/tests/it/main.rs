//! Every mistake in its own file of `tests/ui`, named after it, with the words that rustc has for it
//! beside it. `TRYBUILD=overwrite cargo test -p levante-ui-tests` writes them anew, for a person to
//! read the difference.
//!
//! What must compile is in `examples`, each file a crate of its own, which `cargo test` builds. No
//! such file goes to trybuild: a single one would make it build and link all cases one after
//! another, while one `cargo check` does for all cases that must not compile.

#[test]
fn ui() {
    let tests = trybuild::TestCases::new();
    for rule in ["module", "handler", "parameter", "setting", "data", "route"] {
        tests.compile_fail(format!("tests/ui/{rule}/*.rs"));
    }
}
