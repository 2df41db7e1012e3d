//! Servers as processes: where they run, and what they use.

mod cores;
mod files;
mod server;
mod usage;

pub(crate) use self::{
    cores::{Cores, pin},
    files::raise_limit,
    server::Server,
    usage::{Memory, cpu_time, machine_time, memory},
};
