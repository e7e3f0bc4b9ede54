//! Who generates: we, with the tree's own code for its steps, or the reference that the code is written for, and we
//! read its graphs back and go on.

use std::collections::{BTreeMap, BTreeSet};

use super::context::RunContext;
use super::kinds::{self, KindGraph, Kinds};
use super::optimization::{Decision, LogLevel, LogLine, Optimized, Verdict};
use super::phase::{Error, Graphs, Inputs, Phase, PhaseGraph, Target};
use super::transforms::TRANSFORMS;
use super::{request, selection};
use crate::diagnostics::{Diagnostic, Mistakes, Warnings};
use crate::model::{AssignedGraph, GraphKey, KindName, Label, LabelGraph, TaskGraph, TaskId};
use crate::query::Chosen;
use crate::script::starlark::Name;
use crate::script::{Need, Point, Question};
use crate::yaml::{Map, Node};

/// Who generates.
pub(super) enum Way {
    /// We do, from these kinds.
    Native(Kinds),
    /// The tree's own code.
    Whole,
}

/// A kind, and what of it the tree's own code makes.
#[derive(Clone, Debug)]
pub struct KindMaker {
    /// The kind.
    pub kind: KindName,
    /// What has the code generate everything; nothing if it does not.
    pub needs: Vec<Need>,
    /// The steps that the code took, between ours; [`EVERYTHING`](crate::script::EVERYTHING) where it made the kind.
    pub steps: Vec<String>,
    /// The programs in Starlark that it names.
    pub programs: Vec<String>,
}

/// Who makes each kind, by name. Where steps are the code's, they are taken: which of ours it has to take as well shows
/// only then.
///
/// # Errors
/// Kinds that cannot be listed or read, and what is wrong with their tasks.
pub fn kind_makers(inputs: &Inputs<'_>) -> Result<Vec<KindMaker>, Error> {
    let (code, config) = (inputs.run.code, inputs.run.graph_config);
    let mut programs = BTreeMap::new();
    let (needs, own) = match way(inputs, Phase::FullTaskSet)? {
        Way::Whole => (code.whole(&[])?, code.needs()),
        Way::Native(kinds) => {
            if !code.needs().is_empty() {
                full_task_set(inputs, &kinds)?;
            }
            let named = |kind: &kinds::Kind| kind.programs().map(|name| name.as_str().to_owned()).collect::<Vec<_>>();
            programs = kinds.kinds.iter().map(|(name, kind)| (name.clone(), named(kind))).collect();
            (Vec::new(), Vec::new())
        }
    };
    let needs = if needs.is_empty() { own } else { needs };
    // Versions before 8 have their kinds beside the configuration.
    let has_own = inputs.run.checkout.kind(&config.kinds_dir()).is_some();
    let directory = if has_own || needs.is_empty() { config.kinds_dir() } else { config.root.clone() };
    let present = kinds::present_kinds(&inputs.run, &directory).map_err(Mistakes::from)?;
    let mut ran = code.ran();
    let maker = |kind: KindName| KindMaker {
        needs: needs.clone(),
        steps: ran.remove(&kind).unwrap_or_default(),
        programs: programs.remove(&kind).unwrap_or_default(),
        kind,
    };
    Ok(present.into_iter().map(maker).collect())
}

/// All tasks of all kinds.
pub(super) fn full_task_set(inputs: &Inputs<'_>, kinds: &Kinds) -> Result<LabelGraph, Error> {
    let tasks = kinds::load_tasks(&inputs.run, kinds, TRANSFORMS)?;
    Ok(tasks.into_iter().map(|task| (task.label.clone(), task)).collect())
}

/// What filters and methods of the tree's own choose, and the tasks that they changed; nothing if all are ours.
pub(super) fn own_targets(
    inputs: &Inputs<'_>,
    full: &LabelGraph,
) -> Result<Option<(BTreeSet<Label>, LabelGraph)>, Error> {
    let (code, parameters) = (inputs.run.code, inputs.run.parameters);
    let (methods, filters) = (code.registered(Point::TargetTasks), code.registered(Point::Filter));
    let is_own = methods.contains(&parameters.target_tasks_method)
        || parameters.filters.iter().any(|filter| filters.contains(filter));
    if !is_own {
        return Ok(None);
    }
    let answer = code.ask(Question::Targets(&full.to_document()))?;
    let set = texts(answer.get("labels")).map(Label::from).collect();
    let changed = answer.get("changed").cloned().unwrap_or_default();
    Ok(Some((set, TaskGraph::from_document(&changed)?)))
}

/// Where names of the tree's own have the whole phase be its code's, and so everything.
fn own_phases(inputs: &Inputs<'_>, until: Phase) -> bool {
    let is_own = |point| !inputs.run.code.registered(point).is_empty();
    is_own(Point::Verification)
        || until >= Phase::OptimizedTaskGraph && (is_own(Point::Strategy) || is_own(Point::Morph))
}

/// Who generates up to `until`: the tree's own code if anything in the tree asks for it, and there is anybody to run
/// it.
pub(super) fn way(inputs: &Inputs<'_>, until: Phase) -> Result<Way, Error> {
    let way = way_of_code(inputs, until)?;
    if matches!(way, Way::Whole) {
        refuse_programs(inputs)?;
    }
    Ok(way)
}

/// The reference, which would generate, knows no Starlark: its import of such a name fails in ways that say nothing.
fn refuse_programs(inputs: &Inputs<'_>) -> Result<(), Mistakes> {
    let warnings = Warnings::default();
    let kinds = kinds::load_kinds(&RunContext { warnings: &warnings, ..inputs.run });
    let register = inputs.run.graph_config.document.get("taskgraph").and_then(|section| section.get("register"));
    let register = register.filter(|named| named.as_str().and_then(Name::parse).is_some());
    let programs = kinds.kinds.values().flat_map(kinds::Kind::programs).map(|name| (name.as_str(), name.span()));
    let named = register.and_then(|named| Some((named.as_str()?, named.span)));
    let told = named.into_iter().chain(programs).map(|(name, span)| {
        let message = format!("`{name}` is Starlark, and this tree is generated by `taskgraph`, which cannot run it");
        Diagnostic::error(message)
            .at(span)
            .help("`pushgraph explain --kinds` without it says why `taskgraph` generates")
    });
    Mistakes(told.collect()).or(())
}

/// Who generates, if nothing is in its way.
fn way_of_code(inputs: &Inputs<'_>, until: Phase) -> Result<Way, Error> {
    let code = inputs.run.code;
    if !code.can_run() {
        return Ok(Way::Native(kinds::load_kinds(&inputs.run)));
    }
    if let Some(need) = strategies(inputs, until) {
        code.add_needs(vec![need]);
        code.ask(Question::These(inputs.run.parameters.document()))?;
        return Ok(Way::Whole);
    }
    if !code.needs().is_empty() && !code.whole(&[])?.is_empty() {
        code.ask(Question::These(inputs.run.parameters.document()))?;
        return Ok(Way::Whole);
    }
    let kinds = sound_kinds(inputs)?;
    if code.needs().is_empty() {
        code.add_needs(kinds::foreign(&kinds, TRANSFORMS));
    }
    if code.needs().is_empty() {
        return Ok(Way::Native(kinds));
    }
    let whole = code.whole(&kinds::modules(&inputs.run, &kinds, TRANSFORMS))?;
    code.ask(Question::These(inputs.run.parameters.document()))?;
    Ok(if whole.is_empty() && !own_phases(inputs, until) { Way::Native(kinds) } else { Way::Whole })
}

/// The kinds, if there is nothing wrong with them.
fn sound_kinds(inputs: &Inputs<'_>) -> Result<Kinds, Mistakes> {
    let kinds = kinds::load_kinds(&inputs.run);
    kinds.mistakes.clone().or(kinds)
}

/// Strategies of the tree's own, if something is to be optimized.
fn strategies(inputs: &Inputs<'_>, until: Phase) -> Option<Need> {
    if until < Phase::OptimizedTaskGraph {
        return None;
    }
    let parameters = inputs.run.parameters;
    // As in the reference, the variable counts before the parameter.
    if let Some(named) = &inputs.run.surroundings.optimize_strategies {
        let what = format!("`TASKGRAPH_OPTIMIZE_STRATEGIES` names `{named}`");
        return Some(Need { what, span: crate::diagnostics::Span::NONE });
    }
    let named = parameters.optimize_strategies.as_ref().filter(|named| !named.is_empty())?;
    let span = parameters.get("optimize_strategies").map(|written| written.span).unwrap_or_default();
    Some(Need { what: format!("parameter `optimize_strategies` names `{named}`"), span })
}

/// What phase `until` made.
pub(super) fn phase(inputs: &Inputs<'_>, until: Phase) -> Result<PhaseGraph, Error> {
    if until >= Phase::TargetTaskSet {
        select(inputs)?;
    }
    Ok(match until {
        Phase::KindGraph => PhaseGraph::Kinds(kind_graph(&inputs.run.code.ask(Question::KindGraph)?)),
        Phase::OptimizedTaskGraph | Phase::MorphedTaskGraph => PhaseGraph::TaskIds(graph(inputs, until)?),
        _ => PhaseGraph::Labels(graph(inputs, until)?),
    })
}

/// What every phase made.
pub(super) fn all(inputs: &Inputs<'_>) -> Result<Graphs, Error> {
    let code = inputs.run.code;
    let chosen = select(inputs)?;
    let full: TaskGraph<Label> = graph(inputs, Phase::FullTaskGraph)?;
    let set = labels(inputs, Phase::TargetTaskSet)?;
    let needed = labels(inputs, Phase::TargetTaskGraph)?;
    let target = full.filter(|label, _| needed.contains(label));
    let optimized = graph(inputs, Phase::OptimizedTaskGraph)?;
    let log = log(&code.ask(Question::OptimizationLog)?);
    let morphed = graph(inputs, Phase::MorphedTaskGraph)?;
    let ids = code.ask(Question::LabelToTaskId)?;
    let label_to_task_id = task_ids(&ids);
    let decisions = log.iter().filter_map(|line| decision(line, &label_to_task_id)).collect();
    Ok(Graphs {
        full,
        // Which tasks were added as they are always targets is not told.
        target: Target { requested: set.clone(), set, graph: target, chosen },
        optimized: Optimized {
            graph: AssignedGraph { tasks: optimized, label_to_task_id: label_to_task_id.clone() },
            decisions,
            log,
        },
        morphed: AssignedGraph { tasks: morphed, label_to_task_id },
    })
}

/// Has the tree's code target the tasks that are selected, if a query selects them.
fn select(inputs: &Inputs<'_>) -> Result<Option<Chosen>, Error> {
    let run = &inputs.run;
    if request::asked(run)?.is_none() && selection::configured(run, run.parameters)?.is_none() {
        return Ok(None);
    }
    let full = graph(inputs, Phase::FullTaskGraph)?;
    request::refuse_changes(run, &full)?;
    let chosen = selection::chosen(run, request::selection(run, &full)?.as_ref(), &full)?;
    if let Some(chosen) = &chosen {
        run.code.ask(Question::Select(&chosen.labels().cloned().collect()))?;
    }
    Ok(chosen)
}

fn graph<K: GraphKey>(inputs: &Inputs<'_>, phase: Phase) -> Result<TaskGraph<K>, Error> {
    Ok(TaskGraph::from_document(&inputs.run.code.ask(Question::Graph(phase.name()))?)?)
}

fn labels(inputs: &Inputs<'_>, phase: Phase) -> Result<BTreeSet<Label>, Error> {
    Ok(texts(Some(&inputs.run.code.ask(Question::Labels(phase.name()))?)).map(Label::from).collect())
}

fn texts(list: Option<&Node>) -> impl Iterator<Item = &str> {
    list.and_then(Node::as_list).unwrap_or_default().iter().filter_map(Node::as_str)
}

fn kind_graph(answer: &Node) -> KindGraph {
    let edges = answer.get("edges").and_then(Node::as_list).unwrap_or_default().iter();
    let edge = |edge: &Node| {
        let mut ends = texts(Some(edge)).map(KindName::from);
        Some((ends.next()?, ends.next()?))
    };
    KindGraph {
        kinds: texts(answer.get("kinds")).map(KindName::from).collect(),
        edges: edges.filter_map(edge).collect(),
    }
}

fn task_ids(answer: &Node) -> BTreeMap<Label, TaskId> {
    let entries = answer.as_map().map(Map::text_entries).into_iter().flatten();
    entries.filter_map(|(label, id)| Some((label.into(), TaskId::from(id.as_str()?)))).collect()
}

fn log(answer: &Node) -> Vec<LogLine> {
    let line = |line: &Node| {
        let [level, message] = line.as_list()? else { return None };
        let level = if level.as_str() == Some("DEBUG") { LogLevel::Debug } else { LogLevel::Info };
        Some(LogLine { level, message: message.as_str()?.to_owned() })
    };
    answer.as_list().unwrap_or_default().iter().filter_map(line).collect()
}

/// What a line of the log says of a task: `optimize: build kept because of never`.
fn decision(line: &LogLine, ids: &BTreeMap<Label, TaskId>) -> Option<(Label, Decision)> {
    let (told, reason) = line.message.strip_prefix("optimize: ")?.split_once(" because of ")?;
    let (label, action) = told.rsplit_once(' ')?;
    let label = Label::from(label);
    let verdict = match action {
        "kept" => Verdict::Keep,
        "removed" => Verdict::Remove,
        "replaced" => ids.get(&label).cloned().map_or(Verdict::Remove, Verdict::Replace),
        _ => return None,
    };
    Some((label, Decision { verdict, reason: reason.into(), removal: None, replacement: None }))
}

#[cfg(test)]
mod tests {
    use futures::executor::block_on;

    use super::*;
    use crate::generate::{generate, generate_all, testing};
    use crate::json;
    use crate::script::MemoryCode;

    const TASK: &str = r#"{"a": {"kind": "test", "label": "a", "attributes": {}, "task": {}}}"#;
    const CREATED: &str = r#"{"A": {"kind": "test", "label": "a", "attributes": {}, "task": {}, "task_id": "A"}}"#;

    fn code(needs: &[&str]) -> MemoryCode {
        let answers = [
            ("parameters", "null"),
            ("kind_graph", r#"{"kinds": ["a", "b"], "edges": [["b", "a"]]}"#),
            ("graph full_task_graph", TASK),
            ("labels target_task_set", r#"["a"]"#),
            ("labels target_task_graph", r#"["a"]"#),
            ("graph optimized_task_graph", CREATED),
            ("graph morphed_task_graph", CREATED),
            ("label_to_task_id", r#"{"a": "A", "b": "B"}"#),
            (
                "optimization_log",
                r#"[["DEBUG", "optimize: a kept because of never"],
                ["DEBUG", "optimize: b replaced because of index-search (x)"], ["INFO", "No tasks removed"]]"#,
            ),
        ];
        let need = |what: &&str| Need { what: (*what).to_owned(), span: crate::diagnostics::Span::NONE };
        MemoryCode {
            answers: answers.map(|(name, text)| (name.to_owned(), json::parse(text).unwrap())).into(),
            needs: std::sync::Mutex::new(needs.iter().map(need).collect()),
            ..MemoryCode::default()
        }
    }

    #[test]
    fn a_tree_that_asks_for_it_is_generated_by_its_code() {
        let world = testing::World { code: Box::new(code(&["`register` names `a:b`"])), ..testing::World::new(&[]) };
        let PhaseGraph::Kinds(kinds) = block_on(generate(&world.inputs(), Phase::KindGraph)).unwrap() else { panic!() };
        assert_eq!(kinds.postorder().iter().map(|kind| kind.as_str()).collect::<Vec<_>>(), ["a", "b"]);
        let graphs = block_on(generate_all(&world.inputs())).unwrap();
        assert_eq!(graphs.full.keys().map(Label::as_str).collect::<Vec<_>>(), ["a"]);
        assert_eq!(graphs.morphed.tasks.keys().map(TaskId::as_str).collect::<Vec<_>>(), ["A"]);
        let decided = &graphs.optimized.decisions;
        assert_eq!(decided[&Label::from("a")].verdict, Verdict::Keep);
        assert_eq!(decided[&Label::from("b")].verdict, Verdict::Replace("B".into()));
        assert_eq!(graphs.optimized.log.len(), 3);
    }

    #[test]
    fn a_kind_that_names_foreign_code_hands_everything_over() {
        let kind = "transforms: [own_taskgraph.hello]\nloader: taskgraph.loader.transform:loader\n";
        let files = [("taskcluster/kinds/test/kind.yml", kind)];
        let world = testing::World { code: Box::new(code(&[])), ..testing::World::new(&files) };
        assert!(block_on(generate(&world.inputs(), Phase::FullTaskGraph)).is_ok());
        let needs = world.code.needs();
        assert_eq!(needs.len(), 1);
        assert_eq!(needs[0].what, "kind `test` uses `own_taskgraph.hello`");
        assert!(needs[0].span.is_written());
    }

    #[test]
    fn a_tree_of_ours_asks_nobody() {
        let kind = "transforms: [taskgraph.transforms.task]\nloader: taskgraph.loader.transform:loader\ntasks: {}\n";
        let files = [("taskcluster/kinds/test/kind.yml", kind)];
        let world = testing::World { code: Box::new(MemoryCode::default()), ..testing::World::new(&files) };
        assert!(block_on(generate(&world.inputs(), Phase::FullTaskGraph)).is_ok());
    }
}
