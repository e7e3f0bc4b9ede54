"""Transforms whose tasks share parts, and which remember."""

import copy

from taskgraph.transforms.base import TransformSequence

name_in_env = TransformSequence()
shallow_copies = TransformSequence()
day = TransformSequence()
numbers = TransformSequence()
more_numbers = TransformSequence()

seen = []


@name_in_env.add
def add_name(config, tasks):
    """Where tasks share `env`, each finds the names of those before it."""
    for task in tasks:
        task["worker"]["env"][task["name"].upper()] = str(len(task["worker"]["env"]))
        yield task


@shallow_copies.add
def copy_shallowly(config, tasks):
    for task in tasks:
        for letter in "ab":
            # What lies deeper is the same object in all of them, and `run` adds to it.
            yield {**task, "name": f"{task['name']}-{letter}", "worker": {**task["worker"]}}


@day.add
def describe_day(config, tasks):
    for task in tasks:
        task["description"] = f"Made on {task.pop('day'):%d.%m.%Y}, number {task.pop('number') % 1000}"
        task["attributes"] = {"pair": ("left", "right")}
        yield task


@numbers.add
def number(config, tasks):
    """How many tasks passed here, and at the other place, in this kind."""
    for task in tasks:
        seen.append(config.kind)
        task["description"] = f"{len(seen)}"
        yield task


@more_numbers.add
def number_again(config, tasks):
    for task in tasks:
        seen.append(config.kind)
        task["description"] += f", {len(seen)}"
        yield task
