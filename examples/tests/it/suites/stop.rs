//! The operating system tells an example to stop.

use std::io::{Read as _, Write as _};

use rustix::process::Signal;

use crate::support::{client::Person, process::Example};

#[tokio::test]
async fn a_signal_sends_everybody_away_and_ends_the_process() {
    for signal in [Signal::INT, Signal::TERM] {
        let chat = Example::chat();
        let mut people = Vec::new();
        for name in ["Ada", "Grace", "Edsger"] {
            people.push(Person::join(chat.address, &format!("name={name}")).await);
        }
        people[0].say(1, "the last words").await;

        chat.signal(signal);
        let mut last = people.pop().unwrap();
        while last.event().await["text"] != "the last words" {}
        people.push(last);
        for person in people {
            assert_eq!(person.sent_away().await, 1001, "{signal:?}");
        }
        assert_eq!(chat.exit().code(), Some(0), "{signal:?}");
    }
}

#[test]
fn the_echo_stops_gracefully_on_either_driver() {
    for driver in ["takeover", "body"] {
        for signal in [Signal::INT, Signal::TERM] {
            let echo = Example::echo(driver);
            let mut client = crate::support::http::upgrade(echo.address, "/ws");
            echo.signal(signal);
            let mut close = [0; 4];
            client.read_exact(&mut close).unwrap();
            assert_eq!(close, [0x88, 2, 0x03, 0xe9], "{driver} {signal:?}");
            // The answer, masked with zeros, and then the end.
            client
                .write_all(&[0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe9])
                .unwrap();
            assert_eq!(client.read(&mut close).unwrap(), 0, "{driver} {signal:?}");
            assert_eq!(echo.exit().code(), Some(0), "{driver} {signal:?}");
        }
    }
}

#[tokio::test]
async fn a_second_signal_ends_the_process_at_once() {
    // The stop would wait for a peer that does not answer the Close frame.
    let echo = Example::echo("takeover");
    let silent = crate::support::http::upgrade(echo.address, "/ws");
    echo.signal(Signal::INT);
    let mut close = [0; 4];
    (&silent).read_exact(&mut close).unwrap();
    assert_eq!(close, [0x88, 2, 0x03, 0xe9]);
    echo.signal(Signal::INT);
    assert_eq!(echo.exit().code(), Some(0));
}
