//! Hooks and secrets.

use super::*;

fn hook() -> Value {
    json!({
        "metadata": {"name": "h", "description": "d", "owner": "o@example.com"},
        "triggerSchema": {"type": "object", "required": ["flavor"], "properties": {"flavor": {"type": "string"}}},
        "task": {
            "$if": "payload.flavor != 'none'",
            "then": {
                "taskQueueId": "prov/wt",
                "payload": {"flavor": {"$eval": "payload.flavor"}, "by": "${firedBy}", "me": "${taskId}"},
                "created": {"$fromNow": ""},
                "deadline": {"$fromNow": "2 hours"},
                "retries": {"$if": "payload.flavor == 'odd'", "then": 99, "else": 1},
                "metadata": {"name": "n", "description": "", "owner": "o", "source": "https://example.com"},
            },
        },
    })
}

#[tokio::test]
async fn a_hook_makes_a_task_from_its_template() {
    let fixture = fixture().await;
    let hooks = taskcluster::Hooks::new(client(&fixture.running)).unwrap();
    let created = hooks.createHook("project", "in-tree/1", &hook()).await.unwrap();
    assert_eq!((&created["hookId"], &created["schedule"]), (&json!("in-tree/1"), &json!([])));
    assert_eq!(hooks.createHook("project", "in-tree/1", &hook()).await.unwrap(), created);
    assert_eq!(hooks.getHookStatus("project", "in-tree/1").await.unwrap()["lastFire"]["result"], "no-fire");
    let fired = hooks.triggerHook("project", "in-tree/1", &json!({"flavor": "sweet"})).await.unwrap();
    let id = fired["taskId"].as_str().unwrap();
    assert_eq!(fired, json!({"taskId": id, "status": {"taskId": id}}));
    let task = fixture.queue.task(id).await.unwrap();
    assert_eq!(task["payload"], json!({"flavor": "sweet", "by": "triggerHook", "me": id}));
    assert_eq!(task["deadline"], date(start_of_time() + Duration::hours(2)));
    assert_eq!(
        (&task["expires"], &task["taskGroupId"]),
        (&json!(date(start_of_time() + Duration::days(30))), &json!(id))
    );
    let declined = hooks.triggerHook("project", "in-tree/1", &json!({"flavor": "none"})).await.unwrap();
    assert_eq!(declined, json!({}));
    let fires = hooks.listLastFires("project", "in-tree/1", None, None).await.unwrap();
    assert_eq!(fires["lastFires"].as_array().unwrap().len(), 1);
    assert_eq!(fires["lastFires"][0]["taskState"], "pending");
}

#[tokio::test]
async fn what_a_hook_cannot_do_is_said_and_recorded() {
    let fixture = fixture().await;
    let hooks = taskcluster::Hooks::new(client(&fixture.running)).unwrap();
    hooks.createHook("project", "h", &hook()).await.unwrap();
    let path = "/hooks/v1/hooks/project/h/trigger";
    let (status, body) = fixture.refused(reqwest::Method::POST, path, Some(json!({"flavor": 1}))).await;
    assert_eq!((status, &body["code"]), (400, &json!("InputError")), "{body}");
    let (status, body) = fixture.refused(reqwest::Method::POST, path, Some(json!({"flavor": "odd"}))).await;
    assert_eq!((status, &body["code"]), (400, &json!("InputError")), "{body}");
    assert!(body["message"].as_str().unwrap().starts_with("While calling createTask: InputValidationError"));
    let status = hooks.getHookStatus("project", "h").await.unwrap();
    assert_eq!(status["lastFire"]["error"]["code"], "InputValidationError");
    assert_eq!(status_of(&hooks.triggerHook("project", "none", &json!({})).await.unwrap_err()), 404);
    let mut wrong = hook();
    wrong["triggerSchema"] = json!({"type": "nonsense"});
    assert_eq!(status_of(&hooks.updateHook("project", "h", &wrong).await.unwrap_err()), 400);
    let token = hooks.getTriggerToken("project", "h").await.unwrap();
    let token = token["token"].as_str().unwrap();
    assert!(hooks.triggerHookWithToken("project", "h", token, &json!({"flavor": "x"})).await.is_ok());
    let error = hooks.triggerHookWithToken("project", "h", "guess", &json!({"flavor": "x"})).await.unwrap_err();
    assert_eq!(status_of(&error), 401);
    assert_eq!(hooks.listHookGroups().await.unwrap(), json!({"groups": ["project"]}));
    hooks.removeHook("project", "h").await.unwrap();
    assert_eq!(status_of(&hooks.listHooks("project").await.unwrap_err()), 404);
}

#[tokio::test]
async fn secrets_are_kept_until_they_expire_and_never_echoed() {
    let fixture = fixture().await;
    let secrets = taskcluster::Secrets::new(client(&fixture.running)).unwrap();
    let secret = json!({"secret": {"password": "hunter2"}, "expires": date(start_of_time() + Duration::hours(1))});
    secrets.set("project/a/b", &secret).await.unwrap();
    assert_eq!(secrets.get("project/a/b").await.unwrap(), secret);
    assert_eq!(secrets.list(None, None).await.unwrap()["secrets"], json!(["project/a/b"]));
    let wrong = json!({"secret": {"password": "hunter2"}});
    let (status, body) = fixture.refused(reqwest::Method::PUT, "/secrets/v1/secret/x", Some(wrong)).await;
    assert_eq!((status, body.to_string().contains("hunter2")), (400, false), "{body}");
    fixture.clock.advance(Duration::hours(2));
    assert_eq!(status_of(&secrets.get("project/a/b").await.unwrap_err()), 404);
    secrets.remove("project/a/b").await.unwrap();
}

#[tokio::test]
async fn caches_are_purged_by_request() {
    let fixture = fixture().await;
    let purge = taskcluster::PurgeCache::new(client(&fixture.running)).unwrap();
    purge.purgeCache("prov/wt", &json!({"cacheName": "c"})).await.unwrap();
    assert_eq!(purge.purgeRequests("prov/wt", None).await.unwrap()["requests"][0]["cacheName"], "c");
    let later = date(start_of_time() + Duration::hours(1));
    assert_eq!(purge.purgeRequests("prov/wt", Some(&later)).await.unwrap()["requests"], json!([]));
    assert_eq!(purge.allPurgeRequests(None, None).await.unwrap()["requests"].as_array().unwrap().len(), 1);
}
