//! Patterns of paths, as `when.files-changed` and a toolchain's `resources` are written.
//!
//! Source: `taskgraph.util.path.match` of the reference. `*` matches within one part of the path, `**` as a whole
//! part matches any number of parts, a pattern also matches everything below what it matches, and the empty pattern
//! matches everything.

/// One step of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    /// This text.
    Text(String),
    /// `*`: any characters but slashes.
    Star,
    /// `**/`: nothing, or any directories.
    Directories,
    /// `**` at the end: nothing, or `/` and anything after it; the slash is left out if the pattern is `**` alone.
    Below { slash: bool },
}

/// A pattern ready to be compared with many paths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathPattern {
    steps: Vec<Step>,
}

impl PathPattern {
    /// The pattern of that spelling; any text is one.
    #[must_use]
    pub fn new(pattern: &str) -> Self {
        let mut steps = Vec::new();
        let mut rest = pattern;
        // `**` counts only as a whole part; the slash that ends one `**/` does not start the next.
        let mut part_starts = true;
        while let Some(first) = rest.chars().next() {
            if part_starts && rest == "**" {
                let slash = drop_last_slash(&mut steps);
                steps.push(Step::Below { slash });
                break;
            }
            if part_starts && let Some(after) = rest.strip_prefix("**/") {
                (rest, part_starts) = (after, false);
                steps.push(Step::Directories);
                continue;
            }
            push_character(&mut steps, first);
            part_starts = first == '/';
            rest = &rest[first.len_utf8()..];
        }
        Self { steps }
    }

    /// Whether the pattern matches `path` or a directory it is in.
    #[must_use]
    pub fn matches(&self, path: &str) -> bool {
        if self.steps.is_empty() {
            return true;
        }
        // `reached[at]`: whether the steps so far match the path's first `at` bytes. Linear in steps × path, where
        // trying one way after another would not be.
        let mut reached = vec![false; path.len() + 1];
        reached[0] = true;
        for step in &self.steps {
            reached = step.advance(path, &reached);
        }
        reached.iter().enumerate().any(|(at, &here)| here && is_end(&path[at..]))
    }
}

fn push_character(steps: &mut Vec<Step>, character: char) {
    match (character, steps.last_mut()) {
        ('*', _) => steps.push(Step::Star),
        (_, Some(Step::Text(text))) => text.push(character),
        _ => steps.push(Step::Text(character.into())),
    }
}

/// Takes back the slash before a final `**`, which is optional together with what follows it.
fn drop_last_slash(steps: &mut Vec<Step>) -> bool {
    let Some(Step::Text(text)) = steps.last_mut() else { return false };
    text.pop();
    if text.is_empty() {
        steps.pop();
    }
    true
}

/// Whether a match may end before `rest`: at the end, or at what is below.
fn is_end(rest: &str) -> bool {
    let line = rest.strip_suffix('\n').unwrap_or(rest);
    line.is_empty() || (line.starts_with('/') && !line.contains('\n'))
}

impl Step {
    fn advance(&self, path: &str, reached: &[bool]) -> Vec<bool> {
        let mut next = vec![false; reached.len()];
        // Step by character, so that no position is within one.
        for (at, _) in path.char_indices().chain([(path.len(), ' ')]).filter(|&(at, _)| reached[at]) {
            self.from(&path[at..], |length| next[at + length] = true);
        }
        next
    }

    /// Tells every length of `rest`'s beginning that the step matches.
    fn from(&self, rest: &str, mut found: impl FnMut(usize)) {
        let ends = |text: &str| text.char_indices().map(|(at, c)| at + c.len_utf8()).collect::<Vec<_>>();
        match self {
            Self::Text(text) => {
                if rest.starts_with(text.as_str()) {
                    found(text.len());
                }
            }
            Self::Star => {
                found(0);
                ends(rest.split('/').next().unwrap_or("")).into_iter().for_each(found);
            }
            Self::Directories => {
                found(0);
                let line = first_line(rest);
                line.match_indices('/').filter(|&(at, _)| at > 0).for_each(|(at, _)| found(at + 1));
            }
            Self::Below { slash } => {
                found(0);
                let skipped = usize::from(*slash);
                if !slash || rest.starts_with('/') {
                    ends(first_line(&rest[skipped..])).into_iter().for_each(|end| found(skipped + end));
                }
            }
        }
    }
}

fn first_line(text: &str) -> &str {
    text.split('\n').next().unwrap_or("")
}

#[cfg(test)]
mod tests {
    use super::PathPattern;

    fn matches(path: &str, pattern: &str) -> bool {
        PathPattern::new(pattern).matches(path)
    }

    /// Answers of the reference's `match`: a path, a pattern and the answer on each line.
    const REFERENCE: &str = include_str!("../../tests/reference/path_match.tsv");

    #[test]
    fn paths_match_as_in_the_reference() {
        for line in REFERENCE.lines() {
            let fields: Vec<&str> = line.split('\t').collect();
            assert_eq!(matches(fields[0], fields[1]), fields[2] == "True", "{} {}", fields[0], fields[1]);
        }
    }

    #[test]
    fn a_pattern_of_many_stars_ends_soon() {
        let path = "a/".repeat(2000);
        assert!(!matches(&path, &format!("{}b", "**/*".repeat(20))));
    }
}
