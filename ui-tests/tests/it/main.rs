//! Each mistake has its own file in `tests/ui`, named after it, and beside it the messages of
//! rustc. `TRYBUILD=overwrite cargo test -p levante-ui-tests` writes the messages anew. Read the
//! difference.
//!
//! Code that must compile is in `examples`. Each file is a crate of its own, and `cargo test`
//! builds it. trybuild gets no such file: it checks all cases that must not compile with one `cargo
//! check`, but builds and links all cases one after another if a single one must compile.

#[test]
fn ui() {
    let tests = trybuild::TestCases::new();
    for rule in [
        "module",
        "handler",
        "parameter",
        "setting",
        "data",
        "route",
        "method",
        "test",
        "word",
        "typed",
    ] {
        tests.compile_fail(format!("tests/ui/{rule}/*.rs"));
    }
    // What else a contract needs. All other mistakes have the same messages with it and without.
    if cfg!(feature = "contract") {
        tests.compile_fail("tests/ui/contract/*.rs");
    } else {
        tests.compile_fail("tests/ui/no_contract/*.rs");
    }
}
