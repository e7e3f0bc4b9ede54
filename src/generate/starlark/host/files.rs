//! Files of the tree: those that the kind declares in `reads`, and no others.

use starlark::environment::GlobalsBuilder;
use starlark::eval::Evaluator;
use starlark::starlark_module;
use starlark::values::Value;

use super::wrong;
use crate::json::parse;
use crate::script::starlark::{refused, services, spend, to_value};

#[starlark_module]
pub(super) fn functions(builder: &mut GlobalsBuilder) {
    /// The text of a file.
    fn read_text<'v>(
        #[starlark(require = pos)] path: &str,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<String> {
        text(eval, path)
    }

    /// The document in a YAML file.
    fn read_yaml<'v>(
        #[starlark(require = pos)] path: &str,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        let document = services(eval).document(path).map_err(refused)?;
        to_value(eval, &document)
    }

    /// The document in a JSON file.
    fn read_json<'v>(
        #[starlark(require = pos)] path: &str,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        let text = text(eval, path)?;
        let document = parse(&text).map_err(|mistake| wrong(format!("`{path}`: {}", mistake.message)))?;
        to_value(eval, &document)
    }

    /// The document in a TOML file.
    fn read_toml<'v>(
        #[starlark(require = pos)] path: &str,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Value<'v>> {
        let text = text(eval, path)?;
        let document = super::super::toml::parse(&text).map_err(|reason| wrong(format!("`{path}`: {reason}")))?;
        to_value(eval, &document)
    }

    /// The files of the repository that a pattern matches, by name.
    fn list_files<'v>(
        #[starlark(require = pos)] pattern: &str,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<Vec<String>> {
        let files = services(eval).list(pattern).map_err(wrong)?;
        spend(eval, files.iter().map(|file| file.len() as u64 + 16).sum())?;
        Ok(files)
    }
}

fn text(eval: &mut Evaluator<'_, '_, '_>, path: &str) -> starlark::Result<String> {
    let content = services(eval).read(path).map_err(wrong)?;
    spend(eval, content.len() as u64)?;
    String::from_utf8(content).map_err(|_| wrong(format!("`{path}` is not UTF-8")))
}
