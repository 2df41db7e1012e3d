//! Chats in several processes that share their rooms over a broker.

use std::{collections::HashSet, time::Instant};

use serde_json::Value;

use super::browser::{LONGEST_RUN, script_for};
use crate::support::{
    client::Person,
    cluster::{
        broker::{Broker, Kind},
        with_each,
    },
    front::Front,
    http,
    process::{CHAT, Example},
    requirements,
};

with_each! {
    people_at_two_servers_have_one_conversation
    a_server_that_stops_takes_its_people_out_of_the_room
    a_broker_that_cannot_be_used_is_one_line_without_the_password
}

/// A chat that is connected to a broker.
fn chat(broker: &Broker) -> Example {
    Example::chat_with(arguments(broker))
}

fn arguments(broker: &Broker) -> [String; 2] {
    [flag(broker.kind).to_owned(), broker.url()]
}

fn flag(kind: Kind) -> &'static str {
    match kind {
        Kind::Redis => "--redis",
        Kind::Nats => "--nats",
    }
}

/// Skips what a person hears until this type of event comes.
async fn hears(person: &mut Person, kind: &str) -> Value {
    loop {
        let event = person.event().await;
        if event["type"] == kind {
            return event;
        }
    }
}

/// Waits until a person is told of this many people at other servers.
async fn knows_of(person: &mut Person, people: usize) {
    loop {
        let event = hears(person, "elsewhere").await;
        if event["elsewhere"]["people"] == people && event["elsewhere"]["silent"] == 0 {
            return;
        }
    }
}

async fn people_at_two_servers_have_one_conversation(kind: Kind) {
    let broker = Broker::start(kind);
    let (one, other) = (chat(&broker), chat(&broker));
    let mut ada = Person::join(one.address, "name=Ada&room=tea").await;
    let mut grace = Person::join(other.address, "name=Grace&room=tea").await;
    knows_of(&mut ada, 1).await;

    assert_eq!(ada.say(1, "can you hear me?").await, 1);
    assert_eq!(
        hears(&mut grace, "message").await["text"],
        "can you hear me?"
    );
    for number in 1..=20 {
        let text = format!("line {number}");
        assert_eq!(grace.say(number, &text).await, number);
    }
    for number in 1..=20 {
        let heard = hears(&mut ada, "message").await;
        assert_eq!(heard["text"], format!("line {number}"));
        assert_ne!(heard["person"]["server"], 0);
    }

    // A route of either server reaches both.
    let answer = http::post(other.address, "/announce?room=tea", "It is ready.");
    assert_eq!(answer.body, "1 sockets of this server");
    for person in [&mut ada, &mut grace] {
        assert_eq!(hears(person, "announcement").await["text"], "It is ready.");
    }
    // Also a route of a server without people in the room.
    let third = chat(&broker);
    let answer = http::post(third.address, "/announce?room=tea", "More?");
    assert_eq!(answer.body, "0 sockets of this server");
    for person in [&mut ada, &mut grace] {
        assert_eq!(hears(person, "announcement").await["text"], "More?");
    }
    // A socket is found from each of them.
    let header = format!("x-socket-id: {}\r\n", ada.socket);
    for chat in [&one, &other, &third] {
        let answer = http::get_with(chat.address, "/hello", &header);
        assert_eq!((answer.status, &*answer.body), (200, "sent"));
        assert_eq!(
            hears(&mut ada, "greeting").await["text"],
            "Hello from a route!"
        );
    }

    grace.leave().await;
    assert_eq!(hears(&mut ada, "leave").await["person"]["name"], "Grace");
    knows_of(&mut ada, 0).await;
    let health = http::get(one.address, "/health").body;
    assert!(health.starts_with("ok\n"), "{health}");
    assert!(health.contains("\nlost: 0\n"), "{health}");
}

async fn a_server_that_stops_takes_its_people_out_of_the_room(kind: Kind) {
    let broker = Broker::start(kind);
    let (one, other) = (chat(&broker), chat(&broker));
    let mut ada = Person::join(one.address, "name=Ada").await;
    let mut grace = Person::join(other.address, "name=Grace").await;
    knows_of(&mut ada, 1).await;
    grace.say(1, "the last words").await;
    other.signal(rustix::process::Signal::TERM);
    assert_eq!(grace.sent_away().await, 1001);
    assert_eq!(other.exit().code(), Some(0));
    assert_eq!(hears(&mut ada, "message").await["text"], "the last words");
    assert_eq!(hears(&mut ada, "leave").await["person"]["name"], "Grace");
    knows_of(&mut ada, 0).await;
}

async fn a_broker_that_cannot_be_used_is_one_line_without_the_password(kind: Kind) {
    let flag = flag(kind);
    let fails = |url: &str| {
        let mut command = std::process::Command::new(CHAT);
        let line = super::start::failure_of(command.args([flag, url]).env("PORT", "0"));
        assert!(line.contains(flag), "{line}");
        assert!(!line.contains("secret"), "{line}");
        line
    };
    let scheme = kind.scheme();
    // Nothing listens there.
    let mut broker = Broker::absent(kind, "");
    let line = fails(&broker.url_of("ada", "secret"));
    assert!(line.contains(&broker.address.to_string()), "{line}");
    for url in [
        "",
        "secret",
        "http://ada:secret@127.0.0.1:6379",
        &format!("{scheme}://ada:secret@"),
        &format!("{scheme}://ada:secret@127.0.0.1:port"),
        &format!("{scheme}//ada:secret@127.0.0.1"),
    ] {
        fails(url);
    }
    // The other kind of broker.
    let other = match kind {
        Kind::Redis => Kind::Nats,
        Kind::Nats => Kind::Redis,
    };
    if requirements::broker(other.program()).is_ok() {
        let other = Broker::start(other);
        fails(&format!("{scheme}://{}", other.address));
    }
    // A broker that wants a password.
    broker.set_options(match kind {
        Kind::Redis => "requirepass right",
        Kind::Nats => "authorization { user: ada, password: right }",
    });
    broker.restart();
    fails(&broker.url_of("ada", "secret"));
}

#[tokio::test]
#[cfg_attr(without_nginx, ignore = "needs nginx: see CONTRIBUTING.md")]
#[cfg_attr(without_redis, ignore = "needs redis-server: see CONTRIBUTING.md")]
async fn a_room_is_whole_behind_nginx_on_one_server_or_on_all() {
    let broker = Broker::start(Kind::Redis);
    let chats = [(); 3].map(|()| chat(&broker));
    for spread in [false, true] {
        let front = Front::start(chats.each_ref().map(|chat| chat.address), spread);
        let mut people = Vec::new();
        for name in ["Ada", "Grace", "Edsger"] {
            let query = format!("name={name}&room=tea-{spread}");
            people.push(Person::join(front.address, &query).await);
        }
        // One after the other is at another server each time.
        let servers: HashSet<_> = people.iter().map(|person| person.server).collect();
        assert_eq!(servers.len(), if spread { 3 } else { 1 });
        if spread {
            for person in &mut people {
                knows_of(person, 2).await;
            }
        }
        people[0].say(1, "is it warm there?").await;
        for person in &mut people[1..] {
            assert_eq!(hears(person, "message").await["text"], "is it warm there?");
        }
        let target = format!("/announce?room=tea-{spread}");
        let answer = http::post(front.address, &target, "The tea is ready.");
        assert_eq!(answer.status, 200);
        for person in &mut people {
            let heard = hears(person, "announcement").await;
            assert_eq!(heard["text"], "The tea is ready.");
            // nginx gives the request to any server.
            let header = format!("x-socket-id: {}\r\n", person.socket);
            assert_eq!(http::get_with(front.address, "/hello", &header).status, 200);
            hears(person, "greeting").await;
        }
    }
}

#[test]
#[cfg_attr(
    without_browser,
    ignore = "needs Chromium, and Node.js with its packages: see CONTRIBUTING.md"
)]
#[cfg_attr(without_redis, ignore = "needs redis-server: see CONTRIBUTING.md")]
fn browsers_at_two_servers_chat_and_are_told_when_these_lose_each_other() {
    requirements::assert(requirements::browser());
    let mut broker = Broker::start(Kind::Redis);
    let one = chat(&broker);
    let other = chat(&broker);
    let port = other.address.port();
    let mut script = script_for("cluster.mjs", [&one.url, &other.url]);
    let mut other = Some(other);
    let deadline = Instant::now() + LONGEST_RUN;
    while let Some(line) = script.stdout.next_before(deadline) {
        match line.as_str() {
            "broker stop" => broker.kill(),
            "broker start" => broker.restart(),
            "other stop" => other.take().expect("a server to stop").kill(),
            "other start" => other = Some(Example::chat_at(port, arguments(&broker))),
            "passed" => break,
            line => panic!("the script said {line}"),
        }
        script.write_line("done");
    }
    assert!(
        script.exit().success(),
        "the script did not see what it should"
    );
}
