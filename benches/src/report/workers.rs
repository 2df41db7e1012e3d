//! The report on numbers of workers.

use std::{fs, io, path::Path};

use super::{
    Page,
    lines::{self, Line},
    machine, noise, readme,
    table::Table,
};

/// The files of the two charts, without their ending.
const BY_SUBSCRIBERS: &str = "workers-subscribers";
const BY_WORKERS: &str = "workers";

/// Everything that was measured on several numbers of workers.
#[derive(Debug)]
pub(crate) struct WorkersReport {
    conditions: String,
    versions: String,
    /// The workers of each column; `None` for a server that always has one.
    workers: Vec<Option<usize>>,
    /// The rows with one publisher, by their number of subscribers.
    fan_outs: Vec<(usize, String)>,
    cost: Table,
    rate: Table,
    publishes: Table,
    /// How many cores other processes kept busy, for each measurement.
    noise: Vec<f64>,
}

impl WorkersReport {
    /// An empty report with a column for each of these servers. Those that can have several workers
    /// come with their number.
    pub(crate) fn new(
        columns: Vec<(String, Option<usize>)>,
        conditions: String,
        versions: String,
    ) -> Self {
        let (names, workers): (Vec<_>, Vec<_>) = columns.into_iter().unzip();
        let table = |title| Table::new(title, names.clone());
        Self {
            conditions,
            versions,
            workers,
            fan_outs: Vec::new(),
            cost: table("Server CPU time per message delivered, µs"),
            rate: table("Messages delivered per second, thousands"),
            publishes: table("Messages published per second"),
            noise: Vec::new(),
        }
    }

    /// Adds a measurement of cost in microseconds. `subscribers` is given for a load with one
    /// publisher.
    pub(crate) fn load(&mut self, row: &str, subscribers: Option<usize>, column: usize, cost: f64) {
        self.cost.add(BY_WORKERS, row, column, cost);
        let fan_out = subscribers.map(|subscribers| (subscribers, row.to_owned()));
        if let Some(fan_out) = fan_out
            && !self.fan_outs.contains(&fan_out)
        {
            self.fan_outs.push(fan_out);
            self.fan_outs.sort();
        }
    }

    /// Adds the messages that were delivered and published per second.
    pub(crate) fn rates(&mut self, row: &str, column: usize, delivered: f64, published: f64) {
        self.rate.add(BY_WORKERS, row, column, delivered / 1e3);
        self.publishes.add(BY_WORKERS, row, column, published);
    }

    /// Adds how many cores other processes kept busy during a measurement.
    pub(crate) fn noise(&mut self, cores: f64) {
        self.noise.push(cores);
    }

    /// A line for each server, over the number of subscribers.
    fn by_subscribers(&self) -> String {
        let names = self.cost.columns().iter().enumerate();
        let lines = names.map(|(column, name)| {
            let figures = self.fan_outs.iter().filter_map(|(subscribers, row)| {
                let figure = self.cost.row(row)?.figure(column)?;
                Some((*subscribers, figure))
            });
            Line {
                name: name.clone(),
                is_ours: name.starts_with("levante"),
                points: figures.collect(),
            }
        });
        let lines: Vec<_> = lines.collect();
        lines::draw(self.cost.title(), "subscribers, with one publisher", &lines)
    }

    /// A line for each load, over the number of workers of the first server that can have several.
    fn by_workers(&self) -> String {
        let rows = self.cost.rows().iter();
        let lines = rows.map(|row| {
            let mut points: Vec<(usize, f64)> = Vec::new();
            for (column, workers) in self.workers.iter().enumerate() {
                if let Some(workers) = *workers
                    && points.iter().all(|&(other, _)| other != workers)
                    && let Some(figure) = row.figure(column)
                {
                    points.push((workers, figure));
                }
            }
            points.sort_by_key(|&(workers, _)| workers);
            Line {
                name: row.name.clone(),
                is_ours: true,
                points,
            }
        });
        let lines: Vec<_> = lines.collect();
        lines::draw(self.cost.title(), "workers of levante", &lines)
    }
}

/// Its file is `workers.md`.
impl Page for WorkersReport {
    fn markdown(&self) -> String {
        let Self {
            conditions,
            versions,
            ..
        } = self;
        let (machine, noise) = (machine(), noise(&self.noise));
        let mut page = format!("# Workers\n\n{conditions}. {machine}. {versions}. {noise}\n");
        page += &self.cost.markdown();
        for (family, over) in [
            (BY_SUBSCRIBERS, "numbers of subscribers"),
            (BY_WORKERS, "numbers of workers"),
        ] {
            page += &format!("\n![{}, for {over}]({family}.svg)\n", self.cost.title());
        }
        page + &self.rate.markdown() + &self.publishes.markdown()
    }

    fn write(&self, folder: &Path) -> io::Result<()> {
        fs::write(folder.join("workers.md"), self.markdown())?;
        for (family, svg) in [
            (BY_SUBSCRIBERS, self.by_subscribers()),
            (BY_WORKERS, self.by_workers()),
        ] {
            fs::write(folder.join(format!("{family}.svg")), svg)?;
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
    fn costs_are_over_subscribers_and_over_workers() {
        let columns = [
            ("levante", Some(1)),
            ("levante, 2 workers", Some(2)),
            ("Bun", None),
        ];
        let columns = columns.map(|(name, workers)| (name.to_owned(), workers));
        let mut report = WorkersReport::new(columns.into(), "Here".to_owned(), "none".to_owned());
        for (column, cost) in [1.0, 2.0, 4.0].into_iter().enumerate() {
            report.load("to 100", Some(100), column, cost);
            report.load("to 10", Some(10), column, cost);
        }
        report.load("a chat", None, 1, 3.0);
        report.rates("to 10", 0, 2e6, 2e5);
        let page = report.markdown();
        assert!(page.contains("| to 100 | 1.00 | 2.00 | 4.00 |"), "{page}");
        assert!(page.contains("| a chat | – | 3.00 | – |"), "{page}");
        assert!(page.contains("| to 10 | 2,000 | – | – |"), "{page}");
        assert!(page.contains("| to 10 | 200,000 | – | – |"), "{page}");
        let by_subscribers = report.by_subscribers();
        assert!(
            by_subscribers.contains("points=\"64.0,56.0 464.0,56.0\""),
            "Bun: {by_subscribers}"
        );
        assert!(!by_subscribers.contains("a chat"), "{by_subscribers}");
        let by_workers = report.by_workers();
        assert!(by_workers.contains(">to 10: 2.00<"), "{by_workers}");
        assert!(
            !by_workers.contains("4.00"),
            "no line has Bun: {by_workers}"
        );
    }
}
