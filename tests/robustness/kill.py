"""SIGKILL at random moments: a decision, each action, and the Taskcluster itself, then everything again until it is done.

What is there in the end, tasks and artifacts, must be what there is when nobody interferes. The last line is the figure.
"""

import collections
import re
import shutil
import subprocess
import time

from support import *

#: Kinds that the actions are asked about.
KINDS = {
    "perf": """
tasks:
    startup: {description: how long it takes, worker-type: b-linux, worker: {docker-image: debian:12, max-run-time: 600},
        run: {using: run-task, checkout: false, command: 'true'}, run-on-projects: [all]}
    memory: {description: how much it takes, worker-type: b-linux, worker: {docker-image: debian:12, max-run-time: 600},
        run: {using: run-task, checkout: false, command: 'true'}, run-on-projects: [all]}
""",
    "test": """
task-defaults:
    description: a test
    worker-type: b-linux
    worker: {docker-image: debian:12, max-run-time: 600, caches: [{type: persistent, name: kept, mount-point: /builds/worker/kept}]}
    run: {using: run-task, checkout: false, command: 'true'}
    run-on-projects: [all]
tasks:
    a: {attributes: {retrigger: true, test_manifests: [tests/a/m.toml]}}
    b: {attributes: {test_manifests: [tests/b/m.toml]}, optimization: {skip-unless-changed: [nothing]}}
    c: {attributes: {test_manifests: [tests/b/m.toml]}, optimization: {skip-unless-changed: [nothing]}}
""",
}

#: What the log of a test that failed says.
SUMMARY = "".join(
    json.dumps({"action": "test_result", "test": f"tests/a/{name}.html", "group": "tests/a/m.toml", "status": "FAIL", "expected": "PASS"}) + "\n"
    for name in ("one", "two")
).encode()

#: Callback → the task it is asked of, by name, and its input.
ACTIONS = {
    "add-by-query": (None, {"query": "kind(perf)", "times": 3}),
    "all-perf": (None, {"times": 3}),
    "backfill-task": (None, {"label": "work-test-1-9", "revision": "0123456789abcdef", "times": 3}),
    "change-priority": (None, {"priority": "high"}),
    "confirm-failures": ("test-a", {"times": 3}),
    "create-interactive": ("test-a", None),
    "fill": (None, None),
    "new-test": (None, {"paths": ["tests/b/x.html"], "times": 3}),
    "purge-cache": ("test-a", None),
    "run-missing-tests": (None, None),
    "add-new-jobs": (None, {"tasks": ["work-test-1-9", "work-build-1"], "times": 2}),
    "cancel": ("pending", None),
    "cancel-all": (None, None),
    "rebuild-cached-tasks": (None, None),
    "rerun": ("failed", None),
    "retrigger": ("work-build-0", {"downstream": True, "times": 2}),
    "retrigger-decision": ("decision", None),
    "retrigger-multiple": (None, {"requests": [{"tasks": ["work-build-0", "work-test-0-1"], "times": 2}]}),
}
#: Actions that ask others on many pushes → label of the task they are asked of, or none, and their input.
CAMPAIGNS = {
    "back-revisions": ("test-linux-unit", {"depth": 8, "times": 3}),
    "backfill": ("test-linux-unit", {"depth": 8, "until_good": True, "retrigger": False}),
    "trigger-range": (None, {"tasks": ["test-linux-unit", "perf-startup"], "from": "FIRST", "times": 3}),
}
HISTORY = """
tree: TREE
pushes: 9
results:
    - {label: test-linux-unit, from: 8, result: fail}
    - {label: test-linux-unit, from: 3, to: 7, result: missing}
"""

#: Rows of the table of actions that are covered by another row.
EXCUSED = {"retrigger-disabled": "it is `retrigger` with another rule for who may ask"}
ARTIFACTS = ["task-graph.json", "label-to-taskid.json", "to-run.json"]


def check_table():
    """Every row of the table of actions is killed here or excused, and nothing else is."""
    folder = REPOSITORY / "src/actions"
    modules = re.findall(r"^    (\w+)::ACTION,$", (folder / "mod.rs").read_text(), re.M)
    rows = {re.search(r'cb_name: "([^"]+)"', (folder / f"{module}.rs").read_text())[1] for module in modules}
    here = {*ACTIONS, *CAMPAIGNS, *EXCUSED}
    if rows != here:
        raise SystemExit(f"not covered and not excused: {sorted(rows - here)}; no rows of the table: {sorted(here - rows)}")


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
        # The task that runs, whose state no worker keeps here, is left out. Some make a group of their own.
        tasks = served.group(self.group) + (served.group(self.task_id) if self.name == "create-interactive" else [])
        requests = served.call("GET", "purge-cache/list", service="purge-cache")["requests"]
        purged = sorted({json.dumps({key: request[key] for key in request if key != "before"}, sort_keys=True) for request in requests})
        return [task for task in tasks if task[1] != self.task_id], (artifacts, purged)

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


class Campaign(Trial):
    """An action that has others do something on many pushes, of a history whose groups are given."""

    def __init__(self, groups, *more):
        super().__init__(*more)
        self.groups = groups

    def result(self, served):
        """What was fired where, and what the report says was to be done: hooks draw new ids each time."""
        fired = [(f"{group} {name} {task['payload']['env']['ACTION_INPUT']}",) for group in self.groups
                 for name, _, _, _, text in served.group(group) if "ACTION_INPUT" in (task := json.loads(text))["payload"].get("env", {})]
        report = json.loads((self.tree / "artifacts/backfill-report.json").read_text())
        reports = report if isinstance(report, list) else [report]
        done = [{key: value for key, value in push.items() if key != "outcome"} for report in reports for push in report["pushes"]]
        return sorted(fired), done


def campaigns(place):
    """A history of some pushes, and the actions on its newest."""
    folder = place / "history"
    folder.mkdir()
    (folder / "history.yml").write_text(HISTORY.replace("TREE", json.dumps(str(REPOSITORY / "tests/histories/tree"))))
    # The workers' tasks call the program by the reference's name.
    path = f"{REFERENCE.parent}:{os.environ['PATH']}"
    subprocess.run([PUSHGRAPH, "local", "history", "history.yml", "--no-serve"], cwd=folder, env={**os.environ, "PATH": path}, check=True, capture_output=True)
    base, action = folder / ".pushgraph", slugid()
    pushes = json.loads((base / "history.json").read_text())["project"]
    group = pushes[-1]["decision"]
    with Served(base) as served:
        named = {name: task_id for name, task_id, *_ in served.group(group)}
        served.put_task(action, group, scheduler="example-level-3", name="Action", queue="p/actions")
        served.stop()
    for callback, (task, given) in CAMPAIGNS.items():
        first = pushes[0]["commits"][-1]["revision"]
        more = {
            "ACTION_CALLBACK": callback, "ACTION_TASK_GROUP_ID": group, "ACTION_TASK_ID": json.dumps(named[task] if task else None),
            "ACTION_INPUT": json.dumps(given).replace("FIRST", first), "PUSHGRAPH_PUSHLOG": f"git:{base}/repositories/project#main",
        }
        groups = [push["decision"] for push in pushes]
        yield Campaign(groups, place, callback, base, base / "repositories/project", group, action, ["action-callback"], more)


def prepare(place, tasks):
    """A push whose decision has created its tasks; one of them and a test have failed, and one more is pending."""
    tree = write_tree(place / "tree", tasks, **KINDS)
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
        served.upload(named["test-a"], "public/test_info/a_errorsummary.log", SUMMARY)
        failed = next(task_id for task_id in ready if task_id != named["test-a"])
        for task_id in ready:
            served.call("POST", f"task/{task_id}/runs/0/{'failed' if task_id in (failed, named['test-a']) else 'completed'}")
        pending = slugid()
        served.put_task(pending, group, name="pending", queue="p/nobody")
        served.put_task(action, group, name="Action", queue="p/actions")
        served.stop()
    return tree, bare, base, group, action, {**named, "failed": failed, "pending": pending, "decision": group}


def trials(place, tasks):
    tree, bare, base, group, action, named = prepare(place, tasks)
    yield Trial(place, "decision", bare, tree, group, group, DECISION, {})
    for callback, (task, given) in ACTIONS.items():
        more = {
            "ACTION_CALLBACK": callback, "ACTION_TASK_GROUP_ID": group,
            "ACTION_TASK_ID": json.dumps(named[task] if task else None), "ACTION_INPUT": json.dumps(given),
        }
        yield Trial(place, callback, base, tree, group, action, ["action-callback"], more)
    yield from campaigns(place)


def main():
    check_table()
    options = arguments(__doc__, tasks=(60, 20, "about so many tasks"), rounds=(40, 1, "so many runs of each program"))
    figures = collections.Counter()
    with Workplace() as place:
        for number, trial in enumerate(trials(place, options.tasks)):
            if options.short and number % 5:
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
