//! What is there beside the services, and who may see it.

use super::*;

#[tokio::test]
async fn others_than_this_machine_are_not_answered() {
    let fixture = fixture().await;
    let get = |header: &'static str, value: &'static str| {
        let url = format!("{}/api/queue/v1/ping", fixture.running.root_url());
        reqwest::Client::new().get(url).header(header, value).send()
    };
    assert_eq!(get("host", "rebound.example.com").await.unwrap().status().as_u16(), 403);
    assert_eq!(get("origin", "https://evil.example.com").await.unwrap().status().as_u16(), 403);
    let local = get("origin", "http://localhost:5000").await.unwrap();
    assert_eq!(local.headers()["access-control-allow-origin"], "http://localhost:5000");
}

#[tokio::test]
async fn references_and_schemas_are_served_as_a_deployment_serves_them() {
    let fixture = fixture().await;
    let root = fixture.running.root_url();
    let get = async |path: &str| reqwest::get(format!("{root}{path}")).await.unwrap().json::<Value>().await.unwrap();
    let manifest = get("/references/manifest.json").await;
    assert_eq!(manifest["references"][0], format!("{root}/references/auth/v1/api.json"));
    assert_eq!(get("/references/queue/v1/api.json").await["serviceName"], "queue");
    let schema = get("/schemas/queue/v1/task.json").await;
    assert_eq!(schema["$id"], format!("{root}/schemas/queue/v1/task.json#"));
    for path in ["/__heartbeat__", "/api/queue/v1/ping", "/api/auth/v1/__heartbeat__", "/api/index/v1/__version__"] {
        assert!(reqwest::get(format!("{root}{path}")).await.unwrap().status().is_success(), "{path}");
    }
}
