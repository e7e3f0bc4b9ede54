//! Kinds of what other tasks use: docker images, fetches, toolchains, packages.

use super::document::{Document, Mapping, map};
use super::draw::Draw;
use super::kinds::{Kind, simple_name};
use super::task::index;
use super::values::{free, period, text, word};
use super::worker;
use super::world::{Made, NO_TIER, Place, World};
use super::{dependencies, fetches, run, task};

/// Whether what Treeherder shows may depend on images here.
fn tier(world: &World, is_shown: bool) -> usize {
    if is_shown && world.config.treeherder > 0 { 1 } else { NO_TIER }
}

/// Makes up the kind of the docker images.
pub(super) fn images(draw: &mut Draw, world: &mut World) {
    let name = world.config.docker_image_kind.clone();
    let mut kind = Kind::new(draw, world, &name);
    let packages: Vec<String> =
        world.tasks.iter().filter(|it| it.kind == "packages").filter_map(|it| it.artifact.clone()).collect();
    if !packages.is_empty() && !kind.dependencies.contains(&"packages".to_owned()) {
        kind.dependencies.push("packages".to_owned());
    }
    kind.transforms = vec!["docker_image", "cached_tasks", "task"];
    let mut names = vec!["fetch".to_owned(), "toolchain-build".to_owned()];
    names.extend(draw.many(0, 2, simple_name));
    let mut parents: Vec<(String, usize)> = Vec::new();
    let is_shown = world.config.treeherder > 0 && draw.chance(90);
    for name in names {
        let mut image = Mapping::new();
        let mut tier = NO_TIER;
        if is_shown {
            tier = self::tier(world, true);
            let group = if draw.chance(50) { "I" } else { "TL" };
            let symbol = format!("i{}", draw.serial());
            image.put("symbol", if draw.chance(60) { format!("{group}({symbol})") } else { symbol });
        }
        let definition = if draw.chance(15) { format!("def-{}", draw.serial()) } else { name.clone() };
        if definition != name {
            image.put("definition", definition.as_str());
        }
        let args = dockerfile(draw, world, &definition);
        if !args.is_empty() || draw.chance(5) {
            image.put("args", args.shuffled(draw));
        }
        let fit: Vec<&String> = parents.iter().filter(|(_, it)| *it <= tier).map(|(name, _)| name).collect();
        // Under another name of the kind, parents do not come first.
        if !fit.is_empty() && kind.name == "docker-image" {
            image.maybe(draw, 25, "parent", |draw| draw.pick(&fit).clone());
        }
        // What installs packages is not shown, because they are not.
        if !packages.is_empty() && tier == NO_TIER {
            image.maybe(draw, 40, "packages", |draw| draw.some_of(&packages, 2));
        }
        if !world.config.products.is_empty() {
            image.maybe(draw, 15, "index", |draw| index(draw, &world.config.products));
        }
        let is_cached = !draw.chance(8);
        if !is_cached || draw.chance(5) {
            image.put("cache", is_cached);
        }
        if is_cached {
            parents.push((name.clone(), tier));
        }
        let label = format!("docker-image-{name}");
        kind.made.push(Made {
            kind: kind.name.clone(),
            label,
            tier,
            is_cached,
            artifact: None,
            attributes: Vec::new(),
        });
        world.images.push((name.clone(), tier));
        kind.tasks.push((name, image.shuffled(draw)));
    }
    kind.write(draw, world);
}

/// Writes a Dockerfile and what it includes, and gives its arguments.
fn dockerfile(draw: &mut Draw, world: &mut World, definition: &str) -> Mapping {
    let mut args = Mapping::new();
    let mut lines = vec!["FROM debian:12".to_owned()];
    if draw.chance(25) {
        lines.push("# %ARG VERSION".to_owned());
        lines.push("RUN install $VERSION $VERSIONS \"$VERSION\"".to_owned());
        args.put("VERSION", draw.pick(&["1.0", "\u{e9}", "a b", ""]).to_owned());
    }
    if draw.chance(10) {
        args.put("UNUSED", text(draw));
    }
    for volume in draw.some_of(&["/builds/worker/checkouts", "/d/x  /d/y", "/builds/worker/.cache"], 2) {
        lines.push(format!("VOLUME {volume}"));
    }
    if draw.chance(30) {
        lines.push("# %include-run-task".to_owned());
    }
    if draw.chance(30) {
        let path = draw.pick(&["shared/a.txt", "shared", "taskcluster/docker"]);
        world.tree.files.insert("shared/a.txt".to_owned(), "included\n".to_owned());
        lines.push(format!("# %include {path}"));
    }
    let directory = format!("taskcluster/docker/{definition}");
    if draw.chance(30) {
        world.tree.files.insert(format!("{directory}/sub/script.sh"), text(draw));
    }
    let end = if draw.chance(85) { "\n" } else { "" };
    world.tree.files.insert(format!("{directory}/Dockerfile"), lines.join("\n") + end);
    args
}

/// Makes up the kind of the fetches.
pub(super) fn fetches(draw: &mut Draw, world: &mut World) {
    let name = if draw.chance(90) { "fetch" } else { "downloads" };
    let mut kind = Kind::new(draw, world, name);
    kind.transforms = vec!["fetch"];
    kind.is_default = draw.chance(50);
    if !kind.is_default {
        kind.transforms.extend(["run", "task"]);
    }
    // With `treeherder` in the configuration every fetch is shown, and so must its image be.
    let is_shown = !world.config.groups.is_empty();
    let images: Vec<String> =
        world.images.iter().filter(|(_, tier)| !is_shown || *tier == 1).map(|(name, _)| name.clone()).collect();
    for _ in 0..draw.between(1, 4) {
        let name = simple_name(draw);
        let mut task = Mapping::new();
        task.put("description", text(draw));
        task.put("fetch", if draw.chance(60) { static_url(draw) } else { git(draw) });
        if !images.contains(&"fetch".to_owned()) || draw.chance(20) {
            let in_tree = !images.is_empty() && draw.chance(60);
            let image = if in_tree {
                map! { "in-tree" => draw.one_of(&images) }
            } else {
                "debian:12".into()
            };
            task.put("docker-image", image);
        }
        task.maybe(draw, 15, "expires-after", period);
        let alias = format!("alias-{}", draw.serial());
        task.maybe(draw, 20, "fetch-alias", |_| alias.clone());
        task.maybe(draw, 20, "artifact-prefix", |draw| draw.pick(&["public", "private/x", "public/build"]).to_owned());
        task.maybe(draw, 20, "attributes", |draw| map! { "platform" => "linux", "x" => free(draw, 2) });
        let artifact = if task.has("fetch-alias") && draw.chance(60) { alias } else { name.clone() };
        kind.made.push(Made {
            kind: kind.name.clone(),
            label: format!("fetch-{name}"),
            tier: if is_shown { 1 } else { NO_TIER },
            is_cached: true,
            artifact: Some(artifact),
            attributes: Vec::new(),
        });
        kind.tasks.push((name, task.shuffled(draw)));
    }
    kind.write(draw, world);
}

fn static_url(draw: &mut Draw) -> Document {
    let mut fetch = Mapping::new();
    fetch.put("type", "static-url");
    fetch.put("url", format!("https://example.com/{}/a-{}.tar.gz", word(draw), draw.serial()));
    fetch.put("sha256", "9".repeat(64));
    fetch.put("size", draw.between(0, 5_000_000_000));
    fetch.maybe(draw, 25, "artifact-name", |draw| draw.pick(&["x.tar.zst", "a b.zip", "\u{e9}"]).to_owned());
    fetch.maybe(draw, 25, "strip-components", |draw| draw.between(0, 2));
    fetch.maybe(draw, 25, "add-prefix", |draw| draw.pick(&["prefix/", ""]).to_owned());
    fetch.maybe(draw, 15, "headers", |draw| map! { "Accept" => "*/*", "X-\u{e9}" => text(draw) });
    fetch.maybe(draw, 3, "no-such-key", text);
    fetch.shuffled(draw).into()
}

fn git(draw: &mut Draw) -> Document {
    let mut fetch = Mapping::new();
    fetch.put("type", "git");
    fetch.put("repo", draw.pick(&["https://github.com/a/b", "https://github.com/a/b.git", "git@host:x/y/"]).to_owned());
    fetch.put("revision", format!("{}abcdef{}", "0".repeat(32), draw.pick(&["12", "AB", "12 and more"])));
    fetch.maybe(draw, 25, "include-dot-git", |draw| draw.chance(60));
    fetch.maybe(draw, 25, "artifact-name", |draw| draw.pick(&["x.tar.zst", "y"]).to_owned());
    fetch.maybe(draw, 25, "path-prefix", |draw| draw.pick(&["p", "p/q", ""]).to_owned());
    fetch.maybe(draw, 25, "ssh-key", |draw| format!("secret/{}", word(draw)));
    fetch.shuffled(draw).into()
}

/// Makes up a kind of toolchains; packages are made in the same way.
pub(super) fn toolchains(draw: &mut Draw, world: &mut World, name: &str) {
    let mut kind = Kind::new(draw, world, name);
    kind.transforms = vec!["run", "cached_tasks", "task"];
    kind.has_defaults = true;
    for _ in 0..draw.between(1, 3) {
        let name = simple_name(draw);
        let (dependencies, made) = (kind.dependencies.clone(), kind.made.clone());
        let mut place = Place::choose(draw, world, &kind.name, &dependencies, &made);
        place.is_cached = true;
        if name == "packages" {
            place.tier = NO_TIER;
        }
        place.edges = dependencies::edges(draw, &place);
        let alias = format!("alias-{}", draw.serial());
        let mut scripts = Vec::new();
        let task = toolchain(draw, &place, &alias, &mut scripts);
        let tier = place.tier;
        for script in scripts {
            world.tree.files.insert(script, format!("#!/bin/sh\n# {}\n", draw.serial()));
        }
        kind.add(&name, task, tier, true, std::slice::from_ref(&name));
        kind.made.last_mut().expect("it was added").artifact = Some(name);
    }
    kind.write(draw, world);
}

fn toolchain(draw: &mut Draw, place: &Place<'_>, alias: &str, scripts: &mut Vec<String>) -> Mapping {
    let mut task = Mapping::new();
    task::common(draw, place, &mut task);
    fetches::put(draw, place, &mut task);
    let generic = &place.world.config.generic;
    let usable: Vec<_> = generic.iter().filter(|(_, os)| *os != "linux-bitbar").cloned().collect();
    let (worker_type, mut worker, os) = if !usable.is_empty() && draw.chance(30) {
        let (worker_type, os) = draw.one_of(&usable);
        (worker_type, worker::generic(draw, place), os)
    } else {
        // The image must be one of the tree's or of the index: the digest asks for its name.
        let images = place.images();
        let is_indexed = images.is_empty();
        let mut worker = worker::docker(draw, place, is_indexed);
        if !is_indexed && !draw.rarely(10) {
            drop(worker.remove("docker-image"));
            if !images.contains(&"toolchain-build") || draw.chance(60) {
                worker.put("docker-image", map! { "in-tree" => draw.pick(&images) });
            }
        }
        (draw.one_of(&place.world.config.docker), worker, "docker")
    };
    if !worker.has("env") {
        worker.put("env", worker::env(draw, place));
    }
    drop(worker.remove("chain-of-trust"));
    let has_caches =
        !matches!(worker.get("docker-image"), Some(Document::Map(image)) if image[0].0 == "indexed".into());
    let mut run = run::run_task(draw, place, os, has_caches);
    if !has_caches {
        run.put("use-caches", false);
    }
    for key in ["using", "command", "cwd", "run-task-command", "exec-with", "checkout", "no-such-key"] {
        drop(run.remove(key));
    }
    if place.world.config.repositories.len() > 1 {
        run.put("checkout", map! { place.world.config.repositories[0].as_str() => map! {} });
    }
    run.put("using", "toolchain-script");
    let script = format!("build-{}.{}", draw.serial(), draw.pick(&["sh", "sh", "py", "ps1"]));
    scripts.push(format!("taskcluster/scripts/toolchain/{script}"));
    run.put("script", script);
    let prefix = draw.pick(&["public/build", "private/toolchains", "public"]);
    run.put("toolchain-artifact", format!("{prefix}/x{}.tar.zst", draw.serial()));
    run.maybe(draw, 30, "arguments", |draw| draw.many(0, 3, text));
    if draw.chance(30) {
        scripts.push("resources/one.txt".to_owned());
        run.put("resources", vec![draw.pick(&["resources/**", "resources", "resources/one.txt"])]);
    }
    run.maybe(draw, 25, "toolchain-alias", |draw| {
        if draw.chance(50) { alias.into() } else { Document::from(vec![alias.to_owned(), format!("{alias}-2")]) }
    });
    run.maybe(draw, 20, "toolchain-env", |draw| map! { "TOOL" => text(draw), "N" => "1" });
    task.put("worker-type", worker_type);
    task.put("worker", worker.shuffled(draw));
    task.put("run", run.shuffled(draw));
    task.shuffled(draw)
}
