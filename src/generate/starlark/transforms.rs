//! A transform in a chain that is a program of the tree.

use starlark::eval::Evaluator;
use starlark::values::list::ListRef;
use starlark::values::structs::StructRef;
use starlark::values::tuple::TupleRef;
use starlark::values::{OwnedFrozenValue, Value};

use super::config::config_value;
use super::host::{SCHEMA, Schema};
use super::services::OfKind;
use crate::diagnostics::{Diagnostic, Mistakes, Span};
use crate::generate::context::{KindContext, RunContext};
use crate::generate::shared::text::Text;
use crate::model::Stub;
use crate::script::starlark::{Limits, Name, evaluate, is_exhausted, to_node, to_value};
use crate::yaml::{Node, Value as Document};

/// How many tasks are in one heap where they are transformed one by one.
const BATCH: usize = 500;

/// What a `kind.yml` names as `path.star:object`.
#[derive(Debug)]
pub struct Program {
    steps: Vec<Step>,
    name: Text,
}

/// One thing that is done to the tasks of a kind.
#[derive(Debug)]
enum Step {
    /// A function of all tasks.
    Whole(OwnedFrozenValue),
    /// A function of one task.
    Each(OwnedFrozenValue),
    /// A schema that every task must fulfil.
    Check(Schema),
}

impl Program {
    /// What a program has under a name.
    ///
    /// # Errors
    /// A program that is not there or is wrong, or has something else under the name.
    pub fn find(run: &RunContext<'_>, name: &Text, parts: Name<'_>) -> Result<Self, Mistakes> {
        let found = super::find(run, parts, name.span())?;
        let mut steps = Vec::new();
        collect_steps(&found, &mut steps).map_err(|kind| {
            let message = format!("`{}` is a {kind}, and no transform", name.as_str());
            Diagnostic::error(message)
                .at(name.span())
                .help("a transform is a function, `each(function)`, a schema, or a list of those")
        })?;
        Ok(Self { steps, name: name.clone() })
    }

    /// Its name, as the `kind.yml` gives it.
    #[must_use]
    pub fn name(&self) -> &str {
        self.name.as_str()
    }

    /// Takes the stubs of a kind through it. A stub that is refused goes no further.
    #[must_use]
    pub fn apply(&self, kind: &KindContext<'_>, mut stubs: Vec<Stub>) -> (Vec<Stub>, Mistakes) {
        let mut mistakes = Mistakes::default();
        let services = match OfKind::new(kind) {
            Ok(services) => services,
            Err(mistake) => return (Vec::new(), mistake.into()),
        };
        for step in &self.steps {
            let (changed, more) = match step {
                Step::Whole(function) => self.whole(kind, &services, function, &stubs),
                Step::Each(function) => self.each(kind, &services, function, &stubs),
                Step::Check(schema) => crate::diagnostics::gather(stubs, |stub| {
                    let checked = schema.check(&stub.to_node());
                    checked.map_err(|mistakes| mistakes.map(|mistake| stub.origin().locate(mistake)))?;
                    Ok(stub)
                }),
            };
            stubs = changed;
            mistakes.extend(more.0);
        }
        (stubs, mistakes)
    }

    fn whole(
        &self,
        kind: &KindContext<'_>,
        services: &OfKind<'_>,
        function: &OwnedFrozenValue,
        stubs: &[Stub],
    ) -> (Vec<Stub>, Mistakes) {
        let made = evaluate(Limits::for_tasks(stubs.len()), services, |eval| {
            let mut call = || {
                let tasks: Node = stubs.iter().map(Stub::to_node).collect();
                let arguments = [config_value(eval, kind)?, to_value(eval, &tasks)?];
                let function = eval.heap().access_owned_frozen_value(function);
                let made = eval.eval_function(function, &arguments, &[])?;
                let made = items(made).ok_or_else(|| not_tasks(made))?;
                made.into_iter().map(|task| to_node(eval, task)).collect::<starlark::Result<Vec<Node>>>()
            };
            call().map_err(|error| self.mistake(kind, &error))
        });
        match made {
            Ok(nodes) => crate::diagnostics::gather(nodes, |node| Ok(stub(node, Span::NONE)?)),
            Err(mistake) => (Vec::new(), mistake.into()),
        }
    }

    fn each(
        &self,
        kind: &KindContext<'_>,
        services: &OfKind<'_>,
        function: &OwnedFrozenValue,
        stubs: &[Stub],
    ) -> (Vec<Stub>, Mistakes) {
        let (mut changed, mut mistakes) = (Vec::with_capacity(stubs.len()), Mistakes::default());
        for batch in stubs.chunks(BATCH) {
            let is_over = evaluate(Limits::for_tasks(batch.len()), services, |eval| {
                let config = match config_value(eval, kind) {
                    Ok(config) => config,
                    Err(error) => {
                        mistakes.extend([self.mistake(kind, &error)]);
                        return true;
                    }
                };
                let function = eval.heap().access_owned_frozen_value(function);
                for stub in batch {
                    let made = one(eval, function, config, stub).map_err(|error| self.mistake(kind, &error).into());
                    let made = made.and_then(|nodes: Vec<Node>| stubs_of(nodes, stub.span));
                    match made {
                        Ok(made) => changed.extend(made),
                        Err(more) => mistakes.extend(more.map(|mistake| stub.origin().locate(mistake)).0),
                    }
                    // What is used up stays used up; the other tasks would fail for it.
                    if is_exhausted(eval) {
                        return true;
                    }
                }
                false
            });
            if is_over {
                break;
            }
        }
        (changed, mistakes)
    }

    /// An error as a mistake, which says for which kind the program was called.
    fn mistake(&self, kind: &KindContext<'_>, error: &starlark::Error) -> Diagnostic {
        let told = kind.memo.modules.diagnostic(error);
        let place = told.span.or(self.name.span());
        told.at(place).related(self.name.span(), format!("kind `{}` uses it here", kind.kind))
    }
}

fn stubs_of(nodes: Vec<Node>, span: Span) -> Result<Vec<Stub>, Mistakes> {
    crate::diagnostics::collect(nodes, |node| Ok(stub(node, span)?))
}

/// The steps of a value, or what kind of value it is if it is none.
fn collect_steps(value: &OwnedFrozenValue, steps: &mut Vec<Step>) -> Result<(), String> {
    let own = |part: Value<'_>| value.map(|_| part.unpack_frozen().expect("what a frozen value holds is frozen"));
    let inner = value.value();
    if inner.get_type() == "function" {
        steps.push(Step::Whole(value.clone()));
    } else if let Some(fields) = StructRef::from_value(inner) {
        let field = |wanted: &str| fields.iter().find(|(name, _)| name.as_str() == wanted).map(|(_, value)| value);
        match (field("each"), field(SCHEMA).and_then(Value::unpack_str)) {
            (Some(function), _) => steps.push(Step::Each(own(function))),
            (None, Some(text)) => steps.push(Step::Check(Schema::parse(text)?)),
            (None, None) => return Err("struct".to_owned()),
        }
    } else if let Some(list) = items(inner) {
        list.into_iter().try_for_each(|item| collect_steps(&own(item), steps))?;
    } else {
        return Err(inner.get_type().to_owned());
    }
    Ok(())
}

/// What a list or tuple holds.
fn items(value: Value<'_>) -> Option<Vec<Value<'_>>> {
    let list = ListRef::from_value(value).map(|list| list.content().to_vec());
    list.or_else(|| TupleRef::from_value(value).map(|tuple| tuple.content().to_vec()))
}

fn not_tasks(value: Value<'_>) -> starlark::Error {
    let found = value.get_type();
    starlark::Error::new_other(anyhow::anyhow!(
        "a transform returns a list of tasks, and this one returned a value of type `{found}`"
    ))
}

/// The tasks that a function makes of one.
fn one<'v>(
    eval: &mut Evaluator<'v, '_, '_>,
    function: Value<'v>,
    config: Value<'v>,
    stub: &Stub,
) -> starlark::Result<Vec<Node>> {
    let task = to_value(eval, &stub.to_node())?;
    let made = eval.eval_function(function, &[config, task], &[])?;
    if made.is_none() {
        let message = "the function returned nothing: it returns the task, a list of tasks, or `[]` for none";
        return Err(starlark::Error::new_other(anyhow::anyhow!(message)));
    }
    items(made).unwrap_or_else(|| vec![made]).into_iter().map(|task| to_node(eval, task)).collect()
}

/// A stub of what a program returned; where that is new, its name was written where the task was.
fn stub(node: Node, span: Span) -> Result<Stub, Diagnostic> {
    let named = node.get("name").map(|name| name.span).unwrap_or_default();
    let place = node.span.or(named).or(span);
    if !matches!(node.value, Document::Map(_)) {
        let message = format!("a transform returns tasks (mappings), and this one returned {}", node.type_name());
        return Err(Diagnostic::error(message).at(place));
    }
    Stub::from_node(node.at(place))
}
