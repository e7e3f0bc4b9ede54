//! The index.

use super::*;

#[tokio::test]
async fn completed_tasks_are_indexed_by_rank() {
    let fixture = fixture().await;
    let index = taskcluster::Index::new(client(&fixture.running)).unwrap();
    let mut ids = Vec::new();
    for rank in [5, 3, 5] {
        let routes = ["index.proj.v2.latest.build", "index.bad..path", "notify.x"];
        let id = fixture.claimed(&task(json!({"routes": routes, "extra": {"index": {"rank": rank}}}))).await;
        assert_eq!(
            index.findTask("proj.v2.latest.build").await.ok().map(|task| task["taskId"].clone()),
            ids.last().cloned()
        );
        fixture.queue.reportCompleted(&id, "0").await.unwrap();
        ids.push(if rank == 3 { ids[0].clone() } else { json!(id) });
    }
    let found = index.findTask("proj.v2.latest.build").await.unwrap();
    assert_eq!((&found["taskId"], &found["rank"]), (&ids[2], &json!(5)));
    let names = |list: Value| -> Vec<Value> {
        list["namespaces"].as_array().unwrap().iter().map(|namespace| namespace["namespace"].clone()).collect()
    };
    assert_eq!(names(index.listNamespaces("", None, None).await.unwrap()), ["proj"]);
    assert_eq!(names(index.listNamespaces("proj.v2", None, None).await.unwrap()), ["proj.v2.latest"]);
    let tasks = index.listTasks("proj.v2.latest", None, None).await.unwrap();
    assert_eq!(tasks["tasks"].as_array().unwrap().len(), 1);
    index.deleteTask("proj.v2.latest.build").await.unwrap();
    assert_eq!(status_of(&index.findTask("proj.v2.latest.build").await.unwrap_err()), 404);
}

#[tokio::test]
async fn tasks_are_inserted_and_found_together() {
    let fixture = fixture().await;
    let index = taskcluster::Index::new(client(&fixture.running)).unwrap();
    let id = ids::slug();
    let insert = |rank: f64| json!({"taskId": id, "rank": rank, "data": {"a": 1}, "expires": "2027-01-01T00:00:00Z"});
    for (path, rank) in [("a.b", 0.0), ("a.c", 1.5)] {
        let inserted = index.insertTask(path, &insert(rank)).await.unwrap();
        assert_eq!(inserted["namespace"], path);
    }
    let wanted = json!({"indexes": ["a.c", "missing", "a.b"]});
    let found = index.findTasksAtIndex(&wanted, None, None).await.unwrap();
    assert_eq!(found["tasks"].as_array().unwrap().len(), 2);
    assert_eq!(status_of(&index.insertTask("a/b", &insert(0.0)).await.unwrap_err()), 400);
    fixture.clock.advance(Duration::days(365));
    assert_eq!(status_of(&index.findTask("a.b").await.unwrap_err()), 404);
}
