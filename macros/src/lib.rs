//! The `#[websocket]` attribute.
