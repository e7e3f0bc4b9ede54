"""Transforms that look at dates, and which remember."""

from taskgraph.transforms.base import TransformSequence

day = TransformSequence()
numbers = TransformSequence()
more_numbers = TransformSequence()

seen = []


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
