//! What a pushlog and Treeherder answer, as functions of what is remembered and what is asked.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::recorded::{Recorded, RecordedCommit, RecordedPush};
use crate::local::status::State;

/// A query string. Of a key that is given twice the last counts.
pub(crate) type Query = BTreeMap<String, String>;

/// What differs between the numbers of two projects' pushes on Treeherder, which numbers all pushes together.
const PROJECT_STEP: u64 = 1_000_000;

/// The most pushes in an answer of Treeherder.
const MOST_PUSHES: usize = 1000;

/// How many there are if nobody says.
const USUAL_PUSHES: usize = 10;

/// The most jobs in an answer of Treeherder.
const MOST_JOBS: usize = 2000;

/// `json-pushes` of a project; nothing if there is no such project or revision.
pub(crate) fn json_pushes(recorded: &Recorded, project: &str, query: &Query) -> Option<Value> {
    let pushes = recorded.0.get(project)?;
    let number = |key: &str| query.get(key).and_then(|value| value.parse::<u64>().ok());
    let date = |key: &str| query.get(key).and_then(|value| value.split(' ').next()?.parse::<i64>().ok());
    let mut wanted: Vec<&RecordedPush> = pushes.iter().collect();
    if let Some(revision) = query.get("changeset") {
        let found = if revision == "tip" { pushes.last() } else { pushes.iter().find(|push| brought(push, revision)) };
        wanted = vec![found?];
    }
    let of = |key: &str| {
        let revision = query.get(key)?;
        pushes.iter().find(|push| brought(push, revision)).map(|push| push.number)
    };
    let (above, up_to) = (number("startID").or(of("fromchange")), number("endID").or(of("tochange")));
    let (after, until) = (date("startdate"), date("enddate"));
    wanted.retain(|push| {
        above.is_none_or(|above| push.number > above)
            && up_to.is_none_or(|up_to| push.number <= up_to)
            && after.is_none_or(|after| push.date > after)
            && until.is_none_or(|until| push.date <= until)
    });
    let is_full = query.get("full").is_some_and(|full| full == "1");
    let told: Map<String, Value> =
        wanted.into_iter().map(|push| (push.number.to_string(), json_push(push, is_full))).collect();
    let last = pushes.last().map_or(0, |push| push.number);
    Some(match query.get("version").map(String::as_str) {
        Some("2") => json!({"lastpushid": last, "pushes": told}),
        _ => Value::Object(told),
    })
}

fn json_push(push: &RecordedPush, is_full: bool) -> Value {
    let changesets: Vec<Value> = push
        .commits
        .iter()
        .map(|commit| match is_full {
            true => json!({"node": commit.revision, "parents": commit.parents}),
            false => json!(commit.revision),
        })
        .collect();
    json!({"changesets": changesets, "date": push.date, "user": push.user})
}

fn brought(push: &RecordedPush, revision: &str) -> bool {
    push.commits.iter().any(|commit| !revision.is_empty() && commit.revision.starts_with(revision))
}

/// The number that Treeherder gives a push.
fn treeherder_id(recorded: &Recorded, project: &str, push: &RecordedPush) -> u64 {
    let before = recorded.0.keys().take_while(|name| *name != project).count() as u64;
    before * PROJECT_STEP + push.number
}

/// `push/` of a project on Treeherder; nothing if there is no such project.
pub(crate) fn treeherder_pushes(recorded: &Recorded, project: &str, query: &Query) -> Option<Value> {
    let pushes = recorded.0.get(project)?;
    let id = |push: &RecordedPush| treeherder_id(recorded, project, push);
    let is_wanted = |push: &&RecordedPush| {
        query.iter().all(|(key, value)| {
            let number = value.parse::<i64>().unwrap_or(i64::MAX);
            let id = i64::try_from(id(push)).unwrap_or(i64::MAX);
            match key.as_str() {
                "revision" => push.revision().starts_with(value.as_str()),
                "commit_revision" => brought(push, value),
                "id__lt" => id < number,
                "id__gt" => id > number,
                "push_timestamp__gte" => push.date >= number,
                "push_timestamp__lte" => push.date <= number,
                _ => true,
            }
        })
    };
    let count = query.get("count").and_then(|count| count.parse().ok()).unwrap_or(USUAL_PUSHES).min(MOST_PUSHES);
    let told = |push: &RecordedPush| {
        let revisions: Vec<Value> =
            push.commits.iter().rev().map(|commit| json!({"revision": commit.revision, "author": push.user})).collect();
        json!({
            "id": id(push), "revision": push.revision(), "author": push.user, "push_timestamp": push.date,
            "revisions": revisions, "revision_count": push.commits.len(),
        })
    };
    let results: Vec<Value> = pushes.iter().rev().filter(is_wanted).take(count).map(told).collect();
    Some(json!({"meta": {"count": results.len(), "repository": project}, "results": results}))
}

/// The group of the push that Treeherder knows by that number, or by its revision.
pub(crate) fn group_of(recorded: &Recorded, query: &Query) -> Option<String> {
    let wanted = query.get("push_id").and_then(|id| id.parse::<u64>().ok());
    let all = recorded.0.iter().flat_map(|(project, pushes)| pushes.iter().map(move |push| (project, push)));
    let mut of_id = all.filter(|(project, push)| Some(treeherder_id(recorded, project, push)) == wanted);
    of_id.next().map(|(_, push)| push.decision.clone())
}

/// `push/decisiontask/` of a project on Treeherder.
pub(crate) fn treeherder_decisions(recorded: &Recorded, project: &str, query: &Query) -> Option<Value> {
    let pushes = recorded.0.get(project)?;
    let ids: Vec<&str> = query.get("push_ids").map(|ids| ids.split(',').collect()).unwrap_or_default();
    let told = pushes.iter().map(|push| (treeherder_id(recorded, project, push).to_string(), push));
    let told = told.filter(|(id, _)| ids.contains(&id.as_str()));
    let decisions = told.map(|(id, push)| (id, json!({"id": push.decision, "run": 0})));
    Some(Value::Object(decisions.collect()))
}

/// The activity of a project's repository on GitHub: the pushes to its branch, newest first, all on one page.
pub(crate) fn github_activity(recorded: &Recorded, project: &str) -> Option<Value> {
    let pushes = recorded.0.get(project)?;
    let before = |at: usize| at.checked_sub(1).map_or_else(|| "0".repeat(40), |at| pushes[at].revision().to_owned());
    let told = |(at, push): (usize, &RecordedPush)| {
        let date = chrono::DateTime::from_timestamp(push.date, 0).unwrap_or_default();
        json!({
            "before": before(at), "after": push.revision(), "ref": "refs/heads/main", "timestamp": date.to_rfc3339(),
            "activity_type": if at == 0 { "branch_creation" } else { "push" }, "actor": {"login": push.user},
        })
    };
    Some(pushes.iter().enumerate().rev().map(told).collect())
}

/// What GitHub tells between two pushes of a project, given as `BEFORE...AFTER`: the commits that the later one brought.
pub(crate) fn github_comparison(recorded: &Recorded, project: &str, range: &str) -> Option<Value> {
    let (_, after) = range.split_once("...")?;
    let push = recorded.0.get(project)?.iter().find(|push| push.revision() == after)?;
    let commit = |commit: &RecordedCommit| {
        let parents: Vec<Value> = commit.parents.iter().map(|parent| json!({"sha": parent})).collect();
        json!({"sha": commit.revision, "parents": parents})
    };
    Some(json!({"commits": push.commits.iter().map(commit).collect::<Vec<_>>()}))
}

/// `jobs/` on Treeherder: the tasks of a group, given as the queue lists them.
pub(crate) fn treeherder_jobs(tasks: &[Value], query: &Query) -> Value {
    let number = |key: &str| query.get(key).and_then(|value| value.parse::<usize>().ok());
    let (offset, count) = (number("offset").unwrap_or(0), number("count").unwrap_or(MOST_JOBS).min(MOST_JOBS));
    let rows: Vec<Value> = tasks.iter().skip(offset).take(count).filter_map(row).collect();
    json!({"job_property_names": COLUMNS, "results": rows, "next": null})
}

const COLUMNS: [&str; 6] = ["job_type_name", "state", "result", "task_id", "retry_id", "tier"];

fn row(item: &Value) -> Option<Value> {
    let (status, task) = (&item["status"], &item["task"]);
    let runs = status["runs"].as_array().map_or(0, Vec::len);
    let state = State::parse(status["state"].as_str()?)?;
    let is_test = task["extra"]["treeherder"]["jobKind"] == "test";
    let (state, result) = match state {
        State::Completed => ("completed", "success"),
        State::Failed if is_test => ("completed", "testfailed"),
        State::Failed => ("completed", "busted"),
        State::Exception => ("completed", exception(status)),
        waiting => (waiting.name(), "unknown"),
    };
    let tier = task["extra"]["treeherder"]["tier"].as_u64().unwrap_or(1);
    Some(json!([task["metadata"]["name"], state, result, status["taskId"], runs.saturating_sub(1), tier]))
}

fn exception(status: &Value) -> &'static str {
    let last = status["runs"].as_array().and_then(|runs| runs.last());
    match last.and_then(|run| run["reasonResolved"].as_str()) {
        Some("canceled") => "usercancel",
        Some("superseded") => "superseded",
        _ => "exception",
    }
}
