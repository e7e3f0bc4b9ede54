//! The mistakes of a mapping by its keys, for mappings whose keys are told by name.

use serde::de::DeserializeOwned;

use super::{Map, Node, read};
use crate::diagnostics::{Diagnostic, Mistakes, Span, nearest};

/// The mistakes of each key of a mapping read as a `T`, with the key: every entry is put by itself into `valid`, a
/// mapping that reads as a `T` and has just the keys that are required, and every required key is missed by itself.
/// Mistakes without a place of their own get the key's, or for a missing key that of the mapping. A key that is
/// missing because it is misspelt is one mistake, where it is misspelt.
pub fn mistakes_by_key<T: DeserializeOwned>(mapping: &Map, span: Span, valid: &Map) -> Vec<(String, Diagnostic)> {
    let missed = valid.keys().filter(|key| !mapping.contains(key)).flat_map(|key| {
        let mut without = valid.clone();
        without.remove(key);
        let missing = read::<T>(&Node::new(without)).err().unwrap_or_default();
        let missing = missing.map(|missing| match slip_for(key, mapping, valid) {
            Some(slip) => missing.at(slip.span).help(format!("did you mean `{key}`?")),
            None => placed(missing, span),
        });
        named(key, missing)
    });
    let slips: Vec<&Node> = valid.keys().filter_map(|key| slip_for(key, mapping, valid)).collect();
    let wrong = mapping.iter().filter(|(key, _)| !slips.contains(&key)).flat_map(|(key, value)| {
        let mut alone = valid.clone();
        if let Some(required) = key.as_str() {
            alone.remove(required);
        }
        alone.insert(key.clone(), value.clone());
        let mistakes = read::<T>(&Node::new(alone)).err().unwrap_or_default();
        named(key.as_str().unwrap_or_default(), mistakes.map(|mistake| placed(mistake, key.span)))
    });
    wrong.chain(missed).collect()
}

/// The key that was written where a required one was meant.
fn slip_for<'m>(required: &str, mapping: &'m Map, valid: &Map) -> Option<&'m Node> {
    let is_slip = |key: &str| !valid.contains(key) && nearest(key, [required]).is_some();
    let found = || mapping.iter().find(|(key, _)| key.as_str().is_some_and(is_slip));
    (!mapping.contains(required)).then(found).flatten().map(|(key, _)| key)
}

fn named(key: &str, mistakes: Mistakes) -> Vec<(String, Diagnostic)> {
    mistakes.0.into_iter().map(|mistake| (key.to_owned(), mistake)).collect()
}

fn placed(mistake: Diagnostic, span: Span) -> Diagnostic {
    let own = mistake.span.or(span);
    mistake.at(own)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read")]
    struct Closed {
        name: String,
        size: i64,
        colour: Option<String>,
    }

    #[test]
    fn every_key_has_its_mistake() {
        let valid = Map::from([("name", Node::new("a")), ("size", Node::new(1))]);
        let mapping =
            Map::from([("size", Node::new("big")), ("color", Node::new("red")), ("colour", Node::new("red"))]);
        let mistakes = mistakes_by_key::<Closed>(&mapping, Span::NONE, &valid);
        let told: Vec<_> = mistakes.iter().map(|(key, mistake)| (key.as_str(), mistake.message.as_str())).collect();
        let expected = [
            ("size", "expected a whole number, found the string `big`"),
            ("color", "unknown key `color`"),
            ("name", "missing key `name`"),
        ];
        assert_eq!(told, expected);
        let slip = Map::from([("nmae", Node::new("a")), ("size", Node::new(1))]);
        let mistakes = mistakes_by_key::<Closed>(&slip, Span::NONE, &valid);
        let told: Vec<_> = mistakes.iter().map(|(_, told)| (told.message.as_str(), told.help.as_deref())).collect();
        assert_eq!(told, [("missing key `name`", Some("did you mean `name`?"))]);
    }
}
