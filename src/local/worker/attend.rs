//! A worker that stays: whatever becomes pending is claimed, whoever asked for it.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use super::claim::work_on;
use super::{MOST_CLAIMS, Worker, WorkerError, flatten};
use crate::local::caller::CallError;

/// How long to wait before the queue is asked again while nothing is pending.
const PAUSE: Duration = Duration::from_millis(200);

/// Says in which pools how many runs are pending. The queue's API tells only of pools that a worker has asked about.
pub type Pools<'a> = &'a (dyn Fn() -> Vec<(String, usize)> + Sync);

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
            let has_claimed = self.claim_everything(&pools(), &mut running).await?;
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

    /// Claims what is pending; says whether there was anything.
    async fn claim_everything(
        &self,
        pools: &[(String, usize)],
        running: &mut JoinSet<Result<(), CallError>>,
    ) -> Result<bool, WorkerError> {
        let mut has_claimed = false;
        for (pool, pending) in pools {
            let mut pending = *pending;
            while pending > 0 && !self.shared.options.stop.is_wished() {
                let room = self.room(running).await?;
                let claims = self.claim(pool, room.min(pending).min(MOST_CLAIMS)).await?;
                if claims.is_empty() {
                    break;
                }
                has_claimed = true;
                pending = pending.saturating_sub(claims.len());
                for claim in claims {
                    running.spawn(work_on(Arc::clone(&self.shared), claim));
                }
            }
        }
        Ok(has_claimed)
    }
}
