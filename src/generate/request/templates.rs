//! Where what a push asks for goes in a task: `try-templates` of `config.yml`, and what needs no template there.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::super::context::RunContext;
use super::super::selection::{read_query, with_project};
use super::super::shared::merge::merge;
use crate::diagnostics::{Diagnostic, Mistakes, Span, suggest};
use crate::json;
use crate::model::{Label, LabelGraph, Task, TryTemplate};
use crate::yaml::{self, Map, Node};

/// What no template may change: where a task runs, what it may do, and where it belongs.
const FIXED: [&str; 10] = [
    "dependencies",
    "projectId",
    "provisionerId",
    "requires",
    "routes",
    "schedulerId",
    "scopes",
    "taskGroupId",
    "taskQueueId",
    "workerType",
];

/// The templates, and the tasks each is for.
pub(super) struct Templates<'a> {
    rows: BTreeMap<&'a str, Row<'a>>,
}

struct Row<'a> {
    template: &'a TryTemplate,
    /// The tasks it is for; all of them if it does not say.
    tasks: Option<BTreeSet<Label>>,
}

impl<'a> Templates<'a> {
    /// Those of the project.
    ///
    /// # Errors
    /// A query that is wrong.
    pub(super) fn of(run: &'a RunContext<'a>, full: &LabelGraph) -> Result<Self, Mistakes> {
        let rows = crate::diagnostics::collect(&run.graph_config.try_templates, |(name, template)| {
            let tasks = template.tasks.as_ref().map(|written| {
                let query = read_query(run, written)?;
                let selected = with_project(run, full, |universe, project| universe.select(&query, project))?;
                Ok::<_, Mistakes>(selected.tasks.into_keys().collect())
            });
            let named = |message| format!("`try-templates.{name}` of config.yml: {message}");
            let tasks = tasks.transpose().map_err(|mistakes| {
                mistakes.map(|mistake| Diagnostic { message: named(mistake.message), ..mistake })
            })?;
            Ok((name.as_str(), Row { template, tasks }))
        })?;
        Ok(Self { rows: rows.into_iter().collect() })
    }

    /// Puts what a template is handed into a task.
    ///
    /// # Errors
    /// A name for which the tree has no template; a template that cannot be rendered, or that changes what it may not.
    pub(super) fn apply(
        &self,
        name: &str,
        input: &Node,
        task: &mut Task<Label>,
        is_target: bool,
    ) -> Result<(), Mistakes> {
        let Some(row) = self.rows.get(name) else { return Ok(self.built_in(name, input, task)?) };
        if row.tasks.as_ref().is_some_and(|tasks| !tasks.contains(&task.label)) {
            return Ok(());
        }
        let context = context(input, task, is_target)?;
        let render = |template: &Option<Node>| template.as_ref().map(|node| rendered(name, node, &context)).transpose();
        let (definition, attributes) = (render(&row.template.task)?, render(&row.template.attributes)?);
        if let Some(over) = definition {
            let changed = merge(&task.definition, &over);
            let span = row.template.task.as_ref().map_or(Span::NONE, |template| template.span);
            refuse_fixed(name, &task.definition, &changed).map_err(|mistake| mistake.at(span))?;
            task.definition = changed;
        }
        if let Some(over) = attributes {
            task.attributes = merge(&task.attributes, &over);
        }
        Ok(())
    }

    /// What has the same place in every tree.
    fn built_in(&self, name: &str, input: &Node, task: &mut Task<Label>) -> Result<(), Diagnostic> {
        match name {
            "env" => {
                let payload = task.definition.get_mut("payload").and_then(Node::as_map_mut);
                if let Some(environment) = payload.and_then(|payload| payload.get_mut("env")?.as_map_mut()) {
                    environment.extend(input.as_map().cloned().unwrap_or_default());
                }
            }
            "priority" => {
                task.definition.insert("priority", input.clone());
            }
            "no-retry" => {
                task.definition.insert("retries", Node::new(0));
            }
            _ => return Err(self.missing(name)),
        }
        Ok(())
    }

    fn missing(&self, name: &str) -> Diagnostic {
        let mut mistake = Diagnostic::error(format!("config.yml does not say where `{name}` goes in a task"));
        mistake.help =
            suggest(name, self.rows.keys().copied()).or_else(|| Some(format!("`try-templates.{name}` can say it")));
        mistake
    }
}

fn context(input: &Node, task: &Task<Label>, is_target: bool) -> Result<Value, Diagnostic> {
    let value = |node: &Node| serde_json::to_value(node).map_err(|error| Diagnostic::error(error.to_string()));
    Ok(json!({
        "input": value(input)?,
        "label": task.label.as_str(),
        "kind": task.kind.as_str(),
        "is_target": is_target,
        "attributes": value(&Node::new(task.attributes.clone()))?,
        "task": value(&Node::new(task.definition.clone()))?,
    }))
}

fn rendered(name: &str, template: &Node, context: &Value) -> Result<Map, Diagnostic> {
    let refused = |why: String| Diagnostic::error(format!("`try-templates.{name}`: {why}")).at(template.span);
    let value = serde_json::to_value(template).map_err(|error| refused(error.to_string()))?;
    let rendered = json::render(&value, context).map_err(|error| refused(error.to_string()))?;
    let rendered = yaml::write(&rendered);
    rendered.as_map().cloned().ok_or_else(|| refused(format!("it is rendered as {}", rendered.type_name())))
}

fn refuse_fixed(name: &str, before: &Map, after: &Map) -> Result<(), Diagnostic> {
    match FIXED.iter().find(|key| before.get(key) != after.get(key)) {
        Some(key) => {
            Err(Diagnostic::error(format!("`try-templates.{name}` changes `{key}`, which no push may ask for")))
        }
        None => Ok(()),
    }
}
