//! All answers agree: what is asked over sockets is told as memory tells it.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use chrono::DateTime;
use serde_json::{Value, json};

use super::*;
use crate::clients::testing::Scratch;
use crate::local::history::recorded::{Recorded, RecordedCommit, RecordedPush};
use crate::local::history::serve;
use crate::model::{Label, TaskId};
use crate::sources::index::MemoryIndex;
use crate::sources::jobs::{Jobs as _, Outcome};
use crate::sources::pushlog::{Commit, MemoryPushlog, Push, Pushlog, merged_heads};

fn revision(number: u64) -> String {
    format!("{number:08}{}", "a".repeat(32))
}

/// A history of so many pushes, of which some numbers are missing.
fn history(count: u64) -> Recorded {
    let push = |number: u64| RecordedPush {
        number,
        date: 1_700_000_000 + i64::try_from(number).unwrap() * 60,
        user: "someone@example.com".into(),
        commits: vec![RecordedCommit { revision: revision(number), parents: vec![revision(number - 1)] }],
        decision: format!("decision-{number}"),
    };
    let pushes = (1..=count).filter(|number| number % 7 != 0).map(push).collect();
    Recorded(BTreeMap::from([("project".to_owned(), pushes)]))
}

fn in_memory(recorded: &Recorded, has_numbers: bool) -> MemoryPushlog {
    let push = |push: &RecordedPush| {
        let commits = push.commits.iter().map(|commit| Commit {
            revision: commit.revision.clone(),
            parents: if has_numbers { commit.parents.clone() } else { Vec::new() },
        });
        let number = has_numbers.then_some(push.number);
        let push = Push { revision: push.revision().into(), number, date: time(push.date), user: push.user.clone() };
        (push, commits.collect())
    };
    MemoryPushlog(recorded.0["project"].iter().map(push).collect())
}

/// Serves what `answer` makes of a path and a query.
async fn served(answer: fn(&Recorded, &str, &serve::Query) -> Option<Value>, recorded: Recorded) -> String {
    type Shared = Arc<(fn(&Recorded, &str, &serve::Query) -> Option<Value>, Recorded)>;
    async fn handle(
        State(shared): State<Shared>,
        Path(path): Path<String>,
        Query(query): Query<serve::Query>,
    ) -> Response {
        match (shared.0)(&shared.1, &path, &query) {
            Some(answer) => axum::Json(answer).into_response(),
            None => StatusCode::NOT_FOUND.into_response(),
        }
    }
    let router = Router::new().route("/{*path}", axum::routing::get(handle)).with_state(Arc::new((answer, recorded)));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

/// Asks both the same.
async fn compare(log: &dyn Pushlog, memory: &MemoryPushlog) {
    assert_eq!(log.newest().await.unwrap(), memory.newest().await.unwrap());
    for number in [1, 2, 40, 119, 120] {
        let revision = revision(if number % 7 == 0 { number - 1 } else { number });
        let push = memory.find(&revision).await.unwrap();
        assert_eq!(log.find(&revision[..12]).await.unwrap(), push);
        for count in [0, 1, 30, 300] {
            assert_eq!(log.before(&push, count).await.unwrap(), memory.before(&push, count).await.unwrap());
            assert_eq!(log.after(&push, count).await.unwrap(), memory.after(&push, count).await.unwrap());
        }
        assert_eq!(log.commits(&push).await.unwrap(), memory.commits(&push).await.unwrap());
    }
    let at = |number: i64| DateTime::from_timestamp(1_700_000_000 + number * 60, 0).unwrap();
    assert_eq!(log.during(at(3), at(9)).await.unwrap(), memory.during(at(3), at(9)).await.unwrap());
    assert!(log.find(&"f".repeat(40)).await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn mercurial_tells_it_over_http() {
    let recorded = history(120);
    let url = served(|recorded, _, query| serve::json_pushes(recorded, "project", query), recorded.clone()).await;
    compare(&HgPushlog::new(url, Web::default()), &in_memory(&recorded, true)).await;
}

#[tokio::test]
async fn treeherder_tells_it_over_http() {
    let recorded = history(120);
    let answer = |recorded: &Recorded, path: &str, query: &serve::Query| match path {
        "api/project/project/push/" => serve::treeherder_pushes(recorded, "project", query),
        "api/jobs/" => Some(serve::treeherder_jobs(&jobs(), query)),
        _ => None,
    };
    let url = served(answer, recorded.clone()).await;
    let log = TreeherderPushlog::new(url, "project", Web::default());
    compare(&log, &in_memory(&recorded, false)).await;
    let push = log.newest().await.unwrap();
    let told = TreeherderJobs(log).of_push(&push, &TaskId::new("unused")).await.unwrap();
    assert_eq!(told.len(), 2500);
    let outcomes: Vec<Outcome> = told[..4].iter().map(crate::sources::jobs::Job::outcome).collect();
    assert_eq!(outcomes, [Outcome::Passed, Outcome::Failed, Outcome::Lost, Outcome::Unfinished]);
    assert_eq!((&told[1].label, told[2].reason.as_deref()), (&Label::new("test-1"), Some("usercancel")));
}

/// Tasks as the queue lists them.
fn jobs() -> Vec<Value> {
    let states = [("completed", "completed"), ("failed", "failed"), ("exception", "canceled"), ("running", "")];
    let job = |at: usize| {
        let (state, reason) = states[at % 4];
        json!({
            "status": {"taskId": format!("task-{at}"), "state": state, "runs": [{"reasonResolved": reason}]},
            "task": {"metadata": {"name": format!("test-{at}")}, "extra": {"treeherder": {"jobKind": "test"}}},
        })
    };
    (0..2500).map(job).collect()
}

#[tokio::test]
async fn github_tells_it_in_pages() {
    let recorded = history(120);
    let answer = |recorded: &Recorded, path: &str, query: &serve::Query| match path {
        "repos/o/r/activity" if query["ref"] == "refs/heads/main" => Some(activity(recorded)),
        _ => path.strip_prefix("repos/o/r/compare/").map(|range| comparison(recorded, range)),
    };
    let url = served(answer, recorded.clone()).await;
    let mut memory = in_memory(&recorded, true);
    memory.0.iter_mut().for_each(|(push, _)| push.number = None);
    compare(&GithubPushlog::new(url, "o/r", "main", None, Web::default()), &memory).await;
}

fn activity(recorded: &Recorded) -> Value {
    let landed = |push: &RecordedPush| {
        json!({
            "before": push.commits[0].parents[0], "after": push.revision(), "ref": "refs/heads/main",
            "timestamp": time(push.date), "activity_type": "push", "actor": {"login": push.user},
        })
    };
    let mut all: Vec<Value> = recorded.0["project"].iter().rev().map(landed).collect();
    let mut deleted = all[0].clone();
    deleted["activity_type"] = json!("branch_deletion");
    all.insert(0, deleted);
    json!(all)
}

fn comparison(recorded: &Recorded, range: &str) -> Value {
    let (_, after) = range.split_once("...").unwrap();
    let push = recorded.0["project"].iter().find(|push| push.revision() == after).unwrap();
    let commit = |commit: &RecordedCommit| json!({"sha": commit.revision, "parents": [{"sha": commit.parents[0]}]});
    json!({"commits": push.commits.iter().map(commit).collect::<Vec<_>>()})
}

#[test]
fn a_file_tells_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pushes.json");
    let recorded = history(20);
    let query = BTreeMap::from([("version".into(), "2".into()), ("full".into(), "1".into())]);
    std::fs::write(&path, serve::json_pushes(&recorded, "project", &query).unwrap().to_string()).unwrap();
    assert_eq!(read_file(&path).unwrap().0, in_memory(&recorded, true).0);
    std::fs::write(&path, "[]").unwrap();
    assert!(read_file(&path).unwrap_err().message.starts_with("expected `{\"pushes\""));
}

fn commit(scratch: &Scratch, message: &str) -> String {
    scratch.run(&["commit", "--quiet", "--allow-empty", "--message", message]);
    scratch.run(&["rev-parse", "HEAD"]).trim().to_owned()
}

#[tokio::test]
async fn a_git_branch_tells_it_together_with_the_index() {
    let scratch = Scratch::git();
    let (first, unpushed) = (commit(&scratch, "first"), commit(&scratch, "not the last of its push"));
    let second = commit(&scratch, "second");
    scratch.run(&["checkout", "--quiet", "-b", "topic", &first]);
    let topic = commit(&scratch, "topic");
    scratch.run(&["checkout", "--quiet", "main"]);
    scratch.run(&["merge", "--quiet", "--no-ff", "--message", "merge", "topic"]);
    let merge = scratch.run(&["rev-parse", "HEAD"]).trim().to_owned();
    let fourth = commit(&scratch, "fourth");
    let undecided = commit(&scratch, "it has no decision task");
    let path = |revision: &String| (format!("t.v2.p.revision.{revision}.taskgraph.decision"), TaskId::new("d"));
    let index = MemoryIndex([&first, &second, &topic, &merge, &fourth].into_iter().map(path).collect());
    let log = GitPushlog::new(scratch.path().into(), "main", &index, "t", "p");
    let find = async |revision: &str| log.find(revision).await.map(|push| push.revision);
    assert_eq!(find(&unpushed).await.unwrap(), second);
    assert_eq!(find(&topic[..10]).await.unwrap(), merge, "what was merged was brought by the merge");
    assert!(find(&undecided).await.unwrap_err().message.contains("has a decision task"));
    assert!(find(&"1".repeat(40)).await.unwrap_err().is_not_found());
    let newest = log.newest().await.unwrap();
    assert_eq!(newest.revision, fourth);
    let revisions = |pushes: Vec<Push>| pushes.into_iter().map(|push| push.revision).collect::<Vec<_>>();
    assert_eq!(revisions(log.before(&newest, 9).await.unwrap()), [merge.clone(), second.clone(), first.clone()]);
    let oldest = log.find(&first).await.unwrap();
    assert_eq!(revisions(log.after(&oldest, 2).await.unwrap()), [second.clone(), merge.clone()]);
    assert_eq!(log.during(oldest.date, newest.date).await.unwrap().len(), 4);
    let commits = log.commits(&log.find(&merge).await.unwrap()).await.unwrap();
    assert_eq!(merged_heads(&commits).into_iter().collect::<Vec<_>>(), [&topic]);
    assert!(commits.iter().any(|commit| commit.revision == topic) && commits.len() == 2, "{commits:?}");

    let clone = scratch.shallow_clone(3);
    let log = GitPushlog::new(clone.path().into(), "main", &index, "t", "p");
    let newest = log.newest().await.unwrap();
    let cut_off = log.before(&newest, 9).await.unwrap_err();
    assert!(cut_off.message.contains("`git fetch --unshallow`"), "{cut_off}");
}

#[test]
fn addresses_are_read_or_refused() {
    let read = |text: &str| text.parse::<Address>();
    assert_eq!(read("hg:https://hg.example.com/a").unwrap(), Address::Hg("https://hg.example.com/a".into()));
    assert_eq!(read("git:.").unwrap(), Address::Git { folder: ".".into(), branch: "HEAD".into() });
    let github = Address::Github { api: None, repository: "o/r".into(), branch: "b".into() };
    assert_eq!(read("github:o/r#b").unwrap(), github);
    let treeherder = Address::Treeherder { url: "https://th.example.com".into(), project: None };
    assert_eq!(read("treeherder:https://th.example.com").unwrap(), treeherder);
    let enterprise = Address::Github {
        api: Some("https://g.example.com/api/v3".into()),
        repository: "o/r".into(),
        branch: "main".into(),
    };
    assert_eq!(read("github:https://g.example.com/api/v3/o/r").unwrap(), enterprise);
    for wrong in ["", "hg:", "github:o", "github:a/b/c", "svn:x", "x"] {
        assert_eq!(read(wrong), Err(InvalidAddress(wrong.into())));
    }
}
