//! The content of the workers' scripts, as it shows in names of caches.

use arcstr::ArcStr;
use sha2::{Digest, Sha256};

use crate::diagnostics::Diagnostic;
use crate::generate::context::RunContext;
use crate::sources::scripts::RUN_TASK_DIGEST;

/// The digits of a script's digest that names carry.
const DIGITS: usize = 20;

/// What the names of caches carry that `run-task` looks after: the start of the SHA-256 of its content, or of the
/// content it has in the reference's package where that is not installed.
///
/// # Errors
/// If the script is there and cannot be read.
pub fn run_task_digest(run: &RunContext<'_>) -> Result<ArcStr, Diagnostic> {
    run.memo.script_digests.get_or_try_insert("run-task", || {
        let script = run.scripts.read("run-task").map_err(|error| Diagnostic::error(error.to_string()))?;
        Ok(script.map_or(arcstr::ArcStr::from(RUN_TASK_DIGEST), |script| {
            ArcStr::from(&hex::encode(Sha256::digest(&script.content))[..DIGITS])
        }))
    })
}
