//! From a commit message to the words of its `try:` line.

/// What a line begins with.
const MARK: &str = "try:";

/// The part of a message after the first `try:` that begins a word, up to the end of its line.
#[must_use]
pub fn try_line(message: &str) -> Option<&str> {
    let begins = |at: usize| message[..at].chars().next_back().is_none_or(char::is_whitespace);
    let (at, _) = message.match_indices(MARK).find(|(at, _)| begins(*at))?;
    let rest = &message[at + MARK.len()..];
    Some(rest.lines().next().unwrap_or_default())
}

/// Whether spaces within brackets are part of a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Brackets {
    /// They are, as in a `try:` line.
    Join,
    /// They are not.
    AreLetters,
}

/// A line as a POSIX shell splits it, but for spaces within brackets.
///
/// # Errors
/// A quotation or a bracket that does not end, in words that fit after a colon.
pub fn split(line: &str, in_brackets: Brackets) -> Result<Vec<String>, String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let (mut quote, mut brackets) = (None, 0_usize);
    let mut characters = line.chars();
    while let Some(next) = characters.next() {
        match (next, quote) {
            ('\\', None | Some('"')) => {
                let escaped = characters.next().ok_or("nothing follows the last `\\`")?;
                let text = word.get_or_insert_default();
                // Within double quotes a backslash is itself before most characters.
                if quote.is_some() && !matches!(escaped, '"' | '\\') {
                    text.push('\\');
                }
                text.push(escaped);
            }
            (_, Some(open)) if next == open => quote = None,
            ('\'' | '"', None) => {
                quote = Some(next);
                word.get_or_insert_default();
            }
            (_, None) if next.is_whitespace() && brackets == 0 => words.extend(word.take()),
            _ => {
                match next {
                    '[' if quote.is_none() && in_brackets == Brackets::Join => brackets += 1,
                    ']' if quote.is_none() => brackets = brackets.saturating_sub(1),
                    _ => {}
                }
                word.get_or_insert_default().push(next);
            }
        }
    }
    if let Some(open) = quote {
        return Err(format!("the quotation that `{open}` begins does not end"));
    }
    if brackets > 0 {
        return Err("`[` is not closed".to_owned());
    }
    words.extend(word);
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(line: &str) -> Result<Vec<String>, String> {
        super::split(line, Brackets::Join)
    }

    #[test]
    fn the_line_is_the_first_that_begins_with_the_word() {
        assert_eq!(try_line("Bug 1\n\nretry: no\ntry: -b o \ntry: -b d"), Some(" -b o "));
        assert_eq!(try_line("Bug 1 - try: -b o"), Some(" -b o"));
        assert_eq!(try_line("retry: it"), None);
    }

    #[test]
    fn words_are_those_of_a_shell_but_for_brackets() {
        assert_eq!(split(" -b  do -p all ").unwrap(), ["-b", "do", "-p", "all"]);
        assert_eq!(
            split("-u mochitest[Windows 10,x64] -t none").unwrap(),
            ["-u", "mochitest[Windows 10,x64]", "-t", "none"]
        );
        assert_eq!(
            split(r#"--setenv "A=b c" --setenv 'D=\e' f\ g """#).unwrap(),
            ["--setenv", "A=b c", "--setenv", r"D=\e", "f g", ""]
        );
        assert_eq!(super::split("[a b]", Brackets::AreLetters).unwrap(), ["[a", "b]"]);
        assert_eq!(split("a 'b").unwrap_err(), "the quotation that `'` begins does not end");
        assert_eq!(split("a[b").unwrap_err(), "`[` is not closed");
        assert!(split("a\\").is_err());
    }
}
