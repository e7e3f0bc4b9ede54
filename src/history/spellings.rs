//! Labels that other pushes spell otherwise: with another number of chunks, or with none.

use crate::model::Label;

/// The label, and the ways another push may spell it, best first.
///
/// A chunk may be the whole (`test-3` → `test`, then `test-1`), and the whole may be chunked (`test` → `test-1`): the
/// rule of Firefox's `backfill-task`, whose borrowed chunk then runs what the original one ran.
#[must_use]
pub fn spellings(label: &Label) -> Vec<Label> {
    let mut all = vec![label.clone()];
    match label.as_str().rsplit_once('-') {
        Some((base, chunk)) if !chunk.is_empty() && chunk.bytes().all(|digit| digit.is_ascii_digit()) => {
            all.push(Label::new(base));
            all.push(Label::new(format!("{base}-1")));
        }
        Some(_) => all.push(Label::new(format!("{label}-1"))),
        // Without a dash it is no label of a kind, and there is nothing to vary.
        None => {}
    }
    all.dedup();
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_varied() {
        let spelled = |label: &str| spellings(&label.into()).iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(spelled("test-linux-3"), ["test-linux-3", "test-linux", "test-linux-1"]);
        assert_eq!(spelled("test-linux-1"), ["test-linux-1", "test-linux", "test-linux-1"]);
        assert_eq!(spelled("test-linux"), ["test-linux", "test-linux-1"]);
        assert_eq!(spelled("test"), ["test"]);
    }
}
