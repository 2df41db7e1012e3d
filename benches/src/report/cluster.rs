//! The report on clusters.

use std::{fs, io, path::Path, time::Duration};

use super::{Page, chart, machine, noise, readme, table::Table};

/// Everything that was measured of clusters.
#[derive(Debug)]
pub(crate) struct ClusterReport {
    conditions: String,
    versions: String,
    cost: Table,
    broker: Table,
    rate: Table,
    latency: Table,
    restart: Table,
    /// How many cores other processes kept busy, for each measurement.
    noise: Vec<f64>,
}

impl ClusterReport {
    /// An empty report with a column for each of these servers.
    pub(crate) fn new(columns: Vec<String>, conditions: String, versions: String) -> Self {
        let table = |title| Table::new(title, columns.clone());
        Self {
            conditions,
            versions,
            cost: table("CPU time of all nodes per message delivered, µs"),
            broker: table("CPU time of the broker per message delivered, µs"),
            rate: table("Messages delivered per second by all nodes, thousands"),
            latency: table("From a client of one node to clients of the others, µs"),
            restart: table("Subscribed again after a restart of the broker, s"),
            noise: Vec::new(),
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

    /// Adds how many cores other processes kept busy during a measurement.
    pub(crate) fn noise(&mut self, cores: f64) {
        self.noise.push(cores);
    }

    /// The charts of the cost and of the latency. A chart of the rate would have longer bars for
    /// better servers, unlike all others.
    fn charts(&self, table: &Table) -> Vec<&'static str> {
        let has_chart = [&self.cost, &self.latency];
        match has_chart.iter().any(|one| std::ptr::eq(*one, table)) {
            true => table.families(),
            false => Vec::new(),
        }
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

/// Its file is `cluster.md`.
impl Page for ClusterReport {
    fn markdown(&self) -> String {
        let Self {
            conditions,
            versions,
            ..
        } = self;
        let (machine, noise) = (machine(), noise(&self.noise));
        let mut page = format!("# Clusters\n\n{conditions}. {machine}. {versions}. {noise}\n");
        for table in self.tables() {
            page += &table.markdown();
            for family in self.charts(table) {
                page += &format!("\n![{}]({family}.svg)\n", table.title());
            }
        }
        page
    }

    fn write(&self, folder: &Path) -> io::Result<()> {
        fs::write(folder.join("cluster.md"), self.markdown())?;
        for table in self.tables() {
            for family in self.charts(table) {
                let svg = chart::draw(table, family);
                fs::write(folder.join(format!("{family}.svg")), svg)?;
            }
        }
        Ok(())
    }

    fn publish(&self) -> io::Result<()> {
        fs::create_dir_all(readme::CHARTS)?;
        self.write(Path::new(readme::CHARTS))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_measured_is_left_out() {
        let columns = vec!["levante, Redis".to_owned(), "other".to_owned()];
        let mut report = ClusterReport::new(columns, "Here".to_owned(), "none".to_owned());
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
