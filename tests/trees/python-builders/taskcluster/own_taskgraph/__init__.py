"""Ways to run tasks, payloads and index routes of the tree's own."""

from typing import Optional

from taskgraph.transforms.fetch import fetch_builder
from taskgraph.transforms.run import configure_taskdesc_for_run, run_task_using
from taskgraph.transforms.task import index_builder, payload_builder
from taskgraph.util.schema import Schema


class Greeting(Schema, kw_only=True):
    using: str
    greeting: str
    workdir: Optional[str] = None
    checkout: Optional[bool] = None


class OwnWorker(Schema, kw_only=True):
    implementation: str
    os: str
    message: str


class OwnFetch(Schema, kw_only=True):
    type: str
    words: str


def register(graph_config):
    pass


@run_task_using("docker-worker", "greeting", schema=Greeting, defaults={"checkout": False})
def run_greeting(config, task, taskdesc):
    run = task["run"]
    task["run"] = {
        "using": "run-task",
        "command": f"echo {run.pop('greeting')}",
        "checkout": run.pop("checkout"),
        "workdir": run["workdir"],
    }
    task["worker"].setdefault("env", {})["GREETS"] = "1"
    configure_taskdesc_for_run(config, task, taskdesc, task["worker"]["implementation"])


@payload_builder("scriptworker-own", schema=OwnWorker)
def build_own_payload(config, task, task_def):
    task_def["payload"] = {"message": task["worker"]["message"], "kind": config.kind}
    task_def["tags"]["worker-implementation"] = "own"


@index_builder("greetings")
def add_greeting_routes(config, task):
    task.setdefault("routes", []).append(f"index.example.greetings.{task['index']['job-name']}")
    return task


@fetch_builder("own-words", schema=OwnFetch)
def words(config, name, fetch):
    return {
        "command": ["echo", fetch["words"]],
        "artifact_name": f"{name}.txt",
        "digest_data": [fetch["words"]],
    }
