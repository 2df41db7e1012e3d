//! Every mistake in its own file of `tests/ui`, named after it, with the words that rustc has for it
//! beside it. `TRYBUILD=overwrite cargo test -p levante-ui-tests` writes them anew, for a person to
//! read the difference.

#[test]
fn ui() {
    let tests = trybuild::TestCases::new();
    tests.pass("tests/ui/pass/*.rs");
    for rule in ["module", "handler", "parameter", "setting", "data", "route"] {
        tests.compile_fail(format!("tests/ui/{rule}/*.rs"));
    }
}
