//! Every tree × parameters × phase.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::index::Taskcluster;
use super::normal::{explain, unstable_paths, with_labels_for_ids, without};
use super::programs::{Checkout, Program, copy};

/// The phases, and whether their tasks are named by task id. (`target-graph` is what `target` and `optimized`
/// bracket.)
const PHASES: [(&str, bool); 4] = [("full", false), ("target", false), ("optimized", true), ("morphed", true)];

/// The hash seeds the reference is run with to find out what it keeps stable: the first few always, the others
/// only where those do not explain a difference.
const SEEDS: [u32; 8] = [0, 1, 2, 3, 4, 5, 6, 7];
const FIRST_SEEDS: usize = 2;

/// A tree with its parameter sets.
struct Case {
    tree: PathBuf,
    root: &'static str,
    parameters: Vec<PathBuf>,
}

fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn sorted(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).unwrap_or_else(|error| panic!("{}: {error}", directory.display()));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths
}

/// One comparison: ours against the reference's, for one phase of one tree under one parameter set.
fn compare(
    checkout: &Checkout,
    case: &Case,
    parameters: &Path,
    phase: (&str, bool),
    environment: &[(&str, &str)],
) -> Result<(), String> {
    let (phase, by_id) = phase;
    let arguments = [phase, "-J", "-r", case.root, "-p", parameters.to_str().expect("UTF-8 paths")];
    let output = Program::Ours.run(checkout, &arguments, environment);
    let title = format!("{} {} {phase}", case.tree.display(), parameters.display());
    if !output.status.success() {
        return Err(format!("{title}: ours failed:\n{}", String::from_utf8_lossy(&output.stderr)));
    }
    let ours = String::from_utf8(output.stdout).expect("output is UTF-8");
    let run = |seed: &u32| Program::Reference { seed: *seed }.output(checkout, &arguments, environment);
    let (first, others) = SEEDS.split_at(FIRST_SEEDS);
    let mut theirs: Vec<String> = first.iter().map(run).collect();
    if equal(&ours, &theirs, by_id).is_err() {
        theirs.extend(others.iter().map(run));
    }
    equal(&ours, &theirs, by_id).map_err(|difference| format!("{title}: {difference}"))
}

/// Whether ours is what the reference's runs agree on. Where they agree on everything and no id is drawn, the very
/// bytes must be equal.
fn equal(ours: &str, theirs: &[String], by_id: bool) -> Result<(), String> {
    let read = |text: &str| -> Value {
        if by_id { with_labels_for_ids(text) } else { serde_json::from_str(text).expect("JSON") }
    };
    let documents: Vec<Value> = theirs.iter().map(|text| read(text)).collect();
    let unstable = unstable_paths(&documents);
    let (ours_read, theirs_read) = (without(read(ours), &unstable), without(documents[0].clone(), &unstable));
    if ours_read != theirs_read {
        return Err(explain(&ours_read, &theirs_read));
    }
    if unstable.is_empty() && !by_id && ours != theirs[0] {
        return Err("the documents are equal, but not their bytes".into());
    }
    Ok(())
}

fn check(case: &Case) {
    let checkout = Checkout::of(&case.tree);
    let taskcluster = Taskcluster::start();
    taskcluster.fill(&case.tree);
    let environment = [("TASKCLUSTER_ROOT_URL", taskcluster.root_url())];
    let mut failures = Vec::new();
    for parameters in &case.parameters {
        for phase in PHASES {
            failures.extend(compare(&checkout, case, parameters, phase, &environment).err());
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

macro_rules! trees {
    ($($name:ident)*) => {
        /// The trees compared, each a folder of `tests/trees/` with dashes for underscores.
        const TREES: &[&str] = &[$(stringify!($name)),*];

        $(
            #[test]
            fn $name() {
                let tree = repository().join("tests/trees").join(stringify!($name).replace('_', "-"));
                let parameters = sorted(&tree.join("parameters"));
                check(&Case { tree, root: "taskcluster", parameters });
            }
        )*
    };
}

trees! {
    changed_files
    docker_images
    fetches
    from_deps
    generic_worker
    hello
    index_search
    keyed_by
    many_routes
    matrix_and_chunks
    several_repositories
    soft_and_if_dependencies
    succeed_and_always_optimized
    targets
    tasks_from
    yaml_dialect
}

/// Our own CI, with the parameters of `hello`: a push, a pull request and a cron job.
#[test]
fn our_own_tree() {
    let tree = tempfile::tempdir().expect("a temporary directory");
    for part in ["taskgraph", "docker"] {
        copy(&repository().join(part), &tree.path().join(part));
    }
    // The reference finds images below `taskcluster/docker` only, whatever the root is.
    std::fs::create_dir(tree.path().join("taskcluster")).expect("a directory can be made");
    std::os::unix::fs::symlink("../docker", tree.path().join("taskcluster/docker")).expect("a link can be made");
    let parameters = sorted(&repository().join("tests/trees/hello/parameters"));
    assert_eq!(parameters.len(), 3);
    check(&Case { tree: tree.path().to_owned(), root: "taskgraph", parameters });
}

#[test]
fn every_tree_is_compared() {
    let folders = sorted(&repository().join("tests/trees"));
    let names: Vec<String> =
        folders.iter().map(|path| path.file_name().unwrap_or_default().to_string_lossy().replace('-', "_")).collect();
    assert_eq!(names, TREES);
}
