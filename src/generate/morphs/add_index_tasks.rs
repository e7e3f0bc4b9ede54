//! The queue takes 64 routes. A task with more loses those of the index, and a further task inserts them.

use std::collections::BTreeSet;

use super::{Amendment, Morph, MorphContext, misc_task};
use crate::diagnostics::{Diagnostic, Mistakes, Span, collect};
use crate::generate::shared::worker_types::{WorkerPool, worker_pool};
use crate::model::{Label, Pattern, Task, TaskGraph, TaskId};
use crate::yaml::{Map, Node};

pub(super) const MORPH: Morph = Morph { name: "add_index_tasks", apply };

const MAX_ROUTES: usize = 64;

/// The worker alias that runs index tasks.
const WORKER: &str = "misc";

/// Where the image of index tasks is found.
const IMAGE: &str = "taskgraph.cache.level-3.docker-images.v2.index-task.latest";

fn apply(context: &MorphContext<'_>, graph: &TaskGraph<TaskId>) -> Result<Amendment, Mistakes> {
    let crowded = graph.iter().filter(|(_, task)| routes(task).len() > MAX_ROUTES);
    let split = collect(crowded, |(id, task)| Ok(split(context, id, task)?))?;
    let (changed, added) = split.into_iter().unzip();
    Ok(Amendment { changed, added })
}

fn routes(task: &Task<TaskId>) -> &[Node] {
    task.definition.get("routes").and_then(Node::as_list).unwrap_or_default()
}

type Identified = (TaskId, Task<TaskId>);

/// The task without its index routes, and the task that has them instead.
fn split(context: &MorphContext<'_>, id: &TaskId, task: &Task<TaskId>) -> Result<(Identified, Identified), Diagnostic> {
    let index_path = |route: &Node| Some(route.as_str()?.strip_prefix("index.")?.to_owned());
    let paths: Vec<String> = routes(task).iter().filter_map(index_path).collect();
    let others: Node = routes(task).iter().filter(|route| index_path(route).is_none()).cloned().collect();
    let mut parent = task.clone();
    parent.definition.insert("routes", others);
    let label = Label::new(arcstr::format!("index-task-{}", task.label));
    let definition = definition(context, id, task, &label, &paths)?;
    let added_id = TaskId::derive(context.creator, &label, 0);
    let added = misc_task(label, definition, vec![(arcstr::literal!("parent"), id.clone())]);
    Ok(((id.clone(), parent), (added_id, added)))
}

fn definition(
    context: &MorphContext<'_>,
    id: &TaskId,
    parent: &Task<TaskId>,
    label: &Label,
    paths: &[String],
) -> Result<Map, Diagnostic> {
    let config = context.run.graph_config;
    let WorkerPool { provisioner, worker_type } =
        worker_pool(config, WORKER, &context.run.parameters.level, Span::NONE).map_err(|mistake| {
            mistake.help(format!("tasks with more than {MAX_ROUTES} routes need the alias `{WORKER}`"))
        })?;
    let deadline = parent.definition.get("deadline").cloned().unwrap_or_default();
    let dependencies: Node = [id].into_iter().map(Node::from).collect();
    Ok(Map::from([
        ("provisionerId", Node::new(provisioner)),
        ("workerType", Node::new(worker_type)),
        ("dependencies", dependencies),
        ("created", Node::new(Map::from([("relative-datestamp", "0 seconds")]))),
        ("deadline", deadline.clone()),
        // It is of no use any longer than the task it belongs to.
        ("expires", deadline),
        ("metadata", metadata(parent, label)),
        ("scopes", scopes(context, paths)?.into_iter().collect()),
        ("payload", payload(id, parent, paths)),
    ]))
}

fn metadata(parent: &Task<TaskId>, label: &Label) -> Node {
    let of_parent = |key: &str| parent.definition.get("metadata").and_then(|metadata| metadata.get(key)).cloned();
    let description = of_parent("description").unwrap_or_default();
    let description = format!("index-task for {}", description.as_str().unwrap_or_default());
    Node::new(Map::from([
        ("name", Node::from(label)),
        ("description", Node::new(description)),
        ("owner", of_parent("owner").unwrap_or_default()),
        ("source", of_parent("source").unwrap_or_default()),
    ]))
}

fn payload(id: &TaskId, parent: &Task<TaskId>, paths: &[String]) -> Node {
    let image = [("path", "public/image.tar.zst"), ("namespace", IMAGE), ("type", "indexed-image")];
    let command: Node = std::iter::once("insert-indexes.js").chain(paths.iter().map(String::as_str)).collect();
    let rank = parent.definition.get("extra").and_then(|extra| extra.get("index")?.get("rank")?.as_i64());
    let rank = rank.unwrap_or(0).to_string();
    let env = Map::from([("TARGET_TASKID", Node::from(id)), ("INDEX_RANK", Node::new(rank))]);
    Node::new(Map::from([
        ("image", Node::new(Map::from(image))),
        ("features", Node::new(Map::from([("taskclusterProxy", true)]))),
        ("maxRunTime", Node::new(600)),
        ("command", command),
        ("env", Node::new(env)),
    ]))
}

/// The scopes to insert at these paths; those of a common prefix are one, as a task with many paths would have more
/// scopes than its credentials can hold.
fn scopes(context: &MorphContext<'_>, paths: &[String]) -> Result<BTreeSet<String>, Diagnostic> {
    let config = context.run.graph_config;
    let patterns = config.taskgraph.index_path_regexes.iter().flatten();
    let patterns = patterns.map(|pattern| Pattern::anchored(pattern)).collect::<Result<Vec<_>, _>>();
    let patterns = patterns.map_err(|error| Diagnostic::error(error.to_string()))?;
    let scope = |path: &String| {
        let shortened = match own_prefix(path, &config.trust_domain) {
            Some(prefix) => Some(prefix),
            None => configured_prefix(path, &patterns)?,
        };
        let shortened = shortened.map(|prefix| format!("{prefix}*"));
        Ok(format!("index:insert-task:{}", shortened.as_ref().unwrap_or(path)))
    };
    paths.iter().map(scope).collect()
}

/// `<trust domain>.v2.<project>.` at the start of a path.
fn own_prefix<'p>(path: &'p str, trust_domain: &str) -> Option<&'p str> {
    let project = path.strip_prefix(trust_domain)?.strip_prefix(".v2.")?;
    let rest = project.split_once('.')?.1;
    path.strip_suffix(rest)
}

/// The first group of the first configured pattern that the path begins with.
fn configured_prefix<'p>(path: &'p str, patterns: &[Pattern]) -> Result<Option<&'p str>, Diagnostic> {
    for pattern in patterns {
        if let Some(groups) = pattern.groups(path).map_err(|error| Diagnostic::error(error.to_string()))? {
            let group = groups.get(1).copied().flatten();
            let missing = || {
                Diagnostic::error(format!("an entry of `index-path-regexes` matches `{path}`, but not with a group"))
                    .help("put what to keep of the path in brackets")
            };
            return group.map(Some).ok_or_else(missing);
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::morphs::{MORPHS, morph};
    use crate::generate::testing::World;
    use crate::model::AssignedGraph;
    use std::sync::Arc;

    #[test]
    fn an_alias_for_index_tasks_is_needed_only_for_them() {
        let world = World::new(&[]);
        let context = MorphContext { run: &world.run(), creator: &TaskId::new("CREATOR") };
        assert!(morph(MORPHS, &context, &AssignedGraph::default()).unwrap().tasks.is_empty());
        let routes: Node = (0..65).map(|at| format!("index.{at}")).collect();
        let crowded = misc_task("a".into(), Map::from([("routes", routes)]), vec![]);
        let graph = AssignedGraph {
            tasks: [("A".into(), Arc::new(crowded))].into_iter().collect(),
            label_to_task_id: [("a".into(), "A".into())].into(),
        };
        let mistake = morph(MORPHS, &context, &graph).unwrap_err().0.remove(0);
        assert_eq!(mistake.message, "no worker alias matches worker type `misc`");
        assert_eq!(mistake.help.as_deref(), Some("tasks with more than 64 routes need the alias `misc`"));
    }
}
