//! The pipeline from a tree in memory to a morphed graph.

use futures::executor::block_on;

use super::testing::World;
use super::*;
use crate::model::{GraphKey, TaskGraph, TaskId};
use crate::sources::Answer;
use crate::sources::index::{Index, MemoryIndex};
use crate::sources::queue::{MemoryQueue, Queue, TaskState, TaskStatus};
use crate::yaml::Node;

/// Tasks as the last transform leaves them, so that nothing but the phases is at work.
const KIND: &str = "
loader: taskgraph.loader.transform:loader
transforms: []
task-defaults:
    description: a task
    attributes: {run_on_projects: []}
    task: {provisionerId: p, workerType: w, deadline: {relative-datestamp: 1 day}, metadata: {name: x}}
tasks:
    image:
        label: image
        optimization: {index-search: [index.image]}
    build:
        label: build
        dependencies: {image: image}
        attributes: {run_on_projects: [all]}
        task: {payload: {image: {task-reference: <image>}, decision: {task-reference: <decision>}}}
    docs:
        label: docs
        attributes: {run_on_projects: [all]}
        optimization: {skip-unless-changed: [docs/]}
    notices:
        label: notices
        attributes: {always_target: true}
        soft-dependencies: [build, docs]
    unused:
        label: unused
        dependencies: {build: build}
";

fn world(kind: &str) -> World {
    World::new(&[("taskcluster/kinds/test/kind.yml", kind)])
}

fn run(world: &World, index: &dyn Index, queue: &dyn Queue, until: Phase) -> Result<PhaseGraph, Error> {
    block_on(generate(&Inputs { index, queue, ..world.inputs() }, until))
}

fn labels_of<K: GraphKey>(graph: &TaskGraph<K>) -> Vec<String> {
    let mut labels: Vec<String> = graph.iter().map(|(_, task)| task.label.to_string()).collect();
    labels.sort();
    labels
}

fn labels(graph: &PhaseGraph) -> Vec<String> {
    match graph {
        PhaseGraph::Kinds(kinds) => kinds.kinds.iter().map(ToString::to_string).collect(),
        PhaseGraph::Labels(graph) => labels_of(graph),
        PhaseGraph::TaskIds(graph) => labels_of(graph),
    }
}

/// An index that must not be asked.
struct Silent;

impl Index for Silent {
    fn find_tasks<'a>(&'a self, _: &'a [String]) -> Answer<'a, std::collections::BTreeMap<String, TaskId>> {
        panic!("the index was asked")
    }

    fn find_task<'a>(&'a self, _: &'a str) -> Answer<'a, Option<TaskId>> {
        panic!("the index was asked")
    }

    fn list_tasks<'a>(&'a self, _: &'a str) -> Answer<'a, Vec<TaskId>> {
        panic!("the index was asked")
    }
}

#[test]
fn each_phase_is_what_the_phases_before_make_it_and_asks_nobody_before_it_must() {
    let (world, queue) = (world(KIND), MemoryQueue::default());
    let made = |phase| labels(&run(&world, &Silent, &queue, phase).unwrap());
    let all = ["build", "docs", "image", "notices", "unused"];
    assert_eq!(made(Phase::KindGraph), ["test"]);
    assert_eq!(made(Phase::FullTaskSet), all);
    assert_eq!(made(Phase::FullTaskGraph), all);
    assert_eq!(made(Phase::TargetTaskSet), ["build", "docs"]);
    assert_eq!(made(Phase::TargetTaskGraph), ["build", "docs", "image", "notices"]);
    let asked = |phase| labels(&run(&world, &MemoryIndex::default(), &queue, phase).unwrap());
    assert_eq!(asked(Phase::OptimizedTaskGraph), ["build", "image", "notices"]);
    assert_eq!(asked(Phase::MorphedTaskGraph), ["build", "image", "notices"]);
}

#[test]
fn what_is_found_takes_a_task_s_place_and_references_are_resolved() {
    let (world, queue) = (world(KIND), MemoryQueue::default());
    let index = MemoryIndex([("index.image".into(), TaskId::new("FOUND"))].into());
    let expires = "2026-02-01T00:00:00Z".parse().unwrap();
    let status =
        TaskStatus { task_id: "FOUND".into(), task_group_id: "G".into(), state: TaskState::Completed, expires };
    queue.put(status, Node::empty_map());
    let PhaseGraph::TaskIds(graph) = run(&world, &index, &queue, Phase::MorphedTaskGraph).unwrap() else { panic!() };
    let build = TaskId::derive(&DECISION_TASK.into(), &"build".into(), 0);
    let payload = graph.get(&build).unwrap().definition.get("payload").unwrap();
    assert_eq!(payload.get("image").and_then(Node::as_str), Some("FOUND"));
    assert_eq!(payload.get("decision").and_then(Node::as_str), Some(DECISION_TASK));
    let notices = graph.get(&TaskId::derive(&DECISION_TASK.into(), &"notices".into(), 0)).unwrap();
    assert_eq!(notices.dependencies, [("build".into(), build)]);
}

#[test]
fn targets_stay_if_they_may_not_be_optimized() {
    let mut world = world(KIND);
    world.parameters = world.parameters.with([("optimize_target_tasks", Node::new(false))]).unwrap();
    let made = run(&world, &MemoryIndex::default(), &MemoryQueue::default(), Phase::OptimizedTaskGraph).unwrap();
    assert_eq!(labels(&made), ["build", "docs", "image", "notices"]);
}

fn told(kind: &str, until: Phase) -> Vec<String> {
    let world = world(kind);
    match run(&world, &MemoryIndex::default(), &MemoryQueue::default(), until) {
        Err(Error::Mistakes(mistakes)) => world.told(&mistakes),
        other => panic!("expected mistakes: {other:?}"),
    }
}

#[test]
fn mistakes_point_at_the_tasks() {
    let missing = KIND.replace("{image: image}", "{image: imaeg}");
    assert_eq!(
        told(&missing, Phase::FullTaskGraph),
        ["12:5 task `build` depends on `imaeg` as `image`, which does not exist (did you mean `image`?)"]
    );
    let circle = KIND.replace("        label: image\n", "        label: image\n        dependencies: {u: unused}\n");
    assert_eq!(
        told(&circle, Phase::FullTaskGraph),
        ["13:5 tasks depend on one another in a circle: `build`, `image`, `unused`"]
    );
    let soft = KIND.replace("        label: docs\n", "        label: docs\n        soft-dependencies: [notices]\n");
    let soft = soft.replace("[docs/]", "['*']");
    let soft_circle = told(&soft, Phase::OptimizedTaskGraph);
    assert!(soft_circle[0].contains("in a circle, soft dependencies counted"), "{soft_circle:?}");
    let strategy = KIND.replace("skip-unless-changed", "skip-unless-chnged");
    assert_eq!(
        told(&strategy, Phase::MorphedTaskGraph),
        ["20:24 unknown optimization strategy `skip-unless-chnged` (did you mean `skip-unless-changed`?)"]
    );
}

#[test]
fn strategies_in_python_are_refused() {
    let mut world = world(KIND);
    world.parameters = world.parameters.with([("optimize_strategies", Node::new("a:b"))]).unwrap();
    let told = |world: &World| match run(world, &Silent, &MemoryQueue::default(), Phase::OptimizedTaskGraph) {
        Err(Error::Mistakes(mistakes)) => mistakes.0[0].message.clone(),
        other => panic!("{other:?}"),
    };
    assert!(run(&world, &Silent, &MemoryQueue::default(), Phase::TargetTaskGraph).is_ok());
    assert_eq!(told(&world), "cannot use the optimization strategies `a:b`: they are written in Python");
    world.surroundings.optimize_strategies = Some("c:d".to_owned());
    assert_eq!(told(&world), "cannot use the optimization strategies `c:d`: they are written in Python");
}

#[test]
fn verifications_can_be_left_out() {
    let world = world(&KIND.replace("workerType: w", "workerType: always-optimized"));
    let inputs = Inputs { verify: false, ..world.inputs() };
    assert_eq!(block_on(generate_all(&inputs)).unwrap().morphed.tasks.len(), 3);
    assert!(block_on(generate_all(&Inputs { verify: true, ..inputs })).is_err());
}
