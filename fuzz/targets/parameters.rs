//! Files of parameters.

use super::Target;
use super::world::World;

pub(super) const TARGET: Target = Target { name: "parameters", run };

fn run(data: &[u8]) {
    let _ = World::new(&[("parameters.yml", data)]).parameters();
}
