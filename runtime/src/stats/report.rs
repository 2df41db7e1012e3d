//! Hands a snapshot to the `metrics` facade.

use metrics::{SharedString, Unit};

use super::{Sample, SampleKind, Stats};

impl Stats {
    /// Hands every number of the snapshot to the recorder of the [`metrics`] crate, with the names
    /// and labels of [`Self::samples`]. Needs the feature `metrics`.
    ///
    /// Call it right before the recorder is read, as in the route that Prometheus scrapes, or on a
    /// timer. Messages themselves never touch the recorder, so a slow recorder does not slow them
    /// down.
    ///
    /// Counters are set to absolute values, so each recorder should get the snapshots of one space
    /// only. Without a recorder the call does nothing.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use levante::Server;
    ///
    /// async fn report(server: Server) {
    ///     loop {
    ///         server.stats().report_metrics();
    ///         actix_web::rt::time::sleep(Duration::from_secs(10)).await;
    ///     }
    /// }
    /// # let _ = report;
    /// ```
    pub fn report_metrics(&self) {
        let mut described = "";
        for sample in self.samples() {
            let Sample {
                name,
                help,
                kind,
                labels,
                value,
            } = sample;
            let is_new = std::mem::replace(&mut described, name) != name;
            let unit = match name.ends_with("_bytes_total") {
                true => Unit::Bytes,
                false => Unit::Count,
            };
            let help = SharedString::const_str(help);
            match kind {
                SampleKind::Counter => {
                    if is_new {
                        metrics::describe_counter!(name, unit, help);
                    }
                    metrics::counter!(name, &labels).absolute(value);
                }
                SampleKind::Gauge => {
                    if is_new {
                        metrics::describe_gauge!(name, unit, help);
                    }
                    metrics::gauge!(name, &labels).set(value as f64);
                }
            }
        }
    }
}
