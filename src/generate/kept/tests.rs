//! A graph that was kept is the graph that would be made.

use futures::executor::block_on;
use proptest::prelude::*;

use super::*;
use crate::generate::testing::World;
use crate::sources::shelf::{MemoryShelf, NoShelf};

/// What a file may hold, or nothing where it is missing; the first is what is there at the start.
const FILES: &[(&str, &[Option<&str>])] = &[
    ("taskcluster/kinds/one/kind.yml", &[Some(KIND), Some(CHANGED), Some("tasks: {}"), Some("tasks: [")]),
    ("taskcluster/kinds/two/kind.yml", &[None, Some(CHANGED), Some(KIND)]),
    (
        "taskcluster/more.yml",
        &[Some("more: {label: one-more, description: x}"), Some("other: {label: one-other, description: y}"), None],
    ),
    ("taskcluster/change.star", &[Some(STAR), Some(OTHER), None]),
    ("taskcluster/helper.star", &[Some("WORD = 'a'"), Some("WORD = 'b'"), None]),
    ("src/a.c", &[Some("int a;"), Some("int b;"), None]),
    ("src/b.c", &[None, Some("int b;")]),
    ("README", &[Some("nobody reads this"), Some("nobody reads that")]),
];
const KIND: &str = "
loader: taskgraph.loader.transform:loader
transforms: ['change.star:change', taskgraph.transforms.cached_tasks, taskgraph.transforms.task]
task-defaults: {worker-type: b-linux, description: x, worker: {docker-image: debian:12, max-run-time: 600}}
tasks: {a: {label: one-a}, b: {label: one-b, cache: {type: x, name: y, digest-data: ['1']}, optimization: {skip-unless-changed: ['src/**']}}}
tasks-from: [../../more.yml]
reads: ['src/**', README]
";
const CHANGED: &str = "
loader: taskgraph.loader.transform:loader
transforms: [taskgraph.transforms.task]
tasks: {a: {worker-type: b-win, description: z, worker: {max-run-time: 60, command: [x], os: windows}, soft-dependencies: []}}
";
const STAR: &str = "
load('helper.star', 'WORD')
def go(config, task):
    task['attributes'] = {'word': WORD, 'digest': hash_paths(['src/**'])}
    return task
change = each(go)
";
const OTHER: &str = "
def go(config, task):
    task['attributes'] = {'file': read_text('README'), 'number': 1.5, 'list': [1, None, True]}
    return task
change = each(go)
";

fn world(chosen: &[usize]) -> World {
    let files =
        FILES.iter().zip(chosen).filter_map(|((path, contents), &at)| Some((*path, contents[at % contents.len()]?)));
    World::new(&files.collect::<Vec<_>>())
}

fn made(world: &World, shelf: &dyn Shelf) -> Result<LabelGraph, String> {
    block_on(full_task_graph(&world.inputs(), shelf)).map_err(|error| error.to_string())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Whatever is changed between runs, a run with a shelf makes what one without makes.
    #[test]
    fn a_kept_graph_is_the_one_that_would_be_made(edits in prop::collection::vec((0..FILES.len(), 0_usize..4), 1..12)) {
        let (shelf, mut chosen) = (MemoryShelf::default(), vec![0; FILES.len()]);
        for (file, content) in edits {
            chosen[file] = content;
            let world = world(&chosen);
            prop_assert_eq!(made(&world, &shelf), made(&world, &NoShelf));
            prop_assert_eq!(made(&world, &shelf), made(&world, &NoShelf));
        }
    }

    /// Bytes that are none of a graph are no graph, and nothing else happens.
    #[test]
    fn any_bytes_are_unpacked_or_not(at in 0.0..1.0_f64, byte in any::<u8>(), is_cut in any::<bool>()) {
        let (shelf, world) = (MemoryShelf::default(), world(&vec![0; FILES.len()]));
        made(&world, &shelf).unwrap();
        let mut content = shelf.0.lock().unwrap().values().next().unwrap().clone();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "it is below the length")]
        let at = (content.len() as f64 * at) as usize;
        if is_cut { content.truncate(at) } else { content[at] = byte }
        let _ = packed::unpack(&content, |_| true);
    }
}

/// A file that nobody reads may change, a file that somebody reads may not.
#[test]
fn a_graph_is_kept_until_what_was_read_changes() {
    struct Counting(MemoryShelf, std::sync::atomic::AtomicUsize);
    impl Shelf for Counting {
        fn get(&self, name: &str) -> Option<Vec<u8>> {
            self.0.get(name)
        }
        fn put(&self, name: &str, content: &[u8]) {
            self.1.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            self.0.put(name, content);
        }
    }
    let shelf = Counting(MemoryShelf::default(), 0.into());
    let mut chosen = vec![0; FILES.len()];
    let puts = |chosen: &[usize]| {
        made(&world(chosen), &shelf).unwrap();
        shelf.1.load(std::sync::atomic::Ordering::Relaxed)
    };
    assert_eq!([puts(&chosen), puts(&chosen)], [1, 1]);
    for (path, expected) in [("README", 1), ("src/a.c", 2), ("taskcluster/helper.star", 3), ("src/b.c", 4)] {
        let file = FILES.iter().position(|(name, _)| *name == path).unwrap();
        chosen[file] = 1;
        assert_eq!(puts(&chosen), expected, "{path}");
    }
}
