//! Digests of texts and of files.

use sha2::{Digest, Sha256};
use starlark::environment::GlobalsBuilder;
use starlark::eval::Evaluator;
use starlark::starlark_module;
use starlark::values::list::UnpackList;

use super::wrong;
use crate::script::starlark::{services, spend};

#[starlark_module]
pub(super) fn functions(builder: &mut GlobalsBuilder) {
    /// The SHA-256 of a text, in hexadecimal digits.
    fn sha256<'v>(#[starlark(require = pos)] text: &str, eval: &mut Evaluator<'v, '_, '_>) -> starlark::Result<String> {
        spend(eval, text.len() as u64)?;
        Ok(hex::encode(Sha256::digest(text)))
    }

    /// One digest of all files that the patterns match.
    fn hash_paths<'v>(
        #[starlark(require = pos)] patterns: UnpackList<String>,
        eval: &mut Evaluator<'v, '_, '_>,
    ) -> starlark::Result<String> {
        let patterns: Vec<&str> = patterns.items.iter().map(String::as_str).collect();
        services(eval).hash_paths(&patterns).map_err(wrong)
    }
}
