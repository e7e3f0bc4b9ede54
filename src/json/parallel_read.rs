//! A text that is one mapping of many entries, read on all processors.

use arcstr::ArcStr;
use rayon::iter::ParallelIterator as _;
use rayon::slice::ParallelSlice as _;

use super::read::{Mistake, Reader, located};
use super::split::{Entry, split};
use crate::diagnostics::Diagnostic;
use crate::yaml::Node;

/// How many entries a processor reads at a time.
const PIECE: usize = 64;

/// As [`super::parse`] of a text that must be a mapping: what `each` makes of its entries, in their order. Nothing but
/// that is kept.
///
/// # Errors
/// The first mistake, with its line and column.
pub fn parse_entries<T: Send>(text: &str, each: impl Fn(ArcStr, Node) -> T + Sync) -> Result<Vec<T>, Diagnostic> {
    let (entries, end) = split(text);
    let pieces: Vec<_> = entries.par_chunks(PIECE).map(|piece| read_piece(text, piece, &each)).collect();
    let mut made = Vec::with_capacity(entries.len());
    for piece in pieces {
        made.extend(piece.map_err(|wrong| located(text, wrong))?);
    }
    // What is wrong between two values comes after all that is wrong within those before.
    end.map_err(|wrong| located(text, wrong))?;
    Ok(made)
}

fn read_piece<T>(text: &str, piece: &[Entry], each: &impl Fn(ArcStr, Node) -> T) -> Result<Vec<T>, Mistake> {
    let mut reader = Reader::new(text, None);
    piece.iter().map(|entry| Ok(each(entry.key.clone(), entry.value(&mut reader)?))).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::json::{Format, parse, to_string};
    use crate::yaml::Map;

    /// The document that the entries make.
    fn joined(text: &str) -> Result<String, String> {
        let entries = parse_entries(text, |key, value| (key, value)).map_err(|mistake| mistake.message)?;
        Ok(to_string(&Node::new(entries.into_iter().collect::<Map>()), Format::COMPACT).unwrap())
    }

    fn whole(text: &str) -> Result<String, String> {
        parse(text).map(|node| to_string(&node, Format::COMPACT).unwrap()).map_err(|mistake| mistake.message)
    }

    #[test]
    fn entries_are_those_of_the_document() {
        let many: Vec<String> = (0..500).map(|n| format!("\"k{n}\" : {{\"a\": [\"}}]\\\"\", {n}.5, null]}}")).collect();
        for text in
            ["{}", " { } ", r#"{"a":1}"#, r#"{"a": 1 , "b\n": "x", "a": [true]}"#, &format!("{{{}}}", many.join(","))]
        {
            assert_eq!(joined(text), whole(text), "{text}");
        }
    }

    proptest! {
        #[test]
        fn the_first_mistake_is_that_of_the_document(text in "[{}\\[\\],:\"a\\\\1 \n]{0,24}") {
            let text = format!("{{\"a\": [1], {text}");
            prop_assert_eq!(joined(&text), whole(&text));
        }
    }
}
