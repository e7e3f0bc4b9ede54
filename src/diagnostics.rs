//! Mistakes and warnings that know where they were written.
//!
//! A [`Diagnostic`] is a plain value: a message, the place it is about, a fix to offer, and the tasks it
//! was met in. It is rendered in `cli`, and nowhere else. A [`Span`] is eight bytes; the text it points
//! into lives in [`Files`], so that a task copied forty times costs nothing to point back to its line.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arcstr::ArcStr;

use crate::steps;

/// A range of bytes in one of the files of a run; [`Span::NONE`] for values that were computed.
///
/// Offsets count through all files in the order they were added to [`Files`], so a span needs no file id.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    start: u32,
    end: u32,
}

impl Span {
    /// The span of a value that no file contains.
    pub const NONE: Self = Self { start: 0, end: 0 };

    /// Whether the span points at written text.
    #[must_use]
    pub const fn is_written(self) -> bool {
        self.end != 0
    }

    /// This span, or `other` if this one points nowhere.
    #[must_use]
    pub const fn or(self, other: Self) -> Self {
        if self.is_written() { self } else { other }
    }
}

/// One file that was read: the name it is shown under and its text.
#[derive(Debug)]
pub struct SourceFile {
    /// The path as the user would write it, relative to where the program runs if it is below.
    pub path: PathBuf,
    /// The whole text.
    pub text: String,
    base: u32,
}

impl SourceFile {
    /// The span of `range` (bytes of this file's text), clamped to the text.
    #[must_use]
    pub fn span(&self, range: std::ops::Range<usize>) -> Span {
        let clamp =
            |offset: usize| self.base + u32::try_from(offset.min(self.text.len())).unwrap_or(u32::MAX - self.base);
        Span { start: clamp(range.start), end: clamp(range.end.max(range.start)) }
    }
}

/// A [`Span`] turned back into a file and a range of its bytes.
#[derive(Clone, Debug)]
pub struct Place {
    /// The file the span is in.
    pub file: Arc<SourceFile>,
    /// The bytes of [`SourceFile::text`] it covers.
    pub range: std::ops::Range<usize>,
}

impl Place {
    /// Line and column, counted from one; columns count characters.
    #[must_use]
    pub fn line_and_column(&self) -> (usize, usize) {
        let before = &self.file.text[..self.range.start];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
    }
}

/// All files read in a run. Adding is rare and takes a lock; spans are resolved only to print.
#[derive(Debug, Default)]
pub struct Files {
    read: Mutex<Read>,
}

#[derive(Debug, Default)]
struct Read {
    /// In the order they were added.
    files: Vec<Arc<SourceFile>>,
    /// Where the files of a path are among them.
    by_path: HashMap<PathBuf, Vec<usize>>,
}

impl Read {
    fn known(&self, path: &Path, text: &str) -> Option<&Arc<SourceFile>> {
        let places = self.by_path.get(path)?;
        steps::took(places.len());
        places.iter().map(|&at| &self.files[at]).find(|file| file.text == text)
    }
}

impl Files {
    /// Takes the text of a file in and returns it with its place among the run's files: that of before, if it was read
    /// before and has not changed.
    ///
    /// # Errors
    /// The files of one run may hold four gigabytes in all; beyond that the file is refused.
    pub fn add(&self, path: impl Into<PathBuf>, text: impl Into<String>) -> Result<Arc<SourceFile>, Diagnostic> {
        let (path, text) = (path.into(), text.into());
        let mut read = self.lock();
        if let Some(known) = read.known(&path, &text) {
            return Ok(Arc::clone(known));
        }
        // One byte between files, and none at zero: an empty file still has a span of its own.
        let base = read.files.last().map_or(1, |last| last.base as usize + last.text.len() + 2);
        let (Ok(base), Ok(_)) = (u32::try_from(base), u32::try_from(base + text.len() + 2)) else {
            return Err(Diagnostic::error(format!(
                "cannot read `{}`: the files of one run exceed 4 GiB",
                path.display()
            )));
        };
        let at = read.files.len();
        read.by_path.entry(path.clone()).or_default().push(at);
        let file = Arc::new(SourceFile { path, text, base });
        read.files.push(Arc::clone(&file));
        Ok(file)
    }

    fn lock(&self) -> MutexGuard<'_, Read> {
        self.read.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where a span points, or nothing for [`Span::NONE`].
    #[must_use]
    pub fn place(&self, span: Span) -> Option<Place> {
        if !span.is_written() {
            return None;
        }
        let read = self.lock();
        let after = read.files.partition_point(|file| file.base <= span.start);
        let file = Arc::clone(read.files.get(after.checked_sub(1)?)?);
        let local = |offset: u32| floor_char_boundary(&file.text, (offset - file.base) as usize);
        let range = local(span.start)..local(span.end.max(span.start));
        Some(Place { file, range })
    }

    /// The path of every file read so far, in order.
    #[must_use]
    pub fn paths(&self) -> Vec<PathBuf> {
        self.lock().files.iter().map(|file| file.path.clone()).collect()
    }
}

fn floor_char_boundary(text: &str, offset: usize) -> usize {
    (0..=offset.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
}

/// How grave a diagnostic is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The run cannot succeed.
    Error,
    /// Something was accepted that is probably not what was meant; an error under `--strict`.
    Warning,
}

/// One thing to tell the person who wrote the tree.
///
/// Messages are lower case, have no full stop, and fit after `error:`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// How grave it is.
    pub severity: Severity,
    /// What is wrong, naming the thing in backticks.
    pub message: String,
    /// The text it is about; [`Span::NONE`] when there is none.
    pub span: Span,
    /// Further places that explain it, each with a few words.
    pub related: Vec<(Span, String)>,
    /// A fix to offer, or what was expected.
    pub help: Option<String>,
    /// The tasks (labels or names) it was met in; folded together by [`Mistakes::fold`].
    pub tasks: BTreeSet<String>,
    /// The label of the task that is looked for in vain, if that is the mistake. It need not be told where that task
    /// is only missing because of another mistake.
    pub absent: Option<ArcStr>,
}

impl Diagnostic {
    /// An error with no place yet.
    #[must_use]
    pub fn error(message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Error,
            message: message.into(),
            span: Span::NONE,
            related: Vec::new(),
            help: None,
            tasks: BTreeSet::new(),
            absent: None,
        }
    }

    /// A warning with no place yet.
    #[must_use]
    pub fn warning(message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(message) }
    }

    /// The same, about the text at `span`.
    #[must_use]
    pub fn at(mut self, span: Span) -> Self {
        self.span = span;
        self
    }

    /// The same, with another place that explains it.
    #[must_use]
    pub fn related(mut self, span: Span, note: impl Into<String>) -> Self {
        self.related.push((span, note.into()));
        self
    }

    /// The same, offering a fix.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same, for want of the task of that label.
    #[must_use]
    pub fn absent(mut self, label: impl Into<ArcStr>) -> Self {
        self.absent = Some(label.into());
        self
    }

    /// The same, met in `task`.
    #[must_use]
    pub fn in_task(mut self, task: impl Into<String>) -> Self {
        self.tasks.insert(task.into());
        self
    }
}

/// One or more mistakes; what a phase returns instead of its value.
#[derive(Clone, Debug, PartialEq, Eq, Default, thiserror::Error)]
#[error("{}", self.summary())]
pub struct Mistakes(pub Vec<Diagnostic>);

impl Mistakes {
    /// Whether nothing went wrong.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The mistakes with each written one told once, however many tasks it was copied into.
    #[must_use]
    pub fn fold(self) -> Self {
        let mut folded: Vec<Diagnostic> = Vec::new();
        // Only those at the same place can be the same.
        let mut by_place: HashMap<(Span, String), Vec<usize>> = HashMap::new();
        for mistake in self.0 {
            let places = by_place.entry((mistake.span, mistake.message.clone())).or_default();
            steps::took(places.len());
            match places.iter().copied().find(|&at| is_same_mistake(&folded[at], &mistake)) {
                Some(at) => folded[at].tasks.extend(mistake.tasks),
                None => {
                    places.push(folded.len());
                    folded.push(mistake);
                }
            }
        }
        Self(folded)
    }

    /// The same mistakes, each changed.
    #[must_use]
    pub fn map(self, change: impl FnMut(Diagnostic) -> Diagnostic) -> Self {
        Self(self.0.into_iter().map(change).collect())
    }

    /// `Ok(value)` when there are no mistakes.
    ///
    /// # Errors
    /// The mistakes, if there are any.
    pub fn or<T>(self, value: T) -> Result<T, Self> {
        if self.is_empty() { Ok(value) } else { Err(self) }
    }

    fn summary(&self) -> String {
        self.0.iter().map(|mistake| mistake.message.as_str()).collect::<Vec<_>>().join("\n")
    }
}

/// Two diagnostics are one written mistake when they say the same of the same place.
fn is_same_mistake(one: &Diagnostic, other: &Diagnostic) -> bool {
    one.severity == other.severity
        && one.span == other.span
        && one.message == other.message
        && one.help == other.help
        && (one.span.is_written() || one.tasks == other.tasks || !one.tasks.is_empty())
}

impl From<Diagnostic> for Mistakes {
    fn from(diagnostic: Diagnostic) -> Self {
        Self(vec![diagnostic])
    }
}

impl Extend<Diagnostic> for Mistakes {
    fn extend<I: IntoIterator<Item = Diagnostic>>(&mut self, more: I) {
        self.0.extend(more);
    }
}

/// Runs `each` over `items`, keeping every value and every mistake.
///
/// # Errors
/// All mistakes of all items, if there was any.
pub fn collect<T, U>(
    items: impl IntoIterator<Item = T>,
    each: impl FnMut(T) -> Result<U, Mistakes>,
) -> Result<Vec<U>, Mistakes> {
    let (values, mistakes) = gather(items, each);
    mistakes.or(values)
}

/// As [`collect`], for those who go on with what is good to find the mistakes in that as well.
pub fn gather<T, U>(
    items: impl IntoIterator<Item = T>,
    mut each: impl FnMut(T) -> Result<U, Mistakes>,
) -> (Vec<U>, Mistakes) {
    let (mut values, mut mistakes) = (Vec::new(), Mistakes::default());
    for item in items {
        match each(item) {
            Ok(value) => values.push(value),
            Err(more) => mistakes.extend(more.0),
        }
    }
    (values, mistakes)
}

/// Warnings gathered while a value is being made; shared by everything in a run.
#[derive(Debug, Default)]
pub struct Warnings(Mutex<Vec<Diagnostic>>);

impl Warnings {
    /// Adds a warning.
    pub fn push(&self, warning: Diagnostic) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(warning);
    }

    /// All warnings so far, each written one once; the list is emptied.
    #[must_use]
    pub fn take(&self) -> Vec<Diagnostic> {
        let warnings = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        Mistakes(warnings).fold().0
    }
}

/// The candidate nearest to `word`, if it is near enough to be a slip of the pen.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = word.chars().count();
    let limit = (length / 3).max(1);
    // Each letter that one has more than the other is a slip, and lengths are told sooner than slips: a long text may be
    // compared with forty thousand labels.
    let may_be_near = |candidate: &&str| candidate.chars().count().abs_diff(length) <= limit;
    candidates
        .into_iter()
        .filter(may_be_near)
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

/// "did you mean `x`?" for the nearest candidate, else the list of all of them if it is short.
#[must_use]
pub fn suggest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let mut candidates: Vec<&str> = candidates.into_iter().collect();
    candidates.sort_unstable();
    candidates.dedup();
    match nearest(word, candidates.iter().copied()) {
        Some(near) => Some(format!("did you mean `{near}`?")),
        None if candidates.is_empty() || candidates.len() > 30 => None,
        None => Some(format!("expected one of {}", quoted(&candidates))),
    }
}

/// The words in backticks with commas between.
#[must_use]
pub fn quoted<S: AsRef<str>>(words: &[S]) -> String {
    words.iter().map(|word| format!("`{}`", word.as_ref())).collect::<Vec<_>>().join(", ")
}

/// A path shown as the user would write it: relative to `current` if it is below.
#[must_use]
pub fn shown(path: &Path, current: &Path) -> PathBuf {
    path.strip_prefix(current).unwrap_or(path).to_path_buf()
}

#[cfg(test)]
mod tests {
    use super::*;

    proptest::proptest! {
        #[test]
        fn the_nearest_is_that_of_all(word in "[ab]{0,7}", candidates in proptest::collection::vec("[abc]{0,9}", 0..6)) {
            let limit = (word.len() / 3).max(1);
            let distance = |candidate: &str| strsim::damerau_levenshtein(&word, candidate);
            let near = candidates.iter().map(|candidate| (distance(candidate), candidate.as_str()));
            let expected = near.filter(|(distance, _)| *distance <= limit).min().map(|(_, candidate)| candidate);
            proptest::prop_assert_eq!(nearest(&word, candidates.iter().map(String::as_str)), expected);
        }
    }

    #[test]
    fn a_span_finds_its_file_and_line() {
        let files = Files::default();
        let first = files.add("a.yml", "one\ntwo\n").unwrap();
        let second = files.add("b.yml", "drei\nvier: fünf\n").unwrap();
        let place = files.place(second.span(11..16)).unwrap();
        assert_eq!((place.file.path.to_str(), place.line_and_column()), (Some("b.yml"), (2, 7)));
        assert_eq!(files.place(first.span(4..7)).unwrap().line_and_column(), (2, 1));
        assert!(files.place(Span::NONE).is_none());
        let again = files.add("a.yml", "one\ntwo\n").unwrap();
        assert_eq!((again.span(0..1), files.paths().len()), (first.span(0..1), 2));
        assert_ne!(files.add("a.yml", "one\n").unwrap().span(0..1), first.span(0..1));
    }

    #[test]
    fn one_written_mistake_is_told_once() {
        let files = Files::default();
        let file = files.add("a.yml", "key: value\n").unwrap();
        let mistake = |task: &str| Diagnostic::error("bad").at(file.span(0..3)).in_task(task);
        let folded = Mistakes(vec![mistake("a"), mistake("b"), Diagnostic::error("bad")]).fold();
        assert_eq!(folded.0.len(), 2);
        assert_eq!(folded.0[0].tasks.len(), 2);
    }

    #[test]
    fn suggestions_are_near_or_listed() {
        assert_eq!(
            suggest("chain-of-trus", ["chain-of-trust", "env"]).as_deref(),
            Some("did you mean `chain-of-trust`?")
        );
        assert_eq!(suggest("zzz", ["b", "a"]).as_deref(), Some("expected one of `a`, `b`"));
    }
}
