//! Contexts of images: whatever a Dockerfile says, it is put into an archive or there are mistakes.

use super::Target;
use super::world::World;

use futures::executor::block_on;
use pushgraph::generate::{Phase, generate};

pub(super) const TARGET: Target = Target { name: "docker_context", run };

const KIND: &str = "
loader: taskgraph.loader.transform:loader
transforms: [taskgraph.transforms.docker_image, taskgraph.transforms.cached_tasks, taskgraph.transforms.task]
tasks: {fuzz: {symbol: I(f), args: {A: b}}}
";

fn run(data: &[u8]) {
    let files = [
        ("taskcluster/kinds/docker-image/kind.yml", KIND.as_bytes()),
        ("taskcluster/docker/fuzz/Dockerfile", data),
        ("taskcluster/docker/fuzz/more", b"more".as_slice()),
        ("topsrcdir.txt", b"a file of the repository".as_slice()),
    ];
    let world = World::new(&files);
    let (graph_config, parameters) = (world.graph_config(), world.parameters().expect("they are good"));
    let _ = block_on(generate(&world.inputs(world.run(&graph_config, &parameters)), Phase::FullTaskGraph));
}
