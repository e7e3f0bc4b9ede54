"""Amends graphs after they are made, watches what they are made of, and changes the reference itself."""

import taskgraph.transforms.task as task_transforms
from slugid import nice as slugid
from taskgraph.morph import amend_taskgraph, register_morph
from taskgraph.task import Task
from taskgraph.util.verify import verifications


def register(graph_config):
    task_transforms.TREEHERDER_ROUTE_ROOT = "own-treeherder"


@register_morph
def add_notice(taskgraph, label_to_taskid, parameters, graph_config):
    last = max(task.label for task in taskgraph)
    task = Task(
        kind="notice",
        label=f"notice-{last}",
        attributes={},
        task={
            "metadata": {"name": f"notice-{last}", "description": "", "owner": "a@example.com", "source": "https://example.com"},
            "provisionerId": "p",
            "workerType": "w",
            "dependencies": [label_to_taskid[last]],
            "created": {"relative-datestamp": "0 seconds"},
            "deadline": {"relative-datestamp": "1 day"},
            "payload": {},
        },
        dependencies={"last": label_to_taskid[last]},
    )
    task.task_id = slugid()
    return amend_taskgraph(taskgraph, label_to_taskid, [task])


@verifications.add("full_task_graph")
def verify_labels(task, taskgraph, scratch_pad, graph_config, parameters):
    if task is not None:
        scratch_pad[task.label] = True
        return
    assert set(scratch_pad) == set(taskgraph.tasks)
