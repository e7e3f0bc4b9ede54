//! The whole way with a real container engine, where there is one that works: built, saved as an artifact, loaded, run.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use pushgraph::local::caller::Service;
use serde_json::json;

use crate::reference::index::{Taskcluster, at};
use crate::reference::programs::{Checkout, Program};

const MAKER: &str = "fzy3l9dCSDKRYTxTQTZjGg";
const TASK: &str = "DDDDDDDDQDCDDDDDDDDDDA";

/// What tells an engine's client where the engine is.
const PASSED_ON: [&str; 6] = ["CONTAINERS_CONF", "DOCKER_CONFIG", "DOCKER_HOST", "PATH", "XDG_RUNTIME_DIR", "HOME"];

/// An engine that has built an image and run it.
struct Engine {
    program: &'static str,
}

impl Engine {
    /// The engine that ours would find, if it can build and run the image in `context`.
    fn working(context: &Path) -> Result<Self, String> {
        let answers = |program: &&str| command(program, &["ps"]).is_ok_and(|output| output.status.success());
        let program = ["docker", "podman"].into_iter().find(answers).ok_or("neither docker nor podman answers")?;
        let (engine, tag) = (Self { program }, format!("pushgraph-probe-{}", std::process::id()));
        let context = context.to_str().ok_or("a path that is not UTF-8")?;
        let probe = [&["build", "-t", &tag, context][..], &["run", "--rm", &tag, "/bin/sh", "-c", "exit 0"]];
        let failed = probe.iter().find_map(|arguments| match command(program, arguments) {
            Ok(output) if output.status.success() => None,
            Ok(output) => Some(format!("{program} {}: {}", arguments[0], String::from_utf8_lossy(&output.stderr))),
            Err(error) => Some(error.to_string()),
        });
        engine.forget(&tag);
        failed.map_or(Ok(engine), Err)
    }

    fn save(&self, image: &str) -> Vec<u8> {
        let output = command(self.program, &["image", "save", image]).unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output.stdout
    }

    fn knows(&self, image: &str) -> bool {
        command(self.program, &["image", "inspect", image]).unwrap().status.success()
    }

    fn forget(&self, image: &str) {
        let _ = command(self.program, &["image", "rm", "-f", image]);
    }
}

fn command(program: &str, arguments: &[&str]) -> std::io::Result<Output> {
    Command::new(program).args(arguments).stdin(Stdio::null()).output()
}

/// A shell and the libraries it needs, from this machine: an image needs no registry then.
fn put_shell(root: &Path) {
    let shell = fs::canonicalize("/bin/sh").unwrap();
    let listed = command("ldd", &[shell.to_str().unwrap()]).expect("ldd comes with every C library");
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    let libraries = listed.split_whitespace().filter(|word| word.starts_with('/')).map(PathBuf::from);
    for (from, to) in libraries.map(|path| (path.clone(), path)).chain([(shell, PathBuf::from("/bin/sh"))]) {
        let to = root.join(to.strip_prefix("/").unwrap());
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(from, to).unwrap();
    }
}

/// A project with an image, and another that is built on it.
fn checkout(name: &str) -> Checkout {
    let tree = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &str| {
        fs::create_dir_all(tree.path().join(path).parent().unwrap()).unwrap();
        fs::write(tree.path().join(path), text).unwrap();
    };
    let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/trees/docker-images/taskcluster/config.yml");
    write("taskcluster/config.yml", &fs::read_to_string(config).unwrap());
    write(
        "taskcluster/kinds/docker-image/kind.yml",
        &format!(
            "loader: taskgraph.loader.transform:loader\n\
             transforms:\n\
             \x20   - taskgraph.transforms.docker_image:transforms\n\
             \x20   - taskgraph.transforms.cached_tasks:transforms\n\
             \x20   - taskgraph.transforms.task:transforms\n\
             tasks:\n\
             \x20   {name}: {{definition: base}}\n\
             \x20   {name}-child: {{definition: child, parent: {name}, args: {{GREETING: hello}}}}\n"
        ),
    );
    write("taskcluster/docker/base/Dockerfile", "FROM scratch\nCOPY root /\n");
    put_shell(&tree.path().join("taskcluster/docker/base/root"));
    let child = "# %ARG GREETING\nARG DOCKER_IMAGE_PARENT\nFROM $DOCKER_IMAGE_PARENT\nENV GREETING=$GREETING\n";
    write("taskcluster/docker/child/Dockerfile", child);
    Checkout::of(tree.path())
}

struct World<'w> {
    checkout: &'w Checkout,
    environment: Vec<(String, String)>,
}

impl World<'_> {
    /// What the program prints that must end with `code`.
    fn run(&self, arguments: &[&str], code: i32) -> String {
        let environment: Vec<(&str, &str)> =
            self.environment.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let output = Program::Ours.run(self.checkout, arguments, &environment);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

#[test]
fn an_image_is_built_saved_loaded_and_run() {
    let base = format!("pushgraph-test-{}", std::process::id());
    let (child, renamed) = (format!("{base}-child"), format!("{base}-renamed:7"));
    let checkout = checkout(&base);
    let engine = match Engine::working(&checkout.path().join("taskcluster/docker/base")) {
        Ok(engine) => engine,
        Err(why) => {
            // Not by the macros, whose output nobody sees of a test that passes.
            let line = format!("SKIPPED an_image_is_built_saved_loaded_and_run: no container engine works: {why}\n");
            return std::io::stderr().write_all(line.as_bytes()).unwrap();
        }
    };
    let taskcluster = Taskcluster::start();
    let passed_on = PASSED_ON.iter().filter_map(|name| Some(((*name).to_owned(), std::env::var(name).ok()?)));
    let mut world = World { checkout: &checkout, environment: passed_on.collect() };

    assert_eq!(world.run(&["build-image", &child], 0), format!("{child}:latest\n"));
    let saved = zstd::encode_all(engine.save(&child).as_slice(), 1).unwrap();
    engine.forget(&child);
    engine.forget(&base);
    assert!(!engine.knows(&child));

    world.environment.push(("TASKCLUSTER_ROOT_URL".into(), taskcluster.root_url().into()));
    taskcluster.start_task(MAKER, MAKER);
    taskcluster.finish_task(MAKER, &BTreeMap::from([("image.tar.zst".to_owned(), (saved, 0o644))]));
    let digest = world.run(&["image-digest", &child], 0);
    let path = format!("example.cache.level-3.docker-images.v2.{child}.hash.{}", digest.trim());
    taskcluster.index_task(&path, MAKER);
    world.run(&["load-image", &child, "-t", &renamed], 0);
    assert!(engine.knows(&renamed) && !engine.knows(&child));
    engine.forget(&renamed);

    let definition = json!({
        "schedulerId": "tests", "provisionerId": "tests", "workerType": "tests",
        "created": at(0), "deadline": at(24), "expires": at(24 * 400),
        "payload": {
            "image": {"type": "task-image", "taskId": MAKER, "path": "public/image.tar.zst"},
            "command": ["/bin/sh", "-c", "echo \"$GREETING\" \"$LINES_OF_IT\" from $TASK_ID; exit 5"],
            "env": {"LINES_OF_IT": "one\ntwo"},
        },
        "metadata": {"name": "a task", "description": "x", "owner": "someone@example.com", "source": "https://example.com"},
    });
    taskcluster.call(taskcluster.caller.put(Service::Queue, &["task", TASK], &definition));
    assert_eq!(world.run(&["load-task", TASK], 5), format!("hello one\ntwo from {TASK}\n"));
    engine.forget(&child);
}
