//! A push made by code review gets a task that collects what the others found.

use arcstr::ArcStr;

use super::{Amendment, Morph, MorphContext, misc_task};
use crate::diagnostics::Mistakes;
use crate::model::{CodeReview, TaskGraph, TaskId};
use crate::yaml::{Map, Node};

pub(super) const MORPH: Morph = Morph { name: "add_code_review_task", apply };

const LABEL: &str = "code-review";

fn apply(context: &MorphContext<'_>, graph: &TaskGraph<TaskId>) -> Result<Amendment, Mistakes> {
    let Some(review) = &context.run.parameters.code_review else { return Ok(Amendment::default()) };
    let reviewing = graph.iter().filter(|(_, task)| task.attribute("code-review").is_some_and(Node::is_truthy));
    let dependencies: Vec<(ArcStr, TaskId)> =
        reviewing.map(|(id, task)| (task.label.as_arc_str().clone(), id.clone())).collect();
    if dependencies.is_empty() {
        return Ok(Amendment::default());
    }
    let id = TaskId::derive(context.creator, &LABEL.into(), 0);
    let task = misc_task(LABEL.into(), definition(context, review, &dependencies), dependencies);
    Ok(Amendment { changed: Vec::new(), added: vec![(id, task)] })
}

fn definition(context: &MorphContext<'_>, review: &CodeReview, dependencies: &[(ArcStr, TaskId)]) -> Map {
    let parameters = context.run.parameters;
    let stamp = |text: &str| Node::new(Map::from([("relative-datestamp", text)]));
    let review = Map::from([
        ("phabricator-build-target", review.phabricator_build_target.as_str()),
        ("repository", &parameters.head_repository),
        ("revision", &parameters.head_rev),
    ]);
    let metadata = Map::from([
        ("name", Node::new(LABEL)),
        ("description", Node::new("List all issues found in static analysis and linting tasks")),
        ("owner", Node::new(parameters.owner.as_str())),
        ("source", Node::new(source(context))),
    ]);
    let mut ids: Vec<&TaskId> = dependencies.iter().map(|(_, id)| id).collect();
    ids.sort_unstable();
    Map::from([
        ("provisionerId", Node::new("built-in")),
        ("workerType", Node::new("succeed")),
        ("dependencies", ids.into_iter().map(Node::from).collect()),
        // It is about their failures, so it runs whatever becomes of them.
        ("requires", Node::new("all-resolved")),
        ("created", stamp("0 seconds")),
        ("deadline", stamp("1 day")),
        ("expires", stamp("1 day")),
        ("metadata", Node::new(metadata)),
        ("scopes", Node::new(vec![])),
        ("payload", Node::empty_map()),
        ("routes", ["project.relman.codereview.v1.try_ending"].into_iter().collect()),
        ("extra", Node::new(Map::from([("code-review", Node::new(review))]))),
    ])
}

/// Where the program that made the task is from, as the reference puts it.
fn source(context: &MorphContext<'_>) -> String {
    let surroundings = context.run.surroundings;
    let repository = surroundings.source_repository.as_deref().unwrap_or("https://github.com/taskcluster/taskgraph");
    let revision = surroundings.source_rev.as_deref().unwrap_or("default");
    format!("{repository}/raw-file/{revision}/src/taskgraph/morph.py")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::morphs::{MORPHS, morph};
    use crate::generate::testing::World;
    use crate::model::AssignedGraph;
    use std::sync::Arc;

    fn morphed(world: &World, attribute: bool) -> AssignedGraph {
        let mut task = misc_task("lint".into(), Map::new(), vec![]);
        task.attributes.insert("code-review", attribute);
        let graph = AssignedGraph {
            tasks: [("LINT".into(), Arc::new(task))].into_iter().collect(),
            label_to_task_id: [("lint".into(), "LINT".into())].into(),
        };
        morph(MORPHS, &MorphContext { run: &world.run(), creator: &"CREATOR".into() }, &graph).unwrap()
    }

    #[test]
    fn a_review_with_something_to_say_gets_a_task() {
        let mut world = World::new(&[]);
        assert_eq!(morphed(&world, true).tasks.len(), 1);
        let review = Node::new(Map::from([("phabricator-build-target", "PHID-1")]));
        world.parameters = world.parameters.with([("code-review", review)]).unwrap();
        assert_eq!(morphed(&world, false).tasks.len(), 1);
        assert_eq!(morphed(&world, true).tasks.len(), 2);
    }
}
