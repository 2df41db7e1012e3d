//! The clock of a test, and the wait until nothing more happens by itself.

use std::{
    sync::mpsc,
    thread,
    time::{self, Duration},
};

use actix_web::{App, rt, web};
use levante::{prelude::*, test};
use tokio::{sync::oneshot, time::Instant};

use super::{app, assert_fails, failure, obey};

const SECOND: Duration = Duration::from_secs(1);

#[levante::test]
async fn the_clock_moves_only_when_it_is_told_to() {
    let began = Instant::now();
    let app = app().await;
    let mut client = app.connect("/obey").await;
    client.send("echo one").await;
    assert_eq!(client.text().await, "one");
    client.assert_silent().await;
    client.send("sleep 1000").await;
    client.assert_silent().await;
    assert_eq!(began.elapsed(), Duration::ZERO);
    // One tick before its time the sleep goes on. At its time it ends.
    test::advance(SECOND - Duration::from_millis(1)).await;
    client.assert_silent().await;
    test::advance(Duration::from_millis(1)).await;
    assert_eq!(client.text().await, "slept");
    assert_eq!(began.elapsed(), SECOND);
}

#[levante::test]
async fn an_advance_is_exact_in_whole_milliseconds() {
    let began = Instant::now();
    for (by, sum) in [
        (Duration::ZERO, 0),
        (Duration::from_nanos(1), 1),
        (Duration::from_nanos(999_999), 2),
        (Duration::from_millis(1), 3),
        (Duration::from_nanos(1_000_001), 5),
        (Duration::from_secs(3600), 3_600_005),
    ] {
        test::advance(by).await;
        assert_eq!(began.elapsed(), Duration::from_millis(sum));
    }
}

#[levante::test]
async fn what_is_due_happens_in_its_order() {
    let seen = std::rc::Rc::new(std::cell::RefCell::new(Vec::new()));
    let began = Instant::now();
    for after in [30_u64, 10, 20] {
        let seen = seen.clone();
        rt::spawn(async move {
            // After each sleep, another task must run before the clock moves on.
            for round in 0..3 {
                rt::time::sleep(Duration::from_secs(after)).await;
                let task = rt::spawn(rt::task::yield_now());
                task.await.unwrap();
                seen.borrow_mut()
                    .push((began.elapsed().as_secs(), after, round));
            }
        });
    }
    test::advance(Duration::from_secs(60)).await;
    let mut seen = seen.take();
    // Tasks that are due at the same time may run in any order.
    seen.sort_by_key(|&(at, after, _)| (at, after));
    let expected = [
        (10, 10, 0),
        (20, 10, 1),
        (20, 20, 0),
        (30, 10, 2),
        (30, 30, 0),
        (40, 20, 1),
        (60, 20, 2),
        (60, 30, 1),
    ];
    assert_eq!(seen, expected);
}

#[levante::test]
async fn a_client_that_answers_pings_stays() {
    let app = app().await;
    let mut client = app.connect("/obey").await;
    test::advance(Duration::from_secs(3600)).await;
    assert_eq!(app.server().connections(), 1);
    for _ in 0..100 {
        assert_eq!(client.ping().await, "");
    }
    client.send("echo alive").await;
    assert_eq!(
        client.drain_messages().await.pop(),
        Some(Message::Text("alive".into()))
    );
}

#[levante::test]
async fn a_client_that_does_not_answer_is_dropped() {
    let app = app().await;
    for stops_reading in [false, true] {
        let mut watch = app.connect("/obey").await;
        let mut client = app.connect("/obey").await;
        match stops_reading {
            true => client.stop_reading(),
            false => client.stop_answering(),
        }
        test::advance(Duration::from_secs(119)).await;
        assert_eq!(app.server().connections(), 2);
        test::advance(2 * SECOND).await;
        client.read_on();
        client.drain_messages().await;
        assert_eq!(client.closed().await.code, CloseCode::Abnormal);
        assert_eq!(
            watch.drain_messages().await.pop().unwrap().as_text(),
            Some(r#"closed 1006 "" IdleTimeout"#)
        );
        assert_eq!(app.server().connections(), 1);
        drop(watch);
    }
}

#[levante::test]
async fn a_client_may_answer_again() {
    let app = app().await;
    let mut client = app.connect("/obey").await;
    client.stop_answering();
    test::advance(Duration::from_secs(60)).await;
    client.answer_on();
    test::advance(Duration::from_secs(3600)).await;
    client.assert_silent().await;
    client.stop_answering();
    client.send("close").await;
    assert_eq!(client.closed().await.code, CloseCode::Other(4000));
    // The server waits for the answer to its Close frame.
    assert_eq!(app.server().connections(), 1);
    test::advance(Duration::from_secs(3600)).await;
    assert_eq!(app.server().connections(), 0);
}

#[levante::test]
async fn a_lifetime_ends_with_1001() {
    let app = || App::new().service(obey::service().max_lifetime(60 * SECOND));
    let app = test::app(app).await;
    let mut client = app.connect("/obey").await;
    test::advance(59 * SECOND).await;
    client.assert_silent().await;
    test::advance(2 * SECOND).await;
    assert_eq!(client.closed().await.code, CloseCode::GoingAway);
}

#[levante::test]
async fn a_lifetime_can_be_unset() {
    let app = || {
        let service = obey::service().max_lifetime(60 * SECOND);
        App::new().service(service.max_lifetime(Duration::ZERO))
    };
    let app = test::app(app).await;
    let mut client = app.connect("/obey").await;
    test::advance(3600 * SECOND).await;
    client.send("echo alive").await;
    assert_eq!(client.text().await, "alive");
}

/// A client shows a token that is valid for some seconds, and may show another one later. `-` is
/// valid for ever.
#[websocket("/token/{seconds}", max_lifetime = Duration::from_secs(60))]
mod token {
    use super::*;

    fn attach(seconds: web::Path<String>) -> Attached<()> {
        match seconds.as_str() {
            "unset" => Attached::new(()),
            seconds => Attached::new(()).expires_in(time_left(seconds)),
        }
    }

    fn message(ws: &Ws, seconds: &str) {
        ws.expires_in(time_left(seconds));
    }

    fn time_left(seconds: &str) -> Option<Duration> {
        seconds.parse().ok().map(Duration::from_secs)
    }

    fn close(ws: &Ws, reason: CloseReason) {
        let CloseReason {
            code, reason, by, ..
        } = reason;
        let news = format!("{code} {reason:?} {by:?} {:?}", ws.ready_state());
        ws.server().publish("events", news);
    }
}

#[levante::test]
async fn a_connection_expires_when_its_token_does() {
    let app = test::app(|| {
        App::new()
            .service(token::service())
            .service(obey::service())
    })
    .await;
    let mut watch = app.connect("/obey").await;
    for (shown, renewed, ends_after, reason) in [
        ("unset", None, Some(60), ""),
        ("30", None, Some(30), "expired"),
        ("600", None, Some(600), "expired"),
        ("-", None, None, ""),
        ("30", Some("100"), Some(110), "expired"),
        ("30", Some("-"), None, ""),
        ("600", Some("0"), Some(10), "expired"),
        ("0", None, Some(0), "expired"),
        ("18446744073709551615", None, None, ""),
    ] {
        let mut client = app.connect(&format!("/token/{shown}")).await;
        let passes = |seconds| test::advance(seconds * SECOND);
        let mut left = ends_after.unwrap_or(700);
        if let Some(renewed) = renewed {
            passes(10).await;
            client.send(renewed).await;
            left -= 10;
        }
        if left > 0 {
            passes(left - 1).await;
            test::advance(SECOND - Duration::from_millis(1)).await;
        }
        client.assert_silent().await;
        test::advance(SECOND + Duration::from_millis(100)).await;
        if ends_after.is_none() {
            client.assert_silent().await;
            drop(client);
            assert_eq!(watch.text().await, "1006 \"\" Lost Closed");
            continue;
        }
        let closed = client.closed().await;
        assert_eq!(closed.code, CloseCode::GoingAway, "{shown} {renewed:?}");
        assert_eq!(closed.reason, reason, "{shown} {renewed:?}");
        let news = format!("1001 {reason:?} Lifetime Closed");
        assert_eq!(watch.text().await, news);
    }
}

#[levante::test]
async fn several_parts_of_a_test_may_move_the_clock() {
    let began = Instant::now();
    let short = async {
        test::advance(SECOND).await;
        began.elapsed()
    };
    let long = async {
        test::advance(3 * SECOND).await;
        began.elapsed()
    };
    assert_eq!(tokio::join!(short, long), (SECOND, 3 * SECOND));
}

#[websocket("/blocking")]
mod blocking {
    use super::*;

    async fn message(ws: &Ws, millis: String) {
        let duration = Duration::from_millis(millis.parse().unwrap());
        web::block(move || thread::sleep(duration)).await.unwrap();
        ws.send("done");
    }
}

#[levante::test]
async fn blocking_tasks_are_waited_for_and_the_clock_stands_meanwhile() {
    let app = test::app(|| App::new().service(blocking::service())).await;
    let began = Instant::now();
    let mut client = app.connect("/blocking").await;
    // The second blocking task still runs when the first one ends.
    client.send("20").await;
    assert_eq!(client.text().await, "done");
    let mut other = app.connect("/blocking").await;
    tokio::join!(client.send("5"), other.send("30"));
    assert_eq!(client.text().await, "done");
    assert_eq!(other.text().await, "done");
    assert_eq!(began.elapsed(), Duration::ZERO);
    // The clock also stands for blocking tasks that no code awaits.
    drop(rt::task::spawn_blocking(|| {
        thread::sleep(Duration::from_millis(20))
    }));
    client.send("0").await;
    assert_eq!(client.text().await, "done");
    assert_eq!(began.elapsed(), Duration::ZERO);
    // An advance also waits for blocking tasks.
    let at_work = rt::task::spawn_blocking(|| thread::sleep(Duration::from_millis(20)));
    test::advance(SECOND).await;
    assert!(at_work.is_finished());
    assert_eq!(began.elapsed(), SECOND);
}

#[levante::test]
async fn real_time_passes_where_the_test_says_so() {
    let app = app().await;
    let mut client = app.connect("/obey").await;
    let server = app.server();
    let began = Instant::now();
    let (begin, begun) = mpsc::channel();
    let thread = thread::spawn(move || {
        begun.recv().unwrap();
        thread::sleep(Duration::from_millis(20));
        server.publish("events", "from a thread")
    });
    let text = test::with_real_time(async {
        // Before that the clock stands, however long the thread has slept.
        begin.send(()).unwrap();
        // Calls may be nested.
        test::with_real_time(client.text()).await
    });
    assert_eq!(text.await, "from a thread");
    assert_eq!(thread.join().unwrap(), 1);
    assert!(began.elapsed() >= Duration::from_millis(20));
    // From now on the clock stands still again.
    let stands = Instant::now();
    thread::sleep(Duration::from_millis(2));
    assert_eq!(stands.elapsed(), Duration::ZERO);
    test::advance(SECOND).await;
    assert!((SECOND..SECOND + Duration::from_millis(1)).contains(&stands.elapsed()));
    let sleep = test::with_real_time(rt::time::sleep(Duration::from_millis(1)));
    sleep.await;
}

#[levante::test]
async fn real_time_ends_where_it_is_dropped() {
    tokio::select! {
        biased;
        () = test::with_real_time(std::future::pending()) => {}
        () = std::future::ready(()) => {}
    }
    let stands = Instant::now();
    thread::sleep(Duration::from_millis(2));
    assert_eq!(stands.elapsed(), Duration::ZERO);
}

#[test]
fn a_test_that_waits_for_ever_is_told_so() {
    let message = failure(|| async {
        let (_tell, told) = oneshot::channel::<()>();
        told.await.ok();
    });
    let expected =
        "the test waits for ever: no task has anything to do, and the clock stands still. ";
    assert!(message.starts_with(expected), "{message}");
    // A sleep does not end by itself, even while a client is connected.
    let message = failure(|| async {
        let _client = app().await.connect("/obey").await;
        rt::time::sleep(SECOND).await;
    });
    assert!(message.starts_with(expected), "{message}");
    let message = failure(|| async {
        test::with_real_time(rt::time::sleep(Duration::from_millis(1))).await;
        std::future::pending().await
    });
    assert!(message.starts_with(expected), "{message}");
}

#[test]
fn the_clock_cannot_be_moved_where_or_as_it_does_not_make_sense() {
    let message =
        failure(|| async { test::with_real_time(async { test::advance(SECOND).await }).await });
    assert!(message.contains("where it moves by itself"), "{message}");
    let message = failure(|| async { test::advance(Duration::MAX).await });
    assert!(
        message.starts_with("the clock cannot be moved by so long a time"),
        "{message}"
    );
}

#[test]
fn a_test_of_an_hour_takes_no_time() {
    // The bound is generous: the test only shows that it does not take an hour.
    let began = time::Instant::now();
    test::run(async { test::advance(Duration::from_secs(3600)).await });
    assert!(began.elapsed() < Duration::from_secs(600));
}

#[test]
fn a_failure_within_real_time_fails_the_test() {
    assert_fails(
        || async {
            let mut client = app().await.connect("/obey").await;
            test::with_real_time(async {
                client.send("echo one").await;
                client.binary().await;
            })
            .await;
        },
        "client 1 (/obey) expected binary, but text \"one\" came",
    );
}
