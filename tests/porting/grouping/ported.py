from taskgraph.transforms.base import TransformSequence

transforms = TransformSequence()


@transforms.add
def wait(config, tasks):
    for task in tasks:
        wanted = task.pop("wait-for")
        found = [
            dep
            for dep in config.kind_dependencies_tasks.values()
            if dep.kind in wanted["kinds"] and wanted["attribute"] in dep.attributes
        ]
        task["dependencies"] = {dep.label: dep.label for dep in found}
        attributes = task.setdefault("attributes", {})
        attributes["packages"] = sorted(dep.attributes[wanted["attribute"]] for dep in found)
        attributes["images"] = len({dep.task["payload"]["image"] for dep in found})
        yield task
