//! Chats that share their rooms over a broker, which the tests break.

use std::time::Duration;

use levante::{
    prelude::*,
    test::{self, TestCluster},
};

use super::{Person, announcement, chats, refuses};
use crate::messages::{Elsewhere, RoomEvent};

const SECOND: Duration = Duration::from_secs(1);

/// How long the people at other servers are not counted after one has entered or left.
const CROWD: Duration = Duration::from_millis(100);

/// What people hear when their server has counted those at the others.
const fn told(people: usize, silent: usize, cut_off: bool) -> RoomEvent {
    let elsewhere = Elsewhere {
        people,
        silent,
        cut_off,
    };
    RoomEvent::Elsewhere { elsewhere }
}

/// Ada at node 0 and Grace at node 1, in the same room. Both have been told of each other.
async fn two(nodes: &TestCluster) -> (Person, Person) {
    let mut ada = Person::join(&nodes[0], "name=Ada").await;
    assert_eq!(ada.hears().await, told(0, 0, false));
    let mut grace = Person::join(&nodes[1], "name=Grace").await;
    assert_eq!(grace.hears().await, told(1, 0, false));
    assert_eq!(ada.hears().await, grace.entry());
    test::advance(CROWD).await;
    assert_eq!(ada.hears().await, told(1, 0, false));
    (ada, grace)
}

#[levante::test]
async fn a_conversation_is_heard_at_each_server_once_and_in_order() {
    let nodes = chats(3).await;
    let (mut ada, mut grace) = two(&nodes).await;
    let mut edsger = Person::join(&nodes[2], "name=Edsger&room=attic").await;
    assert_eq!(edsger.hears().await, told(0, 0, false));
    let mut barbara = Person::join(&nodes[1], "name=Barbara").await;
    for person in [&mut ada, &mut grace] {
        assert_eq!(person.hears().await, barbara.entry());
    }
    for number in 1..=30 {
        let text = format!("line {number}");
        // Each server counts what it passes on.
        assert_eq!(ada.say(number, &text).await, Ok(number));
        assert_eq!(grace.say(number, "and so on").await, Ok(number));
    }
    for number in 1..=30 {
        let said = ada.message(number, number, &format!("line {number}"));
        let answer = grace.message(number, number, "and so on");
        assert_eq!(ada.hears().await, answer);
        assert_eq!(grace.hears().await, said);
        assert_eq!(barbara.hears().await, said);
        assert_eq!(barbara.hears().await, answer);
    }
    for person in [&mut ada, &mut grace, &mut barbara, &mut edsger] {
        person.client.assert_silent().await;
    }
}

#[levante::test]
async fn people_are_listed_at_their_server_and_counted_at_the_others() {
    let nodes = chats(2).await;
    let (mut ada, grace) = two(&nodes).await;
    for (person, node) in [(&ada, 0), (&grace, 1)] {
        assert_eq!(person.me.server, nodes.cluster(node).tag());
        assert_eq!(person.joined.others, []);
        // It has not asked yet, and does not say that it knows.
        let unknown = RoomEvent::Elsewhere {
            elsewhere: person.joined.elsewhere.unwrap(),
        };
        assert_eq!(unknown, told(0, 1, false));
        // No server counts what all have passed on.
        assert_eq!(person.joined.said, None);
    }

    // A crowd is told person by person, and counted once.
    let mut crowd = Vec::new();
    for _ in 0..20 {
        crowd.push(Person::join(&nodes[1], "name=Barbara").await);
    }
    for person in &crowd {
        assert_eq!(ada.hears().await, person.entry());
    }
    test::advance(CROWD).await;
    assert_eq!(ada.hears().await, told(21, 0, false));
    ada.client.assert_silent().await;
    let newest = Person::join(&nodes[1], "name=Edsger").await;
    assert_eq!(newest.joined.others.len(), 21);
    assert_eq!(
        newest.joined.elsewhere.map(|elsewhere| elsewhere.people),
        Some(1)
    );

    // The count goes on in silence, and only a change is told.
    assert_eq!(ada.hears().await, newest.entry());
    test::advance(CROWD).await;
    assert_eq!(ada.hears().await, told(22, 0, false));
    test::advance(60 * SECOND).await;
    ada.client.assert_silent().await;
}

#[levante::test]
async fn an_exit_at_another_server_is_told_and_counted() {
    let nodes = chats(2).await;
    let (mut ada, grace) = two(&nodes).await;
    let mut barbara = Person::join(&nodes[1], "name=Barbara").await;
    assert_eq!(ada.hears().await, barbara.entry());
    test::advance(CROWD).await;
    assert_eq!(ada.hears().await, told(2, 0, false));

    let exit = grace.exit();
    grace.leave().await;
    assert_eq!(ada.hears().await, exit);
    barbara.client.vanish().await;
    assert_eq!(ada.hears().await, barbara.exit());
    test::advance(CROWD).await;
    assert_eq!(ada.hears().await, told(0, 0, false));
    ada.client.assert_silent().await;
}

#[levante::test]
async fn a_server_that_stops_says_the_last_words_and_the_exits_of_its_people() {
    let nodes = chats(2).await;
    let (mut ada, mut grace) = two(&nodes).await;
    assert_eq!(grace.say(1, "the last words").await, Ok(1));
    nodes[1].shutdown().await;
    assert_eq!(grace.client.closed().await.code, CloseCode::GoingAway);
    let last = grace.message(1, 1, "the last words");
    assert_eq!(ada.hears().await, last);
    assert_eq!(ada.hears().await, grace.exit());
    test::advance(CROWD).await;
    assert_eq!(ada.hears().await, told(0, 0, false));
    assert_eq!(nodes.cluster(0).nodes().len(), 1);
    // Ada goes on alone.
    assert_eq!(ada.say(1, "anybody?").await, Ok(1));
    test::advance(60 * SECOND).await;
    ada.client.assert_silent().await;
}

#[levante::test]
async fn people_at_a_server_that_is_cut_off_are_told_so_and_so_are_the_others() {
    let nodes = chats(2).await;
    let (mut ada, mut grace) = two(&nodes).await;
    let mut barbara = Person::join(&nodes[1], "name=Barbara").await;
    assert_eq!(grace.hears().await, barbara.entry());
    assert_eq!(ada.hears().await, barbara.entry());
    test::advance(CROWD).await;
    assert_eq!(ada.hears().await, told(2, 0, false));

    nodes.cut(1);
    test::advance(30 * SECOND).await;
    // First there is no answer, and then it is known why there is none.
    for person in [&mut grace, &mut barbara] {
        assert_eq!(person.hears().await, told(0, 1, false));
        assert_eq!(person.hears().await, told(0, 1, true));
        person.client.assert_silent().await;
    }
    // For node 0 the other one is silent, and gone when its lease has ended.
    assert_eq!(ada.hears().await, told(0, 1, false));
    assert_eq!(ada.hears().await, told(0, 0, false));
    ada.client.assert_silent().await;
    let health = nodes[1].get("/health").send().await;
    assert!(health.text().starts_with("ok\n"), "{health:?}");
    assert!(
        health.text().contains("\nstate: reconnecting"),
        "{health:?}"
    );

    // People at one server go on.
    assert_eq!(ada.say("lost", "does Grace hear this?").await, Ok(1));
    assert_eq!(grace.say("late", "Ada hears this later").await, Ok(1));
    let late = grace.message("late", 1, "Ada hears this later");
    assert_eq!(barbara.hears().await, late);
    for person in [&mut ada, &mut grace] {
        person.client.assert_silent().await;
    }

    nodes.heal(1);
    test::advance(10 * SECOND).await;
    assert_eq!(ada.hears().await, late);
    assert_eq!(ada.hears().await, told(2, 0, false));
    for person in [&mut grace, &mut barbara] {
        assert_eq!(person.hears().await, told(1, 0, false));
    }
    assert_eq!(ada.say(2, "are you back?").await, Ok(2));
    for person in [&mut grace, &mut barbara] {
        assert_eq!(person.hears().await, ada.message(2, 2, "are you back?"));
        person.client.assert_silent().await;
    }
    ada.client.assert_silent().await;
}

#[levante::test]
async fn what_is_said_while_the_broker_is_away_comes_late_and_once() {
    let nodes = chats(2).await;
    let (mut ada, mut grace) = two(&nodes).await;
    nodes.stop_broker();
    for number in 1..=20 {
        assert_eq!(ada.say(number, "patience").await, Ok(number));
    }
    test::advance(10 * SECOND).await;
    for person in [&mut ada, &mut grace] {
        assert_eq!(person.hears().await, told(0, 1, true));
        person.client.assert_silent().await;
    }
    nodes.start_broker();
    test::advance(10 * SECOND).await;
    for number in 1..=20 {
        let said = ada.message(number, number, "patience");
        assert_eq!(grace.hears().await, said);
    }
    for person in [&mut ada, &mut grace] {
        assert_eq!(person.hears().await, told(1, 0, false));
        person.client.assert_silent().await;
    }
    let health = nodes[0].get("/health").send().await;
    assert!(health.text().ends_with("\nlost: 0\n"), "{health:?}");
}

#[levante::test]
async fn routes_of_any_server_reach_rooms_and_sockets_of_all() {
    let nodes = chats(3).await;
    let (mut ada, mut grace) = two(&nodes).await;
    for (node, here) in [(0, 1), (1, 1), (2, 0)] {
        let answer = nodes[node].post("/announce").body("Lunch!").send().await;
        assert_eq!(answer.text(), format!("{here} sockets of this server"));
        for person in [&mut ada, &mut grace] {
            // A server without people in the room has no count.
            assert_eq!(person.hears().await, announcement(here, "Lunch!"));
        }
        let hello = nodes[node].get("/hello").header("x-socket-id", &ada.socket);
        assert_eq!(hello.send().await.text(), "sent");
        assert_eq!(ada.is_greeted().await, "Hello from a route!");
    }
    for person in [&mut ada, &mut grace] {
        person.client.assert_silent().await;
    }
}

#[levante::test]
async fn each_server_has_seats_of_its_own() {
    let nodes = chats(2).await;
    let mut people = Vec::new();
    for _ in 0..100 {
        people.push(Person::join(&nodes[0], "name=Ada").await);
    }
    let sentence = "The room is full at this server: 100 people are in it.";
    refuses(&nodes[0], "name=Eve", 503, sentence).await;
    let mut grace = Person::join(&nodes[1], "name=Grace").await;
    assert_eq!(grace.hears().await, told(100, 0, false));
}
