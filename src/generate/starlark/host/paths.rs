//! Paths within the repository, as the reference's `util.path` has them.

use starlark::environment::GlobalsBuilder;
use starlark::starlark_module;
use starlark::values::tuple::UnpackTuple;

use crate::generate::shared::paths;
use crate::model::PathPattern;

#[starlark_module]
pub(super) fn functions(builder: &mut GlobalsBuilder) {
    /// The parts put together; one that begins with `/` starts anew.
    fn join(#[starlark(args)] parts: UnpackTuple<String>) -> starlark::Result<String> {
        let mut parts = parts.items.into_iter();
        let first = parts.next().unwrap_or_default();
        Ok(parts.fold(first, |path, part| paths::join(&path, &part)))
    }

    /// The last part.
    fn basename(#[starlark(require = pos)] path: &str) -> starlark::Result<String> {
        Ok(path.rsplit('/').next().unwrap_or_default().to_owned())
    }

    /// All but the last part.
    fn dirname(#[starlark(require = pos)] path: &str) -> starlark::Result<String> {
        Ok(paths::directory(path).to_owned())
    }

    /// The path without `.` and `..`.
    fn normpath(#[starlark(require = pos)] path: &str) -> starlark::Result<String> {
        Ok(paths::normalize(path))
    }

    /// Whether a pattern with `*` and `**` matches the path.
    fn r#match(
        #[starlark(require = pos)] path: &str,
        #[starlark(require = pos)] pattern: &str,
    ) -> starlark::Result<bool> {
        Ok(PathPattern::new(pattern).matches(path))
    }
}
