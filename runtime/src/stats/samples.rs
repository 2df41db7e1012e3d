//! The numbers of a snapshot with the names and labels that Prometheus wants.

use super::{EndpointStats, Stats};

/// One number of a snapshot, as a time series: [`Stats::samples`].
///
/// ```
/// use levante::Server;
///
/// let stats = Server::global().stats();
/// for sample in stats.samples() {
///     println!("{} {:?} {}", sample.name, sample.labels, sample.value);
/// }
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Sample {
    /// The name of the metric, for example `levante_messages_received_total`.
    pub name: &'static str,
    /// One sentence that says what is counted.
    pub help: &'static str,
    /// Whether it is a counter or a gauge.
    pub kind: SampleKind,
    /// The names and values of the labels. Their number of different values is bounded: a value is
    /// the path of an endpoint, the name of a handler, or one of a fixed list. It is never a topic,
    /// and never text of a peer.
    pub labels: Vec<(&'static str, String)>,
    /// The number.
    pub value: u64,
}

/// The kind of a [`Sample`].
///
/// This enum is exhaustive: an exporter has to know every kind, and a snapshot can only have these.
///
/// ```
/// use levante::{SampleKind, Server};
///
/// let samples = Server::new().stats().samples();
/// let gauges = samples.iter().filter(|sample| sample.kind == SampleKind::Gauge);
/// println!("{} gauges", gauges.count());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SampleKind {
    /// Only increases.
    Counter,
    /// Goes up and down.
    Gauge,
}

/// The name, the help and the kind of a metric.
type Metric = (&'static str, &'static str, SampleKind);

type Labels = Vec<(&'static str, String)>;

const fn counter(name: &'static str, help: &'static str) -> Metric {
    (name, help, SampleKind::Counter)
}

const CONNECTIONS: Metric = (
    "levante_connections",
    "Connections that are open now, closing ones included.",
    SampleKind::Gauge,
);
const OPENED: Metric = counter(
    "levante_connections_opened_total",
    "Connections that have begun.",
);
const REFUSED: Metric = counter(
    "levante_handshakes_refused_total",
    "Refused handshakes, by reason.",
);
const MESSAGES_RECEIVED: Metric = counter(
    "levante_messages_received_total",
    "Messages received from peers.",
);
const BYTES_RECEIVED: Metric = counter(
    "levante_received_bytes_total",
    "Bytes of the payloads of received messages.",
);
const MESSAGES_SENT: Metric = counter(
    "levante_messages_sent_total",
    "Messages queued for peers, sent or published.",
);
const BYTES_SENT: Metric = counter(
    "levante_sent_bytes_total",
    "Bytes of the payloads of messages queued for peers.",
);
const DELIVERIES: Metric = counter(
    "levante_deliveries_total",
    "Published messages queued for subscribers, counted for each subscriber.",
);
const DROPPED: Metric = counter(
    "levante_messages_dropped_total",
    "Messages that were not queued for a peer, by reason.",
);
const REPLACED: Metric = counter(
    "levante_messages_replaced_total",
    "Queued messages that a newer one has replaced.",
);
const CLOSED: Metric = counter(
    "levante_connections_closed_total",
    "Connections that have ended, by close code and cause.",
);
const FAILURES: Metric = counter(
    "levante_handler_failures_total",
    "Failures of handlers, by handler and reason.",
);
const PUBLISHES: Metric = counter("levante_publishes_total", "Messages published to topics.");
const PUBLISHES_INVALID: Metric = counter(
    "levante_publishes_invalid_total",
    "Published messages that could not be encoded.",
);
const PUBLISHES_REFUSED: Metric = counter(
    "levante_publishes_refused_total",
    "Subscribers that missed a message because their worker was full.",
);
const CUT_OFF: Metric = counter(
    "levante_connections_cut_off_total",
    "Connections cut off because the peer did not answer the Close frame in time.",
);

impl Stats {
    /// Every number of the snapshot, for an exporter. The samples of a metric come one after the
    /// other, as the [text format](https://prometheus.io/docs/instrumenting/exposition_formats/) of
    /// Prometheus requires.
    ///
    /// The numbers of endpoints have the label `path`. The samples have no totals of all endpoints:
    /// a query adds them up.
    ///
    /// ```
    /// use levante::Server;
    ///
    /// let server = Server::new();
    /// server.publish("news", "nobody listens");
    /// let lines = server.stats().samples().into_iter().map(|sample| {
    ///     let labels = sample.labels.iter();
    ///     let labels: Vec<_> = labels.map(|(name, value)| format!("{name}={value:?}")).collect();
    ///     format!("{}{{{}}} {}", sample.name, labels.join(","), sample.value)
    /// });
    /// assert_eq!(lines.take(1).collect::<Vec<_>>(), ["levante_publishes_total{} 1"]);
    /// ```
    pub fn samples(&self) -> Vec<Sample> {
        let mut samples = Samples {
            endpoints: self
                .endpoints
                .iter()
                .map(|(path, it)| (&**path, it))
                .collect(),
            list: Vec::new(),
        };
        samples.push(PUBLISHES, Vec::new(), self.publishes);
        samples.push(PUBLISHES_INVALID, Vec::new(), self.publishes_invalid);
        samples.push(PUBLISHES_REFUSED, Vec::new(), self.publishes_refused);
        samples.push(CUT_OFF, Vec::new(), self.cut_off);
        samples.each(CONNECTIONS, |it| it.connections);
        samples.each(OPENED, |it| it.opened);
        samples.each_of(REFUSED, |it| {
            let refused = it.refused.iter();
            refused
                .map(|(by, count)| (vec![("reason", by.to_string())], *count))
                .collect()
        });
        samples.each(MESSAGES_RECEIVED, |it| it.messages_received);
        samples.each(BYTES_RECEIVED, |it| it.bytes_received);
        samples.each(MESSAGES_SENT, |it| it.messages_sent);
        samples.each(BYTES_SENT, |it| it.bytes_sent);
        samples.each(DELIVERIES, |it| it.deliveries);
        samples.each_of(DROPPED, |it| {
            let dropped = [
                ("full", it.dropped_full),
                ("closed", it.dropped_closed),
                ("invalid", it.dropped_invalid),
            ];
            dropped
                .map(|(reason, count)| (vec![("reason", reason.to_owned())], count))
                .into()
        });
        samples.each(REPLACED, |it| it.replaced);
        samples.each_of(CLOSED, |it| {
            let closes = it.closes.iter();
            let labels = closes.map(|((code, by), count)| {
                (
                    vec![("code", code.to_string()), ("by", by.to_string())],
                    *count,
                )
            });
            labels.collect()
        });
        samples.each_of(FAILURES, |it| {
            let failures = it.failures.iter();
            let labels = failures.map(|((handler, by), count)| {
                let handler = ("handler", handler.to_string());
                (vec![handler, ("reason", by.to_string())], *count)
            });
            labels.collect()
        });
        samples.list
    }
}

struct Samples<'a> {
    endpoints: Vec<(&'a str, &'a EndpointStats)>,
    list: Vec<Sample>,
}

impl Samples<'_> {
    fn push(&mut self, (name, help, kind): Metric, labels: Labels, value: u64) {
        self.list.push(Sample {
            name,
            help,
            kind,
            labels,
            value,
        });
    }

    /// One sample for each endpoint.
    fn each(&mut self, metric: Metric, value: impl Fn(&EndpointStats) -> u64) {
        self.each_of(metric, |stats| vec![(Vec::new(), value(stats))]);
    }

    /// Several samples for each endpoint, with labels besides the path.
    fn each_of(&mut self, metric: Metric, values: impl Fn(&EndpointStats) -> Vec<(Labels, u64)>) {
        for (path, stats) in self.endpoints.clone() {
            for (labels, value) in values(stats) {
                let path = ("path", path.to_owned());
                let labels = [path].into_iter().chain(labels).collect();
                self.push(metric, labels, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::{
        close::ClosedBy,
        error::HandlerKind,
        stats::{CodeClass, FailedBy, RefusedBy},
    };

    fn stats() -> Stats {
        let endpoint = EndpointStats {
            connections: 1,
            opened: 5,
            refused: [(RefusedBy::AttachClient, 2)].into(),
            dropped_closed: 4,
            closes: [((CodeClass::Application, ClosedBy::Peer), 3)].into(),
            failures: [((HandlerKind::Message, FailedBy::Panic), 6)].into(),
            ..EndpointStats::default()
        };
        Stats {
            endpoints: [
                ("/a".to_owned(), endpoint.clone()),
                ("/b/{room}".to_owned(), endpoint),
            ]
            .into(),
            publishes: 9,
            ..Stats::default()
        }
    }

    fn lines() -> Vec<String> {
        let line = |sample: Sample| {
            let labels = sample.labels.iter();
            let labels: Vec<_> = labels.map(|(name, it)| format!("{name}={it}")).collect();
            format!("{} {} {}", sample.name, labels.join(","), sample.value)
        };
        stats().samples().into_iter().map(line).collect()
    }

    #[test]
    fn every_number_has_its_name_and_labels() {
        let lines = lines();
        for line in [
            "levante_publishes_total  9",
            "levante_connections path=/a 1",
            "levante_connections path=/b/{room} 1",
            "levante_connections_opened_total path=/a 5",
            "levante_handshakes_refused_total path=/a,reason=attach_4xx 2",
            "levante_messages_dropped_total path=/a,reason=closed 4",
            "levante_messages_dropped_total path=/a,reason=full 0",
            "levante_connections_closed_total path=/a,code=4xxx,by=peer 3",
            "levante_handler_failures_total path=/a,handler=message,reason=panic 6",
        ] {
            assert!(lines.iter().any(|it| it == line), "{line}: {lines:#?}");
        }
    }

    #[test]
    fn names_are_as_prometheus_wants_them() {
        let samples = stats().samples();
        let mut names: Vec<_> = samples.iter().map(|sample| sample.name).collect();
        names.dedup();
        let different: BTreeSet<_> = names.iter().collect();
        assert_eq!(
            different.len(),
            names.len(),
            "the samples of a name are together"
        );
        for sample in samples {
            let name = sample.name;
            assert!(name.starts_with("levante_"), "{name}");
            assert!(
                name.bytes().all(|b| b == b'_' || b.is_ascii_lowercase()),
                "{name}"
            );
            let is_counter = sample.kind == SampleKind::Counter;
            assert_eq!(name.ends_with("_total"), is_counter, "{name}");
            assert!(sample.help.ends_with('.') && !sample.help.contains(['\\', '\n']));
        }
    }
}
