//! The report on clusters.

use std::time::Duration;

use super::{Page, Setup, chart, table::Table};

/// Everything that was measured of clusters.
#[derive(Debug)]
pub(crate) struct ClusterReport {
    pub(crate) setup: Setup,
    cost: Table,
    broker: Table,
    rate: Table,
    latency: Table,
    restart: Table,
}

impl ClusterReport {
    /// An empty report with a column for each of these servers.
    pub(crate) fn new(columns: Vec<String>, setup: Setup) -> Self {
        let table = |title| Table::new(title, columns.clone());
        Self {
            setup,
            cost: table("CPU time of all nodes per message delivered, µs"),
            broker: table("CPU time of the broker per message delivered, µs"),
            rate: table("Messages delivered per second by all nodes, thousands"),
            latency: table("From a client of one node to clients of the others, µs"),
            restart: table("Subscribed again after a restart of the broker, s"),
        }
    }

    /// Adds a measurement of cost in microseconds, and of messages per second.
    pub(crate) fn load(&mut self, row: &str, column: usize, cost: f64, rate: f64) {
        self.cost.add("cluster", row, column, cost);
        self.rate.add("cluster-rate", row, column, rate / 1e3);
    }

    /// Adds the cost of the broker, in microseconds.
    pub(crate) fn broker(&mut self, row: &str, column: usize, cost: f64) {
        self.broker.add("cluster-broker", row, column, cost);
    }

    /// Adds percentiles 50 and 99, in microseconds.
    pub(crate) fn latency(&mut self, nodes: &str, column: usize, percentiles: [f64; 2]) {
        for (name, value) in ["p50", "p99"].into_iter().zip(percentiles) {
            let row = format!("{name}, {nodes}");
            self.latency.add("cluster-latency", &row, column, value);
        }
    }

    /// Adds the time until all topics were subscribed again.
    pub(crate) fn restart(&mut self, row: &str, column: usize, took: Duration) {
        let seconds = took.as_secs_f64();
        self.restart.add("cluster-restart", row, column, seconds);
    }

    /// Those of the cost and of the latency. A chart of the rate would have longer bars for better
    /// servers, unlike all others.
    fn has_chart(&self, table: &Table) -> bool {
        [&self.cost, &self.latency]
            .into_iter()
            .any(|one| std::ptr::eq(one, table))
    }

    fn tables(&self) -> impl Iterator<Item = &Table> {
        [
            &self.cost,
            &self.broker,
            &self.rate,
            &self.latency,
            &self.restart,
        ]
        .into_iter()
        .filter(|table| !table.rows().is_empty())
    }
}

impl Page for ClusterReport {
    const NAME: &'static str = "cluster";

    fn markdown(&self) -> String {
        let mut page = format!("# Clusters\n\n{}\n", self.setup.paragraph());
        for table in self.tables() {
            page += &table.markdown();
            if self.has_chart(table) {
                for family in table.families() {
                    page += &format!("\n![{}]({family}.svg)\n", table.title());
                }
            }
        }
        page
    }

    fn charts(&self) -> Vec<(&'static str, String)> {
        let tables = self.tables().filter(|table| self.has_chart(table));
        tables.flat_map(chart::all).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_measured_is_left_out() {
        let columns = vec!["levante, Redis".to_owned(), "other".to_owned()];
        let mut report =
            ClusterReport::new(columns, Setup::new("Here".to_owned(), "none".to_owned()));
        report.load("a room, 3 nodes", 0, 0.5, 2e6);
        report.latency("3 nodes", 1, [200.0, 900.0]);
        let page = report.markdown();
        assert!(page.contains("| a room, 3 nodes | 0.500 | – |"), "{page}");
        assert!(page.contains("| a room, 3 nodes | 2,000 | – |"), "{page}");
        assert!(page.contains("| p99, 3 nodes | – | 900 |"), "{page}");
        assert!(page.contains("(cluster.svg)"), "{page}");
        for missing in [
            "cluster-rate.svg",
            "restart of the broker",
            "of the broker per",
        ] {
            assert!(!page.contains(missing), "{page}");
        }
    }
}
