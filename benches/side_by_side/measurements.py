"""What is measured: each row is a run of both programs on one project, and what of it must be equal."""

import contextlib
import dataclasses
import json
import shutil
import subprocess
from collections.abc import Callable

from . import outputs
from .program import run
from .service import serving


@dataclasses.dataclass
class Measurement:
    """A row."""

    name: str
    # A function of program, project and folder to a run's cost and the bytes to compare, as a context that is
    # entered once for each program.
    prepare: Callable


def show(arguments, compared=outputs.as_they_are, served=False):
    """A graph, printed; `{parameters}` is the project's."""

    @contextlib.contextmanager
    def prepare(program, project, folder, pushgraph):
        output = folder / f"{program.name}.out"
        filled = [argument.format(parameters=project.parameters, output=output) for argument in arguments]
        printed = output.with_suffix(".printed") if any("{output}" in argument for argument in arguments) else output
        with serving(pushgraph, made(folder / program.name)) if served else contextlib.nullcontext() as service:
            environment = service.environment if service else {}

            def once():
                cost = run(program, filled, project.root, printed, environment)
                return cost, compared(output)

            yield once

    return prepare


#: A regular expression that finds a part of the labels, and none of what makes texts of other languages.
LABELS = "test-.*-1"


@contextlib.contextmanager
def query(program, project, folder, pushgraph):
    """The labels that a regular expression finds, asked again and again: ours keeps the graph of the first time."""
    given = ["-p", str(project.parameters)]
    ours, theirs = ["query", f"/^{LABELS}/", *given], ["full", "-L", "--tasks", LABELS, *given]
    arguments = ours if program.name == pushgraph.name else theirs
    output, kept = folder / f"{program.name}.out", {"XDG_CACHE_HOME": str(made(folder / "cache"))}

    def once():
        cost = run(program, arguments, project.root, output, kept)
        return cost, outputs.in_order(output)

    once()
    yield once


def made(folder):
    """A folder that is empty."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def decision_arguments(project):
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=project.root, check=True, capture_output=True, text=True)
    head = head.stdout.strip()
    options = {
        "project": "project", "pushlog-id": "0", "pushdate": "1700000000", "owner": "someone@example.com", "level": "1",
        "tasks-for": "github-push", "repository-type": "git",
        "base-repository": "https://github.com/example/project", "base-ref": "main", "base-rev": head,
        "head-repository": "https://github.com/example/project", "head-ref": "refs/heads/main", "head-rev": head,
    }  # fmt: skip
    return ["decision", *(f"--{name}={value}" for name, value in options.items())]


def decide(program, project, service, output):
    """One decision: its id, and what it has cost."""
    made(project.root / "artifacts")
    task_id = service.start_task()
    environment = {**service.environment, "TASK_ID": task_id}
    return task_id, run(program, decision_arguments(project), project.root, output, environment)


@contextlib.contextmanager
def decision(program, project, folder, pushgraph):
    """A push becomes tasks: up to the last createTask."""
    with serving(pushgraph, made(folder / program.name)) as service:

        def once():
            task_id, cost = decide(program, project, service, folder / f"{program.name}.out")
            artifacts = project.root / "artifacts"
            graph = json.loads((artifacts / "task-graph.json").read_text())
            created = service.tasks(task_id)
            if created != len(graph):
                raise SystemExit(f"{program.name} created {created} of {len(graph)} tasks")
            full = (artifacts / "full-task-graph.json").read_bytes().replace(task_id.encode(), b"<decision>")
            return cost, full + outputs.named(graph, {"decision": task_id})

        yield once
        shutil.rmtree(project.root / "artifacts", ignore_errors=True)


@contextlib.contextmanager
def retrigger(program, project, folder, pushgraph):
    """A task of a push that is decided is created again. The decision is ours: both read the same artifacts."""
    with serving(pushgraph, made(folder / program.name)) as service:
        group, _ = decide(pushgraph, project, service, folder / "decision.out")
        artifacts = project.root / "artifacts"
        ids = json.loads((artifacts / "label-to-taskid.json").read_text())
        service.finish_task(group, artifacts)
        label = sorted(ids)[0]

        def once():
            made(artifacts)
            action = service.start_task(group)
            environment = {
                **service.environment,
                "TASK_ID": action,
                "ACTION_TASK_GROUP_ID": group,
                "ACTION_TASK_ID": json.dumps(ids[label]),
                "ACTION_INPUT": json.dumps({"force": True}),
                "ACTION_CALLBACK": "retrigger",
            }
            output = folder / f"{program.name}.out"
            cost = run(program, ["action-callback"], project.root, output, environment)
            graph = json.loads((artifacts / "task-graph.json").read_text())
            if [task["label"] for task in graph.values()] != [label]:
                raise SystemExit(f"{program.name} did not retrigger {label}")
            return cost, outputs.named(graph, ids | {"decision": group, "action": action})

        yield once
        shutil.rmtree(artifacts, ignore_errors=True)


GIVEN = ["-p", "{parameters}"]

MEASUREMENTS = [
    Measurement("--help", show(["--help"], outputs.nothing)),
    Measurement("full -J", show(["full", "-J", *GIVEN])),
    Measurement("full -J -o", show(["full", "-J", *GIVEN, "-o", "{output}"])),
    Measurement("full -L", show(["full", "-L", *GIVEN])),
    Measurement("target -J", show(["target", "-J", *GIVEN])),
    Measurement("optimized -J", show(["optimized", "-J", *GIVEN], outputs.with_labels, served=True)),
    Measurement("query", query),
    Measurement("decision", decision),
    Measurement("retrigger", retrigger),
]
