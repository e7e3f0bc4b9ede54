//! Where parameters come from, and several sets of them at once.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use super::{Left, Variable, both, both_succeed, checkout, commit, each, served, write};
use crate::reference::artifacts::Files;
use crate::reference::programs::Checkout;

/// A decision whose parameters are asked for.
const DECISION: &str = "DDDDDDDDQDCDDDDDDDDDDA";

fn parameters(checkout: &Checkout, name: &str) -> String {
    std::fs::read_to_string(checkout.path().join("parameters").join(name)).expect("it is there")
}

#[test]
fn a_file_is_yaml_or_json() {
    let checkout = checkout("targets");
    let push = parameters(&checkout, "push.yml");
    let document: serde_json::Value = serde_yaml::from_str(&push).expect("it is YAML");
    write(&checkout, "as json.json", &document.to_string());
    write(&checkout, "some.yml", "level: '3'\nproject: other\n");
    commit(&checkout, "Parameters");
    let of = |spec: &str| {
        let arguments = ["target", "-J", "-p", spec];
        let ours = super::left(&super::Program::Ours, &checkout, &arguments, &[]);
        assert_eq!(ours, super::left(&super::REFERENCE, &checkout, &arguments, &[]), "{spec}");
        assert_eq!(ours.code, Some(0), "{spec}");
        ours
    };
    assert_eq!(of("as json.json"), of("parameters/push.yml"));
    assert_ne!(of("some.yml"), of("parameters/push.yml"));
    let absolute = checkout.path().join("parameters/push.yml").display().to_string();
    assert_eq!(of(&absolute), of(&format!("file://{absolute}")));
}

/// A decision's parameters in a Taskcluster: by its id, by its project, by an index path. `variables` name the server.
fn of_a_decision(variables: &[&str]) {
    let checkout = checkout("targets");
    let (taskcluster, root_url) = served();
    taskcluster.start_task(DECISION, DECISION);
    let content = parameters(&checkout, "pull-request.yml").into_bytes();
    taskcluster.finish_task(DECISION, &Files::from([("artifacts/parameters.yml".to_owned(), (content, 0o644))]));
    taskcluster.index_task("example.v2.there.latest.taskgraph.decision", DECISION);
    let environment: Vec<Variable<'_>> = variables.iter().map(|name| (*name, root_url.as_str())).collect();
    let expected = both_succeed(&checkout, "full -J -p parameters/pull-request.yml", &environment);
    let index = "index=example.v2.there.latest.taskgraph.decision";
    for spec in [&format!("task-id={DECISION}"), "project=there", index] {
        for subcommand in ["full -J", "kind-graph"] {
            let left = both_succeed(&checkout, &format!("{subcommand} -p {spec}"), &environment);
            assert!(subcommand == "kind-graph" || left == expected, "{spec}");
        }
    }
    let several = format!("full -J -p project=there -p task-id={DECISION} -o out.json");
    let left = both_succeed(&checkout, &several, &environment);
    let names = [format!("out_task-id={DECISION}.json"), "out_project=there.json".to_owned()];
    assert!(names.iter().all(|name| left.files[name] == expected.stdout), "{left:?}");
    both(&checkout, "actions -p project=there", &environment);
    for missing in ["project=nowhere", "index=no.where", "task-id=FFFFFFFFQFCFFFFFFFFFFA"] {
        assert_eq!(both(&checkout, &format!("full -p {missing}"), &environment).code, Some(1), "{missing}");
    }
}

#[test]
fn parameters_of_a_decision() {
    of_a_decision(&["TASKCLUSTER_ROOT_URL"]);
}

#[test]
fn parameters_of_a_decision_by_the_proxy() {
    // The reference wants both: it fetches artifacts without the proxy.
    of_a_decision(&["TASKCLUSTER_PROXY_URL", "TASKCLUSTER_ROOT_URL"]);
}

/// A server that gives `text` to whoever asks.
fn serve(text: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("it has an address");
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut request = [0; 4096];
            // Nobody is told what is wrong with a request; the test's own assertions do that.
            let _ = stream.read(&mut request);
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", text.len());
            let _ = stream.write_all((head + &text).as_bytes());
        }
    });
    format!("http://{address}")
}

#[test]
fn parameters_of_a_url() {
    let checkout = checkout("targets");
    let url = serve(parameters(&checkout, "push.yml"));
    let expected = both_succeed(&checkout, "target -J -p parameters/push.yml", &[]);
    assert_eq!(both_succeed(&checkout, &format!("target -J -p {url}/a/push.yml"), &[]), expected);
    let left = both_succeed(&checkout, &format!("target -J -p {url}/a/p.yml?x=1.yml -p {url}/q.yml -o t.json"), &[]);
    assert_eq!(left.files.len(), 2, "{left:?}");
    assert_eq!(both(&checkout, &format!("target -p {url}/push.txt"), &[]).code, Some(1));
}

/// What several sets print, in an order that says nothing: the reference prints them as they are done.
fn sorted(left: &Left) -> Vec<String> {
    let mut parts: Vec<String> = left.stdout.split("\n\n").map(str::to_owned).collect();
    parts.sort();
    parts
}

#[test]
fn several_sets_are_worked_on_at_once() {
    let checkout = checkout("targets");
    let one_by_one: BTreeMap<&str, String> = ["push", "pull-request"]
        .map(|name| (name, both_succeed(&checkout, &format!("target -J -p parameters/{name}.yml"), &[]).stdout))
        .into();
    for workers in ["", "-j 1", "--max-workers=7"] {
        let line = format!("target -J -p parameters/push.yml -p parameters/pull-request.yml {workers}");
        let (ours, theirs) = each(&checkout, &line, &[]);
        assert_eq!((ours.code, theirs.code), (Some(0), Some(0)), "{line}");
        assert_eq!(sorted(&ours), sorted(&theirs), "{line}");
        assert_eq!(ours.stdout, format!("{}{}", one_by_one["push"], one_by_one["pull-request"]), "in their order");
    }
}

#[test]
fn several_sets_go_to_files_of_their_names() {
    let checkout = checkout("targets");
    let files = |line: &str| both_succeed(&checkout, &format!("target -J {line}"), &[]).files;
    let both_sets = "-p parameters/push.yml -p parameters/pull-request.yml";
    let names = |files: &BTreeMap<String, String>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&files(&format!("{both_sets} -o out.json"))), ["out_pull-request.json", "out_push.json"]);
    assert_eq!(names(&files(&format!("{both_sets} -o a.b"))), ["a_pull-request.b", "a_push.b"]);
    assert_eq!(names(&files(&format!("{both_sets} -o .out"))), [".out_pull-request", ".out_push"]);
    assert_eq!(names(&files(&format!("{both_sets} -o x-{{params}}-y"))), ["x-pull-request-y", "x-push-y"]);
    assert_eq!(names(&files(&format!("{both_sets} -o {{{{{{params}}}}}}"))), ["{pull-request}", "{push}"]);
    assert_eq!(names(&files("-p parameters/push.yml -o out-{params}.json")), ["out-defaults.json"]);
    assert_eq!(names(&files("-o out.json -p parameters/push.yml")), ["out.json"]);
    let of_folder = files("-p parameters -o out.json --tasks .*");
    assert!(of_folder.len() > 2 && of_folder.contains_key("out_push.json"), "{of_folder:?}");
    assert_eq!(of_folder, files("-p parameters -p parameters -o out.json --tasks .*"), "later ones of a name win");
}

/// The others are made all the same; the reference writes the traceback where the graph should be.
#[test]
fn one_set_that_fails_is_the_only_one() {
    let checkout = checkout("hello");
    write(&checkout, "wrong.yml", "level: '3'\nfiles_changed: 7\n");
    commit(&checkout, "Wrong parameters");
    let (ours, theirs) = each(&checkout, "full -p wrong.yml -p parameters/push.yml -o out", &[]);
    assert_eq!((ours.code, theirs.code), (Some(1), Some(1)));
    assert_eq!(ours.files.keys().collect::<Vec<_>>(), ["out_push"]);
    assert_eq!(ours.files["out_push"], theirs.files["out_push"]);
    assert!(theirs.files["out_wrong"].starts_with("concurrent.futures"), "{theirs:?}");
}

/// The reference prints nothing and is content.
#[test]
fn a_folder_without_parameters_is_refused() {
    let checkout = checkout("hello");
    let (ours, theirs) = each(&checkout, "full -p taskcluster/kinds", &[]);
    assert_eq!((ours.code, theirs.code), (Some(1), Some(0)));
}

/// The reference computes the list and gives it to a parameter of another name.
#[test]
fn local_changes_count_if_they_are_asked_for() {
    let checkout = checkout("changed-files");
    write(&checkout, "README.md", "Before.\n");
    commit(&checkout, "A file");
    write(&checkout, "README.md", "Changed.\n");
    let line = "optimized -L -p parameters/rust.yml";
    let plain = both(&checkout, line, &[]);
    let (ours, theirs) = each(&checkout, &format!("{line} --force-local-files-changed"), &[]);
    assert_eq!(theirs, plain);
    assert_ne!(ours, plain, "other files have changed than the parameters say");
    // Without parameters they are those of the checkout anyway.
    let (ours, theirs) = each(&checkout, "optimized -L --force-local-files-changed", &[]);
    assert_eq!(ours, theirs);
}
