//! Which tests run: those of the names asked for, as their tiers allow.

use std::collections::BTreeSet;

use super::builds::{Platforms, of_types};
use super::options::Options;
use super::said::{Said, Test, before_slash, tier};
use super::tests_spec::{Tests, Wanted, parse};
use super::{TRY_NAMES, has_no_job_name, run_everywhere};
use crate::diagnostics::{Diagnostic, nearest};
use crate::model::{Label, Task};
use crate::query::{Field, Pattern, Query};

/// The kind of tests.
const TEST: &str = "test";

/// The tests that `-u`, `-t` and `-r` ask for.
///
/// # Errors
/// A build type that no task has.
pub(super) fn query(
    options: &Options,
    platforms: &Platforms,
    said: &Said<'_>,
    notes: &mut Vec<String>,
) -> Result<Query, Diagnostic> {
    let Some(types) = of_types(options, said)? else { return Ok(Query::none()) };
    let mut asked = Vec::new();
    let test_platforms = said.test_platforms.iter().map(|platform| before_slash(platform)).collect();
    for (at, value) in [&options.unittests, &options.talos, &options.raptor].into_iter().enumerate() {
        let suites = Suites::of(at, said);
        let (tests, unknown) = parse(value, &suites.known, &test_platforms);
        notes.extend(unknown.iter().map(|name| unknown_test(name, &suites.known)));
        asked.extend(suites.queries(&tests));
    }
    if asked.is_empty() {
        return Ok(Query::none());
    }
    let tests = Query::field(Field::Kind, [Pattern::exact(TEST)]);
    let parts = platforms.narrow(Query::and([tests, types])).into_iter().chain([Query::or(asked)]);
    Ok(has_no_job_name(Query::and(parts), said, &[TEST]))
}

fn unknown_test(name: &str, known: &BTreeSet<&str>) -> String {
    let near = nearest(name, known.iter().copied()).map(|near| format!("; did you mean `{near}`?"));
    format!("the `try:` line: no test is called `{name}`{}", near.unwrap_or_default())
}

/// The tests of one attribute.
struct Suites<'a> {
    said: &'a Said<'a>,
    /// Which of [`TRY_NAMES`].
    at: usize,
    /// Their names.
    known: BTreeSet<&'a str>,
    /// Names of which there is a test of tier 1.
    of_tier_1: BTreeSet<&'a str>,
}

impl<'a> Suites<'a> {
    fn of(at: usize, said: &'a Said<'a>) -> Self {
        let tests = &said.tests[at];
        let of_tier_1 = tests.iter().filter(|test| tier(test.task) == 1);
        Self {
            said,
            at,
            known: tests.iter().map(|test| test.name).collect(),
            of_tier_1: of_tier_1.map(|test| test.name).collect(),
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
        Query::attribute(TRY_NAMES[self.at], patterns.into_iter().flatten())
    }

    /// Test platforms, of which the part before `/` is one of these; `all` is every one.
    fn on(&self, platforms: &BTreeSet<String>) -> Vec<Pattern> {
        let begin = |platform: &str| platforms.contains(before_slash(platform));
        let tested = self.said.test_platforms.iter().copied();
        tested.filter(|platform| platforms.contains("all") || begin(platform)).map(Pattern::exact).collect()
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
        let as_their_build = self.said.tests[self.at].iter().filter(|Test { name, task }| {
            first.contains(name) && tier(task) != 1 && is_in(way, task) && self.is_as_its_build(task)
        });
        let labels: Vec<&Label> = as_their_build.map(|test| &test.task.label).collect();
        if !labels.is_empty() {
            queries.push(Query::labels(labels));
        }
        queries
    }

    fn is_as_its_build(&self, task: &Task<Label>) -> bool {
        let build = task.dependency("build").and_then(|build| self.said.graph.get(build));
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
