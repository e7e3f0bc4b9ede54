//! Contexts with everything in them that makes a difference, and the digests that follow from them.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use super::fake;
use crate::reference::index::Taskcluster;
use crate::reference::programs::{Checkout, Program};

const CONFIG: &str = "
trust-domain: example
task-priority: low
taskgraph: {repositories: {project: {name: Project}}}
workers:
    aliases:
        images: {provisioner: p, implementation: docker-worker, os: linux, worker-type: 'images-{level}'}
        b-linux: {provisioner: p, implementation: docker-worker, os: linux, worker-type: b}
";

const IMAGES: &str = "
loader: taskgraph.loader.transform:loader
kind-dependencies: [packages]
transforms:
    - taskgraph.transforms.docker_image:transforms
    - taskgraph.transforms.cached_tasks:transforms
    - taskgraph.transforms.task:transforms
tasks:
    plain: {}
    everything: {parent: plain, packages: [tool, deb], args: {BASE: 'debian:12', DIR: shared/folder, EMPTY: '', Ünï: ö}}
    grandchild: {definition: plain, parent: everything, args: {UNUSED: 'é'}}
    'näme': {definition: plain, cache: false}
";

const PACKAGES: &str = "
loader: taskgraph.loader.transform:loader
transforms:
    - taskgraph.transforms.run:transforms
    - taskgraph.transforms.cached_tasks:transforms
    - taskgraph.transforms.task:transforms
task-defaults:
    description: a package
    worker-type: b-linux
    worker: {docker-image: 'debian:12', max-run-time: 600}
    run: {using: run-task, command: make, checkout: false, use-caches: false}
tasks:
    tool: {cache: {type: packages.v1, name: tool, digest-data: ['1']}}
    deb: {cache: {type: packages.v1, name: deb, digest-data: ['2']}}
";

/// Every line that means something, in odd places; the last one without an end.
const DOCKERFILE: &str = "\
# %include shared/script.sh
FROM $BASE
# %ARG BASE
FROM $BASE AS one
RUN echo $BASED $BASE-x ${BASE} $BASE\r\nRUN windows\rRUN old mac
# %ARG DIR
# %include $DIR
# %include shared/../shared/folder/
# %include shared/link-to-folder
# %include shared/link-to-script
# %include ./shared/script.sh
# %include shared/untracked
  # %include indented/and/so/not/followed
# %ARG   EMPTY  
ENV E=$EMPTY:$EMPTY
# %ARG Ünï
ENV U=$Ünï$Ünïx
# %include-run-task
VOLUME /data
# %include-run-task";

fn write(root: &Path, path: &str, content: &[u8], mode: u32) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, content).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
}

/// Neither text nor of one byte, and long enough for several blocks of the compressor.
fn noise(length: u32) -> Vec<u8> {
    let scramble = |n: u32| (n.wrapping_mul(2_654_435_761) ^ (n / 97)).to_be_bytes()[usize::from(n.is_multiple_of(3))];
    (0..length).map(scramble).collect()
}

fn checkout() -> Checkout {
    let tree = tempfile::tempdir().unwrap();
    let root = tree.path();
    write(root, ".taskcluster.yml", b"version: 1\ntasks: []\n", 0o644);
    write(root, ".gitignore", b"ignored\n", 0o644);
    write(root, "taskcluster/config.yml", CONFIG.as_bytes(), 0o644);
    write(root, "taskcluster/kinds/docker-image/kind.yml", IMAGES.as_bytes(), 0o644);
    write(root, "taskcluster/kinds/packages/kind.yml", PACKAGES.as_bytes(), 0o644);
    write(root, "taskcluster/docker/plain/Dockerfile", b"FROM scratch\n", 0o600);
    let image = "taskcluster/docker/everything";
    write(root, &format!("{image}/Dockerfile"), DOCKERFILE.as_bytes(), 0o755);
    write(root, &format!("{image}/ignored"), b"not in git", 0o640);
    write(root, &format!("{image}/run.sh"), b"#!/bin/sh\n", 0o755);
    write(root, &format!("{image}/sticky"), b"", 0o1777);
    write(root, &format!("{image}/unreadable-for-others"), b"x", 0o400);
    write(root, &format!("{image}/.hidden/.file"), b"x", 0o644);
    write(root, &format!("{image}/__pycache__/x.pyc"), b"left out", 0o644);
    write(root, &format!("{image}/deep/__pycache__/x.pyc"), b"left out", 0o644);
    write(root, &format!("{image}/deep/not__pycache__/x"), b"not left out", 0o644);
    write(root, &format!("{image}/größe/ñandú 漢字 🦀.txt"), "ü".as_bytes(), 0o644);
    write(root, &format!("{image}/a b/c'd\"e"), b"quotes", 0o644);
    write(root, &format!("{image}/a-b"), b"sorts before a/", 0o644);
    write(root, &format!("{image}/topsrcdir/shared/script.sh"), b"is overwritten", 0o644);
    write(root, &format!("{image}/run-task/hgrc"), b"is overwritten", 0o644);
    for length in [98, 99, 100, 101, 102, 155, 156, 255] {
        write(root, &format!("{image}/{}", "x".repeat(length)), b"long", 0o644);
    }
    write(root, &format!("{image}/{}/é", "d/".repeat(120)), b"deep", 0o644);
    write(root, &format!("{image}/{}漢字", "y".repeat(97)), b"cut in the middle of a character", 0o644);
    for length in [511, 512, 513, 10_239, 10_240] {
        write(root, &format!("{image}/sizes/{length}"), &noise(length), 0o644);
    }
    write(root, &format!("{image}/large"), &noise(3_000_000), 0o644);
    write(root, &format!("{image}/zeros"), &vec![0; 1_000_000], 0o644);
    fs::create_dir_all(root.join(image).join("empty/emptier")).unwrap();
    symlink("run.sh", root.join(image).join("link")).unwrap();
    symlink("../../../shared/script.sh", root.join(image).join("link-out")).unwrap();
    symlink("deep", root.join(image).join("link-to-folder")).unwrap();
    symlink("/", root.join(image).join("link-to-root")).unwrap();
    write(root, "shared/script.sh", b"echo\n", 0o755);
    write(root, "shared/folder/a/b.txt", b"b", 0o644);
    write(root, "shared/folder/__pycache__/c", b"left out", 0o644);
    symlink("folder", root.join("shared/link-to-folder")).unwrap();
    symlink("script.sh", root.join("shared/link-to-script")).unwrap();
    let checkout = Checkout::of(root);
    write(checkout.path(), "shared/untracked", b"new", 0o644);
    // What git does not keep.
    fs::create_dir_all(checkout.path().join(image).join("empty/emptier")).unwrap();
    checkout
}

const REFERENCE: Program = Program::Reference { seed: 0 };

#[test]
fn contexts_have_the_reference_s_bytes() {
    let (checkout, taskcluster) = (checkout(), Taskcluster::start());
    let environment = [("TASKCLUSTER_ROOT_URL", taskcluster.root_url())];
    for image in ["plain", "everything", "näme"] {
        let context = |program: &Program, name: &str| {
            let ran = fake::run(program, &checkout, &["build-image", image, "--context-only", name], &environment, "");
            assert!(ran.asked.calls.is_empty(), "{image}: {:?}", ran.asked.calls);
            let context = fs::read(checkout.path().join(name));
            (ran.asked.code, context.unwrap_or_else(|error| panic!("{image}: {error}: {}", ran.stderr)))
        };
        let (ours, theirs) = (context(&Program::Ours, "ours.tar.gz"), context(&REFERENCE, "theirs.tar.gz"));
        // The reference prints an empty line and fails when it has succeeded.
        assert_eq!((ours.0, theirs.0), (Some(0), Some(1)), "{image}");
        assert!(ours.1 == theirs.1, "the contexts of {image} differ: {}", explain(&ours.1, &theirs.1));
    }
}

/// The first entry that differs.
fn explain(ours: &[u8], theirs: &[u8]) -> String {
    let entries = |archive: &[u8]| -> Vec<(String, u32, Vec<u8>)> {
        let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(archive));
        let entry = |mut entry: tar::Entry<'_, _>| {
            let mut content = Vec::new();
            std::io::Read::read_to_end(&mut entry, &mut content).unwrap();
            (entry.path().unwrap().display().to_string(), entry.header().mode().unwrap(), content)
        };
        archive.entries().unwrap().map(|it| entry(it.unwrap())).collect()
    };
    let (ours, theirs) = (entries(ours), entries(theirs));
    match ours.iter().zip(&theirs).find(|(ours, theirs)| ours != theirs) {
        Some(((ours, mode, _), (theirs, their_mode, _))) => format!("{ours} {mode:o} and {theirs} {their_mode:o}"),
        None if ours.len() != theirs.len() => format!("{} and {} entries", ours.len(), theirs.len()),
        None => "only in how they are packed".into(),
    }
}

#[test]
fn images_have_the_reference_s_digests() {
    let checkout = checkout();
    for level in ["", "1"] {
        for image in ["everything", "grandchild"] {
            let level = [("MOZ_SCM_LEVEL", level)];
            let environment = &level[usize::from(level[0].1.is_empty())..];
            let digest = |program: &Program| program.output(&checkout, &["image-digest", image], environment);
            assert_eq!(digest(&Program::Ours), digest(&REFERENCE), "{image} at level {level:?}");
        }
    }
}

/// The reference looks for images in kind `docker-image` only, whatever `docker-image-kind` says.
#[test]
fn the_kind_of_images_may_have_another_name() {
    let checkout = checkout();
    let digest = || Program::Ours.output(&checkout, &["image-digest", "everything"], &[]);
    let as_docker_image = digest();
    fs::rename(
        checkout.path().join("taskcluster/kinds/docker-image"),
        checkout.path().join("taskcluster/kinds/images"),
    )
    .unwrap();
    fs::write(checkout.path().join("taskcluster/config.yml"), format!("{CONFIG}docker-image-kind: images\n")).unwrap();
    assert_eq!(digest(), as_docker_image);
    assert_eq!(REFERENCE.run(&checkout, &["image-digest", "everything"], &[]).status.code(), Some(1));
}

/// Where the tree's own code has a say, the reference makes the tasks, and we the context.
#[test]
fn a_tree_with_python_has_the_same_contexts() {
    let checkout = checkout();
    let kind = checkout.path().join("taskcluster/kinds/docker-image/kind.yml");
    let context = |name: &str| {
        Program::Ours.output(&checkout, &["build-image", "everything", "--context-only", name], &[]);
        fs::read(checkout.path().join(name)).unwrap()
    };
    let native = context("native.tar.gz");
    let digest = || Program::Ours.output(&checkout, &["image-digest", "everything"], &[]);
    let native_digest = digest();
    write(
        checkout.path(),
        "taskcluster/own/images.py",
        b"from taskgraph.transforms.base import TransformSequence\n\ntransforms = TransformSequence()\n\n\n\
          @transforms.add\ndef nothing(config, tasks):\n    yield from tasks\n",
        0o644,
    );
    let own = IMAGES
        .replace("    - taskgraph.transforms.cached", "    - own.images:transforms\n    - taskgraph.transforms.cached");
    fs::write(kind, own).unwrap();
    assert!(context("own.tar.gz") == native);
    assert_eq!(digest(), native_digest);
}

/// As the reference, `image-digest` of an image nobody knows fails; ours says which there are.
#[test]
fn an_unknown_image_is_told() {
    let checkout = checkout();
    let output = |program: &Program| program.run(&checkout, &["image-digest", "plian"], &[]);
    assert_eq!(output(&REFERENCE).status.code(), Some(1));
    let ours = output(&Program::Ours);
    let told = String::from_utf8_lossy(&ours.stderr);
    assert_eq!(ours.status.code(), Some(1));
    assert!(told.contains("there is no image `plian`") && told.contains("did you mean `plain`?"), "{told}");
}
