//! What was answered is there after the server is gone.

use super::*;

#[tokio::test]
async fn a_server_goes_on_where_the_last_one_was() {
    let folder = tempfile::tempdir().unwrap();
    let clock = Arc::new(ManualClock::new(start_of_time()));
    let running = Server::start(options(folder.path(), &clock)).await.unwrap();
    let queue = Queue::new(client(&running)).unwrap();
    let id = ids::slug();
    queue.createTask(&id, &task(json!({}))).await.unwrap();
    queue.claimWork("prov/wt", &worker()).await.unwrap();
    running.shutdown().await;

    clock.advance(Duration::minutes(21));
    let running = Server::start(options(folder.path(), &clock)).await.unwrap();
    let queue = Queue::new(client(&running)).unwrap();
    running.sweep().await.unwrap();
    let status = queue.status(&id).await.unwrap();
    assert_eq!(status["status"]["runs"][0]["reasonResolved"], "claim-expired");
    assert_eq!(status["status"]["state"], "pending");
}

#[tokio::test]
async fn a_folder_or_port_in_use_is_refused() {
    let fixture = fixture().await;
    let second = Server::start(options(fixture._folder.path(), &fixture.clock)).await;
    assert!(matches!(second, Err(StartError::Store(StoreError::InUse(_)))));
    let folder = tempfile::tempdir().unwrap();
    let port = fixture.running.root_url().rsplit_once(':').unwrap().1.parse().unwrap();
    let third = Server::start(Options { port, ..options(folder.path(), &fixture.clock) }).await;
    assert!(matches!(third, Err(StartError::Listen { .. })));
}

/// Serves the folder that it is started in; the test below starts it as a process of its own and kills that.
#[tokio::test]
#[ignore = "runs until it is killed"]
async fn serve_until_killed() {
    let running = Server::start(Options::new(".")).await.unwrap();
    std::fs::write("root-url.partial", running.root_url()).unwrap();
    std::fs::rename("root-url.partial", "root-url").unwrap();
    std::future::pending::<()>().await;
}

struct Killed(std::process::Child);

impl Drop for Killed {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

async fn process_in(folder: &std::path::Path) -> (Killed, Queue) {
    let mut command = std::process::Command::new(std::env::current_exe().unwrap());
    command.args(["--ignored", "--exact", "local::server::tests::durability::serve_until_killed"]);
    let child = Killed(command.current_dir(folder).stdout(std::process::Stdio::null()).spawn().unwrap());
    let file = folder.join("root-url");
    while !file.exists() {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    let queue = Queue::new(std::fs::read_to_string(&file).unwrap()).unwrap();
    std::fs::remove_file(file).unwrap();
    (child, queue)
}

#[tokio::test]
async fn what_was_answered_survives_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let now = SystemClock.now();
    let task = task(json!({"created": date(now), "deadline": date(now + Duration::hours(1))}));
    let mut answered: Vec<String> = Vec::new();
    for _ in 0..3 {
        let (process, queue) = process_in(folder.path()).await;
        for id in &answered {
            assert_eq!(queue.status(id).await.unwrap()["status"]["state"], "pending");
        }
        for _ in 0..10 {
            let id = ids::slug();
            queue.createTask(&id, &task).await.unwrap();
            answered.push(id);
        }
        drop(process);
    }
}
