//! Schemas that tasks must fulfil, declared in a program.

use jsonschema::Validator;
use starlark::environment::GlobalsBuilder;
use starlark::eval::Evaluator;
use starlark::starlark_module;
use starlark::values::Value;
use starlark::values::structs::AllocStruct;

use super::wrong;
use crate::diagnostics::{Diagnostic, Mistakes, nearest};
use crate::generate::shared::validation::{follow, words};
use crate::json::{Format, to_string};
use crate::script::starlark::{refused, to_node};
use crate::yaml::{self, Node};

/// Under what name a program holds a schema, as JSON.
pub(in crate::generate::starlark) const SCHEMA: &str = "schema";

/// A schema, ready to check tasks.
#[derive(Debug)]
pub(in crate::generate::starlark) struct Schema {
    validator: Validator,
    document: serde_json::Value,
}

impl Schema {
    /// The schema of a JSON text.
    ///
    /// # Errors
    /// What is wrong with it, as a message.
    pub(in crate::generate::starlark) fn parse(text: &str) -> Result<Self, String> {
        let document = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let validator = jsonschema::validator_for(&document).map_err(|error| format!("not a JSON Schema: {error}"))?;
        Ok(Self { validator, document })
    }

    /// Everything in a document that the schema refuses, where it is written.
    pub(in crate::generate::starlark) fn check(&self, document: &Node) -> Result<(), Mistakes> {
        let json: serde_json::Value = yaml::read(document)?;
        let mistake = |error: jsonschema::ValidationError<'_>| {
            let pointer = error.instance_path().as_str();
            let node = follow(document, pointer);
            let name = pointer.trim_start_matches('/').replace('/', ".");
            let subject = if name.is_empty() { String::new() } else { format!("`{name}`: ") };
            let told = Diagnostic::error(format!("{subject}{}", words(&error)));
            match unexpected(&error).zip(node.and_then(Node::as_map)) {
                Some((key, map)) => {
                    let at = map.entry(&key).map(|(key, _)| key.span).unwrap_or_default();
                    let told = told.at(at);
                    let known = self.known_keys(&error);
                    match nearest(&key, known.iter().map(String::as_str)) {
                        Some(near) => told.help(format!("did you mean `{near}`?")),
                        None => told,
                    }
                }
                None => told.at(node.map(|node| node.span).unwrap_or_default()),
            }
        };
        Mistakes(self.validator.iter_errors(&json).map(mistake).collect()).or(())
    }

    /// The keys that the schema has where a key is refused.
    fn known_keys(&self, error: &jsonschema::ValidationError<'_>) -> Vec<String> {
        let refusing = error.schema_path().as_str();
        let owner = refusing.strip_suffix("/additionalProperties").and_then(|owner| self.document.pointer(owner));
        let properties = owner.and_then(|owner| owner.get("properties")).and_then(serde_json::Value::as_object);
        properties.into_iter().flat_map(|properties| properties.keys().cloned()).collect()
    }
}

/// The first key that should not be there, if that is what is wrong.
fn unexpected(error: &jsonschema::ValidationError<'_>) -> Option<String> {
    match error.kind() {
        jsonschema::error::ValidationErrorKind::AdditionalProperties { unexpected } => unexpected.first().cloned(),
        _ => None,
    }
}

#[starlark_module]
pub(super) fn functions(builder: &mut GlobalsBuilder) {
    /// A transform that refuses tasks which a JSON Schema refuses.
    fn schema<'v>(
        #[starlark(require = pos)] document: Value<'v>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        let text = to_string(&to_node(eval, document)?, Format::COMPACT).map_err(refused)?;
        Schema::parse(&text).map_err(wrong)?;
        Ok(eval.heap().alloc(AllocStruct([(SCHEMA, text)])))
    }
}
