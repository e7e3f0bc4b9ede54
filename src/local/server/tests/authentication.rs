//! Hawk and scopes, enforced.

use taskcluster::{Auth as AuthService, Credentials as Given, Hooks};

use super::*;

/// A server that enforces scopes, on the machine's clock, with which the official client signs.
async fn enforced() -> (tempfile::TempDir, Running) {
    let folder = tempfile::tempdir().unwrap();
    let auth = Auth::Enforced { client_id: "static/root".into(), access_token: "root-token".into() };
    let wait = std::time::Duration::from_millis(50);
    let options = Options { auth, claim_work_wait: wait, ..Options::new(folder.path()) };
    let running = Server::start(options).await.unwrap();
    (folder, running)
}

fn root() -> Given {
    Given::new("static/root", "root-token")
}

fn as_client(running: &Running, credentials: Given) -> ClientBuilder {
    client(running).credentials(credentials)
}

fn task_of_now(more: Value) -> Value {
    let now = SystemClock.now();
    let mut task = task(json!({"created": date(now), "deadline": date(now + Duration::hours(1))}));
    task.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    task
}

async fn new_client(running: &Running, scopes: &[&str]) -> Given {
    let auth = AuthService::new(as_client(running, root())).unwrap();
    let expires = date(SystemClock.now() + Duration::days(1));
    let body = json!({"expires": expires, "description": "", "scopes": scopes});
    let created = auth.createClient("test/client", &body).await.unwrap();
    Given::new("test/client", created["accessToken"].as_str().unwrap())
}

#[tokio::test]
async fn scopes_decide() {
    let (_folder, running) = enforced().await;
    let anonymous = Queue::new(client(&running)).unwrap();
    let id = ids::slug();
    assert_eq!(status_of(&anonymous.createTask(&id, &task_of_now(json!({}))).await.unwrap_err()), 403);
    assert_eq!(status_of(&anonymous.status(&id).await.unwrap_err()), 404);
    let wrong = Queue::new(as_client(&running, Given::new("static/root", "guess"))).unwrap();
    assert_eq!(status_of(&wrong.status(&id).await.unwrap_err()), 401);
    let scopes = [
        "queue:create-task:low:prov/wt",
        "queue:create-task:project:none",
        "queue:scheduler-id:sched",
        "queue:route:a",
    ];
    let limited = Queue::new(as_client(&running, new_client(&running, &scopes).await)).unwrap();
    for (more, allowed) in [
        (json!({}), true),
        (json!({"priority": "low", "routes": ["a"]}), true),
        (json!({"priority": "medium"}), false),
        (json!({"routes": ["b"]}), false),
        (json!({"scopes": ["x"]}), false),
        (json!({"taskQueueId": "prov/other"}), false),
    ] {
        let result = limited.createTask(&ids::slug(), &task_of_now(more.clone())).await;
        assert_eq!(result.as_ref().err().map(status_of), (!allowed).then_some(403), "{more}");
    }
}

#[tokio::test]
async fn credentials_may_be_limited_in_time_and_scopes() {
    let (_folder, running) = enforced().await;
    let hour = std::time::Duration::from_secs(3600);
    let temporary = root().create_named_temp_creds("temp/name", hour, vec!["auth:current-scopes", "a:*"]).unwrap();
    let auth = AuthService::new(as_client(&running, temporary.clone())).unwrap();
    let scopes = auth.currentScopes().await.unwrap();
    assert!(scopes["scopes"].as_array().unwrap().contains(&json!("a:*")));
    let limited = as_client(&running, temporary.clone()).authorized_scopes(vec!["a:b"]);
    let scopes = AuthService::new(limited).unwrap().currentScopes().await.unwrap();
    let scopes = scopes["scopes"].as_array().unwrap().clone();
    assert!(scopes.contains(&json!("a:b")) && !scopes.contains(&json!("a:*")));
    let beyond = as_client(&running, temporary).authorized_scopes(vec!["b"]);
    assert_eq!(status_of(&AuthService::new(beyond).unwrap().currentScopes().await.unwrap_err()), 401);
    let forged = Given::new("static/root", "guess").create_temp_creds(hour, vec!["*"]).unwrap();
    assert_eq!(
        status_of(&AuthService::new(as_client(&running, forged)).unwrap().currentScopes().await.unwrap_err()),
        401
    );
}

#[tokio::test]
async fn a_claim_comes_with_credentials_for_its_run_only() {
    let (_folder, running) = enforced().await;
    let queue = Queue::new(as_client(&running, root())).unwrap();
    let id = ids::slug();
    queue.createTask(&id, &task_of_now(json!({"scopes": ["extra"]}))).await.unwrap();
    let claim = queue.claimWork("prov/wt", &worker()).await.unwrap()["tasks"][0].clone();
    let part = |name: &str| claim["credentials"][name].as_str().unwrap().to_owned();
    let given = Given::new_with_certificate(part("clientId"), part("accessToken"), part("certificate"));
    let own = Queue::new(as_client(&running, given.clone())).unwrap();
    assert_eq!(status_of(&own.reclaimTask(&id, "1").await.unwrap_err()), 403);
    own.reclaimTask(&id, "0").await.unwrap();
    let scopes = AuthService::new(as_client(&running, given)).unwrap().currentScopes().await.unwrap();
    assert!(scopes["scopes"].as_array().unwrap().contains(&json!("extra")));
    own.reportCompleted(&id, "0").await.unwrap();
}

#[tokio::test]
async fn a_url_may_carry_a_signature() {
    let (_folder, running) = enforced().await;
    let secrets = taskcluster::Secrets::new(as_client(&running, root())).unwrap();
    let expires = date(SystemClock.now() + Duration::days(1));
    secrets.set("a", &json!({"secret": {"b": 1}, "expires": expires})).await.unwrap();
    let url = secrets.get_signed_url("a", std::time::Duration::from_secs(60)).unwrap();
    assert_eq!(reqwest::get(&url).await.unwrap().json::<Value>().await.unwrap()["secret"], json!({"b": 1}));
    let bare = url.split_once('?').unwrap().0;
    assert_eq!(reqwest::get(bare).await.unwrap().status().as_u16(), 403);
    let other = url.replace("secret/a", "secret/b");
    let refused = reqwest::get(other).await.unwrap();
    assert_eq!((refused.status().as_u16(), refused.headers()["www-authenticate"].to_str().unwrap()), (401, "hawk"));
}

/// As in a real deployment. The official Rust client leaves the query string out of what it signs, so what it asks for
/// page by page is refused when it has credentials.
#[tokio::test]
async fn a_signature_covers_the_query_string() {
    let (_folder, running) = enforced().await;
    let auth = AuthService::new(as_client(&running, root())).unwrap();
    auth.listClients(None, None, None).await.unwrap();
    assert_eq!(status_of(&auth.listClients(None, None, Some("1")).await.unwrap_err()), 401);
}

#[tokio::test]
async fn a_hook_may_do_what_its_role_may() {
    let (_folder, running) = enforced().await;
    let hooks = Hooks::new(as_client(&running, root())).unwrap();
    let auth = AuthService::new(as_client(&running, root())).unwrap();
    let body = json!({
        "metadata": {"name": "h", "description": "d", "owner": "o@example.com"},
        "task": task_of_now(json!({})),
    });
    hooks.createHook("g", "h", &body).await.unwrap();
    assert_eq!(status_of(&hooks.triggerHook("g", "h", &json!({})).await.unwrap_err()), 403);
    let scopes = ["queue:create-task:lowest:prov/wt", "queue:create-task:project:none", "queue:scheduler-id:sched"];
    auth.createRole("hook-id:g/*", &json!({"description": "", "scopes": scopes})).await.unwrap();
    hooks.triggerHook("g", "h", &json!({})).await.unwrap();
    let role = auth.role("hook-id:g/*").await.unwrap();
    assert_eq!(role["expandedScopes"].as_array().unwrap().len(), 4);
    auth.deleteRole("hook-id:g/*").await.unwrap();
    assert_eq!(status_of(&hooks.triggerHook("g", "h", &json!({})).await.unwrap_err()), 403);
}

#[tokio::test]
async fn an_open_server_takes_any_credentials_that_can_be_read() {
    let fixture = fixture().await;
    let auth = AuthService::new(as_client(&fixture.running, Given::new("any", "thing"))).unwrap();
    assert_eq!(auth.currentScopes().await.unwrap(), json!({"scopes": ["*"]}));
    let url = format!("{}/api/auth/v1/scopes/current", fixture.running.root_url());
    for (header, status) in [("Hawk nonsense", 401), ("Bearer x", 401)] {
        let response = reqwest::Client::new().get(&url).header("authorization", header).send().await.unwrap();
        assert_eq!(response.status().as_u16(), status, "{header}");
    }
}

#[tokio::test]
async fn signatures_are_tested_with_the_tester() {
    let fixture = fixture().await;
    let auth = AuthService::new(as_client(&fixture.running, Given::new("tester", "no-secret"))).unwrap();
    let ask = |required: &str| json!({"clientScopes": ["test:*"], "requiredScopes": [required]});
    fixture.clock.advance(SystemClock.now() - fixture.clock.now());
    assert_eq!(auth.testAuthenticate(&ask("test:a")).await.unwrap()["clientId"], "tester");
    assert_eq!(status_of(&auth.testAuthenticate(&ask("other")).await.unwrap_err()), 403);
    auth.testAuthenticateGet().await.unwrap();
    let stranger = AuthService::new(as_client(&fixture.running, Given::new("tester", "guess"))).unwrap();
    assert_eq!(status_of(&stranger.testAuthenticateGet().await.unwrap_err()), 401);
}
