//! Compile tests of the `#[websocket]` attribute; see `tests/` and `examples/`.
