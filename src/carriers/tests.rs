//! What is found where.

use super::*;
use crate::model::{Priority, Rebuild};
use crate::sources::checkout::MemoryCheckout;
use crate::sources::repository::MemoryRepository;

const ALL: [CarrierName; 5] =
    [CarrierName::HgExtras, CarrierName::Note, CarrierName::Trailers, CarrierName::TryLine, CarrierName::TryTaskConfig];

/// A push with a message, and the carriers that count.
struct World {
    repository: MemoryRepository,
    files: Vec<(&'static str, String)>,
    config: TryConfig,
    allow_parameter_override: bool,
}

impl World {
    fn new(message: &str, carriers: &[CarrierName]) -> Self {
        Self {
            repository: MemoryRepository { commit_message: message.into(), ..MemoryRepository::default() },
            files: Vec::new(),
            config: TryConfig { carriers: carriers.to_vec(), ..TryConfig::default() },
            allow_parameter_override: false,
        }
    }

    fn find(&self) -> Result<Carried, String> {
        let files = Files::default();
        let push = Push {
            repository: &self.repository,
            checkout: &MemoryCheckout::new(self.files.iter().map(|(name, text)| (*name, text.as_str()))),
            files: &files,
            head_repository: "https://example.com/try",
            project: "try",
            file: None,
            allow_parameter_override: self.allow_parameter_override,
            config: &self.config,
        };
        find(&push).map_err(|error| error.to_string())
    }

    fn request(&self) -> TryTaskConfig {
        self.find().unwrap().by.expect("something is carried").1.request.expect("it asks for something")
    }
}

#[test]
fn trailers_say_everything() {
    let world = World::new(
        "Bug 1: a change\n\nWhy.\n\nTry-Query: kind(test)\n  & ~linux\ntry-query: ~mac\nTry-Labels: a, b c\nTry-Fuzzy: x y\n\
         Try-Args: --verbose 'a b'\nTry-Args: [~xpcshell[0-9]] --debug\nTry-Env: A=b\nTry-Rebuild: 3\nTry-Priority: low\n\
         Try-Worker: t-linux=t-linux-large\nTry-No-Retry: yes\nTry-Optimize: no\nTry-Paths: layout/ dom/a.html\n\
         Try-Input: tag=net\nTry-Input: gecko-profile\nTry-Route: notify.email.x\n",
        &ALL,
    );
    let request = world.request();
    assert_eq!(request.selects.query.as_deref(), Some("(kind(test) & ~linux) | (~mac)"));
    assert_eq!(request.selects.tasks.as_deref(), Some(&["a", "b", "c"].map(str::to_owned)[..]));
    assert_eq!((&request.selects.fuzzy[..], request.changes.no_retry), (&["x y".to_owned()][..], true));
    assert_eq!(request.changes.arguments, ["--verbose", "a b"]);
    assert_eq!((request.changes.rebuild, request.changes.priority), (Some(Rebuild::All(3)), Some(Priority::Low)));
    assert_eq!(request.changes.optimize, Some(false));
    assert_eq!(request.changes.paths, ["layout/", "dom/a.html"]);
    assert_eq!(request.changes.inputs["tag"].as_str(), Some("net"));
    assert_eq!((request.for_some[0].tasks.as_str(), request.for_some.len()), ("~xpcshell[0-9]", 1));
    assert_eq!(request.for_some[0].changes.arguments, ["--debug"]);
}

#[test]
fn what_is_written_as_trailers_reads_back() {
    let message = "Try-Labels: a, b\nTry-Query: ~x\nTry-Args: 'a b' \"it's\"\nTry-Env: A='b c'\nTry-Paths: layout/\n\
                   Try-Rebuild: 2\nTry-Priority: lowest\nTry-Worker: a=b\nTry-No-Retry: yes\nTry-Optimize: yes\n\
                   Try-Route: r\nTry-Input: tag=\"x\"\nTry-Args: [kind(test)] --verbose\n";
    let request = World::new(message, &ALL).request();
    let Load::Message(written) = write(CarrierName::Trailers, &request).unwrap() else { panic!() };
    assert_eq!(World::new(&format!("Subject\n\n{written}\n"), &ALL).request(), request);
    // So it does by every carrier that can say it.
    let mut world = World::new("Subject", &ALL);
    let Load::Extra { key, value } = write(CarrierName::HgExtras, &request).unwrap() else { panic!() };
    world.repository.extras.insert(key.into(), value);
    assert_eq!(world.request(), request);
    let Load::Note { content, .. } = write(CarrierName::Note, &request).unwrap() else { panic!() };
    world.repository.note = Some(content);
    assert_eq!(world.request(), request);
    let Load::File { name, content } = write(CarrierName::TryTaskConfig, &request).unwrap() else { panic!() };
    world.files.push((name, content));
    assert_eq!(world.request(), request);
    assert_eq!(write(CarrierName::TryLine, &request).unwrap_err(), "it is one line of try syntax and no more");
    let line = World::new("A\n\ntry: -b o -p linux64", &ALL).request();
    assert_eq!(write(CarrierName::TryLine, &line), Ok(Load::Message("try: -b o -p linux64".into())));
}

#[test]
fn trailers_that_mean_nothing_are_refused() {
    let refused = |message: &str| World::new(message, &ALL).find().unwrap_err();
    assert_eq!(refused("Try-Querry: a"), "`Try-Querry` is nothing that a push can ask for");
    assert_eq!(refused("Try-Rebuild: 0"), "`Try-Rebuild`: expected a whole number from 1 on, found `0`");
    assert_eq!(refused("Try-Env: A"), "`Try-Env`: expected `NAME=value`, found `A`");
    assert_eq!(refused("Try-Args: [a --b"), "`Try-Args`: `[` is not closed");
    assert_eq!(refused("Try-No-Retry: maybe"), "`Try-No-Retry`: expected `yes` or `no`, found `maybe`");
    assert!(refused("Try-Priority: urgent").starts_with("`Try-Priority`: "), "{}", refused("Try-Priority: urgent"));
}

#[test]
fn the_first_carrier_counts_and_the_others_are_told() {
    let mut world = World::new("A\n\ntry: -b o\nTry-Query: ~a\n", &ALL);
    let by = |world: &World| world.find().unwrap().by.unwrap().0;
    assert_eq!(by(&world), CarrierName::Trailers);
    world.repository.extras.insert(HG_EXTRA.into(), r#"{"query": "~b"}"#.into());
    assert_eq!(by(&world), CarrierName::HgExtras);
    world.repository.note = Some(r#"{"try_task_config": {"query": "~c"}}"#.into());
    assert_eq!(by(&world), CarrierName::Note);
    world.files.push((TRY_TASK_CONFIG_FILE, r#"{"version": 1, "tasks": ["d"]}"#.into()));
    let carried = world.find().unwrap();
    assert_eq!(carried.by.unwrap().0, CarrierName::TryTaskConfig);
    assert_eq!(carried.notes.len(), 4);
    assert!(carried.notes[0].ends_with("counts alone: the note `refs/notes/decision-parameters` is not looked at"));
}

#[test]
fn carriers_count_only_where_they_may() {
    let mut world = World::new("A\n\ntry: -b o\nTry-Query: ~a\n", &[CarrierName::TryTaskConfig]);
    let carried = world.find().unwrap();
    assert_eq!((carried.by, carried.notes.len()), (None, 2));
    assert!(
        carried.notes[0].starts_with("the commit message's `Try-…:` lines is not honoured here"),
        "{:?}",
        carried.notes
    );
    world.config = TryConfig::default();
    assert_eq!(world.find().unwrap(), Carried::default());
    let elsewhere = TryConfig { projects: Some(vec!["other".into()]), carriers: ALL.to_vec(), ..TryConfig::default() };
    world.config = elsewhere;
    assert_eq!(world.find().unwrap().by, None);
}

#[test]
fn parameters_are_overridden_only_where_the_decision_allows_it() {
    let mut world = World::new("A", &ALL);
    world.files.push((
        TRY_TASK_CONFIG_FILE,
        r#"{"version": 2, "parameters": {"level": "3", "try_mode": "x", "try_task_config": {"tasks": ["a"]}}}"#.into(),
    ));
    let refused = world.find().unwrap_err();
    assert_eq!(refused, "cannot read `try_task_config.json`: parameter `level` may not be overridden here");
    world.allow_parameter_override = true;
    let carried = world.find().unwrap();
    let parameters = carried.to_parameters();
    let found = carried.by.unwrap().1;
    assert_eq!(found.parameters.keys().collect::<Vec<_>>(), ["level"]);
    assert_eq!(found.request.as_ref().unwrap().selects.tasks.as_ref().unwrap().len(), 1);
    assert_eq!(parameters.get("optimize_target_tasks").and_then(Node::as_bool), Some(false));
    world.config = TryConfig::default();
    let found = world.find().unwrap().by.unwrap().1;
    assert_eq!(found.parameters.keys().collect::<Vec<_>>(), ["level"], "the flag allows what the section does");
    assert!(found.request.is_some());
}

#[test]
fn long_messages_and_other_encodings_have_rules() {
    let long = format!("A\n\nTry-Query: ~a\n{}", "x".repeat(LONGEST_MESSAGE));
    assert!(World::new(&long, &ALL).find().unwrap_err().starts_with("the commit message has 1048"));
    assert_eq!(World::new(&long, &[CarrierName::Note]).find().unwrap_err().matches("bytes").count(), 1);
    let nearly = format!("A\n\nTry-Query: ~a\n{}", "x".repeat(LONGEST_MESSAGE - 100));
    assert_eq!(World::new(&nearly, &ALL).request().selects.query.as_deref(), Some("~a"));
}
