//! A worker that stays: whatever becomes pending is claimed, whoever asked for it.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::task::JoinSet;

use super::{Worker, WorkerError, flatten};
use crate::local::caller::CallError;

/// How long to wait before the queue is asked again while nothing is pending.
const PAUSE: Duration = Duration::from_millis(200);

/// Says in which pools how many runs are pending. The queue's API tells only of pools that a worker has asked about.
pub type Pools<'a> = &'a (dyn Fn() -> BTreeMap<String, usize> + Sync);

impl Worker {
    /// Works on everything that is or becomes pending, until nothing is, or if it stays, until it is told to stop.
    ///
    /// # Errors
    /// If a service fails.
    pub async fn attend(&self, pools: Pools<'_>, stays: bool) -> Result<(), WorkerError> {
        let mut running: JoinSet<Result<(), CallError>> = JoinSet::new();
        let stop = &self.shared.options.stop;
        while !stop.is_wished() {
            // What ends after this look may have made something pending that is not seen below.
            while let Some(ended) = running.try_join_next() {
                flatten(ended)?;
            }
            let is_idle = running.is_empty();
            let has_claimed = self.claim_all(&pools(), &mut running).await?;
            if !has_claimed && is_idle && !stays {
                return Ok(());
            }
            if !has_claimed {
                tokio::select! {
                    () = tokio::time::sleep(PAUSE) => {}
                    () = stop.wished() => {}
                }
            }
        }
        while let Some(ended) = running.join_next().await {
            flatten(ended)?;
        }
        Ok(())
    }
}
