//! Servers as processes: where they run, and what they use.

mod children;
mod cores;
mod files;
mod server;
mod usage;

pub(crate) use self::{
    children::end_with_us,
    cores::{Cores, pin},
    files::{most_connections, raise_limit},
    server::Server,
    usage::{Memory, cpu_time, machine_time, memory},
};
