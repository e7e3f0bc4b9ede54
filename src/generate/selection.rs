//! What a push runs where a query says it.
//!
//! In the order in which they count: what the push carries; the query of `config.yml` that parameter
//! `target_tasks_method` names, unless a method has that name; `default-query` of `config.yml`, where the method is
//! `default`. Where there is none of them, the target tasks method chooses.

use std::borrow::Cow;

use super::context::RunContext;
use super::target_tasks::{TARGET_TASKS_METHODS, target_task_set};
use crate::diagnostics::{Diagnostic, Mistakes, suggest};
use crate::model::{KeyedByOptions, LabelGraph, Parameters, evaluate_keyed_by, is_keyed};
use crate::query::{Chosen, Meaning, Origin, Project, Query, Selection, TargetOf, Universe, Written, parse};
use crate::yaml::{self, Map, Node};

/// The key of `config.yml` that names queries.
const QUERIES: &str = "queries";

/// The key of `config.yml` that says what runs if nothing else does.
const DEFAULT_QUERY: &str = "default-query";

/// The method that `default-query` stands in for.
const DEFAULT_METHOD: &str = "default";

/// The tasks that are selected, if a query selects them; `carried` is what the push itself asks for.
///
/// # Errors
/// A query that is wrong; one that the push carries and that selects nothing, unless it says `none()`.
pub fn chosen(
    run: &RunContext<'_>,
    carried: Option<&Selection>,
    full: &LabelGraph,
) -> Result<Option<Chosen>, Mistakes> {
    let configured = || configured(run, run.parameters);
    let Some(selection) = carried.cloned().map_or_else(configured, |carried| Ok(Some(carried)))? else {
        return Ok(None);
    };
    let universe = Universe::new(full);
    let is_carried = matches!(selection.origin, Origin::Carrier(_));
    let tree = Tree { run, full, universe: &universe, is_default: !is_carried };
    let selected = universe.select(&selection.query, &tree)?;
    let is_empty = selected.tasks.is_empty() && selection.query != Query::none();
    if is_empty {
        let message = format!("{} selects no task", selection.origin);
        let help = "write `none()` for a push that runs nothing";
        if is_carried {
            let mut mistakes = Mistakes(selected.warnings);
            mistakes.extend([Diagnostic::error(message).help(help)]);
            return Err(mistakes);
        }
        run.warnings.push(Diagnostic::warning(message).at(selection.span).help(help));
    }
    selected.warnings.iter().for_each(|warning| run.warnings.push(warning.clone()));
    Ok(Some(Chosen { selection, selected }))
}

/// What `config.yml` selects for a push with these parameters, if it does.
///
/// # Errors
/// A query that is wrong.
pub fn configured(run: &RunContext<'_>, parameters: &Parameters) -> Result<Option<Selection>, Mistakes> {
    let method = parameters.target_tasks_method.as_str();
    let (origin, written) = if method == DEFAULT_METHOD {
        (Origin::Default, default_query(run, parameters)?)
    } else if is_method(method) {
        return Ok(None);
    } else {
        (Origin::Method(method.into()), named(run, method).cloned())
    };
    let Some(node) = written.filter(|node| !node.is_null()) else { return Ok(None) };
    let query = read_query(run, &node)?;
    Ok(Some(Selection { origin, text: node.as_str().unwrap_or_default().to_owned(), span: node.span, query }))
}

fn is_method(name: &str) -> bool {
    TARGET_TASKS_METHODS.iter().any(|method| method.name == name)
}

/// What `queries` has under a name.
fn named<'r>(run: &RunContext<'r>, name: &str) -> Option<&'r Node> {
    run.graph_config.document.get(QUERIES)?.get(name)
}

/// The arm of `default-query` for a push.
fn default_query(run: &RunContext<'_>, parameters: &Parameters) -> Result<Option<Node>, Diagnostic> {
    let Some(written) = run.graph_config.document.get(DEFAULT_QUERY) else { return Ok(None) };
    let attribute = |name: &str| match name {
        "project" => Some(Node::new(parameters.project.as_str())),
        "tasks-for" => Some(Node::new(parameters.tasks_for.as_str())),
        "level" => Some(Node::new(parameters.level.as_str())),
        _ => None,
    };
    evaluate_keyed_by(written, "`default-query`", &attribute, KeyedByOptions::default()).map(Some)
}

/// The query that a text of `config.yml` is.
pub(super) fn read_query(run: &RunContext<'_>, node: &Node) -> Result<Query, Mistakes> {
    let written = Written::in_document(node, run.files).ok_or_else(|| {
        Diagnostic::error(format!("expected a query as a string, found {}", node.type_name())).at(node.span)
    })?;
    parse(&written)
}

/// What queries ask of the tree.
struct Tree<'a> {
    run: &'a RunContext<'a>,
    full: &'a LabelGraph,
    universe: &'a Universe<'a>,
    /// Whether what is evaluated is itself what runs if nothing else is selected: `target()` then is what the method
    /// chooses.
    is_default: bool,
}

impl Tree<'_> {
    /// What runs on a push with these parameters.
    fn target_of(&self, parameters: &Parameters) -> Result<Meaning, Mistakes> {
        let selection = if self.is_default { None } else { configured(self.run, parameters)? };
        if let Some(selection) = selection {
            let tree = Tree { is_default: true, ..*self };
            let selected = self.universe.select(&selection.query, &tree)?;
            return Ok(Meaning::Tasks(selected.tasks.into_keys().collect()));
        }
        let mut parameters = Cow::Borrowed(parameters);
        if self.is_default && !is_method(&parameters.target_tasks_method) {
            parameters = Cow::Owned(parameters.with([("target_tasks_method", Node::new(DEFAULT_METHOD))])?);
        }
        self.refuse_foreign(&parameters.target_tasks_method)?;
        let set =
            target_task_set(TARGET_TASKS_METHODS, self.full, &RunContext { parameters: &parameters, ..*self.run })?;
        Ok(Meaning::Tasks(set))
    }

    /// Methods of the tree's own, and those it may have put in place of ours.
    fn refuse_foreign(&self, method: &str) -> Result<(), Diagnostic> {
        if self.run.code.needs().is_empty() {
            return Ok(());
        }
        let message = format!("what the target tasks method `{method}` chooses is known to the tree's own code only");
        Err(Diagnostic::error(message))
    }

    /// The target tasks method of a job of `.cron.yml`; nothing if there is no such job. Also the names of all jobs.
    fn cron_method(&self, name: &str) -> Result<(Option<String>, Vec<String>), Mistakes> {
        let path = self.run.graph_config.vcs_root.join(".cron.yml");
        let Ok(content) = self.run.checkout.read(&path) else { return Ok((None, Vec::new())) };
        let shown = crate::diagnostics::shown(&path, self.run.checkout.current_directory());
        let document = yaml::load(self.run.files, shown, content)?.root;
        let jobs = document.get("jobs").and_then(Node::as_list).unwrap_or_default();
        let name_of = |job: &Node| Some(job.get("name")?.as_str()?.to_owned());
        let found = jobs.iter().find(|job| name_of(job).as_deref() == Some(name));
        let method = found.map(|job| {
            let method = job.get("job").and_then(|job| job.get("target-tasks-method")?.as_str());
            method.unwrap_or(DEFAULT_METHOD).to_owned()
        });
        Ok((method, jobs.iter().filter_map(name_of).collect()))
    }

    fn query_names(&self) -> Vec<&str> {
        let queries = self.run.graph_config.document.get(QUERIES).and_then(Node::as_map);
        queries.into_iter().flat_map(Map::keys).collect()
    }
}

impl Project for Tree<'_> {
    fn target(&self, of: &TargetOf) -> Result<Meaning, Mistakes> {
        let given = [("project", &of.project), ("tasks_for", &of.tasks_for)];
        let changes: Vec<(&str, Node)> =
            given.into_iter().filter_map(|(name, value)| Some((name, Node::new(value.as_ref()?)))).collect();
        if changes.is_empty() {
            return self.target_of(self.run.parameters);
        }
        self.target_of(&self.run.parameters.with(changes)?)
    }

    fn cron(&self, name: &str) -> Result<Meaning, Mistakes> {
        let (method, jobs) = self.cron_method(name)?;
        match method {
            Some(method) if is_method(&method) || named(self.run, &method).is_none() => {
                let changes = [("target_tasks_method", Node::new(method.as_str())), ("tasks_for", Node::new("cron"))];
                self.target_of(&self.run.parameters.with(changes)?)
            }
            Some(query) => self.named(&query).map(Meaning::Query),
            None if named(self.run, name).is_some() => self.named(name).map(Meaning::Query),
            None => {
                let known = jobs.iter().map(String::as_str).chain(self.query_names());
                let mut unknown = Diagnostic::error(format!("there is no cron job `{name}`"));
                unknown.help = suggest(name, known);
                Err(unknown.into())
            }
        }
    }

    fn named(&self, name: &str) -> Result<Query, Mistakes> {
        let Some(node) = named(self.run, name) else {
            let mut unknown = Diagnostic::error(format!("there is no query `{name}` in `config.yml`"));
            unknown.help = suggest(name, self.query_names())
                .or_else(|| Some("queries have their names in `queries` of `config.yml`".to_owned()));
            return Err(unknown.into());
        };
        read_query(self.run, node)
    }
}

/// What queries ask of the tree beside the graph, for queries that do not choose what runs.
///
/// # Errors
/// What `see` returns.
pub fn with_project<T>(
    run: &RunContext<'_>,
    full: &LabelGraph,
    see: impl FnOnce(&Universe<'_>, &dyn Project) -> Result<T, Mistakes>,
) -> Result<T, Mistakes> {
    let universe = Universe::new(full);
    see(&universe, &Tree { run, full, universe: &universe, is_default: false })
}

/// What is wrong with the queries of `config.yml`; what selects nothing is a warning.
#[must_use]
pub fn rehearse(run: &RunContext<'_>, full: &LabelGraph) -> Mistakes {
    let universe = Universe::new(full);
    let document = &run.graph_config.document;
    let mut mistakes = Mistakes::default();
    if let Some(other) = document.get(QUERIES).filter(|queries| queries.as_map().is_none()) {
        let message = format!("expected queries by name, found {}", other.type_name());
        run.warnings.push(Diagnostic::warning(message).at(other.span).help("what this names is no query"));
    }
    let queries = document.get(QUERIES).and_then(Node::as_map).into_iter().flat_map(Map::text_entries);
    let defaults = document.get(DEFAULT_QUERY).into_iter().flat_map(arms).map(|arm| (DEFAULT_QUERY, arm));
    for ((name, node), is_default) in queries.map(|one| (one, false)).chain(defaults.map(|one| (one, true))) {
        let tree = Tree { run, full, universe: &universe, is_default };
        let selected = read_query(run, node).and_then(|query| Ok((universe.select(&query, &tree)?, query)));
        match selected {
            Err(more) => mistakes.extend(more.0),
            Ok((selected, query)) => {
                if selected.tasks.is_empty() && selected.warnings.is_empty() && query != Query::none() {
                    run.warnings.push(Diagnostic::warning(format!("`{name}` selects no task")).at(node.span));
                }
                selected.warnings.into_iter().for_each(|warning| run.warnings.push(warning));
            }
        }
    }
    mistakes
}

/// What a value that may depend on the push can be, null left out.
fn arms(value: &Node) -> Vec<&Node> {
    match value.as_map().filter(|_| is_keyed(value)).and_then(Map::single) {
        Some((_, choices)) => choices.as_map().into_iter().flat_map(Map::values).flat_map(arms).collect(),
        None if value.is_null() => Vec::new(),
        None => vec![value],
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::diagnostics::Span;
    use crate::generate::testing::{CONFIG, World, task};
    use crate::query::parse_text;

    const QUERIES: &str = "\
queries:
  builds: kind(build)
  nightly: query(builds) | target()
  circle: query(circle)
  wrong: kind(
default-query:
  by-project:
    try: none()
    own: 'target() - kind(lint)'
    default: null
";
    const CRON: &str = "jobs:\n- {name: a, job: {target-tasks-method: nothing}}\n- {name: b, job: {target-tasks-method: builds}}\n- {name: c}\n";

    fn graph() -> LabelGraph {
        let tasks = [
            task("build", "b", "{}"),
            task("test", "t", "{run_on_projects: [all]}"),
            task("lint", "l", "{run_on_projects: [own, project]}"),
        ];
        tasks.into_iter().map(|task| (task.label.clone(), Arc::new(task))).collect()
    }

    fn world(changes: &[(&'static str, &str)]) -> World {
        let mut world = World::with_config(&format!("{CONFIG}{QUERIES}"), &[(".cron.yml", CRON)]);
        let changes = changes.iter().map(|(name, value)| (*name, Node::new(*value)));
        world.parameters = world.parameters.with(changes).unwrap();
        world
    }

    /// What is selected, and what chose it.
    fn selected(changes: &[(&'static str, &str)], carried: Option<&str>) -> Result<Option<(String, String)>, Mistakes> {
        let world = world(changes);
        let carried = carried.map(|text| Selection {
            origin: Origin::Carrier("trailer `Try-Query`".into()),
            text: text.to_owned(),
            span: Span::NONE,
            query: parse_text(text).unwrap(),
        });
        let chosen = chosen(&world.run(), carried.as_ref(), &graph())?;
        Ok(chosen.map(|chosen| {
            let labels: Vec<String> = chosen.labels().map(ToString::to_string).collect();
            (labels.join(" "), chosen.selection.origin.to_string())
        }))
    }

    fn labels(carried: &str) -> String {
        selected(&[], Some(carried)).unwrap().unwrap().0
    }

    fn told(carried: &str) -> Vec<(String, Option<String>)> {
        let mistakes = selected(&[], Some(carried)).unwrap_err().0;
        mistakes.into_iter().map(|mistake| (mistake.message, mistake.help)).collect()
    }

    #[test]
    fn the_push_counts_before_the_method_and_that_before_the_default() {
        assert_eq!(selected(&[], None).unwrap(), None);
        let row = |labels: &str, origin: &str| Some((labels.to_owned(), origin.to_owned()));
        assert_eq!(selected(&[("project", "own")], None).unwrap(), row("t", "`default-query` of `config.yml`"));
        assert_eq!(selected(&[("project", "try")], None).unwrap(), row("", "`default-query` of `config.yml`"));
        let method = ("target_tasks_method", "nightly");
        assert_eq!(selected(&[method], None).unwrap(), row("b l t", "query `nightly` of `config.yml`"));
        assert_eq!(selected(&[("target_tasks_method", "nothing")], None).unwrap(), None);
        assert_eq!(selected(&[("target_tasks_method", "unknown")], None).unwrap(), None);
        assert_eq!(selected(&[method], Some("l")).unwrap(), row("l", "trailer `Try-Query`"));
    }

    #[test]
    fn queries_ask_the_project() {
        assert_eq!(labels("query(builds)"), "b");
        assert_eq!(labels("target()"), "l t");
        assert_eq!(labels("target(project=own)"), "t");
        assert_eq!(labels("target(project=other)"), "t");
        assert_eq!(labels("cron(b) | none()"), "b");
        assert_eq!(labels("cron(a) | b"), "b");
        assert_eq!(labels("cron(c)"), "l t");
        assert_eq!(labels("cron(builds)"), "b");
        assert_eq!(labels("none()"), "");
    }

    #[test]
    fn what_a_push_asks_for_in_vain_is_an_error() {
        let told = |text: &str| told(text);
        let row = |message: &str, help: &str| (message.to_owned(), Some(help.to_owned()));
        assert_eq!(told("query(bilds)"), [row("there is no query `bilds` in `config.yml`", "did you mean `builds`?")]);
        let known = "expected one of `a`, `b`, `builds`, `c`, `circle`, `nightly`, `wrong`";
        assert_eq!(told("cron(zzzz)"), [row("there is no cron job `zzzz`", known)]);
        assert_eq!(told("query(circle)")[0].0, "`query(circle)` is made of itself: `query(circle)`, `query(circle)`");
        assert_eq!(told("query(wrong)")[0].0, "this `(` is not closed");
        let empty = row("trailer `Try-Query` selects no task", "write `none()` for a push that runs nothing");
        assert_eq!(told("bb"), [row("there is no task `bb`", "did you mean `b`?"), empty]);
    }

    #[test]
    fn all_queries_of_the_configuration_are_checked() {
        let world = world(&[]);
        let mistakes = rehearse(&world.run(), &graph());
        let place = |mistake: &Diagnostic| {
            let place = world.files.place(mistake.span).unwrap();
            format!("{}: {}", &place.file.text[place.range], mistake.message)
        };
        let told: Vec<String> = mistakes.0.iter().map(place).collect();
        let circle = "query(circle): `query(circle)` is made of itself: `query(circle)`, `query(circle)`";
        assert_eq!(told, [circle, "(: this `(` is not closed"]);
        assert_eq!(world.warnings.take(), []);
    }

    /// A tree may have a key of that name already.
    #[test]
    fn queries_of_another_shape_are_no_queries() {
        let warned = |queries: &str| {
            let world = World::with_config(&format!("{CONFIG}queries: {queries}\n"), &[]);
            assert_eq!(chosen(&world.run(), None, &graph()).unwrap().map(|chosen| chosen.selection), None);
            let mistakes = rehearse(&world.run(), &graph());
            let warnings = world.warnings.take().into_iter();
            (mistakes.0.len(), warnings.map(|warning| warning.message).collect::<Vec<_>>())
        };
        assert_eq!(warned("[a]"), (0, vec!["expected queries by name, found a list".to_owned()]));
        assert_eq!(warned("{a: {sql: select}}"), (1, vec![]));
    }
}
