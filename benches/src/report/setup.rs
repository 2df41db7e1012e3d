use std::fs;

use crate::stats::median;

/// The conditions of the figures.
#[derive(Debug)]
pub(crate) struct Setup {
    conditions: String,
    versions: String,
    /// How many cores other processes kept busy, for each measurement.
    noise: Vec<f64>,
}

impl Setup {
    /// `conditions` and `versions` become sentences: they have no final dot.
    pub(crate) fn new(conditions: String, versions: String) -> Self {
        Self {
            conditions,
            versions,
            noise: Vec::new(),
        }
    }

    /// Adds how many cores other processes kept busy during a measurement.
    pub(crate) fn noise(&mut self, cores: f64) {
        self.noise.push(cores);
    }

    /// A paragraph for the report.
    pub(super) fn paragraph(&self) -> String {
        let Self {
            conditions,
            versions,
            ..
        } = self;
        let noise = median(&self.noise).unwrap_or_default();
        format!(
            "{conditions}. {}. {versions}. Other processes kept {noise:.2} cores busy meanwhile.",
            machine()
        )
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
