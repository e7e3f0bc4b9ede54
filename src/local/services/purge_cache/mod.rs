//! Requests to throw caches away, which workers ask for before they use one.

use chrono::Duration;
use rusqlite::{Row, params};
use serde_json::{Value, json};

use crate::local::api::Service;
use crate::local::api::{Answer, ApiError, Call, Time};

pub(super) const SERVICE: Service = Service {
    name: "purge-cache",
    operations: &[
        ("allPurgeRequests", all_purge_requests),
        ("purgeCache", purge_cache),
        ("purgeRequests", purge_requests),
    ],
    not_served: &[],
    params: &[("workerPoolId", r"^[A-Za-z0-9_-]{1,38}\/[A-Za-z0-9_-]{1,38}$")],
};

/// A request is kept for a day.
fn purge_cache(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let cache = call.text("cacheName");
    call.authorize_with(&[("cacheName", cache)])?;
    let row = params![call.param("workerPoolId"), cache, call.now, call.now + Duration::days(1)];
    call.db.run("INSERT OR REPLACE INTO purge_requests VALUES (?, ?, ?, ?)", row)?;
    Ok(Answer::Empty)
}

fn to_json(row: &Row<'_>) -> rusqlite::Result<Value> {
    let (pool, before): (String, Time) = (row.get("worker_pool_id")?, row.get("before")?);
    let (provisioner, worker_type) = pool.split_once('/').unwrap_or((&pool, ""));
    let cache: String = row.get("cache_name")?;
    Ok(json!({"provisionerId": provisioner, "workerType": worker_type, "cacheName": cache, "before": before}))
}

fn all_purge_requests(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let page = call.page().by_offset(|count, skip| {
        let sql = "SELECT * FROM purge_requests WHERE expires > ? ORDER BY worker_pool_id, cache_name LIMIT ? OFFSET ?";
        Ok(call.db.all(sql, params![call.now, count, skip], to_json)?)
    })?;
    let mut answer = json!({"requests": page.rows});
    if let Some(token) = page.token {
        answer["continuationToken"] = json!(token);
    }
    Ok(Answer::Json(answer))
}

fn purge_requests(call: &mut Call<'_>) -> Result<Answer, ApiError> {
    let since = call.query("since").and_then(Time::parse).map_or(i64::MIN, Time::milliseconds);
    let sql =
        "SELECT * FROM purge_requests WHERE worker_pool_id = ? AND expires > ? AND before >= ? ORDER BY cache_name";
    let rows = call.db.all(sql, params![call.param("workerPoolId"), call.now, since], to_json)?;
    Ok(Answer::Json(json!({ "requests": rows })))
}
