//! Values keyed by an attribute.

use starlark::collections::SmallMap;
use starlark::environment::GlobalsBuilder;
use starlark::eval::Evaluator;
use starlark::starlark_module;
use starlark::values::Value;
use starlark::values::dict::DictRef;
use starlark::values::list::UnpackList;
use starlark::values::none::{NoneOr, NoneType};

use super::wrong;
use crate::model::{KeyedByOptions, evaluate_keyed_by as evaluate, resolve_keyed_by as resolve};
use crate::script::starlark::{refused, to_node, to_value};
use crate::yaml::Node;

#[starlark_module]
pub(super) fn functions(builder: &mut GlobalsBuilder) {
    /// Puts in place of the values at a field of the item what they are for it, as the reference's
    /// `resolve_keyed_by`.
    fn resolve_keyed_by<'v>(
        #[starlark(require = pos)] item: Value<'v>,
        #[starlark(require = pos)] field: &str,
        #[starlark(require = pos)] item_name: &str,
        #[starlark(default = NoneOr::None)] defer: NoneOr<UnpackList<String>>,
        #[starlark(default = true)] enforce_single_match: bool,
        #[starlark(kwargs)] extra: SmallMap<String, Value<'v>>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<NoneType> {
        let first = field.split('.').next().unwrap_or(field).trim_end_matches("[]");
        let Some(present) = DictRef::from_value(item).and_then(|item| item.get_str(first)) else { return Ok(NoneType) };
        let node = to_node(eval, item)?;
        let Some(map) = node.as_map() else { return Err(wrong("`resolve_keyed_by` takes a task as a mapping")) };
        let defer = names(&defer);
        let options = KeyedByOptions { defer: &defer, enforce_single_match };
        let extra = extra.iter().map(|(name, value)| Ok((name.replace('_', "-"), to_node(eval, *value)?)));
        let extra = extra.collect::<starlark::Result<Vec<_>>>()?;
        let extra: Vec<(&str, Node)> = extra.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
        let mut resolved = map.clone();
        resolve(&mut resolved, field, item_name, options, &extra).map_err(refused)?;
        let value = resolved.get(first).cloned().unwrap_or_default();
        if to_node(eval, present)? != value {
            item.set_at(eval.heap().alloc(first), to_value(eval, &value)?)?;
        }
        Ok(NoneType)
    }

    /// The value that attributes choose, as the reference's `evaluate_keyed_by`.
    fn evaluate_keyed_by<'v>(
        #[starlark(require = pos)] value: Value<'v>,
        #[starlark(require = pos)] item_name: &str,
        #[starlark(require = pos)] attributes: Value<'v>,
        #[starlark(default = NoneOr::None)] defer: NoneOr<UnpackList<String>>,
        #[starlark(default = true)] enforce_single_match: bool,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        let (value, attributes) = (to_node(eval, value)?, to_node(eval, attributes)?);
        let defer = names(&defer);
        let options = KeyedByOptions { defer: &defer, enforce_single_match };
        let item = format!("`{item_name}`");
        let chosen = evaluate(&value, &item, &|name| attributes.get(name).cloned(), options).map_err(refused)?;
        to_value(eval, &chosen)
    }
}

fn names(list: &NoneOr<UnpackList<String>>) -> Vec<&str> {
    match list {
        NoneOr::None => Vec::new(),
        NoneOr::Other(list) => list.items.iter().map(String::as_str).collect(),
    }
}
