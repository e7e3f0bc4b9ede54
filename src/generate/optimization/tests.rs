//! The whole of optimization against the reference, and its two decisions against declarative oracles.

use std::sync::Arc;

use proptest::prelude::*;
use serde::Deserialize;

use super::{
    BTreeMap, BTreeSet, DateTime, Ids, Label, LabelGraph, LogLevel, Optimized, Parameters, Request, Task, TaskId,
    UnknownStrategies, Utc, Verdict, plan, strategies::Strategies,
};
use crate::diagnostics::Span;
use crate::model::Optimization;
use crate::sources::index::MemoryIndex;
use crate::sources::queue::{MemoryQueue, TaskState, TaskStatus};
use crate::yaml::{Map, Node};

/// Random graphs and what the reference makes of them; see `optimization.py` beside it.
const REFERENCE: &str = include_str!("../../../tests/reference/optimization.json");

#[derive(Clone, Debug, Default, Deserialize)]
struct Case {
    tasks: BTreeMap<Label, CaseTask>,
    requested: BTreeSet<Label>,
    do_not_optimize: BTreeSet<Label>,
    existing_tasks: BTreeMap<Label, TaskId>,
    index: BTreeMap<String, TaskId>,
    statuses: BTreeMap<TaskId, CaseStatus>,
    nothing_pushed: bool,
    #[serde(default)]
    error: Option<String>,
    #[serde(default)]
    label_to_taskid: BTreeMap<Label, TaskId>,
    #[serde(default)]
    graph: BTreeMap<Label, CaseResult>,
    #[serde(default)]
    log: Vec<(String, String)>,
}

#[derive(Clone, Debug, Deserialize)]
struct CaseTask {
    dependencies: BTreeMap<String, Label>,
    soft_dependencies: Vec<Label>,
    if_dependencies: Vec<Label>,
    optimization: Node,
    deadline: Node,
}

#[derive(Clone, Debug, Deserialize)]
struct CaseStatus {
    state: TaskState,
    expires: DateTime<Utc>,
}

#[derive(Clone, Debug, Deserialize)]
struct CaseResult {
    dependencies: BTreeMap<String, TaskId>,
    task: Node,
}

fn task(label: &Label, case: &CaseTask) -> Arc<Task<Label>> {
    let reference = Map::from([("task-reference", "<self> <decision>")]);
    let payload = Map::from([("self", Node::new(reference))]);
    Arc::new(Task {
        kind: "test".into(),
        label: label.clone(),
        description: "".into(),
        attributes: Map::new(),
        definition: Map::from([("deadline", case.deadline.clone()), ("payload", Node::new(payload))]),
        optimization: Optimization::from_node(&case.optimization),
        dependencies: case.dependencies.iter().map(|(edge, on)| (edge.as_str().into(), on.clone())).collect(),
        soft_dependencies: case.soft_dependencies.clone(),
        if_dependencies: case.if_dependencies.clone(),
        span: Span::NONE,
    })
}

impl Case {
    fn target(&self) -> LabelGraph {
        self.tasks.iter().map(|(label, case)| (label.clone(), task(label, case))).collect()
    }

    fn parameters(&self) -> Parameters {
        let base = if self.nothing_pushed { "b" } else { "a" };
        let files: Node = ["README.md", "src/lib.rs"].into_iter().collect();
        crate::model::github_push().with([("files_changed", files), ("base_rev", Node::new(base.repeat(40)))]).unwrap()
    }

    fn queue(&self) -> MemoryQueue {
        let queue = MemoryQueue::default();
        for (id, status) in &self.statuses {
            let status = TaskStatus {
                task_id: id.clone(),
                task_group_id: id.clone(),
                state: status.state,
                expires: status.expires,
            };
            queue.put(status, Node::empty_map());
        }
        queue
    }

    fn optimize(&self) -> Optimized {
        let (target, parameters) = (self.target(), self.parameters());
        let strategies = Strategies::default();
        let request = Request {
            target: &target,
            requested: &self.requested,
            do_not_optimize: &self.do_not_optimize,
            existing_tasks: &self.existing_tasks,
            parameters: &parameters,
            now: "2026-01-01T00:00:00Z".parse().unwrap(),
            ids: Ids { creator: &"CREATOR".into(), decision: &"DECISION".into(), ordinal: 0 },
            root_url: None,
            proxy_url: None,
            strategies: &strategies,
            unknown_strategies: UnknownStrategies::Refuse,
        };
        let plan = plan(request).unwrap();
        let (index, queue) = (MemoryIndex(self.index.clone()), self.queue());
        let facts = futures::executor::block_on(plan.look_up(&index, &queue)).unwrap();
        plan.optimize(&facts).unwrap()
    }

    /// The reference draws ids where ours are derived.
    fn as_ours(&self, id: &TaskId) -> TaskId {
        let is_new = |(_, known): &(&Label, &TaskId)| *known == id && id.as_str().starts_with("new-");
        let label = self.label_to_taskid.iter().find(is_new).map(|(label, _)| label);
        label.map_or_else(|| id.clone(), |label| TaskId::derive(&"CREATOR".into(), label, 0))
    }
}

fn ids(node: &Node) -> BTreeSet<TaskId> {
    node.as_list().unwrap().iter().map(|id| TaskId::new(id.as_str().unwrap())).collect()
}

#[test]
fn optimization_does_what_the_reference_does() {
    let cases: Vec<Case> = serde_json::from_str(REFERENCE).unwrap();
    assert!(cases.len() > 100);
    for (at, case) in cases.iter().enumerate().filter(|(_, case)| case.error.is_none()) {
        let optimized = case.optimize();
        let expected: BTreeMap<Label, TaskId> =
            case.label_to_taskid.iter().map(|(label, id)| (label.clone(), case.as_ours(id))).collect();
        assert_eq!(optimized.graph.label_to_task_id, expected, "case {at}");
        compare_graphs(at, case, &optimized);
        compare_logs(at, case, &optimized);
    }
}

fn compare_graphs(at: usize, case: &Case, optimized: &Optimized) {
    assert_eq!(optimized.graph.tasks.len(), case.graph.len(), "case {at}");
    for (id, task) in optimized.graph.tasks.iter() {
        let expected = &case.graph[&task.label];
        let edges: BTreeMap<String, TaskId> =
            task.dependencies.iter().map(|(edge, id)| (edge.to_string(), id.clone())).collect();
        let expected_edges: BTreeMap<String, TaskId> =
            expected.dependencies.iter().map(|(edge, id)| (edge.clone(), case.as_ours(id))).collect();
        assert_eq!(edges, expected_edges, "case {at}");
        let dependencies = task.definition.get("dependencies").unwrap();
        let expected_ids = ids(expected.task.get("dependencies").unwrap()).iter().map(|id| case.as_ours(id)).collect();
        assert_eq!(ids(dependencies), expected_ids, "case {at}");
        assert_eq!(dependencies.as_list().unwrap().len(), expected_ids.len(), "case {at}: none twice");
        let payload = task.definition.get("payload").and_then(|payload| payload.get("self")?.as_str());
        assert_eq!(payload, Some(format!("{id} DECISION").as_str()));
    }
}

/// Line by line, but for the order of reasons: that of tasks pruned last hangs on hashes.
fn compare_logs(at: usize, case: &Case, optimized: &Optimized) {
    let is_reason = |line: &(String, String)| line.1.starts_with("optimize: ");
    let (mut expected_reasons, expected): (Vec<_>, Vec<_>) = case.log.iter().cloned().partition(is_reason);
    let ours = optimized.log.iter().map(|line| {
        let level = if line.level == LogLevel::Info { "info" } else { "debug" };
        (level.to_owned(), line.message.clone())
    });
    let (mut reasons, rest): (Vec<_>, Vec<_>) = ours.partition(is_reason);
    reasons.sort();
    expected_reasons.sort();
    assert_eq!((rest, reasons), (expected, expected_reasons), "case {at}");
}

#[test]
fn a_task_that_stays_keeps_what_it_depends_on_where_the_reference_fails() {
    let cases: Vec<Case> = serde_json::from_str(REFERENCE).unwrap();
    let failed: Vec<&Case> = cases.iter().filter(|case| case.error.is_some()).collect();
    assert!(!failed.is_empty());
    for case in failed {
        assert!(case.error.as_ref().unwrap().contains("but it has been removed"));
        assert!(is_consistent(case, &case.optimize()));
    }
}

#[test]
fn what_an_earlier_run_created_stays_though_it_is_in_the_index_by_now() {
    let searching = CaseTask {
        dependencies: BTreeMap::new(),
        soft_dependencies: vec![],
        if_dependencies: vec![],
        optimization: serde_json::from_str(r#"{"index-search": ["index.image"]}"#).unwrap(),
        deadline: Node::new("2026-01-02T00:00:00.000Z"),
    };
    let own = TaskId::derive(&"CREATOR".into(), &"image".into(), 0);
    let status = CaseStatus { state: TaskState::Completed, expires: DateTime::<Utc>::MAX_UTC };
    let mut case = Case {
        tasks: [("image".into(), searching)].into(),
        requested: ["image".into()].into(),
        index: [("index.image".into(), "FOUND".into())].into(),
        statuses: [("FOUND".into(), status.clone())].into(),
        ..Case::default()
    };
    assert_eq!(case.optimize().decisions["image"].verdict, Verdict::Replace("FOUND".into()));
    case.index = [("index.image".into(), own.clone())].into();
    case.statuses = [(own, status)].into();
    assert_eq!(case.optimize().decisions["image"].verdict, Verdict::Keep);
}

/// Whether everything that stays has what it needs.
fn is_consistent(case: &Case, optimized: &Optimized) -> bool {
    let verdict = |label: &Label| &optimized.decisions[label].verdict;
    case.tasks.iter().all(|(label, task)| match verdict(label) {
        Verdict::Keep => task.dependencies.values().all(|on| *verdict(on) != Verdict::Remove),
        Verdict::Replace(_) => task.dependencies.values().all(|on| *verdict(on) != Verdict::Keep),
        Verdict::Remove => !case.do_not_optimize.contains(label),
    })
}

const PATTERNS: &[&str] = &["src", "docs"];

fn optimization(at: usize) -> impl Strategy<Value = Node> {
    let one = |name: &str, argument: Node| Node::new(Map::from([(Node::new(name), argument)]));
    prop_oneof![
        Just(Node::default()),
        Just(one("always", Node::default())),
        prop::sample::subsequence(PATTERNS, 0..=2)
            .prop_map(move |patterns| one("skip-unless-changed", patterns.into_iter().collect())),
        Just(one("index-search", [format!("index.{at}")].into_iter().collect())),
    ]
}

fn case_task(at: usize, with_if: bool) -> impl Strategy<Value = CaseTask> {
    let below = prop::collection::vec(any::<prop::sample::Index>(), 0..=if at == 0 { 0 } else { 3 });
    let chosen = prop::collection::vec(any::<bool>(), 3);
    (below, chosen, optimization(at)).prop_map(move |(below, chosen, optimization)| {
        let on: Vec<Label> = below.iter().map(|index| label(index.index(at))).collect();
        let wanted = on.iter().zip(chosen).filter(|(_, chosen)| with_if && *chosen).map(|(on, _)| on.clone());
        CaseTask {
            if_dependencies: wanted.collect::<BTreeSet<_>>().into_iter().collect(),
            dependencies: on.into_iter().enumerate().map(|(edge, on)| (format!("e{edge}"), on)).collect(),
            soft_dependencies: vec![],
            optimization,
            deadline: Node::new(Map::from([("relative-datestamp", "1 day")])),
        }
    })
}

fn label(at: usize) -> Label {
    Label::new(arcstr::format!("t{at:02}"))
}

fn case(with_if: bool) -> impl Strategy<Value = Case> {
    (1..14_usize).prop_flat_map(move |count| {
        let tasks: Vec<_> = (0..count).map(|at| case_task(at, with_if)).collect();
        let flags = prop::collection::vec((any::<bool>(), 0..6_u8, 0..6_u8, any::<bool>()), count);
        (tasks, flags).prop_map(|(tasks, flags)| {
            let chosen = |choose: fn(&(bool, u8, u8, bool)) -> bool| {
                flags.iter().enumerate().filter(move |(_, flags)| choose(flags)).map(|(at, _)| at)
            };
            let found: BTreeMap<String, TaskId> =
                chosen(|flags| flags.3).map(|at| (format!("index.{at}"), TaskId::new(format!("found-{at}")))).collect();
            let status = CaseStatus { state: TaskState::Completed, expires: DateTime::<Utc>::MAX_UTC };
            Case {
                requested: chosen(|flags| flags.0).map(label).collect(),
                do_not_optimize: chosen(|flags| flags.1 == 0).map(label).collect(),
                existing_tasks: chosen(|flags| flags.2 == 0).map(|at| (label(at), "existing".into())).collect(),
                statuses: found.values().map(|id| (id.clone(), status.clone())).collect(),
                index: found,
                tasks: tasks.into_iter().enumerate().map(|(at, task)| (label(at), task)).collect(),
                ..Case::default()
            }
        })
    })
}

/// Grows a set of labels until nothing is missing.
fn grow(case: &Case, belongs: impl Fn(&Label, &CaseTask, &BTreeSet<Label>) -> bool) -> BTreeSet<Label> {
    let mut grown = BTreeSet::new();
    loop {
        let more = case.tasks.iter().filter(|(label, task)| belongs(label, task, &grown));
        let next: BTreeSet<Label> = more.map(|(label, _)| label.clone()).chain(grown.iter().cloned()).collect();
        if next == grown {
            return grown;
        }
        grown = next;
    }
}

/// Without `if-dependencies`, who stays is plain: who must, who is wanted and not skipped, and what those depend on.
fn expected_to_stay(case: &Case) -> BTreeSet<Label> {
    let is_skipped = |task: &CaseTask| {
        let changed = |patterns: &Node| patterns.as_list().unwrap().iter().any(|glob| glob.as_str() == Some("src"));
        task.optimization.get("always").is_some()
            || task.optimization.get("skip-unless-changed").is_some_and(|patterns| !changed(patterns))
    };
    grow(case, |label, task, stays| {
        case.do_not_optimize.contains(label)
            || (case.requested.contains(label) && !is_skipped(task))
            || case
                .tasks
                .iter()
                .any(|(by, other)| stays.contains(by) && other.dependencies.values().any(|on| on == label))
    })
}

/// Who is replaced: who may be, has a substitute, and depends only on what is gone or replaced.
fn expected_to_be_replaced(case: &Case, stays: &BTreeSet<Label>) -> BTreeSet<Label> {
    let has_substitute = |label: &Label, task: &CaseTask| {
        let searched = task.optimization.get("index-search").and_then(|paths| paths.as_list()?.first()?.as_str());
        case.existing_tasks.contains_key(label) || searched.is_some_and(|path| case.index.contains_key(path))
    };
    grow(case, |label, task, replaced| {
        !case.do_not_optimize.contains(label)
            && has_substitute(label, task)
            && task.dependencies.values().all(|on| !stays.contains(on) || replaced.contains(on))
    })
}

proptest! {
    #[test]
    fn decisions_are_what_the_oracle_says(case in case(false)) {
        let optimized = case.optimize();
        let stays = expected_to_stay(&case);
        let replaced = expected_to_be_replaced(&case, &stays);
        for (label, decision) in &optimized.decisions {
            let expected = (stays.contains(label), replaced.contains(label));
            let verdict = match &decision.verdict {
                Verdict::Keep => (true, false),
                Verdict::Replace(_) => (true, true),
                Verdict::Remove => (false, replaced.contains(label)),
            };
            prop_assert_eq!(verdict, expected, "{}", label);
        }
    }

    #[test]
    fn what_stays_has_what_it_needs(case in case(true)) {
        let optimized = case.optimize();
        prop_assert!(is_consistent(&case, &optimized));
        let remains: BTreeSet<&Label> = optimized.graph.tasks.iter().map(|(_, task)| &task.label).collect();
        let kept = optimized.decisions.iter().filter(|(_, decision)| decision.verdict == Verdict::Keep);
        prop_assert_eq!(kept.map(|(label, _)| label).collect::<BTreeSet<_>>(), remains);
    }
}
