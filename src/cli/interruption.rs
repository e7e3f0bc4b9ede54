//! The user or the system wants the program to end, and something must be put back first.

use std::future::Future;
use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

use super::failure::Failure;
use super::session::Session;
use crate::diagnostics::Diagnostic;

/// Notices SIGINT, SIGTERM and SIGHUP, instead of letting them end the program at once.
pub(super) struct Interruption(tokio::sync::watch::Receiver<bool>);

impl Interruption {
    /// Notices them from now on.
    ///
    /// # Errors
    /// If the system does not tell of them.
    pub(super) fn watch(session: &Session) -> Result<Self, Failure> {
        let (sender, receiver) = tokio::sync::watch::channel(false);
        let signals = session.wait(async { Signals::new() });
        let failed = |error| Diagnostic::error(format!("cannot wait for signals: {error}"));
        let mut signals = signals.map_err(failed)?;
        session.spawn(async move {
            signals.next().await;
            // Nobody listens any more once all is put back.
            let _ = sender.send(true);
        });
        Ok(Self(receiver))
    }

    /// # Errors
    /// If there was one.
    pub(super) fn check(&self) -> Result<(), Failure> {
        if *self.0.borrow() { Err(Failure::Interrupted) } else { Ok(()) }
    }

    /// What `work` results in, unless an interruption comes first.
    ///
    /// # Errors
    /// Those of the work, and the interruption.
    pub(super) async fn or<T>(&self, work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
        let mut receiver = self.0.clone();
        tokio::select! {
            result = work => result,
            Ok(_) = receiver.wait_for(|is_over| *is_over) => Err(Failure::Interrupted),
        }
    }
}

/// The signals, noticed since this was made.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
}

impl Signals {
    fn new() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = self.hangup.recv() => {}
        }
    }
}
