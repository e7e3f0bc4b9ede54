//! Archives of images, as `load-image` passes them on: whatever is in them, nothing but the engine gets it.

use super::Target;

use futures::executor::block_on;
use pushgraph::docker::load;
use pushgraph::model::TaskId;
use pushgraph::sources::artifacts::MemoryArtifacts;
use pushgraph::sources::engine::MemoryEngine;

pub(super) const TARGET: Target = Target { name: "image_archive", run };

fn run(data: &[u8]) {
    let task_id = TaskId::new("fzy3l9dCSDKRYTxTQTZjGg");
    let mut artifacts = MemoryArtifacts::default();
    artifacts.0.insert((task_id.clone(), "public/image.tar.zst".into()), data.to_vec());
    for tag in [None, Some("name:tag")] {
        let _ = block_on(load(&artifacts, &MemoryEngine::default(), &task_id, tag));
    }
}
