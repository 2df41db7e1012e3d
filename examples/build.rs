//! Looks for what some tests need, so that cargo reports those that cannot run here as ignored.

use std::{
    env,
    path::{Path, PathBuf},
};

#[path = "tests/it/support/requirements.rs"]
#[allow(dead_code, reason = "the rest is for the tests")]
mod requirements;

/// Set to 1 where a test must fail, and not be ignored, for want of something.
const REQUIRE: &str = "LEVANTE_REQUIRE_SERVICES";

fn main() {
    let required = env::var_os(REQUIRE).is_some_and(|value| value == "1");
    for (without, requirements) in [
        ("without_browser", requirements::browser()),
        ("without_node", requirements::node(&["ws"])),
        ("without_typescript", requirements::node(&["typescript"])),
        ("without_asyncapi", requirements::asyncapi()),
        ("without_python", requirements::python()),
        ("without_nginx", requirements::proxy("nginx")),
        ("without_haproxy", requirements::proxy("haproxy")),
        ("without_redis", requirements::broker("redis-server")),
        ("without_nats", requirements::broker("nats-server")),
    ] {
        println!("cargo::rustc-check-cfg=cfg({without})");
        if requirements.is_err() && !required {
            println!("cargo::rustc-cfg={without}");
        }
    }
    for variable in [REQUIRE, requirements::CHROMIUM, "PATH"] {
        println!("cargo::rerun-if-env-changed={variable}");
    }
    watch(&requirements::chromium());
    watch(&requirements::tests().join("asyncapi"));
    watch(&requirements::tests().join("browser"));
    watch(&requirements::tests().join("interop"));
    for program in [
        "node",
        "python3",
        "nginx",
        "haproxy",
        "redis-server",
        "nats-server",
    ] {
        watch_program(program);
    }
}

/// Has cargo look again when a file is there or is gone. One that is missing is looked for in its
/// folder: cargo would run this script each time for it.
fn watch(path: &Path) {
    let folder = path.parent().filter(|folder| folder.exists());
    let watched = folder.filter(|_| !path.exists()).unwrap_or(path);
    println!("cargo::rerun-if-changed={}", watched.display());
}

/// The same for a program, wherever it may be installed.
fn watch_program(name: &str) {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = env::split_paths(&path).filter(|it| it.exists()).collect();
    let mut programs = folders.iter().map(|folder| folder.join(name));
    match programs.find(|program| program.exists()) {
        Some(program) => watch(&program),
        None => folders.iter().for_each(|folder| watch(folder)),
    }
}
