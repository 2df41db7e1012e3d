//! Clusters of real processes: a broker, wires that can be cut, nodes, and clients that keep count.

pub(crate) mod broker;
pub(crate) mod crowd;
pub(crate) mod envelope;
pub(crate) mod member;
pub(crate) mod node;
pub(crate) mod raw;
pub(crate) mod wire;

use std::time::{Duration, Instant};

use tokio::time::sleep;

use crate::support::process::PATIENCE;

/// A test with each broker.
macro_rules! with_each {
    ($($test:ident)*) => {
        mod redis {
            use crate::support::cluster::broker::Kind;

            $(
                #[tokio::test]
                #[cfg_attr(without_redis, ignore = "needs redis-server: see CONTRIBUTING.md")]
                async fn $test() {
                    super::$test(Kind::Redis).await;
                }
            )*
        }

        mod nats {
            use crate::support::cluster::broker::Kind;

            $(
                #[tokio::test]
                #[cfg_attr(without_nats, ignore = "needs nats-server: see CONTRIBUTING.md")]
                async fn $test() {
                    super::$test(Kind::Nats).await;
                }
            )*
        }
    };
}

pub(crate) use with_each;

/// Waits until a condition holds, and asks for it again and again meanwhile.
pub(crate) async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !holds().await {
        assert!(Instant::now() < deadline, "it never came that {what}");
        sleep(Duration::from_millis(10)).await;
    }
}
