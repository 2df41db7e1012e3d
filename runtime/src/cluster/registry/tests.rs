use proptest::{collection::vec, prelude::*};

use super::*;

const LEASE: Duration = Duration::from_secs(10);
const ME: u64 = 1 << 40 | 7;

fn hello(min: u8, max: u8) -> Hello<'static> {
    Hello {
        versions: Versions { min, max },
        ready: true,
        asks: false,
        application: "shop",
        name: "web-1",
        sessions: None,
    }
}

/// A registry that has connected at 0 seconds, and the time after some seconds.
fn registry(min: u8, max: u8) -> (Registry, impl Fn(u64) -> Instant) {
    let start = Instant::now();
    let at = move |seconds| start + Duration::from_secs(seconds);
    let mut registry = Registry::new(ME, "shop", Versions { min, max }, LEASE);
    registry.connected(start);
    (registry, at)
}

fn ids(registry: &Registry) -> Vec<u64> {
    registry.peers().map(|peer| peer.id).collect()
}

fn ended(registry: &mut Registry, now: Instant) -> Vec<u64> {
    let mut ended = Vec::new();
    registry.expire(now, |peer| ended.push(peer.id));
    ended
}

#[test]
fn a_node_lives_until_its_lease_ends() {
    let (mut registry, at) = registry(1, 1);
    assert_eq!(registry.deadline(), None);
    assert!(registry.heard(2, &hello(1, 1), at(1)).joined);
    assert!(registry.heard(3, &hello(1, 1), at(2)).joined);
    assert!(!registry.heard(2, &hello(1, 1), at(4)).joined);
    assert_eq!(registry.deadline(), Some(at(12)));
    assert_eq!(ended(&mut registry, at(11)), [0; 0]);
    assert_eq!(ended(&mut registry, at(12)), [3]);
    assert_eq!(ids(&registry), [2]);
    assert_eq!(registry.deadline(), Some(at(14)));
    assert!(registry.goodbye(2));
    assert!(!registry.goodbye(2));
    assert_eq!(ids(&registry), [0; 0]);
    assert!(registry.heard(2, &hello(1, 1), at(20)).joined);
}

/// A heartbeat over a connection with this number, which names these connections.
fn over(own: u32, heard: &[Heard]) -> Hello<'_> {
    Hello {
        sessions: Some(Sessions { own, heard }),
        ..hello(1, 1)
    }
}

#[test]
fn each_connection_of_another_node_is_named_once_over_each_of_ours() {
    let (mut registry, at) = registry(1, 1);
    assert!(registry.heard(2, &over(5, &[]), at(1)).is_new_session);
    assert!(!registry.heard(3, &hello(1, 1), at(1)).is_new_session);
    assert!(registry.has_unnamed());
    assert_eq!(registry.name_heard(), [envelope::heard(2, 5)]);
    assert!(registry.name_heard().is_empty());
    assert!(!registry.heard(2, &over(5, &[]), at(2)).is_new_session);
    assert!(!registry.has_unnamed());
    // What was on its way over an earlier connection changes nothing.
    assert!(!registry.heard(2, &over(4, &[]), at(2)).is_new_session);
    assert!(registry.heard(2, &over(6, &[]), at(3)).is_new_session);
    assert_eq!(registry.name_heard(), [envelope::heard(2, 6)]);
    registry.disconnected();
    registry.connected(at(4));
    assert_eq!(registry.name_heard(), [envelope::heard(2, 6)]);
}

#[test]
fn many_connections_need_several_heartbeats() {
    let (mut registry, at) = registry(1, 1);
    for node in 100..140 {
        registry.heard(node, &over(1, &[]), at(1));
    }
    let mut named = registry.name_heard();
    assert_eq!(named.len(), Sessions::MOST);
    assert!(registry.has_unnamed());
    named.extend(registry.name_heard());
    let all: Vec<_> = (100..140).map(|tag| envelope::heard(tag, 1)).collect();
    assert_eq!(named, all);
    assert!(!registry.has_unnamed());
}

#[test]
fn only_the_present_connection_is_a_proof() {
    let (mut registry, at) = registry(1, 1);
    assert_eq!(registry.session(), 1);
    let said = |registry: &Registry, hello: &Hello<'_>| {
        let proof = registry.said(hello).proof;
        proof.map(|proof| (proof.session, proof.names_ours))
    };
    let ours = envelope::heard(7, 1);
    assert_eq!(said(&registry, &over(3, &[ours])), Some((3, true)));
    assert_eq!(said(&registry, &hello(1, 1)), None);
    registry.disconnected();
    registry.connected(at(1));
    assert_eq!(said(&registry, &over(3, &[ours])), Some((3, false)));
    let heard = [ours, envelope::heard(7, 2)];
    assert_eq!(said(&registry, &over(4, &heard)), Some((4, true)));
    assert_eq!(
        said(&registry, &over(4, &[envelope::heard(8, 2)])),
        Some((4, false))
    );
}

#[test]
fn our_own_outage_ends_no_lease() {
    let (mut registry, at) = registry(1, 1);
    registry.heard(2, &hello(1, 1), at(1));
    registry.disconnected();
    assert_eq!(registry.deadline(), None);
    assert_eq!(ended(&mut registry, at(100)), [0; 0]);
    registry.connected(at(200));
    assert_eq!(registry.deadline(), Some(at(210)));
    assert_eq!(ended(&mut registry, at(209)), [0; 0]);
    let heard = registry.peers().next().unwrap().heard;
    assert_eq!(heard, at(1), "its age is that of its heartbeat");
    assert_eq!(ended(&mut registry, at(210)), [2]);
}

#[test]
fn a_heartbeat_of_this_node_is_no_other_node() {
    let (mut registry, at) = registry(1, 1);
    let noticed = registry.heard(ME, &hello(1, 1), at(1));
    assert_eq!((noticed.joined, noticed.warning), (false, None));
    assert_eq!(ids(&registry), [0; 0]);
}

#[test]
fn each_mistake_is_named_once_for_each_node() {
    let (mut registry, at) = registry(1, 1);
    let other = Hello {
        application: "blog",
        ..hello(1, 1)
    };
    let mut warning = |node, hello: &Hello<'_>| registry.heard(node, hello, at(1)).warning;
    assert_eq!(warning(2, &hello(1, 1)), None);
    assert_eq!(warning(3, &other), Some(Warning::OtherApplication));
    assert_eq!(warning(3, &other), None);
    assert_eq!(warning(4, &other), Some(Warning::OtherApplication));
    // The low halves are those of this node, and of node 2.
    assert_eq!(warning(7, &hello(1, 1)), Some(Warning::SameTag));
    assert_eq!(warning(7, &hello(1, 1)), None);
    assert_eq!(warning(9 << 32 | 2, &other), Some(Warning::SameTag));
    assert_eq!(
        warning(9 << 32 | 2, &other),
        Some(Warning::OtherApplication)
    );
    assert_eq!(warning(9 << 32 | 2, &other), None);
    assert!(registry.other_version(5));
    assert!(!registry.other_version(5));
    assert!(registry.other_version(3));
    // Other applications are nodes nevertheless: they hear our messages.
    assert_eq!(ids(&registry), [2, 3, 4, 7, 9 << 32 | 2]);
}

#[test]
fn the_number_of_nodes_is_bounded() {
    let (mut registry, at) = registry(1, 1);
    let mut warnings = 0;
    for node in 10..5010 {
        let noticed = registry.heard(node, &hello(1, 1), at(1));
        assert!(noticed.joined || registry.peers.len() == MOST);
        warnings += usize::from(noticed.warning == Some(Warning::TooMany));
        assert!(registry.warned.len() <= MOST);
    }
    assert_eq!(warnings, 5000 - MOST);
    assert!(!registry.heard(10, &hello(1, 1), at(2)).joined);
}

#[test]
fn writers_use_the_highest_version_that_all_read() {
    let (mut registry, at) = registry(1, 3);
    assert_eq!(registry.write_version(at(0)), 1, "old nodes may be there");
    assert_eq!(registry.write_version(at(10)), 3);
    registry.heard(2, &hello(1, 2), at(11));
    assert_eq!(registry.write_version(at(11)), 2);
    registry.heard(3, &hello(1, 1), at(12));
    assert_eq!(registry.write_version(at(12)), 1);
    registry.goodbye(3);
    assert_eq!(registry.write_version(at(13)), 2);
    registry.heard(2, &hello(2, 4), at(14));
    assert_eq!(registry.write_version(at(14)), 3);
    registry.connected(at(20));
    assert_eq!(
        registry.write_version(at(20)),
        2,
        "the lowest that all known nodes read"
    );
    registry.heard(3, &hello(5, 6), at(40));
    assert_eq!(registry.write_version(at(40)), 1, "there is none");
    registry.disconnected();
    assert_eq!(registry.write_version(at(40)), 1);
}

proptest! {
    /// Compared with a list of all heartbeats.
    #[test]
    fn the_living_are_those_that_a_list_of_heartbeats_names(
        events in vec((0..6_u64, 0..4_u64, 0..9_u8), 0..60),
    ) {
        let (mut registry, at) = registry(1, 1);
        let mut now = 0;
        // The ids with the times when their leases begin.
        let mut list: Vec<(u64, u64)> = Vec::new();
        let mut is_connected = true;
        for (node, passed, event) in events {
            now += passed;
            match event {
                0 => {
                    registry.disconnected();
                    is_connected = false;
                }
                1 => {
                    registry.connected(at(now));
                    is_connected = true;
                    list.iter_mut().for_each(|(_, renewed)| *renewed = now);
                }
                2 => {
                    let known = list.iter().any(|(id, _)| *id == node);
                    prop_assert_eq!(registry.goodbye(node), known);
                    list.retain(|(id, _)| *id != node);
                }
                _ => {
                    registry.heard(node, &hello(1, 1), at(now));
                    list.retain(|(id, _)| *id != node);
                    list.push((node, now));
                }
            }
            let over = |renewed: u64| is_connected && renewed + LEASE.as_secs() <= now;
            list.sort_unstable();
            let expected: Vec<_> = list.iter().filter(|it| over(it.1)).map(|it| it.0).collect();
            prop_assert_eq!(ended(&mut registry, at(now)), expected);
            list.retain(|it| !over(it.1));
            prop_assert!(list.iter().map(|it| it.0).eq(ids(&registry)));
            let first = list.iter().map(|it| at(it.1) + LEASE).min();
            prop_assert_eq!(registry.deadline(), first.filter(|_| is_connected));
        }
    }
}
