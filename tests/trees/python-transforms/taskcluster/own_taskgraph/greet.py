"""Transforms of the tree's own, before and after those of taskgraph."""

from taskgraph.transforms.base import TransformSequence
from taskgraph.util.copy import deepcopy
from taskgraph.util.schema import LegacySchema, resolve_keyed_by
from voluptuous import Any, Optional

transforms = TransformSequence()
symbols = TransformSequence()

transforms.add_validate(
    LegacySchema({"name": str, "greeting": Any(str, dict), Optional("languages"): [str], str: object}, extra=True)
)


@transforms.add
def one_for_each_language(config, tasks):
    for task in tasks:
        for language in task.pop("languages", ["english"]):
            yield {**deepcopy(task), "name": f"{task['name']}-{language}", "language": language}


@transforms.add
def greet(config, tasks):
    for task in tasks:
        resolve_keyed_by(task, "greeting", task["name"], language=task["language"])
        task["run"]["command"] = f"echo {task.pop('greeting')}"
        task["attributes"] = {"language": task.pop("language"), "of": config.kind}
        yield task


@symbols.add
def add_symbols(config, tasks):
    """After `run`, before `task`: a task waits for those of the kind it depends on."""
    for task in tasks:
        task["dependencies"] = {other.label: other.label for other in config.kind_dependencies_tasks.values()}
        task["treeherder"] = {"symbol": task["attributes"]["language"][0], "platform": "linux/opt", "kind": "other", "tier": 1}
        task["description"] += f" at level {config.params['level']}"
        yield task
