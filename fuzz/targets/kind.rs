//! `kind.yml`: whatever it says, there is a graph or there are mistakes.

use super::Target;
use super::world::World;

use futures::executor::block_on;
use pushgraph::generate::generate_all;

pub(super) const TARGET: Target = Target { name: "kind", run };

fn run(data: &[u8]) {
    let world = World::new(&[("taskcluster/kinds/fuzz/kind.yml", data)]);
    let (graph_config, parameters) = (world.graph_config(), world.parameters().expect("they are good"));
    let _ = block_on(generate_all(&world.inputs(world.run(&graph_config, &parameters))));
}
