"""Planted secrets: does any of them reach what a run says or leaves behind?

A push, an action and failures of both, with `-v`, against a Taskcluster that enforces credentials. Every output and every
artifact is searched for the plants. The last line is the figure.
"""

import shutil
import subprocess

from support import *

#: Nothing of these may be seen anywhere.
TOKEN, SIGNATURE, PASSWORD = ("PLANTED" + slugid() for _ in range(3))
#: A value in a task's environment belongs into the graph, but not into what is said of a service's refusal.
ECHOED = "PLANTED" + slugid()
CERTIFICATE = json.dumps({"version": 1, "scopes": ["*"], "start": 0, "expiry": 99999999999999, "seed": TOKEN, "signature": SIGNATURE})


class Search:
    def __init__(self):
        self.texts, self.found = 0, []

    def text(self, where, content, plants):
        self.texts += 1
        for name in plants:
            plant = globals()[name].encode()
            if plant in content:
                self.found.append(f"{name} in {where}")

    def folder(self, where, folder, plants):
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                self.text(f"{where}: {path.name}", path.read_bytes(), plants)


def run(search, where, command, tree, variables, code):
    shutil.rmtree(tree / "artifacts", ignore_errors=True)
    keep = {name: os.environ[name] for name in ("PATH", "TMPDIR") if name in os.environ}
    done = subprocess.run([PUSHGRAPH, *command], cwd=tree, env={**keep, "HOME": "/nonexistent", **variables}, capture_output=True)
    if done.returncode != code:
        raise SystemExit(f"{where} ends with {done.returncode} and not {code}: {done.stderr.decode()}")
    search.text(f"{where}: stdout", done.stdout, ["TOKEN", "SIGNATURE", "PASSWORD"])
    search.text(f"{where}: stderr", done.stderr, ["TOKEN", "SIGNATURE", "PASSWORD", "ECHOED"])
    search.folder(where, tree / "artifacts", ["TOKEN", "SIGNATURE", "PASSWORD"])


def serve(place, faults=None):
    os.environ.update(TASKCLUSTER_CLIENT_ID="root", TASKCLUSTER_ACCESS_TOKEN=TOKEN)
    command = [PUSHGRAPH, "local", "serve", "--auth", "--data-dir", place]
    server = subprocess.Popen([*command, *(["--faults", faults] if faults else [])], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    return server, server.stdout.readline().split("=", 1)[1].strip()


def main():
    options = arguments(__doc__)
    search = Search()
    with Workplace() as place:
        tree = write_tree(place / "tree", 20, text=ECHOED)
        subprocess.run(["git", "remote", "set-url", "origin", f"https://user:{PASSWORD}@github.com/example/project"], cwd=tree, check=True)
        (place / "faults.yml").write_text("faults: [{route: PUT /api/queue/v1/task/*, skip: 5, status: 503, retry-after: 9999}]")
        server, root_url = serve(place / "data")
        broken, broken_url = serve(place / "broken", place / "faults.yml")
        try:
            group = slugid()
            own = {"TASK_ID": group, "TASKCLUSTER_CLIENT_ID": "root", "TASKCLUSTER_ACCESS_TOKEN": TOKEN}
            good = {**own, "TASKCLUSTER_ROOT_URL": root_url}
            decide = [*DECISION, "-v"]
            # No task of that id is there to depend on: the queue refuses, and echoes all that was sent.
            run(search, "refused by the queue", decide, tree, good, 1)
            run(search, "refused credentials", decide, tree, {**good, "TASKCLUSTER_CERTIFICATE": CERTIFICATE}, 1)
            run(search, "credentials that are none", decide, tree, {**good, "TASKCLUSTER_CERTIFICATE": CERTIFICATE[:-1]}, 1)
            run(search, "a queue that goes away", decide, tree, {**own, "TASKCLUSTER_ROOT_URL": broken_url}, 1)
            away = f"http://user:{PASSWORD}@127.0.0.1:{free_port()}"
            run(search, "nobody there", ["full", "-p", f"task-id={group}", "-v"], tree, {"TASKCLUSTER_ROOT_URL": away}, 75)
            run(search, "a graph", ["full", "-J", "-v"], tree, good, 0)
            action = {**good, "ACTION_CALLBACK": "retrigger", "ACTION_TASK_GROUP_ID": group, "ACTION_TASK_ID": json.dumps(group)}
            run(search, "an action", ["action-callback"], tree, action, 1)
            run(search, "a file of the web", ["full", "-v", "-p", f"http://user:{PASSWORD}@127.0.0.1:{free_port()}/p.yml"], tree, good, 75)
        finally:
            server.kill()
            broken.kill()
    for found in search.found:
        print(found)
    finish(f"{search.texts} outputs and artifacts searched for 4 planted secrets, {len(search.found)} found", not search.found and search.texts > 20)


main()
