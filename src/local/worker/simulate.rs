//! How a task ends without being run: a pure function of seed, label and run.

use std::time::Duration;

use sha2::{Digest, Sha256};

/// Labels by shell pattern: `*` is any text, `?` any letter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern(String);

impl Pattern {
    /// Whether the label matches as a whole.
    #[must_use]
    pub fn matches(&self, label: &str) -> bool {
        let (pattern, label): (Vec<char>, Vec<char>) = (self.0.chars().collect(), label.chars().collect());
        // The last `*` met, and how much of the label it covers so far.
        let (mut at, mut seen, mut star) = (0, 0, None);
        while seen < label.len() {
            match pattern.get(at) {
                Some('*') => {
                    star = Some((at, seen));
                    at += 1;
                }
                Some(letter) if *letter == '?' || *letter == label[seen] => {
                    at += 1;
                    seen += 1;
                }
                _ => {
                    let Some((star_at, covered)) = star else { return false };
                    star = Some((star_at, covered + 1));
                    at = star_at + 1;
                    seen = covered + 1;
                }
            }
        }
        pattern[at..].iter().all(|letter| *letter == '*')
    }
}

/// A rule `<pattern>=<value>` that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRule {
    /// There is no `=`.
    #[error("expected `<label pattern>=<value>`, such as `test-*=0.2`")]
    NoValue,
    /// The rate is not one.
    #[error("`{0}` is not a rate between 0 and 1")]
    NotARate(String),
    /// The duration is not one.
    #[error("`{0}` is not a duration: expected one such as `500ms`, `3s`, `2m`")]
    NotADuration(String),
}

/// How often tasks of some labels fail, written `test-*=0.2`.
#[derive(Clone, Debug, PartialEq)]
pub struct FailureRule {
    /// Which labels.
    pub labels: Pattern,
    /// From 0 (never) to 1 (always).
    pub rate: f64,
}

impl std::str::FromStr for FailureRule {
    type Err = InvalidRule;

    fn from_str(text: &str) -> Result<Self, InvalidRule> {
        let (pattern, value) = text.rsplit_once('=').ok_or(InvalidRule::NoValue)?;
        let rate = value.parse::<f64>().ok().filter(|rate| (0.0..=1.0).contains(rate));
        let rate = rate.ok_or_else(|| InvalidRule::NotARate(value.to_owned()))?;
        Ok(Self { labels: Pattern(pattern.to_owned()), rate })
    }
}

/// How long tasks of some labels take, written `build-*=3s`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DurationRule {
    /// Which labels.
    pub labels: Pattern,
    /// How long.
    pub duration: Duration,
}

impl std::str::FromStr for DurationRule {
    type Err = InvalidRule;

    fn from_str(text: &str) -> Result<Self, InvalidRule> {
        let (pattern, value) = text.rsplit_once('=').ok_or(InvalidRule::NoValue)?;
        let duration = duration(value).ok_or_else(|| InvalidRule::NotADuration(value.to_owned()))?;
        Ok(Self { labels: Pattern(pattern.to_owned()), duration })
    }
}

fn duration(text: &str) -> Option<Duration> {
    let unit = text.find(|letter: char| letter.is_ascii_alphabetic())?;
    let seconds = match &text[unit..] {
        "ms" => 0.001,
        "s" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        _ => return None,
    };
    Duration::try_from_secs_f64(text[..unit].parse::<f64>().ok()? * seconds).ok()
}

/// How simulated tasks end; without rules each succeeds at once. Of several rules for a label the last one counts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Simulation {
    /// How often tasks fail.
    pub failures: Vec<FailureRule>,
    /// How long they take.
    pub durations: Vec<DurationRule>,
    /// Decides which of them fail.
    pub seed: u64,
}

impl Simulation {
    /// Whether this run of `label` fails.
    #[must_use]
    pub fn fails(&self, label: &str, run_id: u64) -> bool {
        let rule = self.failures.iter().rev().find(|rule| rule.labels.matches(label));
        rule.is_some_and(|rule| self.chance(label, run_id) < rule.rate)
    }

    /// How long a run of `label` takes.
    #[must_use]
    pub fn duration(&self, label: &str) -> Duration {
        let rule = self.durations.iter().rev().find(|rule| rule.labels.matches(label));
        rule.map_or(Duration::ZERO, |rule| rule.duration)
    }

    /// A number from 0 up to 1, evenly spread over labels and runs.
    fn chance(&self, label: &str, run_id: u64) -> f64 {
        let mut hash = Sha256::new();
        hash.update(self.seed.to_be_bytes());
        hash.update(run_id.to_be_bytes());
        hash.update(label);
        let digest = hash.finalize();
        let bits = u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]]);
        f64::from(bits) / (f64::from(u32::MAX) + 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_whole_labels() {
        let matches = |pattern: &str, label| Pattern(pattern.to_owned()).matches(label);
        assert!(
            matches("test-*", "test-linux") && matches("*", "") && matches("*a*b", "xaybab") && matches("t?st", "test")
        );
        assert!(!matches("test-*", "a-test-x") && !matches("", "a") && !matches("a?", "a") && !matches("*b", "abc"));
    }

    #[test]
    fn rules_are_read_or_refused() {
        assert_eq!("build-*=1.5s".parse::<DurationRule>().unwrap().duration, Duration::from_millis(1500));
        assert_eq!("a=b=20ms".parse::<DurationRule>().unwrap().labels, Pattern("a=b".into()));
        assert_eq!("x".parse::<FailureRule>(), Err(InvalidRule::NoValue));
        assert_eq!("x=2".parse::<FailureRule>(), Err(InvalidRule::NotARate("2".into())));
        assert_eq!("x=3".parse::<DurationRule>(), Err(InvalidRule::NotADuration("3".into())));
    }

    #[test]
    fn outcomes_depend_on_seed_label_and_run_only() {
        let simulation = |seed| Simulation {
            failures: vec!["test-*=0.3".parse().unwrap(), "test-0=0".parse().unwrap()],
            durations: vec!["*=1s".parse().unwrap(), "b=2s".parse().unwrap()],
            seed,
        };
        let failed = |seed| (0..1000).filter(|n| simulation(seed).fails(&format!("test-{n}"), 0)).collect::<Vec<_>>();
        assert_eq!(failed(1), failed(1));
        assert_ne!(failed(1), failed(2));
        assert!((200..400).contains(&failed(1).len()), "{}", failed(1).len());
        assert!(!simulation(1).fails("test-0", 0) && !simulation(1).fails("build", 0));
        assert!(
            (0..50).any(|run| simulation(1).fails("test-7", run))
                && (0..50).any(|run| !simulation(1).fails("test-7", run))
        );
        assert_eq!(
            (simulation(1).duration("b"), simulation(1).duration("a")),
            (Duration::from_secs(2), Duration::from_secs(1))
        );
    }
}
