//! A connection with a server that does what the test says.

mod batches;
mod peer;
mod protocols;
mod sessions;
