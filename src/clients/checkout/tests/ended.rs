//! Checkouts that end before they are done: killed, or on a disk that is full. They run in a process of their own, which is
//! this very program with one test of it.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use super::{QUICK, Setting, check_out, commit};

/// What a process is told, by these variables.
const URL: &str = "PUSHGRAPH_TEST_CHECKOUT_URL";
const WORK: &str = "PUSHGRAPH_TEST_CHECKOUT_WORK";
const IS_STORED: &str = "PUSHGRAPH_TEST_CHECKOUT_IS_STORED";

/// What a process does: it checks `main` out, and prints what goes wrong.
#[test]
#[ignore = "other tests run it in a process of its own"]
#[expect(clippy::disallowed_methods, reason = "only this test reads these variables")]
fn in_a_process() {
    let told = |name| std::env::var(name).expect("the test that runs it says so");
    let work = told(WORK);
    let (work, wanted) = (Path::new(&work), wanted(told(URL)));
    let store = (told(IS_STORED) == "true").then(|| work.join("store"));
    let made = check_out(&wanted, &work.join("trees/src"), store.as_deref(), QUICK);
    if let Err(error) = made {
        println!("failed: {error}");
    }
    let left = fs::read_dir(work.join("trees")).map(|entries| entries.flatten().count());
    println!("left: {}", left.unwrap_or_default());
    println!("whole: {}", is_whole(&work.join("trees/src")));
}

fn wanted(url: String) -> super::Wanted {
    super::Wanted {
        kind: crate::sources::repository::RepositoryKind::Git,
        head_repository: url,
        head_ref: Some("main".into()),
        head_rev: None,
        base_repository: None,
        base_rev: None,
        shallow: false,
    }
}

/// Whether every file of the tree is as it was committed.
fn is_whole(tree: &Path) -> bool {
    let status = Command::new("git").args(["status", "--porcelain"]).current_dir(tree).output();
    tree.join(".git").exists() && status.is_ok_and(|output| output.status.success() && output.stdout.is_empty())
}

impl Setting {
    /// A checkout to come, in a process; `before` is what the shell does first.
    fn process(&self, is_stored: bool, before: Option<&str>) -> Command {
        let itself = std::env::current_exe().unwrap();
        let mut command = match before {
            None => Command::new(&itself),
            Some(before) => {
                let mut command = Command::new("unshare");
                command.args(["--user", "--map-root-user", "--mount", "sh", "-ceu"]);
                command.arg(format!("{before}\nexec \"$0\" \"$@\"")).arg(&itself);
                command
            }
        };
        command.args(["--exact", "clients::checkout::tests::ended::in_a_process", "--include-ignored", "--nocapture"]);
        command.env(URL, self.server.url()).env(WORK, self.work.path()).env(IS_STORED, is_stored.to_string());
        command.stdout(Stdio::piped()).stderr(Stdio::null());
        command
    }

    fn start(&self, is_stored: bool) -> Child {
        self.process(is_stored, None).spawn().unwrap()
    }

    /// Runs on a file system of so many bytes.
    fn on_disk_of(&self, bytes: usize, is_stored: bool) -> Output {
        let mount = format!("mount -t tmpfs -o size={bytes} tmpfs '{}'", self.work.path().display());
        self.process(is_stored, Some(&mount)).output().unwrap()
    }
}

fn kill(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn one_that_is_killed_while_it_fetches_is_done_again() {
    for is_stored in [false, true] {
        let setting = Setting::new();
        setting.server.stall(true);
        let child = setting.start(is_stored);
        setting.server.wait_for_stall();
        kill(child);
        assert!(!setting.destination().exists());
        assert!(setting.work.path().join("trees/.src.pushgraph-new").exists(), "it was half way");
        setting.server.stall(false);
        let store = is_stored.then(|| setting.store());
        check_out(&setting.wanted(), &setting.destination(), store.as_deref(), QUICK).unwrap();
        setting.assert_sound(&setting.rev("main"), Some("main"));
    }
}

#[test]
fn one_that_is_killed_at_any_moment_leaves_the_old_tree_or_the_new() {
    for is_stored in [false, true] {
        let setting = Setting::new();
        let store = is_stored.then(|| setting.store());
        check_out(&setting.wanted(), &setting.destination(), store.as_deref(), QUICK).unwrap();
        for step in 0..12 {
            setting.scratch.write("number", &format!("{step} once more"));
            commit(&setting.scratch, "newer");
            let child = setting.start(is_stored);
            std::thread::sleep(Duration::from_millis(step * 15));
            kill(child);
            // Between two renames there is none; the next one finds it so and makes it.
            let tree = setting.destination();
            assert!(!tree.exists() || is_whole(&tree), "killed after {} ms", step * 15);
        }
        check_out(&setting.wanted(), &setting.destination(), store.as_deref(), QUICK).unwrap();
        setting.assert_sound(&setting.rev("main"), Some("main"));
    }
}

#[test]
fn a_full_disk_is_told_and_nothing_is_left() {
    let setting = Setting::new();
    // Little to fetch, and much to write.
    setting.scratch.write("long", &"x".repeat(3 << 20));
    commit(&setting.scratch, "long");
    if !setting.on_disk_of(1 << 30, false).status.success() {
        println!("SKIPPED: this machine lets nobody mount a file system of their own");
        return;
    }
    // The first is too small for what is fetched, the others for the files.
    for (bytes, is_stored) in [(100 << 10, false), (100 << 10, true), (2 << 20, false), (2 << 20, true)] {
        let said = String::from_utf8(setting.on_disk_of(bytes, is_stored).stdout).unwrap();
        assert!(said.contains("No space left on device"), "{bytes}: {said}");
        // The lock alone.
        assert!(said.contains("left: 1\n") && said.contains("whole: false\n"), "{bytes}: {said}");
    }
    let said = String::from_utf8(setting.on_disk_of(16 << 20, true).stdout).unwrap();
    assert!(!said.contains("failed: ") && said.contains("whole: true\n"), "{said}");
}
