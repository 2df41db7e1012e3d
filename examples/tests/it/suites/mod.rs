//! One file for each subject.

mod asyncapi;
mod browser;
mod chat;
mod chat_cluster;
mod client;
mod cluster;
mod containers;
mod echo;
mod feed;
mod interop;
mod kit;
mod metrics;
mod proxies;
mod rooms;
mod start;
mod stop;
mod tls;
