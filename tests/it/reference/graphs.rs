//! Every tree × parameters × phase.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::decision;
use super::normal::{explain, unstable_paths, with_labels_for_ids, without};
use super::programs::{Program, copy};
use super::trees::{Settings, Stage, Tree, sorted};
use crate::support::repository;

/// The phases, and whether their tasks are named by task id.
const PHASES: [(&str, bool); 6] = [
    ("tasks", false),
    ("full", false),
    ("target", false),
    ("target-graph", false),
    ("optimized", true),
    ("morphed", true),
];

/// Formats beside JSON, compared on one phase: how a graph is written does not depend on which it is.
const FORMATS: [Option<&str>; 3] = [None, Some("-L"), Some("-Y")];
const PHASE_OF_FORMATS: &str = "target-graph";

/// The hash seeds the reference is run with to find out what it keeps stable: the first always, the others only where
/// ours is not what that one gives.
const SEEDS: [u32; 8] = [0, 1, 2, 3, 4, 5, 6, 7];
const FIRST_SEEDS: usize = 1;

/// Makes a text a document whose parts can be compared.
type Read = fn(&str) -> Value;

fn read_json(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

fn read_lines(text: &str) -> Value {
    text.lines().collect()
}

/// Compares ours with the reference's, made with a hash seed. Where the bytes are to be equal, and not only the
/// documents, no id is drawn.
pub(super) fn compare(
    ours: &str,
    theirs: impl Fn(u32) -> String,
    read: Read,
    are_bytes_equal: bool,
) -> Result<(), String> {
    let (first, others) = SEEDS.split_at(FIRST_SEEDS);
    let mut runs: Vec<String> = first.iter().map(|seed| theirs(*seed)).collect();
    equal(ours, &runs, read, are_bytes_equal).or_else(|_| {
        runs.extend(others.iter().map(|seed| theirs(*seed)));
        equal(ours, &runs, read, are_bytes_equal)
    })
}

/// Whether ours is what the reference's runs agree on. Where they agree on everything, the very bytes can be compared.
fn equal(ours: &str, theirs: &[String], read: Read, are_bytes_equal: bool) -> Result<(), String> {
    let documents: Vec<Value> = theirs.iter().map(|text| read(text)).collect();
    let unstable = unstable_paths(&documents);
    let (ours_read, theirs_read) = (without(read(ours), &unstable), without(documents[0].clone(), &unstable));
    if ours_read != theirs_read {
        return Err(explain(&ours_read, &theirs_read));
    }
    if unstable.is_empty() && are_bytes_equal && ours != theirs[0] {
        return Err("the documents are equal, but not their bytes".into());
    }
    Ok(())
}

/// Every phase of a tree under every parameter set.
fn check_phases(tree: &Tree) {
    let stage = Stage::of(tree);
    let mut failures = Vec::new();
    for parameters in &tree.parameters {
        for (phase, is_drawn) in PHASES {
            let read = if is_drawn { with_labels_for_ids } else { read_json };
            failures.extend(compare_output(&stage, phase, Some("-J"), parameters, (read, !is_drawn)).err());
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

/// The other formats, under the first parameter set.
fn check_formats(tree: &Tree) {
    let stage = Stage::of(tree);
    let how = (read_lines as Read, true);
    let compare = |format| compare_output(&stage, PHASE_OF_FORMATS, format, &tree.parameters[0], how);
    let failures: Vec<String> = FORMATS.into_iter().filter_map(|format| compare(format).err()).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

fn compare_output(
    stage: &Stage<'_>,
    phase: &str,
    format: Option<&str>,
    parameters: &Path,
    (read, are_bytes_equal): (Read, bool),
) -> Result<(), String> {
    let output = |program: Program<'_>| stage.output(&program, phase, format, parameters);
    let (ours, theirs) = (output(Program::Ours), |seed| output(Program::Reference { seed }));
    compare(&ours, theirs, read, are_bytes_equal).map_err(|difference| {
        let (tree, format) = (&stage.tree.name, format.unwrap_or_default());
        format!("{tree} {} {phase} {format}: {difference}", parameters.display())
    })
}

macro_rules! trees {
    ($($name:ident)*) => {
        /// The trees compared, each a folder of `tests/trees/` with dashes for underscores.
        const TREES: &[&str] = &[$(stringify!($name)),*];

        $(
            mod $name {
                use super::*;

                #[test]
                fn phases() {
                    check_phases(&tree(stringify!($name)));
                }

                #[test]
                fn formats() {
                    check_formats(&tree(stringify!($name)));
                }

                #[test]
                fn decisions() {
                    decision::compare(&tree(stringify!($name)));
                }
            }
        )*
    };
}

trees! {
    always_target
    another_root
    attributes
    beetmover
    branches
    cache_prefix
    cached
    caches_of_the_project
    caches_off
    caches_on
    changed_files
    checkouts
    chunks
    codereview
    config_keys
    context_options
    copied_attributes
    descriptions
    do_not_optimize
    docker_image_forms
    docker_images
    docker_worker
    docker_worker_with_run_task
    existing_tasks
    expiry_and_deadline
    expiry_by_default
    fetch_artifacts
    fetch_git
    fetch_image
    fetch_static_url
    fetches
    fetches_of_dependencies
    filters
    from_deps
    generic_worker
    generic_worker_payloads
    group_by
    hello
    image_contexts
    image_keys
    images_of_another_kind
    implementation_of_its_own
    index
    index_search
    index_search_runs
    index_states
    just_valid
    keyed_by
    kind_dependencies
    labels
    levels
    loaders
    many_routes
    matrix
    matrix_and_chunks
    matrix_then_chunks_then_notify
    mercurial
    mounts
    mozilla_taskgraph
    mozilla_taskgraph_lando
    notifications
    notify_content
    notify_recipients
    patterns
    points
    priorities
    priorities_of_the_project
    private_fetches
    projects
    pruning
    python_actions
    python_builders
    python_entangled
    python_grouping
    python_loader
    python_morphs
    python_strategies
    python_targets
    python_transforms
    references
    references_to_artifacts
    requires
    routes
    run_task_commands
    run_task_workdir
    scopes
    set_name
    several_commits
    several_repositories
    shipping_phases
    soft_and_if_dependencies
    soft_dependencies
    source_urls
    strategies
    succeed_and_always_optimized
    tags_and_extra
    targets
    task_context
    task_defaults
    tasks_for
    tasks_from
    toolchain_aliases
    toolchain_chain
    toolchain_default_image
    toolchains
    toolchains_on_generic_workers
    treeherder
    treeherder_of_pull_requests
    use_caches
    when_in_other_files
    with_attributes
    worker_aliases
    yaml_dialect
}

/// Our own CI, with the parameters of `hello`: a push, a pull request and a cron job.
#[test]
fn our_own_tree() {
    let files = tempfile::tempdir().expect("a temporary directory");
    for part in ["taskgraph", "docker"] {
        copy(&repository().join(part), &files.path().join(part));
    }
    // The reference finds images below `taskcluster/docker` only, whatever the root is.
    std::fs::create_dir(files.path().join("taskcluster")).expect("a directory can be made");
    std::os::unix::fs::symlink("../docker", files.path().join("taskcluster/docker")).expect("a link can be made");
    let parameters = sorted(&repository().join("tests/trees/hello/parameters"));
    assert_eq!(parameters.len(), 3);
    let settings = Settings { root: "taskgraph".into(), ..Settings::default() };
    check_phases(&Tree { name: "our own tree".into(), files: files.path().to_owned(), parameters, settings });
}

/// A tree by the name it has in the list.
fn tree(name: &str) -> Tree {
    Tree::named(&name.replace('_', "-"))
}

/// All trees.
pub(super) fn trees() -> impl Iterator<Item = Tree> {
    TREES.iter().map(|name| tree(name))
}

#[test]
fn every_tree_is_compared() {
    let folders: Vec<PathBuf> =
        sorted(&repository().join("tests/trees")).into_iter().filter(|path| path.is_dir()).collect();
    let names: Vec<String> =
        folders.iter().map(|path| path.file_name().unwrap_or_default().to_string_lossy().replace('-', "_")).collect();
    assert_eq!(names, TREES);
}
