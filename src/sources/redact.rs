//! URLs without the credentials in them, for reports and for whatever is published.

/// The text with every URL in it stripped of a user's password, and over HTTP of the user as well, which may be a token.
#[must_use]
pub fn without_credentials(text: &str) -> String {
    let (mut clean, mut rest) = (String::with_capacity(text.len()), text);
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + "://".len());
        clean.push_str(before);
        let end =
            after.find(|letter: char| "/?#'\"<>".contains(letter) || letter.is_whitespace()).unwrap_or(after.len());
        let (authority, beyond) = after.split_at(end);
        let is_http = before.ends_with("http://") || before.ends_with("https://");
        clean.push_str(&shown(authority, is_http));
        rest = beyond;
    }
    clean + rest
}

/// `user:password@host` as it may be shown.
fn shown(authority: &str, is_http: bool) -> String {
    let Some((user, host)) = authority.rsplit_once('@') else { return authority.to_owned() };
    match user.split_once(':') {
        _ if is_http => host.to_owned(),
        Some((user, _)) => format!("{user}@{host}"),
        None => authority.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_and_tokens_are_left_out() {
        for (text, shown) in [
            ("https://me:secret@example.com/a", "https://example.com/a"),
            ("fetch https://token@github.com/a/b refs", "fetch https://github.com/a/b refs"),
            ("'http://a:b@c' and http://d:e@f/g?h=i@j", "'http://c' and http://f/g?h=i@j"),
            ("ssh://git@example.com/a", "ssh://git@example.com/a"),
            ("ssh://git:secret@example.com:22/a", "ssh://git@example.com:22/a"),
            ("git@github.com:a/b.git", "git@github.com:a/b.git"),
            ("no URL: // @", "no URL: // @"),
            ("https://", "https://"),
        ] {
            assert_eq!(without_credentials(text), shown, "{text}");
        }
    }
}
