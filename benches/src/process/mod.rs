//! Servers as processes: their cores, and their use of CPU time and memory.

mod children;
mod cores;
mod files;
mod noise;
mod server;
mod usage;

pub(crate) use self::{
    children::end_with_us,
    cores::Cores,
    files::{most_connections, raise_limit},
    noise::Noise,
    server::{Server, free_address},
    usage::{Memory, cpu_time, memory},
};
