//! The server: one process on loopback that is a whole small Taskcluster.

mod blobs;
mod clock;
mod connection;
mod documents;
mod guard;
mod histories;
mod http;
mod spoil;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use self::connection::{Cut, CuttableListener};
use super::api::call::Site;
use super::faults::Faults;
use super::identity::{Auth, Credentials};
use super::seed;
use super::services::queue::resolution;
use super::store::{Db, Ending, Store, StoreError};
use super::time::Time;
use crate::clients::SystemClock;
use crate::sources::clock::Clock;
pub use clock::ManualClock;

/// How to serve. The address is always `127.0.0.1`.
#[derive(Clone)]
pub struct Options {
    /// The folder that holds the state; made if it is not there.
    pub data_dir: PathBuf,
    /// The port; 0 takes any that is free.
    pub port: u16,
    /// Whether callers must prove who they are.
    pub auth: Auth,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// How long a claim of a run lasts.
    pub claim_timeout: Duration,
    /// How long `claimWork` waits for work.
    pub claim_work_wait: Duration,
    /// How often to look for claims and deadlines that have passed.
    pub resolve_every: Duration,
    /// Which requests are spoilt on purpose; usually none.
    pub faults: Arc<Faults>,
}

impl Options {
    /// The settings of a real deployment, open, on any free port.
    #[must_use]
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: data_dir.into(),
            port: 0,
            auth: Auth::Open,
            clock: Arc::new(SystemClock),
            claim_timeout: Duration::from_secs(20 * 60),
            claim_work_wait: Duration::from_secs(20),
            resolve_every: Duration::from_secs(1),
            faults: Arc::default(),
        }
    }
}

/// The server could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The state cannot be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The port cannot be had.
    #[error("cannot listen on 127.0.0.1:{port}: {error}")]
    Listen {
        /// The port that was asked for.
        port: u16,
        /// What the system said.
        error: std::io::Error,
    },
    /// The state cannot be read or written.
    #[error("cannot prepare the database: {0}")]
    Database(#[from] rusqlite::Error),
}

/// What every request is answered from.
struct Shared {
    store: Store,
    data_dir: PathBuf,
    site: Site,
    clock: Arc<dyn Clock>,
    claim_work_wait: Duration,
    faults: Arc<Faults>,
    /// Goes up when a run becomes pending.
    pending: watch::Sender<u64>,
    /// Turns to true when the server stops.
    stopping: watch::Sender<bool>,
}

impl Shared {
    fn now(&self) -> Time {
        self.clock.now().into()
    }

    /// Runs `work` in a transaction, then wakes the workers that wait if there is something for them.
    fn transact<T>(&self, work: impl FnOnce(&Db<'_>) -> (T, Ending)) -> rusqlite::Result<T> {
        let (result, became_pending) = self.store.transact(work)?;
        if became_pending {
            self.pending.send_modify(|count| *count += 1);
        }
        Ok(result)
    }

    fn sweep(&self) -> rusqlite::Result<()> {
        let now = self.now();
        self.transact(|db| {
            let result = resolution::sweep(db, now);
            let ending = if result.is_ok() { Ending::Keep } else { Ending::Undo };
            (result, ending)
        })?
    }
}

/// A way to start the server.
#[derive(Clone, Copy, Debug)]
pub struct Server;

/// A server that runs; it stops when this is dropped or [`shutdown`](Self::shutdown) is called.
pub struct Running {
    shared: Arc<Shared>,
    tasks: Vec<JoinHandle<()>>,
}

impl Server {
    /// Starts serving.
    ///
    /// # Errors
    /// If the state cannot be opened or the port cannot be had.
    pub async fn start(options: Options) -> Result<Running, StartError> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, options.port));
        let listen = |error| StartError::Listen { port: options.port, error };
        let listener = TcpListener::bind(address).await.map_err(listen)?;
        let port = listener.local_addr().map_err(listen)?.port();
        let store = Store::open(&options.data_dir)?;
        let shared = Arc::new(shared(&options, store, format!("http://127.0.0.1:{port}"))?);
        let app = http::app(Arc::clone(&shared)).into_make_service_with_connect_info::<Cut>();
        let mut stopping = shared.stopping.subscribe();
        let sweeping = tokio::spawn(sweep_every(Arc::clone(&shared), options.resolve_every));
        let serving = tokio::spawn(async move {
            let stopped = async move { drop(stopping.wait_for(|stopping| *stopping).await) };
            // An error of the listener ends the server just as a wish to stop does.
            drop(axum::serve(CuttableListener(listener), app).with_graceful_shutdown(stopped).await);
        });
        Ok(Running { shared, tasks: vec![serving, sweeping] })
    }
}

fn shared(options: &Options, store: Store, root_url: String) -> Result<Shared, StartError> {
    let now = options.clock.now().into();
    let (keys, _) = store.transact(|db| {
        let keys = seed::keys(db, &options.auth).and_then(|keys| seed::roles(db, &options.auth, now).map(|()| keys));
        let ending = if keys.is_ok() { Ending::Keep } else { Ending::Undo };
        (keys, ending)
    })?;
    let seed::Keys { root, url_key } = keys?;
    let claim_timeout = chrono::Duration::from_std(options.claim_timeout).unwrap_or(chrono::Duration::MAX);
    let site = Site { root_url, auth: options.auth.clone(), root, url_key, claim_timeout };
    Ok(Shared {
        store,
        data_dir: options.data_dir.clone(),
        site,
        clock: Arc::clone(&options.clock),
        claim_work_wait: options.claim_work_wait,
        faults: Arc::clone(&options.faults),
        pending: watch::Sender::new(0),
        stopping: watch::Sender::new(false),
    })
}

async fn sweep_every(shared: Arc<Shared>, period: Duration) {
    let mut ticks = tokio::time::interval(period);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut stopping = shared.stopping.subscribe();
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            _ = stopping.wait_for(|stopping| *stopping) => return,
        }
        let shared = Arc::clone(&shared);
        // A sweep that fails is undone, and tried again at the next tick.
        drop(tokio::task::spawn_blocking(move || shared.sweep()).await);
    }
}

impl Running {
    /// Where the server is: `http://127.0.0.1:<port>`.
    #[must_use]
    pub fn root_url(&self) -> &str {
        &self.shared.site.root_url
    }

    /// The id and access token of the client that may do everything.
    ///
    /// With [`Auth::Open`] they are made up once for each data folder, for clients that insist on having some.
    #[must_use]
    pub fn root_credentials(&self) -> (&str, &str) {
        let Credentials { client_id, access_token } = &self.shared.site.root;
        (client_id, access_token)
    }

    /// What is spoilt on purpose, and how often it was.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.shared.faults
    }

    /// In which pools how many runs are pending; none if the database fails, which the next request says.
    #[must_use]
    pub fn pending(&self) -> BTreeMap<String, usize> {
        let read = self.shared.store.transact(|db| (db.pending_pools(), Ending::Keep));
        read.and_then(|(pools, _)| pools).unwrap_or_default()
    }

    /// Resolves at once what time has resolved by now; it is done every [`Options::resolve_every`] anyway.
    ///
    /// # Errors
    /// If the database fails.
    pub async fn sweep(&self) -> Result<(), StartError> {
        let shared = Arc::clone(&self.shared);
        let swept = tokio::task::spawn_blocking(move || shared.sweep()).await;
        swept.unwrap_or(Err(rusqlite::Error::InvalidQuery)).map_err(StartError::from)
    }

    /// Lets requests that are under way finish, then stops.
    pub async fn shutdown(mut self) {
        self.shared.stopping.send_replace(true);
        for task in self.tasks.drain(..) {
            // A task that panicked has stopped too.
            drop(task.await);
        }
    }

    /// Serves until Ctrl-C is pressed.
    ///
    /// # Errors
    /// If the signal cannot be waited for.
    pub async fn run_until_ctrl_c(self) -> std::io::Result<()> {
        tokio::signal::ctrl_c().await?;
        self.shutdown().await;
        Ok(())
    }
}

impl std::fmt::Debug for Running {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Running").field("root_url", &self.root_url()).finish_non_exhaustive()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.shared.stopping.send_replace(true);
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}
