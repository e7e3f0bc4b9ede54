//! The scripts that workers run around a task's command: `run-task`, `fetch-content` and their company.
//!
//! They come from the reference's Python package, never from us: caches and images are named after their content.

use std::collections::BTreeMap;

use super::Error;

/// The version of the reference whose semantics are ours.
pub const REFERENCE_VERSION: &str = "24.5.1";

/// The first 20 hexadecimal digits of the SHA-256 of the reference's `run-task` (24.5.1), for trees generated
/// where the package is not installed.
pub const RUN_TASK_DIGEST: &str = "b501540836ece0d08200";

/// One script of the package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// Its content.
    pub content: Vec<u8>,
    /// Its permission bits.
    pub mode: u32,
}

/// Finds the scripts; the package is looked for only when one is asked for.
pub trait Scripts: Send + Sync {
    /// A script by its name in the package's `run-task` folder, or nothing if the package is not installed.
    ///
    /// # Errors
    /// If the package is there and cannot be read.
    fn read(&self, name: &str) -> Result<Option<Script>, Error>;
}

/// Scripts held in memory; empty where the package is not installed.
#[derive(Clone, Debug, Default)]
pub struct MemoryScripts(pub BTreeMap<String, Script>);

impl Scripts for MemoryScripts {
    fn read(&self, name: &str) -> Result<Option<Script>, Error> {
        Ok(self.0.get(name).cloned())
    }
}
