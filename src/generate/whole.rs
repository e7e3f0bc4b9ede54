//! Generation by the reference that the tree's own code is written for: it makes the graph, we read it back and go on.

use std::collections::{BTreeMap, BTreeSet};

use super::kinds::{self, KindGraph, Kinds};
use super::optimization::{Decision, LogLevel, LogLine, Optimized, Verdict};
use super::phase::{Error, Graphs, Inputs, Phase, PhaseGraph, Target};
use super::selection;
use super::transforms::TRANSFORMS;
use crate::diagnostics::Mistakes;
use crate::model::{AssignedGraph, GraphKey, KindName, Label, TaskGraph, TaskId};
use crate::query::Chosen;
use crate::script::{Need, Question};
use crate::yaml::{Map, Node};

/// Who generates.
pub(super) enum Way {
    /// We do, from these kinds.
    Native(Kinds),
    /// The tree's own code.
    Whole,
}

/// A kind, and what has the tree's own code make it; nothing if we do.
#[derive(Clone, Debug)]
pub struct KindMaker {
    /// The kind.
    pub kind: KindName,
    /// What asks for the code.
    pub needs: Vec<Need>,
}

/// Who makes each kind, by name. One kind that needs the tree's own code hands over all.
///
/// # Errors
/// Kinds that cannot be listed or read.
pub fn kind_makers(inputs: &Inputs<'_>) -> Result<Vec<KindMaker>, Mistakes> {
    let mut needs = inputs.run.code.needs();
    if needs.is_empty() {
        needs = kinds::foreign(&sound_kinds(inputs)?, TRANSFORMS);
    }
    let config = inputs.run.graph_config;
    // Versions before 8 have their kinds beside the configuration.
    let has_own = inputs.run.checkout.kind(&config.kinds_dir()).is_some();
    let directory = if has_own || needs.is_empty() { config.kinds_dir() } else { config.root.clone() };
    let present = kinds::present_kinds(&inputs.run, &directory)?;
    Ok(present.into_iter().map(|kind| KindMaker { kind, needs: needs.clone() }).collect())
}

/// Who generates up to `until`: the tree's own code if anything in the tree asks for it, and there is anybody to run
/// it.
pub(super) fn way(inputs: &Inputs<'_>, until: Phase) -> Result<Way, Error> {
    let code = inputs.run.code;
    if !code.can_run() {
        return Ok(Way::Native(kinds::load_kinds(&inputs.run)));
    }
    if code.needs().is_empty() {
        code.add_needs(strategies(inputs, until).into_iter().collect());
    }
    if code.needs().is_empty() {
        let kinds = sound_kinds(inputs)?;
        let foreign = kinds::foreign(&kinds, TRANSFORMS);
        if foreign.is_empty() {
            return Ok(Way::Native(kinds));
        }
        code.add_needs(foreign);
    }
    code.ask(Question::These(inputs.run.parameters.document()))?;
    Ok(Way::Whole)
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
    if inputs.selection.is_none() && selection::configured(run, run.parameters)?.is_none() {
        return Ok(None);
    }
    let chosen = selection::chosen(run, inputs.selection, &graph(inputs, Phase::FullTaskGraph)?)?;
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
