"""Times `full -J` of pushgraph and of the reference, alternately, on one synthetic tree."""

import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile
import time

CONFIG = """
trust-domain: example
task-priority: low
taskgraph: {repositories: {project: {name: Project}}}
workers:
    aliases:
        b-linux: {provisioner: p, implementation: docker-worker, os: linux, worker-type: linux}
"""

BUILD = """
loader: taskgraph.loader.transform:loader
transforms:
    - taskgraph.transforms.matrix:transforms
    - taskgraph.transforms.run:transforms
    - taskgraph.transforms.task:transforms
tasks:
    build:
        description: a build
        worker-type: b-linux
        matrix: {number: [NUMBERS], substitution-fields: [name]}
        worker: {docker-image: debian:12, max-run-time: 600, env: {A: b, C: d}}
        run: {using: run-task, checkout: false, command: make}
"""

TEST = """
loader: taskgraph.loader.transform:loader
kind-dependencies: [build]
transforms:
    - taskgraph.transforms.matrix:transforms
    - taskgraph.transforms.run:transforms
    - taskgraph.transforms.task:transforms
tasks:
    test:
        description: a test
        worker-type: b-linux
        matrix:
            number: [NUMBERS]
            chunk: ['1', '2', '3', '4', '5', '6', '7', '8', '9']
            substitution-fields: [name, run.command, dependencies]
        dependencies: {build: 'build-build-{matrix[number]}'}
        worker: {docker-image: debian:12, max-run-time: 600}
        run: {using: run-task, checkout: false, command: 'make test-{matrix[chunk]}'}
"""


def write_tree(root, tasks):
    numbers = ", ".join(f"'{n}'" for n in range(max(1, tasks // 10)))
    kinds = {"build": BUILD, "test": TEST}
    files = {f"kinds/{kind}/kind.yml": text.replace("NUMBERS", numbers) for kind, text in kinds.items()}
    files["config.yml"] = CONFIG
    for name, text in files.items():
        path = root / "taskcluster" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@example.com"]
    for command in (["init", "-q"], ["remote", "add", "origin", "https://github.com/example/project"], ["add", "-A"], ["commit", "-qm", "x"]):
        subprocess.run([*git, *command], cwd=root, check=True)


def run(command, root, output):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    with open(output, "wb") as out:
        subprocess.run(command, cwd=root, stdout=out, stderr=subprocess.DEVNULL, check=True)
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main():
    ours, tasks, runs = pathlib.Path(sys.argv[1]).resolve(), int(sys.argv[2]), int(sys.argv[3])
    reference = [sys.executable, "-c", "import sys; from taskgraph.main import main; sys.exit(main())"]
    with tempfile.TemporaryDirectory() as directory:
        root = pathlib.Path(directory)
        write_tree(root, tasks)
        times = {"pushgraph": [], "reference": []}
        parameters = root / "parameters.yml"
        parameters.write_text(PARAMETERS)
        outputs = {}
        for _ in range(runs):
            for name, program in (("pushgraph", [str(ours)]), ("reference", reference)):
                output = root / f"{name}.json"
                times[name].append(run([*program, "full", "-J", "-p", str(parameters)], root, output))
                outputs[name] = output.read_bytes()
        if outputs["pushgraph"] != outputs["reference"]:
            sys.exit("the two programs print different graphs")
        for name, measured in times.items():
            walls, cpus = zip(*measured)
            print(f"{name:10} wall {statistics.median(walls):7.3f} s ({min(walls):.3f}–{max(walls):.3f})  cpu {statistics.median(cpus):7.3f} s")
        ratio = statistics.median(w for w, _ in times["reference"]) / statistics.median(w for w, _ in times["pushgraph"])
        print(f"{len(outputs['pushgraph'])} bytes of JSON; pushgraph is {ratio:.1f} times as fast")


PARAMETERS = """
base_ref: main
base_repository: https://github.com/example/project
base_rev: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
build_date: 1700000000
build_number: 1
do_not_optimize: []
enable_always_target: true
existing_tasks: {}
files_changed: []
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

if __name__ == "__main__":
    main()
