// The types are described and never made.
#![allow(dead_code)]

mod asyncapi;
mod lock;
mod locked;
mod names;
mod returned;
mod schemas;
pub(super) mod zoo;
