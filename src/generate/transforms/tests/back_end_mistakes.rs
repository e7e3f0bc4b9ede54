//! Mistakes in what the transforms from `docker_image` to `task` are given, and where they are shown.

use crate::generate::testing::World;
use crate::generate::transforms::Transform;
use crate::generate::transforms::cached_tasks::CACHED_TASKS;
use crate::generate::transforms::docker_image::DOCKER_IMAGE;
use crate::generate::transforms::fetch::FETCH;
use crate::generate::transforms::task::TASK;

fn told(transform: &Transform, stubs: &str) -> Vec<String> {
    let world = World::new(&[
        ("taskcluster/kinds/docker-image/kind.yml", "tasks: {image: {}}\n"),
        ("taskcluster/docker/image/Dockerfile", "FROM x\nVOLUME /v\n"),
    ]);
    match world.transform(transform, stubs) {
        Ok(_) => world.told(&crate::diagnostics::Mistakes(world.warnings.take())),
        Err(mistakes) => world.told(&mistakes),
    }
}

fn task(rest: &str) -> Vec<String> {
    told(&TASK, &format!("- name: a\n  description: A\n{rest}"))
}

const DOCKER: &str = "  worker-type: b-linux\n  worker: {docker-image: x, max-run-time: 1}\n";

#[test]
fn what_is_mounted_is_not_null() {
    let mount = |mount: &str| {
        task(&format!("  worker-type: b-win\n  worker: {{max-run-time: 1, mounts: [{mount}], command: []}}\n"))
    };
    assert_eq!(mount("{content: null}"), ["4:48 expected a mapping, found null"]);
    assert_eq!(mount("{content: {artifact: null}}"), ["4:59 expected a string, found null"]);
}

#[test]
fn a_task_says_only_what_it_may() {
    let docker = |rest: &str| task(&format!("{DOCKER}  {rest}\n"));
    assert_eq!(docker("routs: []"), ["5:3 unknown key `routs` (did you mean `routes`?)"]);
    assert_eq!(docker("routes: [1]"), ["5:12 expected a string, found a whole number"]);
    assert_eq!(docker("scopes: ['{levle}']").len(), 1);
    assert_eq!(docker("treeherder: {teir: 1}"), ["5:16 unknown key `teir` (did you mean `tier`?)"]);
    assert_eq!(docker("treeherder: yellow"), ["5:15 expected a boolean or a mapping, found the string `yellow`"]);
    assert_eq!(
        docker("treeherder: {symbol: grp(x)}"),
        ["5:24 Treeherder group `grp` has no name (add it to `treeherder.group-names` in config.yml)"]
    );
    assert_eq!(
        docker("treeherder: {platform: linux}"),
        ["5:26 `linux` is not a Treeherder platform (write `platform/collection`)"]
    );
    assert_eq!(docker("dependencies: {self: x}"), ["5:18 the dependency name `self` is reserved"]);
    assert_eq!(docker("optimization: {index-search: x}"), ["5:32 expected a list, found the string `x`"]);
    assert_eq!(docker("index: {product: app}"), ["5:10 `index` needs the key `job-name`"]);
    assert_eq!(
        docker("index: {product: app, job-name: x}"),
        ["5:20 index product `app` is not among `index.products` in config.yml"]
    );
    assert_eq!(docker("index: {type: shiny}"), ["5:17 unknown index type `shiny` (expected `generic`)"]);
    assert_eq!(docker("priority: urgent").len(), 1);
    assert_eq!(docker("shipping-phase: build"), [""; 0]);
    assert_eq!(
        docker("if-dependencies: [biuld]\n  dependencies: {build: x}"),
        ["5:21 `biuld` in `if-dependencies` is no dependency of the task (did you mean `build`?)"]
    );
    assert_eq!(
        docker("deadline-after: 2 weeks"),
        [
            "5:19 unknown unit `weeks` of time (expected one of `d`, `day`, `days`, `h`, `hour`, `hours`, `min`, `minute`, `minutes`, `mo`, `month`, `months`, `s`, `second`, `seconds`, `y`, `year`, `years`)"
        ]
    );
}

#[test]
fn a_task_needs_a_worker_we_know() {
    assert_eq!(task("  worker: {}\n"), ["1:3 missing key `worker-type`"]);
    assert_eq!(
        task("  worker-type: b-linx\n"),
        ["3:16 no worker alias matches worker type `b-linx` (did you mean `b-linux`?)"]
    );
    assert_eq!(
        task("  worker-type: b-linux\n  worker: {implementation: docker-wroker}\n"),
        ["4:28 unknown worker implementation `docker-wroker` (did you mean `docker-worker`?)"]
    );
    assert_eq!(told(&TASK, "- {description: A, worker-type: succeed}\n"), ["0:0 a task needs a `name` or a `label`"]);
}

#[test]
fn a_worker_says_what_its_implementation_knows() {
    let worker = |rest: &str| task(&format!("  worker-type: b-linux\n  worker:\n    docker-image: x\n    {rest}\n"));
    assert_eq!(worker("max-run-time: 1 hour"), ["6:19 expected a whole number, found the string `1 hour`"]);
    let rest = "max-run-time: 1\n    chain-of-trus: true";
    assert_eq!(worker(rest), ["7:5 unknown key `chain-of-trus` (did you mean `chain-of-trust`?)"]);
    assert_eq!(worker("max-run-time: 1\n    env: {A: 1}").len(), 1);
    assert_eq!(worker("max-run-time: 1\n    caches: [{name: c}]"), ["7:14 missing key `mount-point`"]);
    let image = |image: &str, rest: &str| {
        task(&format!("  worker-type: b-linux\n  worker: {{docker-image: {image}, max-run-time: 1}}\n{rest}"))
    };
    assert_eq!(image("{}", ""), ["4:26 expected `in-tree` or `indexed` in this mapping"]);
    assert_eq!(
        image("[x]", ""),
        ["4:26 expected an image's name, or a mapping with `in-tree` or `indexed`, found a list"]
    );
    assert_eq!(
        image("{in-tree: image}", "  dependencies: {docker-image: x}\n"),
        ["5:18 the dependency name `docker-image` is reserved for the task's image"]
    );
    assert_eq!(
        image("{in-tree: image}, volumes: [/a, /v]", ""),
        ["4:58 volume `/v` is defined by the image's Dockerfile already (leave it out here)"]
    );
    assert!(image("{in-tree: nope}", "")[0].starts_with("4:36 cannot read `"), "{:?}", image("{in-tree: nope}", ""));
    assert_eq!(
        task("  worker-type: succeed\n  worker: {env: {}}\n"),
        ["4:12 unknown key `env` (expected one of `implementation`)"]
    );
}

#[test]
fn an_image_says_only_what_it_may() {
    let image = |stub: &str| told(&DOCKER_IMAGE, &format!("- {stub}\n"));
    assert_eq!(image("{name: image, args: {A: 1}}"), ["1:27 expected a string, found a whole number"]);
    assert_eq!(image("{name: image, index: {prodct: x}}").len(), 1);
    assert_eq!(image("{name: image, packages: [p]}"), ["1:28 there is no task `packages-p`"]);
    assert!(image("{name: nope}")[0].starts_with("1:10 cannot read `"));
}

#[test]
fn a_fetch_says_only_what_it_may() {
    let fetch = |fetch: &str| told(&FETCH, &format!("- name: a\n  description: A\n  fetch: {fetch}\n"));
    assert_eq!(fetch("{url: x}"), ["3:10 `fetch` needs the key `type`"]);
    assert_eq!(fetch("{type: gti}"), ["3:17 unknown fetch type `gti` (did you mean `git`?)"]);
    assert_eq!(
        fetch("{type: git, repo: x, revision: main}"),
        ["3:41 `main` is not the hash of a revision: expected 40 hexadecimal digits"]
    );
    assert_eq!(
        fetch("{type: static-url, url: x, sha256: y, size: big}"),
        ["3:54 expected a whole number, found the string `big`"]
    );
    let signed = "{type: static-url, url: x, sha256: y, size: 1, gpg-signature: {sig-url: '{ulr}', key-path: k}}";
    assert!(fetch(signed)[0].starts_with("3:82 "), "{:?}", fetch(signed));
}

#[test]
fn a_cached_task_depends_on_cached_tasks_only() {
    let stubs = "
- {label: test-a, dependencies: {x: other-x}, cache: {type: t, name: a, digest-data: []}}
- {label: test-b, dependencies: {a: test-a}, cache: {type: t, name: b, digest-data: []}}
- {label: test-c, cache: {type: t, digest-data: []}}
";
    assert_eq!(
        told(&CACHED_TASKS, stubs),
        [
            "2:37 cached task `test-a` depends on `other-x`, which is not cached (a cached task can depend on cached tasks only)",
            "4:26 missing key `name`"
        ]
    );
}

#[test]
fn contexts_are_published_only_when_asked_for() {
    let mut world = World::new(&[("taskcluster/docker/image/Dockerfile", "FROM x\n")]);
    world.transform(&DOCKER_IMAGE, "- {name: image}\n").unwrap();
    assert!(world.published.take().is_empty());
    world.options.write_artifacts = true;
    world.transform(&DOCKER_IMAGE, "- {name: image}\n").unwrap();
    let published: Vec<_> = world.published.take().into_keys().collect();
    assert_eq!(published, [std::path::Path::new("docker-contexts/image.tar.gz")]);
    world.options.fast = true;
    assert!(world.transform(&DOCKER_IMAGE, "- {name: image}\n").is_err());
}
