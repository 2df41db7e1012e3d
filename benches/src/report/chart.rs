//! Bar charts in SVG. They are written by hand, because a plotting library would take longer to
//! build than the rest.

use std::fmt::Write;

use super::table::{Row, Table, figure};

pub(super) const WIDTH: usize = 720;
/// The left edge of the bars. The names of the servers are left of it.
const LEFT: usize = 180;
/// The width of the longest bar. The figure follows it.
const LONGEST: usize = 440;
const TITLE: usize = 48;
const ROW_NAME: usize = 26;
const BAR: usize = 18;
const BETWEEN: usize = 14;

/// Readable on light and on dark pages.
pub(super) const STYLE: &str = "\
text{font:13px system-ui,sans-serif;fill:#24292f}\
.title{font-size:16px;font-weight:600}.row{font-weight:600}\
.bar{fill:#8c959f}.ours{fill:#0969da}\
@media(prefers-color-scheme:dark){text{fill:#e6edf3}.bar{fill:#6e7681}.ours{fill:#4493f8}}";

/// The charts of a table: one for each family of rows, after its name.
pub(super) fn all(table: &Table) -> Vec<(&'static str, String)> {
    let families = table.families().into_iter();
    families
        .map(|family| (family, draw(table, family)))
        .collect()
}

/// Draws the rows of a table that belong to one family. Shorter bars are better in all of them.
fn draw(table: &Table, family: &str) -> String {
    let rows: Vec<&Row> = table.rows().iter().filter(|r| r.family == family).collect();
    let mut body = String::new();
    let mut y = TITLE;
    for row in rows {
        y = draw_row(&mut body, table.columns(), row, y) + BETWEEN;
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {y}\" role=\"img\">\n\
         <style>{STYLE}</style>\n\
         <text class=\"title\" x=\"12\" y=\"26\">{} (less is better)</text>\n{body}</svg>\n",
        table.title(),
    )
}

/// Draws the bars of one row, from `y` down, and returns their lower end. Each row has its own
/// scale, because the figures of the rows differ too much.
fn draw_row(body: &mut String, columns: &[String], row: &Row, mut y: usize) -> usize {
    let figures = columns
        .iter()
        .enumerate()
        .filter_map(|(column, name)| Some((name, row.figure(column)?)));
    let largest = figures
        .clone()
        .map(|(_, f)| f)
        .fold(f64::MIN_POSITIVE, f64::max);

    // Writing to a string cannot fail.
    let _ = writeln!(
        body,
        "<text class=\"row\" x=\"12\" y=\"{}\">{}</text>",
        y + 16,
        row.name
    );
    y += ROW_NAME;
    for (name, value) in figures {
        let length = (value / largest * LONGEST as f64).max(1.0);
        let class = if name.starts_with("levante") {
            "bar ours"
        } else {
            "bar"
        };
        let _ = writeln!(
            body,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{name}</text>\
             <rect class=\"{class}\" x=\"{LEFT}\" y=\"{y}\" width=\"{length:.1}\" \
             height=\"{}\" rx=\"2\"/>\
             <text x=\"{:.1}\" y=\"{}\">{}</text>",
            LEFT - 8,
            y + 13,
            BAR - 3,
            LEFT as f64 + length + 6.0,
            y + 13,
            figure(value),
        );
        y += BAR;
    }
    y
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_as_long_as_their_figures() {
        let mut table = Table::new("Cost", vec!["levante".to_owned(), "other".to_owned()]);
        table.add("echo", "small", 0, 1.0);
        table.add("echo", "small", 1, 4.0);
        table.add("chat", "elsewhere", 1, 9.0);

        let svg = draw(&table, "echo");
        assert!(
            svg.contains("class=\"bar ours\" x=\"180\" y=\"74\" width=\"110.0\""),
            "{svg}"
        );
        assert!(
            svg.contains("class=\"bar\" x=\"180\" y=\"92\" width=\"440.0\""),
            "{svg}"
        );
        assert!(!svg.contains("elsewhere"));
        assert_eq!(svg.matches("<text").count(), svg.matches("</text>").count());
    }
}
