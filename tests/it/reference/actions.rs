//! `actions.json` beside the reference's, byte for byte.

use std::path::{Path, PathBuf};

use super::programs::{Checkout, Program};

#[test]
fn actions_are_rendered_alike() {
    let tree = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/trees/hello");
    let checkout = Checkout::of(&tree);
    std::fs::write(checkout.path().join(".taskcluster.yml"), "version: 1\ntasks: []\n").unwrap();
    for parameters in ["push", "pull-request", "cron"] {
        let path = format!("parameters/{parameters}.yml");
        assert!(tree.join(Path::new(&path)).exists(), "{path}");
        let run = |program: &Program<'_>| program.output(&checkout, &["actions", "-p", &path], &[]);
        assert_eq!(run(&Program::Ours), run(&Program::Reference { seed: 0 }), "{parameters}");
    }
}
