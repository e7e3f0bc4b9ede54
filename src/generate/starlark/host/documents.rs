//! Documents put over one another, filled in, copied, and as JSON.

use starlark::collections::SmallMap;
use starlark::environment::GlobalsBuilder;
use starlark::eval::Evaluator;
use starlark::starlark_module;
use starlark::values::Value;
use starlark::values::tuple::UnpackTuple;

use super::wrong;
use crate::generate::shared::format::{format_text, substitute as substituted};
use crate::generate::shared::merge::merge as merged;
use crate::json::{Format, parse, to_string};
use crate::script::starlark::{refused, spend, to_node, to_value};
use crate::yaml::Map;

#[starlark_module]
pub(super) fn functions(builder: &mut GlobalsBuilder) {
    /// Mappings laid over one another, the last on top.
    fn merge<'v>(
        #[starlark(args)] mappings: UnpackTuple<Value<'v>>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        let mut lowest = Map::new();
        for (at, mapping) in mappings.items.iter().enumerate() {
            let node = to_node(eval, *mapping)?;
            let Some(map) = node.as_map() else {
                return Err(wrong(format!("`merge` takes mappings, found {}", node.type_name())));
            };
            lowest = if at == 0 { map.clone() } else { merged(&lowest, map) };
        }
        to_value(eval, &lowest.into())
    }

    /// A copy that shares nothing with what was copied.
    fn deepcopy<'v>(value: Value<'v>, eval: &mut Evaluator<'v, '_, '_>) -> starlark::Result<Value<'v>> {
        let node = to_node(eval, value)?;
        to_value(eval, &node)
    }

    /// The text with its `{fields}` filled in as Python's `str.format` does it, widths and precisions included.
    fn format<'v>(
        #[starlark(require = pos)] template: &str,
        #[starlark(kwargs)] values: SmallMap<String, Value<'v>>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<String> {
        let values = fields(eval, &values)?;
        let text = format_text(template, &values).map_err(refused)?;
        spend(eval, text.len() as u64)?;
        Ok(text)
    }

    /// The document with the `{fields}` of all its texts filled in.
    fn substitute<'v>(
        #[starlark(require = pos)] item: Value<'v>,
        #[starlark(kwargs)] values: SmallMap<String, Value<'v>>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        let values = fields(eval, &values)?;
        let item = substituted(&to_node(eval, item)?, &values).map_err(refused)?;
        to_value(eval, &item)
    }
}

fn fields<'v>(eval: &Evaluator<'v, '_, '_>, values: &SmallMap<String, Value<'v>>) -> starlark::Result<Map> {
    let mut fields = Map::new();
    for (name, value) in values {
        fields.insert(name.as_str(), to_node(eval, *value)?);
    }
    Ok(fields)
}

#[starlark_module]
pub(super) fn json(builder: &mut GlobalsBuilder) {
    /// The document as JSON, as Python's `json.dumps` writes it without spaces.
    fn encode<'v>(
        #[starlark(require = pos)] value: Value<'v>,
        #[starlark(require = named, default = false)] sort_keys: bool,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<String> {
        let node = to_node(eval, value)?;
        let text = to_string(&node, Format { sort_keys, ..Format::COMPACT }).map_err(refused)?;
        spend(eval, text.len() as u64)?;
        Ok(text)
    }

    /// The document that a JSON text is.
    fn decode<'v>(
        #[starlark(require = pos)] text: &str,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        spend(eval, 16 * text.len() as u64)?;
        let node = parse(text).map_err(refused)?;
        to_value(eval, &node)
    }
}
