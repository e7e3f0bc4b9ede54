//! A whole tree from a seed.

use super::document::map;
use super::draw::Draw;
use super::tree::Tree;
use super::values::word;
use super::world::World;
use super::{config, from_deps, parameters, plain, sources, task_context};

/// How many parameter sets a tree has.
const PARAMETER_SETS: usize = 2;

/// The tree of a seed.
pub(super) fn tree(seed: u64) -> Tree {
    let mut draw = Draw::new(seed);
    let draw = &mut draw;
    let (document, config) = config::config(draw);
    let mut world = World { config, ..World::default() };
    world.tree.documents.insert("taskcluster/config.yml".to_owned(), document);
    if draw.chance(8) {
        sources::toolchains(draw, &mut world, "packages");
    }
    if draw.chance(65) || world.config.docker_image_kind != "docker-image" {
        sources::images(draw, &mut world);
    }
    if draw.chance(40) {
        sources::fetches(draw, &mut world);
    }
    if draw.chance(35) {
        sources::toolchains(draw, &mut world, "toolchain");
    }
    for _ in 0..draw.between(1, 4) {
        let name = kind_name(draw, &world);
        if !world.tasks.is_empty() && draw.chance(30) {
            from_deps::kind(draw, &mut world, &name);
        } else {
            plain::kind(draw, &mut world, &name);
        }
    }
    world.tree.documents.insert(task_context::CONTEXT.to_owned(), task_context::file());
    world.tree.documents.insert(".taskcluster.yml".to_owned(), map! { "version" => 1_usize, "tasks" => map! {} });
    for _ in 0..PARAMETER_SETS {
        let parameters = parameters::parameters(draw, &world);
        world.tree.parameters.push(parameters);
    }
    world.tree
}

/// A name that no kind has, and that no kind's name begins with.
fn kind_name(draw: &mut Draw, world: &World) -> String {
    const NAMES: [&str; 8] =
        ["build", "test", "lint", "my-dummy-kind", "build-and-test", "x", "signing", "sp\u{e9}cial"];
    let name = draw.pick(&NAMES);
    let clashes = |kind: &String| kind.starts_with(name) || name.starts_with(kind.as_str());
    if world.kinds.iter().any(clashes) {
        format!("{}{}-k", word(draw).chars().next().unwrap_or('k'), draw.serial())
    } else {
        name.to_owned()
    }
}
