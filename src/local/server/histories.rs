//! What stands beside Taskcluster in production and tells of pushes: the pushlog of hg.mozilla.org, and Treeherder.

use std::sync::Arc;

use axum::response::Response;
use serde_json::Value;

use super::Shared;
use super::http::{json_response, not_found};
use crate::local::history::recorded::Recorded;
use crate::local::history::serve::{self, Query};
use crate::local::services::queue::groups::all_of_group;
use crate::local::store::Ending;

/// Where the pushlogs are.
const PUSHLOGS: &str = "/hg/";

/// Where Treeherder is.
const TREEHERDER: &str = "/treeherder/api/";

/// Where GitHub's API is.
const GITHUB: &str = "/github/repos/";

/// Whether it is one of these that answers there.
pub(super) fn is_told_at(path: &str) -> bool {
    [PUSHLOGS, TREEHERDER, GITHUB].iter().any(|place| path.starts_with(place))
}

/// Answers from the histories that were made in the data folder; they are read anew, as more may have been pushed.
pub(super) async fn answer(shared: Arc<Shared>, path: &str, query: &str) -> Response {
    let query: Query = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let path = path.to_owned();
    let told = tokio::task::spawn_blocking(move || {
        let recorded = Recorded::read(&shared.data_dir).ok()?;
        tell(&shared, &recorded, &path, &query)
    });
    match told.await {
        Ok(Some(told)) => json_response(200, &told),
        Ok(None) | Err(_) => not_found(),
    }
}

fn tell(shared: &Shared, recorded: &Recorded, path: &str, query: &Query) -> Option<Value> {
    if let Some(rest) = path.strip_prefix(PUSHLOGS) {
        let project = rest.strip_suffix("/json-pushes")?;
        return serve::json_pushes(recorded, project, query);
    }
    if let Some(rest) = path.strip_prefix(GITHUB) {
        let (_owner, rest) = rest.split_once('/')?;
        let (project, what) = rest.split_once('/')?;
        return match what.split_once('/') {
            None if what == "activity" => serve::github_activity(recorded, project),
            Some(("compare", range)) => serve::github_comparison(recorded, project, range),
            _ => None,
        };
    }
    let rest = path.strip_prefix(TREEHERDER)?;
    if rest == "jobs/" {
        let group = serve::group_of(recorded, query)?;
        let listed = shared.store.transact(|db| (all_of_group(db, &group), Ending::Keep));
        return Some(serve::treeherder_jobs(&listed.ok()?.0.ok()?, query));
    }
    let (project, what) = rest.strip_prefix("project/")?.split_once('/')?;
    match what {
        "push/" => serve::treeherder_pushes(recorded, project, query),
        "push/decisiontask/" => serve::treeherder_decisions(recorded, project, query),
        _ => None,
    }
}
