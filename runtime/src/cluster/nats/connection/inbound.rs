use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

use tokio::{
    io::ReadHalf,
    sync::{Notify, mpsc, watch},
};

use super::{
    source::{Source, ended},
    writer::Answer,
};
use crate::cluster::{
    address::Host,
    broker::{self, BrokerError, Kind, Reads, Received},
    nats::{
        protocol::{Event, Info},
        refusal, servers,
    },
    transport::Stream,
};

/// The most texts of errors that are kept for one batch.
const MAX_ERRORS: usize = 1000;

/// The part of a connection that receives.
pub(crate) struct Inbound {
    pub(super) source: Source<ReadHalf<Stream>>,
    /// The batches that are on the way, oldest first.
    pub(super) waiting: mpsc::UnboundedReceiver<Answer>,
    /// The errors since the last `PONG`.
    pub(super) errors: Vec<Box<str>>,
    pub(super) pong: Arc<Notify>,
    pub(super) max_payload: Arc<AtomicUsize>,
    /// The other servers that this one knows.
    pub(super) discovered: watch::Sender<Vec<Host>>,
    pub(super) is_over: bool,
}

impl broker::Inbound for Inbound {
    async fn next(&mut self) -> Option<Result<Received, BrokerError>> {
        while !self.is_over {
            let event = match self.source.next().await {
                Ok(Some(event)) => event,
                Ok(None) => return Some(Err(self.end(ended()))),
                Err(error) => return Some(Err(self.end(error))),
            };
            let problem = match event {
                Event::Message(message) => {
                    return Some(Ok(Received {
                        subject: message.subject,
                        payload: message.payload,
                    }));
                }
                Event::Ping => {
                    self.pong.notify_one();
                    None
                }
                Event::Pong => self.answered(),
                Event::Ok => None,
                Event::Error(text) => self.refused(text),
                Event::Info(info) => self.informed(&info),
            };
            if let Some(problem) = problem {
                return Some(Err(problem));
            }
        }
        None
    }

    fn reads(&self) -> Reads {
        self.source.reads()
    }
}

impl Inbound {
    /// The oldest batch has been handled.
    fn answered(&mut self) -> Option<BrokerError> {
        match self.waiting.try_recv() {
            Ok(answer) => {
                // A batch that is no longer waited for has been dropped together with its session.
                let _ = answer.send(Ok(std::mem::take(&mut self.errors)));
                None
            }
            Err(_) => {
                let text = "the server sent a PONG without a PING";
                Some(self.end(BrokerError::new(Kind::Protocol, text)))
            }
        }
    }

    /// The error belongs to the oldest batch. Without a batch it ends the session.
    fn refused(&mut self, text: Box<str>) -> Option<BrokerError> {
        let problem = self.waiting.is_empty().then(|| refusal::meaning(&text));
        if self.errors.len() < MAX_ERRORS {
            self.errors.push(text);
        }
        problem
    }

    /// The server has new properties. In lame duck mode it is about to close the connection, so that
    /// the node has to go to another one.
    fn informed(&mut self, info: &Info) -> Option<BrokerError> {
        self.max_payload.store(servers::max_payload(info), Relaxed);
        servers::discover(&self.discovered, info);
        info.ldm.then(servers::lame_duck)
    }

    /// Ends the connection with the first error that the server has named, or else with this one.
    fn end(&mut self, error: BrokerError) -> BrokerError {
        self.is_over = true;
        let named = self.errors.first().map(|text| refusal::meaning(text));
        let error = named.unwrap_or(error);
        self.waiting.close();
        while let Ok(answer) = self.waiting.try_recv() {
            let _ = answer.send(Err(error.clone()));
        }
        error
    }
}
