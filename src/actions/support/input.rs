//! The input of an action: read with its places, and checked against the action's schema.
//!
//! Menus check input too, but anybody who may trigger the hook can send anything.

use std::path::Path;

use jsonschema::ValidationError;

use super::render::schema_json;
use crate::actions::Action;
use crate::diagnostics::{Diagnostic, Files, Mistakes, Span};
use crate::generate::shared::validation::{follow, words};
use crate::json;
use crate::yaml::{self, Node};

/// What an action was given.
#[derive(Clone, Debug, Default)]
pub struct Input(Node);

impl Input {
    /// From JSON text; `name` is what it is shown under in reports.
    ///
    /// # Errors
    /// Text that is no JSON.
    pub fn from_json(files: &Files, name: &Path, text: &str) -> Result<Self, Mistakes> {
        Ok(Self(json::read(files, name, text)?))
    }

    /// From YAML text; `name` is what it is shown under in reports.
    ///
    /// # Errors
    /// Text that is no YAML.
    pub fn from_yaml(files: &Files, name: &Path, text: &str) -> Result<Self, Mistakes> {
        Ok(Self(yaml::load(files, name, text)?.root))
    }

    /// A document that was made rather than read.
    #[must_use]
    pub const fn of(document: Node) -> Self {
        Self(document)
    }

    /// The input as it was given, null for nothing.
    #[must_use]
    pub const fn document(&self) -> &Node {
        &self.0
    }

    /// The input, if it is valid by the schema of `action`; nothing at all counts as an empty mapping.
    ///
    /// # Errors
    /// Everything in it that the schema refuses.
    pub(super) fn valid_for(&self, action: &Action) -> Result<Node, Mistakes> {
        let input = if self.0.is_null() { Node::empty_map() } else { self.0.clone() };
        let Some(schema) = action.schema else { return Ok(input) };
        let json: serde_json::Value = yaml::read(&input)?;
        let validator = jsonschema::validator_for(&schema_json(schema)).expect("a test compiles every schema");
        Mistakes(validator.iter_errors(&json).map(|error| mistake(&error, &input)).collect()).or(input)
    }
}

/// How often something is done that does not say.
pub(in crate::actions) const fn once() -> u32 {
    1
}

fn mistake(error: &ValidationError<'_>, input: &Node) -> Diagnostic {
    let node = follow(input, error.instance_path().as_str());
    Diagnostic::error(told(error)).at(node.map_or(Span::NONE, |node| node.span))
}

/// What a schema says against an input, for people.
#[must_use]
pub(super) fn told(error: &ValidationError<'_>) -> String {
    let name = error.instance_path().as_str().trim_start_matches('/').replace('/', ".");
    let subject = if name.is_empty() { "the input".to_owned() } else { format!("input `{name}`") };
    format!("{subject}: {}", words(error))
}
