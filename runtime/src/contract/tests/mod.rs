// The types are described and never made.
#![allow(dead_code)]

mod lock;
mod locked;
mod returned;
mod schemas;
