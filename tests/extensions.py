"""Extends pushes of real projects, decided by the reference, and compares what is created with what should be.

What should be created follows from what the decision tasks left and from the states of their tasks, by the rules of this
file alone: it reads no code of ours, and nothing that a command says of itself but its exit code.
"""

import collections
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import urllib.request

import jsone
import taskcluster

PUSHES = 7
#: On 1 and 2 what is asked about waits for a build that was cancelled, on 3 it passes, on 4 and 5 it did not run, and then it
#: fails. What is found in the index was built by an earlier push: so the builds that are cancelled are the first ones.
RESULTS = """
tree: {tree}
project: {project}
pushes: {pushes}
decisions: taskgraph
results:
"""
RULES = """
    - {{label: '{subject}', from: 6, result: fail}}
    - {{label: '{subject}', from: 4, to: 5, result: missing}}
    - {{label: '{build}', from: 1, to: 2, result: missing}}
"""


class Unusable(Exception):
    """Why a project's decision or action tasks cannot be run, whoever asks for them."""


def last_words(log):
    lines = [line.strip() for line in log.splitlines() if line.strip() and not line.strip().startswith(("[", "+"))]
    return lines[-1][-200:] if lines else "without a word"


class History:
    """`local history` in a process of its own."""

    def __init__(self, program, folder, text):
        folder.mkdir()
        (folder / "history.yml").write_text(text)
        self.program, self.folder = program, folder
        self.log = open(folder / "log", "w")
        command = [program, "local", "history", "history.yml"]
        self.process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=self.log, text=True)
        self.exports = {}
        for line in self.process.stdout:
            if line.startswith("export "):
                name, value = line.removeprefix("export ").strip().split("=", 1)
                self.exports[name] = value.strip("'")
            if line.startswith("# treeherder:"):
                break
        else:
            raise Unusable(f"the reference's decision fails here, {last_words((folder / 'log').read_text())}")
        (self.project, pushes), = json.loads((folder / ".pushgraph/history.json").read_text()).items()
        self.pushes = {push["number"]: Push(self, push) for push in pushes}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.log.close()

    def get(self, path):
        with urllib.request.urlopen(f"{self.exports['TASKCLUSTER_ROOT_URL']}/{path}") as answer:
            return json.load(answer)

    def run(self, *arguments):
        """A command, as somebody at a terminal types it; its exit code."""
        trust_domain = self.pushes[1].trust_domain
        command = [self.program, *arguments, "--project", self.project, "--trust-domain", trust_domain]
        ran = subprocess.run(command, cwd=self.folder, env={**os.environ, **self.exports}, capture_output=True, text=True)
        self.said = ran.stdout + ran.stderr
        return ran.returncode

    def fire(self, push, name, task=None, given=None):
        """An action of a push or a task of it, as Treeherder fires it; the exit code that a command would have."""
        document, tags = push.artifact("actions.json"), task.definition.get("tags", {}) if task else {}
        fits = lambda entry: any(all(tags.get(tag) == value for tag, value in wanted.items()) for wanted in entry["context"])
        is_meant = lambda entry: entry["name"] == name and (fits(entry) if task else not entry["context"])
        entry = next(entry for entry in document["actions"] if is_meant(entry))
        task_id = task.id if task else None
        context = {**document["variables"], "input": given or {}, "taskId": task_id, "taskGroupId": push.decision}
        payload = jsone.render(entry["hookPayload"], context)
        credentials = {"clientId": self.exports["TASKCLUSTER_CLIENT_ID"], "accessToken": self.exports["TASKCLUSTER_ACCESS_TOKEN"]}
        hooks = taskcluster.Hooks({"rootUrl": self.exports["TASKCLUSTER_ROOT_URL"], "credentials": credentials})
        fired = hooks.triggerHook(entry["hookGroupId"], entry["hookId"], payload)["taskId"]
        while (state := self.get(f"api/queue/v1/task/{fired}/status")["status"]["state"]) not in ("completed", "failed", "exception"):
            time.sleep(0.2)
        self.fired = fired
        return 0 if state == "completed" else 1

    def log_of(self, task):
        with urllib.request.urlopen(f"{self.exports['TASKCLUSTER_ROOT_URL']}/api/queue/v1/task/{task}/artifacts/public/logs/live.log") as answer:
            return answer.read().decode()

    def settle(self):
        """Waits until nothing is left to happen; the tasks of every push."""
        while True:
            tasks = {number: push.tasks() for number, push in self.pushes.items()}
            if not any(task.state in ("pending", "running") for listed in tasks.values() for task in listed):
                return tasks
            time.sleep(0.2)


class Task:
    def __init__(self, item):
        self.id, self.state = item["status"]["taskId"], item["status"]["state"]
        self.runs, self.definition = len(item["status"].get("runs", [])), item["task"]
        self.name, self.needs = item["task"]["metadata"]["name"], item["task"].get("dependencies", [])


class Push:
    def __init__(self, history, push):
        self.history, self.decision, self.revision = history, push["decision"], push["commits"][-1]["revision"]
        self.full, self.target, self.made = (
            self.artifact(name) for name in ("full-task-graph.json", "target-tasks.json", "label-to-taskid.json")
        )
        scheduler = history.get(f"api/queue/v1/task/{self.decision}")["schedulerId"]
        self.trust_domain = scheduler.rsplit("-level-", 1)[0]

    def artifact(self, name):
        return self.history.get(f"api/queue/v1/task/{self.decision}/artifacts/public/{name}")

    def tasks(self):
        items, token = [], ""
        while True:
            page = self.history.get(f"api/queue/v1/task-group/{self.decision}/list{token}")
            items += page["tasks"]
            if "continuationToken" not in page:
                return [Task(item) for item in items if item["task"].get("tags", {}).get("kind") not in ("action-callback", "decision-task")
                        and item["status"]["taskId"] != self.decision]
            token = f"?continuationToken={page['continuationToken']}"

    def needs(self, label):
        return self.full[label]["dependencies"].values()

    def lost(self, tasks):
        """The tasks that nothing can wait for: they did not end well, or wait for one that did not."""
        lost = {task.id for task in tasks if task.state in ("failed", "exception")}
        while more := {task.id for task in tasks if task.state == "unscheduled" and lost & set(task.needs)} - lost:
            lost |= more
        return lost

    def again(self, label, tasks):
        """What a new task of the label needs and would wait for in vain: the reference has it wait for the decision's tasks."""
        lost, again, ahead = self.lost(tasks), set(), list(self.needs(label))
        while ahead:
            needed = ahead.pop()
            if needed not in again and self.made.get(needed) in lost:
                again.add(needed)
                ahead += self.needs(needed)
        return again

    def counts(self, label, tasks):
        """How many runs of a label passed, failed, and are to come."""
        lost = self.lost(tasks)
        of_label = [task for task in tasks if task.name == label]
        count = lambda is_counted: sum(1 for task in of_label if is_counted(task))
        return (
            count(lambda task: task.state == "completed"), count(lambda task: task.state == "failed"),
            count(lambda task: task.state in ("unscheduled", "pending", "running") and task.id not in lost),
        )

    def is_retriggerable(self, label):
        return bool(self.full[label]["attributes"].get("retrigger"))


class NotApplicable(Exception):
    """Why a project has nothing to try it on."""


class Case:
    """One thing that is wanted of pushes: what should be created, and how it is asked for."""

    def __init__(self, history, subject, build):
        self.history, self.subject, self.build = history, subject, build
        self.pushes, self.tasks = history.pushes, history.settle()

    def expect(self, pushes, code=0):
        """What is expected: for each push how often each label is created."""
        self.expected = collections.Counter()
        for number, labels in pushes.items():
            for label, times in labels.items():
                self.expected[number, label] += times
        self.code = code

    def with_again(self, number, label, times):
        """A label, and what is made again with it."""
        if not times:
            return {}
        again = self.pushes[number].again(label, self.tasks[number])
        return dict.fromkeys([label, *again], times)

    def counts(self, number):
        return self.pushes[number].counts(self.subject, self.tasks[number])

    def own(self, number, is_meant):
        found = next(filter(is_meant, self.tasks[number]), None)
        if found is None:
            raise NotApplicable(f"push {number} has no such task of its own, but took it from the index")
        return found

    def revision(self, number):
        return self.pushes[number].revision

    # Each case: its docstring is its name. It says what is expected and gives the command.

    def until_good(self):
        """a permanent failure: back to the last push where it passed"""
        passed = lambda number: self.counts(number)[0] > 0 and self.counts(number)[1] == 0
        good = max((number for number in range(1, PUSHES) if passed(number)), default=None)
        expected = {}
        for number in range((good or PUSHES) + 1, PUSHES):
            expected[number] = self.with_again(number, self.subject, 0 if sum(self.counts(number)) else 1)
        self.expect(expected)
        return ["backfill", self.revision(PUSHES), "--label", self.subject, "--until-good"]

    def data_point(self):
        """a regression: its push, back to the last result, and one more"""
        older = [number for number in range(PUSHES - 1, 0, -1) if sum(self.counts(number)[:2])]
        oldest = max(1, older[0] - 1) if older else 1
        times = lambda number: max(0, 3 - sum(self.counts(number)))
        self.expect({number: self.with_again(number, self.subject, times(number)) for number in range(oldest, PUSHES + 1)})
        return ["trigger", "-r", self.revision(PUSHES), "-b", self.subject, "--to-data-point", "--times", "3"]

    def on_a_range(self):
        """so many results on every push of a range"""
        times = lambda number: max(0, 4 - sum(self.counts(number)))
        self.expect({number: self.with_again(number, self.subject, times(number)) for number in range(1, PUSHES + 1)})
        return ["trigger", "-r", self.revision(PUSHES), "-b", self.subject, "--from-rev", self.revision(1), "--times", "4"]

    def retrigger_label(self):
        """a label of a push, several times"""
        push = self.pushes[PUSHES]
        task = self.own(PUSHES, lambda task: task.id == push.made[self.subject])
        may = push.is_retriggerable(self.subject)
        self.expect({PUSHES: {self.subject: 2} if may else {}})
        # The reference runs a failed one that may not be retriggered again.
        self.changed = None if may else (PUSHES, push.made[self.subject], lambda after: after.runs == task.runs + 1)
        return ["retrigger", self.revision(PUSHES), "--label", self.subject, "--times", "2"]

    def retrigger_task(self):
        """a task, once more"""
        push, label = self.pushes[3], self.subject
        may = push.is_retriggerable(label)
        self.expect({3: {label: 1} if may else {}}, code=0 if may else 1)
        return ["retrigger", push.made[label]]

    def retrigger_disabled(self):
        """a task that should not be retriggered: refused"""
        own = {task.id for task in self.tasks[3]}
        push = self.pushes[3]
        label = next((label for label, task in sorted(push.made.items()) if task in own and not push.is_retriggerable(label)), None)
        if label is None:
            raise NotApplicable("every task of the push may be retriggered")
        self.expect({}, code=1)
        return ["retrigger", push.made[label]]

    def all_perf(self):
        """a baseline: all performance tasks"""
        full = self.pushes[PUSHES].full
        labels = [label for label, task in full.items() if "perf" in task["kind"]]
        if not labels:
            raise NotApplicable("no kind has `perf` in its name")
        expected = collections.Counter()
        for label in labels:
            expected.update(self.with_again(PUSHES, label, 2))
        self.expect({PUSHES: expected})
        return ["trigger", "-r", self.revision(PUSHES), "--query", "kind(*perf*)", "--times", "2"]

    def new_test(self):
        """a new test, on every platform"""
        full = self.pushes[PUSHES].full
        manifests = lambda task: task["attributes"].get("test_manifests") or task["attributes"].get("test-manifests") or []
        paths = [manifest for task in full.values() for manifest in manifests(task)]
        if not paths:
            # Nothing tells which task would run it, so it must be refused.
            self.expect({}, code=1)
            return ["new-test", "tests/test_new.py", "-r", self.revision(PUSHES)]
        self.expect({PUSHES: {label: 2 for label, task in full.items() if paths[0] in manifests(task)}})
        return ["new-test", paths[0], "-r", self.revision(PUSHES), "--times", "2"]

    def fill(self):
        """everything that a push lacks"""
        push, expected = self.pushes[1], {}
        for label in push.target:
            passed, _, coming = push.counts(label, self.tasks[1])
            attributes = push.full[label]["attributes"]
            if not passed and not coming and not attributes.get("cron") and not attributes.get("periodic"):
                expected |= self.with_again(1, label, 1)
        self.expect({1: expected})
        return ["fill", self.revision(1)]

    def add_by_query(self):
        """more jobs, by a query"""
        push = self.pushes[PUSHES]
        lost = push.lost(self.tasks[PUSHES])
        is_ready = lambda label: all(needed in push.made and push.made[needed] not in lost for needed in push.needs(label))
        labels = [label for label in sorted(push.full) if label not in push.made and is_ready(label)]
        labels = labels or [label for label in sorted(push.target) if is_ready(label)]
        self.expect({PUSHES: {labels[0]: 2}})
        return ["trigger", "-r", self.revision(PUSHES), "--query", labels[0], "--times", "2"]

    def unknown_label(self):
        """a label that was never in the graph: refused"""
        self.expect({}, code=1)
        return ["trigger", "-r", self.revision(PUSHES), "-b", f"{self.subject}-x", "--back-revisions", "2"]

    def rerun(self):
        """a failed task, run again"""
        task = self.own(6, lambda task: task.name == self.subject and task.state == "failed")
        self.expect({})
        self.changed = (6, task.id, lambda after: after.runs == task.runs + 1)
        return lambda: self.history.fire(self.pushes[6], "rerun", task)

    def cancel(self):
        """a task that waits, cancelled"""
        waiting = [task for task in self.tasks[1] if task.state == "unscheduled"]
        if not waiting:
            raise NotApplicable("no task waits")
        self.expect({})
        self.changed = (1, waiting[0].id, lambda after: after.state == "exception")
        return ["cancel", waiting[0].id]

    def cancel_all(self):
        """all that waits on a push, cancelled"""
        self.expect({})
        waiting = [task for task in self.tasks[1] if task.state == "unscheduled"]
        self.changed = (1, waiting[0].id, lambda after: after.state == "exception") if waiting else None
        return ["cancel", self.pushes[1].decision, "--all"]


CASES = [
    Case.until_good, Case.data_point, Case.on_a_range, Case.retrigger_label, Case.retrigger_task, Case.retrigger_disabled,
    Case.all_perf, Case.new_test, Case.fill, Case.add_by_query, Case.unknown_label, Case.rerun, Case.cancel, Case.cancel_all,
]


def names(tasks):
    return collections.Counter((number, task.name) for number, listed in tasks.items() for task in listed)


def attempt(history, subject, build, method):
    """What is wrong, or nothing; and how many tasks were created."""
    case = Case(history, subject, build)
    case.changed = None
    how = method(case)
    code = how() if callable(how) else history.run(*how)
    after = history.settle()
    created = names(after) - names(case.tasks)
    wrong = []
    if created != case.expected:
        wrong.append(f"created {dict(created)}, expected {dict(case.expected)}")
    if code != case.code:
        wrong.append(f"ended with {code}, expected {case.code}: {getattr(history, 'said', '')[-500:]}")
    if case.changed:
        number, task_id, is_changed = case.changed
        if not is_changed(next(task for task in after[number] if task.id == task_id)):
            wrong.append(f"task {task_id} is not changed")
    return "; ".join(wrong), sum(created.values())


def choose(push):
    """What is asked about, and a task that it needs: of the target set, and of this push's own group."""
    own = {task.id for task in push.tasks()}
    in_push = lambda label: push.made.get(label) in own
    needed = {on for task in push.full.values() for on in task["dependencies"].values()}
    asked = [label for label in sorted(push.target) if in_push(label) and any(map(in_push, push.needs(label)))]
    # Rather one that may be retriggered, and that nothing else waits for.
    asked.sort(key=lambda label: (not push.is_retriggerable(label), label in needed))
    if not asked:
        raise Unusable("no task of its target set needs another one")
    return asked[0], next(on for on in sorted(push.needs(asked[0])) if in_push(on))


def project(program, checkout, place):
    text = RESULTS.format(tree=json.dumps(str(checkout)), project=checkout.name, pushes="{pushes}")
    with History(program, place / "scout", text.format(pushes=1).rstrip().removesuffix("results:")) as scout:
        subject, build = choose(scout.pushes[1])
        tasks = len(scout.pushes[1].full)
        if scout.fire(scout.pushes[1], "add-new-jobs", given={"tasks": [subject]}):
            raise Unusable(f"the reference's action fails here whoever fires it, {last_words(scout.log_of(scout.fired))}")
    print(f"{checkout.name}: {PUSHES} pushes of {tasks} tasks; asked about `{subject}`, which needs `{build}`", flush=True)
    with History(program, place / "made", text.format(pushes=PUSHES) + RULES.format(subject=subject, build=build)) as history:
        for method in CASES:
            name = method.__doc__
            try:
                wrong, created = attempt(history, subject, build, method)
            except NotApplicable as why:
                print(f"  {name}: does not apply, {why}", flush=True)
                yield "not applicable", 0
                continue
            print(f"  {name}: " + (f"DIFFERS, {wrong}" if wrong else f"{created} tasks created, as they should be"), flush=True)
            yield "different" if wrong else "equal", created


def main():
    program, checkouts = pathlib.Path(sys.argv[1]).resolve(), [pathlib.Path(name) for name in sys.argv[2:]]
    # The reference is the first `taskgraph` in the path.
    os.environ["PATH"] = f"{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}"
    figures, total, tried = collections.Counter(), 0, 0
    for checkout in checkouts:
        with tempfile.TemporaryDirectory() as place:
            try:
                for outcome, created in project(program, checkout, pathlib.Path(place)):
                    figures[outcome] += 1
                    total += created
                tried += 1
            except Unusable as why:
                print(f"{checkout.name}: left out, {why}", flush=True)
    print(
        f"{tried} of {len(checkouts)} projects, {sum(figures.values())} cases: {figures['equal']} as they should be ({total} tasks created), "
        f"{figures['not applicable']} do not apply, {figures['different']} different"
    )
    sys.exit(figures["different"] > 0 or not figures["equal"])


if __name__ == "__main__":
    main()
