//! What `-u`, `-t` and `-r` say: names of tests, with chunks and platforms.

use std::collections::{BTreeMap, BTreeSet};

use super::aliases::{of_platform, of_test};
use super::options::{ALL, NONE};

/// A test that is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Wanted {
    /// The chunks; all of them if there are none.
    pub(super) chunks: BTreeSet<String>,
    /// The platforms it must run on, whatever its tier; where none are given tiers decide.
    pub(super) platforms: Option<BTreeSet<String>>,
}

/// Tests by name; one name may be asked for in several ways, of which each counts.
pub(super) type Tests = BTreeMap<String, BTreeSet<Wanted>>;

/// The tests of a value such as `mochitests[Windows 10,-linux32],reftest-1`, among those that there are.
///
/// `known` are all tests, `platforms` all test platforms before their `/`. A name that is no test adds none; it is
/// told in the list.
pub(super) fn parse(value: &str, known: &BTreeSet<&str>, platforms: &BTreeSet<&str>) -> (Tests, Vec<String>) {
    let (mut tests, mut unknown) = (Tests::new(), Vec::new());
    if value == NONE {
        return (tests, unknown);
    }
    for item in items(value) {
        let (name, restriction) = item.split_once('[').unwrap_or((item, ""));
        let name = name.trim();
        let restriction = restriction.trim_end_matches(']');
        let on = (!restriction.is_empty()).then(|| restricted(restriction, platforms));
        let found = named(name, known);
        if found.is_empty() {
            unknown.push(name.to_owned());
        }
        for (test, chunk) in found {
            let wanted = Wanted { chunks: chunk.into_iter().collect(), platforms: on.clone() };
            add(tests.entry(test).or_default(), wanted);
        }
    }
    (tests, unknown)
}

/// The items of a list, split at commas outside of brackets.
fn items(value: &str) -> Vec<&str> {
    let mut depth = 0_usize;
    let split = value.split(|character| {
        match character {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        character == ',' && depth == 0
    });
    split.map(str::trim).filter(|item| !item.is_empty()).collect()
}

/// The tests that a name means, each with its chunk. Aliases are not looked for where a chunk is named.
fn named(name: &str, known: &BTreeSet<&str>) -> Vec<(String, Option<String>)> {
    if name == ALL {
        return known.iter().map(|test| ((*test).to_owned(), None)).collect();
    }
    if let Some((base, chunk)) = name.rsplit_once('-').filter(|(_, chunk)| is_number(chunk)) {
        return known.get(base).map(|base| ((*base).to_owned(), Some(chunk.to_owned()))).into_iter().collect();
    }
    match of_test(name) {
        Some(matches) => known.iter().filter(|test| matches(test)).map(|test| ((*test).to_owned(), None)).collect(),
        None => known.get(name).map(|test| ((*test).to_owned(), None)).into_iter().collect(),
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The platforms of a restriction: if the first is negated, all but those, else those; from left to right.
fn restricted(restriction: &str, all: &BTreeSet<&str>) -> BTreeSet<String> {
    let items: Vec<&str> = restriction.split(',').map(str::trim).filter(|item| !item.is_empty()).collect();
    let mut on = BTreeSet::new();
    if items.first().is_some_and(|first| first.starts_with('-')) {
        on.extend(all.iter().map(|platform| (*platform).to_owned()));
    }
    for item in items {
        match item.strip_prefix('-') {
            Some(left_out) => of_platform(left_out).iter().for_each(|platform| {
                on.remove(*platform);
            }),
            None => on.extend(of_platform(item).into_iter().map(str::to_owned)),
        }
    }
    on
}

/// Adds one way to want a test: chunks on the same platforms are united, all chunks beat some.
fn add(ways: &mut BTreeSet<Wanted>, wanted: Wanted) {
    let same = ways.iter().find(|way| way.platforms == wanted.platforms).cloned();
    let Some(mut way) = same else {
        ways.insert(wanted);
        return;
    };
    ways.remove(&way);
    if way.chunks.is_empty() || wanted.chunks.is_empty() {
        way.chunks.clear();
    } else {
        way.chunks.extend(wanted.chunks);
    }
    ways.insert(way);
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [&str; 5] = ["mochitest-browser-chrome", "mochitest-plain", "reftest", "reftest-no-accel", "xpcshell"];
    const PLATFORMS: [&str; 4] = ["linux32", "linux64", "macosx64", "windows10-64"];

    /// Each test with its chunks and platforms, in short.
    fn read(value: &str) -> Vec<String> {
        let (tests, unknown) = parse(value, &KNOWN.into(), &PLATFORMS.into());
        let ways = tests.iter().flat_map(|(name, ways)| ways.iter().map(move |way| (name, way)));
        let shown = ways.map(|(name, Wanted { chunks, platforms })| {
            let on = platforms.as_ref().map(|on| format!("{on:?}")).unwrap_or_default();
            format!("{name}{chunks:?}{on}").replace('"', "")
        });
        shown.chain(unknown.iter().map(|name| format!("?{name}"))).collect()
    }

    #[test]
    fn names_chunks_and_aliases() {
        assert_eq!(read("none"), [""; 0]);
        assert_eq!(read("all").len(), 5);
        assert_eq!(read("xpcshell,mochitest-plain"), ["mochitest-plain{}", "xpcshell{}"]);
        assert_eq!(read("mochitests"), ["mochitest-browser-chrome{}", "mochitest-plain{}"]);
        assert_eq!(read("mochitest-bc"), ["mochitest-browser-chrome{}"]);
        assert_eq!(read("reftest"), ["reftest{}", "reftest-no-accel{}"]);
        assert_eq!(read("reftest-2,reftest-1"), ["reftest{1, 2}"]);
        assert_eq!(read("xpcshell-1,xpcshell"), ["xpcshell{}"]);
        assert_eq!(read("mochitests-1,nope"), ["?mochitests-1", "?nope"]);
    }

    #[test]
    fn platforms_in_brackets() {
        assert_eq!(read("xpcshell[linux64,Windows 10]"), ["xpcshell{}{linux64, windows10-64}"]);
        assert_eq!(read("xpcshell[-linux64]"), ["xpcshell{}{linux32, macosx64, windows10-64}"]);
        let ubuntu = "xpcshell{}{linux1804-64, linux1804-64-asan, linux32, linux64-asan}";
        assert_eq!(read("xpcshell[Ubuntu,-linux64]"), [ubuntu]);
        assert_eq!(read("all[linux32]").len(), 5);
        assert_eq!(read("xpcshell[linux32],xpcshell-3"), ["xpcshell{}{linux32}", "xpcshell{3}"]);
        assert_eq!(read("xpcshell-1[linux32],xpcshell-3[linux32]"), ["xpcshell{1, 3}{linux32}"]);
    }
}
