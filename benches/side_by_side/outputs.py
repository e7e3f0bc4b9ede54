"""Whether two runs have made the same."""

import json


def as_they_are(path):
    """The bytes."""
    return path.read_bytes()


def nothing(_):
    """Nothing is compared."""
    return b""


def in_order(path):
    """The lines, sorted; the reference ends its list with an empty one."""
    return b"\n".join(sorted(filter(None, path.read_bytes().splitlines())))


def with_labels(path):
    """A graph by task id, every id replaced by the label of its task: the reference draws ids, we derive them."""
    return named(json.loads(path.read_text()), {})


def named(graph, others):
    """The same; what has no order but that of its ids is put in one. `others` are ids outside of the graph, by name."""
    labels = {task_id: name for name, task_id in others.items()}
    labels |= {task_id: task["label"] for task_id, task in graph.items()}

    own = [others[name] for name in ("decision", "action") if name in others]

    def one(task_id, task):
        text = json.dumps(task, sort_keys=True)
        for known in {task_id, *task["dependencies"].values(), *own}:
            text = text.replace(known, f"<{labels.get(known, known)}>")
        task = json.loads(text)
        task["task"].get("dependencies", []).sort()
        return task

    tasks = sorted((one(*entry) for entry in graph.items()), key=lambda task: task["label"])
    return json.dumps(tasks, sort_keys=True).encode()
