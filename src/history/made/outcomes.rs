//! How the jobs of a made history end: a pure function of the seed, the push, the label and which run it is.

use sha2::{Digest as _, Sha256};

use super::{Kind, MadeHistory, USUAL_RATE, covers};
use crate::query::Pattern;

/// How one run of a job ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It passes.
    Passes,
    /// It fails.
    Fails,
    /// It is cancelled before it runs.
    Cancelled,
}

/// The results of a history, ready to be asked.
pub struct Ends {
    seed: u64,
    rules: Vec<Rule>,
}

struct Rule {
    labels: Pattern,
    project: String,
    from: u64,
    to: Option<u64>,
    kind: Kind,
    rate: f64,
}

impl Ends {
    /// Those of a history.
    #[must_use]
    pub fn of(history: &MadeHistory) -> Self {
        let rules = history.results.iter().map(|rule| Rule {
            // The file was checked when it was read.
            labels: Pattern::glob(&rule.label).unwrap_or_else(|_| Pattern::exact(&rule.label)),
            project: rule.project.clone().unwrap_or_else(|| history.project.clone()),
            from: rule.from,
            to: rule.to,
            kind: rule.result,
            rate: rule.rate.unwrap_or(USUAL_RATE),
        });
        Self { seed: history.seed, rules: rules.collect() }
    }

    /// How the `run`th run of a label on a push ends, counted from 0 over all its tasks there; the first is the
    /// decision's if it made one.
    #[must_use]
    pub fn of_run(&self, project: &str, push: u64, label: &str, run: u64, is_of_decision: bool) -> End {
        let is_of = |rule: &&Rule| {
            covers(Some(&rule.project), project, rule.from, rule.to, (project, push))
                && rule.labels.matcher().matches(label)
        };
        let of = |is_missing: bool| {
            let mut rules = self.rules.iter().rev().filter(is_of);
            rules.find(|rule| (rule.kind == Kind::Missing) == is_missing)
        };
        if is_of_decision && of(true).is_some() {
            return End::Cancelled;
        }
        let fails = match of(false) {
            Some(rule) if rule.kind == Kind::Fail => true,
            Some(rule) if rule.kind == Kind::Intermittent => self.chance(project, push, label, run) < rule.rate,
            _ => false,
        };
        if fails { End::Fails } else { End::Passes }
    }

    /// A number from 0 up to 1, evenly spread.
    fn chance(&self, project: &str, push: u64, label: &str, run: u64) -> f64 {
        let mut hash = Sha256::new();
        for number in [self.seed, push, run, project.len() as u64] {
            hash.update(number.to_be_bytes());
        }
        hash.update(project);
        hash.update(label);
        let digest = hash.finalize();
        let bits = u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]);
        f64::from(bits) / (f64::from(u32::MAX) + 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::read;
    use super::*;

    #[test]
    fn the_last_rule_counts_and_what_is_missing_can_be_run() {
        let text = "
            pushes: 9
            results:
            - {label: test-*, from: 4, result: fail}
            - {label: test-*, from: 5, to: 6, result: missing}
            - {label: test-b, from: 8, result: pass}
        ";
        let ends = Ends::of(&read(text).unwrap());
        let told = |label: &str| -> String {
            let letter = |push| match ends.of_run("project", push, label, 0, true) {
                End::Passes => 'p',
                End::Fails => 'f',
                End::Cancelled => '-',
            };
            (1..=9).map(letter).collect()
        };
        assert_eq!(
            (told("test-a"), told("test-b"), told("build")),
            ("pppf--fff".into(), "pppf--fpp".into(), "ppppppppp".into())
        );
        assert_eq!(ends.of_run("project", 5, "test-a", 1, false), End::Fails);
        assert_eq!(ends.of_run("other", 5, "test-a", 0, true), End::Passes);
    }

    #[test]
    fn what_is_intermittent_follows_from_the_seed() {
        let fails = |seed: u64| -> Vec<u64> {
            let text = format!("{{pushes: 2, seed: {seed}, results: [{{result: intermittent, rate: 0.3}}]}}");
            let ends = Ends::of(&read(&text).unwrap());
            (0..1000).filter(|run| ends.of_run("project", 1, "a", *run, false) == End::Fails).collect()
        };
        assert_eq!(fails(1), fails(1));
        assert_ne!(fails(1), fails(2));
        assert!((230..370).contains(&fails(1).len()), "{}", fails(1).len());
    }
}
