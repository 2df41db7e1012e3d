//! The guide: from the first socket to a service in production.
//!
//! It is for engineers who know actix-web. Each page says first what you get from it, and last where
//! to go next. The code of each page is compiled and run by the tests of this crate.
//!
//! | page | read it to |
//! |---|---|
//! | [`quick_start`] | have a server and two clients in five minutes |
//! | [`handlers`] | know what runs when, and where the state of a connection belongs |
//! | [`identity`] | let in the right users and pages, and end a session |
//! | [`topics`] | publish to rooms, also from routes and tasks, and treat slow subscribers |
#![cfg_attr(
    feature = "contract",
    doc = "| [`typed_modules`] | have types on both sides: calls, answers, topics, and a client in TypeScript |"
)]
#![cfg_attr(
    not(feature = "contract"),
    doc = "| `typed_modules`, with the feature `contract` | have types on both sides: calls, answers, topics, and a client in TypeScript |"
)]
//! | [`compression`] | send fewer bytes |
//! | [`proxies`] | run it behind nginx, HAProxy, Caddy or a load balancer |
//! | [`deploying`] | run it as a service, and stop it without losses |
#![cfg_attr(
    all(feature = "redis", feature = "nats"),
    doc = "| [`cluster`] | run it on many machines, over Redis or NATS |"
)]
#![cfg_attr(
    not(all(feature = "redis", feature = "nats")),
    doc = "| `cluster`, with the features `redis` and `nats` | run it on many machines, over Redis or NATS |"
)]
//! | [`observing`] | see in logs and counters what it does |
#![cfg_attr(
    feature = "test",
    doc = "| [`testing`] | test handlers in milliseconds, without ports and sleeps |"
)]
#![cfg_attr(
    not(feature = "test"),
    doc = "| `testing`, with the feature `test` | test handlers in milliseconds, without ports and sleeps |"
)]
//! | [`clients`] | write clients that come back after a lost network |
#![cfg_attr(
    feature = "contract",
    doc = "| [`protocol`] | write a client of typed modules in another language |"
)]
#![cfg_attr(
    not(feature = "contract"),
    doc = "| `protocol`, with the feature `contract` | write a client of typed modules in another language |"
)]
//! | [`coming_from`] | move from actix-ws, axum, Socket.IO, Bun or Brisa |
//! | [`sizing`] | know how much memory, CPU and bandwidth it takes |
//!
//! The reference of the attribute is on [`websocket`](macro@crate::websocket).

#[doc = include_str!("../docs/guide/quick_start.md")]
pub mod quick_start {}

#[doc = include_str!("../docs/guide/handlers.md")]
pub mod handlers {}

#[doc = include_str!("../docs/guide/identity.md")]
pub mod identity {}

#[doc = include_str!("../docs/guide/topics.md")]
pub mod topics {}

#[cfg(feature = "contract")]
#[doc = include_str!("../docs/guide/typed_modules.md")]
pub mod typed_modules {}

#[doc = include_str!("../docs/guide/compression.md")]
pub mod compression {}

#[doc = include_str!("../docs/guide/proxies.md")]
pub mod proxies {}

#[doc = include_str!("../docs/guide/deploying.md")]
pub mod deploying {}

#[cfg(all(feature = "redis", feature = "nats"))]
#[doc = include_str!("../docs/guide/cluster.md")]
pub mod cluster {}

#[doc = include_str!("../docs/guide/observing.md")]
pub mod observing {}

#[cfg(feature = "test")]
#[doc = include_str!("../docs/guide/testing.md")]
pub mod testing {}

#[doc = include_str!("../docs/guide/clients.md")]
pub mod clients {}

#[cfg(feature = "contract")]
#[doc = include_str!("../docs/guide/protocol.md")]
pub mod protocol {}

#[doc = include_str!("../docs/guide/coming_from.md")]
pub mod coming_from {}

#[doc = include_str!("../docs/guide/sizing.md")]
pub mod sizing {}
