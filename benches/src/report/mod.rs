//! The report: a page of Markdown, and charts of its tables.

mod chart;
mod cluster;
mod lines;
mod readme;
mod table;
mod workers;

use std::{fs, io, path::Path};

pub(crate) use self::{cluster::ClusterReport, table::Table, workers::WorkersReport};
use crate::{
    compare::Options, contestant::Contestant, process::Cores, stats::median, tls,
    workload::Workload,
};

/// Everything that was measured.
#[derive(Debug)]
pub(crate) struct Report {
    setup: Setup,
    cost: Table,
    rate: Table,
    latency: Table,
    memory: Table,
    /// How many cores other processes kept busy, for each measurement.
    noise: Vec<f64>,
}

/// A report as files.
pub(crate) trait Page {
    /// All tables.
    fn markdown(&self) -> String;

    /// Writes the page and its charts into a folder.
    fn write(&self, folder: &Path) -> io::Result<()>;

    /// Writes the report into the repository's folder for it, and into each text that shows a part of
    /// it.
    fn publish(&self) -> io::Result<()>;
}

/// Prints a report and writes it into the folder `out`. Publishes it, too, if `is_published` and no
/// measurement has failed.
///
/// # Errors
///
/// If a file cannot be written, or if there are failures, which the error lists.
pub(crate) fn conclude(
    report: &impl Page,
    out: &Path,
    is_published: bool,
    failures: &[String],
) -> io::Result<()> {
    print!("{}", report.markdown());
    fs::create_dir_all(out)?;
    report.write(out)?;
    if !failures.is_empty() {
        return Err(io::Error::other(format!(
            "{} measurements failed:\n{}",
            failures.len(),
            failures.join("\n")
        )));
    }
    match is_published {
        true => report.publish(),
        false => Ok(()),
    }
}

/// The conditions of the figures.
#[derive(Debug)]
pub(crate) struct Setup {
    machine: String,
    conditions: String,
    versions: String,
}

impl Setup {
    /// Describes this machine, the options, and the compared servers.
    pub(crate) fn of(options: &Options, contestants: &[Contestant]) -> Self {
        let cores = contestants.first().map(|contestant| &contestant.cores);
        let sharing = if cores.is_some_and(Cores::are_apart) {
            "the server on one core and the load generator on another"
        } else {
            "the server and the load generator on one core"
        };
        let by_tls = options.idle > 0 || options.workloads.iter().any(|workload| workload.tls);
        let suite = if by_tls {
            format!("; TLS is {} for all", tls::SUITE)
        } else {
            String::new()
        };
        let compression = if options.workloads.iter().any(|workload| workload.compressed) {
            options.compression.condition()
        } else {
            ""
        };
        Self {
            machine: machine(),
            conditions: format!(
                "Medians of {} alternating rounds of {} s, {sharing}{suite}{compression}",
                options.rounds,
                options.window.as_secs_f64(),
            ),
            versions: versions(contestants),
        }
    }
}

/// The processor and the kernel.
fn machine() -> String {
    let read = |path| fs::read_to_string(path).unwrap_or_default();
    let cpu = read("/proc/cpuinfo");
    let cpu = cpu
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .and_then(|rest| rest.split_once(": "))
        .map_or("unknown processor", |(_, model)| model);
    let kernel = read("/proc/sys/kernel/osrelease");
    format!("{cpu}, Linux {}", kernel.trim())
}

/// A sentence about the other processes of the machine.
fn noise(cores: &[f64]) -> String {
    let cores = median(cores).unwrap_or_default();
    format!("Other processes kept {cores:.2} cores busy meanwhile.")
}

pub(crate) fn versions(contestants: &[Contestant]) -> String {
    let mut names: Vec<_> = contestants
        .iter()
        .map(|Contestant { peer, .. }| {
            // The version is known of every server that was installed as the README says.
            peer.with_version()
                .unwrap_or_else(|_| format!("{} (unknown version)", peer.name))
        })
        .collect();
    names.dedup();
    names.join(", ")
}

impl Report {
    /// An empty report with a column for each of these servers.
    pub(crate) fn new(columns: Vec<String>, setup: Setup) -> Self {
        let table = |title| Table::new(title, columns.clone());
        Self {
            setup,
            cost: table("Server CPU time per message delivered, µs"),
            rate: table("Messages delivered per second, thousands"),
            latency: table("Round trip at a fixed rate, µs"),
            memory: table("Memory per idle connection, bytes"),
            noise: Vec::new(),
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

    /// Adds how many cores other processes kept busy during a measurement.
    pub(crate) fn noise(&mut self, cores: f64) {
        self.noise.push(cores);
    }

    /// A paragraph with the conditions of the figures.
    fn setup(&self) -> String {
        let Setup {
            machine,
            conditions,
            versions,
        } = &self.setup;
        let noise = noise(&self.noise);
        format!("{conditions}. {machine}. {versions}. {noise}")
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

/// Its file is `compare.md`, and a short form goes into the README.
impl Page for Report {
    fn markdown(&self) -> String {
        let mut page = format!("# Results\n\n{}\n", self.setup());
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

    fn write(&self, folder: &Path) -> io::Result<()> {
        fs::write(folder.join("compare.md"), self.markdown())?;
        for table in self.tables().filter(|table| self.has_chart(table)) {
            for family in table.families() {
                let svg = chart::draw(table, family);
                fs::write(folder.join(format!("{family}.svg")), svg)?;
            }
        }
        Ok(())
    }

    fn publish(&self) -> io::Result<()> {
        fs::create_dir_all(readme::CHARTS)?;
        self.write(Path::new(readme::CHARTS))?;
        let tables = readme::Tables {
            cost: &self.cost,
            latency: &self.latency,
            memory: &self.memory,
        };
        readme::update(&readme::section(&self.setup(), tables))
    }
}
