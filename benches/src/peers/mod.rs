//! The servers of the comparison, and how to start them.

mod clustered;
mod versions;

use std::{
    env, io,
    path::{Path, PathBuf},
    process::Command,
};

pub(crate) use self::clustered::{Broker, CLUSTERED, Clustered};
use crate::{client::Dialect, workload::Workload};

/// A server that can be compared.
#[derive(Debug)]
pub(crate) struct Peer {
    /// The name on the command line.
    pub(crate) id: &'static str,
    /// The name in the report.
    pub(crate) name: &'static str,
    /// The package whose version the report names.
    package: &'static str,
    /// Whether it serves one pub/sub space from as many threads as `WORKERS` says.
    pub(crate) has_workers: bool,
    /// Whether it supports TLS, with `TLS_CERT` and `TLS_KEY`.
    pub(crate) has_tls: bool,
    /// Whether it supports permessage-deflate, with `COMPRESSION`.
    pub(crate) has_compression: bool,
    /// The dialect that it speaks.
    pub(crate) dialect: Dialect,
    program: Program,
}

/// How a server is started. All listen on `PORT`.
#[derive(Debug)]
enum Program {
    /// A binary of this package, with an environment.
    Ours(&'static str, &'static [(&'static str, &'static str)]),
    /// A script in `benches/peers/js`, and its runtime: a path in `benches/peers`, or a name.
    Script(&'static str, &'static str),
    /// A binary of the package `benches/peers`.
    Crate(&'static str),
}

/// All servers, in the order of the report.
pub(crate) const ALL: &[Peer] = &[
    Peer {
        id: "levante-takeover",
        name: "levante",
        package: "levante",
        has_workers: true,
        has_tls: true,
        has_compression: true,
        dialect: Dialect::Plain,
        program: Program::Ours("bench-server", &[("DRIVER", "takeover")]),
    },
    Peer {
        id: "levante-body",
        name: "levante in actix-web",
        package: "actix-web",
        has_workers: true,
        has_tls: true,
        has_compression: true,
        dialect: Dialect::Plain,
        program: Program::Ours("bench-server", &[("DRIVER", "body")]),
    },
    Peer {
        id: "actix-ws",
        name: "actix-ws",
        package: "actix-ws",
        has_workers: true,
        has_tls: true,
        has_compression: false,
        dialect: Dialect::Plain,
        program: Program::Ours("actix-ws-server", &[]),
    },
    Peer {
        id: "bun",
        name: "Bun",
        package: "bun",
        has_workers: false,
        has_tls: true,
        has_compression: true,
        dialect: Dialect::Plain,
        program: Program::Script("node_modules/.bin/bun", "bun.js"),
    },
    Peer {
        id: "node-ws",
        name: "Node ws",
        package: "ws",
        has_workers: false,
        has_tls: true,
        has_compression: true,
        dialect: Dialect::Plain,
        program: Program::Script("node", "ws.mjs"),
    },
    Peer {
        id: "axum",
        name: "axum",
        package: "axum",
        has_workers: true,
        has_tls: false,
        has_compression: false,
        dialect: Dialect::Plain,
        program: Program::Crate("axum"),
    },
    Peer {
        id: "tokio-tungstenite",
        name: "tokio-tungstenite",
        package: "tokio-tungstenite",
        has_workers: true,
        has_tls: false,
        has_compression: false,
        dialect: Dialect::Plain,
        program: Program::Crate("tungstenite"),
    },
    Peer {
        id: "fastwebsockets",
        name: "fastwebsockets",
        package: "fastwebsockets",
        has_workers: true,
        has_tls: false,
        has_compression: false,
        dialect: Dialect::Plain,
        program: Program::Crate("fastwebsockets"),
    },
    Peer {
        id: "sockudo-ws",
        name: "sockudo-ws",
        package: "sockudo-ws",
        has_workers: true,
        has_tls: false,
        has_compression: false,
        dialect: Dialect::Plain,
        program: Program::Crate("sockudo"),
    },
    Peer {
        id: "socketioxide",
        name: "socketioxide",
        package: "socketioxide",
        has_workers: true,
        has_tls: false,
        has_compression: false,
        dialect: Dialect::SocketIo {
            pings_at_once: true,
        },
        program: Program::Crate("socketioxide"),
    },
];

const LOCK_FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.lock");
const PEERS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/peers");

impl Peer {
    /// The command that starts it with this many workers, if it is installed.
    pub(crate) fn command(&self, workers: usize) -> io::Result<Option<Command>> {
        let peers = Path::new(PEERS);
        let command = match self.program {
            Program::Ours(name, variables) => existing(folder()?.join(name)).map(|path| {
                let mut command = Command::new(path);
                command.envs(variables.iter().copied());
                command
            }),
            Program::Crate(name) => {
                existing(peers.join("target/release").join(name)).map(Command::new)
            }
            Program::Script(runtime, script) => existing(peers.join("node_modules"))
                .and_then(|_| find_runtime(runtime))
                .map(|runtime| {
                    let mut command = Command::new(runtime);
                    command.arg(peers.join("js").join(script));
                    command
                }),
        };
        Ok(command.map(|mut command| {
            command.env("WORKERS", workers.to_string());
            command
        }))
    }
}

impl Peer {
    /// Whether it is levante, built by this package.
    pub(crate) fn is_ours(&self) -> bool {
        matches!(self.program, Program::Ours(..))
    }

    /// The name on the command line, and whether it is installed.
    fn line(&self) -> String {
        let state = match self.command(1) {
            Ok(Some(_)) => "installed",
            Ok(None) | Err(_) => "not installed",
        };
        format!("{:<20} {state}\n", self.id)
    }

    /// The name in the report, and the version: `Bun 1.4.5`.
    pub(crate) fn with_version(&self) -> io::Result<String> {
        let Self { name, package, .. } = self;
        let version = self.version_of(package)?;
        // Bun is both the package and its runtime, which is in `benches/peers`.
        let node = match self.program {
            Program::Script(runtime, _) => find(runtime),
            Program::Ours(..) | Program::Crate(_) => None,
        };
        Ok(match node {
            Some(node) => {
                let of_node = versions::of_program(&node)?;
                format!("{name} {version} on Node.js {of_node}")
            }
            None => format!("{name} {version}"),
        })
    }

    /// The version of a package that is installed with it.
    fn version_of(&self, package: &str) -> io::Result<String> {
        let peers = Path::new(PEERS);
        match self.program {
            Program::Ours(..) => {
                versions::in_lock_file(Path::new(LOCK_FILE), "levante-benches", package)
            }
            Program::Crate(_) => {
                versions::in_lock_file(&peers.join("Cargo.lock"), "levante-peers", package)
            }
            Program::Script(..) => versions::installed_by_npm(&peers.join("node_modules"), package),
        }
    }
}

/// The peers, whether they are installed, and the workloads.
pub(crate) fn list() -> String {
    let mut list = String::new();
    for peer in ALL {
        list += &peer.line();
    }
    list += "\nOf `compare --cluster`:\n";
    for clustered in CLUSTERED {
        list += &clustered.peer.line();
    }
    list.push('\n');
    for workload in Workload::ALL {
        list += &workload.id();
        list.push('\n');
    }
    list
}

/// Fails in a debug build.
pub(crate) fn require_release() -> io::Result<()> {
    if cfg!(debug_assertions) {
        let problem = "figures of a debug build mean nothing; add --release";
        return Err(io::Error::other(problem));
    }
    Ok(())
}

/// Builds the servers of this package, with the profile and into the directory of this program.
pub(crate) fn build_ours() -> io::Result<()> {
    require_release()?;
    let target = folder()?;
    let target = target.parent().unwrap_or(&target);
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    cargo_build(manifest, target, &["--bins"])
}

/// Builds the peers that are crates.
pub(crate) fn build_crates() -> io::Result<()> {
    let peers = Path::new(PEERS);
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/peers/Cargo.toml");
    cargo_build(manifest, &peers.join("target"), &[])
}

fn cargo_build(manifest: &str, target: &Path, more: &[&str]) -> io::Result<()> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["build", "--release", "--manifest-path", manifest])
        .arg("--target-dir")
        .arg(target)
        .args(more)
        .status()?;
    if status.success() {
        Ok(())
    } else {
        Err(io::Error::other(format!("{manifest} does not build")))
    }
}

/// The folder of this package's binaries, which is that of this program.
pub(crate) fn folder() -> io::Result<PathBuf> {
    let mut path = env::current_exe()?;
    path.pop();
    Ok(path)
}

fn existing(path: PathBuf) -> Option<PathBuf> {
    path.exists().then_some(path)
}

/// The runtime of scripts: a path in `benches/peers`, or a name.
fn find_runtime(runtime: &str) -> Option<PathBuf> {
    if runtime.contains('/') {
        existing(Path::new(PEERS).join(runtime))
    } else {
        find(runtime)
    }
}

/// Finds a program on `PATH`, as a shell does.
pub(crate) fn find(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).find_map(|folder| existing(folder.join(name)))
}
