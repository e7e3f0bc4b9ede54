//! Diagnostics as text for a terminal, the way rustc shows them.
//!
//! All of a run's mistakes and warnings are shown at once: warnings first, so that what must be mended stands
//! last, next to the prompt.

use std::ops::Range;
use std::path::{Path, PathBuf};

use annotate_snippets::{
    Annotation, AnnotationKind, Element, Group, Level, Renderer, Snippet, normalize_untrusted_str,
};

use crate::diagnostics::{Diagnostic, Files, Mistakes, Place, Severity, Span, shown};

/// How a report looks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Appearance<'a> {
    /// Whether it may use colour.
    pub(crate) colour: bool,
    /// The directory that paths are shown relative to.
    pub(crate) current_directory: &'a Path,
}

/// The text of `diagnostics`, each written mistake once, an empty line between two; empty if there are none.
pub(crate) fn render(diagnostics: Vec<Diagnostic>, files: &Files, appearance: Appearance<'_>) -> String {
    let mut diagnostics = Mistakes(diagnostics).fold().0;
    diagnostics.sort_by_cached_key(|diagnostic| sort_key(diagnostic, files));
    let texts = diagnostics.iter().map(|diagnostic| render_one(diagnostic, files, appearance));
    texts.collect::<Vec<_>>().join("\n")
}

/// Warnings before errors; then by file and line, so that the order does not depend on which kind was read first;
/// what has no place, such as a summary, last.
fn sort_key(diagnostic: &Diagnostic, files: &Files) -> (bool, bool, Option<(PathBuf, usize)>, String) {
    let place = files.place(diagnostic.span).map(|place| (place.file.path.clone(), place.range.start));
    (diagnostic.severity == Severity::Error, place.is_none(), place, diagnostic.message.clone())
}

fn render_one(diagnostic: &Diagnostic, files: &Files, appearance: Appearance<'_>) -> String {
    let level = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let places = places(diagnostic, files);
    let snippets = snippets(&places, appearance.current_directory).into_iter().map(Element::from);
    let footers = footers(diagnostic).into_iter().map(Element::from);
    let group: Group<'_> = level.primary_title(&*diagnostic.message).elements(snippets.chain(footers));
    let renderer = if appearance.colour { Renderer::styled() } else { Renderer::plain() };
    renderer.render(&[group]) + "\n"
}

/// One place to underline: whether the message is about it, where it is, and what to say of it.
struct Underlined<'a> {
    kind: AnnotationKind,
    place: Place,
    note: Option<&'a str>,
}

fn places<'a>(diagnostic: &'a Diagnostic, files: &Files) -> Vec<Underlined<'a>> {
    let place = |kind, span: Span, note| Some(Underlined { kind, place: files.place(span)?, note });
    let main = place(AnnotationKind::Primary, diagnostic.span, None);
    let related = diagnostic.related.iter();
    let related = related.filter_map(|(span, note)| place(AnnotationKind::Context, *span, Some(note.as_str())));
    main.into_iter().chain(related).collect()
}

/// One snippet for each file, in the order the files are met.
fn snippets<'a>(places: &'a [Underlined<'a>], current: &Path) -> Vec<Snippet<'a, Annotation<'a>>> {
    let mut paths: Vec<&Path> = Vec::new();
    for underlined in places {
        if !paths.contains(&&*underlined.place.file.path) {
            paths.push(&underlined.place.file.path);
        }
    }
    paths.into_iter().filter_map(|path| snippet(path, places, current)).collect()
}

fn snippet<'a>(path: &Path, places: &'a [Underlined<'a>], current: &Path) -> Option<Snippet<'a, Annotation<'a>>> {
    let mut inside = places.iter().filter(|underlined| underlined.place.file.path == path).peekable();
    let text = &*inside.peek()?.place.file.text;
    let annotation = |underlined: &'a Underlined<'a>| {
        underlined.kind.span(first_line(text, underlined.place.range.clone())).label(underlined.note)
    };
    let shown = shown(path, current).display().to_string();
    Some(Snippet::source(text).path(shown).annotations(inside.map(annotation)))
}

/// The part of a range that is on its first line: underlining a whole task would hide what is wrong with it.
fn first_line(text: &str, range: Range<usize>) -> Range<usize> {
    let end = text[range.clone()].find(['\n', '\r']).map_or(range.end, |newline| range.start + newline);
    range.start..end
}

fn footers(diagnostic: &Diagnostic) -> Vec<annotate_snippets::Message<'_>> {
    let tasks = tasks_note(diagnostic).map(|note| Level::NOTE.message(note));
    let loose = diagnostic.related.iter().filter(|(span, _)| !span.is_written());
    let loose = loose.map(|(_, note)| Level::NOTE.message(normalize_untrusted_str(note)));
    let help = diagnostic.help.as_deref().map(|help| Level::HELP.message(normalize_untrusted_str(help)));
    loose.chain(tasks).chain(help).collect()
}

/// "in task `x` and 3 more".
fn tasks_note(diagnostic: &Diagnostic) -> Option<String> {
    let first = normalize_untrusted_str(diagnostic.tasks.first()?);
    Some(match diagnostic.tasks.len() {
        1 => format!("in task `{first}`"),
        many => format!("in task `{first}` and {} more", many - 1),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const KIND: &str = "tasks:\n  unit:\n    worker:\n      chain-of-trus: true\n      env: {A: b}\n";

    fn plain(diagnostics: Vec<Diagnostic>, files: &Files) -> String {
        render(diagnostics, files, Appearance { colour: false, current_directory: Path::new("/tree") })
    }

    #[test]
    fn a_mistake_is_shown_where_it_was_written_and_once() {
        let files = Files::default();
        let file = files.add("/tree/ci/kinds/test/kind.yml", KIND).unwrap();
        let at = KIND.find("chain-of-trus").unwrap();
        let mistake = |task: &str| {
            Diagnostic::error("unknown key `chain-of-trus`")
                .at(file.span(at..at + 13))
                .help("did you mean `chain-of-trust`?")
                .in_task(task)
        };
        insta::assert_snapshot!(plain(vec![mistake("unit-2"), mistake("unit-1")], &files), @r"
        error: unknown key `chain-of-trus`
         --> ci/kinds/test/kind.yml:4:7
          |
        4 |       chain-of-trus: true
          |       ^^^^^^^^^^^^^
          |
          = note: in task `unit-1` and 1 more
          = help: did you mean `chain-of-trust`?
        ");
    }

    #[test]
    fn long_spans_end_with_their_first_line_and_files_stand_apart() {
        let files = Files::default();
        let kind = files.add("kind.yml", KIND).unwrap();
        let config = files.add("config.yml", "workers:\n  a: 1\n").unwrap();
        let mistake = Diagnostic::error("no such pool")
            .at(kind.span(KIND.find("worker").unwrap()..KIND.len()))
            .related(config.span(0..7), "pools are listed here");
        insta::assert_snapshot!(plain(vec![mistake], &files), @r"
        error: no such pool
         --> kind.yml:3:5
          |
        3 |     worker:
          |     ^^^^^^^
          |
         ::: config.yml:1:1
          |
        1 | workers:
          | ------- pools are listed here
        ");
    }

    #[test]
    fn warnings_come_first_and_what_has_no_place_is_told_too() {
        let files = Files::default();
        let diagnostics = vec![Diagnostic::error("no kinds"), Diagnostic::warning("a key twice").in_task("a")];
        insta::assert_snapshot!(plain(diagnostics, &files), @r"
        warning: a key twice
         |
         = note: in task `a`

        error: no kinds
        ");
    }

    #[test]
    fn colour_is_only_there_when_asked_for() {
        let files = Files::default();
        let appearance = Appearance { colour: true, current_directory: Path::new("/") };
        assert!(render(vec![Diagnostic::error("x")], &files, appearance).contains('\u{1b}'));
        assert!(!plain(vec![Diagnostic::error("x")], &files).contains('\u{1b}'));
    }
}
