//! Real-time servers on actix.
