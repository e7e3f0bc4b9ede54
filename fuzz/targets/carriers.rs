//! What a push carries. The message, the file, the note and the extra field are behind one another, with lines `---` between.

use super::Target;
use super::world::World;

use std::collections::BTreeMap;

use futures::executor::block_on;
use pushgraph::carriers::{HG_EXTRA, Push, TRY_TASK_CONFIG_FILE, find};
use pushgraph::generate::{Phase, generate};
use pushgraph::model::{CarrierName, TryConfig};
use pushgraph::sources::checkout::MemoryCheckout;
use pushgraph::sources::repository::MemoryRepository;

pub(super) const TARGET: Target = Target { name: "carriers", run };

const KIND: &str = "
loader: taskgraph.loader.transform:loader
transforms: [taskgraph.transforms.task]
task-defaults: {worker-type: b-linux, description: x, worker: {docker-image: debian:12, max-run-time: 600}}
tasks: {one: {}, two: {dependencies: {one: fuzz-one}, attributes: {unittest_try_name: two, test_platform: linux/opt}}}
";

fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut parts = text.split("\n---\n");
    let message = parts.next().unwrap_or_default().to_owned();
    let file = parts.next().filter(|file| !file.is_empty()).map(|file| (TRY_TASK_CONFIG_FILE, file));
    let note = parts.next().filter(|note| !note.is_empty()).map(str::to_owned);
    let extras: BTreeMap<String, String> =
        parts.next().map(|extra| (HG_EXTRA.to_owned(), extra.to_owned())).into_iter().collect();
    let config = TryConfig {
        carriers: vec![
            CarrierName::HgExtras,
            CarrierName::Note,
            CarrierName::Trailers,
            CarrierName::TryLine,
            CarrierName::TryTaskConfig,
        ],
        ..TryConfig::default()
    };
    let world = World::new(&[("taskcluster/kinds/fuzz/kind.yml", KIND.as_bytes())]);
    let push = Push {
        repository: &MemoryRepository { commit_message: message, note, extras, ..MemoryRepository::default() },
        checkout: &MemoryCheckout::new(file),
        files: &world.files,
        head_repository: "https://example.com/try",
        project: "try",
        file: None,
        allow_parameter_override: true,
        config: &config,
    };
    let Ok(carried) = find(&push) else { return };
    let parameters = world.parameters().expect("they are good");
    let carried = carried.to_parameters();
    let changes = carried.text_entries().map(|(name, value)| (name, value.clone()));
    let Ok(parameters) = parameters.with(changes) else { return };
    let graph_config = world.graph_config();
    let _ = block_on(generate(&world.inputs(world.run(&graph_config, &parameters)), Phase::TargetTaskGraph));
}
