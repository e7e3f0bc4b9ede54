"""How long a decision takes in an image: to its first line, and to its end; beside the reference in the full image.

    tests/images/run --archives DIR --figures

Each row is a push of a project of 1,000 tasks, from the start of the container on: checked out over HTTP, decided, created.
The median of five.
"""

import statistics
import subprocess
import time

import support
from side_by_side import tree

from . import container, push

RUNS, TASKS = 5, 1000
REFERENCE = "python3 -c 'import sys; from taskgraph.main import main; sys.exit(main())'"
CHECKOUT = "/builds/worker/checkouts/taskgraph"


def decision(project, url):
    """The options of a decision."""
    told = {
        "project": "project", "pushlog-id": "0", "pushdate": "0", "owner": "a@example.com", "level": "1",
        "repository-type": "git", "tasks-for": "github-push", "base-repository": url, "base-ref": "main", "base-rev": "",
        "head-repository": url, "head-ref": "refs/heads/main", "head-rev": project.revision,
    }  # fmt: skip
    return [f"--{name}={value}" for name, value in told.items()]


def through_run_task(project, program):
    """As an existing `.taskcluster.yml` has it."""
    words = " ".join(decision(project, f"{push.FORGE}project"))
    script = f"ln -s /builds/worker/artifacts artifacts && exec {program} decision {words}"
    return ["run-task", f"--taskgraph-checkout={CHECKOUT}", f"--task-cwd={CHECKOUT}", "--", "bash", "-c", script]


def once(world, image, words, project):
    """Seconds to the first line, to the first line of the decision, and to the end; and how many tasks there are."""
    task_id = support.slugid()
    world.taskcluster.put_task(task_id, task_id)
    root, config = world.images[image]
    home = world.home({})
    environment = {
        "TASK_ID": task_id, "TASKCLUSTER_ROOT_URL": world.taskcluster.root_url,
        "TASKCLUSTER_PROXY_URL": world.taskcluster.root_url, "REPOSITORIES": '{"taskgraph": "Taskgraph"}',
        "TASKGRAPH_HEAD_REPOSITORY": f"{push.FORGE}project", "TASKGRAPH_HEAD_REF": "refs/heads/main",
        "TASKGRAPH_HEAD_REV": project.revision, "TASKGRAPH_REPOSITORY_TYPE": "git",
    }  # fmt: skip
    command = container.command(root, config, words, environment, [(home, "/builds/worker")])
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    lines = [(time.perf_counter() - start, line) for line in process.stdout]
    status, end = process.wait(), time.perf_counter() - start
    if status != 0:
        raise SystemExit(f"{words} ended with {status}: {''.join(line for _, line in lines)}")
    of_decision = next((at for at, line in lines if "writing artifact file" in line), end)
    return lines[0][0], of_decision, end, len(world.taskcluster.group(task_id))


def show(world, version):
    def write(folder):
        made = tree.synthetic(folder / "made", "1000", tree.kinds(TASKS))
        for path in made.root.iterdir():
            if path.name != ".git":
                path.rename(folder / path.name)
        subprocess.run(["rm", "-rf", folder / "made"], check=True)
        # The minimal image has no run-task to put into another image.
        dockerfile = folder / "taskcluster/docker/base/Dockerfile"
        dockerfile.write_text(dockerfile.read_text().replace("# %include-run-task\n", ""))

    project = push.Project(world, "project", write)
    full = f"pushgraph:{version}-full"
    built_in = ["pushgraph", "decision", *decision(project, project.url), f"--checkout={CHECKOUT}"]
    rows = {
        "a container that does nothing": (f"pushgraph:{version}", ["pushgraph", "--version"]),
        "minimal, checkout built in": (f"pushgraph:{version}", built_in),
        "full, checkout built in": (full, built_in),
        "full, run-task and taskgraph": (full, through_run_task(project, "taskgraph")),
        "the reference, with run-task": (full, through_run_task(project, REFERENCE)),
    }
    for name, (image, words) in rows.items():
        runs = [once(world, image, words, project) for _ in range(RUNS)]
        first, of_decision, end, tasks = (statistics.median(column) for column in zip(*runs))
        print(f"{name}: first line {first:.3f} s, first of the decision {of_decision:.3f} s, end {end:.2f} s, {tasks:.0f} tasks", flush=True)
