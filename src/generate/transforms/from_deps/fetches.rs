//! What a task fetches from the tasks it is made from.

use crate::diagnostics::{Diagnostic, Mistakes, collect};
use crate::generate::context::KindContext;
use crate::generate::shared::edit::map_in;
use crate::generate::shared::entries::Entries;
use crate::generate::shared::fetches::FetchEntry;
use crate::generate::shared::format::format_text;
use crate::model::{Label, Stub, Task};
use crate::yaml::{self, Map, Node};

/// Reads all that is listed, also for kinds that no task is of: what is wrong is wrong everywhere.
pub(super) fn check(listed: &Entries<Vec<Node>>) -> Result<(), Mistakes> {
    listed.iter().flat_map(|(_, entries)| entries).try_for_each(|entry| yaml::read::<FetchEntry>(entry).map(drop))
}

/// Adds `fetches` for each dependency of the task, also for those that it had before, if its kind is listed.
pub(super) fn add_fetches(
    kind: &KindContext<'_>,
    stub: &mut Stub,
    listed: &Entries<Vec<Node>>,
    unique: bool,
) -> Result<(), Mistakes> {
    let dependencies = stub.body.get("dependencies").and_then(Node::as_map).cloned().unwrap_or_default();
    let fetches = map_in(&mut stub.body, "fetches")?;
    for task in kind.dependencies.of_labels(dependencies.values().filter_map(Node::as_str)) {
        let Some(entries) = listed.get(task.kind.as_str()) else { continue };
        let entries = collect(entries, |entry| Ok(filled(entry, task)?))?;
        let edge = if unique { task.kind.as_str() } else { task.label.as_str() };
        fetches.insert(edge, entries);
    }
    Ok(())
}

/// The entry with the task's attributes filled into `artifact` and `dest`.
fn filled(entry: &Node, task: &Task<Label>) -> Result<Node, Diagnostic> {
    let mut filled: Map = entry.as_map().cloned().unwrap_or_default();
    for key in ["artifact", "dest"] {
        let Some((template, span)) = filled.get(key).and_then(|node| Some((node.as_str()?, node.span))) else {
            continue;
        };
        let text = format_text(template, &task.attributes).map_err(|mistake| {
            mistake.at(span).related(task.span, format!("`{}` has no such attribute", task.label))
        })?;
        filled.insert(key, Node::new(text).at(span));
    }
    Ok(Node::new(filled).at(entry.span))
}
