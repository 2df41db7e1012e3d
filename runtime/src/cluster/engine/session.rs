//! One connection to the broker, from its start to its end.

use std::{future::poll_fn, task::Poll, time::Duration};

use tokio::{
    sync::mpsc,
    time::{Instant, timeout},
};

use super::{
    core::{Asks, Core, OwnPost, Session},
    publishing, receiving,
    shared::Request,
    subscribing, watching,
};
use crate::{
    clock,
    cluster::broker::{BrokerError, Connection, Driver, Inbound, Kind, Publisher, Subscriber},
    cluster::subject::Subject,
    link::Stage,
};

/// How long a broken connection may be silent before it is dropped. What has arrived is read first.
const SILENCE: Duration = Duration::from_millis(200);

/// The time that a broken connection is read at most.
const LONGEST_DRAIN: Duration = Duration::from_secs(2);

/// The connection of a driver.
pub(super) type ConnectionOf<D> =
    Connection<<D as Driver>::Publisher, <D as Driver>::Subscriber, <D as Driver>::Inbound>;

/// How a session has ended.
#[derive(Debug)]
pub(super) enum Ended {
    /// The node has left the cluster.
    Left,
    Broken(BrokerError),
}

/// Connects, and checks that the broker lets the node do all that it needs, and that what the node
/// sends comes back.
pub(super) async fn connect<D: Driver>(
    core: &Core,
    driver: &mut D,
) -> Result<ConnectionOf<D>, BrokerError> {
    let deadline = core.shared.settings.deadline;
    let mut step = Step::Connect;
    let connected = timeout(deadline, async {
        let mut connection = driver.connect(&core.shared.client()).await?;
        step = Step::Check;
        let Connection {
            publisher,
            subscriber,
            inbound,
        } = &mut connection;
        tokio::select! {
            biased;
            error = receiving::read(core, inbound) => Err(error),
            checked = check(core, publisher, subscriber) => checked,
        }?;
        Ok(connection)
    });
    match connected.await {
        Ok(connected) => connected,
        Err(_) => Err(step.timed_out(deadline)),
    }
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Connect,
    Check,
}

impl Step {
    fn timed_out(self, deadline: Duration) -> BrokerError {
        let text = match self {
            Self::Connect => format!("no answer within {deadline:?}"),
            Self::Check => format!("a message to itself has not come back within {deadline:?}"),
        };
        BrokerError::new(Kind::TimedOut, text)
    }
}

/// Subscribes and publishes to a subject of each class, and waits until all of it has come back.
async fn check(
    core: &Core,
    publisher: &mut impl Publisher,
    subscriber: &mut impl Subscriber,
) -> Result<(), BrokerError> {
    let subjects = [
        Subject::Node(core.shared.link.tag()),
        Subject::Control,
        Subject::Topic(""),
    ];
    let names = subjects.map(|subject| core.subjects.text(subject));
    subscriber.subscribe(&names).await?;
    let now = clock::now();
    for subject in subjects {
        core.probe(subject, now);
    }
    let posts: Vec<_> = std::iter::from_fn(|| core.next_post()).collect();
    let batch: Vec<_> = posts.iter().map(OwnPost::as_post).collect();
    let refusals = publisher.publish(&batch).await?;
    if let Some(refusal) = refusals.into_iter().next() {
        return Err(refusal.error);
    }
    core.echoed().await;
    Ok(())
}

/// Runs a session until the connection breaks, or until the node has left the cluster.
pub(super) async fn run<P: Publisher, S: Subscriber, I: Inbound>(
    core: &Core,
    connection: Connection<P, S, I>,
    requests: &mut mpsc::Receiver<Request>,
) -> Ended {
    let Connection {
        mut publisher,
        mut subscriber,
        mut inbound,
    } = connection;
    core.session.reads.replace(inbound.reads());
    core.connected(clock::now());
    // The first part that ends, ends all.
    let ended = tokio::select! {
        biased;
        () = abandoned(core) => Ended::Left,
        error = receiving::read(core, &mut inbound) => Ended::Broken(error),
        ended = publishing::run(core, &mut publisher) => ended,
        error = subscribing::run(core, &mut subscriber) => Ended::Broken(error),
        error = watching::run(core) => Ended::Broken(error),
        () = serve(core, requests) => Ended::Left,
    };
    match &ended {
        Ended::Left => {
            let _ = timeout(core.shared.settings.deadline, publisher.close()).await;
        }
        Ended::Broken(_) => {
            core.session.is_checked.set(false);
            drain(core, &mut inbound).await;
        }
    }
    core.disconnected();
    ended
}

impl Core {
    /// Waits until the last probe has come back.
    async fn echoed(&self) {
        let Session { probe, echo, .. } = &self.session;
        if self.echoes {
            // What comes back is read by the same task.
            poll_fn(|_| match echo.get() < probe.get() {
                true => Poll::Pending,
                false => Poll::Ready(()),
            })
            .await;
        }
    }

    /// Begins a session over a connection that is checked.
    fn connected(&self, now: Instant) {
        self.session.began.set(now);
        self.session.proof.set(now);
        let mut registry = self.shared.registry();
        registry.connected(now);
        // A broker that was restarted acknowledges messages before the others have subscribed again.
        let mut gate = self.gate.borrow_mut();
        gate.close(registry.peers().map(|peer| peer.id));
        drop((registry, gate));
        self.interest.borrow_mut().connected();
        self.session.is_checked.set(true);
        self.want_hello(Asks::Yes);
    }
}

/// Waits until the node is to leave at once.
async fn abandoned(core: &Core) {
    let mut stages = core.shared.link.stages();
    loop {
        let stage = *stages.borrow_and_update();
        core.stage.set(stage);
        if stage >= Stage::Abandoned {
            return;
        }
        core.to_publish.set();
        if stages.changed().await.is_err() {
            return;
        }
    }
}

/// Serves handles.
async fn serve(core: &Core, requests: &mut mpsc::Receiver<Request>) {
    while let Some(request) = requests.recv().await {
        core.serve(request, true, clock::now());
    }
}

/// Reads what has arrived over a connection that is broken: the broker has acknowledged it to its
/// sender, so it does not come again.
async fn drain(core: &Core, inbound: &mut impl Inbound) {
    let drained = timeout(LONGEST_DRAIN, async {
        let mut errors = 0;
        while let Ok(Some(next)) = timeout(SILENCE, receiving::next(core, inbound)).await {
            match next {
                Ok(received) => core.receive(&received, clock::now()),
                // Messages may follow the first one.
                Err(_) if errors == 0 => errors += 1,
                Err(_) => return,
            }
        }
    });
    let _ = drained.await;
    core.wake_workers();
}
