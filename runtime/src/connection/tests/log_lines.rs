//! The log lines of a failing handler.

use tracing::Level;

use super::*;
use crate::{error::PayloadError, log::captured::Captured};

/// Fails in `message`, and then in `error` if it is set.
struct Failing {
    message: fn() -> HandlerError,
    error: Option<fn() -> HandlerError>,
}

impl Dispatch for Failing {
    fn message(&self, _: Incoming<'_>) -> Call {
        Call::Done(Err((self.message)()))
    }
    fn error(&self, error: HandlerError) -> Result<Call, HandlerError> {
        let own = self.error.ok_or(error)?;
        Ok(Call::Done(Err(own())))
    }
}

/// The lines that are logged down to `level` when a message fails. `N` stands for the number of the
/// connection.
fn logged(level: Level, handlers: Failing) -> Vec<String> {
    let captured = Captured::from(level);
    let mut connection = connection(handlers);
    let (id, number) = (connection.core().id, connection.core().number);
    let cx = &mut Context::from_waker(Waker::noop());
    poll(&mut connection, cx, &mut []);
    poll(&mut connection, cx, &mut messages(1));
    let of_this = format!(" socket={number} ");
    let lines = captured.take().into_iter().map(|line| {
        assert!(!line.contains(&id.to_string()), "{line}");
        assert!(!line.contains(char::is_control), "{line}");
        assert!(line.contains(&of_this), "{line}");
        line.replace(&of_this, " socket=N ")
    });
    lines.collect()
}

/// An error whose text contains input of a peer.
fn forged() -> crate::BoxError {
    "bad \x1b[2J\r\n2026-11-25T12:00:00Z ERROR all is lost".into()
}

const QUOTED: &str = r#"bad \u{1b}[2J\r\n2026-11-25T12:00:00Z ERROR all is lost""#;

#[actix_web::test]
async fn an_error_of_a_handler_is_one_line_without_the_id() {
    let lines = logged(
        Level::TRACE,
        Failing {
            message: || HandlerError::new(HandlerKind::Message, Failed::Returned(forged())),
            error: None,
        },
    );
    let message = "closing, as there is no error handler";
    let error = format!("\"{QUOTED}");
    assert_eq!(
        lines,
        [format!(
            "ERROR {message}; socket=N handler=message error={error}"
        )]
    );

    let lines = logged(
        Level::TRACE,
        Failing {
            message: || HandlerError::panicked(HandlerKind::Message, forged().to_string()),
            error: None,
        },
    );
    let error = format!("\"{QUOTED}");
    assert_eq!(
        lines,
        [format!(
            "ERROR {message}; socket=N handler=message error={error}"
        )]
    );
}

#[actix_web::test]
async fn an_error_of_the_error_handler_is_one_line_without_the_id() {
    let lines = logged(
        Level::TRACE,
        Failing {
            message: || HandlerError::Payload(PayloadError::invalid("not told")),
            error: Some(|| HandlerError::new(HandlerKind::Message, Failed::Returned(forged()))),
        },
    );
    let line = format!(
        "ERROR the error handler failed; closing; socket=N handler=message error=\"{QUOTED}"
    );
    assert_eq!(lines, [line]);
}

#[actix_web::test]
async fn a_message_that_does_not_fit_is_the_peers_fault_and_not_above_debug() {
    let failing = || Failing {
        message: || HandlerError::Payload(PayloadError::invalid(forged())),
        error: None,
    };
    assert!(logged(Level::INFO, failing()).is_empty());
    let lines = logged(Level::DEBUG, failing());
    let line = format!(
        "DEBUG closing, as there is no error handler; socket=N handler=message error=\"invalid payload: {QUOTED}"
    );
    assert_eq!(lines, [line]);
}

#[cfg(feature = "json")]
#[actix_web::test]
async fn the_words_of_bad_json_stay_on_their_line() {
    #[derive(Debug, serde::Deserialize)]
    enum Command {}

    let lines = logged(
        Level::TRACE,
        Failing {
            message: || {
                let json = format!(r#""\n\u001b[31mforged{}""#, "!".repeat(1000));
                let error = serde_json::from_str::<Command>(&json).unwrap_err();
                HandlerError::Payload(PayloadError::invalid(error))
            },
            error: None,
        },
    );
    let [line] = &*lines else { panic!("{lines:?}") };
    assert!(line.contains(r"\n\u{1b}[31mforged!!"), "{line}");
    assert!(line.len() < 400 && line.contains("… (10"), "{line}");
}
