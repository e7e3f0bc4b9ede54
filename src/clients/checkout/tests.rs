//! Checkouts from git servers and Mercurial repositories of this machine.

mod ended;
mod server;

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;

use self::server::Server;
use super::{NULL_REVISION, Wanted, check_out, hg, place::Place};
use crate::clients::testing::{Scratch, hg_program};
use crate::clients::{Git, GitObjects, Patience};
use crate::sources::repository::{Repository as _, RepositoryKind};
use crate::sources::{Error, ErrorKind};

const QUICK: Patience = Patience {
    tries: 3,
    pause: Duration::from_millis(1),
    longest_pause: Duration::from_millis(2),
    total: Duration::from_secs(60),
};

/// A repository on a server, and a directory to make trees in.
struct Setting {
    scratch: Scratch,
    server: Server,
    work: TempDir,
}

impl Setting {
    /// Three commits on `main`, with a script, a link, and enough noise that it does not fit into one piece.
    fn new() -> Self {
        let scratch = Scratch::git();
        for number in 1..=3 {
            scratch.write("number", &number.to_string());
            let noise: String =
                (0..20_000_u32).map(|at| format!("{} ", at.wrapping_mul(2_654_435_761 + number))).collect();
            scratch.write("noise", &noise);
            if number == 1 {
                scratch.write("folder/run", "#!/bin/sh\n");
                let script = scratch.path().join("folder/run");
                fs::set_permissions(script, fs::Permissions::from_mode(0o755)).unwrap();
                symlink("folder/run", scratch.path().join("link")).unwrap();
            }
            commit(&scratch, &format!("commit {number}"));
        }
        let server = Server::start(scratch.path());
        Self { scratch, server, work: tempfile::tempdir().unwrap() }
    }

    fn rev(&self, name: &str) -> String {
        self.scratch.run(&["rev-parse", &format!("{name}^{{commit}}")]).trim().to_owned()
    }

    fn wanted(&self) -> Wanted {
        Wanted {
            kind: RepositoryKind::Git,
            head_repository: self.server.url(),
            head_ref: Some("main".into()),
            head_rev: Some(self.rev("main")),
            base_repository: None,
            base_rev: Some(NULL_REVISION.into()),
            shallow: false,
        }
    }

    fn destination(&self) -> PathBuf {
        self.work.path().join("trees/src")
    }

    fn store(&self) -> PathBuf {
        self.work.path().join("store")
    }

    fn check_out(&self, wanted: &Wanted) -> Result<String, Error> {
        check_out(wanted, &self.destination(), None, QUICK).map(|made| made.revision)
    }

    fn check_out_stored(&self, wanted: &Wanted) -> Result<String, Error> {
        check_out(wanted, &self.destination(), Some(&self.store()), QUICK).map(|made| made.revision)
    }

    /// What git makes of the tree: nothing that differs, and its revision and branch.
    fn assert_sound(&self, revision: &str, branch: Option<&str>) {
        let git = Git::new(self.destination());
        assert_eq!((git.head_rev().unwrap().as_str(), git.branch().unwrap().as_deref()), (revision, branch));
        assert_eq!(status(&self.destination()), "");
        let left: Vec<_> = fs::read_dir(self.work.path().join("trees")).unwrap().map(|entry| entry.unwrap()).collect();
        assert_eq!(left.len(), 2, "{left:?}");
    }
}

fn commit(scratch: &Scratch, message: &str) {
    scratch.run(&["add", "--all"]);
    scratch.run(&["commit", "--quiet", "--message", message]);
}

fn status(tree: &Path) -> String {
    let output = std::process::Command::new("git").args(["status", "--porcelain"]).current_dir(tree).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn message(result: Result<String, Error>) -> String {
    result.unwrap_err().to_string()
}

#[test]
fn a_push_is_checked_out_with_its_history() {
    let setting = Setting::new();
    let wanted = Wanted { base_rev: Some(setting.rev("main~2")), ..setting.wanted() };
    assert_eq!(setting.check_out(&wanted).unwrap(), setting.rev("main"));
    setting.assert_sound(&setting.rev("main"), Some("main"));
    let tree = setting.destination();
    assert_eq!(fs::read_link(tree.join("link")).unwrap(), Path::new("folder/run"));
    assert_eq!(fs::metadata(tree.join("folder/run")).unwrap().permissions().mode() & 0o111, 0o111);
    let objects = GitObjects::new(tree);
    assert_eq!(objects.changed_between(&setting.rev("main~2"), &setting.rev("main")).unwrap().len(), 4);
    assert_eq!(objects.remote_url().unwrap(), setting.server.url());
}

#[test]
fn a_push_is_checked_out_without_its_history() {
    let setting = Setting::new();
    let base = setting.rev("main~1");
    let wanted = Wanted { shallow: true, base_rev: Some(base.clone()), ..setting.wanted() };
    setting.check_out(&wanted).unwrap();
    setting.assert_sound(&setting.rev("main"), Some("main"));
    let objects = GitObjects::new(setting.destination());
    assert_eq!(objects.changed_between(&base, &setting.rev("main")).unwrap(), ["noise", "number"]);
    assert!(objects.changed_between(&setting.rev("main~2"), "main").is_err());
    // It is not the newest any more: history is looked through for it.
    setting.check_out(&Wanted { head_rev: Some(base.clone()), ..wanted }).unwrap();
    setting.assert_sound(&base, Some("main"));
}

#[test]
fn a_revision_must_be_in_its_ref() {
    let setting = Setting::new();
    setting.scratch.run(&["checkout", "--quiet", "-b", "other", "main~1"]);
    setting.scratch.write("number", "4");
    commit(&setting.scratch, "elsewhere");
    let elsewhere = Wanted { head_rev: Some(setting.rev("other")), ..setting.wanted() };
    for wanted in [elsewhere.clone(), Wanted { shallow: true, ..elsewhere.clone() }] {
        let said = message(setting.check_out(&wanted));
        assert!(said.contains("`refs/heads/main` does not contain it"), "{said}");
        assert!(!setting.destination().exists());
    }
    let said = message(setting.check_out(&Wanted { head_ref: Some("nothing".into()), ..elsewhere.clone() }));
    assert!(said.contains("no branch, tag or ref of that name"), "{said}");
    setting.check_out(&Wanted { head_ref: Some("refs/heads/other".into()), ..elsewhere.clone() }).unwrap();
    setting.check_out(&Wanted { head_ref: None, ..elsewhere }).unwrap();
    setting.assert_sound(&setting.rev("other"), None);
    let unknown = Wanted { head_rev: Some("1".repeat(40)), head_ref: None, ..setting.wanted() };
    assert!(setting.check_out(&unknown).is_err());
    setting.assert_sound(&setting.rev("other"), None);
}

#[test]
fn a_release_is_named_by_its_tag() {
    let setting = Setting::new();
    setting.scratch.run(&["tag", "--annotate", "--message", "one", "v1", "main~1"]);
    let named = |name: &str| Some(name.to_owned());
    let wanted = Wanted { head_ref: named("v1"), head_rev: named("v1"), base_rev: named("main"), ..setting.wanted() };
    assert_eq!(setting.check_out(&wanted).unwrap(), setting.rev("v1"));
    setting.assert_sound(&setting.rev("v1"), Some("v1"));
    let objects = GitObjects::new(setting.destination());
    assert_eq!(objects.changed_between("v1", "main").unwrap(), ["noise", "number"]);
}

#[test]
fn what_was_fetched_is_kept_for_others() {
    let setting = Setting::new();
    setting.check_out_stored(&setting.wanted()).unwrap();
    let posts = setting.server.fetches();
    setting.check_out_stored(&setting.wanted()).unwrap();
    assert_eq!(setting.server.fetches(), posts);
    setting.assert_sound(&setting.rev("main"), Some("main"));
    setting.scratch.write("number", "5");
    commit(&setting.scratch, "newer");
    setting.check_out_stored(&setting.wanted()).unwrap();
    setting.assert_sound(&setting.rev("main"), Some("main"));
    assert!(setting.server.fetches() > posts);
}

#[test]
fn a_broken_store_is_made_anew() {
    let setting = Setting::new();
    setting.check_out_stored(&setting.wanted()).unwrap();
    let breaks: [fn(&Path); 3] = [
        |pack| fs::write(pack, &fs::read(pack).unwrap()[..200]).unwrap(),
        |pack| fs::remove_file(pack).unwrap(),
        |pack| {
            let mut content = fs::read(pack).unwrap();
            content[100..5000].fill(7);
            fs::write(pack, content).unwrap();
        },
    ];
    for break_pack in breaks {
        for entry in walkdir::WalkDir::new(setting.store()).into_iter().map(Result::unwrap) {
            if entry.path().extension().is_some_and(|extension| extension == "pack") {
                fs::set_permissions(entry.path(), fs::Permissions::from_mode(0o644)).unwrap();
                break_pack(entry.path());
            }
        }
        setting.check_out_stored(&setting.wanted()).unwrap();
        setting.assert_sound(&setting.rev("main"), Some("main"));
    }
}

#[test]
fn many_at_once_share_a_store() {
    let setting = Setting::new();
    let (wanted, store) = (setting.wanted(), setting.store());
    std::thread::scope(|scope| {
        for number in 0..6 {
            let destination = setting.work.path().join(format!("trees/{}", number % 3));
            let (wanted, store) = (&wanted, &store);
            scope.spawn(move || {
                check_out(wanted, &destination, Some(store), QUICK).unwrap();
                assert_eq!(status(&destination), "");
            });
        }
    });
}

#[test]
fn an_answer_that_breaks_off_is_asked_for_again() {
    let setting = Setting::new();
    setting.server.cut(1);
    setting.check_out(&setting.wanted()).unwrap();
    setting.assert_sound(&setting.rev("main"), Some("main"));
    // A tree that was there stays, and half of one never is.
    setting.server.cut(100);
    setting.scratch.write("number", "5");
    let before = setting.rev("main");
    commit(&setting.scratch, "newer");
    let error = setting.check_out(&setting.wanted()).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Unavailable, "{error}");
    setting.assert_sound(&before, Some("main"));
}

#[test]
fn a_server_that_is_not_there_is_told() {
    let setting = Setting::new();
    let at = |url: &str| {
        let wanted = Wanted { head_repository: url.into(), ..setting.wanted() };
        setting.check_out(&wanted).unwrap_err()
    };
    let nobody = at("http://127.0.0.1:9/a");
    assert_eq!(nobody.kind, ErrorKind::Unavailable);
    assert!(nobody.to_string().contains("tried 3 times"), "{nobody}");
    assert!(at("git@example.com:a/b").to_string().contains("only http and https"));
    assert!(at(&setting.server.url().replace("/repository", "/nothing")).to_string().contains("404"));
    assert!(!setting.destination().exists());
}

#[test]
fn notes_come_with_the_tree_or_later() {
    let setting = Setting::new();
    let add = |text: &str| {
        setting.scratch.run(&["notes", "--ref=decision-parameters", "add", "--force", "--message", text]);
    };
    let note = || {
        let objects = GitObjects::new(setting.destination());
        objects.note("refs/notes/decision-parameters", &setting.server.url()).unwrap()
    };
    setting.check_out(&setting.wanted()).unwrap();
    assert_eq!(note(), None);
    add(" {\"a\": 1} ");
    assert_eq!(note().as_deref(), Some("{\"a\": 1}"));
    add("{}");
    setting.check_out(&Wanted { shallow: true, ..setting.wanted() }).unwrap();
    assert_eq!(note().as_deref(), Some("{}"));
}

#[test]
fn submodules_are_checked_out_too() {
    let setting = Setting::new();
    let revision = setting.rev("main~1");
    setting.scratch.write(".gitmodules", "[submodule \"lib\"]\n\tpath = deep/lib\n\turl = ../repository\n");
    setting.scratch.run(&["update-index", "--add", "--cacheinfo", &format!("160000,{revision},deep/lib")]);
    setting.scratch.run(&["add", ".gitmodules"]);
    setting.scratch.run(&["commit", "--quiet", "--message", "with a submodule"]);
    for stored in [false, true] {
        let made =
            if stored { setting.check_out_stored(&setting.wanted()) } else { setting.check_out(&setting.wanted()) };
        made.unwrap();
        assert_eq!(fs::read_to_string(setting.destination().join("deep/lib/number")).unwrap(), "2");
        assert_eq!(Git::new(setting.destination().join("deep/lib")).head_rev().unwrap(), revision);
        assert_eq!(status(&setting.destination()), "");
    }
}

#[test]
fn mercurial_is_asked_for_its_own() {
    let Some(program) = hg_program() else { return };
    let (scratch, work) = (Scratch::hg(&program), tempfile::tempdir().unwrap());
    for number in ["1", "2"] {
        scratch.write("number", number);
        scratch.run(&["commit", "--addremove", "--user", "someone", "--message", number]);
    }
    let node = |revision: &str| scratch.run(&["log", "--rev", revision, "--template", "{node}"]);
    let wanted = |reference: &str, revision: &str| Wanted {
        kind: RepositoryKind::Hg,
        head_repository: scratch.path().to_str().unwrap().into(),
        head_ref: Some(reference.into()),
        head_rev: Some(revision.into()),
        base_repository: None,
        base_rev: None,
        shallow: false,
    };
    let destination = work.path().join("src");
    let make = |program: &str, wanted: &Wanted, store: Option<&Path>| {
        let place = Place::take(&destination).unwrap();
        hg::check_out_with(program, wanted, &place, store).map(|made| made.revision)
    };
    let store = work.path().join("store");
    for store in [None, Some(store.as_path()), Some(store.as_path())] {
        assert_eq!(make(&program, &wanted("default", &node("0")), store).unwrap(), node("0"));
        assert_eq!(fs::read_to_string(destination.join("number")).unwrap(), "1");
    }
    let said = message(make(&program, &wanted(&node("0"), &node("1")), None));
    assert!(said.contains("does not contain it"), "{said}");
    let said = message(make("no-such-hg", &wanted("default", "tip"), None));
    assert!(said.contains("Mercurial is not installed"), "{said}");
    assert_eq!(fs::read_to_string(destination.join("number")).unwrap(), "1");
}
