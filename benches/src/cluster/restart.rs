//! A broker that is killed and started again, when a node has subscribed to many topics.

use std::{
    io, thread,
    time::{Duration, Instant},
};

use super::nodes::Nodes;
use crate::{
    client::{Kind, Service},
    peers::Clustered,
};

/// How long the broker is away.
const AWAY: Duration = Duration::from_millis(500);

/// How long the node may take to subscribe again.
const PATIENCE: Duration = Duration::from_secs(60);

const POLL: Duration = Duration::from_millis(10);

/// Measures how long it takes from the start of the new broker until it has the node's
/// subscriptions to this many topics. Then a message from another node must arrive.
///
/// # Errors
///
/// If the node does not subscribe again, or the message does not arrive.
pub(super) fn restart(clustered: &Clustered, topics: usize) -> io::Result<Duration> {
    let mut nodes = Nodes::start(clustered, 2)?;
    let targets = nodes.targets();
    let [first, second] = targets[..] else {
        return Err(io::Error::other("there are not two nodes"));
    };
    let mut subscriber = first.open(0, Service::Topics(topics))?;
    nodes.wait_until_subscribed()?;
    let broker = nodes
        .broker
        .as_mut()
        .ok_or_else(|| io::Error::other("there is no broker to restart"))?;
    let before = broker.subscriptions()?;
    if before < topics {
        let problem = format!("the broker counts {before} subscriptions, not {topics}");
        return Err(io::Error::other(problem));
    }

    broker.kill();
    thread::sleep(AWAY);
    broker.restart()?;
    let began = Instant::now();
    while broker.subscriptions()? < topics {
        if began.elapsed() > PATIENCE {
            let problem = format!(
                "{} of {topics} are subscribed again",
                broker.subscriptions()?
            );
            return Err(io::Error::new(io::ErrorKind::TimedOut, problem));
        }
        thread::sleep(POLL);
    }
    let took = began.elapsed();

    // The names are those of `cluster-server`.
    let last = format!("topic/{}", topics - 1);
    let mut speaker = second.open(1, Service::Speaker(&last))?;
    speaker.send(&second.to_server(Kind::Text, b"after the restart")?)?;
    first.expect(&mut subscriber, Kind::Text, b"after the restart")?;
    Ok(took)
}
