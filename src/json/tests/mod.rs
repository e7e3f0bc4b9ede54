//! Tests of writing: against the reference's Python, and against serde_json.

mod documents;
mod properties;
mod reference;
