//! Calling what a tree registered.

use std::collections::BTreeSet;

use starlark::eval::Evaluator;
use starlark::values::dict::AllocDict;
use starlark::values::list::AllocList;
use starlark::values::structs::AllocStruct;
use starlark::values::{OwnedFrozenValue, Value};

use super::config::{config_value, graph_config_value, params_value};
use super::host::task_value;
use super::register::{mistake, registry};
use super::services::{OfKind, OfRun};
use crate::diagnostics::{Diagnostic, Mistakes, Span};
use crate::generate::context::{KindContext, RunContext};
use crate::model::{Label, LabelGraph};
use crate::script::Point;
use crate::script::starlark::{Limits, Services, evaluate, to_node, to_value};
use crate::yaml::Node;

/// Something that a tree registered.
pub struct Hook<'a> {
    run: RunContext<'a>,
    function: OwnedFrozenValue,
    named: Span,
}

/// One thing that a function is given.
#[derive(Clone, Copy)]
pub enum Argument<'a> {
    /// What a kind's functions see.
    Config(&'a KindContext<'a>),
    /// A document, which the function may change.
    Document(&'a Node),
    /// A task.
    Task(&'a Node),
    /// Tasks.
    Tasks(&'a [Node]),
    /// A graph: `graph.tasks` by label.
    Graph(&'a LabelGraph),
    /// The parameters.
    Parameters,
    /// The `config.yml`.
    GraphConfig,
}

/// What a function left behind.
#[derive(Clone, Debug, Default)]
pub struct Answer {
    /// What it returned.
    pub returned: Node,
    /// The documents among its arguments as it left them, in order.
    pub documents: Vec<Node>,
}

/// What the tree registered for something under a name that is written at `named`.
///
/// # Errors
/// A `register` function that fails.
pub fn hook<'a>(run: &RunContext<'a>, point: Point, name: &str, named: Span) -> Result<Option<Hook<'a>>, Mistakes> {
    let found = registry(run)?.get(point.name(), name, "function");
    Ok(found.map(|function| Hook { run: *run, function, named }))
}

/// The names that the tree registered for something.
///
/// # Errors
/// A `register` function that fails.
pub fn names<'a>(run: &RunContext<'a>, point: Point) -> Result<Vec<&'a str>, Mistakes> {
    Ok(registry(run)?.names(point.name()))
}

impl Hook<'_> {
    /// Calls it, for a kind.
    ///
    /// # Errors
    /// What it fails with.
    pub fn call_for(&self, kind: &KindContext<'_>, arguments: &[Argument<'_>]) -> Result<Answer, Mistakes> {
        let services = OfKind::new(kind)?;
        self.ask(&services, arguments)
    }

    /// Calls it.
    ///
    /// # Errors
    /// What it fails with.
    pub fn call(&self, arguments: &[Argument<'_>]) -> Result<Answer, Mistakes> {
        self.ask(&OfRun(&self.run), arguments)
    }

    /// Calls it for labels of a graph.
    ///
    /// # Errors
    /// What it fails with, and anything returned that is no label.
    pub fn choose(&self, graph: &LabelGraph) -> Result<BTreeSet<Label>, Mistakes> {
        let answer = self.call(&[Argument::Graph(graph), Argument::Parameters, Argument::GraphConfig])?;
        let wrong = |found: &Node| {
            let message = format!("a list of labels was to be returned, and {} was", found.type_name());
            Diagnostic::error(message).at(self.named)
        };
        let labels = answer.returned.as_list().ok_or_else(|| wrong(&answer.returned))?;
        crate::diagnostics::collect(labels, |label| Ok(label.as_str().map(Label::from).ok_or_else(|| wrong(label))?))
            .map(|labels| labels.into_iter().filter(|label| graph.contains(label)).collect())
    }

    /// Calls it for each task with the argument of its strategy; the labels of those that may be left out.
    pub(super) fn decide(&self, tasks: &[(Label, Node, Node)]) -> Result<BTreeSet<Label>, Mistakes> {
        evaluate(Limits::for_tasks(tasks.len()), &OfRun(&self.run), |eval| {
            let failed = |error: starlark::Error| mistake(&self.run, &error, self.named);
            let function = eval.heap().access_owned_frozen_value(&self.function);
            let parameters = params_value(eval, &self.run).map_err(failed)?;
            let mut chosen = BTreeSet::new();
            for (label, task, argument) in tasks {
                let mut may_go = || {
                    let arguments = [task_value(eval, task)?, parameters, to_value(eval, argument)?];
                    Ok(eval.eval_function(function, &arguments, &[])?.to_bool())
                };
                if may_go().map_err(|error| failed(error).in_task(label.as_str()))? {
                    chosen.insert(label.clone());
                }
            }
            Ok(chosen)
        })
    }

    fn ask(&self, services: &(dyn Services + Sync), arguments: &[Argument<'_>]) -> Result<Answer, Mistakes> {
        let tasks = arguments.iter().map(|argument| argument.tasks()).sum();
        evaluate(Limits::for_tasks(tasks), services, |eval| {
            let answer = self.answer(eval, arguments);
            answer.map_err(|error| mistake(&self.run, &error, self.named).into())
        })
    }

    fn answer(&self, eval: &mut Evaluator<'_, '_, '_>, arguments: &[Argument<'_>]) -> starlark::Result<Answer> {
        let values = arguments.iter().map(|argument| argument.value(eval, &self.run));
        let values = values.collect::<starlark::Result<Vec<_>>>()?;
        let function = eval.heap().access_owned_frozen_value(&self.function);
        let returned = eval.eval_function(function, &values, &[])?;
        let documents = arguments.iter().zip(&values).filter(|(argument, _)| matches!(argument, Argument::Document(_)));
        Ok(Answer {
            returned: to_node(eval, returned)?,
            documents: documents.map(|(_, value)| to_node(eval, *value)).collect::<starlark::Result<_>>()?,
        })
    }
}

impl Argument<'_> {
    /// How many tasks it is, for the limits.
    fn tasks(&self) -> usize {
        match self {
            Self::Graph(graph) => graph.len(),
            Self::Tasks(tasks) => tasks.len(),
            _ => 1,
        }
    }

    fn value<'v>(&self, eval: &Evaluator<'v, '_, '_>, run: &RunContext<'_>) -> starlark::Result<Value<'v>> {
        let heap = eval.heap();
        match self {
            Self::Config(kind) => config_value(eval, kind),
            Self::Document(document) => to_value(eval, document),
            Self::Task(task) => task_value(eval, task),
            Self::Tasks(tasks) => {
                let tasks = tasks.iter().map(|task| task_value(eval, task)).collect::<starlark::Result<Vec<_>>>()?;
                Ok(heap.alloc(AllocList(tasks)))
            }
            Self::Graph(graph) => {
                let entry = |label: &Label| {
                    let task = graph.get(label).map(|task| Node::new(task.to_document(label))).unwrap_or_default();
                    Ok((label.as_str().to_owned(), task_value(eval, &task)?))
                };
                let tasks = graph.keys().map(entry).collect::<starlark::Result<Vec<_>>>()?;
                Ok(heap.alloc(AllocStruct([("tasks", heap.alloc(AllocDict(tasks)))])))
            }
            Self::Parameters => params_value(eval, run),
            Self::GraphConfig => graph_config_value(eval, run),
        }
    }
}
