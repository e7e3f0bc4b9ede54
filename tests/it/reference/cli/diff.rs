//! `--diff` of both programs, in git and in Mercurial.

use std::process::Command;

use super::{Left, both, both_succeed, checkout, commit, each, write};
use crate::reference::programs::{Checkout, Program, environment};

const KIND: &str = "taskcluster/kinds/hello/kind.yml";

/// Greets somebody else too.
fn change(checkout: &Checkout) {
    let text = std::fs::read_to_string(checkout.path().join(KIND)).expect("it is there");
    let again = text.split_once("    world:\n").expect("it greets the world").1.to_owned();
    write(checkout, KIND, &format!("{text}    moon:\n{again}"));
}

/// A checkout whose last commit is not public yet.
fn two_commits() -> Checkout {
    let checkout = checkout("hello");
    checkout.git(&["update-ref", "refs/remotes/origin/main", "HEAD"]);
    change(&checkout);
    commit(&checkout, "Greet the moon");
    checkout
}

/// Both print the same, and leave `main` checked out and clean.
fn compare(checkout: &Checkout, line: &str) -> Left {
    let left = both_succeed(checkout, line, &[]);
    assert_eq!(checkout.git(&["rev-parse", "--abbrev-ref", "HEAD"]), "main", "{line}");
    assert_eq!(checkout.git(&["status", "--porcelain"]), "", "{line}");
    left
}

#[test]
fn a_revision_or_the_public_one() {
    let checkout = two_commits();
    let public = compare(&checkout, "full -p parameters/push.yml --diff");
    assert!(public.stdout.contains("\n+hello-moon\n"), "{}", public.stdout);
    assert_eq!(compare(&checkout, "full --diff=HEAD~1 -p parameters/push.yml"), public);
    assert_eq!(compare(&checkout, "full -p parameters/push.yml --diff origin/main"), public);
    let same = compare(&checkout, "full -p parameters/push.yml --diff HEAD");
    assert!(same.stdout.contains(" are identical"), "{}", same.stdout);
    for line in ["-J --diff", "-Y --diff HEAD~2", "--diff main -J"] {
        compare(&checkout, &format!("target {line} -p parameters/push.yml"));
    }
    compare(&checkout, "full -J --diff");
    compare(&checkout, "full -J --diff --exclude-key task.metadata --exclude-key task.payload --tasks hello-w");
    compare(&checkout, "morphed -L --diff");
}

#[test]
fn differences_go_to_a_file_and_their_absence_does_not() {
    let checkout = two_commits();
    let left = compare(&checkout, "full -p parameters/push.yml --diff -o the.diff");
    assert!(left.stdout.is_empty() && left.files.contains_key("the.diff"), "{left:?}");
    let left = compare(&checkout, "full -p parameters/push.yml --diff HEAD -o the.diff");
    assert!(left.files.is_empty() && left.stdout.contains(" are identical"), "{left:?}");
}

#[test]
fn several_sets_are_compared_one_by_one() {
    let checkout = two_commits();
    let sets = "-p parameters/push.yml -p parameters/cron.yml";
    let left = compare(&checkout, &format!("full {sets} --diff"));
    assert_eq!(left.stdout.matches("+hello-moon").count(), 2, "{left:?}");
    let left = compare(&checkout, &format!("full -J {sets} --diff -o of.diff"));
    assert_eq!(left.files.keys().collect::<Vec<_>>(), ["of_cron.diff", "of_push.diff"]);
    compare(&checkout, &format!("full -J {sets} --diff HEAD~1 -o {{params}}/../{{params}}.diff -j 1 --tasks x"));
}

#[test]
fn a_detached_head_is_checked_out_again() {
    let checkout = two_commits();
    checkout.git(&["checkout", "--quiet", "--detach"]);
    let head = checkout.head();
    for line in ["full --diff", "full -J --diff HEAD~1 -p parameters/push.yml"] {
        both_succeed(&checkout, line, &[]);
        assert_eq!((checkout.head(), checkout.git(&["branch", "--show-current"])), (head.clone(), String::new()));
    }
}

#[test]
fn what_cannot_be_compared_is_refused_alike() {
    let checkout = two_commits();
    assert_eq!(both(&checkout, "full --diff nothing", &[]).code, Some(1));
    write(&checkout, "untracked", "It does not matter.\n");
    assert_eq!(each(&checkout, "full -p parameters/push.yml --diff", &[]).0.code, Some(0));
    change(&checkout);
    assert_eq!(both(&checkout, "full --diff", &[]).code, Some(1));
    checkout.git(&["checkout", "--quiet", "."]);
    write(&checkout, KIND, "tasks: 3\n");
    commit(&checkout, "Break it");
    // The reference then fails before it has compared anything, where it is not the only one.
    let (ours, _) = each(&checkout, "full --diff -p parameters/push.yml -p parameters/cron.yml", &[]);
    assert_eq!(ours.code, Some(1));
    assert_eq!(checkout.git(&["rev-parse", "--abbrev-ref", "HEAD"]), "main");
}

/// The same tree in Mercurial; the first commit is public.
struct Mercurial(Checkout);

impl Mercurial {
    fn new() -> Self {
        let checkout = checkout("hello");
        std::fs::remove_dir_all(checkout.path().join(".git")).expect("it is there");
        let mercurial = Self(checkout);
        mercurial.hg(&["init"]);
        write(&mercurial.0, ".hg/hgrc", "[paths]\ndefault = https://hg.mozilla.org/integration/autoland/\n");
        mercurial.commit("A tree");
        mercurial.hg(&["phase", "--public", "."]);
        change(&mercurial.0);
        mercurial.commit("Greet the moon");
        mercurial
    }

    fn commit(&self, message: &str) {
        self.hg(&["commit", "--addremove", "--user=Someone", "--date=0 0", "--message", message]);
    }

    fn hg(&self, arguments: &[&str]) -> String {
        let mut command = Command::new("hg");
        command.env_clear().envs(environment(&self.0, &[])).env("HGPLAIN", "1");
        let output = command.args(arguments).current_dir(self.0.path()).output().expect("hg runs");
        assert!(output.status.success(), "hg {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("hg prints text").trim_end().to_owned()
    }

    /// What is checked out, and what differs from it.
    fn state(&self) -> [String; 2] {
        let changes = ["status", "--modified", "--added", "--removed", "--deleted"];
        [self.hg(&["identify", "--id", "--bookmarks"]), self.hg(&changes)]
    }

    /// Both print the same, and leave the same checked out.
    fn compare(&self, line: &str) -> String {
        let before = self.state();
        let arguments: Vec<&str> = line.split_whitespace().collect();
        let run = |program: &Program<'_>| {
            let printed = program.output(&self.0, &arguments, &[]);
            assert_eq!(self.state(), before, "{line}");
            printed
        };
        let ours = run(&Program::Ours);
        assert_eq!(ours, run(&super::REFERENCE), "{line}");
        ours
    }
}

#[test]
fn mercurial_is_compared_too() {
    let mercurial = Mercurial::new();
    let public = mercurial.compare("full -p parameters/push.yml --diff");
    assert!(public.contains("\n+hello-moon\n"), "{public}");
    assert_eq!(mercurial.compare("full --diff .~1 -p parameters/push.yml"), public);
    mercurial.compare("full -J --diff -p parameters/push.yml -p parameters/cron.yml -j 1 --tasks x");
    mercurial.hg(&["bookmark", "topic"]);
    let bookmarked = mercurial.compare("full -J --diff 0 -p parameters/push.yml");
    assert!(bookmarked.contains("+++ full_task_graph@topic\n"), "{bookmarked}");
    mercurial.compare("target --diff");
    mercurial.compare("target-graph -J");
}
