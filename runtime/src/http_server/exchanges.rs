//! The requests and responses of a connection, and the time limits for its peer.

use std::{
    cell::{Cell, RefCell},
    error::Error,
    io::ErrorKind,
    mem,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, ready},
    time::Duration,
};

use actix_http::{
    ConnectionType, KeepAlive, Payload, Response,
    body::{BodySize, BoxBody, MessageBody},
    error::PayloadError,
};
use bytes::Bytes;

use crate::patience::Countdown;

/// The time limits for a peer. Zero: no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Limits {
    /// How long the peer may read nothing of a response, or send nothing of a body.
    pub(super) stall: Duration,
    /// The time from the end of a response to the end of the next request's head.
    next: Duration,
    /// The same limit after a request whose body was not read: actix must first read and discard
    /// the remaining body.
    next_after_body: Duration,
}

impl Limits {
    pub(super) fn new(stall: Duration, keep_alive: KeepAlive, head: Duration) -> Self {
        let next = match keep_alive {
            KeepAlive::Timeout(idle) if !head.is_zero() => idle.saturating_add(head),
            KeepAlive::Disabled => head,
            KeepAlive::Timeout(_) | KeepAlive::Os => Duration::ZERO,
        };
        let next_after_body = match stall.is_zero() {
            true => next,
            false => stall.max(next),
        };
        Self {
            stall,
            next,
            next_after_body,
        }
    }
}

/// The requests of one HTTP/1 connection. They come one after the other.
pub(super) struct Exchanges {
    limits: Limits,
    /// The number of requests that are not yet answered completely: 0 or 1.
    under_way: Cell<usize>,
    /// Whether the body of the last request was not read to its end.
    body_unread: Cell<bool>,
    /// Runs between two requests. The time until the first request is limited by actix.
    next: RefCell<Countdown>,
    /// The timer for the next body. It is reused, so that not every body creates a timer.
    silence: Cell<Countdown>,
    /// Whether the connection ends as soon as no request is under way.
    over: Cell<bool>,
    /// Whether the dispatcher was already woken to read the end of the stream.
    told: Cell<bool>,
}

impl Exchanges {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            under_way: Cell::new(0),
            body_unread: Cell::new(false),
            next: RefCell::default(),
            silence: Cell::default(),
            over: Cell::new(false),
            told: Cell::new(false),
        }
    }

    /// Records the start of a request. The request is under way until the returned value is
    /// dropped.
    pub(super) fn begin(self: &Rc<Self>) -> UnderWay {
        self.under_way.set(self.under_way.get() + 1);
        self.body_unread.set(false);
        self.next.borrow_mut().stop();
        UnderWay(self.clone())
    }

    /// Ready when the dispatcher must read the end of the stream.
    pub(super) fn poll_over(&self, cx: &mut Context<'_>) -> Poll<()> {
        if self.under_way.get() > 0 {
            return Poll::Pending;
        }
        if !self.over.get() {
            ready!(self.next.borrow_mut().poll(cx));
            self.over.set(true);
        }
        Poll::Ready(())
    }

    /// If the connection is over, wakes the dispatcher once. Otherwise polls the timer, so that the
    /// timer wakes it.
    pub(super) fn wake_at_end(&self, cx: &mut Context<'_>) {
        if self.poll_over(cx).is_ready() && !self.told.replace(true) {
            cx.waker().wake_by_ref();
        }
    }

    fn end(&self) {
        let limit = match self.body_unread.get() {
            true => self.limits.next_after_body,
            false => self.limits.next,
        };
        self.next.borrow_mut().start(limit);
    }
}

/// A request that is not yet answered completely.
pub(super) struct UnderWay(Rc<Exchanges>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        let left = self.0.under_way.get() - 1;
        self.0.under_way.set(left);
        if left == 0 {
            self.0.end();
        }
    }
}

/// Makes a payload fail if the peer sends nothing of it for the time `stall`. Zero: no limit. An
/// HTTP/1 connection then ends with the response to this request.
pub(super) fn watch(payload: &mut Payload, stall: Duration, under_way: Option<&UnderWay>) {
    if matches!(payload, Payload::None) {
        return;
    }
    let exchanges = under_way.map(|under_way| under_way.0.clone());
    let silence = exchanges.as_ref().map(|exchanges| {
        exchanges.body_unread.set(true);
        exchanges.silence.take()
    });
    let watched = Watched {
        payload: payload.take(),
        stall,
        silence: silence.unwrap_or_default(),
        is_over: false,
        exchanges,
    };
    *payload = Payload::Stream {
        payload: Box::pin(watched),
    };
}

struct Watched {
    payload: Payload,
    stall: Duration,
    /// Runs while the application waits for the next chunk.
    silence: Countdown,
    is_over: bool,
    exchanges: Option<Rc<Exchanges>>,
}

impl Drop for Watched {
    fn drop(&mut self) {
        if let Some(exchanges) = &self.exchanges {
            self.silence.stop();
            exchanges.silence.set(mem::take(&mut self.silence));
        }
    }
}

impl futures_core::Stream for Watched {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        if this.is_over {
            return Poll::Ready(None);
        }
        let Poll::Ready(next) = Pin::new(&mut this.payload).poll_next(cx) else {
            ready!(this.silence.poll_for(this.stall, cx));
            this.is_over = true;
            if let Some(exchanges) = &this.exchanges {
                exchanges.over.set(true);
            }
            let error = PayloadError::Incomplete(Some(ErrorKind::TimedOut.into()));
            return Poll::Ready(Some(Err(error)));
        };
        this.silence.stop();
        if next.is_none()
            && let Some(exchanges) = &this.exchanges
        {
            exchanges.body_unread.set(false);
        }
        Poll::Ready(next)
    }
}

/// The body of a response. When it is dropped, its request is no longer under way.
pub(super) struct Answer {
    body: BoxBody,
    _under_way: Option<UnderWay>,
}

impl Answer {
    /// Ties a request to its response: both end together.
    pub(super) fn of(
        mut response: Response<BoxBody>,
        under_way: Option<UnderWay>,
    ) -> Response<Self> {
        if let Some(UnderWay(exchanges)) = &under_way
            && exchanges.over.get()
        {
            let head = response.head_mut();
            head.set_connection_type(ConnectionType::Close);
        }
        response.map_body(|_, body| Self {
            body,
            _under_way: under_way,
        })
    }
}

impl MessageBody for Answer {
    type Error = Box<dyn Error>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.get_mut().body).poll_next(cx)
    }
}

#[cfg(test)]
mod tests {
    use std::{future::poll_fn, task::Waker};

    use actix_http::h1;
    use futures_core::Stream as _;
    use tokio::time::{pause, sleep};

    use super::*;

    const SHORT: Duration = Duration::from_millis(20);
    const STALL: Duration = Duration::from_secs(30);
    const HEAD: Duration = Duration::from_secs(5);
    const NONE: Duration = Duration::ZERO;

    #[test]
    fn the_next_request_has_the_time_to_begin_and_to_be_whole() {
        let limits = |stall, keep_alive, head| {
            let limits = Limits::new(stall, keep_alive, head);
            (limits.next.as_secs(), limits.next_after_body.as_secs())
        };
        let idle = |secs| KeepAlive::Timeout(Duration::from_secs(secs));
        assert_eq!(limits(STALL, idle(7), HEAD), (12, 30));
        assert_eq!(limits(STALL, idle(60), HEAD), (65, 65));
        assert_eq!(limits(STALL, KeepAlive::Disabled, HEAD), (5, 30));
        // If the head has no limit, the next request has none either.
        assert_eq!(limits(STALL, idle(7), NONE), (0, 30));
        assert_eq!(limits(STALL, KeepAlive::Os, HEAD), (0, 30));
        assert_eq!(limits(NONE, idle(7), HEAD), (12, 12));
        assert_eq!(limits(NONE, KeepAlive::Os, NONE), (0, 0));
        assert_eq!(
            Limits::new(NONE, KeepAlive::Timeout(Duration::MAX), HEAD).next,
            Duration::MAX
        );
    }

    fn exchanges(next: Duration) -> Rc<Exchanges> {
        Rc::new(Exchanges::new(Limits {
            stall: SHORT,
            next,
            next_after_body: 2 * next,
        }))
    }

    fn is_over(exchanges: &Exchanges) -> bool {
        let cx = &mut Context::from_waker(Waker::noop());
        exchanges.poll_over(cx).is_ready()
    }

    #[actix_web::test]
    async fn a_connection_is_over_when_no_request_comes() {
        pause();
        let exchanges = exchanges(SHORT);
        // The limit applies neither to the first request nor to a request under way.
        sleep(2 * SHORT).await;
        assert!(!is_over(&exchanges));
        let request = exchanges.begin();
        sleep(2 * SHORT).await;
        assert!(!is_over(&exchanges));
        drop(request);
        assert!(!is_over(&exchanges));
        let request = exchanges.begin();
        sleep(2 * SHORT).await;
        assert!(!is_over(&exchanges));
        drop(request);
        poll_fn(|cx| exchanges.poll_over(cx)).await;
        assert!(is_over(&exchanges));
    }

    async fn next(payload: &mut Payload) -> Option<Result<Bytes, PayloadError>> {
        poll_fn(|cx| Pin::new(&mut *payload).poll_next(cx)).await
    }

    #[actix_web::test]
    async fn a_body_may_be_slow_but_not_stop() {
        pause();
        let exchanges = exchanges(NONE);
        let request = exchanges.begin();
        let (mut sender, payload) = h1::Payload::create(false);
        let mut payload = Payload::from(payload);
        watch(&mut payload, 2 * SHORT, Some(&request));
        let send = actix_web::rt::spawn(async move {
            for _ in 0..4 {
                sleep(SHORT).await;
                sender.feed_data(Bytes::from_static(b"x"));
            }
            sender
        });
        for _ in 0..4 {
            assert_eq!(next(&mut payload).await.unwrap().unwrap(), "x");
        }
        let sender = send.await.unwrap();
        let failed = next(&mut payload).await;
        assert!(
            matches!(failed, Some(Err(PayloadError::Incomplete(Some(_))))),
            "{failed:?}"
        );
        assert!(next(&mut payload).await.is_none());
        // The connection ends, but only after the response.
        assert!(!is_over(&exchanges));
        let answer = Answer::of(Response::bad_request().map_into_boxed_body(), Some(request));
        assert_eq!(answer.head().connection_type(), ConnectionType::Close);
        assert!(!is_over(&exchanges));
        drop(answer);
        assert!(is_over(&exchanges));
        drop(sender);
    }

    #[actix_web::test]
    async fn a_body_without_a_limit_may_be_silent() {
        pause();
        let (_sender, payload) = h1::Payload::create(false);
        let mut payload = Payload::from(payload);
        watch(&mut payload, NONE, None);
        let cx = &mut Context::from_waker(Waker::noop());
        assert!(Pin::new(&mut payload).poll_next(cx).is_pending());
        sleep(2 * SHORT).await;
        assert!(Pin::new(&mut payload).poll_next(cx).is_pending());
    }

    #[actix_web::test]
    async fn what_is_left_of_a_body_may_take_longer_than_a_head() {
        for is_read in [true, false] {
            let exchanges = exchanges(SHORT);
            let request = exchanges.begin();
            let (mut sender, payload) = h1::Payload::create(false);
            let mut payload = Payload::from(payload);
            watch(&mut payload, SHORT, Some(&request));
            if is_read {
                sender.feed_eof();
                assert!(next(&mut payload).await.is_none());
            }
            drop(request);
            let limit = match is_read {
                true => SHORT,
                false => 2 * SHORT,
            };
            assert_eq!(exchanges.next.borrow().limit(), limit);
        }
    }
}
