//! `cached_tasks`: tasks with a `cache` are looked up under a digest of what goes into them, before they run.
//!
//! Source: `taskgraph.transforms.cached_tasks` of the reference.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Apply, Transform};
use crate::diagnostics::{Diagnostic, Mistakes, Span};
use crate::generate::context::KindContext;
use crate::generate::shared::cached_task::{CachedTask, add_optimization};
use crate::generate::shared::order::order_stubs;
use crate::generate::shared::python_text::to_str;
use crate::generate::shared::text::Text;
use crate::model::Stub;
use crate::yaml::{self, Map, Node};

/// The row.
pub(super) const CACHED_TASKS: Transform =
    Transform { name: "taskgraph.transforms.cached_tasks:transforms", apply: Apply::Whole(cache) };

/// Key `cache` of a task. Other keys are allowed and mean nothing.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub struct Cache {
    /// What sort of result it is.
    #[serde(rename = "type")]
    cache_type: Text,
    /// Its name.
    name: Text,
    /// Lines that tell all that goes into it, but for what it depends on.
    digest_data: Vec<Text>,
}

/// What is known of the tasks that others depend on.
#[derive(Default)]
struct Known {
    /// Label → the line that tells a cached task's result from others.
    lines: BTreeMap<String, String>,
    /// Labels of tasks with mistakes, about which it is enough to be told once.
    mistaken: BTreeSet<String>,
}

fn cache(kind: &KindContext<'_>, stubs: Vec<Stub>) -> (Vec<Stub>, Mistakes) {
    if kind.options.fast {
        return (stubs, Mistakes::default());
    }
    let cached = kind.dependencies.iter().filter_map(|task| {
        let cached = CachedTask::from_attribute(task.attribute("cached_task")?)?;
        Some((task.label.to_string(), cached.line()))
    });
    let mut known = Known { lines: cached.collect(), ..Known::default() };
    let (mut finished, mut mistakes) = (Vec::with_capacity(stubs.len()), Mistakes::default());
    let stubs = match order_stubs(kind.kind, stubs, kind.warnings) {
        Ok(stubs) => stubs,
        Err(mistakes) => return (finished, mistakes),
    };
    for stub in stubs {
        let label = stub.title().to_string();
        match cache_one(kind, stub, &mut known) {
            Ok(stub) => finished.push(stub),
            Err(more) => {
                mistakes.extend(more.0.into_iter().map(|mistake| mistake.in_task(&label)));
                known.mistaken.insert(label);
            }
        }
    }
    (finished, mistakes)
}

fn cache_one(kind: &KindContext<'_>, mut stub: Stub, known: &mut Known) -> Result<Stub, Mistakes> {
    let Some(written) = stub.body.remove("cache").filter(|cache| !cache.is_null()) else { return Ok(stub) };
    let cache: Cache = yaml::read_noting(&written, kind.warnings)?;
    let mut lines: Vec<String> = cache.digest_data.iter().map(|line| line.as_str().to_owned()).collect();
    lines.extend(dependency_lines(&stub, known)?);
    lines.extend(chain_of_trust(&stub.body));
    let cached = CachedTask::of(cache.cache_type.as_str(), cache.name.as_str(), &lines);
    add_optimization(kind, &mut stub.body, &cached)?;
    known.lines.insert(stub.title().to_string(), cached.line());
    Ok(stub)
}

/// A line for each dependency, sorted; all of them must be cached, else their results could change unseen.
fn dependency_lines(stub: &Stub, known: &Known) -> Result<Vec<String>, Mistakes> {
    let dependencies = stub.body.get("dependencies").and_then(Node::as_map);
    let (mut lines, mut mistakes) = (Vec::new(), Mistakes::default());
    for node in dependencies.into_iter().flat_map(Map::values) {
        let label = node.as_str().unwrap_or_default();
        match known.lines.get(label) {
            Some(line) => lines.push(line.clone()),
            None if known.mistaken.contains(label) => {}
            None => mistakes.extend([uncached(stub, label, node.span)]),
        }
    }
    lines.sort_unstable();
    mistakes.or(lines)
}

fn uncached(stub: &Stub, label: &str, span: Span) -> Diagnostic {
    Diagnostic::error(format!("cached task `{}` depends on `{label}`, which is not cached", stub.title()))
        .at(span.or(stub.span))
        .absent(label)
        .help("a cached task can depend on cached tasks only")
}

/// Whether the worker signs what it has run shows in what the task leaves behind.
fn chain_of_trust(task: &Map) -> Option<String> {
    let proves = task.get("worker")?.get("chain-of-trust")?;
    proves.is_truthy().then(|| to_str(proves))
}
