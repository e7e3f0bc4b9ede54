//! Short texts met lately: documents are made of the same few words, each of which need be kept only once.

use std::cell::RefCell;

use arcstr::ArcStr;

/// How many bytes a text may have to be kept; a longer one is seldom met again.
const LONGEST: usize = 128;

/// As a power of two, how many texts are kept.
const SLOTS: u32 = 10;

/// Texts by what their lengths and ends hash to. A text takes the place of another that hashes to the same.
struct RecentTexts(Vec<ArcStr>);

impl Default for RecentTexts {
    fn default() -> Self {
        Self(vec![ArcStr::new(); 1 << SLOTS])
    }
}

impl RecentTexts {
    /// The text, which is the one met before if it was met lately.
    fn get(&mut self, text: &str) -> ArcStr {
        if text.len() > LONGEST {
            return ArcStr::from(text);
        }
        let kept = &mut self.0[slot(text.as_bytes())];
        if kept.as_str() != text {
            *kept = ArcStr::from(text);
        }
        kept.clone()
    }
}

/// Texts that differ do so at the beginning, in the middle or at the end, or in their lengths.
fn slot(text: &[u8]) -> usize {
    // Fibonacci hashing: the multiplier is 2^64 divided by the golden ratio.
    const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;
    let mix = |hash: u64, word: u64| (hash.rotate_left(31) ^ word).wrapping_mul(MULTIPLIER);
    let short = |bytes: &[u8]| bytes.iter().fold(0_u64, |word, byte| (word << 8) | u64::from(*byte));
    let words = match (text.first_chunk(), text[text.len() / 2..].first_chunk(), text.last_chunk()) {
        (Some(first), Some(middle), Some(last)) => {
            [first, middle, last].map(|word: &[u8; 8]| u64::from_le_bytes(*word))
        }
        _ => [short(&text[..text.len() / 2]), 0, short(&text[text.len() / 2..])],
    };
    let hash = words.into_iter().fold(text.len() as u64, mix);
    (hash >> (u64::BITS - SLOTS)) as usize
}

thread_local! {
    static OF_THIS_THREAD: RefCell<RecentTexts> = RefCell::default();
}

/// The text, which is the one met before if this thread met it lately.
///
/// Each thread has its own, so that they do not wait for one another to count who shares a text.
pub(crate) fn recent(text: &str) -> ArcStr {
    OF_THIS_THREAD.with_borrow_mut(|texts| texts.get(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn every_text_comes_back_as_it_is(texts in proptest::collection::vec(".{0,150}", 0..200)) {
            let mut recent = RecentTexts::default();
            for text in texts.iter().chain(&texts) {
                proptest::prop_assert_eq!(recent.get(text), text.as_str());
            }
        }
    }

    #[test]
    fn a_short_text_is_kept_once_and_a_long_one_is_not() {
        let mut recent = RecentTexts::default();
        let mut is_kept = |text: &str| ArcStr::ptr_eq(&recent.get(text), &recent.get(text));
        assert!(is_kept("") && is_kept("description") && is_kept(&"x".repeat(LONGEST)));
        assert!(!is_kept(&"x".repeat(LONGEST + 1)));
    }

    #[test]
    fn variables_of_a_checkout_keep_out_of_one_anothers_way() {
        let variables = ["BASE_REPOSITORY", "HEAD_REPOSITORY", "HEAD_REV", "HEAD_REF", "REPOSITORY_TYPE"];
        let slots = variables.map(|name| slot(format!("PROJECT_{name}").as_bytes()));
        assert_eq!(std::collections::BTreeSet::from(slots).len(), variables.len());
    }
}
