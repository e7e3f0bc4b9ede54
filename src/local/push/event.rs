//! What a push, a pull request, a release or a timer tells a `.taskcluster.yml`.
//!
//! GitHub's are the webhook bodies that Taskcluster-GitHub passes on as `event` (the fields that templates read, in
//! GitHub's shapes); those of cron and hg-push are the contexts that Mozilla's build-decision renders with.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value, json};

use super::checkout::{Checkout, Commit, NULL_REVISION};

/// What happened to the repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventKind {
    /// `github-push`: commits arrived on a branch.
    Push,
    /// `github-pull-request`, or `github-pull-request-untrusted` where the policy says so.
    PullRequest {
        /// The number of the pull request.
        number: u64,
        /// The branch it asks to be merged into.
        base: String,
        /// Whether a collaborator of the repository opened it.
        by_collaborator: bool,
    },
    /// `github-release`: a release of a tag was published.
    Release {
        /// The tag.
        tag: String,
    },
    /// `cron`: a timer, as build-decision starts it.
    Cron {
        /// The name of the job in `.cron.yml`.
        job_name: String,
        /// Its Treeherder symbol.
        job_symbol: String,
        /// Arguments for `decision`, quoted for a shell.
        quoted_args: String,
    },
    /// `hg-push`: a push as build-decision tells it.
    HgPush(Pushlog),
}

/// What a pushlog says of a push.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pushlog {
    /// The number of the push; 0 where there is no pushlog.
    pub number: u64,
    /// When it arrived.
    pub date: DateTime<Utc>,
    /// The type of the repository, `git` or `hg`.
    pub repository_type: &'static str,
}

/// Where a tree is in its project, for the contexts that are not GitHub's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// `project`; by default the repository's name.
    pub name: Option<String>,
    /// `level`: `1`, `2` or `3`.
    pub level: String,
}

impl Default for Project {
    fn default() -> Self {
        Self { name: None, level: "1".to_owned() }
    }
}

/// What an event gives to a template.
#[derive(Clone, Debug)]
pub(super) struct Told {
    /// `tasks_for`.
    pub tasks_for: &'static str,
    /// The rest of the context.
    pub context: Map<String, Value>,
    /// The full name of the ref that moved.
    pub reference: String,
    /// Whether Taskcluster-GitHub makes the tasks, rather than build-decision.
    pub is_github: bool,
}

/// What `checkout`'s HEAD tells a template when it arrives as `kind`.
pub(super) fn told(checkout: &Checkout, kind: &EventKind, project: &Project, now: DateTime<Utc>) -> Told {
    let branch = format!("refs/heads/{}", checkout.branch);
    let github = |tasks_for, event: Value, reference: String| {
        let context = Map::from_iter([("event".to_owned(), event)]);
        Told { tasks_for, context, reference, is_github: true }
    };
    match kind {
        EventKind::Push => github("github-push", push(checkout, &branch, now), branch),
        EventKind::PullRequest { number, base, .. } => {
            let event = pull_request(checkout, *number, base, now);
            github("github-pull-request", event, format!("refs/pull/{number}/head"))
        }
        EventKind::Release { tag } => {
            let event = release(checkout, tag, now);
            github("github-release", event, format!("refs/tags/{tag}"))
        }
        EventKind::Cron { job_name, job_symbol, quoted_args } => {
            let cron = json!({
                "task_id": "<cron task id>", "job_name": job_name, "job_symbol": job_symbol,
                "quoted_args": quoted_args, "input": {},
            });
            let pushlog = Pushlog { number: 0, date: now, repository_type: "git" };
            let context = build_decision(checkout, project, "cron", pushlog);
            let context = context.into_iter().chain([("cron".to_owned(), cron)]).collect();
            Told { tasks_for: "cron", context, reference: branch, is_github: false }
        }
        EventKind::HgPush(pushlog) => {
            let context = build_decision(checkout, project, &pusher(checkout).1, *pushlog);
            Told { tasks_for: "hg-push", context, reference: branch, is_github: false }
        }
    }
}

fn build_decision(checkout: &Checkout, project: &Project, owner: &str, pushlog: Pushlog) -> Map<String, Value> {
    let name = project.name.as_deref().unwrap_or(&checkout.web.name);
    let repository = json!({
        "url": checkout.web.url, "project": name, "level": project.level, "type": pushlog.repository_type,
    });
    let push = json!({
        "owner": owner, "pushlog_id": pushlog.number.to_string(), "pushdate": pushlog.date.timestamp(), "revision": checkout.revision,
        "base_revision": checkout.before, "branch": checkout.branch, "base_branch": checkout.branch,
    });
    Map::from_iter([("repository".to_owned(), repository), ("push".to_owned(), push)])
}

fn push(checkout: &Checkout, reference: &str, now: DateTime<Utc>) -> Value {
    let (name, email) = pusher(checkout);
    let commits: Vec<Value> = checkout.commits.iter().map(|one| commit(checkout, one)).collect();
    let short = |revision: &str| revision.get(..12).unwrap_or(revision).to_owned();
    json!({
        "ref": reference,
        "before": checkout.before,
        "after": checkout.revision,
        "base_ref": null,
        "created": checkout.before == NULL_REVISION,
        "deleted": false,
        "forced": false,
        "compare": format!("{}/compare/{}...{}", checkout.web.url, short(&checkout.before), short(&checkout.revision)),
        "head_commit": commits.last(),
        "commits": commits,
        "pusher": {"name": name, "email": email},
        "sender": user(&name),
        "repository": repository(checkout, now),
    })
}

fn pull_request(checkout: &Checkout, number: u64, base: &str, now: DateTime<Utc>) -> Value {
    let (login, _) = pusher(checkout);
    let url = format!("{}/pull/{number}", checkout.web.url);
    let subject = checkout.commits.last().map_or("", |commit| commit.message.lines().next().unwrap_or_default());
    let repository = repository(checkout, now);
    let side = |reference: &str, revision: &str| {
        json!({
            "ref": reference, "sha": revision, "user": user(&checkout.web.owner), "repo": repository,
            "label": format!("{}:{reference}", checkout.web.owner),
        })
    };
    json!({
        "action": "synchronize",
        "number": number,
        "before": checkout.before,
        "after": checkout.revision,
        "pull_request": {
            "number": number, "html_url": url, "url": api_url(checkout, &format!("pulls/{number}")),
            "state": "open", "title": subject, "body": null, "draft": false, "labels": [],
            "user": user(&login), "commits": checkout.commits.len(),
            "head": side(&checkout.branch, &checkout.revision), "base": side(base, &checkout.before),
            "created_at": at(now), "updated_at": at(now),
        },
        "sender": user(&login),
        "repository": repository,
    })
}

fn release(checkout: &Checkout, tag: &str, now: DateTime<Utc>) -> Value {
    let (login, _) = pusher(checkout);
    json!({
        "action": "published",
        "release": {
            "tag_name": tag, "name": tag, "target_commitish": checkout.revision, "draft": false, "prerelease": false,
            "html_url": format!("{}/releases/tag/{tag}", checkout.web.url), "body": "",
            "author": user(&login), "created_at": at(now), "published_at": at(now),
        },
        "sender": user(&login),
        "repository": repository(checkout, now),
    })
}

fn repository(checkout: &Checkout, now: DateTime<Utc>) -> Value {
    let web = &checkout.web;
    let full_name = format!("{}/{}", web.owner, web.name);
    json!({
        "name": web.name,
        "full_name": full_name,
        "owner": user(&web.owner),
        "private": false,
        "fork": false,
        "html_url": web.url,
        "url": web.url,
        "clone_url": format!("{}.git", web.url),
        "git_url": format!("git://{}/{full_name}.git", web.host),
        "ssh_url": format!("git@{}:{full_name}.git", web.host),
        "default_branch": checkout.branch,
        "master_branch": checkout.branch,
        "pushed_at": now.timestamp(),
    })
}

fn commit(checkout: &Checkout, commit: &Commit) -> Value {
    let person = |(name, email): &(String, String)| json!({"name": name, "email": email, "username": login(email)});
    json!({
        "id": commit.id,
        "tree_id": commit.tree,
        "distinct": true,
        "message": commit.message,
        "timestamp": commit.timestamp.to_rfc3339_opts(SecondsFormat::Secs, true),
        "url": format!("{}/commit/{}", checkout.web.url, commit.id),
        "author": person(&commit.author),
        "committer": person(&commit.committer),
        "added": commit.added,
        "removed": commit.removed,
        "modified": commit.modified,
    })
}

/// Who pushes: the committer of the last commit, by a name that could be a login, and their address.
fn pusher(checkout: &Checkout) -> (String, String) {
    let committer = checkout.commits.last().map_or_else(Default::default, |commit| commit.committer.clone());
    (login(&committer.1), committer.1)
}

/// A login made of the part before the `@`, since git does not know how people are called on GitHub.
fn login(email: &str) -> String {
    let name = email.split('@').next().unwrap_or_default();
    let login: String = name.chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '-' }).collect();
    let login = login.trim_matches('-');
    if login.is_empty() { "nobody".to_owned() } else { login.to_owned() }
}

fn user(login: &str) -> Value {
    json!({"login": login, "name": login, "type": "User"})
}

fn api_url(checkout: &Checkout, rest: &str) -> String {
    let web = &checkout.web;
    format!("https://api.{}/repos/{}/{}/{rest}", web.host, web.owner, web.name)
}

fn at(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::local::push::checkout::web_address;

    fn checkout() -> Checkout {
        Checkout {
            root: "/x".into(),
            revision: "1".repeat(40),
            before: NULL_REVISION.to_owned(),
            branch: "topic".to_owned(),
            web: web_address("git@github.com:o/r.git").unwrap(),
            commits: vec![Commit {
                id: "1".repeat(40),
                tree: "2".repeat(40),
                message: "Do it\n\nwell".to_owned(),
                timestamp: "2024-01-02T03:04:05+01:00".parse().unwrap(),
                author: ("Ann B".to_owned(), "ann.b@example.com".to_owned()),
                committer: ("Bob".to_owned(), "bob@example.com".to_owned()),
                added: vec!["a".to_owned()],
                removed: Vec::new(),
                modified: Vec::new(),
            }],
            is_dirty: false,
        }
    }

    fn told_as(kind: &EventKind) -> Told {
        told(&checkout(), kind, &Project::default(), "2024-01-02T03:04:05Z".parse().unwrap())
    }

    #[test]
    fn a_push_is_told_as_github_tells_it() {
        let told = told_as(&EventKind::Push);
        let event = &told.context["event"];
        assert_eq!((told.tasks_for, event["ref"].as_str()), ("github-push", Some("refs/heads/topic")));
        assert_eq!((&event["created"], &event["base_ref"]), (&json!(true), &Value::Null));
        assert_eq!(event["compare"], "https://github.com/o/r/compare/000000000000...111111111111");
        assert_eq!(event["pusher"], json!({"name": "bob", "email": "bob@example.com"}));
        assert_eq!(event["head_commit"]["author"]["username"], "ann-b");
        assert_eq!(event["head_commit"]["timestamp"], "2024-01-02T03:04:05+01:00");
        assert_eq!(event["repository"]["full_name"], "o/r");
        assert_eq!(event["repository"]["clone_url"], "https://github.com/o/r.git");
    }

    #[test]
    fn a_pull_request_has_two_sides() {
        let told = told_as(&EventKind::PullRequest { number: 7, base: "main".to_owned(), by_collaborator: true });
        let request = &told.context["event"]["pull_request"];
        assert_eq!((&request["head"]["ref"], &request["base"]["ref"]), (&json!("topic"), &json!("main")));
        assert_eq!(request["head"]["sha"], "1".repeat(40));
        assert_eq!(request["head"]["repo"]["html_url"], "https://github.com/o/r");
        assert_eq!((request["title"].as_str(), told.reference.as_str()), (Some("Do it"), "refs/pull/7/head"));
    }

    #[test]
    fn build_decision_has_a_context_of_its_own() {
        let kind = EventKind::Cron { job_name: "n".into(), job_symbol: "N".into(), quoted_args: "--a 'b c'".into() };
        let told = told_as(&kind);
        assert!(!told.is_github && !told.context.contains_key("event"));
        assert_eq!(told.context["push"]["owner"], "cron");
        assert_eq!(told.context["cron"]["quoted_args"], "--a 'b c'");
        let date = "2024-01-01T00:00:00Z".parse().unwrap();
        let told = told_as(&EventKind::HgPush(Pushlog { number: 7, date, repository_type: "hg" }));
        assert_eq!((told.tasks_for, &told.context["push"]["owner"]), ("hg-push", &json!("bob@example.com")));
        assert_eq!(
            (&told.context["push"]["pushlog_id"], &told.context["repository"]["type"]),
            (&json!("7"), &json!("hg"))
        );
        assert_eq!(told.context["repository"]["project"], "r");
    }
}
