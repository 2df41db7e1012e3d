//! One file for each subject.

#[cfg(feature = "json")]
mod bad_frames;
mod beside_actix_ws;
mod bursts;
#[cfg(feature = "json")]
mod calls;
mod close_topic;
mod closing;
mod compression;
mod docs;
mod dropped;
mod errors;
mod exhaustive;
mod handshake;
mod hostile;
#[cfg(feature = "json")]
mod joins;
#[cfg(feature = "test")]
#[cfg(all(feature = "redis", feature = "nats"))]
mod kept;
mod kit;
mod links;
mod logs;
mod messages;
#[cfg(all(feature = "metrics", feature = "test"))]
mod metrics;
mod model;
mod origins;
mod panics;
mod paths;
mod pending;
mod publish_options;
mod publishing;
mod rates;
mod receivers;
#[cfg(feature = "redis")]
mod redis;
mod refusals;
mod rooms;
mod routes;
mod sending;
mod servers;
mod shutdown;
#[cfg(unix)]
mod signals;
mod slow_consumers;
mod spaces;
mod stats;
mod stress;
mod structure;
#[cfg(feature = "json")]
mod subprotocol;
mod subscription;
mod timeouts;
mod topics;
#[cfg(feature = "json")]
mod typed_module;
#[cfg(feature = "json")]
mod typed_topics;
mod upgrading;
mod waiting;
