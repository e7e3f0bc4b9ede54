//! The JSON Schemas of types.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};

/// The schema of a type, in the draft that editors know best.
#[must_use]
pub fn schema_of<T: JsonSchema>() -> Schema {
    SchemaSettings::draft07().into_generator().into_root_schema_for::<T>()
}
