"""Many tasks at once through a Taskcluster that fails: are all there, once, and does memory stay flat?

Runs a decision of so many tasks with faults on. Beside it, on the same server with the same faults, the reference creates
the same tasks from the graph that we published (its own generation is not part of it). The last line is the figure.
"""

import subprocess
import time

from support import *

FAULTS = """seed: SEED
faults:
- {route: PUT /api/queue/v1/task/*, skip: 1, chance: 0.005, drop: after}
- {route: PUT /api/queue/v1/task/*, skip: 1, chance: 0.005, drop: before}
- {route: PUT /api/queue/v1/task/*, skip: 1, chance: 0.01, status: 503}
- {route: PUT /api/queue/v1/task/*, skip: 1, chance: 0.005, status: 502, when: after}
- {route: PUT /api/queue/v1/task/*, skip: 1, chance: 0.005, status: 429, retry-after: 1}
- {route: PUT /api/queue/v1/task/*, skip: 1, chance: 0.005, body: truncated}
- {route: PUT /api/queue/v1/task/*, skip: 1, chance: 0.005, body: html}
- {route: PUT /api/queue/v1/task/*, skip: 1, chance: 0.02, delay: 0.2}
"""

#: Creates the tasks of the artifacts in a folder, as the reference does at the end of its decision.
REFERENCE_CREATES = """
import json, sys, pathlib
from taskgraph.create import create_tasks
from taskgraph.taskgraph import TaskGraph
folder, group = pathlib.Path(sys.argv[1]), sys.argv[2]
_, graph = TaskGraph.from_json(json.loads((folder / "task-graph.json").read_text()))
labels = json.loads((folder / "label-to-taskid.json").read_text())
create_tasks({"trust-domain": "example"}, graph, labels, {"level": "1"}, group)
"""


def resident(pid):
    """Megabytes."""
    try:
        for line in open(f"/proc/{pid}/status"):
            if line.startswith("VmRSS"):
                return int(line.split()[1]) / 1024
    except OSError:
        pass
    return 0


def watch(process, log):
    """When creation began, and how much memory there was then and at most afterwards."""
    began, before, most = None, 0, 0
    while process.poll() is None:
        if began is None and b"label-to-taskid.json" in log.read_bytes():
            began, before = time.monotonic(), resident(process.pid)
        most = max(most, resident(process.pid))
        time.sleep(0.05)
    return began, before, most


def ours(place, tree, served, group):
    log = place / "log"
    with open(log, "wb") as out:
        process = decision("pushgraph", tree, served, group, output=out)
        began, before, most = watch(process, log)
    return process.returncode, time.monotonic() - (began or time.monotonic()), before, most


def theirs(tree, served, group):
    start = time.monotonic()
    process = subprocess.run(
        [REFERENCE, "-c", REFERENCE_CREATES, tree / "artifacts", group], env=environment(served, group), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    return process.returncode, time.monotonic() - start


def main():
    options = arguments(__doc__, tasks=(10000, 200, "about so many tasks"))
    with Workplace() as place:
        tree = write_tree(place / "tree", options.tasks)
        (place / "faults.yml").write_text(FAULTS.replace("SEED", str(options.seed)))
        with Served(place / "ours", faults=place / "faults.yml") as served:
            group = slugid()
            served.put_task(group, group)
            runs, code = 0, 75
            while code == 75 and runs < 5:
                code, seconds, before, most = ours(place, tree, served, group)
                runs += 1
            expected = json.loads((tree / "artifacts/label-to-taskid.json").read_text())
            found = [name for name, *_ in served.group(group)]
            lost, doubled = lost_and_doubled(expected, found)
            struck = served.stop()
        print(f"pushgraph: {len(found)} tasks in {seconds:.1f} s ({len(found) / seconds:.0f}/s), {runs} runs, exit code {code}, {struck} faults; "
              f"{before:.0f} MB when creation began, {most:.0f} MB at most", flush=True)
        if REFERENCE.exists() and not options.short:
            with Served(place / "theirs", faults=place / "faults.yml") as served:
                served.put_task(group, group)
                code_theirs, seconds_theirs = theirs(tree, served, group)
                found_theirs = [name for name, *_ in served.group(group)]
                lost_theirs, doubled_theirs = lost_and_doubled(expected, found_theirs)
                struck_theirs = served.stop()
            print(f"taskgraph: {len(found_theirs)} tasks in {seconds_theirs:.1f} s ({len(found_theirs) / seconds_theirs:.0f}/s), exit code {code_theirs}, "
                  f"{struck_theirs} faults: {lost_theirs} tasks lost, {doubled_theirs} tasks doubled", flush=True)
        finish(
            f"{len(expected)} tasks, {struck} faults injected, {lost} tasks lost, {doubled} tasks doubled, memory grew by {most - before:.0f} MB",
            code == 0 and not lost and not doubled and struck > 0,
        )


main()
