//! Dockerfiles with comments that mean something: `# %ARG`, `# %include`, `# %include-run-task`.

use std::ops::Range;

use crate::diagnostics::Diagnostic;

/// What `# %include-run-task` puts after itself.
const COPY_RUN_TASK: &str = "\
COPY run-task/run-task /usr/local/bin/run-task
COPY run-task/fetch-content /usr/local/bin/fetch-content
COPY run-task/robustcheckout.py /usr/local/mercurial/robustcheckout.py
COPY run-task/hgrc /etc/mercurial/hgrc.d/mozilla.rc
";

/// A Dockerfile after its comments have been followed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Expanded {
    /// The Dockerfile for the archive.
    pub(super) content: String,
    /// What else to put into the archive, and where in the Dockerfile's text that was written.
    pub(super) includes: Vec<(Include, Range<usize>)>,
}

/// Something to put into the archive.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Include {
    /// A file or directory of the repository, as written.
    Path(String),
    /// The scripts of workers.
    RunTask,
}

/// Follows the comments of a Dockerfile. `$NAME` is replaced only after the line with its `# %ARG`.
///
/// # Errors
/// An argument that is not given: its name, and where it was written.
pub(super) fn expand(text: &str, arguments: &[(&str, &str)]) -> Result<Expanded, (String, Range<usize>)> {
    let mut expanded = Expanded::default();
    let mut known: Vec<(&str, &str)> = Vec::new();
    for (range, line) in lines(text) {
        if line.starts_with("# %ARG") {
            let name = after(line, "# %ARG ");
            match arguments.iter().rev().find(|(given, _)| *given == name) {
                Some(&argument) => known.push(argument),
                None => return Err((name.to_owned(), range)),
            }
            continue;
        }
        let line = known.iter().fold(line.to_owned(), |line, (name, value)| replace_argument(&line, name, value));
        expanded.content.push_str(&line);
        if range.end < text.len() {
            expanded.content.push('\n');
        }
        follow_include(&mut expanded, &line, range);
    }
    Ok(expanded)
}

fn follow_include(expanded: &mut Expanded, line: &str, range: Range<usize>) {
    if line.trim() == "# %include-run-task" {
        expanded.content.push_str(COPY_RUN_TASK);
        expanded.includes.push((Include::RunTask, range));
    } else if line.starts_with("# %include") {
        expanded.includes.push((Include::Path(after(line, "# %include ").to_owned()), range));
    }
}

/// What follows as many characters as `prefix` has; the reference does not look at the last of them.
fn after<'a>(line: &'a str, prefix: &str) -> &'a str {
    line.char_indices().nth(prefix.len()).map_or("", |(at, _)| line[at..].trim())
}

/// The lines without their ends, which may be any of `\n`, `\r\n` and `\r`, and where they are.
fn lines(text: &str) -> impl Iterator<Item = (Range<usize>, &str)> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let rest = text.get(start..).filter(|rest| !rest.is_empty())?;
        let length = rest.find(['\n', '\r']).unwrap_or(rest.len());
        let range = start..start + length;
        start = range.end + if rest[length..].starts_with("\r\n") { 2 } else { 1 };
        Some((range.clone(), &text[range]))
    })
}

/// Replaces `$name` wherever the name ends there, as a regular expression's `\b` would have it.
fn replace_argument(line: &str, name: &str, value: &str) -> String {
    let is_word = |character: char| character.is_alphanumeric() || character == '_';
    let name_is_word = name.chars().next_back().is_some_and(is_word);
    let reference = format!("${name}");
    let mut replaced = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find(&reference) {
        let (before, found) = rest.split_at(at);
        let after = &found[reference.len()..];
        let ends = after.chars().next().is_some_and(is_word) != name_is_word;
        replaced.push_str(before);
        replaced.push_str(if ends { value } else { &reference });
        rest = after;
    }
    replaced + rest
}

/// The mistake of a Dockerfile that asks for an argument nobody gives.
pub(super) fn missing_argument(name: &str, arguments: &[(&str, &str)]) -> Diagnostic {
    let mut mistake = Diagnostic::error(format!("missing argument `{name}`"));
    mistake.help = match crate::diagnostics::nearest(name, arguments.iter().map(|(given, _)| *given)) {
        Some(near) => Some(format!("did you mean `{near}`?")),
        None => Some("give it under `args` of the image's task".into()),
    };
    mistake
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_replaced_from_their_line_on() {
        let text = "FROM $BASE\n# %ARG BASE\nFROM $BASE/$BASED:$BASE-x ${BASE}\r\nRUN a\rRUN b";
        let expanded = expand(text, &[("BASE", "debian")]).unwrap();
        assert_eq!(expanded.content, "FROM $BASE\nFROM debian/$BASED:debian-x ${BASE}\nRUN a\nRUN b");
        let path = expand("# %ARG DIR\nRUN $DIR", &[("DIR", r"C:\new\1")]).unwrap();
        assert_eq!(path.content, r"RUN C:\new\1");
    }

    #[test]
    fn a_missing_argument_is_told_with_its_place() {
        let text = "FROM x\n# %ARG NAME\n";
        let (name, range) = expand(text, &[("NAMES", "x")]).unwrap_err();
        assert_eq!((name.as_str(), &text[range]), ("NAME", "# %ARG NAME"));
        assert_eq!(missing_argument("NAME", &[("NAMES", "x")]).help.as_deref(), Some("did you mean `NAMES`?"));
    }

    #[test]
    fn includes_stay_and_are_followed() {
        let expanded = expand("# %include a/b\n  # %include c\n# %include-run-task\n", &[]).unwrap();
        assert_eq!(expanded.includes, [(Include::Path("a/b".into()), 0..14), (Include::RunTask, 30..49)]);
        assert!(expanded.content.starts_with("# %include a/b\n  # %include c\n# %include-run-task\nCOPY run-task/"));
    }
}
