//! A kind's stubs on their way through its transforms.

use crate::diagnostics::{Diagnostic, Mistakes, collect, nearest};
use crate::generate::context::KindContext;
use crate::generate::shared::parallel;
use crate::generate::shared::text::Text;
use crate::generate::transforms::{Apply, Transform};
use crate::model::Stub;

/// The transforms of those names.
///
/// # Errors
/// Names that are none of ours; all of them.
pub(super) fn resolve(names: &[Text], table: &[Transform]) -> Result<Vec<Transform>, Mistakes> {
    collect(names, |name| {
        let full = full_name(name.as_str());
        let known = table.iter().find(|transform| transform.name == full);
        known.copied().ok_or_else(|| unknown(name, &full, table).into())
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
        None => "this version runs no transforms of the tree's own, neither Starlark nor Python".to_owned(),
    };
    Diagnostic::error(format!("unknown transform `{}`", name.as_str())).at(name.span()).help(help)
}

/// Whether a name is plainly one of the tree's own: their packages are called `<project>_taskgraph` by custom, which a
/// name of ours is all too near to.
pub(super) fn is_own(name: &str) -> bool {
    name.split('.').next().is_some_and(|package| package.ends_with("_taskgraph") && package != "mozilla_taskgraph")
}

/// Takes the stubs through the transforms, one transform after the other.
///
/// The reference takes one task through all transforms before the next; that shows only where transforms share
/// state, and ours share none. A stub that a transform refuses goes no further; the others do, so that the mistakes
/// of all tasks are told at once, after those that were met before.
pub(super) fn run(
    kind: &KindContext<'_>,
    transforms: &[Transform],
    (mut stubs, mut mistakes): (Vec<Stub>, Mistakes),
) -> (Vec<Stub>, Mistakes) {
    for transform in transforms {
        stubs = match transform.apply {
            Apply::Each(each) => run_each(kind, each, stubs, &mut mistakes),
            Apply::Whole(whole) => {
                let (stubs, more) = whole(kind, stubs);
                mistakes.extend(more.0);
                stubs
            }
        };
    }
    (stubs, mistakes)
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
