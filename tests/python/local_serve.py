#!/usr/bin/env python3
"""Drives `pushgraph local serve` with the official PyPI `taskcluster` client.

    local_serve.py ROOT_URL

The server must be open (no `--auth`). Exits 1 at the first thing that is not as in a real deployment.
"""

import base64
import datetime
import sys
import urllib.request

import taskcluster
from taskcluster.exceptions import TaskclusterRestFailure

ROOT_URL = sys.argv[1]


def service(name):
    return getattr(taskcluster, name)({"rootUrl": ROOT_URL, "maxRetries": 0})


queue, index, hooks, secrets, auth = map(service, ["Queue", "Index", "Hooks", "Secrets", "Auth"])
POOL = "python-" + taskcluster.slugId()[:8].lower().replace("_", "x").replace("-", "x") + "/pool"


def check(condition, what):
    if not condition:
        sys.exit(f"not as expected: {what}")


def refused(status, code, call, *arguments, **options):
    try:
        answer = call(*arguments, **options)
    except TaskclusterRestFailure as error:
        check(error.status_code == status, f"{call.__name__}: {error.status_code} instead of {status}: {error}")
        check(error.body["code"] == code, f"{call.__name__}: {error.body['code']} instead of {code}")
        return error
    sys.exit(f"{call.__name__} was answered with {answer} instead of {status}")


def task(**more):
    now = datetime.datetime.now(datetime.timezone.utc)
    return {
        "taskQueueId": POOL,
        "schedulerId": "python",
        "created": taskcluster.stringDate(now),
        "deadline": taskcluster.stringDate(now + datetime.timedelta(hours=1)),
        "payload": {"command": ["true"]},
        "metadata": {"name": "n", "description": "d", "owner": "o@example.com", "source": "https://example.com"},
        **more,
    }


def create(**more):
    task_id = taskcluster.slugId()
    status = queue.createTask(task_id, task(**more))["status"]
    check(status["taskId"] == task_id, f"createTask answered {status}")
    return task_id


def claim(task_id):
    claims = queue.claimWork(POOL, {"workerGroup": "g", "workerId": "w", "tasks": 1})["tasks"]
    check([c["status"]["taskId"] for c in claims] == [task_id], f"claimWork gave {claims}")
    return claims[0]


def lifecycle():
    task_id = create(routes=["index.python.v1.latest"])
    check(queue.ping()["alive"], "ping")
    check(queue.status(task_id)["status"]["state"] == "pending", "a new task is pending")
    check(queue.pendingTasks(POOL)["pendingTasks"] == 1, "one task is pending")
    claimed = claim(task_id)
    check(claimed["credentials"]["clientId"].startswith(f"task-client/{task_id}/0/on/g/w/until/"), "credentials")
    check("takenUntil" in queue.reclaimTask(task_id, 0), "reclaimTask")
    done = queue.reportCompleted(task_id, 0)["status"]
    check(done["runs"][0]["reasonResolved"] == "completed", f"reportCompleted answered {done}")
    check(index.findTask("python.v1.latest")["taskId"] == task_id, "a completed task is indexed")
    rerun = queue.rerunTask(task_id)["status"]
    check((rerun["state"], len(rerun["runs"])) == ("pending", 2), f"rerunTask answered {rerun}")
    claim(task_id)
    check(queue.reportFailed(task_id, 1)["status"]["state"] == "failed", "reportFailed")
    refused(409, "RequestConflict", queue.reportCompleted, task_id, 1)
    refused(404, "ResourceNotFound", queue.task, taskcluster.slugId())
    return task_id


def idempotency():
    task_id, definition = taskcluster.slugId(), task()
    for _ in range(2):
        queue.createTask(task_id, definition)
    error = refused(409, "RequestConflict", queue.createTask, task_id, {**definition, "retries": 1})
    check(error.body["requestInfo"]["method"] == "createTask", "requestInfo")
    error = refused(400, "InputValidationError", queue.createTask, task_id, {**definition, "mistake": 1})
    check("mistake" in str(error), f"the mistake is named: {error}")
    queue.cancelTask(task_id)


def group():
    group_id = taskcluster.slugId()
    created = {create(taskGroupId=group_id, priority="low") for _ in range(7)}
    dependent = create(taskGroupId=group_id, dependencies=sorted(created))
    listed, token, pages = [], None, 0
    while pages == 0 or token:
        query = {"limit": "3", **({"continuationToken": token} if token else {})}
        page = queue.listTaskGroup(group_id, query=query)
        check(len(page["tasks"]) <= 3, "a page has at most as many tasks as asked for")
        listed += [t["status"]["taskId"] for t in page["tasks"]]
        token, pages = page.get("continuationToken"), pages + 1
    check((sorted(listed), pages) == (sorted(created | {dependent}), 3), "the group is listed whole, once each")
    check(len(queue.listDependentTasks(listed[0])["tasks"]) == (listed[0] != dependent), "listDependentTasks")
    statuses = queue.statuses({"taskIds": listed})["statuses"]
    check({s["status"]["state"] for s in statuses} == {"pending", "unscheduled"}, "a dependent waits")
    refused(409, "RequestConflict", queue.cancelTaskGroup, group_id)
    queue.sealTaskGroup(group_id)
    check(queue.cancelTaskGroup(group_id)["cancelledCount"] == 8, "cancelTaskGroup")
    refused(409, "RequestConflict", queue.createTask, taskcluster.slugId(), task(taskGroupId=group_id))
    refused(400, "InvalidRequestArguments", queue.listTaskGroup, group_id, query={"limit": "x"})


def artifacts():
    task_id = create()
    claim(task_id)
    expires = taskcluster.fromNowJSON("30 minutes")
    body = {"storageType": "s3", "contentType": "text/plain", "expires": expires}
    url = queue.createArtifact(task_id, 0, "public/a b/c.txt", body)["putUrl"]
    request = urllib.request.Request(url, data=b"hello", method="PUT", headers={"content-type": "text/plain"})
    check(urllib.request.urlopen(request).status == 200, "upload")
    reference = {"storageType": "reference", "contentType": "text/html", "url": "https://example.com", "expires": expires}
    queue.createArtifact(task_id, 0, "public/reference", reference)
    names = [a["name"] for a in queue.listLatestArtifacts(task_id)["artifacts"]]
    check(names == ["public/a b/c.txt", "public/reference"], f"listLatestArtifacts gave {names}")
    content = queue.latestArtifact(task_id, "public/a b/c.txt")
    check(urllib.request.urlopen(content["url"]).read() == b"hello", "download")
    direct = queue.buildUrl("getLatestArtifact", task_id, "public/a b/c.txt")
    check(urllib.request.urlopen(direct).read() == b"hello", "download through the redirect")
    queue.reportException(task_id, 0, {"reason": "malformed-payload"})


def index_and_secrets(task_id):
    path = "python." + taskcluster.slugId().replace("_", "-")
    expires = taskcluster.fromNowJSON("1 day")
    index.insertTask(path, {"taskId": task_id, "rank": 2, "data": {"a": 1}, "expires": expires})
    kept = index.insertTask(path, {"taskId": taskcluster.slugId(), "rank": 1, "data": {}, "expires": expires})
    check(kept["taskId"] == task_id, "a lower rank does not replace")
    check(index.findTasksAtIndex({"indexes": [path, "no.such"]})["tasks"][0]["data"] == {"a": 1}, "findTasksAtIndex")
    check("python" in [n["name"] for n in index.listNamespaces("")["namespaces"]], "listNamespaces")
    check(path in [t["namespace"] for t in index.listTasks("python")["tasks"]], "listTasks")
    refused(404, "ResourceNotFound", index.findTask, "no.such")
    secrets.set("python/a", {"secret": {"b": [1]}, "expires": expires})
    check(secrets.get("python/a")["secret"] == {"b": [1]}, "secrets")
    check("python/a" in secrets.list()["secrets"], "secrets.list")
    secrets.remove("python/a")
    refused(404, "ResourceNotFound", secrets.get, "python/a")


def hook():
    template = task(payload={"input": {"$eval": "payload.input"}}, created={"$fromNow": ""})
    template["deadline"] = {"$fromNow": "1 hour"}
    definition = {
        "metadata": {"name": "h", "description": "d", "owner": "o@example.com"},
        "triggerSchema": {"type": "object", "required": ["input"]},
        "task": template,
    }
    name = taskcluster.slugId()
    hooks.createHook("python", name, definition)
    fired = hooks.triggerHook("python", name, {"input": {"times": 2}})
    check(set(fired) == {"taskId", "status"}, f"triggerHook answered {fired}")
    check(queue.task(fired["taskId"])["payload"] == {"input": {"times": 2}}, "the hook's task")
    refused(400, "InputError", hooks.triggerHook, "python", name, {})
    check(hooks.getHookStatus("python", name)["lastFire"]["result"] == "success", "getHookStatus")
    hooks.removeHook("python", name)
    refused(404, "ResourceNotFound", hooks.triggerHook, "python", name, {"input": 1})
    queue.cancelTask(fired["taskId"])


def identity():
    check(auth.currentScopes() == {"scopes": ["*"]}, "an open server allows everything")
    credentials = {"clientId": b"tester", "accessToken": b"no-secret"}
    tester = taskcluster.Auth({"rootUrl": ROOT_URL, "credentials": credentials, "maxRetries": 0})
    answer = tester.testAuthenticate({"clientScopes": ["test:*"], "requiredScopes": ["test:a"]})
    check(answer["clientId"] == "tester", f"testAuthenticate answered {answer}")
    now = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
    temporary = taskcluster.createTemporaryCredentials(
        "tester", "no-secret", now, now + datetime.timedelta(hours=1), ["test:authenticate-get"], name="test:x"
    )
    limited = taskcluster.Auth({"rootUrl": ROOT_URL, "credentials": temporary, "maxRetries": 0})
    scopes = limited.testAuthenticateGet()["scopes"]
    check(scopes == ["assume:anonymous", "test:authenticate-get"], f"temporary credentials have {scopes}")
    url = tester.buildSignedUrl("testAuthenticateGet")
    check(urllib.request.urlopen(url).status == 200, "a signed URL")
    expires = taskcluster.fromNowJSON("1 day")
    name = "python/" + taskcluster.slugId()
    client = auth.createClient(name, {"expires": expires, "description": "", "scopes": ["a:*"]})
    check(len(base64.urlsafe_b64decode(client["accessToken"] + "=")) == 33, "an access token")
    check(auth.expandScopes({"scopes": ["a:b"]}) == {"scopes": ["a:b"]}, "expandScopes")
    auth.deleteClient(name)
    refused(404, "ResourceNotFound", auth.client, name)


finished = lifecycle()
idempotency()
group()
artifacts()
index_and_secrets(finished)
hook()
identity()
print("the PyPI client found everything as in a real deployment")
