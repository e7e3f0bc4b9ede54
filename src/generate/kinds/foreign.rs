//! What kinds name that is not ours: code of the tree's own, or of packages.

use std::collections::BTreeSet;

use super::chain::{self, full_name, is_own, module_of};
use super::kind::Kind;
use super::kind_graph::Kinds;
use super::loader::{Loader, is_loader};
use crate::diagnostics::nearest;
use crate::generate::context::RunContext;
use crate::generate::shared::text::Text;
use crate::generate::transforms::Transform;
use crate::script::Need;
use crate::script::starlark::Name;

/// The first part of every name of ours. What begins with it and is not ours is a mistake.
const OURS: &str = "taskgraph.";

/// Every loader and transform that is not ours, and not nearly one of ours either.
#[must_use]
pub fn foreign(kinds: &Kinds, table: &[Transform]) -> Vec<Need> {
    kinds.kinds.values().flat_map(|kind| of_kind(kind, table)).collect()
}

/// The modules that kinds name code in, each once.
#[must_use]
pub fn modules(run: &RunContext<'_>, kinds: &Kinds, table: &[Transform]) -> Vec<String> {
    let of_kind = |kind: &Kind| match Loader::of(kind, run.code) {
        Ok(Loader::InTree(name)) => {
            let own = kind.file.transforms.iter().flatten().map(|name| module_of(name.as_str()));
            own.chain([module_of(&name)]).collect()
        }
        Ok(loader) => {
            let steps = loader.transforms(kind).and_then(|names| chain::resolve(run, &names, table));
            steps.map(|steps| chain::modules(&steps)).unwrap_or_default()
        }
        Err(_) => Vec::new(),
    };
    let found: BTreeSet<String> = kinds.kinds.values().flat_map(of_kind).collect();
    found.into_iter().collect()
}

fn of_kind<'a>(kind: &'a Kind, table: &'a [Transform]) -> impl Iterator<Item = Need> + 'a {
    let loader = kind.file.loader.iter().filter(|name| !is_loader(name.as_str()) && may_be_python(name.as_str()));
    let transforms = kind.file.transforms.iter().flatten().filter(|name| is_foreign(name, table));
    let need = |name: &Text| Need { what: format!("kind `{}` uses `{}`", kind.name, name.as_str()), span: name.span() };
    loader.chain(transforms).map(need)
}

/// The transform of `mozilla_taskgraph` that is left to Python; its name is near to those of ours, and no slip.
const REPLICATE: &str = "mozilla_taskgraph.transforms.replicate:transforms";

/// Whether a name is code of the tree's own or of a package, and not nearly one of ours.
pub(super) fn is_foreign(name: &Text, table: &[Transform]) -> bool {
    let full = full_name(name.as_str());
    let is_known = table.iter().any(|transform| transform.name == full);
    let is_slip = || {
        !is_own(&full) && full != REPLICATE && nearest(&full, table.iter().map(|transform| transform.name)).is_some()
    };
    !is_known && may_be_python(name.as_str()) && !is_slip()
}

/// Whether a name could be that of something in a Python module: `module.name:object`.
pub(super) fn may_be_python(name: &str) -> bool {
    let is_word = |word: &str| {
        let mut letters = word.chars();
        letters.next().is_some_and(|letter| letter.is_alphabetic() || letter == '_')
            && letters.all(|letter| letter.is_alphanumeric() || letter == '_')
    };
    !name.starts_with(OURS)
        && Name::parse(name).is_none()
        && name.splitn(2, ':').flat_map(|part| part.split('.')).all(is_word)
}
