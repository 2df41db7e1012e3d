//! A graceful stop.

use std::time::Duration;

use actix_web::App;
use levante::{prelude::*, test};

use super::{app, assert_fails, obey};

#[levante::test]
async fn sockets_are_closed_with_1001_and_no_more_come_in() {
    let app = app().await;
    let mut ann = app.connect("/obey").await;
    let mut bob = app.connect("/obey").await;
    app.server().publish("events", "the last one");
    app.shutdown().await;
    for client in [&mut ann, &mut bob] {
        assert_eq!(client.text().await, "the last one");
        assert_eq!(client.closed().await.code, CloseCode::GoingAway);
    }
    assert_eq!(app.server().connections(), 0);
    assert_eq!(app.try_connect("/obey").await.unwrap_err().status(), 503);
    // Once more is fine.
    app.shutdown().await;
}

#[levante::test]
async fn it_begins_with_the_call_and_waits_for_those_that_do_not_answer() {
    let app = || App::new().service(obey::service().close_timeout(Duration::from_secs(10)));
    let app = test::app(app).await;
    let mut silent = app.connect("/obey").await;
    silent.stop_reading();
    let stop = app.shutdown();
    silent.assert_silent().await;
    assert_eq!(app.server().connections(), 1);
    test::advance(Duration::from_secs(9)).await;
    assert_eq!(app.server().connections(), 1);
    test::advance(Duration::from_secs(3)).await;
    stop.await;
    assert_eq!(app.server().connections(), 0);
}

#[levante::test]
async fn those_that_have_not_left_after_30_seconds_are_cut_off() {
    let app = || App::new().service(obey::service().close_timeout(Duration::from_secs(3600)));
    let app = test::app(app).await;
    let mut silent = app.connect("/obey").await;
    silent.stop_answering();
    let stop = app.shutdown();
    test::advance(Duration::from_secs(29)).await;
    assert_eq!(app.server().connections(), 1);
    test::advance(Duration::from_secs(1)).await;
    stop.await;
    assert_eq!(app.server().connections(), 0);
    assert_eq!(silent.closed().await.code, CloseCode::GoingAway);
}

#[levante::test]
async fn other_applications_of_the_test_go_on() {
    let (stopped, other) = (app().await, app().await);
    let mut gone = stopped.connect("/obey").await;
    let mut here = other.connect("/obey").await;
    stopped.shutdown().await;
    assert_eq!(gone.closed().await.code, CloseCode::GoingAway);
    assert_eq!(here.text().await, r#"closed 1001 "" Shutdown"#);
    here.send("echo here").await;
    assert_eq!(here.text().await, "here");
}

#[levante::test]
async fn a_space_may_be_shut_down_too() {
    let app = app().await;
    let mut client = app.connect("/obey").await;
    let time = Duration::from_secs(10);
    let cut_off = app
        .server()
        .shutdown(CloseCode::Restart, "soon", time)
        .await;
    assert_eq!(cut_off, 0);
    let end = client.closed().await;
    assert_eq!((end.code, &*end.reason), (CloseCode::Restart, "soon"));
}

#[test]
fn a_stop_that_waits_says_for_what() {
    assert_fails(
        || async {
            let app = app().await;
            let mut ann = app.connect("/obey?name=Ann").await;
            let _bob = app.connect("/obey?name=Bob").await;
            ann.stop_reading();
            app.shutdown().await;
        },
        "the stop waits, and the clock stands still: `advance` it before the stop is awaited, for \
         those that have not left: client 1 (/obey?name=Ann)",
    );
}
