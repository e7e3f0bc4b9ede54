//! Archives in GNU's tar format, as CPython wrote them before version 3.9: device numbers are zeros, not blanks.

use std::io::{self, Write};

use super::MODIFIED;

const BLOCK: usize = 512;
const RECORD: usize = 20 * BLOCK;
const LONGEST_NAME: usize = 100;
const MAGIC: &[u8; 8] = b"ustar  \0";

/// Where a header's checksum is: six digits, a NUL and a blank.
const CHECKSUM: std::ops::Range<usize> = 148..156;

/// Writes an archive of regular files that all belong to root and are of one age.
pub(super) struct Writer<W> {
    out: W,
    written: usize,
}

impl<W: Write> Writer<W> {
    pub(super) const fn new(out: W) -> Self {
        Self { out, written: 0 }
    }

    /// Adds a file.
    pub(super) fn append(&mut self, name: &str, mode: u32, content: &[u8]) -> io::Result<()> {
        if name.len() > LONGEST_NAME {
            let whole = [name.as_bytes(), b"\0"].concat();
            self.write(&Header { name: "././@LongLink", kind: b'L', mode: 0, modified: 0 }.block(whole.len()))?;
            self.write_padded(&whole)?;
        }
        self.write(&Header { name, kind: b'0', mode, modified: MODIFIED }.block(content.len()))?;
        self.write_padded(content)
    }

    /// Ends the archive: two empty blocks, then up to a whole record.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.write(&[0; 2 * BLOCK])?;
        let rest = self.written.next_multiple_of(RECORD) - self.written;
        self.write(&vec![0; rest])
    }

    fn write_padded(&mut self, content: &[u8]) -> io::Result<()> {
        self.write(content)?;
        let rest = content.len().next_multiple_of(BLOCK) - content.len();
        self.write(&vec![0; rest])
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.written += bytes.len();
        self.out.write_all(bytes)
    }
}

struct Header<'a> {
    name: &'a str,
    kind: u8,
    mode: u32,
    modified: u32,
}

impl Header<'_> {
    fn block(&self, size: usize) -> [u8; BLOCK] {
        let mut block = [0; BLOCK];
        let name = &self.name.as_bytes()[..self.name.len().min(LONGEST_NAME)];
        put(&mut block, 0, name);
        put_number(&mut block, 100, 7, u64::from(self.mode & 0o7777));
        put_number(&mut block, 108, 7, 0);
        put_number(&mut block, 116, 7, 0);
        put_size(&mut block, size as u64);
        put_number(&mut block, 136, 11, u64::from(self.modified));
        put(&mut block, CHECKSUM.start, b"        ");
        put(&mut block, 156, &[self.kind]);
        put(&mut block, 257, MAGIC);
        put_number(&mut block, 329, 7, 0);
        put_number(&mut block, 337, 7, 0);
        let sum = block.iter().map(|&byte| u64::from(byte)).sum();
        put_number(&mut block, CHECKSUM.start, 6, sum);
        block
    }
}

fn put(block: &mut [u8; BLOCK], at: usize, bytes: &[u8]) {
    block[at..at + bytes.len()].copy_from_slice(bytes);
}

/// A size of more than eleven octal digits is written in bytes, the first of them marked.
fn put_size(block: &mut [u8; BLOCK], size: u64) {
    if size < 1 << 33 {
        return put_number(block, 124, 11, size);
    }
    put(block, 124, &[0o200, 0, 0, 0]);
    put(block, 128, &size.to_be_bytes());
}

/// A number in that many octal digits and a NUL.
fn put_number(block: &mut [u8; BLOCK], at: usize, digits: usize, number: u64) {
    put(block, at, format!("{number:0digits$o}\0").as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The fields are those of CPython's `tarfile.itn(size, 12, tarfile.GNU_FORMAT)`.
    #[test]
    fn sizes_beyond_eight_gigabytes_are_written_in_bytes() {
        let field = |size| Header { name: "x", kind: b'0', mode: 0o644, modified: 0 }.block(size)[124..136].to_vec();
        assert_eq!(field((1 << 33) - 1), b"77777777777\0");
        assert_eq!(field(1 << 33), b"\x80\0\0\0\0\0\0\x02\0\0\0\0");
    }
}
