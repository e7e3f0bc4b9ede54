//! Tasks, groups and claims.

use super::*;

#[tokio::test]
async fn a_task_is_created_claimed_and_completed() {
    let fixture = fixture().await;
    let id = fixture.create(&task(json!({}))).await;
    let definition = fixture.queue.task(&id).await.unwrap();
    assert_eq!(definition["expires"], "2027-11-21T10:00:00.000Z");
    assert_eq!((&definition["provisionerId"], &definition["workerType"]), (&json!("prov"), &json!("wt")));
    assert_eq!(definition["taskGroupId"], json!(id));
    let claims = fixture.claim().await;
    assert_eq!((claims.len(), &claims[0]["status"]["state"]), (1, &json!("running")));
    assert_eq!(claims[0]["takenUntil"], "2026-11-21T09:20:00.000+00:00");
    assert_eq!(claims[0]["status"]["runs"][0]["takenUntil"], "2026-11-21T09:20:00.000Z");
    let done = fixture.queue.reportCompleted(&id, "0").await.unwrap();
    assert_eq!(done["status"]["runs"][0]["reasonResolved"], "completed");
    assert!(fixture.claim().await.is_empty());
}

#[tokio::test]
async fn creating_the_same_task_again_is_the_same_as_once() {
    let fixture = fixture().await;
    let id = fixture.create(&task(json!({"routes": ["a", "b"]}))).await;
    fixture.claim().await;
    let equal = [
        task(json!({"routes": ["a", "b"], "priority": "lowest", "retries": 5})),
        task(json!({"routes": ["a", "b"], "provisionerId": "prov", "workerType": "wt"})),
        task(json!({"routes": ["a", "b"], "deadline": "2026-11-21T11:00:00+01:00"})),
        task(json!({"routes": ["a", "b"], "expires": "2027-11-21T10:00:00Z"})),
        fixture.queue.task(&id).await.unwrap(),
    ];
    for again in &equal {
        let status = fixture.queue.createTask(&id, again).await.unwrap();
        assert_eq!(status["status"]["state"], "running", "{again}");
    }
    for other in [json!({"routes": ["b", "a"]}), json!({"routes": ["a", "b"], "retries": 4})] {
        let error = fixture.queue.createTask(&id, &task(other)).await.unwrap_err();
        assert_eq!(status_of(&error), 409);
    }
    fixture.queue.changeTaskPriority(&id, &json!({"newPriority": "high"})).await.unwrap();
    assert_eq!(status_of(&fixture.queue.createTask(&id, &equal[0]).await.unwrap_err()), 409);
    fixture.clock.advance(Duration::minutes(16));
    assert_eq!(status_of(&fixture.queue.createTask(&id, &equal[0]).await.unwrap_err()), 400);
}

#[tokio::test]
async fn tasks_that_break_a_rule_are_refused_with_it() {
    let fixture = fixture().await;
    let at = |minutes| date(start_of_time() + Duration::minutes(minutes));
    let cases = [
        (json!({"created": at(-16)}), 400, "InputError", "`created` cannot be in the past"),
        (json!({"created": at(16)}), 400, "InputError", "`created` cannot be in the future"),
        (json!({"created": at(10), "deadline": at(5)}), 400, "InputError", "`deadline` cannot be later"),
        (json!({"created": at(-10), "deadline": at(-5)}), 400, "InputError", "`deadline` cannot be in the past"),
        (json!({"deadline": at(5 * 24 * 60 + 16)}), 400, "InputError", "more than 5 days"),
        (json!({"expires": at(59)}), 400, "InputError", "`expires` cannot be before `deadline`"),
        (json!({"provisionerId": "a", "workerType": "b"}), 400, "InputError", "taskQueueId must match"),
        (json!({"scopes": ["x**"]}), 400, "InputError", "scopes must not end with `**`"),
        (json!({"dependencies": [ids::slug()]}), 400, "InputError", "references non-existing tasks"),
        (json!({"payload": {"a": "\0"}}), 500, "InternalServerError", "cannot be stored"),
        (json!({"mistake": 1}), 400, "InputValidationError", "additional properties: \"mistake\""),
        (json!({"retries": 50}), 400, "InputValidationError", "data/retries"),
        (json!({"metadata": {}}), 400, "InputValidationError", "must have required property 'name'"),
    ];
    for (wrong, status, code, words) in cases {
        let path = format!("/queue/v1/task/{}", ids::slug());
        let (got, body) = fixture.refused(reqwest::Method::PUT, &path, Some(task(wrong.clone()))).await;
        assert_eq!((got, &body["code"]), (status, &json!(code)), "{wrong}: {body}");
        let message = body["message"].as_str().unwrap();
        assert!(message.contains(words) && message.contains(&format!("* errorCode:  {code}")), "{wrong}: {message}");
        assert_eq!(body["requestInfo"]["method"], "createTask");
    }
}

#[tokio::test]
async fn checks_are_made_in_the_order_of_the_real_services() {
    let fixture = fixture().await;
    let malformed = reqwest::Client::new().put(format!("{}/api/queue/v1/task/x?y=1", fixture.running.root_url()));
    let body = malformed.header("content-type", "application/json").body("{").send().await.unwrap();
    assert_eq!(body.json::<Value>().await.unwrap()["code"], "MalformedPayload");
    let (_, body) = fixture.refused(reqwest::Method::PUT, "/queue/v1/task/x?y=1", Some(json!({}))).await;
    assert!(
        body["message"].as_str().unwrap().starts_with("Invalid URL patterns:\nURL parameter 'taskId' given as 'x'")
    );
    let path = format!("/queue/v1/task/{}?y=1", ids::slug());
    let (status, body) = fixture.refused(reqwest::Method::PUT, &path, Some(json!({}))).await;
    assert_eq!((status, &body["code"]), (400, &json!("InvalidRequestArguments")));
    assert!(body["message"].as_str().unwrap().starts_with("Query-string parameter: y is not supported!"));
    let path = path.trim_end_matches("?y=1");
    let (status, body) = fixture.refused(reqwest::Method::PUT, path, None).await;
    assert_eq!((status, &body["code"]), (400, &json!("MalformedPayload")));
    let (status, body) = fixture.refused(reqwest::Method::GET, "/queue/v1/nothing", None).await;
    assert_eq!((status, body), (404, json!({"error": "Not found"})));
}

#[tokio::test]
async fn a_task_waits_for_those_it_depends_on() {
    let fixture = fixture().await;
    let first = fixture.create(&task(json!({}))).await;
    let after = fixture.create(&task(json!({"dependencies": [first], "taskQueueId": "prov/other"}))).await;
    let always = task(json!({"dependencies": [first], "requires": "all-resolved", "taskQueueId": "prov/other"}));
    let always = fixture.create(&always).await;
    let itself = ids::slug();
    fixture.queue.createTask(&itself, &task(json!({"dependencies": [itself]}))).await.unwrap();
    assert_eq!(fixture.state(&after).await, "unscheduled");
    let dependents = fixture.queue.listDependentTasks(&first, None, None).await.unwrap();
    assert_eq!(dependents["tasks"].as_array().unwrap().len(), 2);
    fixture.claim().await;
    fixture.queue.reportFailed(&first, "0").await.unwrap();
    assert_eq!((fixture.state(&after).await, fixture.state(&always).await), (json!("unscheduled"), json!("pending")));
    fixture.queue.rerunTask(&first).await.unwrap();
    fixture.claim().await;
    fixture.queue.reportCompleted(&first, "1").await.unwrap();
    assert_eq!(fixture.state(&after).await, "pending");
    assert_eq!(fixture.state(&itself).await, "unscheduled");
}

#[tokio::test]
async fn a_claim_that_runs_out_is_retried_while_retries_are_left() {
    let fixture = fixture().await;
    let id = fixture.claimed(&task(json!({"retries": 1}))).await;
    fixture.advance(Duration::minutes(15)).await;
    fixture.queue.reclaimTask(&id, "0").await.unwrap();
    fixture.advance(Duration::minutes(15)).await;
    assert_eq!(fixture.state(&id).await, "running");
    fixture.advance(Duration::minutes(6)).await;
    let status = fixture.queue.status(&id).await.unwrap();
    assert_eq!(status["status"]["runs"][0]["reasonResolved"], "claim-expired");
    assert_eq!(status["status"]["runs"][1]["reasonCreated"], "retry");
    fixture.claim().await;
    fixture.advance(Duration::minutes(21)).await;
    let status = fixture.queue.status(&id).await.unwrap();
    assert_eq!((&status["status"]["state"], &status["status"]["retriesLeft"]), (&json!("exception"), &json!(0)));
}

#[tokio::test]
async fn a_deadline_that_passes_resolves_tasks_and_what_waits_for_them() {
    let fixture = fixture().await;
    let first = fixture.create(&task(json!({}))).await;
    let later = date(start_of_time() + Duration::hours(2));
    let always = json!({"dependencies": [first], "requires": "all-resolved", "deadline": later});
    let always = fixture.create(&task(always)).await;
    fixture.advance(Duration::minutes(61)).await;
    let status = fixture.queue.status(&first).await.unwrap();
    assert_eq!(status["status"]["runs"][0]["reasonResolved"], "deadline-exceeded");
    assert_eq!(fixture.state(&always).await, "pending");
    for error in [fixture.queue.rerunTask(&first).await, fixture.queue.cancelTask(&first).await] {
        assert_eq!(status_of(&error.unwrap_err()), 409);
    }
}

#[tokio::test]
async fn reports_are_the_same_twice_and_conflict_otherwise() {
    let fixture = fixture().await;
    let id = fixture.claimed(&task(json!({}))).await;
    for _ in 0..2 {
        fixture.queue.reportCompleted(&id, "0").await.unwrap();
    }
    assert_eq!(status_of(&fixture.queue.reportFailed(&id, "0").await.unwrap_err()), 409);
    assert_eq!(status_of(&fixture.queue.reportCompleted(&id, "7").await.unwrap_err()), 404);
    let id = fixture.claimed(&task(json!({"retries": 1}))).await;
    let shutdown = json!({"reason": "worker-shutdown"});
    for _ in 0..2 {
        fixture.queue.reportException(&id, "0", &shutdown).await.unwrap();
    }
    assert_eq!(fixture.state(&id).await, "pending");
    fixture.claim().await;
    let intermittent = json!({"reason": "intermittent-task"});
    let done = fixture.queue.reportException(&id, "1", &intermittent).await.unwrap();
    assert_eq!(done["status"]["state"], "exception");
}

#[tokio::test]
async fn a_task_has_at_most_fifty_runs() {
    let fixture = fixture().await;
    let id = fixture.create(&task(json!({}))).await;
    for _ in 0..49 {
        fixture.queue.cancelTask(&id).await.unwrap();
        fixture.queue.rerunTask(&id).await.unwrap();
    }
    fixture.queue.cancelTask(&id).await.unwrap();
    let (status, body) = fixture.refused(reqwest::Method::POST, &format!("/queue/v1/task/{id}/rerun"), None).await;
    assert_eq!(status, 409);
    assert!(body["message"].as_str().unwrap().starts_with("Maximum number of runs reached (50)."));
}

#[tokio::test]
async fn a_group_is_paged_sealed_and_cancelled() {
    let fixture = fixture().await;
    let group = ids::slug();
    let mut created = Vec::new();
    for _ in 0..5 {
        created.push(fixture.create(&task(json!({"taskGroupId": group}))).await);
    }
    let other = task(json!({"taskGroupId": group, "schedulerId": "other"}));
    assert_eq!(status_of(&fixture.queue.createTask(&ids::slug(), &other).await.unwrap_err()), 409);
    let mut listed = Vec::new();
    let mut token: Option<String> = None;
    loop {
        let page = fixture.queue.listTaskGroup(&group, token.as_deref(), Some("2")).await.unwrap();
        let tasks = page["tasks"].as_array().unwrap().iter();
        listed.extend(tasks.map(|task| task["status"]["taskId"].as_str().unwrap().to_owned()));
        token = page["continuationToken"].as_str().map(str::to_owned);
        if token.is_none() {
            break;
        }
    }
    assert!(listed.is_sorted_by_key(|id| id.to_lowercase()));
    created.sort_by_key(|id| id.to_lowercase());
    assert_eq!(listed, created);
    assert_eq!(status_of(&fixture.queue.cancelTaskGroup(&group).await.unwrap_err()), 409);
    fixture.queue.sealTaskGroup(&group).await.unwrap();
    let late = fixture.queue.createTask(&ids::slug(), &task(json!({"taskGroupId": group}))).await;
    assert_eq!(status_of(&late.unwrap_err()), 409);
    let cancelled = fixture.queue.cancelTaskGroup(&group).await.unwrap();
    assert_eq!((&cancelled["cancelledCount"], &cancelled["taskGroupSize"]), (&json!(5), &json!(5)));
    assert_eq!(fixture.queue.cancelTaskGroup(&group).await.unwrap()["cancelledCount"], 0);
}

#[tokio::test]
async fn work_goes_by_priority_and_a_waiting_worker_gets_it_at_once() {
    let fixture = fixture().await;
    let low = fixture.create(&task(json!({}))).await;
    let high = fixture.create(&task(json!({"priority": "high"}))).await;
    let counts = fixture.queue.taskQueueCounts("prov/wt").await.unwrap();
    assert_eq!((&counts["pendingTasks"], &counts["claimedTasks"]), (&json!(2), &json!(0)));
    let claims = fixture.claim().await;
    let claimed: Vec<_> = claims.iter().map(|claim| claim["status"]["taskId"].as_str().unwrap()).collect();
    assert_eq!(claimed, [high.as_str(), low.as_str()]);
    assert_eq!(
        fixture.queue.listClaimedTasks("prov/wt", None, None).await.unwrap()["tasks"].as_array().unwrap().len(),
        2
    );
    let worker = fixture.queue.getWorker("prov", "wt", "wg", "w").await.unwrap();
    assert_eq!(worker["recentTasks"].as_array().unwrap().len(), 2);

    let folder = tempfile::tempdir().unwrap();
    let patient =
        Options { claim_work_wait: std::time::Duration::from_secs(600), ..options(folder.path(), &fixture.clock) };
    let running = Server::start(patient).await.unwrap();
    let (waiting, creating) = (Queue::new(client(&running)).unwrap(), Queue::new(client(&running)).unwrap());
    let waiter = tokio::spawn(async move { waiting.claimWork("prov/wt", &worker_body()).await.unwrap() });
    creating.createTask(&ids::slug(), &task(json!({}))).await.unwrap();
    assert_eq!(waiter.await.unwrap()["tasks"].as_array().unwrap().len(), 1);
}

fn worker_body() -> Value {
    worker()
}

#[tokio::test]
async fn many_tasks_are_asked_for_at_once() {
    let fixture = fixture().await;
    let ids = [fixture.create(&task(json!({}))).await, fixture.create(&task(json!({}))).await];
    let wanted = json!({"taskIds": [ids[0], ids[1], ids::slug(), ids[0], "odd"]});
    let statuses = fixture.queue.statuses(&wanted, None, None).await.unwrap();
    assert_eq!(statuses["statuses"].as_array().unwrap().len(), 2);
    let page = fixture.queue.tasks(&wanted, None, Some("1")).await.unwrap();
    assert_eq!(page["tasks"].as_array().unwrap().len(), 1);
    assert!(page["continuationToken"].is_string());
}

#[tokio::test]
async fn odd_numbers_in_urls_are_mistakes_of_the_caller() {
    let fixture = fixture().await;
    let id = fixture.claimed(&task(json!({}))).await;
    let huge = "9".repeat(40);
    for (path, status) in [
        (format!("/queue/v1/task/{id}/runs/{huge}/artifact-info/x"), 404),
        (format!("/queue/v1/task/{id}/runs/{huge}/artifacts"), 404),
        (format!("/queue/v1/task/{id}/runs/x/artifacts"), 400),
        (format!("/queue/v1/task-group/{id}/list?limit={huge}"), 200),
        (format!("/queue/v1/task-group/{id}/list?continuationToken=page{huge}z0"), 200),
        (format!("/queue/v1/task-group/{id}/list?continuationToken=%ff"), 400),
        (format!("/queue/v1/task-group/{id}/list?limit=1&limit=2"), 400),
        ("/queue/v1/task/%ff".to_owned(), 404),
    ] {
        let (got, body) = fixture.refused(reqwest::Method::GET, &path, None).await;
        assert_eq!(got, status, "{path}: {body}");
    }
}
