//! Creation against a queue in memory, and one that fails in every way a queue can.

use std::collections::{BTreeMap, BTreeSet};
use std::future::poll_fn;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::Poll;

use chrono::{DateTime, TimeDelta, Utc};
use futures::executor::block_on;
use futures::future::{AbortHandle, abortable};
use proptest::prelude::*;

use super::*;
use crate::model::Task;
use crate::sources::Answer;
use crate::sources::clock::FixedClock;
use crate::sources::queue::{MemoryQueue, TaskStatus};
use crate::sources::{Error as SourceError, ErrorKind};
use crate::yaml::Map;

fn relative(text: &str) -> Node {
    Node::new(Map::from([("relative-datestamp", text)]))
}

fn task(label: &str, dependencies: &[TaskId]) -> Task<TaskId> {
    let artifact = Map::from([("path", Node::new("/a")), ("expires", relative("7 days"))]);
    let payload = Map::from([("artifacts", Node::new(vec![Node::new(artifact)])), ("command", Node::new(label))]);
    Task {
        kind: "test".into(),
        label: label.into(),
        description: "".into(),
        attributes: Map::new(),
        definition: Map::from([
            ("created", relative("0 seconds")),
            ("deadline", relative("1 day")),
            ("provisionerId", Node::new("p")),
            ("workerType", Node::new("w")),
            ("payload", Node::new(payload)),
            ("dependencies", dependencies.iter().map(Node::from).collect()),
        ]),
        optimization: None,
        dependencies: dependencies.iter().map(|id| (id.as_arc_str().clone(), id.clone())).collect(),
        soft_dependencies: vec![],
        if_dependencies: vec![],
        span: Span::NONE,
    }
}

fn id(label: &str) -> TaskId {
    TaskId::derive(&decision(), &label.into(), 0)
}

fn decision() -> TaskId {
    TaskId::new("fzy3l9dCSDKRYTxTQTZjGg")
}

/// Label → the labels it depends on.
fn graph(edges: &[(&str, &[&str])]) -> TaskGraph<TaskId> {
    let task = |(label, on): &(&str, &[&str])| {
        let on: Vec<TaskId> = on.iter().map(|on| id(on)).collect();
        (id(label), Arc::new(task(label, &on)))
    };
    edges.iter().map(task).collect()
}

fn now() -> DateTime<Utc> {
    "2026-01-01T00:00:00.123Z".parse().unwrap()
}

fn create(graph: &TaskGraph<TaskId>, queue: &dyn Queue, now: DateTime<Utc>) -> Result<Created, Error> {
    create_some(graph, queue, now, Pace::default().at_once)
}

fn create_some(
    graph: &TaskGraph<TaskId>,
    queue: &dyn Queue,
    now: DateTime<Utc>,
    at_once: usize,
) -> Result<Created, Error> {
    let (decision, clock) = (decision(), FixedClock(now));
    let creation = Creation {
        graph,
        decision_task_id: &decision,
        scheduler_id: "example-level-1",
        pace: Pace { at_once, ..Pace::default() },
    };
    block_on(create_tasks(&creation, queue, &clock))
}

fn labels(tasks: &[CreatedTask], how: How) -> Vec<&str> {
    tasks.iter().filter(|task| task.how == how).map(|task| task.label.as_str()).collect()
}

/// What becomes of one request to create a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    /// It succeeds.
    None,
    /// The task is created, and the answer is lost.
    LostAnswer,
    /// The queue cannot be reached.
    Unreachable,
    /// It is refused with that status.
    Refused(u16),
}

/// A queue that fails as told, creates no task before its dependencies, and counts.
struct FaultyQueue<F> {
    inner: MemoryQueue,
    fault: F,
    calls: AtomicUsize,
    under_way: AtomicUsize,
    most_under_way: AtomicUsize,
    kill: OnceLock<(usize, AbortHandle)>,
}

impl<F: Fn(usize, &TaskId) -> Fault + Send + Sync> FaultyQueue<F> {
    fn new(fault: F) -> Self {
        Self {
            inner: MemoryQueue::default(),
            fault,
            calls: AtomicUsize::new(0),
            under_way: AtomicUsize::new(0),
            most_under_way: AtomicUsize::new(0),
            kill: OnceLock::new(),
        }
    }

    async fn create(&self, task_id: &TaskId, definition: &Node) -> Result<TaskStatus, SourceError> {
        let under_way = self.under_way.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_under_way.fetch_max(under_way, Ordering::SeqCst);
        pause().await;
        self.under_way.fetch_sub(1, Ordering::SeqCst);
        let call = self.calls.fetch_add(1, Ordering::SeqCst);
        let error = |kind| SourceError { service: "queue", request: "PUT".into(), message: "no".into(), kind };
        let answer = match (self.fault)(call, task_id) {
            Fault::Refused(status) => return Err(error(ErrorKind::Refused { status })),
            Fault::Unreachable => return Err(error(ErrorKind::Unavailable)),
            Fault::LostAnswer => {
                self.put(task_id, definition).await?;
                Err(error(ErrorKind::Unavailable))
            }
            Fault::None => self.put(task_id, definition).await,
        };
        if let Some((at, kill)) = self.kill.get()
            && call + 1 >= *at
        {
            kill.abort();
            pause().await;
        }
        answer
    }

    async fn put(&self, task_id: &TaskId, definition: &Node) -> Result<TaskStatus, SourceError> {
        let present = self.inner.definitions();
        for on in definition.get("dependencies").and_then(Node::as_list).unwrap() {
            let on = TaskId::new(on.as_str().unwrap());
            assert!(on == decision() || present.contains_key(&on), "created before what it depends on");
        }
        self.inner.create_task(task_id, definition).await
    }
}

/// Lets others have their turn.
async fn pause() {
    let mut is_first = true;
    poll_fn(|context| {
        if std::mem::take(&mut is_first) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(())
    })
    .await;
}

impl<F: Fn(usize, &TaskId) -> Fault + Send + Sync> Queue for FaultyQueue<F> {
    fn create_task<'a>(&'a self, task_id: &'a TaskId, definition: &'a Node) -> Answer<'a, TaskStatus> {
        Box::pin(self.create(task_id, definition))
    }

    fn task<'a>(&'a self, task_id: &'a TaskId) -> Answer<'a, Map> {
        self.inner.task(task_id)
    }

    fn tasks<'a>(&'a self, task_ids: &'a [TaskId]) -> Answer<'a, BTreeMap<TaskId, Map>> {
        self.inner.tasks(task_ids)
    }

    fn status<'a>(&'a self, task_id: &'a TaskId) -> Answer<'a, TaskStatus> {
        self.inner.status(task_id)
    }

    fn statuses<'a>(&'a self, task_ids: &'a [TaskId]) -> Answer<'a, BTreeMap<TaskId, TaskStatus>> {
        self.inner.statuses(task_ids)
    }

    fn list_group<'a>(&'a self, group: &'a TaskId) -> Answer<'a, Vec<TaskStatus>> {
        self.inner.list_group(group)
    }

    fn cancel<'a>(&'a self, task_id: &'a TaskId) -> Answer<'a, ()> {
        self.inner.cancel(task_id)
    }

    fn rerun<'a>(&'a self, task_id: &'a TaskId) -> Answer<'a, ()> {
        self.inner.rerun(task_id)
    }

    fn current_scopes(&self) -> Answer<'_, Vec<String>> {
        self.inner.current_scopes()
    }

    fn change_group_priority<'a>(&'a self, group: &'a TaskId, priority: &'a str) -> Answer<'a, usize> {
        self.inner.change_group_priority(group, priority)
    }

    fn expand_scopes<'a>(&'a self, scopes: &'a [String]) -> Answer<'a, Vec<String>> {
        self.inner.expand_scopes(scopes)
    }
}

const EDGES: &[(&str, &[&str])] =
    &[("image", &[]), ("build", &["image"]), ("test-1", &["build", "image"]), ("test-2", &["build"]), ("lint", &[])];

#[test]
fn tasks_are_created_in_order_with_group_scheduler_and_stamps() {
    let queue = FaultyQueue::new(|_, _| Fault::None);
    let created = create(&graph(EDGES), &queue, now()).unwrap();
    assert_eq!(created.tasks.len(), 5);
    let definition = &queue.inner.definitions()[&id("build")];
    let text = |key: &str| definition.get(key).and_then(Node::as_str).unwrap();
    assert_eq!(text("taskGroupId"), decision().as_str());
    assert_eq!(text("schedulerId"), "example-level-1");
    assert_eq!((text("created"), text("deadline")), ("2026-01-01T00:00:00.123Z", "2026-01-02T00:00:00.123Z"));
    let artifact = &definition.get("payload").unwrap().get("artifacts").unwrap().as_list().unwrap()[0];
    assert_eq!(artifact.get("expires").and_then(Node::as_str), Some("2026-01-08T00:00:00.123Z"));
    assert_eq!(definition.get("dependencies").unwrap().as_list().unwrap().len(), 1);
    let root = queue.inner.definitions()[&id("image")].clone();
    assert_eq!(root.get("dependencies"), Some(&[decision().as_str()].into_iter().collect()));
}

#[test]
fn a_dependency_outside_the_graph_does_not_replace_the_decision() {
    let mut outside = task("a", &[]);
    outside.definition.insert("dependencies", ["replaced"].into_iter().collect::<Node>());
    let graph: TaskGraph<TaskId> = [(id("a"), Arc::new(outside))].into_iter().collect();
    let queue = MemoryQueue::default();
    create(&graph, &queue, now()).unwrap();
    let definition = &queue.definitions()[&id("a")];
    assert_eq!(definition.get("dependencies"), Some(&["replaced", decision().as_str()].into_iter().collect()));
}

#[test]
fn so_many_are_under_way_at_once_and_no_more() {
    let names: Vec<String> = (0..40).map(|at| format!("t{at}")).collect();
    let edges: Vec<(&str, &[&str])> = names.iter().map(|name| (name.as_str(), &[][..])).collect();
    let queue = FaultyQueue::new(|_, _| Fault::None);
    create_some(&graph(&edges), &queue, now(), 7).unwrap();
    assert_eq!(queue.most_under_way.load(Ordering::SeqCst), 7);
}

#[test]
fn duplicates_are_tasks_of_their_own() {
    let mut doubled = task("a", &[]);
    doubled.attributes.insert("task_duplicates", 3);
    let graph: TaskGraph<TaskId> = [(id("a"), Arc::new(doubled))].into_iter().collect();
    let queue = MemoryQueue::default();
    assert_eq!(create(&graph, &queue, now()).unwrap().tasks.len(), 3);
    let again = create(&graph, &queue, now() + TimeDelta::hours(1)).unwrap();
    assert_eq!(labels(&again.tasks, How::Adopted).len(), 3);
    assert_eq!(queue.definitions().len(), 3);
}

#[test]
fn a_run_killed_after_some_tasks_and_repeated_ends_with_the_same_tasks() {
    let expected: BTreeSet<TaskId> = EDGES.iter().map(|(label, _)| id(label)).collect();
    for after in 1..=5 {
        let (graph, decision, clock) = (graph(EDGES), decision(), FixedClock(now()));
        let creation = Creation {
            graph: &graph,
            decision_task_id: &decision,
            scheduler_id: "example-level-1",
            pace: Pace { at_once: 1, ..Pace::default() },
        };
        let queue = FaultyQueue::new(|_, _| Fault::None);
        let (run, kill) = abortable(create_tasks(&creation, &queue, &clock));
        assert!(queue.kill.set((after, kill)).is_ok());
        assert!(block_on(run).is_err(), "it was killed");
        assert_eq!(queue.inner.definitions().len(), after);
        let again = create(&graph, &queue.inner, now() + TimeDelta::hours(2)).unwrap();
        assert_eq!(labels(&again.tasks, How::Adopted).len(), after);
        assert_eq!(queue.inner.definitions().into_keys().collect::<BTreeSet<_>>(), expected);
    }
}

#[test]
fn a_lost_answer_is_no_failure() {
    let queue = FaultyQueue::new(|call, _| if call == 1 { Fault::LostAnswer } else { Fault::None });
    assert_eq!(create(&graph(EDGES), &queue, now()).unwrap().tasks.len(), 5);
}

#[test]
fn a_rejected_task_is_told_with_its_dependents_and_the_others_are_created() {
    for status in [400, 403, 409] {
        let build = id("build");
        let queue = FaultyQueue::new(|_, id| if *id == build { Fault::Refused(status) } else { Fault::None });
        let Err(Error::Incomplete(incomplete)) = create(&graph(EDGES), &queue, now()) else { panic!("{status}") };
        assert_eq!(incomplete.done.len(), 2);
        assert!(!incomplete.is_unavailable());
        let told = incomplete.diagnostics().0;
        assert!(told[0].message.starts_with(&format!("task `build` ({build}) could not be created: queue: PUT")));
        assert!(told[0].help.is_some());
        assert_eq!(told[1].message, "2 tasks were not created because they depend on `build`");
        assert_eq!(told[1].tasks.iter().collect::<Vec<_>>(), ["test-1", "test-2"]);
    }
}

/// Tasks that do not depend on one another.
fn loose(count: usize) -> TaskGraph<TaskId> {
    let names: Vec<String> = (0..count).map(|at| format!("t{at:02}")).collect();
    let edges: Vec<(&str, &[&str])> = names.iter().map(|name| (name.as_str(), &[][..])).collect();
    graph(&edges)
}

#[test]
fn a_queue_that_is_gone_is_not_asked_for_every_task() {
    let queue = FaultyQueue::new(|call, _| if call >= 1 { Fault::Unreachable } else { Fault::None });
    let Err(Error::Incomplete(incomplete)) = create_some(&loose(10), &queue, now(), 1) else { panic!() };
    assert!(incomplete.is_unavailable());
    assert_eq!((incomplete.done.len(), incomplete.rejected.len(), incomplete.left.len()), (1, 3, 6));
    assert!(incomplete.left.iter().all(|left| left.why == Why::Stopped(Stopped::Unanswered)));
    let told = incomplete.diagnostics().0;
    assert_eq!(told.last().unwrap().message, "6 tasks were not created because the queue stopped answering");
    assert_eq!(told.last().unwrap().tasks.len(), 6);
}

#[test]
fn a_task_that_the_queue_stumbles_over_keeps_no_other_from_being_created() {
    let bad = id("t03");
    let queue = FaultyQueue::new(|_, id| if *id == bad { Fault::Unreachable } else { Fault::None });
    let Err(Error::Incomplete(incomplete)) = create_some(&loose(10), &queue, now(), 1) else { panic!() };
    assert_eq!((incomplete.done.len(), incomplete.rejected.len(), incomplete.left.len()), (9, 1, 0));
}

#[test]
fn a_run_that_takes_longer_than_it_may_ends_and_a_second_one_goes_on() {
    let (graph, decision, queue) = (loose(10), decision(), MemoryQueue::default());
    let pace = Pace { at_once: 1, within: TimeDelta::minutes(9) };
    let creation = Creation { graph: &graph, decision_task_id: &decision, scheduler_id: "s", pace };
    let Err(Error::Incomplete(incomplete)) = block_on(create_tasks(&creation, &queue, &Hurried::default())) else {
        panic!()
    };
    assert!(incomplete.is_unavailable(), "running it again helps");
    assert!(!incomplete.done.is_empty() && !incomplete.left.is_empty());
    assert!(incomplete.left.iter().all(|left| left.why == Why::Stopped(Stopped::Late)));
    let created = block_on(create_tasks(&creation, &queue, &FixedClock(now()))).unwrap();
    assert_eq!(labels(&created.tasks, How::Adopted).len(), incomplete.done.len());
    assert_eq!(queue.definitions().len(), 10);
}

#[test]
fn what_the_queue_does_not_take_is_told_before_anything_is_sent() {
    let large = |text: String| {
        let mut task = task("a", &[]);
        let payload = task.definition.get_mut("payload").unwrap();
        payload.as_map_mut().unwrap().insert("command", text);
        task
    };
    let dependencies: Vec<TaskId> = (0..10_000).map(|at| id(&format!("t{at}"))).collect();
    let mut routed = task("a", &[]);
    let routes: Node =
        (0..65).map(|at| if at == 0 { "r".repeat(250) } else { format!("r{at}") }).map(Node::new).collect();
    routed.definition.insert("routes", routes);
    for (task, expected) in [
        (large("a\0b".into()), vec!["a text holds the character U+0000, which the queue cannot store"]),
        (large("x".repeat(10 << 20)), vec!["the task is 10486"]),
        (large("\u{1f}".repeat((10 << 20) / 6)), vec!["the task is 10486"]),
        (task("a", &dependencies), vec!["the task depends on 10001 tasks; the queue takes at most 10000"]),
        (
            routed,
            vec![
                "the task has 65 routes; the queue takes at most 64",
                "a route has 250 characters; the queue takes at most 249",
            ],
        ),
    ] {
        let graph: TaskGraph<TaskId> = [(id("a"), Arc::new(task))].into_iter().collect();
        let queue = MemoryQueue::default();
        let Err(Error::Mistakes(mistakes)) = create(&graph, &queue, now()) else { panic!("{expected:?}") };
        let told: Vec<&str> = mistakes.0.iter().map(|mistake| mistake.message.as_str()).collect();
        assert_eq!(told.len(), expected.len(), "{told:?}");
        assert!(told.iter().zip(&expected).all(|(told, start)| told.starts_with(start)), "{told:?}");
        assert!(mistakes.0.iter().all(|mistake| mistake.tasks.contains("a") && mistake.help.is_some()));
        assert!(queue.definitions().is_empty());
    }
    let fits = large("\u{1f}".repeat(1 << 20));
    let graph: TaskGraph<TaskId> = [(id("a"), Arc::new(fits))].into_iter().collect();
    create(&graph, &MemoryQueue::default(), now()).unwrap();
}

/// Between the two runs another push's task has finished, and stands for the image now.
#[test]
fn a_task_is_the_same_whichever_task_was_found_for_what_it_depends_on() {
    let using = |image: &str, command: &str| {
        let mut task = task("a", &[id("b"), TaskId::new(image)]);
        let payload = task.definition.get_mut("payload").unwrap().as_map_mut().unwrap();
        payload.insert("image", format!("https://example.com/task/{image}/artifacts/public/image.tar.zst"));
        payload.insert("command", command);
        [(id("a"), Arc::new(task)), (id("b"), Arc::new(super::tests::task("b", &[])))].into_iter().collect()
    };
    let (first, second) = ("AAAAAAAAQAyAAAAAAAAAAA", "zzzzzzzzTzazzzzzzzzzzA");
    let queue = MemoryQueue::default();
    let earlier: TaskGraph<TaskId> = using(first, "a");
    create(&earlier, &queue, now()).unwrap();
    let created = create(&using(second, "a"), &queue, now() + TimeDelta::hours(1)).unwrap();
    assert_eq!(labels(&created.tasks, How::Adopted).len(), 2);
    let Err(Error::Incomplete(incomplete)) = create(&using(second, "b"), &queue, now()) else { panic!() };
    assert_eq!(incomplete.rejected[0].reason, Reason::Different(vec!["payload.command".into()]));
}

#[test]
fn clocks_that_differ_are_told_as_such() {
    let refused = |status, message: &str| {
        let kind = ErrorKind::Refused { status };
        Reason::Source(SourceError { service: "queue", request: "PUT".into(), message: message.into(), kind })
    };
    for reason in [
        refused(400, "`created` cannot be in the past (max 15min drift)"),
        refused(401, "the credentials were refused: Stale timestamp"),
    ] {
        assert!(reason.advice().starts_with("set the clock of this machine"), "{}", reason.advice());
    }
}

#[test]
fn another_task_of_the_same_id_is_refused() {
    let queue = MemoryQueue::default();
    create(&graph(EDGES), &queue, now()).unwrap();
    let mut other = task("lint", &[]);
    let payload = other.definition.get_mut("payload").unwrap();
    payload.as_map_mut().unwrap().insert("command", "other");
    payload.as_map_mut().unwrap().insert("env", "new");
    let graph: TaskGraph<TaskId> = [(id("lint"), Arc::new(other))].into_iter().collect();
    let Err(Error::Incomplete(incomplete)) = create(&graph, &queue, now()) else { panic!() };
    assert_eq!(incomplete.rejected[0].reason, Reason::Different(vec!["payload.command".into(), "payload.env".into()]));
}

#[test]
fn what_the_queue_fills_in_or_spells_otherwise_is_no_difference() {
    let graph = graph(&[("a", &[])]);
    let queue = MemoryQueue::default();
    create(&graph, &queue, now()).unwrap();
    let mut stored = queue.definitions()[&id("a")].as_map().unwrap().clone();
    stored.extend([
        ("taskQueueId", "p/w"),
        ("priority", "highest"),
        ("requires", "all-completed"),
        ("projectId", "none"),
        ("created", "2026-01-01T01:00:00.123+01:00"),
        ("expires", "2027-01-02T00:00:00.123Z"),
    ]);
    let empty = || Node::new(vec![]);
    stored.extend([("retries", Node::new(5)), ("scopes", empty()), ("routes", empty()), ("tags", Node::empty_map())]);
    let status = block_on(queue.status(&id("a"))).unwrap();
    queue.put(status, Node::new(stored));
    let again = create(&graph, &queue, now() + TimeDelta::days(3)).unwrap();
    assert_eq!(again.tasks[0].how, How::Adopted);
}

#[test]
fn nothing_is_created_of_a_graph_that_cannot_be() {
    let queue = MemoryQueue::default();
    let circle = graph(&[("a", &["b"]), ("b", &["c"]), ("c", &["b"]), ("d", &[])]);
    let Err(Error::Circle(labels)) = create(&circle, &queue, now()) else { panic!() };
    assert_eq!(labels.iter().map(Label::as_str).collect::<BTreeSet<_>>(), ["b", "c"].into());
    let mut untimely = task("a", &[]);
    untimely.definition.insert("deadline", relative("soon"));
    let untimely = [(id("a"), Arc::new(untimely)), (id("b"), Arc::new(task("b", &[])))].into_iter().collect();
    let Err(Error::Mistakes(mistakes)) = create(&untimely, &queue, now()) else { panic!() };
    assert_eq!(mistakes.0[0].tasks.iter().collect::<Vec<_>>(), ["a"]);
    assert!(queue.definitions().is_empty());
}

#[test]
fn a_dry_run_gives_definitions_dependencies_first() {
    let (graph, decision) = (graph(EDGES), decision());
    let creation = Creation { graph: &graph, decision_task_id: &decision, scheduler_id: "s", pace: Pace::default() };
    let definitions = definitions(&creation, now()).unwrap();
    let place = |label: &str| definitions.iter().position(|(other, _)| *other == id(label)).unwrap();
    assert!(place("image") < place("build") && place("build") < place("test-1"));
    let created = definitions[0].1.get("created").and_then(Node::as_str);
    assert_eq!(created, Some("2026-01-01T00:00:00.123Z"));
}

/// A clock that is two minutes further each time it is looked at.
#[derive(Default)]
struct Hurried(AtomicUsize);

impl Clock for Hurried {
    fn now(&self) -> DateTime<Utc> {
        let looks = self.0.fetch_add(1, Ordering::SeqCst);
        now() + TimeDelta::minutes(2 * i64::try_from(looks).unwrap())
    }
}

#[test]
fn stamps_are_renewed_in_a_run_that_takes_long() {
    let (graph, decision, queue) = (graph(EDGES), decision(), MemoryQueue::default());
    let creation = Creation {
        graph: &graph,
        decision_task_id: &decision,
        scheduler_id: "s",
        pace: Pace { at_once: 1, ..Pace::default() },
    };
    block_on(create_tasks(&creation, &queue, &Hurried::default())).unwrap();
    let stamps = queue.definitions();
    let created: BTreeSet<&str> = stamps.values().map(|task| task.get("created").unwrap().as_str().unwrap()).collect();
    assert_eq!(created.len(), 4, "the first two are young enough: {created:?}");
}

fn random_graph() -> impl Strategy<Value = TaskGraph<TaskId>> {
    prop::collection::vec(prop::collection::vec(any::<prop::sample::Index>(), 0..3), 1..12).prop_map(|tasks| {
        let label = |at: usize| format!("t{at}");
        let one = |(at, on): (usize, &Vec<prop::sample::Index>)| {
            let on: BTreeSet<usize> = on.iter().filter(|_| at > 0).map(|on| on.index(at.max(1))).collect();
            let on: Vec<TaskId> = on.into_iter().map(|on| id(&label(on))).collect();
            (id(&label(at)), Arc::new(task(&label(at), &on)))
        };
        tasks.iter().enumerate().map(one).collect()
    })
}

fn fault() -> impl Strategy<Value = Fault> {
    prop_oneof![
        4 => Just(Fault::None),
        1 => Just(Fault::LostAnswer),
        1 => Just(Fault::Unreachable),
        1 => Just(Fault::Refused(500)),
        1 => Just(Fault::Refused(409)),
    ]
}

proptest! {
    #[test]
    fn whatever_fails_repeating_ends_with_every_task_once(
        graph in random_graph(),
        faults in prop::collection::vec(fault(), 0..30),
        at_once in 1..6_usize,
    ) {
        let queue = FaultyQueue::new(|call, _| faults.get(call).copied().unwrap_or(Fault::None));
        let mut runs = 0;
        let created = loop {
            // Each run takes place at another time.
            match create_some(&graph, &queue, now() + TimeDelta::hours(runs), at_once) {
                Ok(created) => break created,
                Err(Error::Incomplete(incomplete)) => {
                    let told = incomplete.done.len() + incomplete.missing();
                    prop_assert_eq!(told, graph.len());
                    let there = queue.inner.definitions();
                    prop_assert!(incomplete.done.iter().all(|task| there.contains_key(&task.task_id)));
                }
                Err(other) => return Err(TestCaseError::fail(other.to_string())),
            }
            runs += 1;
            prop_assert!(runs < 40);
        };
        prop_assert_eq!(created.tasks.len(), graph.len());
        let there: Vec<TaskId> = queue.inner.definitions().into_keys().collect();
        prop_assert_eq!(there.iter().collect::<Vec<_>>(), graph.keys().collect::<Vec<_>>());
    }
}
