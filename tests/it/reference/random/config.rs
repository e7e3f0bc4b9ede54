//! `config.yml`.

use super::document::{Document, Mapping, map};
use super::draw::Draw;
use super::keyed_by::{self, LEVELS, PROJECTS};
use super::values::{period, priority, text, word};
use super::world::Config;

/// A `config.yml` and what it offers.
pub(super) fn config(draw: &mut Draw) -> (Document, Config) {
    let mut config = Config {
        trust_domain: draw.pick(&["example", "taskgraph", "x-y", "proj_a"]).to_owned(),
        treeherder: draw.one_of(&[0, 0, 100, 100, 60]),
        docker_image_kind: if draw.chance(6) { "image".to_owned() } else { "docker-image".to_owned() },
        ..Config::default()
    };
    let mut document = Mapping::new();
    document.put("trust-domain", config.trust_domain.as_str());
    let with_priority = if draw.chance(20) { ("level", &LEVELS[..]) } else { ("project", &PROJECTS[..]) };
    document.put("task-priority", keyed_by::maybe(draw, 25, with_priority, &mut priority));
    document.put("workers", map! { "aliases" => aliases(draw, &mut config) });
    document.put("taskgraph", taskgraph(draw, &mut config));
    if config.docker_image_kind != "docker-image" || draw.chance(5) {
        document.put("docker-image-kind", config.docker_image_kind.as_str());
    }
    document
        .maybe(draw, 20, "task-deadline-after", |draw| keyed_by::maybe(draw, 40, ("project", &PROJECTS), &mut period));
    document.maybe(draw, 20, "task-expires-after", period);
    if config.treeherder > 0 || draw.chance(15) {
        document.put("treeherder", map! { "group-names" => groups(draw, &mut config) });
    }
    if draw.chance(60) {
        config.products = draw.many(1, 2, word);
        document.put("index", map! { "products" => config.products.clone() });
    }
    document.maybe(draw, 5, "something-else", |draw| super::values::free(draw, 2));
    (document.shuffled(draw).into(), config)
}

fn groups(draw: &mut Draw, config: &mut Config) -> Document {
    let mut groups = map_of(&[("Fetch", "Fetch tasks"), ("I", "Images"), ("TL", "Toolchains")]);
    for name in draw.some_of(&["B", "T", "Grp", "py3", "\u{e9}", "a-group-of-25-characters!"], 3) {
        groups.put(name, text(draw));
        config.groups.push(name.to_owned());
    }
    config.groups.push("TL".to_owned());
    groups.into()
}

fn map_of(entries: &[(&str, &str)]) -> Mapping {
    let mut mapping = Mapping::new();
    for (key, value) in entries {
        mapping.put(*key, *value);
    }
    mapping
}

fn aliases(draw: &mut Draw, config: &mut Config) -> Document {
    let mut aliases = Mapping::new();
    for name in ["images", "misc"] {
        aliases.put(name, alias(draw, "docker-worker", "linux"));
    }
    config.docker.extend(["b-linux".to_owned(), "images".to_owned()]);
    aliases.put("b-linux", alias(draw, "docker-worker", "linux"));
    if draw.chance(15) {
        aliases.put("t-(small|large).*", alias(draw, "docker-worker", "linux"));
        config.docker.extend(["t-small".to_owned(), "t-large-2".to_owned()]);
    }
    for (name, os) in [("win", "windows"), ("mac", "macosx"), ("lin", "linux"), ("bitbar", "linux-bitbar")] {
        if draw.chance(40) {
            aliases.put(name, alias(draw, "generic-worker", os));
            config.generic.push((name.to_owned(), os));
        }
    }
    if draw.chance(15) {
        aliases.put("beet", alias(draw, "beetmover", "scriptworker"));
        config.beetmover = Some("beet".to_owned());
    }
    if draw.chance(6) {
        aliases.put("default", alias(draw, "docker-worker", "linux"));
        config.docker.push("anything".to_owned());
    }
    aliases.into()
}

fn alias(draw: &mut Draw, implementation: &str, os: &str) -> Document {
    let mut alias = Mapping::new();
    let mut provisioner = |draw: &mut Draw| {
        draw.pick(&["proj-{level}", "provisioner", "{trust-domain}-l{level}", "scriptworker-k8s", "releng_hw"])
            .to_owned()
    };
    alias.put("provisioner", keyed_by::maybe(draw, 12, ("level", &LEVELS), &mut provisioner));
    alias.put("implementation", implementation);
    alias.put("os", os);
    // `{alias}` of a regular expression is no worker type, so it is left to those that are none.
    let mut worker_type: fn(&mut Draw) -> String = if os == "linux" && implementation == "docker-worker" {
        |draw| draw.pick(&["b-linux-{level}", "linux", "w_{level}-{level}"]).to_owned()
    } else {
        |draw| draw.pick(&["{alias}-{level}", "b-linux", "{alias}", "worker_type-{level}"]).to_owned()
    };
    alias.put("worker-type", keyed_by::maybe(draw, 12, ("level", &LEVELS), &mut worker_type));
    alias.shuffled(draw).into()
}

fn taskgraph(draw: &mut Draw, config: &mut Config) -> Document {
    let mut taskgraph = Mapping::new();
    taskgraph.put("repositories", repositories(draw, config));
    taskgraph.maybe(draw, 15, "cached-task-prefix", |draw| draw.pick(&["cache-prefix", "a.b"]).to_owned());
    taskgraph.maybe(draw, 15, "cache-pull-requests", |draw| draw.chance(40));
    taskgraph.maybe(draw, 10, "index-path-regexes", |draw| {
        draw.some_of(&[r"^(example\.v2\.[^.]*\.).*", r"(custom\.)(x)?", r"^nothing$"], 2)
    });
    taskgraph.maybe(draw, 25, "run", |draw| {
        let mut run = Mapping::new();
        run.maybe(draw, 90, "use-caches", use_caches);
        run
    });
    taskgraph.maybe(draw, 5, "disabled-actions", |draw| draw.some_of(&["rerun", "retrigger", "cancel"], 2));
    taskgraph.shuffled(draw).into()
}

/// What `use-caches` may be.
pub(super) fn use_caches(draw: &mut Draw) -> Document {
    if draw.chance(30) {
        return draw.chance(50).into();
    }
    let mut caches = draw.some_of(&["cargo", "checkout", "npm", "pip", "uv"], 5);
    if draw.chance(20) {
        caches.reverse();
    }
    caches.into()
}

fn repositories(draw: &mut Draw, config: &mut Config) -> Document {
    let mut repositories = Mapping::new();
    let several = draw.chance(8);
    config.repositories.push(draw.pick(&["project", "ci", "vcs_x"]).to_owned());
    let mut first = Mapping::new();
    first.put("name", text(draw));
    if several || draw.chance(15) {
        first.put("project-regex", draw.pick(&[".*", "(project|example|try|a-project)"]).to_owned());
    }
    first.maybe(draw, 10, "ssh-secret-name", |draw| format!("secrets/{}", word(draw)));
    first.maybe(draw, 10, "default-repository", |_| "https://github.com/example/elsewhere");
    first.maybe(draw, 10, "default-ref", |_| "main");
    first.maybe(draw, 5, "type", |_| "git");
    repositories.put(config.repositories[0].as_str(), first.shuffled(draw));
    if several {
        config.repositories.push("other".to_owned());
        let mut other = Mapping::new();
        other.put("name", "other");
        other.put("project-regex", "nobody-is-called-so");
        other.put("default-repository", "https://github.com/example/other");
        other.put("default-ref", draw.pick(&["main", "refs/heads/x"]).to_owned());
        other.put("type", draw.pick(&["git", "hg"]).to_owned());
        other.maybe(draw, 30, "ssh-secret-name", |_| "other-secret");
        other.maybe(draw, 30, "path", |_| "elsewhere");
        repositories.put("other", other);
    }
    repositories.into()
}
