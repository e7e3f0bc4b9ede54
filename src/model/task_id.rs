//! Identifiers of created tasks.

use std::fmt;

use arcstr::ArcStr;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use super::Label;
use super::label::name_type;
use crate::yaml::Node;

name_type! {
    /// The id of a task in Taskcluster: a version 4 UUID in URL-safe base64, 22 characters ("slugid").
    ///
    /// [`TaskId::new`] takes any text on trust; use [`TaskId::parse`] for what a user or a service said.
    TaskId
}

/// A text that should have been a task id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a task id: expected 22 characters such as `fzy3l9dCSDKRYTxTQTZjGg`")]
pub struct InvalidTaskId(pub String);

impl TaskId {
    /// A task id as Taskcluster accepts it.
    ///
    /// # Errors
    /// If the text is not a version 4 slugid.
    pub fn parse(text: &str) -> Result<Self, InvalidTaskId> {
        let bytes = URL_SAFE_NO_PAD.decode(text).unwrap_or_default();
        let is_v4 = bytes.len() == 16 && bytes[6] >> 4 == 4 && bytes[8] >> 6 == 0b10;
        if is_v4 { Ok(Self(text.into())) } else { Err(InvalidTaskId(text.to_owned())) }
    }

    /// The id that the task `label` has when the task `creator` (a decision or an action) creates it for the
    /// `ordinal`th time, counted from 0.
    ///
    /// Derived, not drawn: a creator that is killed and run again arrives at the same ids, and so creates
    /// nothing twice. The first bit is 0 ("nice"), so an id never starts with `-`.
    #[must_use]
    pub fn derive(creator: &Self, label: &Label, ordinal: u32) -> Self {
        let mut hash = Sha256::new();
        for part in ["pushgraph task id v1", creator.as_str(), label.as_str()] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        hash.update(ordinal.to_be_bytes());
        Self::from_random_bits(hash.finalize()[..16].try_into().expect("a digest has 32 bytes"))
    }

    /// The nice version 4 slugid made from 128 random bits.
    #[must_use]
    pub fn from_random_bits(mut bits: [u8; 16]) -> Self {
        bits[0] &= 0x7f;
        bits[6] = (bits[6] & 0x0f) | 0x40;
        bits[8] = (bits[8] & 0x3f) | 0x80;
        Self(ArcStr::from(URL_SAFE_NO_PAD.encode(bits)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derived_ids_are_valid_stable_and_distinct() {
        let decision = TaskId::parse("fzy3l9dCSDKRYTxTQTZjGg").unwrap();
        let other = TaskId::derive(&decision, &"a".into(), 0);
        let pattern = "^[A-Za-z0-9_-]{8}[Q-T][A-Za-z0-9_-][CGKOSWaeimquy26-][A-Za-z0-9_-]{10}[AQgw]$";
        let pattern = fancy_regex::Regex::new(pattern).unwrap();
        let mut seen = std::collections::BTreeSet::new();
        for creator in [&decision, &other] {
            for label in ["build", "test", "build-linux64/opt"] {
                for ordinal in 0..100 {
                    let id = TaskId::derive(creator, &label.into(), ordinal);
                    assert!(pattern.is_match(id.as_str()).unwrap() && !id.as_str().starts_with('-'), "{id}");
                    assert_eq!(TaskId::parse(id.as_str()).unwrap(), id);
                    assert!(seen.insert(id));
                }
            }
        }
        assert_eq!(TaskId::derive(&decision, &"a".into(), 0), other);
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["", "abc", "fzy3l9dCSDKRYTxTQTZjG", "fzy3l9dC0DKRYTxTQTZjGg", "<TASK_ID>"] {
            assert!(TaskId::parse(text).is_err(), "{text}");
        }
    }
}
