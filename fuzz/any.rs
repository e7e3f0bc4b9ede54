//! The target that `PUSHGRAPH_FUZZ_TARGET` names, driven by libFuzzer.

#![no_main]

mod targets;

use std::sync::LazyLock;

use targets::{TARGETS, Target};

static TARGET: LazyLock<&Target> = LazyLock::new(|| {
    let name = std::env::var("PUSHGRAPH_FUZZ_TARGET").expect("PUSHGRAPH_FUZZ_TARGET names a target");
    TARGETS.iter().find(|target| target.name == name).expect("there is such a target")
});

libfuzzer_sys::fuzz_target!(|data: &[u8]| (TARGET.run)(data));
