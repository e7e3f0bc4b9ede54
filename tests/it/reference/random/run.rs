//! Run descriptions: `run.using` and what belongs to it.

use super::config::use_caches;
use super::dependencies::{reference, text_or_reference};
use super::document::{Document, Mapping, map};
use super::draw::Draw;
use super::fetches;
use super::task;
use super::values::{text, text_or_braces, word};
use super::worker;
use super::world::Place;

/// A run description of its own choice of worker.
pub(super) fn description(draw: &mut Draw, place: &Place<'_>) -> Mapping {
    let mut description = Mapping::new();
    task::common(draw, place, &mut description);
    if place.is_replaced {
        always_optimized(draw, &mut description, place.braces);
        return description.shuffled(draw);
    }
    task::optimization(draw, &mut description, true);
    fetches::put(draw, place, &mut description);
    let generic = &place.world.config.generic;
    if !generic.is_empty() && draw.chance(30) {
        let (alias, os) = draw.one_of(generic);
        description.put("worker-type", alias);
        description.put("worker", worker::generic(draw, place));
        description.put("run", run_task(draw, place, os, true));
    } else {
        let is_indexed = draw.chance(8);
        description.put("worker-type", draw.one_of(&place.world.config.docker));
        description.put("worker", worker::docker(draw, place, is_indexed));
        let mut run = run_task(draw, place, "docker", !is_indexed);
        if is_indexed {
            run.put("use-caches", false);
        }
        description.put("run", run);
    }
    if draw.rarely(4) {
        description.put("something-else", text(draw));
    }
    description.shuffled(draw)
}

/// A task that is replaced by one of the index, or by one that exists.
fn always_optimized(draw: &mut Draw, description: &mut Mapping, braces: bool) {
    description.put("worker-type", "always-optimized");
    drop(description.remove("run-on-projects"));
    description.put("run-on-projects", Vec::<String>::new());
    if braces && draw.chance(80) {
        let mut paths = draw.some_of(&["missing.a", "found.failed", "found.{level}"], 2);
        paths.push("found.completed");
        description.put("run", map! { "using" => "index-search", "index-search" => paths });
    } else {
        description.put("run", map! { "using" => "always-optimized" });
        description.put("optimization", map! { "index-search" => vec!["found.completed"] });
    }
}

/// `run.using: run-task`, for docker-worker or a generic-worker of an operating system.
pub(super) fn run_task(draw: &mut Draw, place: &Place<'_>, os: &str, may_have_caches: bool) -> Mapping {
    let mut run = Mapping::new();
    run.put("using", "run-task");
    run.put("command", command(draw, place, os == "docker"));
    let has_checkout = checkout(draw, place, os, &mut run);
    run.maybe(draw, 8, "workdir", |draw| draw.pick(&["/builds/worker", "/home/x", "/w/"]).to_owned());
    if may_have_caches {
        run.maybe(draw, 20, "use-caches", use_caches);
    }
    run.maybe(draw, 15, "cwd", |draw| {
        let directories = ["/x/y", "relative/../other", "a//b/./c", "{checkout}", "{checkout}/sub", "{checkout}/.."];
        draw.pick(if has_checkout && place.braces { &directories[..] } else { &directories[..3] }).to_owned()
    });
    run.maybe(draw, 12, "exec-with", |draw| draw.pick(&["bash", "powershell"]).to_owned());
    run.maybe(draw, 8, "run-task-command", |draw| {
        if draw.chance(3) { vec!["python3", "run-task"] } else { vec!["/usr/bin/run-task-git"] }
    });
    run.maybe(draw, 10, "run-as-root", |draw| draw.chance(60));
    run.maybe(draw, 3, "no-such-key", text);
    run.shuffled(draw)
}

fn command(draw: &mut Draw, place: &Place<'_>, is_docker: bool) -> Document {
    match draw.below(10) {
        0 | 1 => draw.many(1, 4, |draw| text_or_braces(draw, place.braces)).into(),
        2 if is_docker => draw.many(1, 3, |draw| text_or_reference(draw, place)).into(),
        3 if is_docker => reference(draw, place),
        _ => text_or_braces(draw, place.braces).into(),
    }
}

/// The `checkout` of a run, and whether there is one.
fn checkout(draw: &mut Draw, place: &Place<'_>, os: &str, run: &mut Mapping) -> bool {
    let repositories = &place.world.config.repositories;
    // Nothing is checked out on a bitbar.
    if os == "linux-bitbar" || draw.chance(15) {
        run.put("checkout", false);
        return false;
    }
    if repositories.len() == 1 && draw.chance(85) {
        run.maybe(draw, 20, "checkout", |_| true);
        return true;
    }
    let mut chosen = draw.some_of(repositories, 2);
    if chosen.is_empty() {
        chosen.push(repositories[0].clone());
    }
    let mut checkout = Mapping::new();
    for repository in chosen {
        let mut overrides = Mapping::new();
        overrides.maybe(draw, 30, "path", |draw| draw.pick(&["sub", "", "a/b"]).to_owned());
        overrides.maybe(draw, 20, "head_ref", word);
        overrides.maybe(draw, 10, "head_rev", word);
        overrides.maybe(draw, 10, "ssh_secret_name", |draw| format!("s/{}", word(draw)));
        overrides.maybe(draw, 5, "head_repository", |_| "https://github.com/example/fork");
        overrides.maybe(draw, 5, "base_repository", |_| Document::null());
        overrides.maybe(draw, 5, "type", |_| "hg");
        overrides.maybe(draw, 8, "name", text);
        overrides.maybe(draw, 5, "prefix", |_| "prefix");
        checkout.put(repository, overrides);
    }
    run.put("checkout", checkout);
    true
}

/// A task description of its own choice of worker.
pub(super) fn task_description(draw: &mut Draw, place: &Place<'_>) -> Mapping {
    let mut description = Mapping::new();
    task::common(draw, place, &mut description);
    task::optimization(draw, &mut description, false);
    if place.is_replaced {
        description.put("worker-type", "always-optimized");
        drop(description.remove("optimization"));
        description.put("optimization", map! { "index-search" => vec!["missing.b", "found.completed"] });
        drop(description.remove("run-on-projects"));
        description.put("run-on-projects", Vec::<String>::new());
        return description.shuffled(draw);
    }
    let generic = &place.world.config.generic;
    match draw.below(10) {
        0 => description.put("worker-type", "succeed"),
        2 | 3 if !generic.is_empty() => {
            let (alias, os) = draw.one_of(generic);
            let mut worker = worker::generic(draw, place);
            worker.put("command", worker::generic_command(draw, place, os));
            description.put("worker-type", alias);
            description.put("worker", worker);
        }
        4 if place.world.config.beetmover.is_some() => {
            description.put("worker-type", place.world.config.beetmover.clone().expect("it is some"));
            description.put("worker", worker::beetmover(draw, place));
        }
        _ => {
            let is_indexed = draw.chance(10);
            let mut worker = worker::docker(draw, place, is_indexed);
            if draw.chance(85) {
                let command = worker::docker_command(draw, place, &worker);
                worker.put("command", command);
            }
            if draw.chance(15) {
                worker.put("implementation", "docker-worker");
                worker.put("os", "linux");
            }
            description.put("worker-type", draw.one_of(&place.world.config.docker));
            description.put("worker", worker);
        }
    }
    description.shuffled(draw)
}
