//! What went wrong in a program, told at its place.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use starlark::ErrorKind;
use starlark::codemap::FileSpan;

use super::rewrite::{Places, bytes};
use crate::diagnostics::{Diagnostic, Mistakes, SourceFile, Span};

/// The texts of the programs of a run, by the name the engine knows them under.
#[derive(Debug, Default)]
pub(super) struct Sources(Mutex<BTreeMap<String, Source>>);

/// A program as it was written, and where its parts are in what was compiled.
#[derive(Clone, Debug)]
pub(super) struct Source {
    pub(super) file: Arc<SourceFile>,
    pub(super) places: Arc<Places>,
}

impl Source {
    /// The place of bytes of what was compiled.
    pub(super) fn span(&self, compiled: Range<usize>) -> Span {
        self.file.span(self.places.written(compiled))
    }
}

impl Sources {
    pub(super) fn add(&self, name: &str, source: Source) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), source);
    }

    fn span(&self, place: &FileSpan) -> Span {
        let sources = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sources.get(place.filename()).map(|source| source.span(bytes(place.span))).unwrap_or_default()
    }

    /// The mistake an error is: at the place of the expression, with the calls that led there.
    pub(super) fn diagnostic(&self, error: &starlark::Error) -> Diagnostic {
        let frames = error.call_stack().clone().into_frames();
        let mut calls: Vec<(Span, String)> = frames
            .into_iter()
            .filter(|frame| !frame.name.starts_with("__"))
            .filter_map(|frame| Some((self.span(&frame.location?), format!("`{}` is called here", frame.name))))
            .filter(|(span, _)| span.is_written())
            .collect();
        calls.dedup();
        if let Some(mistake) = carried(error) {
            return calls
                .into_iter()
                .rev()
                .take(MOST_CALLS)
                .fold(mistake, |told, (span, note)| told.related(span, note));
        }
        let own = error.span().map(|place| self.span(place)).unwrap_or_default();
        // Limits are met between expressions; the last call is the nearest place known.
        let span = if own.is_written() { own } else { calls.last().map(|(span, _)| *span).unwrap_or_default() };
        let mut told = Diagnostic::error(message(error)).at(span);
        let outer = calls.into_iter().rev().filter(|(call, _)| *call != span).take(MOST_CALLS);
        told.related = outer.collect();
        told
    }
}

/// A mistake as an error that passes through a program; it is told as it is, with the calls that led there.
#[must_use]
pub fn refused(mistakes: impl Into<Mistakes>) -> starlark::Error {
    starlark::Error::new_other(anyhow::Error::new(mistakes.into()))
}

/// The mistake that passed through a program, if its place is not in the program.
fn carried(error: &starlark::Error) -> Option<Diagnostic> {
    let (ErrorKind::Other(error) | ErrorKind::Native(error)) = error.kind() else { return None };
    let mistakes = error.downcast_ref::<Mistakes>()?;
    mistakes.0.first().filter(|mistake| mistake.span.is_written()).cloned()
}

/// How many calls are told.
const MOST_CALLS: usize = 4;

/// What the engine says, as our messages are written.
fn message(error: &starlark::Error) -> String {
    let text = error.without_diagnostic().to_string();
    let text = match error.kind() {
        ErrorKind::StackOverflow(_) => "calls are nested too deep".to_owned(),
        ErrorKind::Fail(_) => return text.strip_prefix("fail:").unwrap_or(&text).trim().to_owned(),
        _ if text.starts_with("Execution duration limit") => "the program takes too many steps".to_owned(),
        _ if text.starts_with("Heap memory limit") => "the values of the program take too much memory".to_owned(),
        _ => text,
    };
    lower_case_start(text.trim_end().trim_end_matches('.'))
}

/// Lower case at the start, unless the first word is not one.
pub(super) fn lower_case_start(text: &str) -> String {
    let mut letters = text.chars();
    match (letters.next(), letters.next()) {
        (Some(first), Some(second)) if first.is_uppercase() && second.is_lowercase() => {
            first.to_lowercase().chain(text.chars().skip(1)).collect()
        }
        _ => text.to_owned(),
    }
}
