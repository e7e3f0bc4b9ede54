//! What of a tree is made up already, and where in it the next thing will stand.

use super::draw::Draw;
use super::tree::Tree;

/// The tier of a task that Treeherder does not show.
pub(super) const NO_TIER: usize = usize::MAX;

/// What `config.yml` offers.
#[derive(Default)]
pub(super) struct Config {
    /// Worker types of docker-worker.
    pub(super) docker: Vec<String>,
    /// Worker types of generic-worker, with the operating system.
    pub(super) generic: Vec<(String, &'static str)>,
    pub(super) beetmover: Option<String>,
    pub(super) groups: Vec<String>,
    pub(super) products: Vec<String>,
    /// The prefixes of the repositories.
    pub(super) repositories: Vec<String>,
    pub(super) docker_image_kind: String,
    pub(super) trust_domain: String,
    /// What part of the tasks Treeherder shows, of a hundred.
    pub(super) treeherder: usize,
}

/// A task that is there already.
#[derive(Clone)]
pub(super) struct Made {
    pub(super) kind: String,
    pub(super) label: String,
    pub(super) tier: usize,
    /// Whether cached tasks may depend on it.
    pub(super) is_cached: bool,
    /// What `fetches` calls it, if it is a fetch or a toolchain.
    pub(super) artifact: Option<String>,
    /// Attributes whose values are words.
    pub(super) attributes: Vec<(String, String)>,
}

/// Everything made up so far.
#[derive(Default)]
pub(super) struct World {
    pub(super) config: Config,
    pub(super) tree: Tree,
    pub(super) kinds: Vec<String>,
    pub(super) tasks: Vec<Made>,
    /// The docker images, with their tier.
    pub(super) images: Vec<(String, usize)>,
}

/// Where a task will stand.
pub(super) struct Place<'a> {
    pub(super) world: &'a World,
    pub(super) kind: &'a str,
    /// What its kind depends on.
    pub(super) dependencies: &'a [String],
    /// Tasks of its own kind.
    pub(super) siblings: &'a [Made],
    pub(super) tier: usize,
    /// Whether braces are nothing special to what reads the task.
    pub(super) braces: bool,
    /// Whether many tasks will come of it, so that it may not take an index route.
    pub(super) is_many: bool,
    /// Whether the task is cached, and so what it depends on must be.
    pub(super) is_cached: bool,
    /// Whether it stands for a task of the index, and so depends on nothing that must run.
    pub(super) is_replaced: bool,
    /// Its dependencies: edge and task.
    pub(super) edges: Vec<(String, Made)>,
}

impl<'a> Place<'a> {
    /// Chooses the tier and the dependencies.
    pub(super) fn choose(
        draw: &mut Draw,
        world: &'a World,
        kind: &'a str,
        dependencies: &'a [String],
        siblings: &'a [Made],
    ) -> Self {
        let tier = if draw.chance(world.config.treeherder) { draw.one_of(&[1, 1, 1, 2, 3]) } else { NO_TIER };
        Self {
            world,
            kind,
            dependencies,
            siblings,
            tier,
            braces: true,
            is_many: false,
            is_cached: false,
            is_replaced: false,
            edges: Vec::new(),
        }
    }

    /// The tasks it may depend on: those of the kinds before and the siblings before.
    pub(super) fn candidates(&self) -> Vec<&'a Made> {
        let sees = |task: &&Made| self.dependencies.contains(&task.kind) || task.kind == self.kind;
        let is_fit = |task: &&Made| task.tier <= self.tier && (!self.is_cached || (task.is_cached && sees(task)));
        self.world.tasks.iter().chain(self.siblings).filter(is_fit).collect()
    }

    /// Those of them that its transforms see.
    pub(super) fn visible(&self) -> Vec<&'a Made> {
        let sees = |task: &&Made| self.dependencies.contains(&task.kind);
        self.candidates().into_iter().filter(sees).collect()
    }

    /// The images a task here may run in.
    pub(super) fn images(&self) -> Vec<&'a str> {
        let images = self.world.images.iter().filter(|(_, tier)| *tier <= self.tier);
        images.map(|(name, _)| name.as_str()).collect()
    }
}
