from taskgraph.transforms.base import TransformSequence
from taskgraph.util import shell
from taskgraph.util.templates import merge

transforms = TransformSequence()

DEFAULTS = {"flags": {"no-daemon": False, "parallel": True}, "secrets": []}


def flag(name, value):
    return f"--{name}" if value is True else f"-{name}={value}"


@transforms.add
def use_run_task(config, tasks):
    for task in tasks:
        gradle = merge(DEFAULTS, task.pop("gradle"))
        commands = []
        for secret in gradle["secrets"]:
            task.setdefault("scopes", []).append(f"secrets:get:{secret['name']}")
            commands.append(shell.quote("get-secret.py", "-s", secret["name"], "-k", secret["key"], "-f", secret["path"]))
        flags = [flag(name, value) for name, value in sorted(gradle["flags"].items()) if value]
        commands.append(shell.quote("./gradlew", *flags, *gradle["tasks"]))
        task["run"] = {"using": "run-task", "checkout": False, "command": " && ".join(commands)}
        task["worker"]["taskcluster-proxy"] = bool(gradle["secrets"])
        yield task
