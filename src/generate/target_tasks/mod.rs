//! Which tasks a push is for: methods that choose among all tasks, and filters that narrow the choice.
//!
//! To add a method: write `target_tasks/<name>.rs`, add its row to [`TARGET_TASKS_METHODS`]. Source:
//! `taskgraph.target_tasks` and `taskgraph.filter_tasks` of the reference.

mod codereview;
mod default;
mod nothing;
mod standard;

use std::collections::BTreeSet;

use super::context::RunContext;
use super::starlark;
use crate::diagnostics::{Diagnostic, Mistakes, suggest};
use crate::model::{GraphConfig, Label, LabelGraph, Parameters};
use crate::script::Point;

/// A method that parameter `target_tasks_method` can name.
#[derive(Clone, Copy, Debug)]
pub struct Method {
    /// Its name.
    pub name: &'static str,
    /// The labels it chooses.
    pub select: Select,
}

/// Chooses among the tasks of a graph.
pub type Select = fn(&LabelGraph, &Parameters, &GraphConfig) -> Result<BTreeSet<Label>, Mistakes>;

/// Every method of ours, by name.
pub const TARGET_TASKS_METHODS: &[Method] = &[codereview::METHOD, default::METHOD, nothing::METHOD];

/// The filter that applies the method: the only one there is, and the one that counts if none is named.
const TARGET_TASKS_METHOD: &str = "target_tasks_method";

/// The target task set: what all filters that parameter `filters` names leave of the full task graph.
///
/// # Errors
/// An unknown filter or method, or what the method refuses.
pub fn target_task_set(
    methods: &[Method],
    full: &LabelGraph,
    run: &RunContext<'_>,
) -> Result<BTreeSet<Label>, Mistakes> {
    let parameters = run.parameters;
    let default = [TARGET_TASKS_METHOD.to_owned()];
    let filters = if parameters.filters.is_empty() { &default[..] } else { &parameters.filters };
    let mut left = full.clone();
    for filter in filters {
        let chosen = choose(methods, filter, &left, run)?;
        left = left.filter(|label, _| chosen.contains(label));
    }
    Ok(left.keys().cloned().collect())
}

/// What a filter leaves. As in the reference, the tree's own count before ours.
fn choose(
    methods: &[Method],
    filter: &str,
    graph: &LabelGraph,
    run: &RunContext<'_>,
) -> Result<BTreeSet<Label>, Mistakes> {
    let parameters = run.parameters;
    let span = |parameter: &str| parameters.get(parameter).map(|written| written.span).unwrap_or_default();
    if let Some(own) = starlark::hook(run, Point::Filter, filter, span("filters"))? {
        return own.choose(graph);
    }
    if filter != TARGET_TASKS_METHOD {
        let names = [&starlark::names(run, Point::Filter)?[..], &[TARGET_TASKS_METHOD]].concat();
        return Err(unknown("filter", filter, &names, parameters, "filters").into());
    }
    let name = parameters.target_tasks_method.as_str();
    if let Some(own) = starlark::hook(run, Point::TargetTasks, name, span("target_tasks_method"))? {
        return own.choose(graph);
    }
    let mut names = starlark::names(run, Point::TargetTasks)?;
    names.extend(methods.iter().map(|method| method.name));
    let method = methods.iter().find(|method| method.name == name);
    let method =
        method.ok_or_else(|| unknown("target tasks method", name, &names, parameters, "target_tasks_method"))?;
    (method.select)(graph, parameters, run.graph_config)
}

fn unknown(what: &str, name: &str, known: &[&str], parameters: &Parameters, parameter: &str) -> Diagnostic {
    let span = parameters.get(parameter).map(|written| written.span).unwrap_or_default();
    let mut diagnostic = Diagnostic::error(format!("unknown {what} `{name}`")).at(span);
    diagnostic.help = suggest(name, known.iter().copied());
    diagnostic
}

/// The tasks that are targets whatever was chosen, where parameter `enable_always_target` lets them.
#[must_use]
pub fn always_targets(full: &LabelGraph, parameters: &Parameters) -> BTreeSet<Label> {
    let is_always = full.iter().filter(|(_, task)| {
        task.attribute("always_target").is_some_and(crate::yaml::Node::is_truthy)
            && parameters.enable_always_target.includes(task.kind.as_str())
    });
    is_always.map(|(label, _)| label.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::testing::{World, task};
    use crate::model::AlwaysTarget;
    use crate::yaml::Node;
    use std::sync::Arc;

    fn graph() -> LabelGraph {
        let tasks = [
            task("test", "plain", "{run_on_projects: [all]}"),
            task("test", "other-project", "{run_on_projects: [other]}"),
            task("test", "nowhere", "{}"),
            task("test", "cron", "{run_on_projects: [project], cron: true}"),
            task("test", "ship", "{run_on_projects: [project], shipping_phase: ship}"),
            task(
                "test",
                "built",
                "{run_on_projects: [project], shipping_phase: build, run_on_tasks_for: [github-push]}",
            ),
            task("test", "released", "{run_on_projects: [all], run_on_tasks_for: [github-release]}"),
            task("test", "branch", "{run_on_projects: [all], run_on_git_branches: [release, mai]}"),
            task("test", "other-branch", "{run_on_projects: [all], run_on_git_branches: ['x|ain']}"),
            task("lint", "reviewed", "{run_on_projects: [all], code-review: true}"),
            task("lint", "always", "{always_target: true}"),
        ];
        tasks.into_iter().map(|task| (task.label.clone(), Arc::new(task))).collect()
    }

    fn chosen<const N: usize>(changes: [(&str, Node); N]) -> Result<Vec<String>, Mistakes> {
        let world = World::new(&[]);
        let world = World { parameters: world.parameters.with(changes).unwrap(), ..world };
        let set = target_task_set(TARGET_TASKS_METHODS, &graph(), &world.run())?;
        Ok(set.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn the_default_method_asks_the_attributes() {
        assert_eq!(chosen([]).unwrap(), ["branch", "built", "plain", "reviewed"]);
        let release = [("tasks_for", Node::new("github-release")), ("head_ref", Node::new("refs/heads/v1"))];
        assert_eq!(chosen(release).unwrap(), ["plain", "released", "reviewed"]);
        let pull_request = chosen([("tasks_for", Node::new("github-pull-request"))]).unwrap();
        assert_eq!(pull_request, ["branch", "other-branch", "plain", "reviewed"]);
        let hg = chosen([("repository_type", Node::new("hg"))]).unwrap();
        assert!(hg.contains(&"other-branch".to_owned()));
    }

    #[test]
    fn other_methods_choose_less() {
        assert_eq!(chosen([("target_tasks_method", Node::new("codereview"))]).unwrap(), ["reviewed"]);
        assert!(chosen([("target_tasks_method", Node::new("nothing"))]).unwrap().is_empty());
    }

    #[test]
    fn unknown_names_are_refused_with_a_suggestion() {
        let told = |name, value: Node| {
            let mistake = chosen([(name, value)]).unwrap_err().0.remove(0);
            (mistake.message, mistake.help.unwrap())
        };
        assert_eq!(
            told("target_tasks_method", Node::new("defalt")),
            ("unknown target tasks method `defalt`".into(), "did you mean `default`?".into())
        );
        assert_eq!(
            told("filters", ["try"].into_iter().collect()),
            ("unknown filter `try`".into(), "expected one of `target_tasks_method`".into())
        );
        assert_eq!(chosen([("filters", Node::new(vec![]))]).unwrap().len(), 4);
    }

    #[test]
    fn always_targets_are_added_for_all_kinds_or_some() {
        let with = |kinds: Node| {
            let parameters = World::new(&[]).parameters.with([("enable_always_target", kinds)]).unwrap();
            always_targets(&graph(), &parameters).len()
        };
        assert_eq!(with(Node::new(true)), 1);
        assert_eq!(with(Node::new(false)), 0);
        assert_eq!(with(["lint"].into_iter().collect()), 1);
        assert_eq!(with(["test"].into_iter().collect()), 0);
        assert!(AlwaysTarget::Kinds(vec!["a".into()]).includes("a"));
    }

    #[test]
    fn the_table_is_sorted_and_has_every_file() {
        let names: Vec<&str> = TARGET_TASKS_METHODS.iter().map(|method| method.name).collect();
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/generate/target_tasks");
        let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut files: Vec<String> = files.map(|file| file.trim_end_matches(".rs").to_owned()).collect();
        files.retain(|file| !["mod", "standard"].contains(&file.as_str()));
        files.sort();
        assert_eq!(names, files);
    }
}
