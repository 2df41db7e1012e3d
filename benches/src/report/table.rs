use std::fmt::Write;

use crate::stats::median;

/// Measurements of one quantity, in rows and columns.
#[derive(Debug)]
pub(crate) struct Table {
    title: &'static str,
    columns: Vec<String>,
    rows: Vec<Row>,
}

/// A row: the samples of one measurement.
#[derive(Debug)]
pub(super) struct Row {
    /// The chart that shows it.
    pub(super) family: &'static str,
    pub(super) name: String,
    /// For each column, the samples of all rounds.
    samples: Vec<Vec<f64>>,
}

impl Row {
    /// The figure of a column, if there is one.
    pub(super) fn figure(&self, column: usize) -> Option<f64> {
        median(&self.samples[column])
    }
}

impl Table {
    pub(crate) fn new(title: &'static str, columns: Vec<String>) -> Self {
        Self {
            title,
            columns,
            rows: Vec::new(),
        }
    }

    pub(super) fn title(&self) -> &'static str {
        self.title
    }

    pub(super) fn columns(&self) -> &[String] {
        &self.columns
    }

    pub(super) fn rows(&self) -> &[Row] {
        &self.rows
    }

    pub(super) fn row(&self, name: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.name == name)
    }

    /// The charts of this table, without repetition.
    pub(super) fn families(&self) -> Vec<&'static str> {
        let mut families: Vec<_> = self.rows.iter().map(|row| row.family).collect();
        families.dedup();
        families
    }

    /// Adds a sample. Rows are in the order of their first samples.
    pub(crate) fn add(&mut self, family: &'static str, name: &str, column: usize, value: f64) {
        let index = self.rows.iter().position(|row| row.name == name);
        let index = index.unwrap_or_else(|| {
            self.rows.push(Row {
                family,
                name: name.to_owned(),
                samples: vec![Vec::new(); self.columns.len()],
            });
            self.rows.len() - 1
        });
        self.rows[index].samples[column].push(value);
    }

    /// A heading and the medians.
    pub(crate) fn markdown(&self) -> String {
        format!("\n## {}\n\n{}", self.title, self.medians())
    }

    fn medians(&self) -> String {
        let mut text = "| |".to_owned();
        for column in &self.columns {
            // Writing to a string cannot fail.
            let _ = write!(text, " {column} |");
        }
        text += "\n|---|";
        text += &"---:|".repeat(self.columns.len());
        for row in &self.rows {
            let _ = write!(text, "\n| {} |", row.name);
            for column in 0..self.columns.len() {
                let figure = row.figure(column).map_or("–".to_owned(), figure);
                let _ = write!(text, " {figure} |");
            }
        }
        text + "\n"
    }
}

/// A number with three significant digits, or with all digits before the point: `0.0213`, `5.40`,
/// `21,800`.
pub(super) fn figure(value: f64) -> String {
    if value < 1000.0 {
        let before = (value.abs().max(1e-4).log10().floor() as i32) + 1;
        let decimals = (3 - before).max(0) as usize;
        return format!("{value:.decimals$}");
    }
    let digits = format!("{value:.0}");
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_three_digits_that_matter() {
        for (value, expected) in [
            (0.0, "0.000000"),
            (0.021_34, "0.0213"),
            (0.5, "0.500"),
            (5.4, "5.40"),
            (21.8, "21.8"),
            (218.4, "218"),
            (1_080.2, "1,080"),
            (40_321_000.0, "40,321,000"),
        ] {
            assert_eq!(figure(value), expected);
        }
    }

    #[test]
    fn cells_are_medians_and_gaps_are_seen() {
        let mut table = Table::new("Cost", vec!["a".to_owned(), "b".to_owned()]);
        for value in [3.0, 1.0, 200.0] {
            table.add("echo", "small", 0, value);
        }
        table.add("echo", "large", 1, 7.0);
        let expected = "\n## Cost\n\n| | a | b |\n|---|---:|---:|\n\
                        | small | 3.00 | – |\n| large | – | 7.00 |\n";
        assert_eq!(table.markdown(), expected);
        assert_eq!(table.families(), ["echo"]);
    }
}
