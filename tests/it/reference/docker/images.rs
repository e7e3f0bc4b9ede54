//! `load-image`: what reaches the engine.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;

use serde_json::{Value, json};

use super::fake::{self, Ran};
use crate::reference::index::Taskcluster;
use crate::reference::programs::{Checkout, Program};

const MAKER: &str = "fzy3l9dCSDKRYTxTQTZjGg";

const REFERENCE: Program = Program::Reference { seed: 0 };

/// An image as an engine saves it; the files that name it are last, as they are there.
pub(super) fn image(repositories: Option<&str>) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    let mut add = |name: &str, content: &[u8]| {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        header.set_mtime(1);
        archive.append_data(&mut header, name, content).unwrap();
    };
    add("layer/layer.tar", &(0..200_000_u32).map(|n| (n % 251) as u8).collect::<Vec<_>>());
    add(&format!("{}/json", "l".repeat(120)), b"{}");
    add("config.json", br#"{"config":{}}"#);
    add(
        "manifest.json",
        r#"[{"Config":"config.json","RepoTags":["mine:1"],"Layers":["layer/layer.tar"],"X":"é"}]"#.as_bytes(),
    );
    if let Some(repositories) = repositories {
        add("repositories", repositories.as_bytes());
    }
    let archive = archive.into_inner().unwrap();
    zstd::encode_all(archive.as_slice(), 3).unwrap()
}

/// What can be said of an entry: its mode and time, and its content.
type Entry = (u32, u64, Value);

fn entries(archive: &[u8]) -> BTreeMap<String, Entry> {
    let mut archive = tar::Archive::new(archive);
    let entry = |entry: std::io::Result<tar::Entry<'_, _>>| {
        let mut entry = entry.unwrap();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        let text = String::from_utf8_lossy(&content);
        let content = serde_json::from_str(&text).unwrap_or_else(|_| json!(hex::encode(content)));
        let header = (entry.header().mode().unwrap(), entry.header().mtime().unwrap());
        (entry.path().unwrap().display().to_string(), (header.0, header.1, content))
    };
    archive.entries().unwrap().map(entry).collect()
}

fn taskcluster(repositories: Option<&str>) -> Taskcluster {
    let taskcluster = Taskcluster::start();
    taskcluster.start_task(MAKER, MAKER);
    let name = "image.tar.zst".to_owned();
    taskcluster.finish_task(MAKER, &BTreeMap::from([(name, (image(repositories), 0o644))]));
    taskcluster
}

fn checkout() -> Checkout {
    Checkout::of(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/trees/docker-images"))
}

fn loaded(ran: &Ran) -> (Vec<u8>, BTreeMap<String, Entry>) {
    let [call] = ran.asked.calls.as_slice() else { panic!("{}{:?}", ran.stderr, ran.asked.calls) };
    (call["words"].clone(), entries(&call["piped"]))
}

/// Both programs, whose engine must have been told the same; what ours said.
fn compare(taskcluster: &Taskcluster, checkout: &Checkout, arguments: &[&str]) -> Ran {
    let arguments: Vec<&str> = std::iter::once("load-image").chain(arguments.iter().copied()).collect();
    let environment = [("TASKCLUSTER_ROOT_URL", taskcluster.root_url())];
    let run = |program: &Program| fake::run(program, checkout, &arguments, &environment, "");
    let (ours, theirs) = (run(&Program::Ours), run(&REFERENCE));
    assert_eq!(ours.asked.code, theirs.asked.code, "{arguments:?}: {}{}", ours.stderr, theirs.stderr);
    assert_eq!(loaded(&ours), loaded(&theirs), "{arguments:?}");
    assert_eq!(ours.stdout, theirs.stdout);
    let said = |ran: &Ran| {
        let lines = ran.stderr.lines().filter_map(|line| Some(line.split_once(" - INFO - ")?.1.to_owned()));
        lines.skip_while(|line| !line.starts_with("Found")).collect::<Vec<_>>()
    };
    assert_eq!(said(&ours), said(&theirs));
    ours
}

#[test]
fn an_image_reaches_the_engine_as_it_is_or_renamed() {
    let (taskcluster, checkout) = (taskcluster(Some(r#"{"mine":{"1":"layer"}}"#)), checkout());
    for tag in [&[][..], &["--tag", "yours:2"], &["-t", "yours"]] {
        compare(&taskcluster, &checkout, &[&["--task-id", MAKER], tag].concat());
    }
}

#[test]
fn an_image_is_found_by_what_it_is_made_from() {
    let (taskcluster, checkout) = (taskcluster(Some(r#"{"mine":{"1":"layer"}}"#)), checkout());
    let digest = Program::Ours.output(&checkout, &["image-digest", "base"], &[]);
    let path = format!("example.cache.level-3.docker-images.v2.base.hash.{}", digest.trim());
    taskcluster.index_task(&path, MAKER);
    compare(&taskcluster, &checkout, &["base"]);
    // Nobody has made this one.
    let environment = [("TASKCLUSTER_ROOT_URL", taskcluster.root_url())];
    for program in [Program::Ours, REFERENCE] {
        let ran = fake::run(&program, &checkout, &["load-image", "child"], &environment, "");
        assert_eq!((ran.asked.code, ran.asked.calls.len()), (Some(1), 0), "{}", ran.stderr);
    }
}

/// The reference fails after the engine has the image.
#[test]
fn an_image_without_repositories_is_loaded_too() {
    let (taskcluster, checkout) = (taskcluster(None), checkout());
    let environment = [("TASKCLUSTER_ROOT_URL", taskcluster.root_url())];
    let arguments = ["load-image", "--task-id", MAKER, "-t", "localhost:5000/yours"];
    let run = |program: &Program| fake::run(program, &checkout, &arguments, &environment, "");
    let (ours, theirs) = (run(&Program::Ours), run(&REFERENCE));
    assert_eq!((ours.asked.code, theirs.asked.code), (Some(0), Some(1)));
    let manifest = &loaded(&ours).1["manifest.json"].2;
    assert_eq!(manifest[0]["RepoTags"], json!(["localhost:5000/yours:latest"]));
    assert!(ours.stderr.contains("Found docker image: mine:1"), "{}", ours.stderr);
}

#[test]
fn what_is_no_image_is_refused() {
    let (taskcluster, checkout) = (Taskcluster::start(), checkout());
    let whole = image(None);
    let raw = zstd::decode_all(whole.as_slice()).unwrap();
    let wrong = [
        ("fzy3l9dCSDKRYTxTQTZjGg", whole[..whole.len() / 2].to_vec(), "it breaks off"),
        ("DDDDDDDDQDCDDDDDDDDDDA", zstd::encode_all(&raw[..1536], 3).unwrap(), "it breaks off"),
        ("EEEEEEEEQECEEEEEEEEEEA", zstd::encode_all(&vec![b'x'; 2048][..], 3).unwrap(), "it is no tar archive"),
        ("FFFFFFFFQFCFFFFFFFFFFA", b"not compressed".to_vec(), "Unknown frame descriptor"),
    ];
    for (id, content, why) in wrong {
        taskcluster.start_task(id, id);
        taskcluster.finish_task(id, &BTreeMap::from([("image.tar.zst".to_owned(), (content, 0o644))]));
        let environment = [("TASKCLUSTER_ROOT_URL", taskcluster.root_url())];
        let ran = fake::run(&Program::Ours, &checkout, &["load-image", "--task-id", id], &environment, "");
        assert_eq!(ran.asked.code, Some(1), "{id}: {}", ran.stderr);
        assert!(ran.stderr.contains(why), "{id}: {}", ran.stderr);
    }
}

/// The reference says that all is well.
#[test]
fn an_engine_that_refuses_is_heard() {
    let (taskcluster, checkout) = (taskcluster(Some(r#"{"mine":{"1":"layer"}}"#)), checkout());
    let environment = [("TASKCLUSTER_ROOT_URL", taskcluster.root_url()), ("FAKE_DOCKER_REFUSES", "1")];
    let arguments = ["load-image", "--task-id", MAKER];
    let ran = fake::run(&Program::Ours, &checkout, &arguments, &environment, "");
    assert_eq!(ran.asked.code, Some(1), "{}", ran.stderr);
    assert!(ran.stderr.contains("no space left\n"), "{}", ran.stderr);
    assert!(ran.stderr.contains("docker image load: exit status: 4"), "{}", ran.stderr);
    assert_eq!(fake::run(&REFERENCE, &checkout, &arguments, &environment, "").asked.code, Some(0));
    let ran = fake::run(&Program::Ours, &checkout, &["build-image", "base"], &environment, "");
    assert_eq!((ran.asked.code, ran.stdout.as_str()), (Some(1), ""), "{}", ran.stderr);
    assert!(ran.stderr.contains("docker build of base:latest: exit status: 4"), "{}", ran.stderr);
}

#[test]
fn an_engine_that_is_not_there_is_missed() {
    let (checkout, nothing) = (checkout(), tempfile::tempdir().unwrap());
    let path = [("PATH", nothing.path().to_str().unwrap())];
    for arguments in [&["load-image", "--task-id", MAKER][..], &["load-task", MAKER], &["build-image", "base"]] {
        let ran = Program::Ours.run(&checkout, arguments, &path);
        let told = String::from_utf8_lossy(&ran.stderr);
        assert_eq!(ran.status.code(), Some(1), "{told}");
        assert!(told.contains("docker is not installed; podman is not installed"), "{told}");
    }
}
