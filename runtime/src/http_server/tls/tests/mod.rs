mod streams;

use std::{
    future::{Pending, pending},
    task::Waker,
};

use tokio::sync::oneshot;

use super::*;

const LONG: Duration = Duration::from_secs(3600);

/// A handshake that never ends.
fn endless() -> Pending<Result<(), ()>> {
    pending()
}

fn is_pending(handshake: &mut std::pin::Pin<Box<impl Future>>) -> bool {
    let cx = &mut Context::from_waker(Waker::noop());
    handshake.as_mut().poll(cx).is_pending()
}

#[actix_web::test]
async fn a_handshake_has_a_place_until_it_is_over() {
    let handshakes = Handshakes::new(2, LONG);
    let free = || handshakes.places.available_permits();
    let (done, first) = oneshot::channel::<()>();
    let mut first = Box::pin(handshakes.run(first));
    let mut second = Box::pin(handshakes.run(endless()));
    let mut third = Box::pin(handshakes.run(endless()));
    assert!(is_pending(&mut first));
    assert_eq!(free(), 1);
    assert!(is_pending(&mut second));
    assert_eq!(free(), 0);
    // The third handshake waits.
    assert!(is_pending(&mut third));
    // A completed handshake frees its place, and so does a dropped one.
    done.send(()).unwrap();
    assert_eq!(first.await, Some(()));
    assert!(is_pending(&mut third));
    assert_eq!(free(), 0);
    drop(second);
    assert_eq!(free(), 1);
    drop(third);
    assert_eq!(handshakes.run(async { Err::<(), _>("no TLS") }).await, None);
    assert_eq!(free(), 2);
}

#[actix_web::test]
async fn nobody_waits_for_ever() {
    let handshakes = Handshakes::new(1, Duration::from_millis(20));
    assert_eq!(handshakes.run(endless()).await, None);
    let place = handshakes.places.acquire().await.unwrap();
    assert_eq!(handshakes.run(async { Ok::<_, ()>(()) }).await, None);
    drop(place);
    assert_eq!(handshakes.run(async { Ok::<_, ()>(()) }).await, Some(()));
}
