//! Transforms in Starlark: whatever is in the file, there are tasks or there are mistakes.

use super::Target;
use super::world::World;

use futures::executor::block_on;
use pushgraph::generate::{Phase, generate};

pub(super) const TARGET: Target = Target { name: "starlark", run };

const KIND: &str = "
loader: taskgraph.loader.transform:loader
transforms: ['fuzz.star:transforms', taskgraph.transforms.task]
tasks: {one: {worker-type: b-linux, description: x, worker: {docker-image: debian:12, max-run-time: 600}}}
";

fn run(data: &[u8]) {
    let files = [("taskcluster/kinds/fuzz/kind.yml", KIND.as_bytes()), ("taskcluster/fuzz.star", data)];
    let world = World::new(&files);
    let (graph_config, parameters) = (world.graph_config(), world.parameters().expect("they are good"));
    let _ = block_on(generate(&world.inputs(world.run(&graph_config, &parameters)), Phase::FullTaskGraph));
}
