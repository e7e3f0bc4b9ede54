from taskgraph.transforms.base import TransformSequence
from taskgraph.util.dependencies import get_primary_dependency

transforms = TransformSequence()


@transforms.add
def add_upstream_artifacts(config, tasks):
    for task in tasks:
        dep = get_primary_dependency(config, task)
        formats = task.pop("formats")
        paths = [f"public/{dep.attributes['kind']}/{dep.label}.{kind}" for kind in ("zip", "tar.gz")]
        task.setdefault("extra", {})["upstreamArtifacts"] = [
            {
                "taskId": {"task-reference": f"<{dep.kind}>"},
                "taskType": "build",
                "paths": sorted(path for path in paths if not path.endswith("docs.zip")),
                "formats": formats,
            }
        ]
        task["description"] = f"{task['description']}: {dep.description}"
        yield task
