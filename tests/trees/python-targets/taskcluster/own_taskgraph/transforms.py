from taskgraph.transforms.base import TransformSequence

transforms = TransformSequence()


@transforms.add
def greet(config, tasks):
    for task in tasks:
        task["description"] = config.params.get("greeting") or "silence"
        yield task
