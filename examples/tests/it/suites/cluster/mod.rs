//! Three nodes, a broker, and what may go wrong between them.

mod ends;
mod means;
mod outages;
mod refusals;
mod restarts;
mod start;
mod strangers;
mod together;

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

use with_each;
