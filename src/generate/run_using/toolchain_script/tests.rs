//! Toolchains as the reference describes them.

use serde_json::Value;

use crate::generate::testing::{World, apply, task};
use crate::generate::transforms::TRANSFORMS;

const FILES: &[(&str, &str)] = &[
    ("src/gcc/deep/y.c", "int y;\n"),
    ("src/gcc/x.c", "int x;\n"),
    ("taskcluster/a/b/t.c", "no\n"),
    ("taskcluster/a/b/t.txt", "text\n"),
    ("taskcluster/scripts/toolchain/build-gcc.sh", "echo gcc\n"),
    ("taskcluster/scripts/toolchain/build.ps1", "echo w\n"),
];

fn made(world: &World, stubs: &str) -> Result<Value, Vec<String>> {
    let stubs = world.stubs(stubs);
    let attributes = "{toolchain-artifact: public/build/gcc.tar, toolchain-alias: gcc, toolchain-env: {GCC: '12'}}";
    let dependencies = vec![task("toolchain", "toolchain-linux64-gcc-12", attributes)];
    let run = TRANSFORMS.iter().find(|transform| transform.name.contains("run")).unwrap();
    let made = world.kind("toolchain", "{}", dependencies, |kind| apply(run, kind, stubs));
    made.map_err(|mistakes| world.told(&mistakes))
}

#[test]
fn toolchains_are_described_as_the_reference_describes_them() {
    let made = made(&World::new(FILES), include_str!("stubs.yml")).unwrap();
    let mut made: Vec<&Value> = made.as_array().unwrap().iter().collect();
    made.sort_by_key(|task| task["label"].as_str());
    let expected: Vec<Value> = serde_json::from_str(include_str!("expected.json")).unwrap();
    assert_eq!(made.len(), expected.len());
    for (made, expected) in made.into_iter().zip(&expected) {
        assert_eq!(made, expected, "{}", expected["label"]);
    }
}

#[test]
fn a_script_that_is_not_there_is_told_where_it_is_written() {
    let stub = "- {name: a, description: d, worker-type: b-linux, run: {using: toolchain-script, script: no.sh, toolchain-artifact: x}}";
    assert_eq!(
        made(&World::new(FILES), stub).unwrap_err(),
        ["1:90 `taskcluster/scripts/toolchain/no.sh` did not match anything"]
    );
}
