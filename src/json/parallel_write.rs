//! A mapping of many entries, written on all processors while what is ready goes out.

use std::io;

use rayon::iter::{IndexedParallelIterator as _, ParallelIterator as _};
use rayon::slice::ParallelSlice as _;

use super::write::{Format, WriteError, Writer};

/// How many entries a processor writes at a time.
const PIECE: usize = 32;

/// How many entries are written before the next go out: what bounds the memory.
const BATCH: usize = 32 * PIECE;

/// Writes one mapping as a whole document, without a last newline: `entry` writes the key and the value of each item, in
/// their order. At no time is more of it in memory than a few megabytes.
///
/// # Errors
/// The first of `entry`, with what comes before it written at most; or a place that cannot be written to.
pub fn write_entries<T: Sync>(
    mut to: impl io::Write + Send,
    format: Format,
    items: &[T],
    entry: impl Fn(&mut Writer<Vec<u8>>, &T) -> Result<(), WriteError> + Sync,
) -> Result<(), WriteError> {
    let part = |is_first: bool| Writer::part(Vec::new(), format, is_first);
    let piece = |is_first: bool, items: &[T]| {
        let mut writer = part(is_first);
        items.iter().try_for_each(|item| entry(&mut writer, item))?;
        writer.finish()
    };
    let mut ready: Vec<Vec<u8>> = vec![vec![b'{']];
    for (number, batch) in items.chunks(BATCH).enumerate() {
        let pieces = batch.par_chunks(PIECE).enumerate().map(|(at, items)| piece(number == 0 && at == 0, items));
        let (gone, next) = rayon::join(|| write_all(&mut to, &ready), || pieces.collect::<Result<Vec<_>, _>>());
        gone?;
        ready = next?;
    }
    let mut end = part(items.is_empty());
    end.end_map()?;
    ready.push(end.finish()?);
    write_all(&mut to, &ready)?;
    Ok(to.flush()?)
}

fn write_all(to: &mut impl io::Write, pieces: &[Vec<u8>]) -> io::Result<()> {
    pieces.iter().try_for_each(|piece| to.write_all(piece))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::to_string;
    use crate::yaml::{Map, Node};

    #[test]
    fn the_text_is_that_of_the_document() {
        for count in [0, 1, PIECE, PIECE + 1, 2 * BATCH + 5] {
            let keys: Vec<String> = (0..count).map(|number| format!("{number:06}")).collect();
            let document = Node::new(keys.iter().map(|key| (key.as_str(), Node::from_iter(["x"]))).collect::<Map>());
            for format in [Format::ARTIFACT, Format::COMPACT] {
                let mut written = Vec::new();
                write_entries(&mut written, format, &keys, |writer, key| {
                    writer.key(key)?;
                    writer.value(&Node::from_iter(["x"]))
                })
                .unwrap();
                assert_eq!(String::from_utf8(written).unwrap(), to_string(&document, format).unwrap(), "{count}");
            }
        }
    }
}
