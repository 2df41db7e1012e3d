use std::{pin::pin, sync::Arc, task::Waker};

use super::*;
use crate::{
    frame::{Frame, SharedFrame},
    policy::Policy,
    wakes::Wakes,
};

const NODE: u64 = 0x0123_4567_89ab_cdef;

fn link(limit: usize) -> Link {
    Link::new(NODE, limit)
}

fn publish(payload: &'static [u8]) -> What {
    let frame = [&[0x82, payload.len() as u8], payload].concat();
    What::Publish {
        frame: SharedFrame::new(Frame::Encoded(&frame)),
        compress: false,
        policy: OwnedPolicy::Drop,
        except: None,
    }
}

fn offer(link: &Link, payload: &'static [u8]) -> bool {
    link.offer(Target::Topic("news".into()), publish(payload))
}

fn offer_quietly(link: &Link, payload: &'static [u8]) -> bool {
    link.offer_quietly(Target::Topic("news".into()), publish(payload))
}

fn payload(item: &Item) -> Vec<u8> {
    let What::Publish { frame, .. } = &item.what else {
        panic!("{item:?}")
    };
    frame.as_frame().message().unwrap().1.to_vec()
}

fn taken(link: &Link, bytes: usize) -> Vec<(u64, Vec<u8>)> {
    let mut items = VecDeque::new();
    link.take(&mut items, bytes);
    let items = items.iter();
    items.map(|item| (item.sequence, payload(item))).collect()
}

#[test]
fn items_come_in_the_order_of_their_sequence_numbers() {
    let link = link(usize::MAX);
    let payloads: [&[u8]; 3] = [b"a", b"b", b"c"];
    assert!(payloads.iter().all(|payload| offer(&link, payload)));
    assert_eq!(link.levels().last_sequence, 3);
    assert_eq!(link.levels().waiting, 3);
    // At least one, and no more than the bytes that are asked for.
    assert_eq!(taken(&link, 0), [(1, b"a".to_vec())]);
    assert!(offer(&link, b"d"));
    let each = link.levels().held / 4;
    assert_eq!(
        taken(&link, 2 * each),
        [(2, b"b".to_vec()), (3, b"c".to_vec())]
    );
    assert_eq!(taken(&link, usize::MAX), [(4, b"d".to_vec())]);
    assert_eq!(taken(&link, usize::MAX), []);
    assert_eq!(link.levels().waiting, 0);
}

#[test]
fn the_end_of_a_topic_comes_behind_what_was_published() {
    let link = link(usize::MAX);
    assert!(offer(&link, b"a"));
    let close = What::CloseTopic {
        code: 4001,
        reason: "bye".into(),
    };
    assert!(link.offer(Target::Topic("news".into()), close));
    let mut items = VecDeque::new();
    link.take(&mut items, usize::MAX);
    let What::CloseTopic { code, reason } = &items[1].what else {
        panic!("{items:?}")
    };
    assert_eq!((*code, &**reason), (4001, "bye"));
}

#[test]
fn old_items_can_be_taken_alone() {
    let link = link(usize::MAX);
    (0..3).for_each(|_| assert!(offer(&link, b"a")));
    let mut items = VecDeque::new();
    link.take_up_to(&mut items, 2);
    assert!(items.iter().map(|item| item.sequence).eq([1, 2]));
    link.take_up_to(&mut items, 2);
    assert_eq!(items.len(), 2);
    link.take_up_to(&mut items, 9);
    assert_eq!(items.len(), 3);
}

#[test]
fn items_hold_room_until_they_are_released() {
    let link = link(1);
    // An empty queue accepts an item of any size.
    assert!(offer(&link, b"a"));
    assert!(!offer(&link, b"b"));
    let mut items = VecDeque::new();
    link.take(&mut items, 0);
    assert_eq!(link.levels().held, items[0].cost());
    assert!(!offer(&link, b"c"), "it is taken and not released");
    link.release(items[0].cost());
    assert_eq!(link.levels().held, 0);
    assert!(offer(&link, b"d"));
    let levels = link.levels();
    assert_eq!((levels.last_sequence, levels.refused), (2, 2));
    // No number is missing for those that were refused.
    assert_eq!(taken(&link, 0), [(2, b"d".to_vec())]);
}

#[test]
fn the_cost_of_an_item_has_all_its_bytes() {
    let cost = |target, what| Item::new(1, (target, what)).cost();
    let topic = |len: usize| Target::Topic("x".repeat(len).into());
    let base = cost(Target::Node(1), publish(b""));
    assert!(base > size_of::<Item>());
    assert_eq!(cost(topic(100), publish(&[0; 100])), base + 200);
    let what = What::Publish {
        frame: SharedFrame::new(Frame::Encoded(b"\x82\0")),
        compress: true,
        policy: Policy::Latest("key").into(),
        except: Some([0; 16]),
    };
    assert_eq!(cost(topic(0), what), base + 3);
    let send = What::Send {
        id: [0; 16],
        frame: SharedFrame::new(Frame::Encoded(b"\x82\x01a")),
        compress: false,
    };
    assert_eq!(cost(Target::Node(1), send), base + 1);
    let reason = || "bye".into();
    let close = What::CloseTopic {
        code: 1000,
        reason: reason(),
    };
    assert_eq!(cost(topic(4), close), base - 2 + 7);
    let close = What::CloseSocket {
        id: [0; 16],
        code: 1000,
        reason: reason(),
    };
    assert_eq!(cost(Target::Node(1), close), base - 2 + 3);
}

#[test]
fn a_policy_is_the_same_when_it_is_owned() {
    for policy in [Policy::Drop, Policy::Latest("key"), Policy::Close] {
        assert_eq!(OwnedPolicy::from(policy).as_policy(), policy);
    }
}

#[test]
fn an_offer_wakes_a_thread_that_waits_and_no_busy_one() {
    let link = link(usize::MAX);
    let (count, waker) = Wakes::new();
    let mut cx = Context::from_waker(&waker);
    assert!(link.poll_items(&mut cx).is_pending());
    assert!(link.poll_marks(&mut cx).is_pending());
    assert!(offer(&link, b"a"));
    assert!(offer(&link, b"b"));
    assert_eq!(count.get(), 1);
    assert!(link.poll_items(&mut cx).is_ready());
    taken(&link, usize::MAX);
    // Busy with what it has taken.
    assert!(offer(&link, b"c"));
    assert_eq!(count.get(), 1);
    taken(&link, usize::MAX);
    assert!(link.poll_items(&mut cx).is_pending());
    // Something else has woken it.
    taken(&link, usize::MAX);
    assert!(offer(&link, b"d"));
    assert_eq!(count.get(), 1);
}

#[test]
fn quiet_offers_wake_once_behind_the_last_one() {
    let link = link(usize::MAX);
    let (count, waker) = Wakes::new();
    let mut cx = Context::from_waker(&waker);
    assert!(link.poll_items(&mut cx).is_pending());
    link.wake();
    assert_eq!(count.get(), 0, "there is nothing");
    assert!(offer_quietly(&link, b"a"));
    assert!(offer_quietly(&link, b"b"));
    assert_eq!(count.get(), 0);
    link.wake();
    assert_eq!(count.get(), 1);
    link.wake();
    assert_eq!(count.get(), 1, "it is awake");
    assert_eq!(taken(&link, usize::MAX).len(), 2);
    // A thread that looks for itself finds them, too.
    assert!(offer_quietly(&link, b"c"));
    assert!(link.poll_items(&mut cx).is_ready());
    // Another thread wakes it for both.
    taken(&link, usize::MAX);
    assert!(link.poll_items(&mut cx).is_pending());
    assert!(offer_quietly(&link, b"d"));
    assert!(offer(&link, b"e"));
    assert_eq!(count.get(), 2);
}

#[test]
fn many_quiet_offers_wake_before_the_last_one() {
    let link = link(usize::MAX);
    let (count, waker) = Wakes::new();
    assert!(
        link.poll_items(&mut Context::from_waker(&waker))
            .is_pending()
    );
    for number in 1..=100 {
        assert!(offer_quietly(&link, b"a"));
        assert_eq!(count.get(), usize::from(number >= 64), "{number}");
    }
}

#[test]
fn quiet_offers_wake_when_the_queue_is_half_full() {
    let each = Item::new(1, (Target::Topic("news".into()), publish(b"a"))).cost();
    for (limit, wakes) in [(4 * each, 0), (4 * each - 1, 1), (each, 1)] {
        let link = link(limit);
        let (count, waker) = Wakes::new();
        assert!(
            link.poll_items(&mut Context::from_waker(&waker))
                .is_pending()
        );
        assert!(offer_quietly(&link, b"a"));
        assert_eq!(offer_quietly(&link, b"b"), limit > each);
        assert_eq!(count.get(), wakes, "{limit}");
        assert_eq!(link.levels().refused, u64::from(limit == each));
    }
}

#[test]
fn a_mark_wakes_a_thread_that_waits_for_marks() {
    let link = link(usize::MAX);
    let (count, waker) = Wakes::new();
    let mut cx = Context::from_waker(&waker);
    assert!(link.poll_items(&mut cx).is_pending());
    link.mark(Name::new("a"));
    assert_eq!(count.get(), 0, "it waits for items");
    assert!(link.poll_marks(&mut cx).is_ready());
    let marks = link.take_marks();
    assert!(marks.iter().map(|name| name.as_name().text()).eq(["a"]));
    assert!(link.take_marks().is_empty());
    assert!(link.poll_marks(&mut cx).is_pending());
    for topic in ["a", "b", "a"] {
        link.mark(Name::new(topic));
    }
    assert_eq!(count.get(), 1);
    assert_eq!(link.take_marks().len(), 2);
}

#[test]
fn a_link_that_stops_accepts_nothing_more_and_has_the_rest_sent() {
    let link = link(usize::MAX);
    let stages = link.stages();
    let mut stopped = pin!(link.stopped());
    let mut cx = Context::from_waker(Waker::noop());
    assert!(offer(&link, b"a"));
    assert_eq!(*stages.borrow(), Stage::Running);
    link.stop();
    link.stop();
    assert_eq!(*stages.borrow(), Stage::Stopping);
    assert!(!offer(&link, b"b"));
    assert_eq!(taken(&link, usize::MAX), [(1, b"a".to_vec())]);
    assert!(stopped.as_mut().poll(&mut cx).is_pending());
    link.left();
    link.abandon();
    assert_eq!(*stages.borrow(), Stage::Left);
    assert!(stopped.as_mut().poll(&mut cx).is_ready());
    assert_eq!(link.levels().refused, 1);
}

#[test]
fn what_is_left_at_the_end_is_counted() {
    let link = link(usize::MAX);
    (0..3).for_each(|_| assert!(offer(&link, b"a")));
    let mut items = VecDeque::new();
    link.take(&mut items, 0);
    link.abandon();
    assert!(!offer(&link, b"b"));
    link.left();
    let levels = link.levels();
    assert_eq!((levels.waiting, levels.refused), (0, 3));
    assert_eq!(levels.held, items[0].cost(), "the broker's thread has it");
    assert_eq!(taken(&link, usize::MAX), []);
}

#[test]
fn a_flush_waits_for_what_was_accepted_before() {
    let link = link(usize::MAX);
    let mut cx = Context::from_waker(Waker::noop());
    assert!(pin!(link.flushed()).poll(&mut cx).is_ready());
    (0..2).for_each(|_| assert!(offer(&link, b"a")));
    let mut flushed = pin!(link.flushed());
    assert!(flushed.as_mut().poll(&mut cx).is_pending());
    assert!(offer(&link, b"after the call"));
    link.confirm(1);
    assert!(flushed.as_mut().poll(&mut cx).is_pending());
    link.confirm(2);
    assert!(flushed.as_mut().poll(&mut cx).is_ready());
    link.confirm(1);
    let mut last = pin!(link.flushed());
    assert!(last.as_mut().poll(&mut cx).is_pending());
    // Nothing more is confirmed then.
    link.left();
    assert!(last.as_mut().poll(&mut cx).is_ready());
}

#[test]
fn the_tag_is_the_low_half_of_the_node() {
    let link = link(0);
    assert_eq!(link.node(), NODE);
    assert_eq!(link.tag(), 0x89ab_cdef);
}

#[test]
fn the_end_of_a_slot_stops_its_link() {
    let link = Arc::new(link(0));
    let slot = Slot::default();
    assert!(slot.get().is_none());
    assert!(slot.set(link.clone()));
    assert!(!slot.set(Arc::new(Link::new(1, 0))));
    assert_eq!(slot.get().unwrap().node(), NODE);
    assert_eq!(*link.stages().borrow(), Stage::Running);
    drop(slot);
    assert_eq!(*link.stages().borrow(), Stage::Stopping);
}

/// Looks at its queue when it is dropped, as code of an application may.
struct Nosy(Arc<Queue<Nosy, Marks>>);

impl Drop for Nosy {
    fn drop(&mut self) {
        self.0.levels();
    }
}

#[test]
fn items_are_dropped_without_the_lock() {
    let queue = Arc::new(Queue::new());
    let offer = |cost| queue.offer(Nosy(queue.clone()), cost, 1);
    let offer_quietly = |cost| queue.offer_quietly(Nosy(queue.clone()), cost, 1);
    assert!(offer(1));
    assert!(!offer(1));
    assert!(!offer_quietly(1));
    queue.end();
    assert!(!offer(1));
    assert!(!offer_quietly(1));
    assert_eq!(queue.levels().refused, 5);
}
