"""Synthetic projects: the same kinds at any number of tasks, in a git repository with one commit.

Of ten tasks one is a build, seven are chunks of its tests, one signs it and one reports on it. Beside them there are
images, fetches and toolchains, a hundredth as many.

The order of tasks within a kind hangs on hashes in the reference, so that nothing here may show it: no group of
tasks has two of one kind.
"""

import dataclasses
import pathlib
import subprocess

PLATFORMS = ["linux32", "linux64", "macosx64", "win64"]
CHUNKS = 7

CONFIG = """
trust-domain: example
task-priority:
    by-project:
        project: low
        default: lowest
taskgraph:
    repositories: {project: {name: Project}}
    cached-task-prefix: example.v2.project
index: {products: [project]}
treeherder:
    group-names: {I: Images, B: Builds, T: Tests, TL: Toolchains, Fetch: Fetches}
workers:
    aliases:
        b-linux: {provisioner: '{trust-domain}-{level}', implementation: docker-worker, os: linux, worker-type: '{alias}'}
        t-linux: {provisioner: '{trust-domain}-t', implementation: docker-worker, os: linux, worker-type: '{alias}-{level}'}
        images: {provisioner: '{trust-domain}-{level}', implementation: docker-worker, os: linux, worker-type: images}
"""

IMAGES = """
loader: taskgraph.loader.transform:loader
transforms:
    - taskgraph.transforms.docker_image:transforms
    - taskgraph.transforms.cached_tasks:transforms
    - taskgraph.transforms.task:transforms
tasks:
    base: {symbol: I(base)}
    build: {symbol: I(build), parent: base}
    fetch: {symbol: I(fetch), definition: base}
"""

FETCHES = """
loader: taskgraph.loader.transform:loader
kind-dependencies: [docker-image]
transforms:
    - taskgraph.transforms.fetch:transforms
    - taskgraph.transforms.run:transforms
    - taskgraph.transforms.task:transforms
task-defaults: {docker-image: {in-tree: fetch}}
tasks:
"""

FETCH = """    source-{n}:
        description: the source of a tool
        fetch:
            type: static-url
            url: 'https://example.com/source-{n}.tar.gz'
            sha256: '{n:064d}'
            size: {n}
"""

TOOLCHAINS = """
loader: taskgraph.loader.transform:loader
kind-dependencies: [docker-image, fetch]
transforms:
    - taskgraph.transforms.run:transforms
    - taskgraph.transforms.cached_tasks:transforms
    - taskgraph.transforms.task:transforms
task-defaults:
    worker-type: b-linux
    worker: {docker-image: {in-tree: build}, max-run-time: 3600, env: {}}
    run: {using: toolchain-script, script: build-tool.sh, resources: ['tools/**']}
tasks:
"""

TOOLCHAIN = """    tool-{n}:
        description: a tool that builds use
        treeherder: {{symbol: TL({n}), kind: build, platform: toolchains/opt, tier: 1}}
        run: {{toolchain-artifact: public/build/tool-{n}.tar.zst, toolchain-alias: the-tool-{n}, arguments: ['{n}']}}
        fetches: {{fetch: [source-{n}]}}
"""

BUILDS = """
loader: taskgraph.loader.transform:loader
kind-dependencies: [docker-image, toolchain]
transforms:
    - taskgraph.transforms.matrix:transforms
    - taskgraph.transforms.task_context:transforms
    - taskgraph.transforms.run:transforms
    - taskgraph.transforms.task:transforms
task-defaults:
    worker-type: b-linux
    description: '{name}, built at level {level} of {repository}'
    run-on-projects: {by-build-platform: {'linux.*': [project, other], default: [project]}}
    task-context:
        from-parameters: {level: level, repository: head_repository, tasks-for: tasks_for}
        substitution-fields: [description, worker.max-run-time, worker.env.LEVEL, run.command]
    worker:
        docker-image: {in-tree: build}
        max-run-time: {by-level: {'3': 7200, default: {by-tasks-for: {cron: 3600, default: 5400}}}}
        chain-of-trust: true
        taskcluster-proxy: true
        env:
            LEVEL: 'level {level}'
            CONFIGURATION: build/configurations/optimized-with-symbols.py
            MOZ_AUTOMATION: '1'
            CARGO_HOME: /builds/worker/.cargo
            UPLOAD_DIR: /builds/worker/artifacts
            BUILD_FLAGS: --enable-optimize --enable-debug-symbols --disable-tests --with-branding=official --enable-release
        artifacts:
            - {type: directory, path: /builds/worker/artifacts, name: public/build}
            - {type: file, path: /builds/worker/logs/build.log, name: public/logs/build.log}
        caches: [{type: persistent, name: build-objects, mount-point: /builds/worker/objects, skip-untrusted: true}]
    run:
        using: run-task
        use-caches: [checkout, pip]
        cwd: '{checkout}'
        command: 'taskcluster/scripts/build.sh --platform={name} --level={level} --upload /builds/worker/artifacts'
"""

BUILD = """    {platform}:
        attributes: {{build_platform: {platform}, build_type: opt, build_id: '{platform}-{{matrix[number]}}', ext: tar.gz}}
        treeherder: {{symbol: 'B({{matrix[number]}})', kind: build, platform: {platform}/opt, tier: 1}}
        index: {{product: project, job-name: '{platform}-{{matrix[number]}}-opt', type: generic}}
        matrix:
            number: [{numbers}]
            substitution-fields: [name, attributes.build_id, treeherder.symbol, index.job-name]
        fetches: {{toolchain: [tool-0, the-tool-1]}}
"""

TESTS = """
loader: taskgraph.loader.transform:loader
kind-dependencies: [docker-image, build]
transforms:
    - taskgraph.transforms.matrix:transforms
    - taskgraph.transforms.chunking:transforms
    - taskgraph.transforms.run:transforms
    - taskgraph.transforms.task:transforms
task-defaults:
    worker-type: t-linux
    run-on-projects: {by-build-platform: {'linux.*': all, default: [project]}}
    optimization: {skip-unless-changed: ['src/**', 'tests/**/*.py', taskcluster/docker/base/**]}
    worker:
        docker-image: {in-tree: base}
        max-run-time: 5400
        env:
            MOZ_AUTOMATION: '1'
            TEST_CONFIGURATION: tests/configurations/continuous-integration.py
            DISPLAY: ':99'
            NEED_WINDOW_MANAGER: 'true'
            UPLOAD_DIR: /builds/worker/artifacts
        artifacts:
            - {type: directory, path: /builds/worker/artifacts, name: public/test_info}
            - {type: directory, path: /builds/worker/logs, name: public/logs}
            - {type: file, path: /builds/worker/results.json, name: public/results.json}
    run: {using: run-task, checkout: true, use-caches: [checkout], cwd: '{checkout}'}
tasks:
"""

TEST = """    {platform}:
        description: 'tests of {platform} {{matrix[number]}}, chunk {{{{this_chunk}}}} of {{{{total_chunks}}}}'
        attributes: {{build_platform: {platform}, build_type: opt, test_suite: unit}}
        treeherder: {{symbol: 'T({{matrix[number]}}-{{{{this_chunk}}}})', kind: test, platform: {platform}/opt, tier: 1}}
        matrix:
            number: [{numbers}]
            set-name: '{platform}-{{matrix[number]}}-{{{{this_chunk}}}}'
            substitution-fields: [description, treeherder.symbol, dependencies, run.command]
        chunk: {{total-chunks: {chunks}, substitution-fields: [name, description, treeherder.symbol, run.command]}}
        dependencies: {{build: 'build-{platform}-{{matrix[number]}}'}}
        fetches: {{build: [target.tar.gz, {{artifact: target.tests.tar.gz, dest: tests, extract: true}}]}}
        run: {{command: 'taskcluster/scripts/test.sh --suite=unit --build={{matrix[number]}} --this-chunk={{{{this_chunk}}}} --total-chunks={{{{total_chunks}}}}'}}
"""

SIGNING = """
loader: taskgraph.loader.transform:loader
kind-dependencies: [docker-image, build]
transforms:
    - taskgraph.transforms.from_deps:transforms
    - taskgraph.transforms.run:transforms
    - taskgraph.transforms.task:transforms
tasks:
    sign:
        description: sign a build
        from-deps:
            kinds: [build]
            with-attributes: {build_type: [opt, debug]}
            copy-attributes: true
            fetches: {build: [{artifact: 'target.{ext}', dest: in, extract: false}]}
        worker-type: b-linux
        scopes: ['project:{project}:signing:level-{level}']
        worker: {docker-image: {in-tree: base}, max-run-time: 1800, env: {FORMATS: 'autograph_gpg autograph_authenticode'}}
        run: {using: run-task, cwd: '{checkout}', command: taskcluster/scripts/sign.sh in/target}
"""

REPORTS = """
loader: taskgraph.loader.transform:loader
kind-dependencies: [docker-image, build, signing]
transforms:
    - taskgraph.transforms.from_deps:transforms
    - taskgraph.transforms.notify:transforms
    - taskgraph.transforms.run:transforms
    - taskgraph.transforms.task:transforms
tasks:
    report:
        description: tell of a signed build
        from-deps: {kinds: [signing, build], group-by: {attribute: build_id}}
        worker-type: t-linux
        worker: {docker-image: {in-tree: base}, max-run-time: 600}
        run: {using: run-task, checkout: false, command: 'taskcluster/scripts/report.sh'}
        notify:
            recipients:
                - {type: email, address: builds@example.com, status-type: on-failed}
                - {type: slack-channel, channel-id: C0000000000, status-type: on-completed}
            content:
                email:
                    subject: '{task[name]} was signed'
                    content: 'The build {task[name]} of level {config[params][level]} was signed.'
                    link: {text: the project, href: 'https://example.com'}
                slack: {text: '{task[name]} was signed'}
"""

TASKCLUSTER_YML = """
version: 1
reporting: checks-v1
policy: {pullRequests: public}
tasks: []
"""

SCRIPT = "#!/bin/sh\nset -eu\necho built\n"


@dataclasses.dataclass
class Project:
    """A project to run both programs in."""

    root: pathlib.Path
    name: str
    parameters: pathlib.Path


def kinds(tasks):
    """The text of every `kind.yml` for about so many tasks, by kind."""
    per_platform = max(1, round(tasks / 10 / len(PLATFORMS)))
    numbers = ", ".join(f"'{n:05d}'" for n in range(per_platform))
    tools = max(2, tasks // 200)
    return {
        "docker-image": IMAGES,
        "fetch": FETCHES + "".join(FETCH.format(n=n) for n in range(tools)),
        "toolchain": TOOLCHAINS + "".join(TOOLCHAIN.format(n=n) for n in range(tools)),
        "build": BUILDS + "tasks:\n" + "".join(BUILD.format(platform=p, numbers=numbers) for p in PLATFORMS),
        "test": TESTS + "".join(TEST.format(platform=p, numbers=numbers, chunks=CHUNKS) for p in PLATFORMS),
        "signing": SIGNING,
        "report": REPORTS,
    }


def small_kinds():
    """Five tasks: what a program costs before it does anything."""
    tasks = "".join(
        f"    t{n}: {{description: d, worker-type: t-linux, worker: {{docker-image: debian:12, max-run-time: 60}}, "
        f"run: {{using: run-task, checkout: false, command: 'true'}}}}\n"
        for n in range(5)
    )
    transforms = "[taskgraph.transforms.run:transforms, taskgraph.transforms.task:transforms]"
    return {"small": f"loader: taskgraph.loader.transform:loader\ntransforms: {transforms}\ntasks:\n{tasks}"}


def synthetic(root, name, kinds):
    """Writes a project of these kinds: the text of each by its name, of further files by their path below the kinds."""
    image = "FROM debian:12\n# %include-run-task\n"
    path = lambda name: name if name.endswith(".yml") else f"{name}/kind.yml"
    files = {f"taskcluster/kinds/{path(name)}": text for name, text in kinds.items()}
    files |= {
        ".taskcluster.yml": TASKCLUSTER_YML,
        "taskcluster/config.yml": CONFIG,
        "taskcluster/docker/base/Dockerfile": image,
        "taskcluster/docker/build/Dockerfile": "FROM $DOCKER_IMAGE_PARENT\n# %include tools/one.c\nCOPY one.c /\n",
        "taskcluster/scripts/toolchain/build-tool.sh": SCRIPT,
        "tools/one.c": "int one(void) { return 1; }\n",
        "tools/more/two.c": "int two(void) { return 2; }\n",
        "src/main.c": "int main(void) { return 0; }\n",
    }
    for path, text in files.items():
        path = root / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    commit(root)
    return given(root, name, None, root.parent)


def given(root, name, parameters, folder):
    """A project that is there already; without parameters, with those of the synthetic ones."""
    if parameters is None:
        parameters = folder / f"{name.replace(' ', '-')}-parameters.yml"
        parameters.write_text(PARAMETERS)
    return Project(root, name, parameters.resolve())


def commit(root):
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@example.com"]
    for command in (
        ["init", "-q", "-b", "main"],
        ["remote", "add", "origin", "https://github.com/example/project"],
        ["add", "-A"],
        ["commit", "-qm", "A project"],
    ):
        subprocess.run([*git, *command], cwd=root, check=True)


PARAMETERS = """
base_ref: main
base_repository: https://github.com/example/project
base_rev: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
build_date: 1700000000
build_number: 1
do_not_optimize: []
enable_always_target: true
existing_tasks: {}
files_changed: [src/main.c]
filters: [target_tasks_method]
head_ref: refs/heads/main
head_repository: https://github.com/example/project
head_rev: bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb
head_tag: ''
level: '1'
moz_build_date: '20231114221320'
next_version: null
optimize_strategies: null
optimize_target_tasks: true
owner: someone@example.com
project: project
pushdate: 1700000000
pushlog_id: '0'
repository_type: git
target_tasks_method: default
tasks_for: github-push
version: null
"""
