//! An image's archive on its way to the engine: looked into and, where the image gets another name, amended.

use std::fmt;
use std::io::{self, Write};

use crate::diagnostics::Diagnostic;
use crate::json::{self, Format};
use crate::yaml::{Map, Node};

/// Archives are made of these.
const BLOCK: usize = 512;

/// The largest list of names that is believed to be one.
const LARGEST: u64 = 16 * 1024 * 1024;

/// What an image is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tag {
    name: String,
    tag: String,
}

impl Tag {
    /// Of `name:tag` or `name`, which means `name:latest`. A colon before a slash belongs to a registry's port.
    pub(super) fn parse(text: &str) -> Self {
        match text.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') => Self { name: name.to_owned(), tag: tag.to_owned() },
            _ => Self { name: text.to_owned(), tag: "latest".to_owned() },
        }
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.name, self.tag)
    }
}

/// Passes an archive on as it is, but for the files that name its image.
pub(super) struct Archive<W> {
    out: W,
    tag: Option<Tag>,
    state: State,
    listed: Option<String>,
    in_manifest: Option<String>,
}

enum State {
    /// A header, or the end; what there is of it.
    Header(Vec<u8>),
    /// A file's content and what pads it: so many bytes more.
    Passing(u64),
    /// A file that names the image.
    Holding(Held),
    /// Behind the last file.
    Ended,
}

struct Held {
    file: NamesFile,
    header: Box<tar::Header>,
    content: Vec<u8>,
    size: usize,
}

/// The files of an archive that name its image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NamesFile {
    /// `manifest.json`: `[{"RepoTags": ["name:tag"], …}]`
    Manifest,
    /// `repositories`: `{"name": {"tag": "layer"}}`
    Repositories,
}

impl<W: Write> Archive<W> {
    /// An archive whose image is to be called `tag`, if that is given.
    pub(super) const fn new(out: W, tag: Option<Tag>) -> Self {
        Self { out, tag, state: State::Header(Vec::new()), listed: None, in_manifest: None }
    }

    /// Where it went to, and what the image was called.
    ///
    /// # Errors
    /// If the archive breaks off.
    pub(super) fn finish(self) -> io::Result<(W, Option<String>)> {
        match self.state {
            State::Ended => Ok((self.out, self.listed.or(self.in_manifest))),
            State::Header(_) | State::Passing(_) | State::Holding(_) => Err(refused("it breaks off")),
        }
    }

    /// Where it went to, of an archive that is not passed on to its end.
    pub(super) fn abandon(self) -> W {
        self.out
    }

    /// Takes what it can of `bytes`; how much that was.
    fn take(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.state {
            State::Ended => self.out.write_all(bytes).map(|()| bytes.len()),
            State::Passing(left) => {
                let part = &bytes[..usize::try_from(*left).unwrap_or(usize::MAX).min(bytes.len())];
                *left -= part.len() as u64;
                let is_over = *left == 0;
                self.out.write_all(part)?;
                if is_over {
                    self.state = State::Header(Vec::new());
                }
                Ok(part.len())
            }
            State::Header(block) => {
                let taken = fill(block, BLOCK, bytes);
                if block.len() == BLOCK {
                    let block = std::mem::take(block);
                    self.state = self.after_header(&block)?;
                }
                Ok(taken)
            }
            State::Holding(held) => {
                let taken = fill(&mut held.content, held.size.next_multiple_of(BLOCK), bytes);
                if held.content.len() == held.size.next_multiple_of(BLOCK)
                    && let State::Holding(held) = std::mem::replace(&mut self.state, State::Header(Vec::new()))
                {
                    self.pass_names(held)?;
                }
                Ok(taken)
            }
        }
    }

    fn after_header(&mut self, block: &[u8]) -> io::Result<State> {
        if block.iter().all(|&byte| byte == 0) {
            self.out.write_all(block)?;
            return Ok(State::Ended);
        }
        let header = tar::Header::from_byte_slice(block);
        if header.cksum().ok() != Some(checksum(block)) {
            return Err(refused("it is no tar archive"));
        }
        let size = header.entry_size()?;
        if let Some(file) = names_file(header).filter(|_| size > 0) {
            let size = usize::try_from(size).ok().filter(|_| size <= LARGEST);
            let size = size.ok_or_else(|| refused("its list of names is too large to be one"))?;
            let header = Box::new(header.clone());
            return Ok(State::Holding(Held { file, header, content: Vec::new(), size }));
        }
        self.out.write_all(block)?;
        let size = size.checked_next_multiple_of(BLOCK as u64).ok_or_else(|| refused("it is no tar archive"))?;
        Ok(if size == 0 { State::Header(Vec::new()) } else { State::Passing(size) })
    }

    fn pass_names(&mut self, held: Held) -> io::Result<()> {
        let Held { file, mut header, mut content, size } = held;
        content.truncate(size);
        let text = std::str::from_utf8(&content).map_err(|_| refused("its list of names is not UTF-8"))?;
        let document = json::parse(text).map_err(mistaken)?;
        let amended = match file {
            NamesFile::Manifest => self.manifest(document)?,
            NamesFile::Repositories => self.repositories(&document)?,
        };
        if let Some(amended) = amended {
            content = json::to_string(&amended, Format::COMPACT).map_err(mistaken)?.into_bytes();
            header.set_size(content.len() as u64);
            header.set_cksum();
        }
        content.resize(content.len().next_multiple_of(BLOCK), 0);
        self.out.write_all(header.as_bytes())?;
        self.out.write_all(&content)
    }

    /// What `manifest.json` is to say instead, if anything.
    fn manifest(&mut self, mut document: Node) -> io::Result<Option<Node>> {
        let images = document.as_list_mut().map_or(&mut [][..], Vec::as_mut_slice);
        let tags = images.first().and_then(|image| image.get("RepoTags")?.as_list());
        self.in_manifest = tags.and_then(|tags| tags.first()?.as_str()).map(str::to_owned);
        let Some(tag) = &self.tag else { return Ok(None) };
        let image = match images {
            [image] => image.as_map_mut().ok_or_else(|| refused("its manifest lists no image"))?,
            [] => return Err(refused("its manifest lists no image")),
            [_, _, ..] => return Err(refused("it holds more than one image, and one name was given")),
        };
        image.insert("RepoTags", Node::from_iter([tag.to_string()]));
        Ok(Some(document))
    }

    /// What `repositories` is to say instead, if anything.
    fn repositories(&mut self, document: &Node) -> io::Result<Option<Node>> {
        let (name, tags) = only(document, "image")?;
        let (tag, layer) = only(tags, "name of its image")?;
        self.listed = Some(format!("{name}:{tag}"));
        let renamed = |Tag { name, tag }: &Tag| {
            Node::new(Map::from([(name.as_str(), Map::from([(tag.as_str(), layer.clone())]))]))
        };
        Ok(self.tag.as_ref().map(renamed))
    }
}

impl<W: Write> Write for Archive<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.take(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Adds to `part`, up to `size`, from `bytes`; how much that was.
fn fill(part: &mut Vec<u8>, size: usize, bytes: &[u8]) -> usize {
    let taken = (size - part.len()).min(bytes.len());
    part.extend_from_slice(&bytes[..taken]);
    taken
}

fn names_file(header: &tar::Header) -> Option<NamesFile> {
    let path = header.path_bytes();
    match path.strip_prefix(b"./").unwrap_or(&path) {
        _ if !header.entry_type().is_file() => None,
        b"manifest.json" => Some(NamesFile::Manifest),
        b"repositories" => Some(NamesFile::Repositories),
        _ => None,
    }
}

/// The sum of a header's bytes, its own place counted as blanks.
fn checksum(block: &[u8]) -> u32 {
    let sum = |bytes: &[u8]| bytes.iter().map(|&byte| u32::from(byte)).sum::<u32>();
    sum(&block[..148]) + 8 * u32::from(b' ') + sum(&block[156..])
}

fn only<'n>(document: &'n Node, what: &str) -> io::Result<(&'n str, &'n Node)> {
    let mut entries = document.as_map().into_iter().flat_map(Map::text_entries);
    match (entries.next(), entries.next()) {
        (Some(entry), None) => Ok(entry),
        (None, _) => Err(refused(&format!("its `repositories` lists no {what}"))),
        (Some(_), Some(_)) => Err(refused(&format!("its `repositories` lists more than one {what}"))),
    }
}

fn mistaken(mistake: Diagnostic) -> io::Error {
    refused(&format!("its list of names: {}", mistake.message))
}

fn refused(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why.to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::tests::tar_of;
    use super::*;

    /// What comes out of an archive that goes in, so many bytes at a time; and what its image was called.
    fn passed(archive: &[u8], tag: Option<&str>, step: usize) -> io::Result<(Vec<u8>, Option<String>)> {
        let mut passing = Archive::new(Vec::new(), tag.map(Tag::parse));
        archive.chunks(step).try_for_each(|chunk| passing.write_all(chunk))?;
        passing.finish()
    }

    const MANIFEST: (&str, u8, &[u8]) = ("manifest.json", b'0', br#"[{"Config":"c","RepoTags":["a:1"]}]"#);
    const REPOSITORIES: (&str, u8, &[u8]) = ("repositories", b'0', br#"{ "b": {"2": "layer"} }"#);

    fn image() -> Vec<u8> {
        let long = "l/".repeat(100) + "json";
        let layer = vec![7; 3000];
        tar_of(&[
            ("empty", b'0', b""),
            ("folder/", b'5', b""),
            ("link", b'2', b""),
            (&long, b'0', b"{}"),
            ("layer.tar", b'0', &layer),
            ("folder/manifest.json", b'0', b"not the one"),
            MANIFEST,
            REPOSITORIES,
        ])
    }

    #[test]
    fn without_another_name_nothing_changes() {
        let image = image();
        for step in [1, 511, 512, 513, 100_000] {
            let (out, name) = passed(&image, None, step).unwrap();
            assert!(out == image, "in steps of {step}");
            assert_eq!(name.as_deref(), Some("b:2"));
        }
    }

    #[test]
    fn another_name_is_written_to_both_lists_and_nothing_else() {
        for step in [1, 700, 100_000] {
            let (out, _) = passed(&image(), Some("host:1/c:3"), step).unwrap();
            let mut archive = tar::Archive::new(out.as_slice());
            let texts = archive.entries().unwrap().map(|entry| {
                let mut text = Vec::new();
                let mut entry = entry.unwrap();
                io::Read::read_to_end(&mut entry, &mut text).unwrap();
                String::from_utf8(text).unwrap()
            });
            let texts: Vec<String> = texts.collect();
            assert_eq!(texts.len(), 8);
            assert_eq!(texts[5], "not the one");
            assert_eq!(texts[6], r#"[{"Config":"c","RepoTags":["host:1/c:3"]}]"#);
            assert_eq!(texts[7], r#"{"host:1/c":{"3":"layer"}}"#);
        }
    }

    #[test]
    fn names_are_read_as_engines_read_them() {
        for (text, name, tag) in
            [("a", "a", "latest"), ("a:1", "a", "1"), ("h:5/a", "h:5/a", "latest"), ("h:5/a:1", "h:5/a", "1")]
        {
            assert_eq!(Tag::parse(text), Tag { name: name.into(), tag: tag.into() });
        }
    }

    #[test]
    fn an_archive_that_cannot_be_understood_is_refused() {
        let refused = |archive: &[u8], tag| passed(archive, tag, 100).unwrap_err().to_string();
        let whole = image();
        for length in [0, 100, 512, 5000, whole.len() - 1024] {
            assert_eq!(refused(&whole[..length], None), "it breaks off", "{length}");
        }
        assert_eq!(refused(&[1; 1024], None), "it is no tar archive");
        let two = tar_of(&[("manifest.json", b'0', b"[{}, {}]")]);
        assert_eq!(refused(&two, Some("x")), "it holds more than one image, and one name was given");
        assert!(passed(&two, None, 100).is_ok());
        assert_eq!(refused(&tar_of(&[("manifest.json", b'0', b"[]")]), Some("x")), "its manifest lists no image");
        let repositories = |text: &str| refused(&tar_of(&[("repositories", b'0', text.as_bytes())]), None);
        assert_eq!(repositories(r#"{"a": {}, "b": {}}"#), "its `repositories` lists more than one image");
        assert_eq!(
            repositories(r#"{"a": {"1": "x", "2": "x"}}"#),
            "its `repositories` lists more than one name of its image"
        );
        assert_eq!(repositories("{}"), "its `repositories` lists no image");
        assert!(repositories("{").starts_with("its list of names: "));
    }
}
