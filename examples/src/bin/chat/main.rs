//! The chat.
fn main() {}
