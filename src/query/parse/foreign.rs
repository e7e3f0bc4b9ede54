//! What people write who have another language in mind, and what to write instead.

use crate::query::function::{FUNCTIONS, function_named};
use crate::query::lexer::{Token, What};

/// A word that is no label but something of another language: what is wrong, and what to write.
pub(in crate::query) fn word(word: &str) -> Option<(String, String)> {
    if word == "try:" {
        let help = "say it as a query, such as `platform(linux*) & suite(mochitest*)`";
        return Some(("a `try:` line is no query".to_owned(), help.to_owned()));
    }
    if ["all", "none", "target"].contains(&word) {
        return Some((format!("`{word}` is a function"), format!("write `{word}()`, or `=\"{word}\"` for a label")));
    }
    if word.starts_with(['.', '$', '@']) && word.len() > 1 {
        let help = "attributes are asked for with `attr(NAME, VALUE)`; a text that begins like this stands in quotes";
        return Some((format!("`{word}` is no label"), help.to_owned()));
    }
    let (name, value) = word.split_once(['=', ':'])?;
    let value = value.trim_start_matches(['=', ':', '~']);
    let function = function_named(name)?;
    let value = if value.is_empty() { "…" } else { value };
    Some((format!("`{}` is a function", function.name), format!("write `{name}({value})`")))
}

/// Two operands side by side: what was meant, if that is known.
pub(super) fn side_by_side(first: &Token, second: &Token) -> Option<String> {
    let What::Word(first) = &first.what else { return None };
    let value = match &second.what {
        What::Exact(text) | What::Contains(text) | What::Quoted(text) | What::Word(text) => text,
        _ => return None,
    };
    if first == "try:" {
        return Some("a `try:` line is no query".to_owned());
    }
    if let Some(name) = FUNCTIONS.iter().map(|function| function.name).find(|name| name == first) {
        return Some(format!("write `{name}({value})`"));
    }
    let is_comparison = matches!(second.what, What::Exact(_) | What::Contains(_));
    is_comparison.then(|| format!("for an attribute write `attr({first}, {value})`"))
}

/// A function of another language: what to write.
pub(super) fn function(name: &str) -> Option<String> {
    let (thing, method) = name.rsplit_once('.').unwrap_or(("", name));
    let thing = thing.rsplit('.').next().unwrap_or_default();
    let thing = if function_named(thing).is_some() { thing } else { "label" };
    let pattern = match method {
        "startswith" | "starts_with" => "TEXT*",
        "endswith" | "ends_with" => "*TEXT",
        "contains" | "includes" => "~TEXT",
        "match" | "search" | "test" => "/REGEX/",
        "select" | "filter" | "map" | "any" => {
            return Some("a query needs no `select`: write `kind(test) & tier(1)`".into());
        }
        "attributes" | "attribute" | "has" => return Some("write `attr(NAME, VALUE)`".into()),
        "union" | "intersect" | "except" | "difference" => return Some("join queries with `|`, `&` or `-`".into()),
        _ => return None,
    };
    Some(format!("write `{thing}({pattern})`"))
}
