//! Contexts of docker images: the archive an image is built from, and its digest.
//!
//! Source: `taskgraph.util.docker` of the reference; digests and archives are equal to its own, byte for byte.

mod dockerfile;
mod files;
mod images;
mod tar;
#[cfg(test)]
mod tests;

use std::io::{self, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

pub use images::{folder, image_kind, volumes};

use crate::diagnostics::Diagnostic;
use crate::generate::context::RunContext;

/// When everything in an archive was last changed: 2016-01-01T00:00:00Z.
const MODIFIED: u32 = 1_451_606_400;

/// What an image is built from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// The SHA-256 of the archive before compression, in hexadecimal digits.
    pub digest: String,
    /// The compressed archive, if it was asked for.
    pub archive: Option<Vec<u8>>,
}

/// Makes the context of the image in `directory`, relative to the root of the repository.
///
/// `arguments` are what `# %ARG` in the Dockerfile may ask for. `archive_name` is the name, without `.gz`, that the
/// compressed archive gives itself; without one there is no archive, only the digest.
///
/// # Errors
/// A file that cannot be read or has its set-id bit, and what the Dockerfile asks for in vain, at its line.
pub fn context(
    run: &RunContext<'_>,
    directory: &str,
    arguments: &[(&str, &str)],
    archive_name: Option<&str>,
) -> Result<Context, Diagnostic> {
    let archive = files::gather(run, directory, arguments)?;
    let mut sink = Sink::new(archive_name);
    let mut tar = tar::Writer::new(&mut sink);
    for (name, source) in archive {
        let file = source.open(run)?;
        tar.append(&name, file.mode, &file.content).map_err(|error| files::unreadable(&name, &error))?;
    }
    let finished = tar.finish().and_then(|()| sink.finish());
    finished.map_err(|error| files::unreadable(directory, &error))
}

/// Digests what is written, and compresses it if wanted.
struct Sink {
    hash: Sha256,
    gzip: Option<GzEncoder<Vec<u8>>>,
}

impl Sink {
    fn new(archive_name: Option<&str>) -> Self {
        Self { hash: Sha256::new(), gzip: archive_name.map(gzip) }
    }

    fn finish(self) -> io::Result<Context> {
        let archive = self.gzip.map(GzEncoder::finish).transpose()?;
        Ok(Context { digest: hex::encode(self.hash.finalize()), archive })
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.hash.update(bytes);
        if let Some(gzip) = &mut self.gzip {
            gzip.write_all(bytes)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A compressor whose header is as CPython's `GzipFile` writes it: the name in Latin-1, a fixed time, no system.
fn gzip(name: &str) -> GzEncoder<Vec<u8>> {
    const UNKNOWN_SYSTEM: u8 = 255;
    let builder = flate2::GzBuilder::new().mtime(MODIFIED).operating_system(UNKNOWN_SYSTEM);
    let latin: Option<Vec<u8>> = name.chars().map(|c| u8::try_from(c).ok()).collect();
    let builder = match latin {
        Some(latin) => builder.filename(latin),
        None => builder,
    };
    builder.write(Vec::new(), Compression::best())
}
