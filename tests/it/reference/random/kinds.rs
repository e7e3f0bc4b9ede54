//! A kind as it is being made up, and how it is written: what its tasks share becomes defaults and anchors, some of
//! them go to other files.

use super::document::{Document, Mapping, map};
use super::draw::Draw;
use super::values::{free, text, word};
use super::world::{Made, World};

/// A kind that is being made up.
pub(super) struct Kind {
    pub(super) name: String,
    /// `Some` for the loader that adds no transforms.
    pub(super) transforms: Vec<&'static str>,
    /// Whether the loader adds `run` and `task`.
    pub(super) is_default: bool,
    pub(super) dependencies: Vec<String>,
    pub(super) tasks: Vec<(String, Mapping)>,
    pub(super) made: Vec<Made>,
    /// Whether defaults may be given for `description`, `attributes` and more of that sort.
    pub(super) has_defaults: bool,
}

impl Kind {
    /// A kind without tasks that depends on some of those before it.
    pub(super) fn new(draw: &mut Draw, world: &World, name: &str) -> Self {
        let mut dependencies = draw.some_of(&world.kinds, 4);
        if draw.chance(30) {
            dependencies.reverse();
        }
        Self {
            name: name.to_owned(),
            transforms: Vec::new(),
            is_default: false,
            dependencies,
            tasks: Vec::new(),
            made: Vec::new(),
            has_defaults: false,
        }
    }

    /// Writes its files, and makes its tasks known.
    pub(super) fn write(mut self, draw: &mut Draw, world: &mut World) {
        let directory = format!("taskcluster/kinds/{}", self.name);
        let mut document = Mapping::new();
        let transforms = self.transform_names(draw);
        if !self.is_default {
            document.put("loader", "taskgraph.loader.transform:loader");
            document.put("transforms", transforms);
        } else {
            document.maybe(draw, 20, "loader", |_| "taskgraph.loader.default:loader");
            if !transforms.is_empty() || draw.chance(20) {
                document.put("transforms", transforms);
            }
        }
        if !self.dependencies.is_empty() || draw.chance(10) {
            document.put("kind-dependencies", self.dependencies.clone());
        }
        if self.has_defaults {
            share(draw, &mut self.tasks);
            document.maybe(draw, 25, "task-defaults", |draw| defaults(draw, "kind"));
        }
        if self.has_defaults && self.tasks.len() > 1 && draw.chance(20) {
            let moved = self.tasks.split_off(draw.between(0, self.tasks.len() - 1));
            let mut file = Mapping::new();
            file.maybe(draw, 40, "task-defaults", |draw| defaults(draw, "file"));
            for (name, task) in moved {
                file.put(name, task);
            }
            let path = draw.pick(&["more.yml", "other-tasks.yml", "sub/more.yml"]);
            world.tree.documents.insert(format!("{directory}/{path}"), file.shuffled(draw).into());
            document.put("tasks-from", vec![path]);
        }
        let mut tasks = Mapping::new();
        for (name, task) in self.tasks {
            tasks.put(name, task);
        }
        if !tasks.is_empty() || draw.chance(50) {
            document.put("tasks", tasks);
        }
        document.maybe(draw, 4, "something-else", |draw| free(draw, 2));
        world.tree.documents.insert(format!("{directory}/kind.yml"), document.into());
        world.kinds.push(self.name);
        world.tasks.extend(self.made);
    }

    fn transform_names(&self, draw: &mut Draw) -> Vec<String> {
        let full = |draw: &mut Draw, name: &&str| {
            let suffix = if draw.chance(50) { ":transforms" } else { "" };
            format!("taskgraph.transforms.{name}{suffix}")
        };
        self.transforms.iter().map(|name| full(draw, name)).collect()
    }

    /// Takes a task into the kind, with everything it becomes.
    pub(super) fn add(&mut self, name: &str, task: Mapping, tier: usize, is_cached: bool, names: &[String]) {
        let attributes = task.get("attributes").map(words).unwrap_or_default();
        for name in names {
            let label = format!("{}-{name}", self.name);
            if self.made.iter().any(|made| made.label == label) {
                continue;
            }
            self.made.push(Made {
                kind: self.name.clone(),
                label,
                tier,
                is_cached,
                artifact: None,
                attributes: attributes.clone(),
            });
        }
        self.tasks.push((name.to_owned(), task));
    }
}

/// The entries of a mapping whose values are texts.
fn words(mapping: &Document) -> Vec<(String, String)> {
    let Document::Map(entries) = mapping else { return Vec::new() };
    let word = |(key, value): &(Document, Document)| match (key, value) {
        (Document::Text(key), Document::Text(value)) => Some((key.clone(), value.clone())),
        _ => None,
    };
    entries.iter().filter_map(word).collect()
}

/// Values for every task of a kind or of a file.
fn defaults(draw: &mut Draw, of: &str) -> Document {
    let mut defaults = Mapping::new();
    defaults.maybe(
        draw,
        50,
        "attributes",
        |draw| map! { format!("default-of-{of}") => free(draw, 1), "platform" => "linux" },
    );
    defaults.maybe(draw, 30, "scopes", |draw| vec![format!("scope:of:{of}"), word(draw)]);
    defaults.maybe(draw, 30, "description", text);
    defaults.maybe(draw, 20, "extra", |draw| map! { of => free(draw, 2), "shared" => vec![word(draw)] });
    defaults.maybe(draw, 15, "routes", |_| vec![format!("default.of.{of}")]);
    defaults.maybe(draw, 15, "tags", |draw| map! { "tag" => text(draw) });
    defaults.maybe(draw, 10, "run-on-projects", |_| vec!["all"]);
    defaults.maybe(draw, 10, "priority", |_| "low");
    defaults.maybe(draw, 10, "always-target", |_| true);
    defaults.into()
}

/// Lets tasks share a value through an anchor, or merges one mapping into others. Only what no transform writes into
/// is shared as it is: the reference would write into all of them.
fn share(draw: &mut Draw, tasks: &mut [(String, Mapping)]) {
    const SHARED: [&str; 9] = [
        "description",
        "requires",
        "run-on-tasks-for",
        "run-on-git-branches",
        "run-on-projects",
        "optimization",
        "priority",
        "expires-after",
        "needs-sccache",
    ];
    if !draw.chance(25) {
        return;
    }
    let Some(((_, first), others)) = tasks.split_first_mut() else { return };
    let (key, is_merged) =
        if draw.chance(40) { (draw.pick(&["attributes", "tags"]), true) } else { (draw.pick(&SHARED), false) };
    let Some(value) = first.get_mut(key) else { return };
    let shared = Document::Shared(draw.serial(), Box::new(value.clone()));
    *value = shared.clone();
    for (_, task) in others {
        match task.get_mut(key) {
            Some(Document::Map(entries)) if is_merged => entries.insert(0, (Document::plain("<<"), shared.clone())),
            Some(value) if !is_merged => *value = shared.clone(),
            _ => {}
        }
    }
}

/// A name that is fit for index routes and paths, and that nothing else has.
pub(super) fn simple_name(draw: &mut Draw) -> String {
    format!("{}-{}", draw.pick(&["node", "rust", "gcc_x", "clang", "sdk"]), draw.serial())
}
