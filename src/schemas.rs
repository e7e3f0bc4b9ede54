//! JSON Schemas of everything a tree may say, made from the types that read it; committed in `schemas/`.
//!
//! An editor that knows them completes and checks a tree while it is written.

use schemars::{Schema, schema_for};
use serde_json::json;

use crate::generate::kinds::KindFile;
use crate::generate::payloads::PAYLOAD_BUILDERS;
use crate::generate::transforms::chunking::Chunk;
use crate::generate::transforms::from_deps::FromDeps;
use crate::generate::transforms::matrix::Matrix;
use crate::generate::transforms::notify::Notify;
use crate::generate::transforms::run::RunDescription;
use crate::generate::transforms::task::description::TaskDescription;
use crate::generate::transforms::task_context::TaskContext;
use crate::model::{Config, KnownParameters};

/// Every schema by the name of its file without `.json`, sorted.
#[must_use]
pub fn schemas() -> Vec<(String, Schema)> {
    let mut schemas: Vec<(String, Schema)> = vec![
        ("config".into(), schema_for!(Config)),
        ("kind".into(), schema_for!(KindFile)),
        ("parameters".into(), schema_for!(KnownParameters)),
        ("task/chunk".into(), schema_for!(Chunk)),
        ("task/from-deps".into(), schema_for!(FromDeps)),
        ("task/matrix".into(), schema_for!(Matrix)),
        ("task/notify".into(), schema_for!(Notify)),
        ("task/run".into(), schema_for!(RunDescription)),
        ("task/task".into(), schema_for!(TaskDescription)),
        ("task/task-context".into(), schema_for!(TaskContext)),
    ];
    schemas.extend(PAYLOAD_BUILDERS.iter().map(|row| (format!("worker/{}", row.implementation), (row.schema)())));
    schemas.sort_by(|(one, _), (other, _)| one.cmp(other));
    schemas
}

/// A schema as its committed file holds it: indented, with one newline at the end.
#[must_use]
pub fn text(schema: &Schema) -> String {
    format!("{:#}\n", json!(schema))
}
