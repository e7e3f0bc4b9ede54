//! What names a set of parameters, and how it is written down.

use sha2::{Digest as _, Sha256};

use crate::diagnostics::Diagnostic;
use crate::json::{self, Format};
use crate::model::Parameters;
use crate::yaml::{self, DumpOptions, Node};

/// How many hexadecimal digits name a set of parameters.
const LENGTH: usize = 12;

/// A short name for what the parameters say.
///
/// Source: `Parameters.id` of the reference, where it has no `orjson`.
///
/// # Errors
/// A parameter of the project's own that JSON cannot say.
pub fn parameters_id(parameters: &Parameters) -> Result<String, Diagnostic> {
    let sorted = Format { sort_keys: true, ..Format::COMPACT };
    let text = json::to_string(&Node::new(parameters.document().clone()), sorted)?;
    let mut digest = hex::encode(Sha256::digest(text));
    digest.truncate(LENGTH);
    Ok(digest)
}

/// The parameters as `parameters.yml` holds them: sorted, in block style, with a newline at the end.
#[must_use]
pub fn parameters_yml(parameters: &Parameters) -> String {
    yaml::dump(&Node::new(parameters.document().clone()), DumpOptions::PARAMETERS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::github_push;

    #[test]
    fn the_same_parameters_have_the_same_name() {
        let id = parameters_id(&github_push()).unwrap();
        assert_eq!((id.len(), parameters_id(&github_push()).unwrap()), (LENGTH, id.clone()));
        let other = github_push().with([("level", Node::new("3"))]).unwrap();
        assert_ne!(parameters_id(&other).unwrap(), id);
    }

    #[test]
    fn parameters_are_written_sorted() {
        let text = parameters_yml(&github_push().with([("owner", Node::new("jürgen@example.com"))]).unwrap());
        assert!(text.starts_with("base_ref: main\nbase_repository: https://github.com/example/project\n"), "{text}");
        assert!(text.contains("level: '1'\n") && text.contains("owner: jürgen@example.com\n"), "{text}");
        assert!(text.ends_with("version: null\n"), "{text}");
    }
}
