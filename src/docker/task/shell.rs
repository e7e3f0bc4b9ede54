//! Words as a POSIX shell takes them, quoted as Python's `shlex` quotes them.

/// One word.
pub(super) fn quote(word: &str) -> String {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || "_@%+=:,./-".contains(character);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\"'\"'"))
}

/// Several words.
pub(super) fn join(words: &[String]) -> String {
    words.iter().map(|word| quote(word)).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What Python's `shlex.quote` makes of the same words.
    #[test]
    fn words_are_quoted_as_python_quotes_them() {
        for (word, quoted) in [("", "''"), ("a/b=c", "a/b=c"), ("a b", "'a b'"), ("it's", "'it'\"'\"'s'"), ("é", "'é'")]
        {
            assert_eq!(quote(word), quoted);
        }
        assert_eq!(join(&["a".into(), "$b".into()]), "a '$b'");
    }
}
