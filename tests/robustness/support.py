"""What the scripts share: a tree, a Taskcluster to fail, both programs, and the comparison of what they leave."""

import argparse
import base64
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import uuid
from datetime import datetime, timedelta, timezone

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
PUSHGRAPH = pathlib.Path(os.environ.get("PUSHGRAPH", REPOSITORY / "target/debug/pushgraph")).resolve()
REFERENCE = pathlib.Path(os.environ.get("PUSHGRAPH_REFERENCE_PYTHON", REPOSITORY / "target/tools/bin/python"))

CONFIG = """
trust-domain: example
task-priority: low
taskgraph: {repositories: {project: {name: Project}}}
workers:
    aliases:
        b-linux: {provisioner: p, implementation: docker-worker, os: linux, worker-type: linux}
"""

KIND = """
loader: taskgraph.loader.transform:loader
transforms: [taskgraph.transforms.matrix, taskgraph.transforms.run, taskgraph.transforms.task]
task-defaults:
    worker-type: b-linux
    worker: {docker-image: debian:12, max-run-time: 600, env: {SOME: text, MORE: TEXT}}
    run: {using: run-task, checkout: false, command: 'true'}
    attributes: {retrigger: true, cached_task: {type: x, name: y, digest: z}}
tasks:
    build:
        description: what others need
        matrix: {number: [BUILDS], substitution-fields: [name]}
    test:
        description: what needs it
        matrix:
            number: [BUILDS]
            chunk: [CHUNKS]
            substitution-fields: [name, dependencies]
        dependencies: {build: 'work-build-{matrix[number]}'}
"""

#: How many tests each build has.
CHUNKS = 9


def arguments(description, **more):
    """The arguments every script takes, and those of its own: name → (default, default of the short form, help)."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--short", action="store_true", help="a form that takes some seconds")
    parser.add_argument("--seed", type=int, default=1, help="what chance follows from")
    for name, (usual, short, meaning) in more.items():
        parser.add_argument(f"--{name}", type=int, default=None, help=f"{meaning}; {usual}, in the short form {short}")
    parsed = parser.parse_args()
    for name, (usual, short, _) in more.items():
        if getattr(parsed, name) is None:
            setattr(parsed, name, short if parsed.short else usual)
    parsed.random = random.Random(parsed.seed)
    return parsed


def write_tree(root, tasks, text=None, **more):
    """A tree of about so many tasks, and the kinds that are given by name, as a repository of one commit."""
    builds = ", ".join(f"'{number}'" for number in range(max(1, tasks // (CHUNKS + 1))))
    chunks = ", ".join(f"'{number}'" for number in range(1, CHUNKS + 1))
    kind = KIND.replace("BUILDS", builds).replace("CHUNKS", chunks).replace("TEXT", text or "text")
    files = {"taskcluster/config.yml": CONFIG, "taskcluster/kinds/work/kind.yml": kind, ".taskcluster.yml": "version: 1\ntasks: []\n"}
    files |= {f"taskcluster/kinds/{name}/kind.yml": content for name, content in more.items()}
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@example.com"]
    for command in (["init", "-q", "-b", "main"], ["remote", "add", "origin", "https://github.com/example/project"], ["add", "-A"], ["commit", "-qm", "x"]):
        subprocess.run([*git, *command], cwd=root, check=True)
    return root


def slugid():
    raw = bytearray(uuid.uuid4().bytes)
    raw[0] &= 0x7F
    return base64.urlsafe_b64encode(raw)[:22].decode()


def at(**later):
    return (datetime.now(timezone.utc) + timedelta(**later)).strftime("%Y-%m-%dT%H:%M:%S.000Z")


class Served:
    """`local serve` in a process of its own, on a port that stays the same."""

    def __init__(self, folder, faults=None, port=None, log=None):
        self.folder, self.log = pathlib.Path(folder), log
        self.port = port or free_port()
        self.faults = faults
        self.start()

    def start(self):
        command = [PUSHGRAPH, "local", "serve", "--port", str(self.port), "--data-dir", self.folder]
        if self.faults:
            command += ["--faults", self.faults]
        for _ in range(50):
            self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            line = self.process.stdout.readline()
            if line.startswith("export TASKCLUSTER_ROOT_URL="):
                self.root_url = line.split("=", 1)[1].strip()
                return
            # The port or the folder of one that was killed may take a moment to be free.
            error = self.process.communicate()[1]
            time.sleep(0.1)
        raise SystemExit(f"local serve does not start: {error}")

    def kill(self):
        self.process.kill()
        self.process.communicate()

    def stop(self):
        """Ends it in order, and returns how many requests it has spoilt."""
        self.process.send_signal(signal.SIGINT)
        _, said = self.process.communicate(timeout=60)
        return sum(int(line.split(" spoilt: ")[0]) for line in said.splitlines() if " spoilt: " in line)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.kill()

    def call(self, method, path, body=None, service="queue"):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.root_url}/api/{service}/v1/{path}", data=data, method=method)
        request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                text = answer.read()
        except urllib.error.HTTPError as refused:
            raise SystemExit(f"{method} {path}: {refused.code} {refused.read().decode()[:1000]}")
        return json.loads(text) if text else None

    def put_task(self, task_id, group, scheduler="example-level-1", name="Decision Task", queue="p/decision", **more):
        task = {
            "taskGroupId": group, "schedulerId": scheduler, "taskQueueId": queue,
            "created": at(), "deadline": at(days=1), "expires": at(days=400), "payload": {}, "retries": 5,
            "metadata": {"name": name, "description": "d", "owner": "a@example.com", "source": "https://example.com"},
            **more,
        }
        self.call("PUT", f"task/{task_id}", task)

    def group(self, group):
        """Every task of the group but its first: (name, id, state, runs, definition without times)."""
        tasks, token = [], ""
        while True:
            page = self.call("GET", f"task-group/{group}/list{token}")
            tasks += page["tasks"]
            if "continuationToken" not in page:
                break
            token = f"?continuationToken={page['continuationToken']}"
        found = []
        for item in tasks:
            status, task = item["status"], item["task"]
            if status["taskId"] != group:
                for key in ("created", "deadline", "expires"):
                    task.pop(key)
                found.append((task["metadata"]["name"], status["taskId"], status["state"], len(status["runs"]), json.dumps(task, sort_keys=True)))
        return sorted(found)

    def claim(self, queue, count=32):
        """Takes pending tasks of a queue."""
        worker = {"workerGroup": "g", "workerId": "w", "tasks": count}
        return [claim["status"]["taskId"] for claim in self.call("POST", f"claim-work/{queue.replace('/', '%2F')}", worker)["tasks"]]

    def artifact(self, task_id, name):
        with urllib.request.urlopen(f"{self.root_url}/api/queue/v1/task/{task_id}/artifacts/{name}", timeout=60) as answer:
            return answer.read()

    def upload(self, task_id, name, content):
        made = self.call("POST", f"task/{task_id}/runs/0/artifacts/{name}", {"storageType": "s3", "contentType": "application/json", "expires": at(days=20)})
        request = urllib.request.Request(made["putUrl"], data=content, method="PUT", headers={"Content-Type": "application/json"})
        urllib.request.urlopen(request, timeout=60).close()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


DECISION = [
    "decision", "--project=project", "--pushlog-id=0", "--pushdate=0", "--owner=someone@example.com", "--level=1",
    "--tasks-for=github-push", "--repository-type=git", "--base-repository=https://github.com/example/project",
    "--head-repository=https://github.com/example/project", "--head-ref=main", "--head-rev=HEAD",
]


def environment(served, task_id, **more):
    keep = {name: os.environ[name] for name in ("PATH", "TMPDIR") if name in os.environ}
    return {**keep, "HOME": "/nonexistent", "TASK_ID": task_id, "TASKCLUSTER_ROOT_URL": served.root_url, **more}


def decision(program, root, served, task_id, output=subprocess.DEVNULL, **more):
    """Starts a decision of ours or of the reference."""
    command = [PUSHGRAPH, *DECISION] if program == "pushgraph" else [REFERENCE.parent / "taskgraph", *DECISION]
    return subprocess.Popen(command, cwd=root, stdout=output, stderr=output, env=environment(served, task_id, **more))


class Workplace:
    """A folder that goes when the script ends."""

    def __enter__(self):
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="robustness "))
        return self.path

    def __exit__(self, *_):
        shutil.rmtree(self.path, ignore_errors=True)


def lost_and_doubled(expected, found):
    """How many of the names are missing, and how many are there more often than they should be."""
    lost = sum(1 for name in expected if name not in found)
    return lost, len(found) - len(set(found))


def finish(figure, is_good):
    """Prints the figure, last, and ends the script."""
    print(figure, flush=True)
    sys.exit(0 if is_good else 1)
