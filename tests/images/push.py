"""A push, from `.taskcluster.yml` to tasks, with its decision and action tasks in containers; a worker in small."""

import json
import os
import pathlib
import shutil
import subprocess

import jsone
import support
import yaml

from . import container

#: An address that leads every git of a task to our own server, since taskgraph knows no other forge.
FORGE = "https://github.com/example/"
GIT = ["git", "-c", "user.name=x", "-c", "user.email=x@example.com", "-c", "safe.directory=*"]


class Project:
    """A repository whose pushes are decided in an image."""

    def __init__(self, world, name, write, url=None):
        """`write` puts the files into a directory that is a repository already; `url` is where it is said to be."""
        self.world, self.name = world, name
        self.tree = world.folder / "trees" / name
        self.tree.mkdir(parents=True)
        self.git("init", "--quiet", "--initial-branch=main")
        self.git("remote", "add", "origin", f"{FORGE}{name}")
        write(self.tree)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message=A project")
        served = world.repositories.put(name, self.tree)
        self.url = url or served
        self.revision = self.git("rev-parse", "HEAD").strip()

    def git(self, *arguments):
        return subprocess.run([*GIT, *arguments], cwd=self.tree, check=True, stdout=subprocess.PIPE, text=True).stdout

    def task(self, tasks_for, context, task_id):
        """The task that `.taskcluster.yml` has for an event."""
        text = (self.tree / ".taskcluster.yml").read_text()
        context = {**context, "tasks_for": tasks_for, "as_slugid": lambda _: task_id}
        [task] = jsone.render(yaml.safe_load(text), context)["tasks"]
        task.pop("taskId", None)
        return task

    def push(self):
        """Pushes, runs the decision task, and returns its id and the tasks it made."""
        repository = {"html_url": self.url, "name": self.name}
        event = {
            "ref": "refs/heads/main", "base_ref": None, "before": "0" * 40, "after": self.revision,
            "pusher": {"email": "someone@example.com"}, "repository": repository,
        }  # fmt: skip
        task_id = support.slugid()
        task = self.task("github-push", {"event": event}, task_id)
        self.run(task_id, task)
        return task_id, self.world.taskcluster.group(task_id)

    def action(self, decision, name, about, given):
        """Does what Treeherder and the action's hook do; the tasks of the group then."""
        taskcluster = self.world.taskcluster
        offered = json.loads(taskcluster.artifact(decision, "public/actions.json"))
        tags = taskcluster.call("GET", f"task/{about}").get("tags", {})
        fits = lambda action: any(context.items() <= tags.items() for context in action["context"])  # noqa: E731
        action = next(action for action in offered["actions"] if action["name"] == name and fits(action))
        context = {**offered["variables"], "input": given, "taskId": about, "taskGroupId": decision}
        payload = jsone.render(action["hookPayload"], context)
        task_id = support.slugid()
        context = {**payload["decision"], **payload["user"], "ownTaskId": task_id, "clientId": "someone"}
        context["action"] = {**context["action"], "repo_scope": "assume:repo:example:action:generic"}
        context["action"].setdefault("taskGroupId", decision)
        self.run(task_id, self.task("action", context, task_id))
        return taskcluster.group(decision)

    def run(self, task_id, task):
        """Creates a task, runs it in the image it names, and keeps its artifacts."""
        taskcluster, payload = self.world.taskcluster, task["payload"]
        taskcluster.call("PUT", f"task/{task_id}", task)
        queue = task.get("taskQueueId") or f"{task['provisionerId']}/{task['workerType']}"
        assert taskcluster.claim(queue) == [task_id]
        home = self.world.home(payload.get("cache", {}))
        environment = {
            **{name: str(value) for name, value in payload["env"].items()},
            "TASK_ID": task_id, "RUN_ID": "0", "TASKCLUSTER_ROOT_URL": taskcluster.root_url,
            "TASKCLUSTER_PROXY_URL": taskcluster.root_url,
        }  # fmt: skip
        self.world.run(payload["image"], payload["command"], environment, home)
        for name, artifact in payload["artifacts"].items():
            folder = pathlib.Path(artifact["path"].replace("/builds/worker", str(home)))
            for path in sorted(folder.rglob("*")):
                if path.is_file():
                    taskcluster.upload(task_id, f"{name}/{path.relative_to(folder)}", path.read_bytes())
        taskcluster.call("POST", f"task/{task_id}/runs/0/completed")


class World:
    """A Taskcluster, repositories, and images that are unpacked."""

    def __init__(self, folder, taskcluster, repositories, images):
        self.folder, self.taskcluster, self.repositories = folder, taskcluster, repositories
        #: By name: the files, and what the image says of itself.
        self.images = images
        self.homes = 0
        self.owner_of_caches = 1000

    def home(self, caches):
        """An empty `/builds/worker` that the user of the images may write, with caches that are kept."""
        self.homes += 1
        home = self.folder / "homes" / str(self.homes)
        for name in ("artifacts", "checkouts", "store"):
            (home / name).mkdir(parents=True)
        (home / ".gitconfig").write_text(f'[url "{self.repositories.url("")}"]\ninsteadOf = {FORGE}\n')
        for name, path in caches.items():
            cache = self.folder / "caches" / name
            if not cache.exists():
                cache.mkdir(parents=True)
                # Of root's, as docker-worker makes them, unless an image that begins otherwise is to write them.
                os.chown(cache, self.owner_of_caches, self.owner_of_caches)
            shutil.rmtree(place := pathlib.Path(path.replace("/builds/worker", str(home))))
            place.symlink_to(cache)
        self.own(home)
        return home

    @staticmethod
    def own(path):
        for each in [path, *path.rglob("*")]:
            os.chown(each, 1000, 1000, follow_symlinks=False)

    def run(self, image, words, environment, home):
        """Runs a command in a container to its end, which must be a good one; what it said."""
        root, config = self.images[image]
        volumes = [(home, "/builds/worker")]
        for place in home.iterdir():
            if place.is_symlink():
                cache = place.resolve()
                place.unlink()
                place.mkdir()
                volumes.append((cache, f"/builds/worker/{place.name}"))
        command = container.command(root, config, words, environment, volumes)
        ran = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300)
        if ran.returncode != 0:
            raise SystemExit(f"{' '.join(words)}\nended with {ran.returncode}:\n{ran.stdout}")
        return ran.stdout
