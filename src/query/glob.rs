//! Globs, as regular expressions that match a whole text.

use regex::{Regex, RegexBuilder};

/// Whether anything in the glob does not stand for itself.
pub(super) fn has_signs(glob: &str) -> bool {
    glob.contains(['*', '?', '[', ']', '{', '}', '\\'])
}

/// Whether the glob has no sign but `*`.
pub(super) fn has_only_stars(glob: &str) -> bool {
    !glob.contains(['?', '[', ']', '{', '}', '\\'])
}

/// Whether a glob that has no sign but `*` matches a text.
pub(super) fn stars_match(glob: &str, text: &str) -> bool {
    let Some((start, rest)) = glob.split_once('*') else { return glob == text };
    let Some(mut text) = text.strip_prefix(start) else { return false };
    let (middle, end) = rest.rsplit_once('*').unwrap_or(("", rest));
    let Some(left) = text.strip_suffix(end) else { return false };
    text = left;
    // The first place where each part is found leaves most for those that follow.
    middle.split('*').all(|part| match text.find(part) {
        Some(at) => {
            text = &text[at + part.len()..];
            true
        }
        None => false,
    })
}

/// Whether the glob is one.
///
/// # Errors
/// What is wrong with it.
pub(super) fn check(glob: &str) -> Result<(), &'static str> {
    if has_signs(glob) { compile(glob).map(drop) } else { Ok(()) }
}

/// The regular expression that means the same.
///
/// # Errors
/// What is wrong with the glob.
pub(super) fn compile(glob: &str) -> Result<Regex, &'static str> {
    let expression = Translation::default().translate(glob)?;
    let mut builder = RegexBuilder::new(&expression);
    builder.dot_matches_new_line(true).size_limit(1 << 20);
    builder.build().map_err(|_| "it is too large, or a range in `[…]` runs backwards")
}

/// A regular expression in the making.
#[derive(Default)]
struct Translation {
    expression: String,
    /// How many braces are open.
    braces: usize,
}

impl Translation {
    fn translate(mut self, glob: &str) -> Result<String, &'static str> {
        self.expression.push_str(r"\A(?:");
        let mut rest = glob;
        while let Some(next) = rest.chars().next() {
            let after = &rest[next.len_utf8()..];
            rest = self.step(next, after)?;
        }
        if self.braces > 0 {
            return Err("`{` is not closed");
        }
        self.expression.push_str(r")\z");
        Ok(self.expression)
    }

    /// Takes what begins with `next`, and returns what is left of `after`.
    fn step<'g>(&mut self, next: char, after: &'g str) -> Result<&'g str, &'static str> {
        match next {
            '*' => self.expression.push_str(".*"),
            '?' => self.expression.push('.'),
            '[' => return self.class(after),
            ']' => return Err("`]` closes nothing; write `\\]` for the sign itself"),
            '{' => {
                self.braces += 1;
                self.expression.push_str("(?:");
            }
            '}' if self.braces == 0 => return Err("`}` closes nothing; write `\\}` for the sign itself"),
            '}' => {
                self.braces -= 1;
                self.expression.push(')');
            }
            ',' if self.braces > 0 => self.expression.push('|'),
            '\\' => {
                let escaped = after.chars().next().ok_or("nothing follows the last `\\`")?;
                self.literal(escaped);
                return Ok(&after[escaped.len_utf8()..]);
            }
            _ => self.literal(next),
        }
        Ok(after)
    }

    /// `[abc]`, `[a-z]` or `[!abc]`; a `]` right at the start stands for itself.
    fn class<'g>(&mut self, after: &'g str) -> Result<&'g str, &'static str> {
        let (negated, members) = match after.strip_prefix(['!', '^']) {
            Some(members) => (true, members),
            None => (false, after),
        };
        let first = members.chars().next().ok_or("`[` is not closed")?;
        let end = members[first.len_utf8()..].find(']').ok_or("`[` is not closed")? + first.len_utf8();
        self.expression.push_str(if negated { "[^" } else { "[" });
        for member in members[..end].chars() {
            match member {
                '-' => self.expression.push('-'),
                _ => self.literal(member),
            }
        }
        self.expression.push(']');
        Ok(&members[end + 1..])
    }

    fn literal(&mut self, character: char) {
        self.expression.push_str(&regex::escape(character.encode_utf8(&mut [0; 4])));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_match_whole_texts() {
        let rows = [
            ("a*", "abc/d", true),
            ("a*", "ba", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("a.c", "abc", false),
            ("[ab]-x", "b-x", true),
            ("[!ab]-x", "b-x", false),
            ("[a-c]", "b", true),
            ("[]x]", "]", true),
            ("[&&^~]", "&", true),
            ("{linux,win*}/opt", "windows/opt", true),
            ("{linux,win*}/opt", "mac/opt", false),
            ("{a,{b,c}}d", "cd", true),
            ("a,b", "a,b", true),
            (r"a\*", "a*", true),
            (r"a\*", "ab", false),
            ("*", "line\nline", true),
            ("ä?", "äö", true),
        ];
        for (glob, text, expected) in rows {
            assert_eq!(compile(glob).unwrap().is_match(text), expected, "{glob} on {text:?}");
        }
    }

    #[test]
    fn globs_with_nothing_but_stars_need_no_regular_expression() {
        let texts = ["", "a", "ab", "aba", "abab", "ba", "bab", "a/b", "aä"];
        for glob in ["*", "**", "a*", "*a", "a*a", "*b*", "a*b*a", "*ab*b", "ab*ab", "*ä"] {
            assert!(has_only_stars(glob));
            for text in texts {
                assert_eq!(stars_match(glob, text), compile(glob).unwrap().is_match(text), "{glob} on {text}");
            }
        }
    }

    #[test]
    fn what_is_not_closed_is_refused() {
        let reasons = ["a[", "a[]", "a{b", "b}", "a]", r"a\", "[z-a]"].map(|glob| check(glob).unwrap_err());
        assert_eq!(reasons[0], "`[` is not closed");
        assert_eq!(reasons[1], "`[` is not closed");
        assert_eq!(reasons[2], "`{` is not closed");
        assert!(reasons[3].starts_with("`}` closes nothing"));
        assert!(reasons[4].starts_with("`]` closes nothing"));
        assert!(reasons[5].starts_with("nothing follows"));
        assert!(reasons[6].starts_with("it is too large, or"));
    }
}
