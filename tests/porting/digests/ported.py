import hashlib

from taskgraph.transforms.base import TransformSequence
from taskgraph.util.hash import hash_paths

transforms = TransformSequence()


@transforms.add
def add_cache(config, tasks):
    for task in tasks:
        arguments = ",".join(task.pop("arguments"))
        digest = [
            hash_paths(config.graph_config.vcs_root, task.pop("sources")),
            hashlib.sha256(arguments.encode()).hexdigest(),
        ]
        task["cache"] = {"type": "compiled.v1", "name": task["name"], "digest-data": digest}
        task["worker"]["env"] = {"CACHE_KEY": digest[1][:12]}
        yield task
