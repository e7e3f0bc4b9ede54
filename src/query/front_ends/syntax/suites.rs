//! Which tests run: those of the names asked for, as their tiers allow.

use std::collections::BTreeSet;

use super::builds::{Platforms, of_types};
use super::options::Options;
use super::tests_spec::{Tests, Wanted, parse};
use super::{TRY_NAMES, has_no_job_name, run_everywhere, text};
use crate::diagnostics::{Diagnostic, nearest};
use crate::model::{Label, LabelGraph, Task};
use crate::query::{Field, Pattern, Query};
use crate::yaml::Node;

/// The kind of tests.
const TEST: &str = "test";

/// The tests that `-u`, `-t` and `-r` ask for.
///
/// # Errors
/// A build type that no task has.
pub(super) fn query(
    options: &Options,
    platforms: &Platforms,
    graph: &LabelGraph,
    notes: &mut Vec<String>,
) -> Result<Query, Diagnostic> {
    let Some(types) = of_types(options, graph)? else { return Ok(Query::none()) };
    let mut asked = Vec::new();
    for (attribute, value) in TRY_NAMES.into_iter().zip([&options.unittests, &options.talos, &options.raptor]) {
        let suites = Suites::of(attribute, graph);
        let (tests, unknown) = parse(value, &suites.known, &suites.platforms);
        notes.extend(unknown.iter().map(|name| unknown_test(name, &suites.known)));
        asked.extend(suites.queries(&tests));
    }
    if asked.is_empty() {
        return Ok(Query::none());
    }
    let tests = Query::field(Field::Kind, [Pattern::exact(TEST)]);
    let parts = platforms.narrow(Query::and([tests, types])).into_iter().chain([Query::or(asked)]);
    Ok(has_no_job_name(Query::and(parts), graph, &[TEST]))
}

fn unknown_test(name: &str, known: &BTreeSet<&str>) -> String {
    let near = nearest(name, known.iter().copied()).map(|near| format!("; did you mean `{near}`?"));
    format!("the `try:` line: no test is called `{name}`{}", near.unwrap_or_default())
}

/// The tests of one attribute.
struct Suites<'a> {
    graph: &'a LabelGraph,
    attribute: &'static str,
    /// Their names.
    known: BTreeSet<&'a str>,
    /// Names of which there is a test of tier 1.
    of_tier_1: BTreeSet<&'a str>,
    /// All test platforms.
    platforms: BTreeSet<&'a str>,
}

impl<'a> Suites<'a> {
    fn of(attribute: &'static str, graph: &'a LabelGraph) -> Self {
        let tests = || graph.iter().filter_map(|(_, task)| Some((text(task, attribute)?, &**task)));
        let platforms = graph.iter().filter_map(|(_, task)| text(task, "test_platform"));
        Self {
            graph,
            attribute,
            known: tests().map(|(name, _)| name).collect(),
            of_tier_1: tests().filter(|(_, task)| tier(task) == 1).map(|(name, _)| name).collect(),
            platforms: platforms.map(|platform| platform.split('/').next().unwrap_or(platform)).collect(),
        }
    }

    /// A query for every way in which tests are wanted; names that are wanted in one way share it.
    fn queries(&self, tests: &Tests) -> Vec<Query> {
        let ways: BTreeSet<&Wanted> = tests.values().flatten().collect();
        let queries = ways.into_iter().map(|way| {
            let names = tests.iter().filter(|(_, ways)| ways.contains(way)).map(|(name, _)| name.as_str()).collect();
            self.query(way, &names)
        });
        queries.filter(|query| *query != Query::none()).collect()
    }

    fn query(&self, way: &Wanted, names: &BTreeSet<&str>) -> Query {
        let chunks = (!way.chunks.is_empty())
            .then(|| Query::attribute("test_chunk", way.chunks.iter().map(|chunk| Pattern::exact(chunk))));
        match &way.platforms {
            Some(platforms) => {
                let on = self.on(platforms);
                if on.is_empty() {
                    return Query::none();
                }
                let on = Query::attribute("test_platform", on);
                Query::and([self.named(names)].into_iter().chain(chunks).chain([on]))
            }
            None => {
                let by_tier = self.by_tier(way, names);
                if by_tier.is_empty() {
                    Query::none()
                } else {
                    Query::and(chunks.into_iter().chain([Query::or(by_tier)]))
                }
            }
        }
    }

    /// The tests of these names.
    fn named(&self, names: &BTreeSet<&str>) -> Query {
        let patterns = (*names != self.known).then(|| names.iter().map(|name| Pattern::exact(name)));
        Query::attribute(self.attribute, patterns.into_iter().flatten())
    }

    /// Test platforms, of which the part before `/` is one of these; `all` is every one.
    fn on(&self, platforms: &BTreeSet<String>) -> Vec<Pattern> {
        let tested = self.graph.iter().filter_map(|(_, task)| text(task, "test_platform"));
        let begin = |platform: &str| platform.split('/').next().is_some_and(|begin| platforms.contains(begin));
        let tested: BTreeSet<&str> = tested.filter(|platform| platforms.contains("all") || begin(platform)).collect();
        tested.into_iter().map(Pattern::exact).collect()
    }

    /// Where no platform is named: tests of tier 1 that run everywhere; others if their build is no better, or if
    /// there is no better test of the name.
    fn by_tier(&self, way: &Wanted, names: &BTreeSet<&str>) -> Vec<Query> {
        let (first, others): (BTreeSet<&str>, BTreeSet<&str>) =
            names.iter().partition(|name| self.of_tier_1.contains(**name));
        let of_other_tiers = || Query::field(Field::Tier, ["2", "3"].map(Pattern::exact));
        let mut queries = Vec::new();
        if !first.is_empty() {
            queries.push(Query::and([self.named(&first), run_everywhere(), !of_other_tiers()]));
        }
        if !others.is_empty() {
            queries.push(Query::and([self.named(&others), of_other_tiers()]));
        }
        let as_their_build = self.graph.iter().filter(|(_, task)| {
            let is_named = text(task, self.attribute).is_some_and(|name| first.contains(name));
            is_named && tier(task) != 1 && is_in(way, task) && self.is_as_its_build(task)
        });
        let labels: Vec<&Label> = as_their_build.map(|(label, _)| label).collect();
        if !labels.is_empty() {
            queries.push(Query::labels(labels));
        }
        queries
    }

    fn is_as_its_build(&self, task: &Task<Label>) -> bool {
        let build = task.dependency("build").and_then(|build| self.graph.get(build));
        build.is_some_and(|build| tier(task) <= tier(build))
    }
}

/// Whether a task is one of the chunks wanted.
fn is_in(way: &Wanted, task: &Task<Label>) -> bool {
    let chunk = task.attribute("test_chunk").map(|chunk| match chunk.as_i64() {
        Some(number) => number.to_string(),
        None => chunk.as_str().unwrap_or_default().to_owned(),
    });
    way.chunks.is_empty() || chunk.is_some_and(|chunk| way.chunks.contains(&chunk))
}

/// The tier of a task on Treeherder; 1 where it says none.
fn tier(task: &Task<Label>) -> i64 {
    let treeherder = task.definition.get("extra").and_then(|extra| extra.get("treeherder"));
    treeherder.and_then(|treeherder| treeherder.get("tier")).and_then(Node::as_i64).unwrap_or(1)
}
