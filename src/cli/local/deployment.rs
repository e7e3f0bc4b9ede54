//! Which Taskcluster the `local` subcommands speak to.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::cli::failure::Failure;
use crate::cli::session::Session;
use crate::local::Auth;
use crate::local::caller::{Caller, Credentials, Service};
use crate::local::server::{Options, Running, Server};

/// Where the state is kept unless told otherwise: not in the way of the checkout it lies in.
const DATA_DIR: &str = ".pushgraph";

/// Holds the root URL of the server that uses a data folder.
const ADDRESS: &str = "root-url";

/// Where the local Taskcluster keeps its state.
#[derive(Clone, Debug, Args)]
pub(super) struct Data {
    /// Folder that holds its state
    #[arg(long, value_name = "DIR", default_value = DATA_DIR)]
    data_dir: PathBuf,
}

impl Data {
    /// The folder, absolute; made if it is not there, and ignored by git.
    pub(super) fn folder(&self, session: &Session) -> Result<PathBuf, Failure> {
        let folder = session.current_directory.join(&self.data_dir);
        let failed = |error| Failure::Output { target: format!("`{}`", folder.display()), error };
        fs::create_dir_all(&folder).map_err(failed)?;
        let ignore = folder.join(".gitignore");
        if !ignore.exists() {
            fs::write(&ignore, "*\n").map_err(failed)?;
        }
        Ok(folder)
    }
}

/// A Taskcluster to speak to: one that is named, one that serves the data folder already, or one of our own.
#[derive(Clone, Debug, Args)]
pub(super) struct Deployment {
    #[command(flatten)]
    data: Data,
    /// Root URL of a local Taskcluster; without it the data folder's is used, and started if it does not run
    #[arg(long, value_name = "URL")]
    root_url: Option<String>,
}

/// A connection to a Taskcluster, and the server if it is our own.
pub(super) struct Connection {
    /// The client.
    pub(super) caller: Caller,
    /// Where the state is.
    pub(super) folder: PathBuf,
    server: Option<(Running, Published)>,
}

impl Deployment {
    /// Connects.
    ///
    /// # Errors
    /// If no server can be started or reached.
    pub(super) async fn connect(&self, session: &Session) -> Result<Connection, Failure> {
        let folder = self.data.folder(session)?;
        let running = match &self.root_url {
            Some(url) => Some(caller(session, url)?),
            None => of_running_server(session, &folder).await?,
        };
        if let Some(caller) = running {
            return Ok(Connection { caller, folder, server: None });
        }
        let server = Server::start(Options::new(&folder)).await.map_err(start_failed)?;
        let published = Published::new(&folder, server.root_url())?;
        Ok(Connection { caller: caller(session, server.root_url())?, folder, server: Some((server, published)) })
    }
}

impl Connection {
    /// Ends it: a server of our own stops in order.
    pub(super) async fn close(self) {
        if let Some((server, _published)) = self.server {
            server.shutdown().await;
        }
    }
}

/// The address of a server in its data folder, for other processes to find; gone with the value.
pub(super) struct Published(PathBuf);

impl Published {
    /// Writes the address.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(super) fn new(folder: &Path, root_url: &str) -> Result<Self, Failure> {
        let path = folder.join(ADDRESS);
        fs::write(&path, root_url)
            .map_err(|error| Failure::Output { target: format!("`{}`", path.display()), error })?;
        Ok(Self(path))
    }
}

impl Drop for Published {
    fn drop(&mut self) {
        // One that stays leads nowhere, which is noticed.
        let _ = fs::remove_file(&self.0);
    }
}

/// A client of the server that has written its address into the folder, if it still answers.
async fn of_running_server(session: &Session, folder: &Path) -> Result<Option<Caller>, Failure> {
    let Ok(root_url) = fs::read_to_string(folder.join(ADDRESS)) else { return Ok(None) };
    let caller = caller(session, root_url.trim())?;
    let answers = caller.get(Service::Queue, &["ping"]).await.is_ok();
    Ok(answers.then_some(caller))
}

pub(super) fn caller(session: &Session, root_url: &str) -> Result<Caller, Failure> {
    Ok(Caller::new(root_url, credentials(session))?)
}

/// The credentials of the environment, if there are any.
pub(super) fn credentials(session: &Session) -> Option<Credentials> {
    let environment = &session.environment;
    Some(Credentials {
        client_id: environment.client_id.clone()?,
        access_token: environment.access_token.clone()?,
        certificate: environment.certificate.clone(),
    })
}

/// A server that could not start.
pub(super) fn start_failed(error: crate::local::server::StartError) -> Failure {
    Failure::refused(error.to_string(), "is another `pushgraph local` using the same data folder or port?")
}

/// Scopes are enforced; the root client is that of the environment, or else made up.
///
/// # Errors
/// If nothing can be made up.
pub(super) fn enforced(session: &Session) -> Result<Auth, Failure> {
    if let Some(root) = credentials(session) {
        return Ok(Auth::Enforced { client_id: root.client_id, access_token: root.access_token });
    }
    let mut bytes = [0; 32];
    File::open("/dev/urandom").and_then(|mut random| random.read_exact(&mut bytes)).map_err(|error| {
        Failure::refused(format!("cannot make up a token: {error}"), "set TASKCLUSTER_ACCESS_TOKEN")
    })?;
    Ok(Auth::Enforced { client_id: "root".into(), access_token: hex::encode(bytes) })
}
