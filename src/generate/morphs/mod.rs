//! Morphs: changes to the optimized graph that make it what Taskcluster takes, and leave its meaning alone.
//!
//! To add one: write `morphs/<name>.rs`, add its row to [`MORPHS`]. Source: `taskgraph.morph` of the reference.

mod add_code_review_task;
mod add_index_tasks;

use std::sync::Arc;

use super::context::RunContext;
use crate::diagnostics::{Diagnostic, Mistakes};
use crate::model::{AssignedGraph, Label, Task, TaskGraph, TaskId};
use crate::yaml::Map;

/// A change to the graph.
#[derive(Clone, Copy, Debug)]
pub struct Morph {
    /// Its name: the reference's.
    pub name: &'static str,
    /// The tasks as it leaves them.
    pub apply: fn(&MorphContext<'_>, &TaskGraph<TaskId>) -> Result<Amendment, Mistakes>,
}

/// What a morph may see.
#[derive(Clone, Copy)]
pub struct MorphContext<'a> {
    /// The push, the project and the surroundings.
    pub run: &'a RunContext<'a>,
    /// The task that creates the graph, from which ids are derived.
    pub creator: &'a TaskId,
}

/// What a morph does to a graph.
#[derive(Clone, Debug, Default)]
pub struct Amendment {
    /// Tasks to put in place of those with the same id.
    pub changed: Vec<(TaskId, Task<TaskId>)>,
    /// Tasks to add.
    pub added: Vec<(TaskId, Task<TaskId>)>,
}

/// Every morph of ours, by name; none sees a difference in what another does.
pub const MORPHS: &[Morph] = &[add_code_review_task::MORPH, add_index_tasks::MORPH];

/// The graph as all morphs, one after another, leave it.
///
/// # Errors
/// What a morph refuses, or a task it adds whose label is taken.
pub fn morph(morphs: &[Morph], context: &MorphContext<'_>, graph: &AssignedGraph) -> Result<AssignedGraph, Mistakes> {
    morphs.iter().try_fold(graph.clone(), |graph, morph| {
        let amendment = (morph.apply)(context, &graph.tasks)?;
        amend(graph, amendment)
    })
}

fn amend(graph: AssignedGraph, amendment: Amendment) -> Result<AssignedGraph, Mistakes> {
    let AssignedGraph { tasks, mut label_to_task_id } = graph;
    let mut mistakes = Mistakes::default();
    for (id, task) in &amendment.added {
        if label_to_task_id.insert(task.label.clone(), id.clone()).is_some() {
            let message =
                format!("a task has the label `{}`, which is needed for a task added to the graph", task.label);
            mistakes.extend([Diagnostic::error(message)]);
        }
    }
    let before = tasks.iter().map(|(id, task)| (id.clone(), Arc::clone(task)));
    let after = amendment.changed.into_iter().chain(amendment.added).map(|(id, task)| (id, Arc::new(task)));
    let tasks = before.chain(after).collect();
    mistakes.or(AssignedGraph { tasks, label_to_task_id })
}

/// A task of kind `misc` that no kind made.
fn misc_task(label: Label, definition: Map, dependencies: Vec<(arcstr::ArcStr, TaskId)>) -> Task<TaskId> {
    Task {
        kind: "misc".into(),
        label,
        description: arcstr::ArcStr::new(),
        attributes: Map::from([("kind", "misc")]),
        definition,
        optimization: None,
        dependencies,
        soft_dependencies: Vec::new(),
        if_dependencies: Vec::new(),
        span: crate::diagnostics::Span::NONE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::testing::{CONFIG, World};
    use crate::yaml::Node;

    /// What the reference's morphs make of one task with 65 routes on a push made by code review; see `morphs.py`.
    const REFERENCE: &str = include_str!("../../../tests/reference/morphs.json");

    fn crowded_task() -> Task<TaskId> {
        let routes = (0..62).map(|at| format!("index.example.v2.project.x{at}"));
        let routes: Node = routes.chain(["index.other.v2.y".into(), "index.third.z".into(), "checks".into()]).collect();
        let metadata = Map::from([("description", "d"), ("owner", "o@x"), ("source", "https://s")]);
        let index = Map::from([("index", Node::new(Map::from([("rank", Node::new(7))])))]);
        let definition = Map::from([
            ("routes", routes),
            ("metadata", Node::new(metadata)),
            ("deadline", Node::new(Map::from([("relative-datestamp", "1 day")]))),
            ("extra", Node::new(index)),
        ]);
        let mut task = misc_task("a".into(), definition, vec![]);
        task.attributes.insert("code-review", true);
        task
    }

    fn world() -> World {
        let config = CONFIG.replace("taskgraph:\n", "taskgraph:\n    index-path-regexes: ['(other\\.).*']\n").replace(
            "    aliases:\n",
            "    aliases:\n        misc: {provisioner: 'p-{level}', implementation: docker-worker, os: linux, \
                 worker-type: m}\n",
        );
        let mut world = World::with_config(&config, &[]);
        let review = Node::new(Map::from([("phabricator-build-target", "PHID-1")]));
        world.parameters = world.parameters.with([("code-review", review)]).unwrap();
        world
    }

    #[test]
    fn the_graph_is_what_the_reference_makes_of_it() {
        let graph = AssignedGraph {
            tasks: [("PARENT".into(), Arc::new(crowded_task()))].into_iter().collect(),
            label_to_task_id: [("a".into(), "PARENT".into())].into(),
        };
        let world = world();
        let context = MorphContext { run: &world.run(), creator: &"CREATOR".into() };
        let morphed = morph(MORPHS, &context, &graph).unwrap();
        let reference: Node = serde_json::from_str(REFERENCE).unwrap();
        assert_eq!(morphed.label_to_task_id.len(), reference.as_map().unwrap().len());
        for (label, id) in &morphed.label_to_task_id {
            let task = morphed.tasks.get(id).unwrap();
            let expected = reference.get(label.as_str()).unwrap();
            assert_eq!(Some(&Node::new(task.definition.clone())), expected.get("task"), "{label}");
            let dependencies: Map = task.dependencies.iter().map(|(edge, id)| (edge.clone(), Node::from(id))).collect();
            assert_eq!(Some(&Node::new(dependencies)), expected.get("dependencies"), "{label}");
        }
    }

    #[test]
    fn a_label_that_is_taken_is_refused() {
        let mut graph = AssignedGraph {
            tasks: [("PARENT".into(), Arc::new(crowded_task()))].into_iter().collect(),
            label_to_task_id: [("a".into(), "PARENT".into())].into(),
        };
        graph.label_to_task_id.insert("index-task-a".into(), "OTHER".into());
        let world = world();
        let context = MorphContext { run: &world.run(), creator: &"CREATOR".into() };
        assert!(morph(MORPHS, &context, &graph).is_err());
    }

    #[test]
    fn the_table_is_sorted_and_has_every_file() {
        let names: Vec<&str> = MORPHS.iter().map(|morph| morph.name).collect();
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/generate/morphs");
        let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut files: Vec<String> = files.filter_map(|file| Some(file.strip_suffix(".rs")?.to_owned())).collect();
        files.retain(|file| file != "mod");
        files.sort();
        assert_eq!(names, files);
    }
}
