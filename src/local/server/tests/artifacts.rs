//! Artifacts, from upload to download.

use super::*;

const NAME: &str = "public/logs/a b.txt";

async fn create(fixture: &Fixture, task_id: &str, name: &str, mut body: Value) -> anyhow::Result<Value> {
    body["expires"] = json!(date(start_of_time() + Duration::minutes(30)));
    fixture.queue.createArtifact(task_id, "0", name, &body).await
}

async fn fetch(fixture: &Fixture, path: &str) -> reqwest::Response {
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    client.get(format!("{}/api/queue/v1{path}", fixture.running.root_url())).send().await.unwrap()
}

#[tokio::test]
async fn bytes_are_uploaded_and_downloaded() {
    let fixture = fixture().await;
    let id = fixture.claimed(&task(json!({}))).await;
    let body = json!({"storageType": "s3", "contentType": "text/plain"});
    let answer = create(&fixture, &id, NAME, body).await.unwrap();
    let url = answer["putUrl"].as_str().unwrap();
    let put = |content_type: &'static str| {
        reqwest::Client::new().put(url).header("content-type", content_type).body("hello").send()
    };
    assert_eq!(put("text/html").await.unwrap().status().as_u16(), 403);
    assert_eq!(put("text/plain").await.unwrap().status().as_u16(), 200);
    for path in [
        format!("/task/{id}/artifacts/public/logs/a%20b.txt"),
        format!("/task/{id}/runs/0/artifacts/public%2Flogs%2Fa%20b.txt"),
    ] {
        let response = fetch(&fixture, &path).await;
        assert_eq!(response.status().as_u16(), 303, "{path}");
        assert_eq!(response.headers()["x-taskcluster-artifact-storage-type"], "s3");
        let location = response.headers()["location"].to_str().unwrap().to_owned();
        assert_eq!(response.json::<Value>().await.unwrap(), json!({"storageType": "s3", "url": location}));
        let content = reqwest::get(&location).await.unwrap();
        assert_eq!(content.headers()["content-type"], "text/plain");
        assert_eq!(content.text().await.unwrap(), "hello");
    }
    let listed = fixture.queue.listLatestArtifacts(&id, None, None).await.unwrap();
    assert_eq!(listed["artifacts"][0]["name"], NAME);
    assert_eq!(fixture.queue.latestArtifactInfo(&id, NAME).await.unwrap()["contentType"], "text/plain");
}

#[tokio::test]
async fn private_bytes_need_a_signed_url() {
    let fixture = fixture().await;
    let id = fixture.claimed(&task(json!({}))).await;
    let body = json!({"storageType": "s3", "contentType": "text/plain"});
    let answer = create(&fixture, &id, "private/x", body).await.unwrap();
    let put = reqwest::Client::new().put(answer["putUrl"].as_str().unwrap()).header("content-type", "text/plain");
    put.body("secret").send().await.unwrap();
    let content = fixture.queue.latestArtifact(&id, "private/x").await.unwrap();
    let url = content["url"].as_str().unwrap();
    assert_eq!(reqwest::get(url).await.unwrap().text().await.unwrap(), "secret");
    let bare = url.split_once('?').unwrap().0;
    assert_eq!(reqwest::get(bare).await.unwrap().status().as_u16(), 403);
    fixture.clock.advance(Duration::minutes(31));
    assert_eq!(reqwest::get(url).await.unwrap().status().as_u16(), 403);
}

#[tokio::test]
async fn references_links_and_errors_are_followed() {
    let fixture = fixture().await;
    let id = fixture.claimed(&task(json!({}))).await;
    let reference = |url: &str| json!({"storageType": "reference", "contentType": "text/html", "url": url});
    create(&fixture, &id, "public/r", reference("https://a.example")).await.unwrap();
    create(&fixture, &id, "public/r", reference("https://b.example")).await.unwrap();
    create(&fixture, &id, "public/l", json!({"storageType": "link", "artifact": "public/r"})).await.unwrap();
    create(&fixture, &id, "public/c", json!({"storageType": "link", "artifact": "public/c"})).await.unwrap();
    let error = json!({"storageType": "error", "reason": "file-missing-on-worker", "message": "none"});
    create(&fixture, &id, "public/e", error).await.unwrap();
    let linked = fetch(&fixture, &format!("/task/{id}/artifacts/public/l")).await;
    assert_eq!(linked.headers()["location"], "https://b.example");
    assert_eq!(fetch(&fixture, &format!("/task/{id}/artifacts/public/c")).await.status().as_u16(), 400);
    let failed = fetch(&fixture, &format!("/task/{id}/artifacts/public/e")).await;
    assert_eq!(failed.status().as_u16(), 424);
    assert_eq!(failed.json::<Value>().await.unwrap(), json!({"reason": "file-missing-on-worker", "message": "none"}));
    let other = create(&fixture, &id, "public/e", json!({"storageType": "s3", "contentType": "a/b"})).await;
    assert_eq!(status_of(&other.unwrap_err()), 409);
}

#[tokio::test]
async fn an_artifact_may_last_longer_but_not_shorter_and_not_longer_than_its_task() {
    let fixture = fixture().await;
    let id = fixture.claimed(&task(json!({}))).await;
    let body = |minutes| {
        let expires = date(start_of_time() + Duration::minutes(minutes));
        json!({"storageType": "s3", "contentType": "text/plain", "expires": expires})
    };
    for (minutes, expected) in [(30, None), (40, None), (35, Some(409)), (366 * 24 * 60, Some(400)), (-20, Some(400))] {
        let result = fixture.queue.createArtifact(&id, "0", "public/x", &body(minutes)).await;
        assert_eq!(result.err().as_ref().map(status_of), expected, "{minutes}");
    }
    fixture.queue.reportCompleted(&id, "0").await.unwrap();
    let late = fixture.queue.createArtifact(&id, "0", "public/y", &body(30)).await;
    assert_eq!(status_of(&late.unwrap_err()), 409);
    fixture.clock.advance(Duration::minutes(41));
    assert_eq!(fetch(&fixture, &format!("/task/{id}/artifacts/public/x")).await.status().as_u16(), 410);
}

#[tokio::test]
async fn objects_are_uploaded_finished_and_downloaded() {
    let fixture = fixture().await;
    let id = fixture.claimed(&task(json!({}))).await;
    let answer = create(&fixture, &id, "public/o", json!({"storageType": "object", "contentType": "text/plain"})).await;
    let answer = answer.unwrap();
    let objects = taskcluster::Object::new(client(&fixture.running)).unwrap();
    let (name, upload_id) = (answer["name"].as_str().unwrap(), &answer["uploadId"]);
    let inline = json!({"dataInline": {"contentType": "text/plain", "objectData": "aGVsbG8="}});
    let upload = json!({
        "projectId": "none", "uploadId": upload_id, "expires": answer["expires"], "proposedUploadMethods": inline,
    });
    let created = objects.createUpload(name, &upload).await.unwrap();
    assert_eq!(created["uploadMethod"], json!({"dataInline": true}));
    let finish = json!({"uploadId": upload_id});
    assert_eq!(status_of(&fixture.queue.finishArtifact(&id, "0", "public/o", &finish).await.unwrap_err()), 400);
    objects.finishUpload(name, &json!({"projectId": "none", "uploadId": upload_id})).await.unwrap();
    assert_eq!(fetch(&fixture, &format!("/task/{id}/artifacts/public/o")).await.status().as_u16(), 404);
    fixture.queue.finishArtifact(&id, "0", "public/o", &finish).await.unwrap();
    let response = fetch(&fixture, &format!("/task/{id}/artifacts/public/o")).await;
    let location = response.headers()["location"].to_str().unwrap().to_owned();
    assert_eq!(reqwest::get(location).await.unwrap().text().await.unwrap(), "hello");
    let content = fixture.queue.latestArtifact(&id, "public/o").await.unwrap();
    assert_eq!(content["name"], name);
}
