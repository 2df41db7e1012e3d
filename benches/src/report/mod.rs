//! The report: a page of Markdown, and charts of its tables.

mod chart;
mod cluster;
mod compare;
mod lines;
mod readme;
mod setup;
mod table;
mod workers;

use std::{fs, io, path::Path};

pub(crate) use self::{
    cluster::ClusterReport, compare::CompareReport, setup::Setup, table::Table,
    workers::WorkersReport,
};

/// A report as files.
pub(crate) trait Page {
    /// The name of its file, without the ending.
    const NAME: &'static str;

    /// All tables.
    fn markdown(&self) -> String;

    /// The charts, each after the name of its file without the ending.
    fn charts(&self) -> Vec<(&'static str, String)>;

    /// Renews the text outside the report's folder that shows a part of it, if there is one.
    fn show(&self) -> io::Result<()> {
        Ok(())
    }
}

/// Writes the page and its charts into a folder.
fn write<P: Page>(page: &P, folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    fs::write(folder.join(P::NAME).with_extension("md"), page.markdown())?;
    for (name, svg) in page.charts() {
        fs::write(folder.join(name).with_extension("svg"), svg)?;
    }
    Ok(())
}

/// Prints a report and writes it into the folder `out`. If `is_published` and no measurement has
/// failed, it also goes into the repository's folder for it.
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
    write(report, out)?;
    if !failures.is_empty() {
        return Err(io::Error::other(format!(
            "{} measurements failed:\n{}",
            failures.len(),
            failures.join("\n")
        )));
    }
    if is_published {
        write(report, Path::new(readme::CHARTS))?;
        report.show()?;
    }
    Ok(())
}
