//! Loaders: what makes the first stubs of a kind, and which transforms they go through.
//!
//! Source: `taskgraph.loader` of the reference.

use super::chain::Start;
use super::foreign::may_be_python;
use super::kind::{Kind, is_entangled, read_document};
use crate::diagnostics::{Diagnostic, Mistakes, collect, gather, nearest};
use crate::generate::context::{KindContext, RunContext};
use crate::generate::shared::merge::merge;
use crate::generate::shared::text::Text;
use crate::generate::starlark;
use crate::model::Stub;
use crate::script::InTreeCode;
use crate::script::starlark::Name;
use crate::yaml::{Map, Node};

/// A way to make the first stubs.
#[derive(Clone, Debug)]
pub(super) enum Loader {
    /// Stubs from `tasks` and `tasks-from`, then the kind's own transforms.
    Transform,
    /// The same, and after them [`DEFAULT_TRANSFORMS`].
    Default,
    /// One of the tree's own, by name, which makes the kind whole.
    InTree(String),
    /// A program of the tree, whose stubs go through the kind's own transforms.
    Starlark(Text),
}

/// The loader of kinds that name none: it adds transforms of its own.
pub const DEFAULT_LOADER: &str = "taskgraph.loader.default:loader";
/// The loader that adds nothing.
pub const TRANSFORM_LOADER: &str = "taskgraph.loader.transform:loader";

/// Each loader by its name in `kind.yml`.
const LOADERS: &[(&str, Loader)] = &[(DEFAULT_LOADER, Loader::Default), (TRANSFORM_LOADER, Loader::Transform)];

/// Whether a loader of that name is ours.
pub(super) fn is_loader(name: &str) -> bool {
    LOADERS.iter().any(|(known, _)| *known == name)
}

/// What the default loader adds to a kind's transforms.
pub const DEFAULT_TRANSFORMS: [&str; 2] =
    ["taskgraph.transforms.run:transforms", "taskgraph.transforms.task:transforms"];

impl Loader {
    /// The loader a kind asks for.
    ///
    /// # Errors
    /// A name that is none of ours.
    pub(super) fn of(kind: &Kind, code: &dyn InTreeCode) -> Result<Self, Diagnostic> {
        let Some(name) = &kind.file.loader else { return Ok(Self::Default) };
        if let Some((_, loader)) = LOADERS.iter().find(|(known, _)| *known == name.as_str()) {
            return Ok(loader.clone());
        }
        if Name::parse(name.as_str()).is_some() {
            return Ok(Self::Starlark(name.clone()));
        }
        if code.runs_steps() && may_be_python(name.as_str()) {
            return Ok(Self::InTree(name.as_str().to_owned()));
        }
        Err(unknown(name))
    }

    /// The stubs that the kind begins with.
    pub(super) fn start(&self, context: &KindContext<'_>, kind: &Kind) -> Start {
        let Self::Starlark(name) = self else { return stubs(context.run, kind, self.name()) };
        let (stubs, mistakes) = starlark::load(context, name);
        Start { loader: self.name(), stubs, mistakes, is_entangled: false }
    }

    /// Its name.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Default => DEFAULT_LOADER,
            Self::Transform | Self::InTree(_) | Self::Starlark(_) => TRANSFORM_LOADER,
        }
    }

    /// The names of the transforms, in order, with `:transforms` where none was given.
    ///
    /// # Errors
    /// A kind that names none where it must, or names what the loader adds itself.
    pub(super) fn transforms(&self, kind: &Kind) -> Result<Vec<Text>, Mistakes> {
        let own = kind.file.transforms.as_deref();
        match (self, own) {
            (Self::Transform | Self::Starlark(_), None) => {
                let message = format!("kind `{}` has no `transforms`, which its loader needs", kind.name);
                Err(Diagnostic::error(message).at(kind.span).into())
            }
            (Self::Transform | Self::Starlark(_), Some(own)) => Ok(own.to_vec()),
            (Self::InTree(_), own) => Ok(own.unwrap_or_default().to_vec()),
            (Self::Default, own) => {
                let own = collect(own.unwrap_or_default(), |name| Ok(not_default(name)?))?;
                Ok(own.into_iter().cloned().chain(DEFAULT_TRANSFORMS.map(Text::from)).collect())
            }
        }
    }
}

fn not_default(name: &Text) -> Result<&Text, Diagnostic> {
    if DEFAULT_TRANSFORMS.contains(&name.as_str()) {
        let message = format!("transform `{}` is already added by the default loader", name.as_str());
        return Err(Diagnostic::error(message)
            .at(name.span())
            .help("leave it out, or choose `loader: taskgraph.loader.transform:loader`"));
    }
    Ok(name)
}

fn unknown(name: &Text) -> Diagnostic {
    let near = nearest(name.as_str(), LOADERS.iter().map(|(known, _)| *known));
    let help = near.map_or_else(
        || "a loader is one of ours, or `path.star:name` for one of the tree's own".to_owned(),
        |near| format!("did you mean `{near}`?"),
    );
    Diagnostic::error(format!("unknown loader `{}`", name.as_str())).at(name.span()).help(help)
}

/// The stubs of a kind: those of its `kind.yml`, then those of each file in `tasks-from`, in the order written; with
/// all mistakes beside them: files that cannot be read, and tasks that are no mappings.
fn stubs(run: &RunContext<'_>, kind: &Kind, loader: &'static str) -> Start {
    let mut start = Start { loader, stubs: Vec::new(), mistakes: Mistakes::default(), is_entangled: kind.is_entangled };
    let defaults = match defaults_of(kind.file.task_defaults.as_ref()) {
        Ok(defaults) => defaults,
        Err(mistake) => return Start { mistakes: mistake.into(), ..start },
    };
    let (empty, mistakes) = (Node::empty_map(), &mut start.mistakes);
    start.stubs = stubs_of(kind.file.tasks.as_ref().unwrap_or(&empty), defaults, &"kind.yml".into(), mistakes);
    for file in kind.file.tasks_from.iter().flatten() {
        if let Err(more) = stubs_of_file(run, kind, file, defaults, &mut start) {
            start.mistakes.extend(more.0);
        }
    }
    start
}

/// A mapping with defaults in it, else nothing.
fn defaults_of(node: Option<&Node>) -> Result<Option<&Map>, Diagnostic> {
    match node.filter(|node| node.is_truthy()) {
        None => Ok(None),
        Some(node) => node.mapping("task-defaults").map(Some),
    }
}

/// The file's own `task-defaults` lie over the kind's.
fn stubs_of_file(
    run: &RunContext<'_>,
    kind: &Kind,
    file: &Text,
    kind_defaults: Option<&Map>,
    start: &mut Start,
) -> Result<(), Mistakes> {
    let at_name = |mut mistakes: Mistakes| {
        mistakes.0.iter_mut().for_each(|mistake| mistake.span = mistake.span.or(file.span()));
        mistakes
    };
    let mut tasks = read_document(run, &kind.path.join(file.as_str())).map_err(at_name)?;
    start.is_entangled |= is_entangled(&tasks);
    let own = tasks.as_map_mut().and_then(|tasks| tasks.remove("task-defaults"));
    let own = defaults_of(own.as_ref())?;
    let merged = match (kind_defaults, own) {
        (Some(kinds), Some(own)) => Some(merge(kinds, own)),
        (kinds, own) => kinds.or(own).cloned(),
    };
    let stubs = stubs_of(&tasks, merged.as_ref(), file, &mut start.mistakes);
    start.stubs.extend(stubs);
    Ok(())
}

/// One stub for each entry of a mapping of name → task.
fn stubs_of(tasks: &Node, defaults: Option<&Map>, task_from: &Text, mistakes: &mut Mistakes) -> Vec<Stub> {
    let Some(tasks) = tasks.as_map() else {
        let message = format!("expected tasks as a mapping of name to task, found {}", tasks.type_name());
        mistakes.extend([Diagnostic::error(message).at(tasks.span.or(task_from.span()))]);
        return Vec::new();
    };
    // In the reference every task has its own copy of the defaults, and that does not keep what is shared in them.
    let defaults = defaults.map(|defaults| Node::new(defaults.clone()).unshared());
    let defaults = defaults.as_ref().and_then(Node::as_map);
    let (stubs, more) = gather(tasks, |(name, task)| Ok(stub_of(name, task, defaults, task_from)?));
    mistakes.extend(more.0);
    stubs
}

fn stub_of(name: &Node, task: &Node, defaults: Option<&Map>, task_from: &Text) -> Result<Stub, Diagnostic> {
    let place = name.span.or(task.span);
    let mut stub = Stub::from_node(task.clone()).map_err(|mistake| mistake.at(place))?;
    if let Some(defaults) = defaults {
        stub.body = merge(defaults, &stub.body);
    }
    stub.body.insert("task-from", task_from.as_str());
    stub.body.insert("name", name.clone());
    stub.span = place;
    Ok(stub)
}
