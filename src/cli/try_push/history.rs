//! What earlier pushes asked for, in a file of the user's.

use std::fs;
use std::path::PathBuf;

use super::super::failure::Failure;
use super::super::session::Session;
use crate::diagnostics::Diagnostic;
use crate::json;
use crate::model::TryTaskConfig;
use crate::yaml;

/// The file, in the folder of what programs keep: a request on each line, the newest first.
const FILE: &str = "pushgraph/try-history.jsonl";

/// How many pushes are remembered.
const REMEMBERED: usize = 20;

/// Where the file is; nowhere if the user has no folder.
fn path(session: &Session) -> Option<PathBuf> {
    let environment = &session.environment;
    let folder = environment.state_home.as_ref().map(PathBuf::from);
    let folder = folder.or_else(|| Some(PathBuf::from(environment.home.as_ref()?).join(".local/state")))?;
    Some(folder.join(FILE))
}

fn lines(session: &Session) -> Vec<String> {
    let text = path(session).and_then(|path| fs::read_to_string(path).ok()).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

/// What an earlier push asked for; 0 is the last one.
///
/// # Errors
/// If there is no such push, or what is remembered of it cannot be read.
pub(super) fn earlier(session: &Session, number: usize) -> Result<TryTaskConfig, Failure> {
    let lines = lines(session);
    let Some(line) = lines.get(number) else {
        let message = format!("there is no earlier push `{number}`");
        return Err(Failure::refused(message, &format!("{} are remembered, from 0 on", lines.len())));
    };
    let node = json::read(&session.files, FILE, line.clone())?;
    Ok(yaml::read(&node)?)
}

/// Remembers what a push asked for. It is made by now, so that a file that cannot be written is a warning.
pub(super) fn remember(session: &Session, request: &TryTaskConfig) {
    let (Some(path), Ok(newest)) = (path(session), json::to_string(&request.to_node(), json::Format::COMPACT)) else {
        return;
    };
    let mut all = lines(session);
    all.retain(|line| *line != newest);
    all.insert(0, newest);
    all.truncate(REMEMBERED);
    let written = path.parent().map_or(Ok(()), fs::create_dir_all);
    let written = written.and_then(|()| fs::write(&path, all.join("\n") + "\n"));
    if let Err(error) = written {
        let message = format!("the push is not remembered: cannot write `{}`: {error}", path.display());
        session.warnings.push(Diagnostic::warning(message));
    }
}
