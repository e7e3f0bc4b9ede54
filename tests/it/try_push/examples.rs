//! What the people who wanted `mach try` to be better asked for, on two platforms that chunk differently: reftests are
//! two chunks on linux and one task on windows.

use super::{TRY, run};
use crate::support::Tree;

/// A tree of builds and tests.
fn tree() -> Tree {
    let tree = Tree::small();
    let config = std::fs::read_to_string(tree.path().join("taskcluster/config.yml")).expect("it is there");
    let head = "task-defaults:
    worker-type: b-linux
    worker: {docker-image: debian:12, max-run-time: 600}
    run: {using: run-task, checkout: false, command: 'true'}
    run-on-projects: [all]
tasks:
";
    let (mut builds, mut tests) = (head.to_owned(), head.replace("tasks:", "kind-dependencies: [build]\ntasks:"));
    for (platform, chunks) in [("linux", &["1", "2"][..]), ("windows", &[])] {
        for build_type in ["opt", "debug"] {
            let attributes = format!("build_platform: {platform}, build_type: {build_type}");
            builds += &format!("    {platform}-{build_type}: {{description: x, attributes: {{{attributes}}}}}\n");
            let build = format!("dependencies: {{build: build-{platform}-{build_type}}}");
            let mut test = |suite: &str, chunk: Option<&str>, paths: &str| {
                let (name, chunk) = match chunk {
                    Some(chunk) => (format!("{suite}-{chunk}"), format!(", test_chunk: '{chunk}'")),
                    None => (suite.to_owned(), String::new()),
                };
                let more = format!("unittest_try_name: {suite}, test_platform: {platform}/{build_type}{chunk}");
                tests += &format!(
                    "    {platform}-{build_type}-{name}: {{description: x, {build}, attributes: {{{attributes}, {more}, \
                     test_paths: [{paths}]}}}}\n"
                );
            };
            for chunk in chunks {
                test("reftest", Some(chunk), "layout/");
            }
            if chunks.is_empty() {
                test("reftest", None, "layout/");
            }
            test("xpcshell", None, "netwerk/");
        }
    }
    tree.file("taskcluster/config.yml", &(config + TRY))
        .file("taskcluster/kinds/build/kind.yml", &builds)
        .file("taskcluster/kinds/test/kind.yml", &tests)
        .committed()
}

fn selected(arguments: &[&str]) -> Vec<String> {
    let shown = run(&tree(), &[arguments, &["--no-push"]].concat()).run().ends_with(0).stdout();
    let lines = shown.lines().skip_while(|line| !line.starts_with("Selected:")).skip(1);
    lines.map_while(|line| line.strip_prefix("    ")).map(str::to_owned).collect()
}

const BUILDS: [&str; 4] = ["build-linux-debug", "build-linux-opt", "build-windows-debug", "build-windows-opt"];

/// `mach try -b -do -p windows,linux layout`: both builds on both, and the tests under `layout`, as each chunks them.
#[test]
fn tests_under_a_directory() {
    let tests = [
        "test-linux-debug-reftest-1",
        "test-linux-opt-reftest-1",
        "test-windows-debug-reftest",
        "test-windows-opt-reftest",
    ];
    let expected = [&BUILDS[..], &tests].concat();
    assert_eq!(selected(&["syntax", "-b -do -p windows,linux", "layout"]), expected);
    assert_eq!(selected(&["paths", "layout"]), tests);
    let on_one = [&BUILDS[3..], &tests[3..]].concat();
    assert_eq!(selected(&["syntax", "-b o -p windows", "layout/"]), on_one);
}

/// "I can't think of a way to say run reftest-1 where it exists, or just reftest if it doesn't."
#[test]
fn the_first_chunk_where_there_are_chunks() {
    let query = "suite(reftest) & platform(*/opt) & (attr(test_chunk, 1) | !attr(test_chunk))";
    assert_eq!(selected(&["query", query]), ["test-linux-opt-reftest-1", "test-windows-opt-reftest"]);
}

/// `{"Linux build": ["reftest-1"], "Windows build": ["reftest"]}`: the exact tasks, by label.
#[test]
fn a_list_of_labels() {
    let labels = ["labels", "test-linux-opt-reftest-1", "test-windows-opt-reftest", "build-linux-*"];
    let expected = ["build-linux-debug", "build-linux-opt", "test-linux-opt-reftest-1", "test-windows-opt-reftest"];
    assert_eq!(selected(&labels), expected);
}

/// "An expression in the query language would" work, and a search as well.
#[test]
fn an_expression() {
    assert_eq!(
        selected(&["query", "rdeps(build-windows-opt) - suite(xpcshell)"]),
        ["build-windows-opt", "test-windows-opt-reftest"]
    );
    assert_eq!(selected(&["fuzzy", "win 'opt !xpc"]), ["build-windows-opt", "test-windows-opt-reftest"]);
}
