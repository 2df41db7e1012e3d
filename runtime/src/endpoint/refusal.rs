//! Refused handshakes: the answer to the client, and the log line for the operator.

use std::borrow::Cow;

use actix_web::{
    Error, HttpResponse,
    http::{StatusCode, header},
};

use crate::{
    dispatch::TARGET,
    guard::{self, Panic},
    log::{Quoted, QuotedBytes, limited},
    protocol::handshake::{Rejection, VERSION},
    stats::{Meter, RefusedBy},
};

/// A refused handshake.
#[derive(Debug)]
pub(super) struct Refusal {
    response: HttpResponse,
    /// For the counters.
    by: RefusedBy,
    /// For the log. Text from the client is quoted in it.
    reason: Cow<'static, str>,
}

impl Refusal {
    fn new(response: HttpResponse, by: RefusedBy, reason: impl Into<Cow<'static, str>>) -> Self {
        let reason = reason.into();
        Self {
            response,
            by,
            reason,
        }
    }

    /// The request breaks a rule of RFC 6455.
    pub(super) fn rejected(rejection: Rejection) -> Self {
        let status = StatusCode::from_u16(rejection.status()).unwrap_or(StatusCode::BAD_REQUEST);
        let mut response = HttpResponse::build(status);
        if status == StatusCode::UPGRADE_REQUIRED {
            response.insert_header((header::UPGRADE, "websocket"));
            response.insert_header((header::SEC_WEBSOCKET_VERSION, VERSION));
        }
        let sentence = rejection.to_string();
        Self::new(
            response.body(sentence.clone()),
            RefusedBy::Protocol,
            sentence,
        )
    }

    /// The page may not connect. `way_out` says how to allow it.
    pub(super) fn foreign(origin: &[u8], host: &[u8], way_out: &str) -> Self {
        let response = HttpResponse::Forbidden().body(format!(
            "Pages of this origin may not connect to this socket: {way_out}."
        ));
        let (origin, host) = (QuotedBytes(origin), QuotedBytes(host));
        let reason =
            format!("the setting `origins` does not have {origin} (the host is {host}): {way_out}");
        Self::new(response, RefusedBy::Origins, reason)
    }

    /// The request is for a server of another name.
    pub(super) fn misdirected(host: &[u8]) -> Self {
        let way_out = "behind a proxy, pass the `Host` header through, or list the host in `hosts`";
        let response = HttpResponse::MisdirectedRequest().body(format!(
            "This server does not have the name that the `Host` header says: {way_out}."
        ));
        let host = QuotedBytes(host);
        let reason = format!("the setting `hosts` does not have {host}: {way_out}");
        Self::new(response, RefusedBy::Hosts, reason)
    }

    /// The server has reached `max_connections`.
    pub(super) fn unavailable() -> Self {
        Self::try_again(
            RefusedBy::MaxConnections,
            "There is no room for another connection. Try again later.",
            "the server has as many connections as it may",
        )
    }

    /// The server accepts no new connections, because it is stopping.
    pub(super) fn shutting_down() -> Self {
        Self::try_again(
            RefusedBy::Shutdown,
            "The server is shutting down. Try again later.",
            "the server is shutting down",
        )
    }

    pub(super) fn too_slow() -> Self {
        Self::try_again(
            RefusedBy::HandshakeTimeout,
            "This takes too long. Try again later.",
            "`attach` took longer than the setting `handshake_timeout` allows",
        )
    }

    fn try_again(by: RefusedBy, sentence: &'static str, reason: &'static str) -> Self {
        let response = HttpResponse::ServiceUnavailable()
            .insert_header((header::RETRY_AFTER, "1"))
            .body(sentence);
        Self::new(response, by, reason)
    }

    /// The operating system returned no random bytes for the id.
    pub(super) fn unlucky(error: getrandom::Error) -> Self {
        let reason = format!("there are no random bytes: {error}");
        Self::new(
            HttpResponse::InternalServerError().finish(),
            RefusedBy::Internal,
            reason,
        )
    }

    /// `attach` or one of its extractors returned an error.
    pub(super) fn failed(error: Error) -> Result<Self, Panic> {
        guard::call(|| {
            let reason = format!("`attach` failed: {}", Quoted(&error));
            let response = HttpResponse::from_error(error);
            let by = RefusedBy::attach(response.status().as_u16());
            Self::new(response, by, reason)
        })
    }

    /// `attach` or one of its extractors panicked.
    pub(super) fn panicked() -> Self {
        let response =
            HttpResponse::InternalServerError().body("Something went wrong in the server.");
        Self::new(response, RefusedBy::AttachPanic, "`attach` panicked")
    }

    /// The status and the reason of the refusal.
    #[cfg(test)]
    pub(super) fn says(&self) -> (StatusCode, &str) {
        (self.response.status(), &self.reason)
    }

    /// Counts and logs that the handshake was refused, and returns the answer.
    pub(super) fn answer(self, meter: &Meter) -> HttpResponse {
        let Self {
            response,
            by,
            reason,
        } = self;
        meter.refused(by);
        let status = response.status().as_u16();
        limited!(target: TARGET, INFO, status, %reason, "refused");
        response
    }
}

#[cfg(test)]
mod tests {
    use actix_web::error::ErrorUnauthorized;
    use tracing::Level;

    use super::*;
    use crate::log::captured::Captured;

    #[test]
    fn a_refusal_is_logged_as_far_as_a_line_can_bear_it() {
        let captured = Captured::from(Level::INFO);
        for (refusal, status, reason) in [
            (
                Refusal::too_slow(),
                503,
                "`attach` took longer than the setting `handshake_timeout` allows".to_owned(),
            ),
            (
                Refusal::failed(ErrorUnauthorized("who is \r\n this?")).unwrap(),
                401,
                r#"`attach` failed: "who is \r\n this?""#.to_owned(),
            ),
            (
                Refusal::shutting_down(),
                503,
                "the server is shutting down".to_owned(),
            ),
            (
                Refusal::unavailable(),
                503,
                "the server has as many connections as it may".to_owned(),
            ),
            (Refusal::panicked(), 500, "`attach` panicked".to_owned()),
        ] {
            let response = refusal.answer(&Meter::new(None));
            assert_eq!(response.status().as_u16(), status);
            let expected = format!("INFO refused; status={status} reason={reason}");
            assert_eq!(captured.take(), [expected]);
        }
    }
}
