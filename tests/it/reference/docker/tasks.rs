//! `load-task`: the container that is asked for.

use std::collections::BTreeMap;
use std::path::Path;

use pushgraph::local::caller::Service;
use serde_json::{Value, json};

use super::fake::{self, Ran};
use super::images::image;
use crate::reference::index::{Taskcluster, at};
use crate::reference::programs::{Checkout, Program};

const TASK: &str = "fzy3l9dCSDKRYTxTQTZjGg";
const MAKER: &str = "DDDDDDDDQDCDDDDDDDDDDA";

const REFERENCE: Program = Program::Reference { seed: 0 };

struct World {
    taskcluster: Taskcluster,
    checkout: Checkout,
}

impl World {
    /// A task that makes images, and an index that knows it.
    fn new() -> Self {
        let taskcluster = Taskcluster::start();
        taskcluster.start_task(MAKER, MAKER);
        let content = image(Some(r#"{"mine":{"1":"layer"}}"#));
        taskcluster.finish_task(MAKER, &BTreeMap::from([("image.tar.zst".to_owned(), (content, 0o644))]));
        taskcluster.index_task("example.images.mine", MAKER);
        let checkout = Checkout::of(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/trees/docker-images"));
        Self { taskcluster, checkout }
    }

    fn create(&self, definition: &Value) {
        self.taskcluster.call(self.taskcluster.caller.put(Service::Queue, &["task", TASK], definition));
    }

    fn run(&self, program: &Program, arguments: &[&str], input: &str) -> Ran {
        let arguments: Vec<&str> = std::iter::once("load-task").chain(arguments.iter().copied()).collect();
        let environment = [
            ("TASKCLUSTER_ROOT_URL", self.taskcluster.root_url()),
            ("TASKGRAPH_LOAD_TASK_NO_WARN", "1"),
            ("FAKE_DOCKER_EXIT", "7"),
        ];
        fake::run(program, &self.checkout, &arguments, &environment, input)
    }

    /// Both programs must end alike and ask the engine the same.
    fn compare(&self, arguments: &[&str], input: &str) -> Ran {
        let (ours, theirs) = (self.run(&Program::Ours, arguments, input), self.run(&REFERENCE, arguments, input));
        let shown = |ran: &Ran| {
            let calls = ran.asked.calls.iter().map(|call| {
                // Archives are compared where images are.
                let texts = call.iter().filter(|(name, _)| *name != "piped");
                texts.map(|(name, text)| (name.clone(), String::from_utf8_lossy(text).into_owned())).collect::<Vec<_>>()
            });
            (ran.asked.code, calls.collect::<Vec<_>>())
        };
        assert_eq!(shown(&ours), shown(&theirs), "{arguments:?}: {}\n{}", ours.stderr, theirs.stderr);
        ours
    }
}

fn definition(payload: &Value) -> Value {
    json!({
        "taskGroupId": "EEEEEEEEQECEEEEEEEEEEA", "schedulerId": "tests", "provisionerId": "tests",
        "workerType": "tests", "created": at(0), "deadline": at(24), "expires": at(24 * 400), "payload": payload,
        "metadata": {"name": "a task", "description": "x", "owner": "someone@example.com", "source": "https://example.com"},
    })
}

fn run_task() -> Value {
    json!({
        "image": "registry.example.com/image:1",
        "command": [
            "/usr/local/bin/run-task", "--ci-checkout=/builds/worker/checkouts/src", "--ci-sparse-profile", "a b",
            "--task-cwd", "/builds/worker/checkouts/src", "--", "bash", "-cx", "echo 'it''s' \"$HOME\" && make -C é",
        ],
        "env": {
            "MOZ": "1", "EMPTY": "", "SPACES": " a  b ", "EQUALS": "a=b=c", "Ü": "漢字",
            "REPOSITORIES": "{\"ci\": \"Ünï\", \"other\": \"Other\"}", "CI_HEAD_REV": "abc",
            "TASKCLUSTER_CACHES": "/builds/worker/checkouts;/builds/worker/.cache", "TASKCLUSTER_VOLUMES": "/data",
            "CARGO_HOME": "/builds/worker/.cargo", "PIP_CACHE_DIR": "/builds/worker/.cache", "RUN_ID": "3",
        },
    })
}

#[test]
fn a_task_gets_the_container_it_would_get() {
    let world = World::new();
    world.create(&definition(&run_task()));
    let mounts = ["-v", "/here:/builds/worker/.cache", "--volume", "/it's:/builds/worker/checkouts:ro"];
    for arguments in [
        &[][..],
        &["--keep"],
        &mounts,
        &["--interactive"],
        &["-i", "--user", "root", "--keep"],
        &["--develop"],
        &["--use-local-checkout", "-i", "-v", "/c:/builds/worker/.cargo"],
        &["--image", "debian:12"],
        &["--image", "index=example.images.mine"],
        &["--image", "task-id=DDDDDDDDQDCDDDDDDDDDDA"],
    ] {
        let ours = world.compare(&[&[TASK], arguments].concat(), "");
        assert_eq!(ours.asked.code, Some(7), "{}", ours.stderr);
    }
}

#[test]
fn a_task_may_come_from_the_standard_input() {
    let world = World::new();
    world.create(&definition(&run_task()));
    world.compare(&["-"], TASK);
    let mut never_created = definition(&run_task());
    never_created["taskGroupId"].take();
    never_created.as_object_mut().unwrap().remove("taskGroupId");
    world.compare(&["-", "-i"], &never_created.to_string());
    for payload in [
        json!({"image": "debian:12"}),
        json!({"image": "debian:12", "command": ["sh", "-c", "a\nb"], "env": {"NUMBER": 1, "YES": true, "FLOAT": 1.5}}),
        json!({"image": {"type": "task-image", "taskId": MAKER, "path": "public/image.tar.zst"}, "command": []}),
        json!({"image": {"type": "indexed-image", "namespace": "example.images.mine"}, "command": ["run-task-git"]}),
        json!({"image": "x", "command": ["run-task", "--task-cwd=/x y", "--"], "env": {"TASKCLUSTER_CACHES": "/a"}}),
    ] {
        let ours = world.compare(&["-"], &definition(&payload).to_string());
        assert_eq!(ours.asked.code, Some(7), "{payload}: {}", ours.stderr);
    }
    let no_command = json!({"image": "x", "command": ["run-task", "--ci-checkout=/x"]});
    world.compare(&["-i", "-"], &definition(&no_command).to_string());
}

#[test]
fn what_cannot_be_run_is_refused_before_the_engine_is_asked() {
    let world = World::new();
    let plain = json!({"image": "debian:12", "command": ["sh"]});
    let unknown = json!({"image": {"type": "docker-image", "name": "x"}, "command": ["sh"]});
    let missing = json!({"image": {"type": "indexed-image", "namespace": "example.images.yours"}, "command": ["sh"]});
    let alone = json!({"image": "x", "command": ["run-task", "--", "true"], "env": {"REPOSITORIES": "{\"ci\": 1}"}});
    for (arguments, payload, why) in [
        (&["-"][..], json!({"command": ["sh"]}), "has no `payload.image`"),
        (&["-", "-i"], plain.clone(), "does not use `run-task`"),
        (&["-", "--develop"], plain, "does not use `run-task`"),
        (&["-", "--develop"], json!({"image": "x", "command": ["run-task"]}), "no repositories in `REPOSITORIES`"),
        (&["-", "--develop"], alone, "does not use `--ci-checkout`"),
        (&["-"], unknown, "images of type `docker-image` cannot be loaded"),
        (&["-"], missing, "there is no task at `example.images.yours` in the index"),
    ] {
        let ours = world.compare(arguments, &definition(&payload).to_string());
        assert_eq!((ours.asked.code, ours.asked.calls.len()), (Some(1), 0), "{payload}");
        assert!(ours.stderr.contains(why), "{}", ours.stderr);
    }
}

/// An option without a value is followed by something else; the reference takes that out with it.
#[test]
fn only_the_flag_of_a_shallow_clone_is_taken_out() {
    let world = World::new();
    let mut payload = run_task();
    payload["command"].as_array_mut().unwrap().insert(2, "--ci-shallow-clone".into());
    let input = definition(&payload).to_string();
    let words = |program: &Program| {
        let ran = world.run(program, &["-", "--develop"], &input);
        String::from_utf8(ran.asked.calls[0]["words"].clone()).unwrap()
    };
    assert!(words(&Program::Ours).contains("run-task\n--task-cwd\n"), "{}", words(&Program::Ours));
    assert!(words(&REFERENCE).contains("run-task\n/builds/worker/checkouts/src\n--\n"), "{}", words(&REFERENCE));
}

/// A line break would end a variable in the engine's file of variables, and begin another.
#[test]
fn variables_of_several_lines_arrive_whole() {
    let world = World::new();
    let payload = json!({"image": "debian:12", "command": ["sh"], "env": {"LINES": "a\nHOME", "LINE": "b"}});
    let ran = world.run(&Program::Ours, &["-"], &definition(&payload).to_string());
    let call = &ran.asked.calls[0];
    assert!(String::from_utf8_lossy(&call["words"]).contains("--env=LINES=a\nHOME\n"));
    assert!(String::from_utf8_lossy(&call["env"]).ends_with("\nLINE=b"));
}

#[test]
fn work_on_the_checkout_is_asked_about() {
    let world = World::new();
    let environment = [("TASKCLUSTER_ROOT_URL", world.taskcluster.root_url())];
    world.create(&definition(&run_task()));
    for (answers, code, calls) in [("n\n", 1, 0), ("\n", 1, 0), ("what\ny\n", 0, 1), ("Y\n", 0, 1)] {
        for program in [Program::Ours, REFERENCE] {
            let ran = fake::run(&program, &world.checkout, &["load-task", "--develop", TASK], &environment, answers);
            assert_eq!((ran.asked.code, ran.asked.calls.len()), (Some(code), calls), "{answers:?}: {}", ran.stderr);
            assert_eq!(ran.stdout.contains("invalid option: what"), answers.contains("what"));
        }
    }
}

/// The reference builds with an image of its own; ours has the engine build: the parent first, then what was named.
#[test]
fn an_image_of_the_tree_is_built_with_its_parents() {
    let world = World::new();
    world.create(&definition(&run_task()));
    let ran = world.run(&Program::Ours, &["--image", "child", TASK], "");
    let words = |call: &fake::Call| String::from_utf8(call["words"].clone()).unwrap();
    let [base, child, run] = ran.asked.calls.as_slice() else { panic!("{}{:?}", ran.stderr, ran.asked.calls) };
    let root_url = world.taskcluster.root_url();
    let told = |name: &str| format!("--build-arg\nTASKCLUSTER_ROOT_URL={name}\n");
    assert_eq!(
        words(base),
        format!("build\n--tag\nbase:latest\n--build-arg\nDOCKER_IMAGE_PACKAGES=\n{}-\n", told(root_url))
    );
    assert_eq!(
        words(child),
        format!(
            "build\n--tag\nchild:latest\n--build-arg\nDOCKER_IMAGE_PACKAGES=\n--build-arg\nDOCKER_IMAGE_PARENT=base:latest\n\
             --build-arg\nNAME=x\n{}--build-arg\nVERSION=1.2\n-\n",
            told(root_url)
        )
    );
    assert!(words(run).contains("\nchild:latest\n"));
    let file = world.checkout.path().join("child.tar.gz");
    Program::Ours.output(&world.checkout, &["build-image", "child", "--context-only", "child.tar.gz"], &[]);
    assert_eq!(child["piped"], std::fs::read(file).unwrap());
}

/// A parent that was made from the same content is loaded instead.
#[test]
fn a_parent_that_was_published_is_not_built() {
    let world = World::new();
    let digest = Program::Ours.output(&world.checkout, &["image-digest", "base"], &[]);
    world.taskcluster.index_task(&format!("example.cache.level-3.docker-images.v2.base.hash.{}", digest.trim()), MAKER);
    let environment = [("TASKCLUSTER_ROOT_URL", world.taskcluster.root_url())];
    let ran = fake::run(&Program::Ours, &world.checkout, &["build-image", "child"], &environment, "");
    assert_eq!((ran.asked.code, ran.stdout.as_str()), (Some(0), "child:latest\n"), "{}", ran.stderr);
    let words: Vec<_> = ran.asked.calls.iter().map(|call| String::from_utf8_lossy(&call["words"])).collect();
    assert_eq!(words[0], "image\nload\n");
    assert!(words[1].contains("DOCKER_IMAGE_PARENT=base:latest\n"), "{}", words[1]);
    assert!(String::from_utf8_lossy(&ran.asked.calls[0]["piped"]).contains(r#""RepoTags":["base:latest"]"#));
}
