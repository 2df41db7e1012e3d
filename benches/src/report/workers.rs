//! The report on numbers of workers.

use super::{
    Page, Setup,
    lines::{self, Line},
    table::Table,
};

/// The files of the two charts, without their ending.
const BY_SUBSCRIBERS: &str = "workers-subscribers";
const BY_WORKERS: &str = "workers";

/// Everything that was measured on several numbers of workers.
#[derive(Debug)]
pub(crate) struct WorkersReport {
    pub(crate) setup: Setup,
    /// The workers of each column; `None` for a server that always has one.
    workers: Vec<Option<usize>>,
    /// The rows with one publisher, by their number of subscribers.
    fan_outs: Vec<(usize, String)>,
    cost: Table,
    rate: Table,
    publishes: Table,
}

impl WorkersReport {
    /// An empty report with a column for each of these servers. Those that can have several workers
    /// come with their number.
    pub(crate) fn new(columns: Vec<(String, Option<usize>)>, setup: Setup) -> Self {
        let (names, workers): (Vec<_>, Vec<_>) = columns.into_iter().unzip();
        let table = |title| Table::new(title, names.clone());
        Self {
            setup,
            workers,
            fan_outs: Vec::new(),
            cost: table("Server CPU time per message delivered, µs"),
            rate: table("Messages delivered per second, thousands"),
            publishes: table("Messages published per second"),
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

impl Page for WorkersReport {
    const NAME: &'static str = "workers";

    fn markdown(&self) -> String {
        let mut page = format!("# Workers\n\n{}\n", self.setup.paragraph());
        page += &self.cost.markdown();
        for (family, over) in [
            (BY_SUBSCRIBERS, "numbers of subscribers"),
            (BY_WORKERS, "numbers of workers"),
        ] {
            page += &format!("\n![{}, for {over}]({family}.svg)\n", self.cost.title());
        }
        page + &self.rate.markdown() + &self.publishes.markdown()
    }

    fn charts(&self) -> Vec<(&'static str, String)> {
        vec![
            (BY_SUBSCRIBERS, self.by_subscribers()),
            (BY_WORKERS, self.by_workers()),
        ]
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
        let mut report = WorkersReport::new(
            columns.into(),
            Setup::new("Here".to_owned(), "none".to_owned()),
        );
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
