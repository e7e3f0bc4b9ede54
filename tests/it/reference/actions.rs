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

#[test]
fn actions_of_ours_are_added_to_the_reference_s() {
    let tree = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/trees/hello");
    let checkout = Checkout::of(&tree);
    std::fs::write(checkout.path().join(".taskcluster.yml"), "version: 1\ntasks: []\n").unwrap();
    let config = checkout.path().join("taskcluster/config.yml");
    let extra = "extra-actions: [add-by-query, backfill, confirm-failures, fill, new-test]\n";
    std::fs::write(&config, std::fs::read_to_string(&config).unwrap() + extra).unwrap();
    let run = |program: &Program<'_>| program.output(&checkout, &["actions", "-p", "parameters/push.yml"], &[]);
    let (ours, theirs) = (run(&Program::Ours), run(&Program::Reference { seed: 0 }));
    let entries = |text: &str| -> Vec<String> {
        let list = text.split_once("\"actions\": [\n").expect("a list").1;
        list.split("\n    },\n").map(|entry| entry.split("\n    }\n").next().unwrap_or_default().to_owned()).collect()
    };
    let (ours, theirs) = (entries(&ours), entries(&theirs));
    assert!(theirs.len() > 5 && ours.len() == theirs.len() + 6, "{} beside {}", ours.len(), theirs.len());
    let kept: Vec<&String> = ours.iter().filter(|entry| theirs.contains(entry)).collect();
    assert_eq!(kept, theirs.iter().collect::<Vec<_>>());
}
