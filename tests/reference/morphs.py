# This Source Code Form is subject to the terms of the Mozilla Public
# License, v. 2.0. If a copy of the MPL was not distributed with this
# file, You can obtain one at http://mozilla.org/MPL/2.0/.
"""Writes morphs.json: the tasks that the reference's morphs add to a graph, and what is left of those it changes.

    python morphs.py > morphs.json      # with taskcluster-taskgraph 24.5.1 installed
"""

import json

from taskgraph import morph
from taskgraph.graph import Graph
from taskgraph.task import Task
from taskgraph.taskgraph import TaskGraph

CONFIG = {
    "trust-domain": "example",
    "workers": {"aliases": {"misc": {"provisioner": "p-{level}", "implementation": "docker-worker", "os": "linux", "worker-type": "m"}}},
    "taskgraph": {"index-path-regexes": [r"(other\.).*"]},
}
PARAMETERS = {
    "level": "1",
    "owner": "someone@example.com",
    "head_repository": "https://github.com/example/project",
    "head_rev": "b" * 40,
    "code-review": {"phabricator-build-target": "PHID-1"},
}
ROUTES = [f"index.example.v2.project.x{n}" for n in range(62)] + ["index.other.v2.y", "index.third.z", "checks"]


class Config(dict):
    # Its answers are kept by the reference, which therefore wants it hashable.
    __hash__ = object.__hash__


def main():
    definition = {
        "routes": ROUTES,
        "metadata": {"description": "d", "owner": "o@x", "source": "https://s"},
        "deadline": {"relative-datestamp": "1 day"},
        "extra": {"index": {"rank": 7}},
    }
    task = Task(kind="test", label="a", attributes={"code-review": True}, task=definition)
    task.task_id = "PARENT"
    count = iter(range(10))
    morph.slugid = lambda: f"new-{next(count)}"
    graph = TaskGraph({"PARENT": task}, Graph(frozenset(["PARENT"]), frozenset()))
    graph, ids = morph.morph(graph, {"a": "PARENT"}, PARAMETERS, Config(CONFIG))
    tasks = {task.label: task.to_json() for task in graph.tasks.values()}
    for task in tasks.values():
        del task["task_id"]
    print(json.dumps(tasks, indent=1, sort_keys=True))


main()
