//! The input of actions. The first line names the callback; the rest is the input.

use super::Target;
use super::world::World;

use std::path::Path;

use futures::executor::block_on;
use pushgraph::actions::ACTIONS;
use pushgraph::actions::support::{Call, Input, Mode, Request, Services, trigger};
use pushgraph::create::Pace;
use pushgraph::publish::Publisher;
use pushgraph::sources::clock::FixedClock;
use pushgraph::sources::hooks::MemoryHooks;
use pushgraph::sources::jobs::MemoryJobs;
use pushgraph::sources::purge_cache::MemoryPurgeCache;
use pushgraph::sources::pushlog::MemoryPushlog;
use pushgraph::yaml::Node;

pub(super) const TARGET: Target = Target { name: "action_input", run };

fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (callback, input) = text.split_once('\n').unwrap_or(("retrigger", &text));
    let world = World::new(&[]);
    let Ok(input) = Input::from_json(&world.files, Path::new("ACTION_INPUT"), input) else { return };
    let (graph_config, parameters) = (world.graph_config(), world.parameters().expect("they are good"));
    let call = Call {
        run: world.run(&graph_config, &parameters),
        services: Services {
            queue: &world.queue,
            index: &world.index,
            artifacts: &world.artifacts,
            hooks: &MemoryHooks::default(),
            pushlog: &MemoryPushlog::default(),
            jobs: &MemoryJobs::default(),
            purge_cache: &MemoryPurgeCache::default(),
            clock: &FixedClock("2026-01-01T00:00:00Z".parse().expect("it is a time")),
            has_credentials: false,
        },
        // What it finds is nothing, so that it has nothing to publish.
        publisher: &Publisher::new("/nonexistent"),
        input: &Node::default(),
        task_group_id: Some(&world.decision_task_id),
        task_id: Some(&world.decision_task_id),
        own_task_id: Some(&world.decision_task_id),
        pace: Pace::default(),
        mode: Mode::Testing,
    };
    let _ = block_on(trigger(ACTIONS, Request { callback, input: &input, call }));
}
