//! What the push asks for, in parameter `try_task_config`: which tasks are targets, and what is changed in tasks.
//!
//! Whatever it says, it adds no scope, and no route and no worker pool that section `try` of `config.yml` does not
//! allow. Without the parameter nothing here does anything; nor with one that a tree has for itself.

mod caps;
mod changes;
mod templates;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use self::changes::Changer;
use self::templates::Templates;
use super::context::RunContext;
use super::selection::{chosen, with_project};
use super::target_tasks::{TARGET_TASKS_METHODS, target_task_set};
use crate::diagnostics::{Diagnostic, Mistakes, Span, shown};
use crate::model::{
    CARRIED_BY, CarrierName, Changes, ChangesFor, Label, LabelGraph, Selects, StoredGraph, TRY_TASK_CONFIG, Task,
    TryTaskConfig,
};
use crate::query::front_ends::{Compiled, Context, Preset, front_end};
use crate::query::{Field, Origin, Pattern, Query, Selection, parse_text};
use crate::yaml;

/// What the push asks for, if it asks: where a decision found it in a carrier, or the project honours one.
///
/// # Errors
/// A parameter of another form.
pub fn asked(run: &RunContext<'_>) -> Result<Option<TryTaskConfig>, Mistakes> {
    let Some(written) = run.parameters.get(TRY_TASK_CONFIG).filter(|written| written.is_truthy()) else {
        return Ok(None);
    };
    let may_ask = run.graph_config.try_config().honours_any(&run.parameters.project);
    if may_ask || written.get(CARRIED_BY).is_some() { yaml::read(written).map(Some) } else { Ok(None) }
}

/// The tasks that the push asks for, if it does.
///
/// # Errors
/// What is asked for and is not there.
pub fn selection(run: &RunContext<'_>, full: &LabelGraph) -> Result<Option<Selection>, Mistakes> {
    let Some(request) = asked(run)?.filter(TryTaskConfig::selects) else { return Ok(None) };
    let compiled = compiled(run, full, &request)?;
    compiled.notes.iter().for_each(|note| run.warnings.push(Diagnostic::warning(note.as_str())));
    Ok(Some(selected(&request, compiled)))
}

fn selected(request: &TryTaskConfig, compiled: Compiled) -> Selection {
    let text = parts(request).into_iter().map(|(name, text)| format!("{name}: {text}")).collect::<Vec<_>>();
    let origin = Origin::Carrier(told(request.selects.carried_by).into());
    Selection { origin, text: text.join("\n"), span: Span::NONE, query: compiled.query }
}

fn told(carrier: Option<CarrierName>) -> &'static str {
    carrier.map_or("parameter `try_task_config`", CarrierName::name)
}

/// The texts that select, with the names of their front ends.
fn parts(request: &TryTaskConfig) -> Vec<(&'static str, String)> {
    let Selects { tasks, query, fuzzy, syntax, preset, .. } = &request.selects;
    let mut parts = Vec::new();
    parts.extend(tasks.iter().map(|labels| ("labels", labels.join(" "))));
    parts.extend(query.iter().map(|text| ("query", text.clone())));
    parts.extend(fuzzy.iter().map(|text| ("fuzzy", text.clone())));
    parts.extend(syntax.iter().map(|text| ("syntax", text.clone())));
    parts.extend(preset.iter().map(|text| ("preset", text.clone())));
    if parts.is_empty() && !request.changes.paths.is_empty() {
        parts.push(("paths", request.changes.paths.join(" ")));
    }
    parts
}

/// All that selects, as one query, and what it changes.
fn compiled(run: &RunContext<'_>, full: &LabelGraph, request: &TryTaskConfig) -> Result<Compiled, Mistakes> {
    let config = run.graph_config.try_config();
    let presets = presets(run)?;
    let context = Context { graph: full, ridealong_builds: &config.ridealong_builds, presets: &presets };
    let each = crate::diagnostics::collect(parts(request), |(name, text)| {
        let row = front_end(name).expect("the parts are named after front ends");
        (row.compile)(&text, &context).map_err(|mistakes| from(request, mistakes))
    })?;
    let mut all = Compiled::from(Query::or(each.iter().map(|part| part.query.clone())));
    for part in each {
        all.changes.extend(part.changes);
        all.notes.extend(part.notes);
    }
    all.query = narrowed(all.query, &request.selects).map_err(|mistakes| from(request, mistakes))?;
    Ok(all)
}

/// Mistakes in what the push asks for, told as such.
fn from(request: &TryTaskConfig, mistakes: Mistakes) -> Mistakes {
    let by = told(request.selects.carried_by);
    mistakes.map(|mistake| Diagnostic { message: format!("the push asks ({by}): {}", mistake.message), ..mistake })
}

/// What Firefox's `tasks-regex` and `worker-types` leave of the tasks.
fn narrowed(query: Query, selects: &Selects) -> Result<Query, Mistakes> {
    let found = |expressions: &Option<Vec<String>>| -> Result<Option<Query>, Mistakes> {
        let Some(expressions) = expressions.as_ref().filter(|all| !all.is_empty()) else { return Ok(None) };
        let patterns: Result<Vec<Pattern>, _> = expressions.iter().map(|text| Pattern::regex(text)).collect();
        let patterns = patterns.map_err(|error| Diagnostic::error(error.to_string()))?;
        Ok(Some(Query::field(Field::Label, patterns)))
    };
    let mut parts = vec![query];
    if let Some(regex) = &selects.tasks_regex {
        parts.extend(found(&regex.include)?);
        parts.extend(found(&regex.exclude)?.map(|excluded| !excluded));
    }
    if !selects.worker_types.is_empty() {
        let types = selects.worker_types.iter().map(|name| Pattern::exact(name));
        parts.push(Query::field(Field::WorkerType, types));
    }
    Ok(Query::and(parts))
}

/// The presets of the tree.
///
/// # Errors
/// A file that is not there, or holds something else.
pub fn presets(run: &RunContext<'_>) -> Result<BTreeMap<String, Preset>, Mistakes> {
    let Some(file) = &run.graph_config.try_config().presets else { return Ok(BTreeMap::new()) };
    let path = run.graph_config.vcs_root.join(file);
    let name = shown(&path, run.checkout.current_directory());
    let content = run.checkout.read(&path).map_err(|error| {
        Diagnostic::error(format!("cannot read the presets `{}`: {error}", name.display()))
            .help("`try.presets` of config.yml names the file")
    })?;
    yaml::read(&yaml::load(run.files, name, content)?.root)
}

/// The graph with what the push changes in its tasks.
///
/// # Errors
/// What may not be asked for, and what the tree has no place for.
pub fn applied(run: &RunContext<'_>, full: LabelGraph) -> Result<LabelGraph, Mistakes> {
    let Some(request) = asked(run)? else { return Ok(full) };
    let compiled = if request.selects() { Some(compiled(run, &full, &request)?) } else { None };
    let more = compiled.as_ref().map(|compiled| compiled.changes.clone()).unwrap_or_default();
    let of_some: Vec<&ChangesFor> = more.iter().chain(&request.for_some).collect();
    if request.changes.is_empty() && of_some.is_empty() {
        return Ok(full);
    }
    let targets = targets(run, &full, compiled.map(|compiled| selected(&request, compiled)))?;
    let changes = of_each(run, &full, &request.changes, &of_some).map_err(|mistakes| from(&request, mistakes))?;
    let changer = Changer::new(run, &full, targets).map_err(|mistakes| from(&request, mistakes))?;
    let changed = crate::diagnostics::collect(full.iter(), |(label, task)| match changes.get(label) {
        Some(changes) => Ok((label.clone(), Arc::new(changer.changed(task, changes)?))),
        None => Ok((label.clone(), Arc::clone(task))),
    });
    let changed = changed.map_err(|mistakes| from(&request, once(mistakes)))?;
    Ok(changed.into_iter().collect())
}

/// What runs tests has this name among `try-templates`.
const PATHS: &str = "paths";

/// Tasks that run a part of their tests.
pub type Narrowed = BTreeMap<Label, Arc<Task<Label>>>;

/// The tasks of those labels, changed to run only the tests at these paths; nothing if the tree does not say how that
/// is done.
///
/// # Errors
/// A template that is wrong; where there is one, whatever of the graph is none.
pub fn only_paths(
    run: &RunContext<'_>,
    stored: &StoredGraph,
    labels: &BTreeSet<Label>,
    paths: &[String],
) -> Result<Option<Narrowed>, Mistakes> {
    if !run.graph_config.config.try_templates.contains_key(PATHS) {
        return Ok(None);
    }
    let changes = Changes { paths: paths.to_vec(), ..Changes::default() };
    let full = stored.whole()?;
    let changer = Changer::new(run, &full, labels.clone())?;
    let there = labels.iter().filter_map(|label| full.get(label));
    let changed =
        crate::diagnostics::collect(there, |task| Ok((task.label.clone(), Arc::new(changer.changed(task, &changes)?))));
    Ok(Some(changed.map_err(once)?.into_iter().collect()))
}

/// Refuses what the push changes in tasks where nobody puts it there: where the tree's own code makes the whole graph.
///
/// # Errors
/// If it changes anything.
pub fn refuse_changes(run: &RunContext<'_>, full: &LabelGraph) -> Result<(), Mistakes> {
    let Some(request) = asked(run)? else { return Ok(()) };
    let compiled = if request.selects() { compiled(run, full, &request)?.changes } else { Vec::new() };
    // Whether targets are optimized is a parameter, which the tree's own code knows.
    let of_all = Changes { optimize: None, ..request.changes.clone() };
    if of_all.is_empty() && compiled.is_empty() && request.for_some.is_empty() {
        return Ok(());
    }
    let refused = Diagnostic::error("tasks cannot be changed here: the tree's own Python makes all of them").help(
        "a push can say which tasks run, and nothing else; `pushgraph explain --kinds` says what asks for Python",
    );
    Err(from(&request, refused.into()))
}

/// What is wrong with what `config.yml` says of requests.
#[must_use]
pub fn rehearse(run: &RunContext<'_>, full: &LabelGraph) -> Mistakes {
    let mut mistakes = Templates::of(run, full).err().unwrap_or_default();
    match presets(run) {
        Ok(presets) => mistakes.extend(in_presets(run, full, &presets).0),
        Err(more) => mistakes.extend(more.0),
    }
    mistakes
}

/// What is wrong with presets; what selects nothing is a warning.
fn in_presets(run: &RunContext<'_>, full: &LabelGraph, presets: &BTreeMap<String, Preset>) -> Mistakes {
    let ridealong_builds = &run.graph_config.try_config().ridealong_builds;
    let context = Context { graph: full, ridealong_builds, presets };
    let row = front_end("preset").expect("it is one of them");
    let mut mistakes = Mistakes::default();
    for (name, preset) in presets {
        let selected = (row.compile)(name, &context).and_then(|compiled| {
            with_project(run, full, |universe, project| universe.select(&compiled.query, project))
        });
        match selected {
            Err(more) => mistakes.extend(more.0),
            Ok(selected) => {
                let is_told = !selected.tasks.is_empty() || !selected.warnings.is_empty();
                let nothing = (!is_told).then(|| Diagnostic::warning(format!("preset `{name}` selects no task")));
                for warning in selected.warnings.into_iter().chain(nothing) {
                    let span = warning.span.or(preset.span);
                    run.warnings.push(warning.at(span));
                }
            }
        }
    }
    mistakes
}

/// A mistake that is met in every task is told once.
fn once(mistakes: Mistakes) -> Mistakes {
    let mut told: Vec<Diagnostic> = Vec::new();
    for mistake in mistakes.0 {
        if !told.iter().any(|one| one.message == mistake.message) {
            told.push(mistake);
        }
    }
    Mistakes(told)
}

/// The tasks that the push targets.
fn targets(run: &RunContext<'_>, full: &LabelGraph, asked: Option<Selection>) -> Result<BTreeSet<Label>, Mistakes> {
    match chosen(run, asked.as_ref(), full)? {
        Some(chosen) => Ok(chosen.labels().cloned().collect()),
        None => target_task_set(TARGET_TASKS_METHODS, full, run),
    }
}

/// What is changed in each task: what is said of all, then what is said of some, in order.
fn of_each(
    run: &RunContext<'_>,
    full: &LabelGraph,
    of_all: &Changes,
    of_some: &[&ChangesFor],
) -> Result<BTreeMap<Label, Changes>, Mistakes> {
    let mut changes: BTreeMap<Label, Changes> = BTreeMap::new();
    if !of_all.is_empty() {
        changes.extend(full.keys().map(|label| (label.clone(), of_all.clone())));
    }
    with_project(run, full, |universe, project| {
        for part in of_some {
            for label in universe.select(&parse_text(&part.tasks)?, project)?.tasks.into_keys() {
                let before = changes.remove(&label).unwrap_or_default();
                changes.insert(label, before.and(part.changes.clone()));
            }
        }
        Ok(())
    })?;
    Ok(changes)
}
