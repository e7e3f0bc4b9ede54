//! The `worker` block of docker-worker, generic-worker and beetmover.

use super::dependencies::{reference, text_or_reference};
use super::document::{Document, Mapping, map};
use super::draw::Draw;
use super::values::{free, text, text_or_braces, word};
use super::world::Place;

/// Environment variables.
pub(super) fn env(draw: &mut Draw, place: &Place<'_>) -> Document {
    const NAMES: [&str; 12] = [
        "A",
        "B_2",
        "MOZ_SCM_LEVEL",
        "UPLOAD_DIR",
        "SCCACHE_DISABLE",
        "MOZ_FETCHES_DIR",
        "x",
        "\u{e9}",
        "CARGO_HOME",
        "PATH",
        "MOZ_AUTOMATION",
        "TASKCLUSTER_CACHES",
    ];
    let mut env = Mapping::new();
    for name in draw.some_of(&NAMES, 4) {
        env.put(name, text_or_reference(draw, place));
    }
    env.shuffled(draw).into()
}

fn exit_codes(draw: &mut Draw) -> Document {
    draw.many(0, 3, |draw| draw.one_of(&[0_usize, 1, 4, 72, 137, 4_294_967_295])).into()
}

fn image(draw: &mut Draw, place: &Place<'_>) -> Document {
    let images = place.images();
    match draw.below(10) {
        0..=5 if !images.is_empty() => map! { "in-tree" => draw.pick(&images) },
        7 => "\u{e9}xample/image".into(),
        _ => draw.pick(&["debian:12", "python:3.12@sha256:abc", "ghcr.io/a/b"]).to_owned().into(),
    }
}

/// A docker-worker block without the command. One whose image comes from the index has no caches, which would be
/// named after an image task that it has not.
pub(super) fn docker(draw: &mut Draw, place: &Place<'_>, is_indexed: bool) -> Mapping {
    let mut worker = Mapping::new();
    let image = if is_indexed {
        map! { "indexed" => "found.image" }
    } else {
        image(draw, place)
    };
    worker.put("docker-image", image);
    worker.put("max-run-time", draw.one_of(&[0_usize, 600, 3600, 86400]));
    worker.maybe(draw, 50, "env", |draw| env(draw, place));
    worker.maybe(draw, 20, "artifacts", docker_artifacts);
    for feature in ["chain-of-trust", "taskcluster-proxy", "allow-ptrace", "loopback-video"] {
        worker.maybe(draw, 12, feature, |draw| draw.chance(60));
    }
    worker.maybe(draw, 8, "volumes", |draw| draw.some_of(&["/v/one", "/v/two", "/v/\u{e9}"], 2));
    if !is_indexed {
        worker.maybe(draw, 12, "caches", caches);
    }
    worker.maybe(draw, 10, "retry-exit-status", exit_codes);
    worker.maybe(draw, 8, "purge-caches-exit-status", exit_codes);
    worker.maybe(draw, 4, "skip-artifacts", |draw| draw.chance(50));
    worker.maybe(draw, 3, "no-such-key", text);
    worker.shuffled(draw)
}

fn docker_artifacts(draw: &mut Draw) -> Document {
    let mut names = vec!["public/build", "public/logs", "private/x", "public/\u{e9}", "a b"];
    draw.many(0, 3, |draw| {
        let name = names.remove(draw.below(names.len()));
        let mut artifact = Mapping::new();
        artifact.put("type", draw.pick(&["file", "directory", "volume"]).to_owned());
        artifact.put("path", draw.pick(&["/builds/worker/artifacts", "/x/y.zip", "relative"]).to_owned());
        artifact.put("name", name);
        artifact.shuffled(draw)
    })
    .into()
}

fn caches(draw: &mut Draw) -> Document {
    draw.many(0, 3, |draw| {
        let mut cache = Mapping::new();
        cache.maybe(draw, 60, "type", |_| "persistent");
        cache.put("name", format!("{}-{}", word(draw), draw.serial()));
        cache.put("mount-point", draw.pick(&["/builds/cache", "/v/one", "/z", "/a"]).to_owned());
        cache.maybe(draw, 25, "skip-untrusted", |draw| draw.chance(70));
        cache.shuffled(draw)
    })
    .into()
}

/// The command of a docker-worker task that is not run by `run-task`; now and then it is.
pub(super) fn docker_command(draw: &mut Draw, place: &Place<'_>, worker: &Mapping) -> Document {
    // With a cache, `run-task` needs an image that can be named.
    let may_run_task = !matches!(worker.get("docker-image"), Some(Document::Map(_))) || !worker.has("caches");
    if may_run_task && draw.chance(25) {
        let program = draw.pick(&["/usr/local/bin/run-task", "run-task-git", "./run-task"]);
        return Document::List(vec![program.into(), "--".into(), text(draw).into()]);
    }
    let mut command = vec![text_or_braces(draw, place.braces).into()];
    command.extend(draw.many(0, 3, |draw| text_or_reference(draw, place)));
    Document::List(command)
}

/// A generic-worker block without the command.
pub(super) fn generic(draw: &mut Draw, place: &Place<'_>) -> Mapping {
    let mut worker = Mapping::new();
    worker.put("max-run-time", draw.one_of(&[0_usize, 600, 7200]));
    worker.maybe(draw, 50, "env", |draw| env(draw, place));
    worker.maybe(draw, 20, "artifacts", generic_artifacts);
    worker.maybe(draw, 25, "mounts", |draw| draw.many(0, 3, |draw| mount(draw, place)));
    worker.maybe(draw, 12, "os-groups", |draw| draw.some_of(&["Administrators", "Remote Desktop Users", "\u{e9}"], 2));
    const FEATURES: [&str; 5] =
        ["chain-of-trust", "taskcluster-proxy", "run-as-administrator", "run-task-as-current-user", "hide-cmd-window"];
    for feature in FEATURES {
        worker.maybe(draw, 12, feature, |draw| draw.chance(60));
    }
    worker.maybe(draw, 10, "retry-exit-status", exit_codes);
    worker.maybe(draw, 8, "purge-caches-exit-status", exit_codes);
    worker.maybe(draw, 4, "skip-artifacts", |draw| draw.chance(50));
    worker.shuffled(draw)
}

fn generic_artifacts(draw: &mut Draw) -> Document {
    draw.many(0, 3, |draw| {
        let mut artifact = Mapping::new();
        artifact.put("type", draw.pick(&["file", "directory"]).to_owned());
        artifact.put("path", draw.pick(&["public/build", "logs", r"build\win.zip"]).to_owned());
        artifact.maybe(draw, 50, "name", |draw| draw.pick(&["public/build", "public/x", "private/y"]).to_owned());
        artifact.shuffled(draw)
    })
    .into()
}

fn mount(draw: &mut Draw, place: &Place<'_>) -> Document {
    let mut mount = Mapping::new();
    mount.maybe(draw, 50, "cache-name", word);
    mount.maybe(draw, 60, "content", |draw| {
        let mut content = Mapping::new();
        if draw.chance(50) {
            content.put("url", "https://example.com/a.zip");
        } else {
            content.put("artifact", draw.pick(&["public/a.zip", "private/b.zip"]).to_owned());
            let task = if draw.chance(60) { reference(draw, place) } else { "fzy3l9dCSDKRYTxTQTZjGg".into() };
            content.put("task-id", task);
        }
        content.shuffled(draw)
    });
    mount.maybe(draw, 60, "directory", |draw| draw.pick(&["cache", "a/b", "."]).to_owned());
    mount.maybe(draw, 30, "file", |draw| draw.pick(&["./file", "x.zip"]).to_owned());
    mount.maybe(draw, 30, "format", |draw| draw.pick(&["rar", "tar.bz2", "tar.gz", "zip"]).to_owned());
    mount.shuffled(draw).into()
}

/// The command of a generic-worker task that is not run by `run-task`.
pub(super) fn generic_command(draw: &mut Draw, place: &Place<'_>, os: &str) -> Document {
    if os == "windows" {
        return draw.many(0, 3, text).into();
    }
    draw.many(1, 3, |draw| draw.many(1, 3, |draw| text_or_reference(draw, place))).into()
}

/// A beetmover block.
pub(super) fn beetmover(draw: &mut Draw, place: &Place<'_>) -> Mapping {
    let mut worker = Mapping::new();
    worker.maybe(draw, 50, "max-run-time", |_| 1200_usize);
    let mut properties = Mapping::new();
    for name in ["app-name", "app-version", "branch", "build-id", "hash-type", "platform"] {
        properties.put(name, text(draw));
    }
    worker.put("release-properties", properties.shuffled(draw));
    let artifacts = draw.many(0, 2, |draw| {
        map! {
            "taskId" => if draw.chance(80) { reference(draw, place) } else { word(draw).into() },
            "taskType" => draw.pick(&["build", "signing"]),
            "paths" => draw.many(0, 2, text),
            "locale" => draw.pick(&["en-US", "de"]),
        }
    });
    worker.put("upstream-artifacts", artifacts);
    worker.maybe(draw, 30, "locale", |draw| draw.pick(&["en-US", ""]).to_owned());
    worker.maybe(draw, 30, "partner-public", |draw| draw.chance(50));
    worker.maybe(draw, 30, "artifact-map", |draw| free(draw, 3));
    worker.shuffled(draw)
}
