//! A kind's stubs on their way through its transforms.

use super::foreign::is_foreign;
use super::registered;
use crate::diagnostics::{Diagnostic, Mistakes, collect, nearest};
use crate::generate::context::{KindContext, RunContext};
use crate::generate::shared::parallel;
use crate::generate::shared::text::Text;
use crate::generate::starlark::Program;
use crate::generate::transforms::{Apply, Transform};
use crate::model::Stub;
use crate::script::starlark::Name;
use crate::script::{Error, KindCode};

/// One thing in a chain.
#[derive(Debug)]
pub(super) enum Step {
    /// A transform of ours.
    Native(Transform),
    /// One of the tree's own, by its full name.
    Python(String),
    /// A program of the tree.
    Starlark(Program),
}

/// What those names stand for, in order.
///
/// # Errors
/// Names that are none of ours, and that nobody runs; all of them.
pub(super) fn resolve(run: &RunContext<'_>, names: &[Text], table: &[Transform]) -> Result<Vec<Step>, Mistakes> {
    collect(names, |name| {
        if let Some(parts) = Name::parse(name.as_str()) {
            return Program::find(run, name, parts).map(Step::Starlark);
        }
        let full = full_name(name.as_str());
        if let Some(known) = table.iter().find(|transform| transform.name == full) {
            return Ok(Step::Native(*known));
        }
        if run.code.runs_steps() && is_foreign(name, table) {
            return Ok(Step::Python(full));
        }
        Err(unknown(name, &full, table).into())
    })
}

/// A module alone means its `transforms`.
pub(super) fn full_name(name: &str) -> String {
    if name.contains(':') { name.to_owned() } else { format!("{name}:transforms") }
}

fn unknown(name: &Text, full: &str, table: &[Transform]) -> Diagnostic {
    let near = if is_own(full) { None } else { nearest(full, table.iter().map(|transform| transform.name)) };
    let help = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => "a transform is one of ours, or `path.star:name` for one of the tree's own".to_owned(),
    };
    Diagnostic::error(format!("unknown transform `{}`", name.as_str())).at(name.span()).help(help)
}

/// Whether a name is plainly one of the tree's own: their packages are called `<project>_taskgraph` by custom, which a
/// name of ours is all too near to.
pub(super) fn is_own(name: &str) -> bool {
    name.split('.').next().is_some_and(|package| package.ends_with("_taskgraph") && package != "mozilla_taskgraph")
}

/// The stubs that a kind begins with.
pub(super) struct Start {
    /// What makes them, by name.
    pub(super) loader: &'static str,
    /// The stubs.
    pub(super) stubs: Vec<Stub>,
    /// What is wrong with others.
    pub(super) mistakes: Mistakes,
    /// Whether parts of them are one and the same, through anchors.
    pub(super) is_entangled: bool,
}

/// Takes the stubs through the steps, one after the other. Neighbouring steps of the tree's own are one; steps of ours
/// that meet a name which the tree registered are its own, too.
///
/// The reference takes one task through all transforms before the next; that shows only where transforms share
/// state, and ours share none. A stub that a transform refuses goes no further; the others do, so that the mistakes
/// of all tasks are told at once, after those that were met before.
///
/// # Errors
/// In-tree code that failed as a whole; nothing comes of the kind then.
pub(super) fn run(kind: &KindContext<'_>, steps: &[Step], start: Start) -> Result<(Vec<Stub>, Mistakes), Error> {
    let Start { loader, mut stubs, mut mistakes, is_entangled } = start;
    // A program is nothing that the reference could take a kind through.
    let may_be_whole = !steps.iter().any(|step| matches!(step, Step::Starlark(_)));
    let mut python: Option<Box<dyn KindCode + '_>> = None;
    let mut at = 0;
    while at < steps.len() {
        if let Step::Native(transform) = &steps[at]
            && !registered::meets(kind, transform.name, &stubs)
        {
            stubs = run_native(kind, transform, stubs, &mut mistakes);
            at += 1;
            continue;
        }
        if let Step::Starlark(program) = &steps[at] {
            let (made, more) = program.apply(kind, stubs);
            mistakes.extend(more.0);
            (stubs, at) = (made, at + 1);
            continue;
        }
        let end = at + 1 + reach(&steps[at + 1..]);
        let names: Vec<String> = steps[at..end].iter().map(Step::name).collect();
        let code = python.get_or_insert_with(|| kind.code.kind(kind.view()));
        if is_entangled
            && may_be_whole
            && let Some(stubs) = code.whole(loader)?
        {
            return Ok((stubs, mistakes));
        }
        let (made, more) = code.run(&names, stubs)?;
        if end < steps.len()
            && may_be_whole
            && code.is_entangled()
            && let Some(stubs) = code.whole(loader)?
        {
            return Ok((stubs, mistakes));
        }
        mistakes.extend(more.0);
        (stubs, at) = (made, end);
    }
    Ok((stubs, mistakes))
}

/// Steps of the reference that see all tasks of a kind before they let the first one go on.
const GATHERING: [&str; 2] = ["taskgraph.transforms.cached_tasks:transforms", "taskgraph.transforms.run:transforms"];

/// How many of the next steps go with one of the tree's own: others of its own, and such of ours between them as the
/// reference takes one task through after the other.
fn reach(next: &[Step]) -> usize {
    let goes_along = |step: &&Step| match step {
        Step::Python(_) => true,
        Step::Starlark(_) => false,
        Step::Native(native) => !GATHERING.contains(&native.name),
    };
    let along = next.iter().take_while(goes_along).count();
    next[..along].iter().rposition(|step| matches!(step, Step::Python(_))).map_or(0, |last| last + 1)
}

/// The modules that the tree's own steps of a chain are in, and those of ours that go along with them.
pub(super) fn modules(steps: &[Step]) -> Vec<String> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < steps.len() {
        let end = match &steps[at] {
            Step::Python(_) => at + 1 + reach(&steps[at + 1..]),
            Step::Native(_) | Step::Starlark(_) => at,
        };
        found.extend(steps[at..end].iter().map(|step| module_of(&step.name())));
        at = end.max(at + 1);
    }
    found
}

/// The module of `module:object`.
pub(super) fn module_of(name: &str) -> String {
    name.split(':').next().unwrap_or_default().to_owned()
}

impl Step {
    /// The name, with its object.
    fn name(&self) -> String {
        match self {
            Self::Native(transform) => transform.name.to_owned(),
            Self::Python(name) => name.clone(),
            Self::Starlark(program) => program.name().to_owned(),
        }
    }
}

fn run_native(kind: &KindContext<'_>, transform: &Transform, stubs: Vec<Stub>, mistakes: &mut Mistakes) -> Vec<Stub> {
    match transform.apply {
        Apply::Each(each) => run_each(kind, each, stubs, mistakes),
        Apply::Whole(whole) => {
            let (stubs, more) = whole(kind, stubs);
            mistakes.extend(more.0);
            stubs
        }
    }
}

fn run_each(
    kind: &KindContext<'_>,
    each: fn(&KindContext<'_>, Stub) -> Result<Vec<Stub>, Mistakes>,
    stubs: Vec<Stub>,
    mistakes: &mut Mistakes,
) -> Vec<Stub> {
    let (changed, more) = parallel::gather(kind, stubs, |kind, stub| {
        let origin = stub.origin();
        each(kind, stub).map_err(|mistakes| mistakes.map(|mistake| origin.locate(mistake)))
    });
    mistakes.extend(more.0);
    changed.into_iter().flatten().collect()
}
