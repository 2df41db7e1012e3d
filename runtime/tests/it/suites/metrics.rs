//! The feature `metrics`: a recorder gets the numbers of a snapshot.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
};

use actix_web::App;
use levante::test::app;
use metrics::{
    Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit,
    with_local_recorder,
};

/// Keeps every number, by its name and labels.
#[derive(Default)]
struct Kept {
    numbers: Mutex<BTreeMap<String, Arc<AtomicU64>>>,
    described: Mutex<Vec<(String, Option<Unit>)>>,
}

impl Kept {
    fn number(&self, key: &Key) -> Arc<AtomicU64> {
        let labels = key
            .labels()
            .map(|it| format!("{}={}", it.key(), it.value()));
        let labels: Vec<_> = labels.collect();
        let name = format!("{} {}", key.name(), labels.join(","));
        self.numbers
            .lock()
            .unwrap()
            .entry(name)
            .or_default()
            .clone()
    }

    fn counter(&self, name: &str) -> u64 {
        let numbers = self.numbers.lock().unwrap();
        let number = numbers.get(name);
        number
            .unwrap_or_else(|| panic!("{name}: {numbers:#?}"))
            .load(Relaxed)
    }

    fn describe(&self, name: KeyName, unit: Option<Unit>) {
        let described = &mut self.described.lock().unwrap();
        described.push((name.as_str().to_owned(), unit));
    }
}

impl Recorder for Kept {
    fn describe_counter(&self, name: KeyName, unit: Option<Unit>, _: SharedString) {
        self.describe(name, unit);
    }

    fn describe_gauge(&self, name: KeyName, unit: Option<Unit>, _: SharedString) {
        self.describe(name, unit);
    }

    fn describe_histogram(&self, name: KeyName, _: Option<Unit>, _: SharedString) {
        panic!("{} is no histogram", name.as_str());
    }

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(self.number(key))
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::from_arc(self.number(key))
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        panic!("{key} is no histogram");
    }
}

#[levante::websocket("/measured")]
mod measured {
    fn message(ws: &Ws, text: &str) {
        ws.send(text);
    }
}

#[levante::test]
async fn a_recorder_gets_every_number_at_each_report() {
    let app = app(|| App::new().service(measured::service())).await;
    let server = app.server();
    let kept = Kept::default();
    let mut client = app.connect("/measured").await;
    for round in 1..=3 {
        client.send("hello").await;
        assert_eq!(client.text().await, "hello");
        server.publish("t", "nobody listens");
        with_local_recorder(&kept, || server.stats().report_metrics());
        let path = "path=/measured";
        for (name, value) in [
            (format!("levante_messages_received_total {path}"), round),
            (format!("levante_received_bytes_total {path}"), 5 * round),
            (format!("levante_connections_opened_total {path}"), 1),
            (
                format!("levante_messages_dropped_total {path},reason=full"),
                0,
            ),
            ("levante_publishes_total ".to_owned(), round),
            (format!("levante_connections {path}"), 1_f64.to_bits()),
        ] {
            assert_eq!(kept.counter(&name), value, "{name}");
        }
    }
    // One description for each metric and report.
    let described = kept.described.lock().unwrap();
    let bytes = described
        .iter()
        .filter(|(_, unit)| *unit == Some(Unit::Bytes));
    let bytes: Vec<_> = bytes.map(|(name, _)| name.as_str()).take(2).collect();
    assert_eq!(
        bytes,
        ["levante_received_bytes_total", "levante_sent_bytes_total"]
    );
}
