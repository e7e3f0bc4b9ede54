//! `local history`: a project with many pushes, made from a file and served until Ctrl-C.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;

use super::deployment::{Data, Published, enforced, start_failed};
use super::work::worker_options;
use crate::cli::Outcome;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::cli::output::{print, tell};
use crate::cli::session::Session;
use crate::clients::SystemClock;
use crate::diagnostics::Diagnostic;
use crate::history::made::{MadeHistory, Program, Style};
use crate::local::Auth;
use crate::local::caller::{Caller, Credentials};
use crate::local::history::recorded::Recorded;
use crate::local::made::{BRANCH, Making, make, repository, resume};
use crate::local::progress::on_stderr;
use crate::local::report::{Reporter, Silent};
use crate::local::server::{Options, Running, Server};
use crate::local::worker::{Stop, WorkerOptions};
use crate::sources::clock::Clock as _;

/// The port that a history was made with: what was pushed names it.
const PORT: &str = "history-port";

/// Which history.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// File that says what the history is like (docs/local-history.md)
    file: PathBuf,
    #[command(flatten)]
    data: Data,
    /// Port to listen on; without it that of the history if there is one already, else any that is free
    #[arg(long)]
    port: Option<u16>,
    /// Enforce credentials and scopes; the root client is that of the environment, or else made up and printed. Always so
    /// with `decisions: taskgraph`, whose actions insist on scopes
    #[arg(long)]
    auth: bool,
    /// End when the history is made, without serving it
    #[arg(long)]
    no_serve: bool,
    /// Show what tasks print
    #[arg(short, long)]
    verbose: bool,
}

/// Makes the history if the data folder has none, and serves it with a worker that runs what is asked for.
pub(super) async fn run(session: &Session, arguments: &Arguments) -> Outcome {
    let path = session.current_directory.join(&arguments.file);
    let text = std::fs::read_to_string(&path)
        .map_err(|error| Diagnostic::error(format!("cannot read `{}`: {error}", arguments.file.display())))?;
    let history = MadeHistory::read(&session.files, &arguments.file, &text)?;
    let folder = arguments.data.folder(session)?;
    let recorded = Recorded::read(&folder).map_err(|error| unreadable(&folder, &error))?;
    let auth = if arguments.auth || history.decisions == Program::Taskgraph { enforced(session)? } else { Auth::Open };
    let is_enforced = auth != Auth::Open;
    let server = start(&folder, arguments.port, auth).await?;
    let _published = Published::new(&folder, server.root_url())?;
    let caller = Caller::new(server.root_url(), is_enforced.then(|| root(&server)))?;
    let stop = Stop::default();
    let worker = options(&history, &folder, &stop)?;
    let reporter: Arc<dyn Reporter> = if arguments.verbose { on_stderr(true) } else { Arc::new(Silent) };
    let making = Making {
        history: &history,
        tree: &path.parent().unwrap_or(&path).join(&history.tree),
        folder: &folder,
        worker: &worker,
        pools: &|| server.pending(),
        files: &session.files,
        reporter: &reporter,
        now: SystemClock.now(),
    };
    let worker = if recorded.0.is_empty() {
        tell(&format!("making {} pushes", history.pushes));
        make(&caller, &making).await?
    } else {
        tell(&format!("the history in {} is served; another --data-dir makes it anew", folder.display()));
        resume(&caller, &making, &recorded).await?
    };
    if is_enforced {
        let Credentials { client_id, access_token, .. } = root(&server);
        print(&format!("export TASKCLUSTER_CLIENT_ID={client_id}\nexport TASKCLUSTER_ACCESS_TOKEN={access_token}\n"))?;
    }
    print(&exports(&history, &folder, server.root_url()))?;
    if !arguments.no_serve {
        stop.on_signals().map_err(|error| Failure::refused(format!("cannot wait for Ctrl-C: {error}"), "try again"))?;
        tell("serving; actions are run as they are asked for; Ctrl-C to stop");
        worker.attend(&|| server.pending(), true).await?;
    }
    server.shutdown().await;
    Ok(Exit::Done)
}

/// What other commands need to know.
fn exports(history: &MadeHistory, folder: &Path, root_url: &str) -> String {
    let address = |project: &str| match history.style {
        Style::Git => format!("git:{}#{BRANCH}", repository(folder, project).display()),
        Style::Hg => format!("hg:{root_url}/hg/{project}"),
    };
    let mut text = format!("export TASKCLUSTER_ROOT_URL={root_url}\n");
    text += &format!("export PUSHGRAPH_PUSHLOG='{}'\n", address(&history.project));
    for (project, _) in history.others() {
        text += &format!("# --through '{project}={}'\n", address(project));
    }
    text += &format!("# treeherder:{root_url}/treeherder#{}\n", history.project);
    text
}

/// Who may do everything.
fn root(server: &Running) -> Credentials {
    let (client_id, access_token) = server.root_credentials();
    Credentials { client_id: client_id.to_owned(), access_token: access_token.to_owned(), certificate: None }
}

async fn start(folder: &Path, port: Option<u16>, auth: Auth) -> Result<Running, Failure> {
    let file = folder.join(PORT);
    let kept = std::fs::read_to_string(&file).ok().and_then(|text| text.trim().parse().ok());
    let options = Options { port: port.or(kept).unwrap_or(0), auth, ..Options::new(folder) };
    let server = Server::start(options).await.map_err(start_failed)?;
    let port = server.root_url().rsplit(':').next().unwrap_or_default();
    std::fs::write(&file, port).map_err(|error| Failure::Output { target: format!("`{}`", file.display()), error })?;
    Ok(server)
}

fn options(history: &MadeHistory, folder: &Path, stop: &Stop) -> Result<WorkerOptions, Failure> {
    let options = worker_options(folder, stop.clone())?;
    match history.decisions {
        Program::Pushgraph => Ok(options),
        Program::Taskgraph => Ok(WorkerOptions { executable: of_reference(&options)?, ..options }),
    }
}

/// The first `taskgraph` in the path that is not this program.
fn of_reference(options: &WorkerOptions) -> Result<PathBuf, Failure> {
    let path = options.environment.get("PATH").map(String::as_str).unwrap_or_default();
    let candidates = std::env::split_paths(path).map(|folder| folder.join("taskgraph"));
    let own = options.executable.canonicalize().ok();
    let mut found = candidates.filter(|path| path.is_file() && path.canonicalize().ok() != own);
    found.next().ok_or_else(|| {
        let message = "there is no `taskgraph` in the path".to_owned();
        Failure::refused(message, "`decisions: taskgraph` needs it: install it, or leave the key out")
    })
}

fn unreadable(folder: &Path, error: &std::io::Error) -> Failure {
    Failure::refused(format!("the history in `{}` cannot be read: {error}", folder.display()), "remove the folder")
}
