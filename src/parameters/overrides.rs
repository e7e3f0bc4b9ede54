//! Parameters that a push brings along: in a file of the tree, or in a git note.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::Error;
use super::decision::{DecisionContext, DecisionOptions, Entries};
use super::json_file::read_json;
use crate::diagnostics::{Diagnostic, Mistakes};
use crate::sources::checkout::FileKind;
use crate::yaml::{self, Map, Node};

/// The note that overrides parameters.
const NOTE: &str = "refs/notes/decision-parameters";

/// The file that does, unless told otherwise.
const FILE: &str = "try_task_config.json";

/// The only version of [`FILE`] there is.
const VERSION: i64 = 2;

/// What [`FILE`] holds, beside its version.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TryTaskConfig {
    parameters: Map,
}

/// The parameters the push overrides: those of the file if there is one, else those of the note if there is one.
///
/// # Errors
/// A file or a note of another form, or a note that cannot be fetched.
pub(super) fn find(options: &DecisionOptions, context: DecisionContext<'_>) -> Result<Entries, Error> {
    let given = options.try_task_config_file.as_ref().filter(|file| !file.as_os_str().is_empty());
    let path = given.cloned().unwrap_or_else(|| PathBuf::from(FILE));
    if context.checkout.kind(&path) == Some(FileKind::File) {
        return Ok(in_file(&path, context)?);
    }
    match context.repository.note(NOTE, &options.head_repository)? {
        Some(note) if !note.is_empty() => Ok(in_note(note, context)?),
        _ => Ok(Vec::new()),
    }
}

fn in_file(path: &Path, context: DecisionContext<'_>) -> Result<Entries, Mistakes> {
    let refused = |why: String| Diagnostic::error(format!("cannot read `{}`: {why}", path.display()));
    let content = context.checkout.read(path).map_err(|error| refused(error.to_string()))?;
    let mut config = read_json(context.files, path, content)?;
    let (found, span) = (config.type_name(), config.span);
    let map = config.as_map_mut().ok_or_else(|| refused(format!("expected a mapping, found {found}")).at(span))?;
    match map.remove("version") {
        Some(version) if version.as_i64() == Some(VERSION) => {}
        Some(version) => return Err(refused(format!("its `version` is not {VERSION}")).at(version.span).into()),
        None => {
            let missing = refused("missing key `version`".into()).at(span);
            return Err(missing.help(format!("add `\"version\": {VERSION}`")).into());
        }
    }
    let config: TryTaskConfig = yaml::read(&config).map_err(|mistakes| {
        let named = |message| format!("cannot read `{}`: {message}", path.display());
        mistakes.map(|mistake| Diagnostic { message: named(mistake.message), ..mistake })
    })?;
    Ok(config.parameters.into_iter().collect())
}

fn in_note(note: String, context: DecisionContext<'_>) -> Result<Entries, Diagnostic> {
    let note = read_json(context.files, Path::new(NOTE), note.into_bytes())?;
    entries(&note).ok_or_else(|| {
        Diagnostic::error(format!("cannot read `{NOTE}`: expected a mapping, found {}", note.type_name()))
    })
}

fn entries(node: &Node) -> Option<Entries> {
    Some(node.as_map()?.iter().cloned().collect())
}
