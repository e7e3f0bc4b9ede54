//! How often something fails, how sure that is, and how many repeats show it.

use serde::Serialize;

use super::runs::Runs;

/// A failure rate and the interval it lies in, 95 times of 100.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Rate {
    /// How many of the runs failed.
    pub failed: usize,
    /// How many runs ended with a result.
    pub results: usize,
    /// The part that failed, from 0 to 1.
    pub rate: f64,
    /// The lower end of the interval.
    pub low: f64,
    /// The upper end of the interval.
    pub high: f64,
}

/// The 97.5th percentile of the normal distribution.
const Z: f64 = 1.959_963_984_540_054;

/// The surest that is asked for unless told otherwise.
pub const CONFIDENCE: f64 = 0.95;

impl Rate {
    /// The rate of these runs, with Wilson's score interval; nothing if none has ended.
    ///
    /// Wilson's interval stays within 0 and 1 and is of use with the few runs there usually are, where the textbook
    /// interval is empty for 0 of 5.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "nobody runs a test 2^52 times")]
    pub fn of(runs: &Runs) -> Option<Self> {
        let results = runs.results();
        if results == 0 {
            return None;
        }
        let (count, rate) = (results as f64, runs.failed as f64 / results as f64);
        let scale = 1.0 + Z * Z / count;
        let middle = (rate + Z * Z / (2.0 * count)) / scale;
        let half = Z / scale * (rate * (1.0 - rate) / count + Z * Z / (4.0 * count * count)).sqrt();
        // At 0 and 1 the ends are exact; rounding would put them beside the rate.
        let low = if runs.failed == 0 { 0.0 } else { middle - half };
        let high = if runs.failed == results { 1.0 } else { middle + half };
        Some(Self { failed: runs.failed, results, rate, low, high })
    }
}

/// For people: `3 of 15 failed: 20 % (7 % to 45 %)`.
impl std::fmt::Display for Rate {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let percent = |part: f64| format!("{:.0} %", part * 100.0);
        let (failed, results) = (self.failed, self.results);
        let [rate, low, high] = [self.rate, self.low, self.high].map(percent);
        write!(formatter, "{failed} of {results} failed: {rate} ({low} to {high})")
    }
}

/// How many runs show a failure of that rate at least once with that confidence; nothing if no number does.
///
/// Each run passes with 1 − rate, so n runs all pass with (1 − rate)ⁿ, which must be at most 1 − confidence.
#[must_use]
pub fn repeats(rate: f64, confidence: f64) -> Option<u32> {
    if !((0.0..1.0).contains(&confidence) && rate > 0.0 && rate <= 1.0) {
        return None;
    }
    if rate >= 1.0 {
        return Some(1);
    }
    let wanted = ((1.0 - confidence).ln() / (1.0 - rate).ln()).ceil().max(1.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is between 1 and u32::MAX")]
    (wanted <= f64::from(u32::MAX)).then_some(wanted as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_solves_the_equation_it_is_defined_by() {
        for results in 1..60usize {
            for failed in 0..=results {
                let rate = Rate::of(&Runs { passed: results - failed, failed, ..Runs::default() }).unwrap();
                assert!(rate.low <= rate.rate && rate.rate <= rate.high, "{rate:?}");
                // Both ends are the true rates from which what was seen is just Z standard deviations away.
                for end in [rate.low, rate.high].into_iter().filter(|end| *end > 1e-9 && *end < 1.0 - 1e-9) {
                    let deviation = (end * (1.0 - end) / results as f64).sqrt();
                    assert!(((rate.rate - end).abs() - Z * deviation).abs() < 1e-9, "{rate:?}");
                }
            }
        }
        assert_eq!(Rate::of(&Runs { unfinished: 3, lost: 1, ..Runs::default() }), None);
    }

    #[test]
    fn repeats_are_the_fewest_that_suffice() {
        for percent in 1..100u32 {
            for confidence in [0.5, 0.8, 0.95, 0.99] {
                let rate = f64::from(percent) / 100.0;
                let sure = |times: u32| 1.0 - (1.0 - rate).powi(i32::try_from(times).unwrap()) >= confidence - 1e-12;
                let fewest = (1..).find(|times| sure(*times)).unwrap();
                assert_eq!(repeats(rate, confidence), Some(fewest), "{rate} {confidence}");
            }
        }
        assert_eq!((repeats(0.2, 0.95), repeats(1.0, 0.99)), (Some(14), Some(1)));
        assert_eq!((repeats(0.0, 0.95), repeats(0.5, 1.0)), (None, None));
    }

    #[test]
    fn a_rate_reads_as_people_say_it() {
        let rate = Rate::of(&Runs { passed: 12, failed: 3, ..Runs::default() }).unwrap();
        assert_eq!(rate.to_string(), "3 of 15 failed: 20 % (7 % to 45 %)");
    }
}
