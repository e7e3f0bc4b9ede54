//! `local serve`: the embedded Taskcluster, until Ctrl-C.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use super::deployment::{Data, Published, enforced, start_failed};
use crate::cli::Outcome;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::output::{print, tell};
use crate::cli::session::Session;
use crate::local::Auth;
use crate::local::faults::Faults;
use crate::local::server::{Options, Server};

/// How to serve.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    data: Data,
    /// Port to listen on; without it any that is free
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Enforce credentials and scopes; the root client is that of the environment, or else made up and printed
    #[arg(long)]
    auth: bool,
    /// Spoil requests as this file says, to see what comes of it
    #[arg(long, value_name = "FILE")]
    faults: Option<PathBuf>,
}

/// Serves.
pub(super) async fn run(session: &Session, arguments: &Arguments) -> Outcome {
    let folder = arguments.data.folder(session)?;
    let auth = if arguments.auth { enforced(session)? } else { Auth::Open };
    let faults =
        Arc::new(arguments.faults.as_deref().map_or(Ok(Faults::default()), |path| read_faults(session, path))?);
    let options = Options { port: arguments.port, auth, faults: Arc::clone(&faults), ..Options::new(&folder) };
    let server = Server::start(options).await.map_err(start_failed)?;
    let _published = Published::new(&folder, server.root_url())?;
    let (client_id, access_token) = server.root_credentials();
    print(&format!("export TASKCLUSTER_ROOT_URL={}\n", server.root_url()))?;
    if arguments.auth {
        print(&format!("export TASKCLUSTER_CLIENT_ID={client_id}\nexport TASKCLUSTER_ACCESS_TOKEN={access_token}\n"))?;
    }
    tell(&format!("serving, with the state in {}; Ctrl-C to stop", folder.display()));
    let waited = server.run_until_ctrl_c().await;
    waited.map_err(|error| Failure::refused(format!("cannot wait for Ctrl-C: {error}"), "stop it with `kill`"))?;
    for (route, times) in faults.struck() {
        tell(&format!("{times} spoilt: {route}"));
    }
    Ok(Exit::Done)
}

fn read_faults(session: &Session, path: &Path) -> Result<Faults, Failure> {
    let text = std::fs::read_to_string(session.current_directory.join(path)).map_err(|error| {
        Failure::refused(format!("cannot read `{}`: {error}", path.display()), "docs/faults.md says what it may say")
    })?;
    Ok(Faults::read(&session.files, path, &text)?)
}
