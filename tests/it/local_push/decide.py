"""A decision task and an action task in their smallest form: artifacts, and tasks created through the proxy."""

import datetime
import hashlib
import json
import os
import pathlib
import urllib.request
import uuid
from base64 import urlsafe_b64encode


def slugid(name):
    """An id that depends on the creating task and a name only."""
    digest = hashlib.sha256((os.environ["TASK_ID"] + name).encode()).digest()[:16]
    bits = bytearray(uuid.UUID(bytes=digest, version=4).bytes)
    bits[0] &= 0x7F
    return urlsafe_b64encode(bits).decode().rstrip("=")


def create(name, group, dependencies=(), pool="fixture-1/linux", **more):
    now = datetime.datetime.now(datetime.timezone.utc)
    at = lambda days: (now + datetime.timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    definition = {
        "taskGroupId": group,
        "schedulerId": "fixture-level-1",
        "taskQueueId": pool,
        "created": at(0),
        "deadline": at(1),
        "expires": at(300),
        "dependencies": list(dependencies),
        "metadata": {"name": name, "description": name, "owner": "a@b.c", "source": "https://example.com/"},
        "payload": {
            "image": "none",
            "command": ["sh", "-c", "echo ran $NAME in $(pwd); echo x > out.txt; test $NAME != test-bad"],
            "env": {"NAME": name},
            "maxRunTime": 60,
            "artifacts": {"public/out.txt": {"type": "file", "path": "/builds/worker/out.txt"}},
        },
        "tags": {"kind": name.split("-")[0], "retrigger": "true"},
    }
    definition.update(more)
    task_id = slugid(name)
    url = "{}/api/queue/v1/task/{}".format(os.environ["TASKCLUSTER_PROXY_URL"], task_id)
    body = json.dumps(definition).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"}, method="PUT")
    urllib.request.urlopen(request).read()
    return task_id


def decision():
    group = os.environ["TASK_ID"]
    labels = {"build": create("build", group, [group])}
    labels["test-good"] = create("test-good", group, [labels["build"]])
    labels["test-bad"] = create("test-bad", group, [labels["build"]])
    labels["after-bad"] = create("after-bad", group, [labels["test-bad"]])
    create("complete", group, [labels["test-good"]], "built-in/succeed", payload={})
    write("label-to-taskid.json", labels)
    write("actions.json", {"version": 1, "variables": {}, "actions": list(actions(group))})


def actions(group):
    digest = hashlib.sha256(pathlib.Path(".taskcluster.yml").read_bytes()).hexdigest()[:10]
    times = {"type": "integer", "minimum": 1, "maximum": 9, "default": 1}
    schema = {"type": "object", "properties": {"times": times}, "additionalProperties": False}
    for name, context in ("again", [{"retrigger": "true"}]), ("more", []):
        info = {"name": name, "title": name.title(), "description": name, "taskGroupId": group}
        info.update(cb_name=name, symbol=name[:2])
        repository = {"url": os.environ["VCS_HEAD_REPOSITORY"], "project": "fixture", "level": "1"}
        push = {"owner": "a@b.c", "pushlog_id": "0", "revision": os.environ["VCS_HEAD_REV"], "branch": "main"}
        user = {key: {"$eval": key} for key in ("input", "taskId", "taskGroupId")}
        yield {
            "name": name,
            "title": name.title(),
            "description": name,
            "context": context,
            "schema": schema,
            "kind": "hook",
            "hookGroupId": "project-fixture",
            "hookId": "in-tree-action-1-generic/" + digest,
            "hookPayload": {"decision": {"action": info, "repository": repository, "push": push}, "user": user},
            "extra": {"actionPerm": "generic"},
        }


def action():
    given = json.loads(os.environ["ACTION_INPUT"])
    about = json.loads(os.environ["ACTION_TASK_ID"])
    group = os.environ["ACTION_TASK_GROUP_ID"]
    for ordinal in range(given["times"]):
        create("{}-{}".format(os.environ["ACTION_CALLBACK"], ordinal), group, [about] if about else [])


def write(name, content):
    pathlib.Path("artifacts", name).write_text(json.dumps(content))


if "ACTION_CALLBACK" in os.environ:
    action()
else:
    decision()
