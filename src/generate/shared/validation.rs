//! What JSON Schemas refuse, for people.

use jsonschema::error::{TypeKind, ValidationErrorKind};
use jsonschema::{JsonType, ValidationError};

use crate::diagnostics::quoted;
use crate::yaml::Node;

/// The value that a JSON pointer leads to.
#[must_use]
pub fn follow<'a>(input: &'a Node, pointer: &str) -> Option<&'a Node> {
    pointer.split('/').skip(1).try_fold(input, |node, part| match node.as_list() {
        Some(items) => items.get(part.parse::<usize>().ok()?),
        None => node.get(&part.replace("~1", "/").replace("~0", "~")),
    })
}

/// What is wrong, in our words for what our schemas ask for.
#[must_use]
pub fn words(error: &ValidationError<'_>) -> String {
    match error.kind() {
        ValidationErrorKind::Type { kind } => format!("expected {}, found `{}`", type_words(kind), error.instance()),
        ValidationErrorKind::Minimum { limit } => format!("`{}` is less than {limit}", error.instance()),
        ValidationErrorKind::Maximum { limit } => format!("`{}` is more than {limit}", error.instance()),
        ValidationErrorKind::AdditionalProperties { unexpected } => format!("unknown key {}", quoted(unexpected)),
        ValidationErrorKind::FalseSchema => "must not be given".into(),
        _ => error.to_string(),
    }
}

/// "a string", "an integer".
fn type_words(kind: &TypeKind) -> String {
    match kind {
        TypeKind::Single(JsonType::Null) => "null".into(),
        TypeKind::Single(kind @ (JsonType::Array | JsonType::Integer | JsonType::Object)) => format!("an {kind}"),
        TypeKind::Single(kind) => format!("a {kind}"),
        TypeKind::Multiple(_) => "another type".into(),
    }
}
