//! The lines that a server logs, each with its span.

use std::{
    fmt::{Debug, Write as _},
    sync::{Arc, Mutex, OnceLock},
};

use tracing::{
    Dispatch, Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
    level_filters::LevelFilter,
    span::{Attributes, Id, Record},
    subscriber::{NoSubscriber, set_default},
};

use crate::support::Log;

/// A subscriber for the threads of one server with one worker.
///
/// A line is such as `INFO levante::socket{socket=1 path="/a"}: the message; field=1`. A span
/// within another one is behind it.
#[derive(Clone)]
pub(crate) struct Captured(Arc<Capture>);

struct Capture {
    level: Level,
    lines: Log,
    /// The text of each span, behind those of the spans around it, by its id.
    spans: Mutex<Vec<String>>,
    /// The spans that are entered now, the innermost last.
    entered: Mutex<Vec<Id>>,
}

impl Captured {
    /// Captures events of this level or above.
    pub(crate) fn from(level: Level) -> Self {
        keep_two_subscribers();
        Self(Arc::new(Capture {
            level,
            lines: Log::default(),
            spans: Mutex::default(),
            entered: Mutex::default(),
        }))
    }

    /// Makes this thread log here for the rest of its life.
    pub(crate) fn install(&self) {
        std::mem::forget(set_default(self.clone()));
    }

    /// The next line.
    pub(crate) async fn next(&self) -> String {
        self.0.lines.next().await
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.lines.is_empty()
    }
}

/// While a process has only one subscriber, tracing decides for all threads whether a place in the
/// source logs, and asks only the thread that comes there first. That thread may belong to another
/// test and have no subscriber. With two subscribers tracing asks both.
fn keep_two_subscribers() {
    static KEPT: OnceLock<[Dispatch; 2]> = OnceLock::new();
    KEPT.get_or_init(|| [(); 2].map(|()| Dispatch::new(NoSubscriber::new())));
}

impl Subscriber for Captured {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        let target = metadata.target();
        let is_ours = target.starts_with("levante") || target.starts_with("it");
        is_ours && *metadata.level() <= self.0.level
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.0.level.into())
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut fields = Fields::default();
        span.record(&mut fields);
        let entered = self.0.entered.lock().unwrap().last().cloned();
        let around = span.parent().cloned().or(entered);
        let mut spans = self.0.spans.lock().unwrap();
        let around = around.map_or("", |around| &spans[around.into_u64() as usize - 1]);
        let name = span.metadata().name();
        let text = format!("{around}{name}{{{}}}: ", fields.others.trim_start());
        spans.push(text);
        Id::from_u64(spans.len() as u64)
    }

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let entered = self.0.entered.lock().unwrap().last().cloned();
        let span = event.parent().cloned().or(entered);
        let spans = self.0.spans.lock().unwrap();
        let span = span.map_or("", |span| &spans[span.into_u64() as usize - 1]);
        let level = event.metadata().level();
        let Fields { message, others } = fields;
        self.0
            .lines
            .push(format!("{level} {span}{message};{others}"));
    }

    fn enter(&self, span: &Id) {
        self.0.entered.lock().unwrap().push(span.clone());
    }

    fn exit(&self, span: &Id) {
        let left = self.0.entered.lock().unwrap().pop();
        assert_eq!(left.as_ref(), Some(span));
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}
}

#[derive(Default)]
struct Fields {
    message: String,
    others: String,
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        match field.name() {
            "message" => self.message = format!("{value:?}"),
            name => _ = write!(self.others, " {name}={value:?}"),
        }
    }
}
