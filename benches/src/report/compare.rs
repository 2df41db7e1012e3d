//! The report on servers that are compared on one machine.

use std::io;

use super::{Page, Setup, chart, readme, table::Table};
use crate::workload::Workload;

/// Everything that was measured of servers on one machine.
#[derive(Debug)]
pub(crate) struct CompareReport {
    pub(crate) setup: Setup,
    cost: Table,
    rate: Table,
    latency: Table,
    memory: Table,
}

impl CompareReport {
    /// An empty report with a column for each of these servers.
    pub(crate) fn new(columns: Vec<String>, setup: Setup) -> Self {
        let table = |title| Table::new(title, columns.clone());
        Self {
            setup,
            cost: table("Server CPU time per message delivered, µs"),
            rate: table("Messages delivered per second, thousands"),
            latency: table("Round trip at a fixed rate, µs"),
            memory: table("Memory per idle connection, bytes"),
        }
    }

    /// Adds a measurement of cost in microseconds, and of messages per second.
    pub(crate) fn load(&mut self, workload: Workload, column: usize, cost: f64, rate: f64) {
        let row = workload.to_string();
        self.cost.add(workload.family(), &row, column, cost);
        self.rate.add(workload.family(), &row, column, rate / 1e3);
    }

    /// Adds percentiles 50, 99 and 99.9, in microseconds.
    pub(crate) fn latency(&mut self, column: usize, percentiles: [f64; 3]) {
        for (row, value) in ["p50", "p99", "p99.9"].into_iter().zip(percentiles) {
            self.latency.add("latency", row, column, value);
        }
    }

    /// Adds bytes per connection, by TLS or without it.
    pub(crate) fn idle(&mut self, tls: bool, column: usize, private: f64, resident: f64) {
        let rows = match tls {
            true => ["private, TLS", "resident, TLS"],
            false => ["private", "resident"],
        };
        for (row, value) in rows.into_iter().zip([private, resident]) {
            self.memory.add("memory", row, column, value);
        }
    }

    /// All but the rate, which is the cost the other way round.
    fn has_chart(&self, table: &Table) -> bool {
        !std::ptr::eq(table, &self.rate)
    }

    fn tables(&self) -> impl Iterator<Item = &Table> {
        [&self.cost, &self.rate, &self.latency, &self.memory]
            .into_iter()
            .filter(|table| !table.rows().is_empty())
    }
}

/// The README has a short form of it.
impl Page for CompareReport {
    const NAME: &'static str = "compare";

    fn markdown(&self) -> String {
        let mut page = format!("# Results\n\n{}\n", self.setup.paragraph());
        for table in self.tables() {
            page += &table.markdown();
            if self.has_chart(table) {
                for family in table.families() {
                    page += &format!("\n![{}: {family}]({family}.svg)\n", table.title());
                }
            }
        }
        page
    }

    fn charts(&self) -> Vec<(&'static str, String)> {
        let tables = self.tables().filter(|table| self.has_chart(table));
        tables.flat_map(chart::all).collect()
    }

    fn show(&self) -> io::Result<()> {
        let tables = readme::Tables {
            cost: &self.cost,
            latency: &self.latency,
            memory: &self.memory,
        };
        readme::update(&readme::section(&self.setup.paragraph(), tables))
    }
}
