from taskgraph.transforms.base import TransformSequence
from taskgraph.util.schema import resolve_keyed_by

transforms = TransformSequence()

FIELDS = ["worker.max-run-time", "worker.env.SIGN", "treeherder.symbol", "treeherder.tier"]


@transforms.add
def resolve(config, tasks):
    for task in tasks:
        for field in FIELDS:
            resolve_keyed_by(task, field, task["name"], **{"level": config.params["level"]})
        del task["build-type"]
        yield task
