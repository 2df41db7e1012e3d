//! A space with a link to other nodes, without a broker: what the link is offered, which topics it
//! marks, and what comes from other nodes.

use std::{collections::VecDeque, thread, time::Duration};

use proptest::prelude::*;

use super::*;
use crate::{
    clock,
    close::{CloseCode, CloseReason, ClosedBy},
    hub::{self, NotJoined},
    link::{Item, Link, OwnedPolicy, Routed, Stage, Target, What},
    message::{IntoMessage, Kind, Message, Outgoing},
    topics::SharedName,
};

const NODE: u64 = 0x0123_4567_89ab_cdef;
const LIMIT: usize = 1 << 20;

/// A space with sockets and a link. The ids of the sockets have the tag of the node.
fn linked(workers: usize, sockets: usize) -> (Arc<Space>, Vec<Arc<Core>>, Arc<Link>) {
    let (space, _) = space(workers, 0);
    let link = Arc::new(Link::new(NODE, LIMIT));
    hub::join(&space, &link).unwrap();
    let sockets = (0..sockets).map(|number| {
        let worker = &space.workers()[number % workers];
        open(worker, SocketId::random(Some(link.tag())).unwrap())
    });
    let sockets = sockets.collect();
    (space, sockets, link)
}

/// A socket that look-ups find.
fn open(worker: &Arc<Worker>, id: SocketId) -> Arc<Core> {
    let core = register(worker, Identity { id, ..identity() });
    worker.share(core.key(), Arc::new(()));
    core
}

fn subscribe(core: &Arc<Core>, topic: &str) {
    assert!(core.worker.subscribe(core, topic));
}

fn items(link: &Link) -> Vec<Item> {
    let mut items = VecDeque::new();
    link.take(&mut items, usize::MAX);
    items.into()
}

/// The topics that were marked since the last call, in the order of their names.
fn marks(link: &Link) -> Vec<String> {
    let marks = link.take_marks();
    let mut names: Vec<_> = marks.into_iter().map(SharedName::into_text).collect();
    names.sort_unstable();
    names.iter().map(|name| name.to_string()).collect()
}

fn message(frame: &crate::frame::SharedFrame) -> Message {
    frame.as_frame().to_message().unwrap()
}

fn deliver_remote(
    space: &Space,
    topic: &str,
    text: &str,
    policy: Policy<'_>,
    except: Option<SocketId>,
) -> (usize, usize) {
    let published = text.lend(|it| hub::deliver(space, topic, &it, policy, except));
    let published = published.unwrap();
    (published.addressed, published.refused)
}

#[test]
fn messages_of_other_nodes_wake_a_worker_behind_the_last_one() {
    let (space, sockets, _link) = linked(2, 2);
    subscribe(&sockets[0], "news");
    let pumps = [0, 1].map(|worker| Asleep::now(&space.workers()[worker]));
    for _ in 0..3 {
        assert_eq!(
            deliver_remote(&space, "news", "hello", Policy::Drop, None),
            (1, 0)
        );
    }
    assert_eq!([pumps[0].wakes(), pumps[1].wakes()], [0, 0]);
    hub::wake(&space);
    hub::wake(&space);
    assert_eq!([pumps[0].wakes(), pumps[1].wakes()], [1, 0]);
    let of_this_node = space.clone();
    let publish = move || publish(&of_this_node, "news", "hello", Policy::Drop, None);
    deliver(&space);
    let pump = Asleep::now(&space.workers()[0]);
    thread::spawn(publish).join().unwrap();
    assert_eq!(pump.wakes(), 1, "a message of this node wakes it at once");
}

#[test]
fn messages_of_other_nodes_wake_a_worker_before_its_inbox_is_more_than_half_full() {
    let (space, sockets, _link) = linked(1, 1);
    subscribe(&sockets[0], "news");
    let worker = space.workers()[0].clone();
    let hear = || deliver_remote(&space, "news", "hello", Policy::Drop, None);
    let pump = Asleep::now(&worker);
    hear();
    let each = worker.inbox().held();
    hear();
    for (limit, wakes) in [(6 * each, 0), (6 * each - 1, 1)] {
        space.set_publish_limit(limit);
        deliver(&space);
        let pump = Asleep::now(&worker);
        for _ in 0..3 {
            assert_eq!(hear(), (1, 0));
        }
        assert_eq!(pump.wakes(), wakes, "{limit}");
    }
    assert_eq!(pump.wakes(), 0);
}

/// The sender, the options, and the socket that other nodes leave out.
type Case<'a> = (Option<&'a Arc<Core>>, Publish<'static>, Option<SocketId>);

#[test]
fn a_publish_is_offered_to_other_nodes_with_its_options() {
    let (space, sockets, link) = linked(2, 2);
    subscribe(&sockets[0], "news");
    let published = publish(&space, "news", "plain", Policy::Drop, None);
    assert_eq!(published, 1, "sockets of other nodes do not count");
    publish(&space, "news", vec![7; 5000], Policy::Close, None);
    publish(&space, "prices", "latest", Policy::Latest("key"), None);
    publish(&space, "news", Compressed("compressed"), Policy::Drop, None);
    let offered = items(&link).into_iter().map(|item| {
        let Target::Topic(topic) = item.target else {
            panic!("{:?}", item.target)
        };
        let What::Publish {
            frame,
            compress,
            policy,
            except: None,
        } = item.what
        else {
            panic!("{:?}", item.what)
        };
        (topic.to_string(), message(&frame), compress, policy)
    });
    let text = |text: &'static str| Message::Text(text.into());
    let expected = [
        ("news", text("plain"), false, OwnedPolicy::Drop),
        (
            "news",
            Message::Binary(vec![7; 5000].into()),
            false,
            OwnedPolicy::Close,
        ),
        (
            "prices",
            text("latest"),
            false,
            OwnedPolicy::Latest("key".into()),
        ),
        ("news", text("compressed"), true, OwnedPolicy::Drop),
    ];
    let expected = expected
        .map(|(topic, message, compress, policy)| (topic.to_owned(), message, compress, policy));
    assert_eq!(offered.collect::<Vec<_>>(), expected);
}

#[test]
fn a_local_publish_and_one_that_cannot_be_encoded_are_not_offered() {
    struct Broken;
    impl IntoMessage for Broken {
        fn into_message(self) -> Result<Message, crate::error::BoxError> {
            Err("broken".into())
        }
    }

    let (space, sockets, link) = linked(1, 1);
    subscribe(&sockets[0], "news");
    let options = Publish::new().local(true);
    assert_eq!(publish(&space, "news", "here", options, None), 1);
    assert_eq!(publish(&space, "news", Broken, Policy::Drop, None), 0);
    assert!(items(&link).is_empty());
    assert_eq!(
        publish(&space, "news", "all", options.local(false), None),
        1
    );
    assert_eq!(items(&link).len(), 1);
}

#[test]
fn other_nodes_hear_of_an_excepted_socket_only_if_it_may_be_theirs() {
    let (space, sockets, link) = linked(2, 2);
    let [one, other] = &sockets[..] else {
        unreachable!()
    };
    let stranger = SocketId::random(Some(7)).unwrap();
    let cases: [Case<'_>; 6] = [
        (None, Publish::new(), None),
        (Some(one), Publish::new(), None),
        (Some(one), Publish::new().except(one.id), None),
        (Some(one), Publish::new().except(other.id), None),
        (None, Publish::new().except(stranger), Some(stranger)),
        (Some(one), Publish::new().except(stranger), Some(stranger)),
    ];
    for (sender, options, expected) in cases {
        let sender = sender.map(|core| Except::new(core));
        publish(&space, "news", "hello", options, sender);
        let [item] = &items(&link)[..] else {
            panic!("{options:?}")
        };
        let What::Publish { except, .. } = &item.what else {
            panic!("{item:?}")
        };
        assert_eq!(*except, expected.map(|id| id.0), "{options:?}");
    }
}

#[test]
fn the_first_subscriber_and_the_end_of_the_last_one_mark_a_topic() {
    let (space, sockets, link) = linked(2, 3);
    let [a, b, c] = &sockets[..] else {
        unreachable!()
    };
    subscribe(a, "t");
    assert_eq!(marks(&link), ["t"]);
    assert!(space.hears(Name::new("t")));
    subscribe(b, "t");
    subscribe(c, "t");
    assert!(a.worker.unsubscribe(a, "t"));
    leave(&sockets[1..2]);
    assert!(marks(&link).is_empty(), "one subscriber is left");
    assert!(c.worker.unsubscribe(c, "t"));
    assert_eq!(marks(&link), ["t"]);
    assert!(!space.hears(Name::new("t")));
    // Between two looks it has come and gone.
    subscribe(a, "t");
    assert!(a.worker.unsubscribe(a, "t"));
    assert_eq!(marks(&link), ["t"]);
    for topic in ["t", "u"] {
        subscribe(c, topic);
        subscribe(a, topic);
    }
    subscribe(a, "v");
    assert_eq!(marks(&link), ["t", "u", "v"]);
    leave(&sockets[..1]);
    assert_eq!(marks(&link), ["v"]);
    let reason = CloseReason::new(CloseCode::Normal, "", ClosedBy::Server);
    assert_eq!(hub::close_topic(&space, "t", &reason), 1);
    assert_eq!(marks(&link), ["t", "u"]);
}

#[test]
fn sockets_that_a_shutdown_closes_mark_their_topics() {
    let (space, sockets, link) = linked(1, 2);
    sockets.iter().for_each(|core| subscribe(core, "t"));
    subscribe(&sockets[0], "u");
    assert_eq!(marks(&link), ["t", "u"]);
    let closing = Closing {
        which: Which::All,
        reason: CloseReason::new(CloseCode::GoingAway, "", ClosedBy::Shutdown),
    };
    space.workers()[0].close_all(&closing);
    assert_eq!(marks(&link), ["t", "u"]);
    assert!(!space.hears(Name::new("t")));
}

#[test]
fn receivers_mark_their_topics_as_sockets_do() {
    let (space, sockets, link) = linked(1, 1);
    let receive = |topic| space.receivers().subscribe::<crate::wire::Anything>(topic);
    let first = receive("t");
    assert_eq!(marks(&link), ["t"]);
    let second = receive("t");
    drop(first);
    assert!(marks(&link).is_empty());
    assert!(space.hears(Name::new("t")));
    subscribe(&sockets[0], "t");
    drop(second);
    assert_eq!(marks(&link), ["t"]);
    assert!(space.hears(Name::new("t")), "a socket still wants it");
    leave(&sockets);
    assert_eq!(marks(&link), ["t"]);
    assert!(!space.hears(Name::new("t")));
}

#[test]
fn what_is_wanted_before_the_link_is_set_is_marked() {
    let (space, sockets) = space(2, 2);
    sockets.iter().for_each(|core| subscribe(core, "sockets"));
    let receiver = space
        .receivers()
        .subscribe::<crate::wire::Anything>("receivers");
    let link = Arc::new(Link::new(NODE, LIMIT));
    assert!(space.set_link(&link));
    assert_eq!(marks(&link), ["receivers", "sockets"]);
    drop(receiver);
    leave(&sockets);
    assert_eq!(marks(&link), ["receivers", "sockets"]);
}

#[test]
fn a_space_joins_once_and_before_its_first_connection() {
    let link = Arc::new(Link::new(NODE, LIMIT));
    let (with_sockets, sockets) = space(1, 1);
    assert_eq!(hub::join(&with_sockets, &link), Err(NotJoined::Connected));
    assert!(with_sockets.link().is_none());
    leave(&sockets);
    with_sockets.workers()[0].unregister(sockets[0].key());
    assert_eq!(hub::join(&with_sockets, &link), Ok(()));
    assert_eq!(hub::join(&with_sockets, &link), Err(NotJoined::Joined));
    let (over, _) = space(1, 0);
    over.begin_shutdown();
    assert_eq!(hub::join(&over, &link), Err(NotJoined::ShutDown));
}

#[test]
fn sockets_that_came_while_the_space_joined_are_closed() {
    let (space, sockets) = space(2, 3);
    let link = Arc::new(Link::new(NODE, LIMIT));
    assert!(space.set_link(&link));
    let tagged = SocketId::random(Some(link.tag())).unwrap();
    let of_here = open(&space.workers()[0], tagged);
    hub::close_strangers(&space);
    for core in &sockets {
        assert_eq!(core.state(), crate::outbox::ReadyState::Closing);
    }
    assert_eq!(of_here.state(), crate::outbox::ReadyState::Open);
    assert!(space.is_of_here(tagged) && !space.is_of_here(sockets[0].id));
}

#[test]
fn a_message_of_another_node_is_delivered_and_not_offered_again() {
    let (space, sockets, link) = linked(2, 4);
    sockets.iter().for_each(|core| subscribe(core, "t"));
    let mut receiver = space.receivers().subscribe::<crate::wire::Anything>("t");
    let stranger = SocketId::random(Some(7)).unwrap();
    assert_eq!(
        deliver_remote(&space, "t", "hello", Policy::Drop, None),
        (4, 0)
    );
    let except = Some(stranger);
    assert_eq!(
        deliver_remote(&space, "t", "hello", Policy::Close, except),
        (4, 0)
    );
    let except = Some(sockets[1].id);
    assert_eq!(
        deliver_remote(&space, "t", "hello", Policy::Drop, except),
        (3, 0)
    );
    assert_eq!(
        deliver_remote(&space, "none", "hello", Policy::Drop, None),
        (0, 0)
    );
    deliver(&space);
    let each = HEADER + "hello".len();
    assert_eq!(buffered(&sockets), [3, 2, 3, 3].map(|count| count * each));
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    for _ in 0..3 {
        let next = std::pin::pin!(receiver.next()).poll(&mut cx);
        assert_eq!(
            next,
            std::task::Poll::Ready(Some(Message::Text("hello".into())))
        );
    }
    assert!(items(&link).is_empty());
    assert_eq!(space.stats().publishes, 0, "no publish of this node");
}

#[test]
fn a_worker_may_refuse_a_message_of_another_node() {
    let (space, sockets, _link) = linked(1, 2);
    sockets.iter().for_each(|core| subscribe(core, "t"));
    space.set_publish_limit(1);
    assert_eq!(
        deliver_remote(&space, "t", "hello", Policy::Drop, None),
        (2, 0)
    );
    assert_eq!(
        deliver_remote(&space, "t", "hello", Policy::Drop, None),
        (0, 2)
    );
    assert_eq!(space.stats().publishes_refused, 2);
}

#[test]
fn the_latest_message_of_a_key_replaces_those_of_other_nodes() {
    let (space, sockets, _link) = linked(1, 1);
    subscribe(&sockets[0], "t");
    // What waits for a slow peer.
    sockets[0].outbox().set_stalled(true);
    for price in ["1", "2"] {
        deliver_remote(&space, "t", price, Policy::Latest("key"), None);
    }
    publish(&space, "t", "3", Policy::Latest("key"), None);
    deliver(&space);
    assert_eq!(buffered(&sockets), [HEADER + 1]);
}

#[test]
fn text_of_another_node_is_checked() {
    let text = bytes::Bytes::from_static(b"h\xc3\xa9");
    let broken = bytes::Bytes::from_static(b"h\xc3");
    let outgoing = Outgoing::from_parts(Kind::Text, &text, true).unwrap();
    assert!(outgoing.compress);
    assert!(Outgoing::from_parts(Kind::Text, &broken, false).is_none());
    let outgoing = Outgoing::from_parts(Kind::Binary, &broken, false).unwrap();
    assert_eq!((outgoing.kind, outgoing.compress), (Kind::Binary, false));
}

#[test]
fn a_message_to_one_socket_goes_to_its_node() {
    let (space, sockets, link) = linked(2, 2);
    let reason = || CloseReason::new(4001.into(), "bye", ClosedBy::Server);
    assert_eq!(hub::send_to(&space, sockets[1].id, "hello"), Routed::Here);
    assert_eq!(buffered(&sockets), [0, HEADER + 5]);
    let gone = SocketId::random(Some(link.tag())).unwrap();
    assert_eq!(hub::send_to(&space, gone, "hello"), Routed::NotFound);
    assert_eq!(hub::close_socket(&space, gone, reason()), Routed::NotFound);
    assert_eq!(
        hub::close_socket(&space, sockets[0].id, reason()),
        Routed::Here
    );
    assert_eq!(
        hub::close_socket(&space, sockets[0].id, reason()),
        Routed::NotFound
    );
    assert_eq!(
        hub::send_to(&space, sockets[0].id, "late"),
        Routed::NotFound
    );
    assert!(items(&link).is_empty());
    // What another node has sent here goes no further.
    let far = SocketId::random(Some(7)).unwrap();
    assert_eq!(hub::close_here(&space, far, reason()), Routed::NotFound);
    let sent = "hello".lend(|message| hub::send_here(&space, far, &message));
    assert_eq!(sent.unwrap(), Routed::NotFound);
    assert!(items(&link).is_empty());

    assert_eq!(
        hub::send_to(&space, far, Compressed("hello")),
        Routed::Queued
    );
    assert_eq!(hub::close_socket(&space, far, reason()), Routed::Queued);
    let items = items(&link);
    let [send, close] = &items[..] else {
        panic!("{items:?}")
    };
    assert!(matches!(send.target, Target::Node(7)), "{send:?}");
    let What::Send {
        id,
        frame,
        compress: true,
    } = &send.what
    else {
        panic!("{send:?}")
    };
    assert_eq!(
        (*id, message(frame)),
        (far.0, Message::Text("hello".into()))
    );
    assert!(matches!(close.target, Target::Node(7)), "{close:?}");
    let What::CloseSocket {
        id,
        code,
        reason: text,
    } = &close.what
    else {
        panic!("{close:?}")
    };
    assert_eq!((*id, *code, &**text), (far.0, 4001, "bye"));
    link.stop();
    assert_eq!(hub::send_to(&space, far, "hello"), Routed::Dropped);
    assert_eq!(hub::close_socket(&space, far, reason()), Routed::Dropped);
}

#[test]
fn without_a_cluster_every_socket_is_of_this_process() {
    let (space, _) = space(2, 0);
    let core = open(&space.workers()[1], identity().id);
    let hidden = register(&space.workers()[0], identity());
    assert_eq!(hub::send_to(&space, core.id, "hello"), Routed::Here);
    let far = SocketId::random(Some(7)).unwrap();
    assert_eq!(hub::send_to(&space, far, "hello"), Routed::NotFound);
    // Look-ups do not find a socket before its handshake is done.
    assert_eq!(hub::send_to(&space, hidden.id, "hello"), Routed::NotFound);
    let full = "x".repeat(core.config.backpressure_limit + 1);
    core.outbox().set_stalled(true);
    assert_eq!(hub::send_to(&space, core.id, full), Routed::Dropped);
}

#[test]
fn the_end_of_a_space_stops_its_link() {
    let (space, sockets, link) = linked(1, 1);
    assert_eq!(*link.stages().borrow(), Stage::Running);
    // Workers and sockets refer to their space.
    let worker = space.workers()[0].clone();
    worker.unregister(sockets[0].key());
    space.remove_worker(&worker);
    drop((sockets, worker, space));
    assert_eq!(*link.stages().borrow(), Stage::Stopping);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20))]

    /// Threads subscribe and unsubscribe while another one looks at each topic that is marked, as the
    /// thread of the broker does. Whatever meets, its last look at each topic is right.
    #[test]
    fn the_marks_lead_to_what_is_wanted_in_the_end(
        changes in prop::collection::vec(prop::collection::vec((0..6_usize, any::<bool>()), 0..200), 3),
    ) {
        let (space, sockets) = super::space(2, 3);
        let link = Arc::new(Link::new(NODE, LIMIT));
        let mut wanted = std::collections::BTreeSet::new();
        let mut look = || {
            let marks = link.take_marks();
            for name in &marks {
                let text = name.as_name().text().to_owned();
                if space.hears(name.as_name()) {
                    wanted.insert(text);
                } else {
                    wanted.remove(&text);
                }
            }
        };
        let truth = thread::scope(|scope| {
            let threads: Vec<_> = changes
                .iter()
                .zip(&sockets)
                .map(|(changes, core)| {
                    let space = &space;
                    scope.spawn(move || {
                        let mut receivers = std::collections::BTreeMap::new();
                        for (topic, subscribes) in changes {
                            let name = format!("t{}", topic / 2);
                            // Half of the changes are those of receivers, which stay until the end.
                            if topic % 2 == 1 {
                                let receiver = space.receivers();
                                let receiver = receiver.subscribe::<crate::wire::Anything>(&name);
                                receivers.remove(&name);
                                if *subscribes {
                                    receivers.insert(name, receiver);
                                }
                            } else if *subscribes {
                                core.worker.subscribe(core, &name);
                            } else {
                                core.worker.unsubscribe(core, &name);
                            }
                        }
                        receivers
                    })
                })
                .collect();
            // The link comes while the threads are at work.
            assert!(space.set_link(&link));
            while !threads.iter().all(|thread| thread.is_finished()) {
                look();
            }
            let receivers: Vec<_> = threads.into_iter().map(|it| it.join().unwrap()).collect();
            look();
            let mut truth: std::collections::BTreeSet<_> = space.topics().into_iter().collect();
            truth.extend(receivers.iter().flat_map(|it| it.keys().cloned()));
            truth
        });
        prop_assert_eq!(&wanted, &truth);
    }
}

#[actix_web::test]
async fn a_departure_waits_for_the_link_and_not_for_ever() {
    let (space, _, link) = linked(1, 0);
    tokio::time::pause();
    let waits = tokio::spawn(hub::leave(&space, clock::deadline(Duration::from_secs(10))));
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert_eq!(*link.stages().borrow(), Stage::Stopping);
    assert!(!waits.is_finished());
    link.left();
    waits.await.unwrap();

    let (space, _, link) = linked(1, 0);
    let began = clock::now();
    hub::leave(&space, clock::deadline(Duration::from_secs(10))).await;
    assert_eq!(*link.stages().borrow(), Stage::Abandoned);
    let waited = clock::now() - began;
    assert!(waited < Duration::from_millis(11_010), "{waited:?}");
}

#[actix_web::test]
async fn a_flush_leaves_the_link_as_it_is() {
    let (space, _, link) = linked(1, 0);
    tokio::time::pause();
    publish(&space, "t", "hello", Policy::Drop, None);
    let flushed = {
        let space = space.clone();
        let deadline = clock::deadline(Duration::from_secs(10));
        actix_rt::spawn(async move { hub::flush(&space, deadline).await })
    };
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert!(!flushed.is_finished());
    link.confirm(1);
    flushed.await.unwrap();
    assert_eq!(*link.stages().borrow(), Stage::Running);
}
