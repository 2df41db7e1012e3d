//! Many processes as one: the same modules, over a broker.

mod backoff;
mod broker;
mod counted;
mod engine;
mod envelope;
mod error;
mod gate;
mod handle;
mod interest;
mod join;
mod memory;
mod node;
mod registry;
mod sequence;
mod settings;
mod state;
mod stats;
mod subject;
mod url;
mod window;

pub use self::{
    counted::Counted,
    error::JoinError,
    handle::Cluster,
    join::{Broker, Join},
    memory::Memory,
    node::Node,
    state::State,
    stats::ClusterStats,
    url::UrlError,
};

#[cfg(test)]
#[cfg(feature = "test")]
mod tests;
