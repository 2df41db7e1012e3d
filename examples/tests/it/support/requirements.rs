//! Programs and packages that some tests need and cargo does not install. The build script checks
//! for them, too. If one is missing, cargo reports these tests as ignored. With
//! `LEVANTE_REQUIRE_SERVICES=1` they fail instead.

use std::{
    env,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// The environment variable that names a Chromium other than Debian's.
pub(crate) const CHROMIUM: &str = "CHROMIUM";

/// Fails a test that cannot run here. The user has asked for it, so it was not ignored.
pub(crate) fn assert(requirements: Result<(), String>) {
    if let Err(missing) = requirements {
        panic!("{missing}");
    }
}

/// A browser, and the packages that drive it.
pub(crate) fn browser() -> Result<(), String> {
    let chromium = chromium();
    if !chromium.exists() {
        let path = chromium.display();
        return Err(format!(
            "{path} is not there: install Chromium, or set CHROMIUM to its path"
        ));
    }
    node(&["axe-core", "playwright-core", "ws"])
}

/// Node.js with the parser of AsyncAPI.
pub(crate) fn asyncapi() -> Result<(), String> {
    node_in("asyncapi", &["@asyncapi/parser"])
}

/// Node.js with these packages.
pub(crate) fn node(packages: &[&str]) -> Result<(), String> {
    node_in("browser", packages)
}

fn node_in(folder: &str, packages: &[&str]) -> Result<(), String> {
    if !runs("node", "--version") {
        return Err("`node` is not there: install Node.js 20 or newer".to_owned());
    }
    let directory = tests().join(folder);
    for package in packages {
        if !directory.join("node_modules").join(package).exists() {
            let path = directory.display();
            return Err(format!(
                "{package} is not there: run `npm install` in {path}"
            ));
        }
    }
    Ok(())
}

/// Python with the package websockets.
pub(crate) fn python() -> Result<(), String> {
    if !runs("python3", "--version") {
        return Err("`python3` is not there: install Python 3.11 or newer".to_owned());
    }
    if !python_site().join("websockets").exists() {
        let path = tests().join("interop");
        let path = path.display();
        return Err(format!(
            "websockets is not there: run `python3 -m pip install --target site --requirement \
             requirements.txt` in {path}"
        ));
    }
    Ok(())
}

/// A proxy, by the name of its program.
pub(crate) fn proxy(program: &str) -> Result<(), String> {
    if !runs(program, "-v") {
        return Err(format!("`{program}` is not there: install {program}"));
    }
    Ok(())
}

/// A broker, by the name of its program.
pub(crate) fn broker(program: &str) -> Result<(), String> {
    if !runs(program, "--version") {
        return Err(format!("`{program}` is not there: install {program}"));
    }
    Ok(())
}

fn runs(program: &str, version: &str) -> bool {
    let status = Command::new(program)
        .arg(version)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    status.is_ok_and(|status| status.success())
}

/// The folder of the scripts and their packages.
pub(crate) fn tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

/// The folder of Python's packages.
pub(crate) fn python_site() -> PathBuf {
    tests().join("interop/site")
}

/// The browser: Debian's, unless the environment names another.
pub(crate) fn chromium() -> PathBuf {
    env::var_os(CHROMIUM).map_or_else(|| "/usr/bin/chromium".into(), PathBuf::from)
}
