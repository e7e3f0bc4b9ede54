//! What `-b` and `-p` say.

use std::collections::BTreeSet;

use super::options::{ALL, NONE, Options};
use super::said::Said;
use super::{has_no_job_name, run_everywhere};
use crate::diagnostics::{Diagnostic, Mistakes, nearest, quoted};
use crate::query::front_ends::Context;
use crate::query::{Field, Pattern, Query};

/// The kinds whose tasks count as builds.
const BUILD_KINDS: [&str; 6] = ["artifact-build", "build", "hazard", "l10n", "spidermonkey", "valgrind"];

/// The build platforms that `-p` names; none where it names `all`.
pub(super) struct Platforms(Option<BTreeSet<String>>);

impl Platforms {
    /// The platforms, with those that ride along.
    ///
    /// # Errors
    /// Names that are neither a build platform nor a test platform.
    pub(super) fn of(options: &Options, context: &Context<'_>, said: &Said<'_>) -> Result<Self, Mistakes> {
        if options.platforms == ALL {
            return Ok(Self(None));
        }
        let mut named: BTreeSet<String> = BTreeSet::new();
        for platform in options.platforms.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            named.insert(current_name(platform, options).to_owned());
            named.extend(context.ridealong_builds.get(platform).into_iter().flatten().cloned());
        }
        let unknown = named.iter().filter(|name| !said.platforms.contains(name.as_str()));
        Mistakes(unknown.map(|name| unknown_platform(name, &said.platforms)).collect()).or(Self(Some(named)))
    }

    /// The tasks of a query on these platforms.
    pub(super) fn narrow(&self, query: Query) -> Vec<Query> {
        let on = self
            .0
            .iter()
            .map(|names| Query::attribute("build_platform", names.iter().map(|name| Pattern::exact(name))));
        [query].into_iter().chain(on).collect()
    }
}

/// macOS is built as what is shipped, unless nothing is tested.
fn current_name<'n>(platform: &'n str, options: &Options) -> &'n str {
    let tests = [&options.unittests, &options.talos, &options.raptor];
    if platform == "macosx64" && tests.iter().any(|tests| *tests != NONE) { "macosx64-shippable" } else { platform }
}

fn unknown_platform(name: &str, known: &BTreeSet<&str>) -> Diagnostic {
    let mut mistake = Diagnostic::error(format!("the `try:` line: no task is built for or tested on `{name}`"));
    let near = nearest(name, known.iter().copied()).map(|near| format!("did you mean `{near}`?"));
    mistake.help = near.or_else(|| {
        let names: Vec<&str> = known.iter().copied().collect();
        (!names.is_empty()).then(|| format!("there are {}", quoted(&names)))
    });
    mistake
}

/// The tasks of the build types asked for; nothing where none is.
///
/// # Errors
/// A build type that no task has.
pub(super) fn of_types(options: &Options, said: &Said<'_>) -> Result<Option<Query>, Diagnostic> {
    const NAME: &str = "build_type";
    if options.build_types.is_empty() {
        return Ok(None);
    }
    let known = &said.build_types;
    if let Some(unknown) = options.build_types.iter().find(|wanted| !known.contains(*wanted)) {
        let mut mistake = Diagnostic::error(format!("the `try:` line: no task is built as `{unknown}`"));
        let names: Vec<&str> = known.iter().copied().collect();
        mistake.help = (!names.is_empty()).then(|| format!("there are {}", quoted(&names)));
        return Err(mistake);
    }
    Ok(Some(Query::attribute(NAME, options.build_types.iter().map(|name| Pattern::exact(name)))))
}

/// The builds of the types and platforms; on all platforms, those that run everywhere.
pub(super) fn query(options: &Options, platforms: &Platforms, said: &Said<'_>) -> Result<Query, Diagnostic> {
    let kinds: Vec<&str> = BUILD_KINDS.into_iter().filter(|kind| said.kinds.contains(kind)).collect();
    let Some(types) = of_types(options, said)?.filter(|_| !kinds.is_empty()) else { return Ok(Query::none()) };
    let builds = Query::field(Field::Kind, kinds.iter().map(|kind| Pattern::exact(kind)));
    let mut parts = platforms.narrow(Query::and([builds, types]));
    if platforms.0.is_none() {
        parts.push(run_everywhere());
    }
    Ok(has_no_job_name(Query::and(parts), said, &kinds))
}
