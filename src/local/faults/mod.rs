//! Faults on purpose: which requests a server spoils, and how.
//!
//! A file of rules says it (`docs/faults.md`); the same file and the same requests in the same order give the same
//! faults. Nothing here knows HTTP: the server asks `Faults::strike` of each request and does what it is told.

mod rule;

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use serde::Deserialize;

use self::rule::Rule;
pub(crate) use self::rule::{Body, Effect, Fault, When};
use crate::diagnostics::{Files, Mistakes, Warnings};
use crate::yaml;

/// The rules of a file, and how often each has struck.
#[derive(Debug, Default)]
pub struct Faults {
    seed: u64,
    rules: Vec<Rule>,
    counts: Mutex<Vec<Count>>,
}

/// How far a rule has come.
#[derive(Clone, Copy, Debug, Default)]
struct Count {
    /// Requests of its route.
    met: u64,
    /// Of these, those it has spoilt.
    struck: u64,
}

/// A file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    seed: u64,
    faults: Vec<Rule>,
}

impl Faults {
    /// Reads the rules of a file; `path` is what it is called in reports.
    ///
    /// # Errors
    /// Every mistake in it, at its place.
    pub fn read(files: &Files, path: &Path, text: &str) -> Result<Self, Mistakes> {
        let loaded = yaml::load(files, path, text)?;
        let written: Written = yaml::read_noting(&loaded.root, &Warnings::default())?;
        let counts = Mutex::new(vec![Count::default(); written.faults.len()]);
        Ok(Self { seed: written.seed, rules: written.faults, counts })
    }

    /// What is to happen to a request, if anything: the first rule that strikes counts.
    pub(crate) fn strike(&self, method: &str, path: &str) -> Option<Fault> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        for ((ordinal, rule), count) in (0..).zip(&self.rules).zip(counts.iter_mut()) {
            if !rule.route.matches(method, path) {
                continue;
            }
            count.met += 1;
            let is_due = count.met > rule.skip && rule.count.is_none_or(|most| count.struck < most);
            if is_due && share(self.seed, ordinal, count.met) < rule.chance {
                count.struck += 1;
                return Some(rule.fault);
            }
        }
        None
    }

    /// How often each rule has struck, by its route, in the order of the file.
    #[must_use]
    pub fn struck(&self) -> Vec<(&str, u64)> {
        let counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        self.rules.iter().zip(counts.iter()).map(|(rule, count)| (rule.route.text(), count.struck)).collect()
    }
}

/// A number from 0 up to but not including 1 that looks like chance (SplitMix64).
fn share(seed: u64, rule: u64, request: u64) -> f64 {
    let mix = |value: u64| {
        let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        value ^ (value >> 31)
    };
    let step = |state: u64, by: u64| mix(state.wrapping_add(by.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15)));
    let bits = u32::try_from(step(step(seed, rule), request) >> 32).unwrap_or_default();
    f64::from(bits) / (f64::from(u32::MAX) + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(text: &str) -> Faults {
        Faults::read(&Files::default(), Path::new("faults.yml"), text).unwrap()
    }

    fn told(text: &str) -> Vec<String> {
        let mistakes = Faults::read(&Files::default(), Path::new("faults.yml"), text).unwrap_err();
        mistakes.0.into_iter().map(|mistake| mistake.message).collect()
    }

    #[test]
    fn a_rule_strikes_its_route_after_some_and_so_often() {
        let faults = faults("faults: [{route: 'PUT /api/queue/v1/task/*', skip: 1, count: 2, status: 503}]");
        let path = "/api/queue/v1/task/x";
        assert!(faults.strike("GET", path).is_none() && faults.strike("PUT", "/api/queue/v1/task/x/y").is_none());
        let struck: Vec<bool> = (0..5).map(|_| faults.strike("PUT", path).is_some()).collect();
        assert_eq!(struck, [false, true, true, false, false]);
        assert_eq!(faults.struck(), [("PUT /api/queue/v1/task/*", 2)]);
    }

    #[test]
    fn the_first_rule_that_strikes_counts() {
        let faults = faults("faults: [{route: '* /**', count: 1, drop: after}, {route: 'GET /a/**', delay: 2}]");
        let kinds = [0, 1].map(|_| faults.strike("GET", "/a/b/c").unwrap());
        assert_eq!(kinds[0].effect, Effect::Drop(When::After));
        assert_eq!((kinds[1].effect, kinds[1].delay.as_secs()), (Effect::Answer, 2));
    }

    #[test]
    fn chance_follows_from_the_seed() {
        let strikes = |seed: u64| -> Vec<bool> {
            let faults = faults(&format!("{{seed: {seed}, faults: [{{route: '* /**', chance: 0.3, drop: before}}]}}"));
            (0..1000).map(|_| faults.strike("GET", "/").is_some()).collect()
        };
        assert_eq!(strikes(1), strikes(1));
        assert_ne!(strikes(1), strikes(2));
        let often = strikes(1).into_iter().filter(|struck| *struck).count();
        assert!((230..370).contains(&often), "{often}");
    }

    #[test]
    fn mistakes_are_told() {
        assert_eq!(
            told("faults: [{route: PUT, status: 503}]"),
            ["expected a method and a path such as `PUT /api/queue/v1/task/*`, found `PUT`"]
        );
        assert_eq!(told("faults: [{route: '* /**'}]"), ["a fault needs `status`, `drop`, `body`, `delay` or `clock`"]);
        assert_eq!(
            told("faults: [{route: '* /**', status: 503, drop: after}]"),
            ["only one of `status`, `drop` and `body` can happen to a request"]
        );
        assert_eq!(told("faults: [{route: '* /**', status: 99}]"), ["`status` must be from 200 to 599, found `99`"]);
        assert_eq!(
            told("faults: [{route: '* /**', delay: 1, chance: 2}]"),
            ["`chance` must be from 0 to 1, found `2`"]
        );
        assert_eq!(
            told("faults: [{route: '* /**', delay: -1}]"),
            ["`delay` must be from 0 to 3600 seconds, found `-1`"]
        );
        assert_eq!(
            told("faults: [{route: '* /**', drop: after, retry-after: 1}]"),
            ["`retry-after` and `when` go with `status`"]
        );
    }
}
