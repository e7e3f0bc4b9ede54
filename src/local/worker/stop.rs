//! How a worker is told to stop.

use std::sync::Arc;

use tokio::sync::watch;

/// A wish that work stops; clones share it.
///
/// Runs that are under way are killed and given back to the queue, which lets another worker begin them again.
#[derive(Clone, Debug)]
pub struct Stop(Arc<watch::Sender<bool>>);

impl Default for Stop {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }
}

impl Stop {
    /// Stops the work.
    pub fn now(&self) {
        self.0.send_replace(true);
    }

    /// Stops the work when the process is interrupted or told to terminate. Must be called within a runtime.
    ///
    /// # Errors
    /// If the signals cannot be waited for.
    pub fn on_signals(&self) -> std::io::Result<()> {
        use tokio::signal::unix::{SignalKind, signal};
        let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
        let stop = self.clone();
        tokio::spawn(async move {
            tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {} }
            stop.now();
        });
        Ok(())
    }

    /// Whether the work is to stop.
    pub(super) fn is_wished(&self) -> bool {
        *self.0.borrow()
    }

    /// Ends when the work is to stop.
    pub(super) async fn wished(&self) {
        let mut wishes = self.0.subscribe();
        // The sender lives as long as `self`.
        let _ = wishes.wait_for(|is_wished| *is_wished).await;
    }
}
