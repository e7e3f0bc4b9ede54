//! One digest of many files of the tree.

use std::collections::BTreeSet;
use std::sync::Arc;

use sha2::{Digest, Sha256};

use crate::diagnostics::Diagnostic;
use crate::generate::context::RunContext;
use crate::model::PathPattern;

/// The digest of all files under the root of the repository that match any of `patterns`.
///
/// Only files that the head revision tracks count, with their content as it is in the tree. Source:
/// `taskgraph.util.hash.hash_paths` of the reference.
///
/// # Errors
/// A pattern that matches nothing and files that cannot be read.
pub fn hash_paths(run: &RunContext<'_>, patterns: &[&str]) -> Result<String, Diagnostic> {
    let tracked = tracked_files(run)?;
    let mut found = BTreeSet::new();
    for pattern in patterns {
        let compiled = PathPattern::new(pattern);
        let mut matching = tracked.iter().filter(|path| compiled.matches(path)).peekable();
        if matching.peek().is_none() {
            return Err(Diagnostic::error(format!("`{pattern}` did not match anything")));
        }
        found.extend(matching);
    }
    let mut hash = Sha256::new();
    for path in found {
        hash.update(format!("{} {path}\n", hash_file(run, path)?));
    }
    Ok(hex::encode(hash.finalize()))
}

/// The files of the repository that the head revision tracks.
///
/// # Errors
/// If the repository cannot be asked.
pub fn tracked_files(run: &RunContext<'_>) -> Result<Arc<[String]>, Diagnostic> {
    let root = &run.graph_config.vcs_root;
    run.memo.tracked_files.get_or_try_insert(root, || {
        let files = run.checkout.tracked_files(root).map_err(|error| Diagnostic::error(error.to_string()))?;
        Ok::<_, Diagnostic>(files.into())
    })
}

fn hash_file(run: &RunContext<'_>, path: &str) -> Result<arcstr::ArcStr, Diagnostic> {
    let absolute = run.graph_config.vcs_root.join(path);
    run.memo.file_digests.get_or_try_insert(&absolute, || {
        let content = run.checkout.read(&absolute);
        let content = content.map_err(|error| Diagnostic::error(format!("cannot read `{path}`: {error}")))?;
        Ok(hex::encode(Sha256::digest(content)).into())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::testing::World;

    /// The digest is what the reference's `hash_paths` answers on the same files.
    #[test]
    fn files_are_digested_as_in_the_reference() {
        let world = World::new(&[("src/a/x.rs", "1\n"), ("src/b.rs", "2\n"), ("README.md", "3\n")]);
        let digest = hash_paths(&world.run(), &["src/**/*.rs", "README.md", "src/b.rs"]).unwrap();
        assert_eq!(digest, "e6909d8969e3be00295fd894e057f703f45f15b0942e478324e4b0d4cda9004c");
        let nothing = hash_paths(&world.run(), &["README.md", "*.py"]).unwrap_err();
        assert_eq!(nothing.message, "`*.py` did not match anything");
    }
}
