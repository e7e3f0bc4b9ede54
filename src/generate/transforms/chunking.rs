//! Splits a task into numbered parts.
//!
//! Source: `taskgraph.transforms.chunking` of the reference.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Apply, Transform};
use crate::diagnostics::{Diagnostic, Mistakes};
use crate::generate::context::KindContext;
use crate::generate::shared::edit::map_in;
use crate::generate::shared::fields::missing_field;
use crate::generate::shared::format::{format_text, substitute};
use crate::generate::shared::paths::container_of;
use crate::generate::shared::text::Text;
use crate::model::Stub;
use crate::yaml::{self, Map, Node};

pub(super) const CHUNKING: Transform =
    Transform { name: "taskgraph.transforms.chunking:transforms", apply: Apply::Each(chunk) };

/// Key `chunk` of a task: makes it `total-chunks` tasks.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Chunk {
    /// How many tasks; none if not above 0.
    pub total_chunks: i64,
    /// Paths of the fields in which `{this_chunk}` and `{total_chunks}` are filled in.
    #[serde(default)]
    pub substitution_fields: Vec<Text>,
}

fn chunk(_: &KindContext<'_>, mut stub: Stub) -> Result<Vec<Stub>, Mistakes> {
    let Some(node) = stub.body.remove("chunk").filter(|chunk| !chunk.is_null()) else { return Ok(vec![stub]) };
    let chunk: Chunk = yaml::read(&node)?;
    (1..=chunk.total_chunks).map(|this| Ok(part(&stub, &chunk, this)?)).collect()
}

fn part(stub: &Stub, chunk: &Chunk, this: i64) -> Result<Stub, Diagnostic> {
    let mut part = stub.clone();
    let values = Map::from([("this_chunk", this), ("total_chunks", chunk.total_chunks)]);
    map_in(&mut part.body, "attributes")?.extend(values.clone());
    for field in &chunk.substitution_fields {
        fill(&mut part.body, field, &values)?;
    }
    Ok(part)
}

/// The name of a field may have a number in it as well; what was under the name with the braces stays.
fn fill(task: &mut Map, field: &Text, values: &Map) -> Result<(), Diagnostic> {
    let Some((container, name)) = container_of(task, field.as_str()) else { return Err(missing_field(task, field)) };
    let value = substitute(container.get(name).unwrap_or(&Node::default()), values)?;
    container.insert(format_text(name, values).map_err(|mistake| mistake.at(field.span()))?, value);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::testing::World;
    use serde_json::json;

    #[test]
    fn a_task_becomes_its_parts() {
        let world = World::new(&[]);
        let made = world.transform(
            &CHUNKING,
            "- {name: 't-{this_chunk}', keep: '{x}', worker: {env: {A: ['{this_chunk}/{total_chunks}', 1], '{this_chunk}': b}},
                chunk: {total-chunks: 2, substitution-fields: [name, worker.env]}}
- {name: whole, chunk: null}
- {name: none, chunk: {total-chunks: 0}}
- {name: '{this_chunk}', chunk: {total-chunks: 1}}",
        );
        let part = |this: i64| {
            json!({"name": format!("t-{this}"), "keep": "{x}", "attributes": {"this_chunk": this, "total_chunks": 2},
                "worker": {"env": {"A": [format!("{this}/2"), 1], this.to_string(): "b"}}})
        };
        let as_it_was = json!({"name": "{this_chunk}", "attributes": {"this_chunk": 1, "total_chunks": 1}});
        assert_eq!(made.unwrap(), json!([part(1), part(2), {"name": "whole"}, as_it_was]));
    }

    #[test]
    fn mistakes_point_at_what_was_written() {
        let told = |stubs: &str| {
            let world = World::new(&[]);
            let mistakes = world.transform(&CHUNKING, stubs).unwrap_err();
            world.told(&mistakes)
        };
        assert_eq!(told("- {name: t, chunk: {}}"), ["1:20 missing key `total-chunks`"]);
        assert_eq!(
            told("- {name: t, chunk: {total-chunks: 2, substitution-fields: [nam]}}"),
            ["1:60 the task has no field `nam` (did you mean `name`?)"]
        );
        assert_eq!(
            told("- {name: t, x: '{chunk}', chunk: {total-chunks: 2, substitution-fields: [x]}}"),
            ["1:16 unknown field `{chunk}` in `{chunk}` (expected one of `this_chunk`, `total_chunks`)"]
        );
        assert_eq!(
            told("- {name: t, chunk: {total-chunks: two, substitution-fields: []}}"),
            ["1:35 expected a whole number, found the string `two`"]
        );
    }
}
