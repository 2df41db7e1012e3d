//! The part of the repository's README with figures.

use std::{fs, io};

use super::table::{Table, figure};

/// The folder of the charts and of the whole report. The README shows them.
pub(super) const CHARTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/charts");

const README: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md");

/// The README is also the page of the package, where a relative address leads nowhere.
const REPOSITORY: &str = env!("CARGO_PKG_REPOSITORY");

const BEGIN: &str = "<!-- comparison: written by `compare --readme` -->\n";
const END: &str = "<!-- end of the comparison -->\n";

/// Replaces the section of the README.
pub(super) fn update(section: &str) -> io::Result<()> {
    let page = fs::read_to_string(README)?;
    let page = replace(&page, section)
        .ok_or_else(|| io::Error::other("the README has no place for the comparison"))?;
    fs::write(README, page)
}

/// The page with this section between the marks.
fn replace(page: &str, section: &str) -> Option<String> {
    let (before, rest) = page.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some([before, BEGIN, section, END, after].concat())
}

/// The columns of the README's table: the heading, the quantity, and the row in its table.
const HEADLINES: [(&str, Quantity, &str); 7] = [
    ("echo, µs", Quantity::Cost, "echo 32 × 16, 16 B"),
    ("chat of 500, µs", Quantity::Cost, "chat 500 × 1, 64 B"),
    ("to 1,000, µs", Quantity::Cost, "fan-out 1000 × 8, 64 B"),
    (
        "compressed to 1,000, µs",
        Quantity::Cost,
        "fan-out 1000 × 8, 1 KiB, compressed",
    ),
    ("round trip, median, µs", Quantity::Latency, "p50"),
    ("round trip, p99.9, µs", Quantity::Latency, "p99.9"),
    ("idle, bytes", Quantity::Memory, "private"),
];

#[derive(Clone, Copy, Debug)]
enum Quantity {
    Cost,
    Latency,
    Memory,
}

/// The tables of which the README has a part.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tables<'r> {
    pub(super) cost: &'r Table,
    pub(super) latency: &'r Table,
    pub(super) memory: &'r Table,
}

impl Tables<'_> {
    fn get(&self, quantity: Quantity) -> &Table {
        match quantity {
            Quantity::Cost => self.cost,
            Quantity::Latency => self.latency,
            Quantity::Memory => self.memory,
        }
    }
}

/// The results in short: a row for each server, and a chart. A column that was not measured is left
/// out.
pub(super) fn section(setup: &str, tables: Tables<'_>) -> String {
    let mut headings = "| |".to_owned();
    let mut line = "|---|".to_owned();
    let names = tables.cost.columns();
    let mut rows: Vec<_> = names.iter().map(|name| format!("| {name} |")).collect();
    for (heading, quantity, name) in HEADLINES {
        let Some(measured) = tables.get(quantity).row(name) else {
            continue;
        };
        headings += &format!(" {heading} |");
        line += "---:|";
        for (column, row) in rows.iter_mut().enumerate() {
            let figure = measured.figure(column).map_or("–".to_owned(), figure);
            *row += &format!(" {figure} |");
        }
    }
    let mut section = format!("\n{headings}\n{line}\n{}\n", rows.join("\n"));
    if tables.cost.families().contains(&"chat") {
        let title = tables.cost.title();
        section +=
            &format!("\n![{title}, in a chat]({REPOSITORY}/raw/main/benches/charts/chat.svg)\n");
    }
    section += &format!(
        "\n[The whole report]({REPOSITORY}/blob/main/benches/charts/compare.md) has all loads, the \
         throughput and charts.\n\n{setup}\n\n"
    );
    section
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload::Workload;

    #[test]
    fn a_section_takes_the_place_of_the_one_before() {
        let page = format!("# levante\n{BEGIN}old\n{END}## Layout\n");
        let expected = format!("# levante\n{BEGIN}new\n{END}## Layout\n");
        assert_eq!(replace(&page, "new\n"), Some(expected));
        assert_eq!(replace("# levante\n", "new\n"), None);
    }

    #[test]
    fn the_readme_has_a_place_for_it() {
        let page = fs::read_to_string(README).unwrap();
        assert!(replace(&page, "").is_some());
    }

    #[test]
    fn a_section_has_a_row_for_each_server() {
        let table = |title| Table::new(title, vec!["a".to_owned(), "b".to_owned()]);
        let [mut cost, mut latency, memory] = ["Cost", "Latency", "Memory"].map(table);
        cost.add("echo", "echo 32 × 16, 16 B", 0, 1.0);
        cost.add("echo", "echo 32 × 1, 16 B", 0, 2.0);
        latency.add("latency", "p99.9", 1, 700.0);
        let tables = Tables {
            cost: &cost,
            latency: &latency,
            memory: &memory,
        };
        let text = section("Here", tables);
        let expected = "\n| | echo, µs | round trip, p99.9, µs |\n|---|---:|---:|\n\
                        | a | 1.00 | – |\n| b | – | 700 |\n";
        assert!(text.starts_with(expected), "{text}");
        assert!(!text.contains("chat.svg"), "{text}");
    }

    #[test]
    fn each_headline_is_a_row_of_the_report() {
        let names: Vec<_> = Workload::ALL.map(|workload| workload.to_string()).into();
        for (heading, quantity, name) in HEADLINES {
            if let Quantity::Cost = quantity {
                assert!(names.iter().any(|it| it == name), "{heading}: {name}");
            }
        }
    }
}
