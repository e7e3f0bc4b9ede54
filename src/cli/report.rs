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

/// How much is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Length {
    /// Everything.
    Whole,
    /// What fits on a screen, and how much more there is.
    Screen,
}

/// How many lines fit on a screen.
const SCREEN: usize = 40;

/// How many places that explain one mistake are shown.
const PLACES: usize = 6;

/// The text of `diagnostics`, each written mistake once, an empty line between two; empty if there are none.
pub(crate) fn render(
    diagnostics: Vec<Diagnostic>,
    files: &Files,
    appearance: Appearance<'_>,
    length: Length,
) -> String {
    let mut diagnostics = Mistakes(diagnostics).fold().0;
    diagnostics.sort_by_cached_key(|diagnostic| sort_key(diagnostic, files));
    let one = |diagnostic: &Diagnostic| render_one(diagnostic, files, appearance);
    let mut texts: Vec<(Severity, String)> =
        diagnostics.iter().map(|diagnostic| (diagnostic.severity, one(diagnostic))).collect();
    if length == Length::Screen {
        let hidden = cut(&mut texts);
        texts.extend(hidden.map(|hidden| (hidden.severity, one(&hidden))));
    }
    texts.into_iter().map(|(_, text)| text).collect::<Vec<_>>().join("\n")
}

/// Leaves what fits on a screen, mistakes before warnings, and says what does not.
fn cut(texts: &mut Vec<(Severity, String)>) -> Option<Diagnostic> {
    let lines = |text: &str| text.lines().count() + 1;
    if texts.iter().map(|(_, text)| lines(text)).sum::<usize>() <= SCREEN + 1 {
        return None;
    }
    // Room for what is said of the rest.
    let mut left = SCREEN - 3;
    let mut is_shown = vec![false; texts.len()];
    let mut hidden = Vec::new();
    for severity in [Severity::Error, Severity::Warning] {
        let mut count = 0;
        for (at, (_, text)) in texts.iter().enumerate().filter(|(_, (own, _))| *own == severity) {
            // One is shown however long it is; after one that does not fit, none is.
            is_shown[at] = count == 0 && (lines(text) <= left || left == SCREEN - 3);
            count += usize::from(!is_shown[at]);
            left = left.saturating_sub(if is_shown[at] { lines(text) } else { 0 });
        }
        let noun = if severity == Severity::Error { "mistake" } else { "warning" };
        hidden.extend((count > 0).then(|| format!("{count} more {noun}{}", if count == 1 { "" } else { "s" })));
    }
    let mut shown = is_shown.into_iter();
    texts.retain(|_| shown.next().unwrap_or_default());
    let make = match texts.iter().any(|(severity, _)| *severity == Severity::Error) {
        true => Diagnostic::error,
        false => Diagnostic::warning,
    };
    let message = format!("{} not shown", hidden.join(" and "));
    (!hidden.is_empty()).then(|| make(message).help("`pushgraph check` shows everything that is wrong with the tree"))
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
    let text = renderer.render(std::slice::from_ref(&group)) + "\n";
    if places.is_empty() { without_bar(&text, &Renderer::plain().render(&[group])) } else { text }
}

/// Without the bar that leads from a title to a snippet, where there is none. `plain` is the same without colour.
fn without_bar(text: &str, plain: &str) -> String {
    let bar = plain.lines().position(|line| line.trim() == "|");
    let kept = text.lines().enumerate().filter(|(at, _)| Some(*at) != bar);
    kept.flat_map(|(_, line)| [line, "\n"]).collect()
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
    let related = diagnostic.related.iter().take(PLACES);
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
    let more = diagnostic.related.len().saturating_sub(PLACES);
    let more = (more > 0).then(|| Level::NOTE.message(format!("and {more} more places")));
    let loose = diagnostic.related.iter().take(PLACES).filter(|(span, _)| !span.is_written());
    let loose = loose.map(|(_, note)| Level::NOTE.message(normalize_untrusted_str(note)));
    let help = diagnostic.help.as_deref().map(|help| Level::HELP.message(normalize_untrusted_str(help)));
    loose.chain(more).chain(tasks).chain(help).collect()
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
        let appearance = Appearance { colour: false, current_directory: Path::new("/tree") };
        render(diagnostics, files, appearance, Length::Screen)
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
         = note: in task `a`

        error: no kinds
        ");
    }

    #[test]
    fn what_does_not_fit_on_a_screen_is_counted() {
        let files = Files::default();
        let many = |make: fn(String) -> Diagnostic, count: usize| (0..count).map(move |at| make(format!("{at:02}")));
        let all = |errors, warnings| {
            many(Diagnostic::warning, warnings).chain(many(Diagnostic::error, errors)).collect::<Vec<_>>()
        };
        let text = plain(all(12, 30), &files);
        assert_eq!((text.lines().count(), text.matches("error: ").count()), (38, 13));
        assert!(text.contains("\nerror: 24 more warnings not shown\n"), "{text}");
        let text = plain(all(50, 3), &files);
        assert!(text.contains("\nerror: 32 more mistakes and 3 more warnings not shown\n"), "{text}");
        assert!(!plain(all(20, 0), &files).contains("not shown"));
        let long = (0..50).fold(Diagnostic::error("long"), |long, at| long.related(Span::NONE, format!("{at}")));
        let text = plain(vec![long.clone(), long], &files);
        assert!(text.lines().count() < 20 && text.contains("and 44 more places"), "{text}");
    }

    #[test]
    fn colour_is_only_there_when_asked_for() {
        let files = Files::default();
        let appearance = Appearance { colour: true, current_directory: Path::new("/") };
        let coloured = render(vec![Diagnostic::error("x").help("y")], &files, appearance, Length::Screen);
        assert!(coloured.contains('\u{1b}') && !coloured.contains('|'), "{coloured}");
        assert!(!plain(vec![Diagnostic::error("x")], &files).contains('\u{1b}'));
    }
}
