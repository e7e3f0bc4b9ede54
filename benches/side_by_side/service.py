"""A Taskcluster of one run: `pushgraph local serve`, and what a worker does there for a decision or an action."""

import contextlib
import datetime
import itertools
import pathlib
import re
import subprocess

import taskcluster
import taskcluster.utils

CLIENT = "benches/programs"
# The reference wants to see the first by itself.
SCOPES = ["assume:repo:github.com/example/project:action:generic", *(f"{of}:*" for of in ("queue", "index", "docker-worker", "secrets", "project"))]
GROUP_SCHEDULER = "example-level-1"


class Service:
    """A running one, and the environment in which a program finds it."""

    def __init__(self, lines):
        values = dict(re.findall(r"export (\w+)=(.*)", lines))
        self.options = {
            "rootUrl": values["TASKCLUSTER_ROOT_URL"],
            "credentials": {
                "clientId": values["TASKCLUSTER_CLIENT_ID"],
                "accessToken": values["TASKCLUSTER_ACCESS_TOKEN"],
            },
        }
        self.queue = taskcluster.Queue(self.options)
        client = {"description": "", "expires": hours(24), "scopes": SCOPES}
        token = taskcluster.Auth(self.options).createClient(CLIENT, client)["accessToken"]
        self.environment = {
            "TASKCLUSTER_ROOT_URL": self.options["rootUrl"],
            "TASKCLUSTER_CLIENT_ID": CLIENT,
            "TASKCLUSTER_ACCESS_TOKEN": token,
        }

    def start_task(self, group=None):
        """Creates a decision (the first of its group) or an action, claims it, and returns its id."""
        task_id = taskcluster.slugId()
        definition = {
            "taskGroupId": group or task_id,
            "schedulerId": GROUP_SCHEDULER,
            "provisionerId": "benches",
            "workerType": "benches",
            "created": hours(0),
            "deadline": hours(24),
            "expires": hours(24 * 300),
            "payload": {},
            "metadata": {"name": "t", "description": "t", "owner": "a@example.com", "source": "https://example.com"},
        }
        self.queue.createTask(task_id, definition)
        self.queue.claimTask(task_id, "0", {"workerGroup": "benches", "workerId": "benches"})
        return task_id

    def finish_task(self, task_id, artifacts):
        """Uploads a folder as the task's public artifacts, and completes it."""
        for path in sorted(path for path in artifacts.iterdir() if path.suffix in (".json", ".yml")):
            kind = "text/yaml" if path.suffix == ".yml" else "application/json"
            request = {"storageType": "s3", "contentType": kind, "expires": hours(24)}
            url = self.queue.createArtifact(task_id, "0", f"public/{path.name}", request)["putUrl"]
            with path.open("rb") as content:
                taskcluster.utils.makeSingleHttpRequest("PUT", url, content, {"Content-Type": kind})
        self.queue.reportCompleted(task_id, "0")

    def tasks(self, group):
        """How many tasks a group has beside the one that made it."""
        count = itertools.count()
        self.queue.listTaskGroup(group, paginationHandler=lambda page: [next(count) for _ in page["tasks"]])
        return next(count) - 1


def hours(number):
    moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(hours=number)
    return taskcluster.stringDate(moment)


@contextlib.contextmanager
def serving(pushgraph, folder: pathlib.Path):
    """Serves with its state in a folder for as long as the block lasts."""
    errors = (folder / "serve.err").open("w")
    command = [*pushgraph.command, "local", "serve", "--auth", "--data-dir", str(folder / "state")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True)
    try:
        yield Service("".join(itertools.islice(process.stdout, 3)))
    finally:
        process.terminate()
        process.wait()
