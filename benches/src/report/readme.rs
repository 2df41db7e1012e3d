//! The part of the repository's README with figures.

use std::{fs, io};

use super::table::Table;

/// The folder of the charts and of the whole report. The README shows them.
pub(super) const CHARTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/charts");

const README: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md");

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

/// The results in short.
pub(super) fn section(setup: &str, cost: &Table, memory: &Table) -> String {
    let mut section = String::new();
    for table in [cost, memory] {
        if !table.rows().is_empty() {
            section += &format!("\n{}:\n\n{}", table.title(), table.medians());
        }
    }
    if cost.families().contains(&"chat") {
        let title = cost.title();
        section += &format!("\n![{title}, in a chat](benches/charts/chat.svg)\n");
    }
    let families = cost.families().into_iter().chain(memory.families());
    let links: Vec<_> = families
        .map(|family| format!("[{family}](benches/charts/{family}.svg)"))
        .collect();
    section += &format!(
        "\nCharts: {}. [The whole report](benches/charts/compare.md) has throughput and latency, \
         too.\n\n{setup}\n\n",
        links.join(", "),
    );
    section
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn a_section_has_what_was_measured() {
        let table = |title| Table::new(title, vec!["levante".to_owned()]);
        let mut cost = table("Cost");
        cost.add("echo", "small", 0, 1.0);
        let text = section("Here", &cost, &table("Memory"));
        assert!(text.contains("| small | 1.00 |"), "{text}");
        assert!(text.contains("(benches/charts/echo.svg)"), "{text}");
        assert!(!text.contains("Memory") && !text.contains("chat"), "{text}");
    }
}
