//! The settings of an endpoint together with its counters on one worker.

use std::{ops::Deref, sync::Arc};

use super::Space;
use crate::{config::Config, stats::Meter};

/// The settings of an endpoint, and its meter on the worker of the connections that share it.
///
/// A connection refers to its settings anyway. So the meter adds nothing to its memory, and is in
/// reach of everything that needs a setting.
#[derive(Debug)]
pub(crate) struct Metered {
    config: Config,
    /// Also in the ledger of the space.
    pub(crate) meter: Arc<Meter>,
}

impl Metered {
    pub(super) fn new(config: &Config, meter: Arc<Meter>) -> Arc<Self> {
        let config = config.clone();
        Arc::new(Self { config, meter })
    }

    /// Settings with a meter of their own. To be called on the thread of the worker, which writes
    /// to the meter.
    pub(super) fn open(config: &Config, space: &Space) -> Arc<Self> {
        Self::new(config, space.ledger().open(config.path.clone()))
    }
}

impl Deref for Metered {
    type Target = Config;

    fn deref(&self) -> &Config {
        &self.config
    }
}
