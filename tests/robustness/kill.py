"""SIGKILL at random moments: a decision, each action, and the Taskcluster itself, then everything again until it is done.

What is there in the end, tasks and artifacts, must be what there is when nobody interferes. The last line is the figure.
"""

import collections
import shutil
import subprocess
import time

from support import *

#: Callback → the task it is asked of, by name, and its input.
ACTIONS = {
    "add-new-jobs": (None, {"tasks": ["work-test-2-9", "work-build-1"], "times": 2}),
    "cancel": ("pending", None),
    "cancel-all": (None, None),
    "rebuild-cached-tasks": (None, None),
    "rerun": ("failed", None),
    "retrigger": ("work-build-0", {"downstream": True, "times": 2}),
    "retrigger-decision": ("decision", None),
    "retrigger-multiple": (None, {"requests": [{"tasks": ["work-build-0", "work-test-0-1"], "times": 2}]}),
}
ARTIFACTS = ["task-graph.json", "label-to-taskid.json", "to-run.json"]


class Trial:
    """A program that is run from the same state again and again, undisturbed or killed."""

    def __init__(self, place, name, base, tree, group, task_id, command, more):
        self.place, self.name, self.base, self.tree = place / name, name, base, tree
        self.group, self.task_id, self.command, self.more = group, task_id, command, more
        self.number = 0

    def start(self, served):
        shutil.rmtree(self.tree / "artifacts", ignore_errors=True)
        return self.again(served)

    def again(self, served):
        command = [PUSHGRAPH, *self.command]
        self.said = tempfile.TemporaryFile()
        return subprocess.Popen(command, cwd=self.tree, stdout=subprocess.DEVNULL, stderr=self.said, env=environment(served, self.task_id, **self.more))

    def serve(self, faults=None):
        self.number += 1
        folder = self.place / str(self.number)
        folder.parent.mkdir(exist_ok=True)
        shutil.copytree(self.base, folder)
        return Served(folder, faults=faults)

    def result(self, served):
        artifacts = {name: (self.tree / "artifacts" / name).read_bytes() for name in ARTIFACTS if (self.tree / "artifacts" / name).exists()}
        # The task that runs, whose state no worker keeps here, is left out.
        return [task for task in served.group(self.group) if task[1] != self.task_id], artifacts

    def undisturbed(self):
        with self.serve() as served:
            start = time.monotonic()
            code = self.start(served).wait()
            self.seconds = time.monotonic() - start
            if code:
                self.said.seek(0)
                raise SystemExit(f"{self.name} fails undisturbed: {self.said.read().decode()}")
            self.expected = self.result(served)
        shutil.rmtree(served.folder)

    def killed(self, chance):
        """One run from the start that is killed up to three times; how often it was, and what there is in the end."""
        with self.serve() as served:
            process, kills = self.start(served), 0
            for _ in range(chance.randint(1, 3)):
                try:
                    process.wait(timeout=chance.uniform(0, 1.1 * self.seconds))
                    break
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
                    kills += 1
                    process = self.again(served)
            code = self.until_done(process, served)
            result = self.result(served)
        shutil.rmtree(served.folder)
        return kills, code, result

    def without_taskcluster(self, chance):
        """One run during which the Taskcluster is killed up to three times and comes back on its state."""
        with self.serve() as served:
            process, kills = self.start(served), 0
            for _ in range(chance.randint(1, 3)):
                time.sleep(chance.uniform(0, self.seconds))
                if process.poll() is not None:
                    break
                served.kill()
                kills += 1
                time.sleep(chance.uniform(0, 0.3))
                served.start()
            code = self.until_done(process, served)
            result = self.result(served)
        shutil.rmtree(served.folder)
        return kills, code, result

    def until_done(self, process, served):
        """As a worker that has 75 in its `onExitStatus.retry` goes on."""
        for _ in range(6):
            code = process.wait()
            if code != 75:
                return code
            process = self.again(served)
        return process.wait()


def prepare(place, tasks):
    """A push whose decision has created its tasks; one of them has failed, and one more is pending."""
    tree = write_tree(place / "tree", tasks)
    bare, base = place / "bare", place / "base"
    group, action = slugid(), slugid()
    with Served(bare) as served:
        served.put_task(group, group)
        served.stop()
    shutil.copytree(bare, base)
    with Served(base) as served:
        served.claim("p/decision")
        assert decision("pushgraph", tree, served, group).wait() == 0
        for path in sorted((tree / "artifacts").iterdir()):
            if path.is_file():
                served.upload(group, f"public/{path.name}", path.read_bytes())
        served.call("POST", f"task/{group}/runs/0/completed")
        named = {name: task_id for name, task_id, *_ in served.group(group)}
        ready = served.claim("p/linux")
        served.call("POST", f"task/{ready[0]}/runs/0/failed")
        for task_id in ready[1:]:
            served.call("POST", f"task/{task_id}/runs/0/completed")
        pending = slugid()
        served.put_task(pending, group, name="pending", queue="p/nobody")
        served.put_task(action, group, name="Action", queue="p/actions")
        served.stop()
    return tree, bare, base, group, action, {**named, "failed": ready[0], "pending": pending, "decision": group}


def trials(place, tasks):
    tree, bare, base, group, action, named = prepare(place, tasks)
    yield Trial(place, "decision", bare, tree, group, group, DECISION, {})
    for callback, (task, given) in ACTIONS.items():
        more = {
            "ACTION_CALLBACK": callback, "ACTION_TASK_GROUP_ID": group,
            "ACTION_TASK_ID": json.dumps(named[task] if task else None), "ACTION_INPUT": json.dumps(given),
        }
        yield Trial(place, callback, base, tree, group, action, ["action-callback"], more)


def main():
    options = arguments(__doc__, tasks=(60, 20, "about so many tasks"), rounds=(40, 1, "so many runs of each program"))
    figures = collections.Counter()
    with Workplace() as place:
        for number, trial in enumerate(trials(place, options.tasks)):
            if options.short and number % 3:
                continue
            trial.undisturbed()
            ways = [("killed", trial.killed)]
            if trial.name == "decision":
                ways.append(("without Taskcluster", trial.without_taskcluster))
            for way, run in ways:
                here = collections.Counter()
                for _ in range(options.rounds):
                    kills, code, (tasks, artifacts) = run(options.random)
                    # A name may be there as often as it is in the undisturbed result.
                    wanted, found = (collections.Counter(task[0] for task in those) for those in (trial.expected[0], tasks))
                    here.update(
                        kills=kills, runs=1, lost=sum((wanted - found).values()), doubled=sum((found - wanted).values()),
                        different=(tasks, artifacts) != trial.expected, failed=code != 0,
                    )
                print(f"{trial.name:22} {way:20} {dict(here)}", flush=True)
                figures.update(here)
    wrong = sum(figures[name] for name in ("lost", "doubled", "different", "failed"))
    finish(
        f"{figures['kills']} kills in {figures['runs']} runs, {figures['runs'] - figures['different'] - figures['failed']} ended as if undisturbed; "
        f"{figures['lost']} tasks lost, {figures['doubled']} tasks doubled",
        wrong == 0 and figures["kills"] > 0,
    )


main()
