# This Source Code Form is subject to the terms of the Mozilla Public
# License, v. 2.0. If a copy of the MPL was not distributed with this
# file, You can obtain one at http://mozilla.org/MPL/2.0/.
"""Writes optimization.json: what the reference's optimization makes of random graphs.

    python optimization.py > optimization.json      # with taskcluster-taskgraph 24.5.1 installed

The reference visits independent tasks in the order of hashes; here they are visited by label, as we do.
"""

import collections
import json
import logging
import random
import sys

from taskgraph.graph import Graph
from taskgraph.optimize import base
from taskgraph.task import Task
from taskgraph.taskgraph import TaskGraph

NOW = "2026-01-01T00:00:00"
FILES_CHANGED = ["README.md", "src/lib.rs"]
PATTERNS = ["src", "docs/**", "*.md", "src/*.py"]


def visit_by_label(self, reverse):
    forward, backward = self.links_and_reverse_links_dict()
    dependencies, dependents = (backward, forward) if reverse else (forward, backward)
    missing = {node: len(dependencies[node]) for node in self.nodes}
    queue = collections.deque(sorted(node for node, count in missing.items() if count == 0))
    while queue:
        node = queue.popleft()
        yield node
        for next_node in sorted(dependents[node]):
            missing[next_node] -= 1
            if missing[next_node] == 0:
                queue.append(next_node)


def random_case(rand):
    labels = [f"t{n}" for n in range(rand.randint(1, 9))]
    tasks = {}
    for at, label in enumerate(labels):
        below = labels[:at]
        dependencies = {f"e{n}": rand.choice(below) for n in range(rand.randint(0, 3)) if below}
        named = sorted(set(dependencies.values()))
        tasks[label] = {
            "dependencies": dependencies,
            "soft_dependencies": rand.sample(labels, rand.randint(0, 1)) if rand.random() < 0.3 else [],
            "if_dependencies": rand.sample(named, rand.randint(1, len(named))) if named and rand.random() < 0.5 else [],
            "optimization": rand.choice([
                None,
                {"never": None},
                {"always": None},
                {"skip-unless-changed": rand.sample(PATTERNS, rand.randint(1, 2))},
                {"index-search": [f"index.{rand.choice(labels)}" for _ in range(rand.randint(1, 2))]},
                {"index-search": [f"index.{label}"]},
            ]),
            "deadline": rand.choice([{"relative-datestamp": "1 day"}, {"relative-datestamp": "3 days"}]),
        }
    some = lambda chance: sorted(label for label in labels if rand.random() < chance)
    found = {f"index.{label}": f"found-{label}" for label in some(0.7)}
    return {
        "tasks": tasks,
        "requested": some(0.6),
        "do_not_optimize": some(0.15),
        "existing_tasks": {label: f"existing-{label}" for label in some(0.15)},
        "index": found,
        "statuses": {
            task_id: {
                "state": rand.choice(["completed", "completed", "running", "failed", "exception"]),
                "expires": rand.choice(["2026-01-01T12:00:00.000Z", "2026-01-02T12:00:00.000Z", "2027-01-01T00:00:00.000Z"]),
            }
            for task_id in found.values()
            if rand.random() < 0.9
        },
        "nothing_pushed": rand.random() < 0.1,
    }


def plain_case(edges, requested, if_dependencies):
    labels = sorted(set(edges) | {on for below in edges.values() for on in below})
    task = lambda label: {
        "dependencies": {f"e{n}": on for n, on in enumerate(edges.get(label, []))},
        "soft_dependencies": [],
        "if_dependencies": if_dependencies.get(label, []),
        "optimization": None,
        "deadline": {"relative-datestamp": "1 day"},
    }
    return {
        "tasks": {label: task(label) for label in labels},
        "requested": requested,
        "do_not_optimize": [],
        "existing_tasks": {},
        "index": {},
        "statuses": {},
        "nothing_pushed": False,
    }


def graph_of(case):
    tasks, edges = {}, set()
    for label, task in case["tasks"].items():
        definition = {"deadline": task["deadline"], "payload": {"self": {"task-reference": "<self> <decision>"}}}
        tasks[label] = Task(
            kind="test",
            label=label,
            attributes={},
            task=definition,
            optimization=task["optimization"],
            dependencies=dict(task["dependencies"]),
            soft_dependencies=task["soft_dependencies"],
            if_dependencies=task["if_dependencies"],
        )
        edges |= {(label, on, name) for name, on in task["dependencies"].items()}
    return TaskGraph(tasks, Graph(frozenset(tasks), frozenset(edges)))


class Lines(logging.Handler):
    def __init__(self):
        super().__init__()
        self.lines = []

    def emit(self, record):
        self.lines.append([record.levelname.lower(), record.getMessage()])


def answer(case):
    handler = Lines()
    logger = logging.getLogger("optimization")
    logger.handlers, logger.propagate = [handler], False
    logger.setLevel(logging.DEBUG)
    base.find_task_id_batched = lambda paths: {p: case["index"][p] for p in paths if p in case["index"]}
    base.status_task_batched = lambda ids: {i: case["statuses"][i] for i in ids if i in case["statuses"]}
    count = iter(range(1000))
    base.slugid = lambda: f"new-{next(count):03}"
    params = {
        "files_changed": FILES_CHANGED,
        "base_rev": "b" * 40 if case["nothing_pushed"] else "a" * 40,
        "head_rev": "b" * 40,
    }
    try:
        graph, label_to_taskid = base.optimize_task_graph(
            graph_of(case),
            set(case["requested"]),
            params,
            set(case["do_not_optimize"]),
            "DECISION",
            existing_tasks=case["existing_tasks"],
        )
    except Exception as error:
        return {"error": str(error)}
    return {
        "label_to_taskid": label_to_taskid,
        "graph": {
            task.label: {"dependencies": task.dependencies, "task": task.task} for task in graph.tasks.values()
        },
        "log": handler.lines,
    }


class FixedNow(base.datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return cls.fromisoformat(NOW).replace(tzinfo=tz)


def main():
    Graph._visit = visit_by_label
    base.datetime.datetime = FixedNow
    rand = random.Random(24051)
    # A task that stays after pruning (x) leaves what it depends on (z) behind: the reference fails.
    lost = plain_case({"c": ["x", "y"], "x": ["z"]}, ["c", "y"], {"c": ["x", "y"]})
    cases = [{**lost, **answer(lost)}]
    while len(cases) < 150:
        case = random_case(rand)
        # The closure of the requested tasks, as the generator passes it on.
        keep = graph_of(case).graph.transitive_closure(set(case["requested"])).nodes
        case["tasks"] = {label: task for label, task in case["tasks"].items() if label in keep}
        if len(keep) > 2:
            cases.append({**case, **answer(case)})
    for at, case in enumerate(cases):
        sys.stdout.write(("[" if at == 0 else ",\n") + json.dumps(case, sort_keys=True, separators=(",", ":")))
    sys.stdout.write("]\n")


main()
