"""What `benches/languages` runs: one tree in four dresses, and a fifth without the transform to subtract."""

import argparse
import hashlib
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent

PYTHON = """\
from taskgraph.transforms.base import TransformSequence

transforms = TransformSequence()


@transforms.add
def describe(config, tasks):
    for task in tasks:
        context = task.pop("task-context")
        values = dict(context["from-object"], level=config.params["level"])
        for field in context["substitution-fields"]:
            task[field] = task[field].format(**values)
        yield task
"""

STARLARK = """\
def describe(config, task):
    context = task.pop("task-context")
    values = dict(context["from-object"], level = config.params["level"])
    for field in context["substitution-fields"]:
        task[field] = format(task[field], **values)
    return task

transforms = each(describe)
"""

CONFIG = """\
trust-domain: example
task-priority: low
taskgraph:
    repositories:
        project: {name: Project}
workers:
    aliases:
        b-linux: {provisioner: example, implementation: docker-worker, os: linux, worker-type: b-linux}
"""

CONTEXT = """\
    description: "Greets {whom} on level {level}"
    task-context:
        from-object: {whom: the world}
        from-parameters: {level: level}
        substitution-fields: [description]
"""

WORKER = """\
    worker-type: b-linux
    worker: {docker-image: image, max-run-time: 60}
"""

# How each is called: its transform, and whether the reference runs it.
WAYS = {
    "native": ("taskgraph.transforms.task_context:transforms", False),
    "Starlark": ("transforms/describe.star:transforms", False),
    "Python, by the bridge": ("own_taskgraph.describe:transforms", False),
    "Python, in the reference": ("own_taskgraph.describe:transforms", True),
    "nothing": (None, False),
    "nothing, in the reference": (None, True),
}


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def make(folder, transform, tasks):
    """Writes the tree whose kind has that transform."""
    cluster = folder / "taskcluster"
    write(cluster / "config.yml", CONFIG)
    write(cluster / "own_taskgraph/__init__.py", "")
    write(cluster / "own_taskgraph/describe.py", PYTHON)
    write(cluster / "transforms/describe.star", STARLARK)
    chain = [transform] if transform else []
    named = "".join(f"    - {name}\n" for name in [*chain, "taskgraph.transforms.task:transforms"])
    text = CONTEXT if transform else "    description: Greets the world on level 1\n"
    kind = f"loader: taskgraph.loader.transform:loader\ntransforms:\n{named}task-defaults:\n{text}{WORKER}"
    names = "".join(f"    greet-{number}: {{}}\n" for number in range(tasks))
    write(cluster / "kinds/greet/kind.yml", f"{kind}tasks:\n{names}")
    parameters = REPOSITORY / "tests/trees/python-transforms/parameters/push.yml"
    write(folder / "parameters.yml", parameters.read_text())
    for command in (["init", "-q"], ["add", "-A"], ["-c", "user.name=x", "-c", "user.email=x", "commit", "-qm", "tree"]):
        subprocess.run(["git", "-C", folder, *command], check=True)


def run(folder, program):
    """The digest of the graph, the wall time, and the CPU time of it and its children, in seconds."""
    environment = {**os.environ, "PUSHGRAPH_PYTHON": sys.executable}
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    ran = subprocess.run(
        [*program, "full", "-J", "-p", "parameters.yml"], cwd=folder, env=environment, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True,
    )
    wall, after = time.monotonic() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    if ran.returncode:
        sys.exit(ran.stderr)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return hashlib.sha256(ran.stdout.encode()).hexdigest(), wall, cpu


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--tasks", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--pushgraph", default=str(REPOSITORY / "target/release/pushgraph"))
    options = parser.parse_args()
    programs = [[options.pushgraph], [sys.executable, "-c", "import sys; from taskgraph.main import main; sys.exit(main())"]]
    taken, digests = {}, set()
    with tempfile.TemporaryDirectory() as scratch:
        folders = {name: Path(scratch) / str(number) for number, name in enumerate(WAYS)}
        for name, (transform, _) in WAYS.items():
            make(folders[name], transform, options.tasks)
        for _ in range(options.runs):
            for name, (_, is_reference) in WAYS.items():
                digest, wall, cpu = run(folders[name], programs[is_reference])
                digests.add(digest)
                taken.setdefault(name, []).append((wall, cpu))
    if len(digests) != 1:
        sys.exit("they do not make the same tasks")
    medians = {name: [statistics.median(column) for column in zip(*runs)] for name, runs in taken.items()}
    print(f"| {options.tasks:,} tasks, {options.runs} runs, medians | wall | CPU | CPU of the transform |\n|---|---|---|---|")
    for name, (wall, cpu) in medians.items():
        without = medians["nothing, in the reference" if WAYS[name][1] else "nothing"][1]
        own = f"{cpu - without:.2f} s" if WAYS[name][0] else "–"
        print(f"| {name} | {wall:.2f} s | {cpu:.2f} s | {own} |")


main()
