//! The state of the engine. Only the thread of the broker has it; its parts share it.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    fmt::Display,
    sync::Arc,
    time::Duration,
};

use tokio::{sync::oneshot, time::Instant};

use super::{
    counts::Counts,
    shared::{Others, Request, Shared},
    signal::Signal,
};
use crate::{
    cluster::{
        broker::{Post, Reads, Received},
        envelope::{Body, Envelope, Hello, Sessions, Versions},
        gate::Gate,
        hold::Hold,
        interest::Interest,
        sequence::Sequences,
        subject::{Subject, Subjects},
        window::Window,
    },
    link::{Item, Stage},
    log::{Quoted, limited},
};

/// The most messages of the engine itself that wait to be sent. A node that cannot get rid of them
/// does not answer, which its peers count.
const MOST_POSTS: usize = 4096;

/// A broker that refuses single messages is not asked more often than this whether it refuses all.
const DOUBT: Duration = Duration::from_secs(1);

pub(super) struct Core {
    pub(super) shared: Arc<Shared>,
    pub(super) subjects: Subjects,
    /// Whether what the node sends to itself comes back.
    pub(super) echoes: bool,
    pub(super) window: RefCell<Window<Item>>,
    pub(super) interest: RefCell<Interest>,
    pub(super) sequences: RefCell<Sequences>,
    pub(super) gate: RefCell<Gate>,
    pub(super) hold: RefCell<Hold<Received>>,
    pub(super) counts: RefCell<Counts>,
    pub(super) session: Session,
    /// The stage of the link, as it was last seen.
    pub(super) stage: Cell<Stage>,
    /// The last item that was taken from the link.
    pub(super) taken: Cell<u64>,
    /// The last item that was acknowledged. It and those before may be sent again, but are counted
    /// already.
    pub(super) acknowledged: Cell<u64>,
    /// Whether the reader has made a pause for the other parts, although more may wait to be read.
    pub(super) is_behind: Cell<bool>,
    /// Whether messages were handed to workers that may still sleep.
    pub(super) owes_wake: Cell<bool>,
    /// The bytes of a batch: few if the broker is slow.
    pub(super) budget: Cell<usize>,
    /// Messages of the engine itself.
    posts: RefCell<VecDeque<OwnPost>>,
    /// Those that wait until all topics are subscribed.
    syncs: RefCell<Vec<oneshot::Sender<()>>>,
    /// Items on their way from the link to the window.
    items: RefCell<VecDeque<Item>>,
    /// There is something to publish, other than items.
    pub(super) to_publish: Signal,
    /// There is something to subscribe, other than marks.
    pub(super) to_subscribe: Signal,
    /// A deadline may have moved.
    pub(super) to_watch: Signal,
}

/// What is known of the present connection.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) began: Cell<Instant>,
    /// When the broker has last shown that the way there and back is open.
    pub(super) proof: Cell<Instant>,
    /// The reads of the connection.
    pub(super) reads: RefCell<Reads>,
    /// The number of the last probe that was sent.
    pub(super) probe: Cell<u64>,
    /// The number of the last probe that has come back.
    pub(super) echo: Cell<u64>,
    /// Whether the check at the start has passed, so that both ways are known to lead to the same
    /// broker.
    pub(super) is_checked: Cell<bool>,
    /// Whether all topics are subscribed.
    pub(super) is_ready: Cell<bool>,
    /// The heartbeat that is to be sent at once.
    pub(super) hello: Cell<Option<Asks>>,
    /// When the broker has last refused a message, and was asked whether it refuses all.
    pub(super) doubted: Cell<Option<Instant>>,
    /// The highest sequence number that was sent so far. It outlives a connection.
    pub(super) sent: Cell<u64>,
}

/// Whether a heartbeat asks all others for theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Asks {
    No,
    Yes,
}

/// A message of the engine itself, ready to be sent.
#[derive(Debug)]
pub(super) struct OwnPost {
    pub(super) subject: Box<str>,
    pub(super) payload: Vec<u8>,
}

impl OwnPost {
    pub(super) fn as_post(&self) -> Post<'_> {
        let Self { subject, payload } = self;
        Post { subject, payload }
    }
}

impl Core {
    pub(super) fn new(shared: Arc<Shared>, subjects: Subjects, echoes: bool, now: Instant) -> Self {
        let settings = &shared.settings;
        Self {
            window: RefCell::new(Window::new(settings.max_age)),
            interest: RefCell::new(Interest::new(settings.linger, now)),
            shared,
            subjects,
            echoes,
            sequences: RefCell::new(Sequences::default()),
            gate: RefCell::default(),
            hold: RefCell::default(),
            counts: RefCell::default(),
            session: Session {
                began: Cell::new(now),
                proof: Cell::new(now),
                reads: RefCell::default(),
                probe: Cell::new(0),
                echo: Cell::new(0),
                is_checked: Cell::new(false),
                is_ready: Cell::new(false),
                hello: Cell::new(None),
                doubted: Cell::new(None),
                sent: Cell::new(0),
            },
            stage: Cell::new(Stage::Running),
            taken: Cell::new(0),
            acknowledged: Cell::new(0),
            is_behind: Cell::new(false),
            owes_wake: Cell::new(false),
            budget: Cell::new(super::publishing::FIRST_BUDGET),
            posts: RefCell::default(),
            syncs: RefCell::default(),
            items: RefCell::default(),
            to_publish: Signal::default(),
            to_subscribe: Signal::default(),
            to_watch: Signal::default(),
        }
    }

    pub(super) fn node(&self) -> u64 {
        self.shared.link.node()
    }

    /// Takes what waits at the link, so that its age is known, and gives up what is too old.
    pub(super) fn absorb(&self, now: Instant) {
        let mut items = self.items.borrow_mut();
        self.shared.link.take(&mut items, usize::MAX);
        let mut window = self.window.borrow_mut();
        for item in items.drain(..) {
            self.taken.set(item.sequence);
            let cost = item.cost();
            window.push(item, cost, now);
        }
        let expired = window.expire(now);
        drop(window);
        self.lose(expired.messages, "the broker was away for too long");
        self.shared.link.release(expired.cost);
    }

    /// Counts messages as lost. They must not be counted yet.
    pub(super) fn lose(&self, messages: u64, why: impl Display) {
        if messages == 0 {
            return;
        }
        self.shared.counters.lost.add(messages);
        limited!(WARN, messages, "messages for other nodes are lost: {why}");
        self.confirm();
    }

    /// Tells a flush which items are acknowledged or lost. Those behind the last acknowledged one may
    /// all be lost.
    pub(super) fn confirm(&self) {
        let last = match self.is_settled() {
            true => self.taken.get(),
            false => self.acknowledged.get(),
        };
        self.shared.link.confirm(last);
    }

    /// Whether all items that were taken are acknowledged or lost.
    fn is_settled(&self) -> bool {
        let counters = &self.shared.counters;
        counters.acknowledged.get() + counters.lost.get() >= self.taken.get()
    }

    /// Takes the topics that were marked, and looks which of them are wanted.
    pub(super) fn take_marks(&self, now: Instant) {
        let names = self.shared.link.take_marks();
        if names.is_empty() {
            return;
        }
        let space = self.shared.space.upgrade();
        let mut interest = self.interest.borrow_mut();
        for name in &names {
            let name = name.as_name();
            let is_wanted = space.as_ref().is_some_and(|space| space.hears(name));
            interest.mark(name, is_wanted, now);
        }
    }

    /// Whether the node may leave: it is to stop, and all that was accepted is acknowledged or lost;
    /// or it is to leave at once.
    pub(super) fn may_leave(&self) -> bool {
        match self.stage.get() {
            Stage::Running => false,
            Stage::Stopping => self.shared.link.levels().waiting == 0 && self.is_settled(),
            Stage::Abandoned | Stage::Left => true,
        }
    }

    /// Queues a message of the engine itself.
    pub(super) fn post(&self, subject: Subject<'_>, body: Body<'_>, now: Instant) {
        let sequence = match body {
            Body::Hello(_) => self.session.sent.get(),
            _ => 0,
        };
        let envelope = Envelope {
            node: self.node(),
            lane: 0,
            sequence,
            session: Envelope::FIRST,
            topic: None,
            body,
        };
        let version = self.shared.registry().write_version(now);
        let mut payload = Vec::new();
        let mut posts = self.posts.borrow_mut();
        if envelope.encode(version, &mut payload).is_ok() && posts.len() < MOST_POSTS {
            posts.push_back(OwnPost {
                subject: self.subjects.text(subject),
                payload,
            });
        }
        drop(posts);
        self.to_publish.set();
    }

    pub(super) fn next_post(&self) -> Option<OwnPost> {
        self.posts.borrow_mut().pop_front()
    }

    pub(super) fn has_posts(&self) -> bool {
        !self.posts.borrow().is_empty()
    }

    /// Queues a probe, which is to come back.
    pub(super) fn probe(&self, subject: Subject<'_>, now: Instant) {
        let number = self.session.probe.get() + 1;
        self.session.probe.set(number);
        self.post(subject, Body::Probe { number }, now);
    }

    /// Has a heartbeat sent with the next batch. Several that are wanted by then are one.
    pub(super) fn want_hello(&self, asks: Asks) {
        let hello = self.session.hello.get().max(Some(asks));
        self.session.hello.set(hello);
        self.to_publish.set();
    }

    /// Finds out whether the broker refuses one message or all of them, for want of a permission. If
    /// it refuses all, the session ends, and what is published from then on waits.
    pub(super) fn doubt(&self, now: Instant) {
        let Session { doubted, .. } = &self.session;
        if doubted.get().is_none_or(|last| now >= last + DOUBT) {
            doubted.set(Some(now));
            self.probe(Subject::Topic(""), now);
            self.want_hello(Asks::No);
        }
    }

    /// Queues the heartbeat that is wanted.
    pub(super) fn post_hello(&self, now: Instant) {
        let Some(asks) = self.session.hello.take() else {
            return;
        };
        let settings = &self.shared.settings;
        let mut registry = self.shared.registry();
        let (own, heard) = (registry.session(), registry.name_heard());
        let has_more = registry.has_unnamed();
        drop(registry);
        let hello = Hello {
            versions: Versions::OURS,
            ready: self.session.is_ready.get(),
            asks: asks == Asks::Yes,
            application: &settings.application,
            name: &settings.name,
            sessions: Some(Sessions { own, heard: &heard }),
        };
        self.post(Subject::Control, Body::Hello(hello), now);
        if has_more {
            self.want_hello(Asks::No);
        }
    }

    /// Serves a request of a handle.
    pub(super) fn serve(&self, request: Request, is_connected: bool, now: Instant) {
        match request {
            Request::Sync { reply } => {
                let mut syncs = self.syncs.borrow_mut();
                // While the broker is away, callers may give up and ask again, for hours.
                syncs.retain(|reply| !reply.is_closed());
                syncs.push(reply);
                drop(syncs);
                self.to_subscribe.set();
            }
            Request::Count { topic, reply } => {
                let peers: Vec<_> = self.shared.registry().peers().map(|it| it.id).collect();
                if !is_connected {
                    let missing = peers.len();
                    let _ = reply.send(Others {
                        missing,
                        ..Others::default()
                    });
                    return;
                }
                let deadline = now + self.shared.settings.deadline;
                let has_peers = !peers.is_empty();
                let query = self
                    .counts
                    .borrow_mut()
                    .begin(peers.into_iter(), deadline, reply);
                if has_peers {
                    let topic = &topic;
                    self.post(Subject::Control, Body::Count { query, topic }, now);
                    self.to_watch.set();
                }
            }
        }
    }

    /// Tells those that wait that all topics are subscribed.
    pub(super) fn synced(&self) {
        for reply in self.syncs.take() {
            let _ = reply.send(());
        }
    }

    /// Forgets the connection that is lost.
    pub(super) fn disconnected(&self) {
        self.posts.borrow_mut().clear();
        self.session.hello.set(None);
        self.session.is_checked.set(false);
        self.session.is_ready.set(false);
        self.session.doubted.set(None);
        self.interest.borrow_mut().disconnected();
        self.counts.borrow_mut().disconnected();
        self.shared.counters.topics.set(0);
        let mut registry = self.shared.registry();
        registry.disconnected();
        self.hold.borrow_mut().close(registry.numbering());
        drop(registry);
        let (mut lost, acknowledged) = (0, self.acknowledged.get());
        let poisoned = self.window.borrow_mut().disconnected(|item| {
            lost += u64::from(item.sequence > acknowledged);
        });
        self.lose(
            lost,
            "the connection to the broker has broken with them each time",
        );
        self.shared.link.release(poisoned.cost);
    }

    /// Logs an error of the broker.
    pub(super) fn log(&self, error: &impl Display, what: &str) {
        limited!(
            WARN,
            url = %Quoted(&self.shared.url),
            error = %Quoted(error),
            "{what}"
        );
    }
}
