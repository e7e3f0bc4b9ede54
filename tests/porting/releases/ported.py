import re

from taskgraph.transforms.base import TransformSequence

transforms = TransformSequence()


@transforms.add
def drop(config, tasks):
    for task in tasks:
        only = task.pop("only")
        if not any(re.match(f"{event}$", config.params["tasks_for"]) for event in only["tasks-for"]):
            continue
        if int(config.params["level"]) < only["level"]:
            continue
        phase = task.pop("shipping-phase", None)
        if phase:
            task.setdefault("attributes", {})["shipping_phase"] = phase
            task["run-on-tasks-for"] = []
        yield task
