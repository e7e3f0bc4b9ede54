"""Compares the tasks of built-in kinds of real projects with the reference's."""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import taskgraph.transforms.run.index_search  # registers ways to run
import taskgraph.transforms.run.run_task
import taskgraph.transforms.run.toolchain
import yaml
from taskgraph.optimize.base import registry as strategies
from taskgraph.transforms.run import registry as ways_to_run
from taskgraph.transforms.task import payload_builders
from taskgraph.util.dependencies import GROUP_BY_MAP

PACKAGES = ("taskgraph.", "mozilla_taskgraph.")
BUILT_IN = {*strategies, *ways_to_run, *payload_builders, *GROUP_BY_MAP}
# What the reference keeps stable shows from runs with different seeds; the later ones only explain a difference.
FIRST_SEEDS, OTHER_SEEDS = ("0", "1"), ("2", "3", "4", "5", "6", "7")


def git(checkout, *arguments):
    return subprocess.run(["git", *arguments], cwd=checkout, check=True, capture_output=True, text=True).stdout.strip()


def parameters(checkout):
    """A push to the main branch at level 3, and a pull request at level 1."""
    remote = git(checkout, "remote", "get-url", "origin").removesuffix(".git")
    revision, project = git(checkout, "rev-parse", "HEAD"), remote.rsplit("/", 1)[-1]
    push = {
        "base_ref": "main",
        "base_repository": remote,
        "base_rev": "a" * 40,
        "build_date": 1700000000,
        "build_number": 1,
        "do_not_optimize": [],
        "enable_always_target": True,
        "existing_tasks": {},
        "files_changed": ["README.md"],
        "filters": ["target_tasks_method"],
        "head_ref": "refs/heads/main",
        "head_repository": remote,
        "head_rev": revision,
        "head_tag": "",
        "level": "3",
        "moz_build_date": "20231114221320",
        "next_version": None,
        "optimize_strategies": None,
        "optimize_target_tasks": True,
        "owner": "someone@example.com",
        "project": project,
        "pushdate": 1700000000,
        "pushlog_id": "0",
        "repository_type": "git",
        "target_tasks_method": "default",
        "tasks_for": "github-push",
        "version": None,
    }
    pull_request = push | {
        "head_ref": "a-branch",
        "head_repository": remote.replace(remote.split("/")[-2], "someone"),
        "level": "1",
        "pull_request_number": 7,
        "tasks_for": "github-pull-request",
    }
    return {"push": push, "pull-request": pull_request}


class Kinds:
    """The kinds of a tree, and which of them are built-in."""

    def __init__(self, root):
        files = sorted((root / "kinds").glob("*/kind.yml"))
        self.files = {file.parent.name: yaml.safe_load(file.read_text()) for file in files}

    def closure(self, name, found=()):
        for needed in (name, "docker-image"):
            if needed in self.files and needed not in found:
                found = (*found, needed)
                for dependency in self.files[needed].get("kind-dependencies") or []:
                    found = self.closure(dependency, found)
        return found

    def own_code(self, name):
        """What the kind needs that no package brings, if anything."""
        named = (
            code
            for kind in self.closure(name)
            for code in [self.files[kind].get("loader"), *(self.files[kind].get("transforms") or [])]
        )
        return next((code for code in named if code and not code.startswith(PACKAGES)), None)


def run(program, checkout, kind, file, seed):
    environment = {
        "PATH": os.pathsep.join([os.path.dirname(sys.executable), "/usr/local/bin", "/usr/bin", "/bin"]),
        "HOME": tempfile.gettempdir(),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHASHSEED": seed,
        "TASKCLUSTER_ROOT_URL": "https://tc.example.com",
        "TASKGRAPH_SERIAL": "1",
    }
    command = [*program, "full", "-J", "-k", kind, "-p", file]
    return subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True)


def unstable_paths(one, other, at=()):
    if isinstance(one, dict) and isinstance(other, dict):
        for key in one.keys() | other.keys():
            if key in one and key in other:
                yield from unstable_paths(one[key], other[key], (*at, key))
            else:
                yield (*at, key)
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for index, (item, another) in enumerate(zip(one, other)):
            yield from unstable_paths(item, another, (*at, index))
    elif one != other:
        yield at


def difference(ours, theirs):
    """The first place, if any, where ours differs from what all runs of the reference agree on."""
    if ours == theirs[0]:
        return None
    documents = [json.loads(text) for text in theirs]
    unstable = {path for other in documents[1:] for path in unstable_paths(documents[0], other)}
    differing = sorted(set(unstable_paths(json.loads(ours), documents[0])), key=str)
    meant = [path for path in differing if not any(path[: len(other)] == other for other in unstable)]
    if meant:
        return " / ".join(map(str, meant[0])) + f" and {len(meant) - 1} more"
    return None if unstable else "only the bytes"


def last_line(text):
    lines = text.strip().splitlines()
    return lines[-1][:120] if lines else "no output"


def refusal(report):
    """Whether ours is right to refuse: for something that the tree registers itself, not the package."""
    error = next((line for line in report.splitlines() if line.startswith("error")), last_line(report))
    named = re.search("unknown (?:way to run|worker implementation|optimization strategy|group-by).*`(.+)`", error)
    return f"the tree's own: {named[1]}" if named and named[1] not in BUILT_IN else f"REFUSED: {error[:120]}"


def compare(programs, checkout, kind, file):
    """The number of tasks, and the verdict."""
    ours_program, reference = programs
    theirs = []
    for seed in FIRST_SEEDS:
        result = run(reference, checkout, kind, file, seed)
        if result.returncode != 0:
            return 0, f"the reference fails: {last_line(result.stderr)}"
        theirs.append(result.stdout)
    count = len(json.loads(theirs[0]))
    ours = run(ours_program, checkout, kind, file, "0")
    if ours.returncode != 0:
        return count, refusal(ours.stderr)
    if difference(ours.stdout, theirs):
        theirs.extend(run(reference, checkout, kind, file, seed).stdout for seed in OTHER_SEEDS)
    found = difference(ours.stdout, theirs)
    return count, f"DIFFERS: {found}" if found else "equal"


def without_register(checkout, directory):
    """A copy without the tree's `register` hook, which may be written for an older version of the reference."""
    copy = pathlib.Path(directory) / checkout.name
    if not copy.exists():
        subprocess.run(["cp", "--archive", str(checkout), str(copy)], check=True)
        config = copy / "taskcluster/config.yml"
        config.write_text(re.sub(r"(?m)^ +register:.*\n", "", config.read_text()))
    return copy


def rows(programs, checkout, directory):
    kinds, revision = Kinds(checkout / "taskcluster"), git(checkout, "rev-parse", "--short=8", "HEAD")
    built_in = sorted(kind for kind in kinds.files if not kinds.own_code(kind))
    for name, values in parameters(checkout).items():
        file = pathlib.Path(directory) / f"{name}.yml"
        file.write_text(yaml.safe_dump(values))
        for kind in built_in:
            count, verdict = compare(programs, checkout, kind, str(file))
            if verdict.startswith("the reference fails"):
                count, again = compare(programs, without_register(checkout, directory), kind, str(file))
                verdict = verdict if again.startswith("the reference fails") else f"{again} (without `register`)"
            yield checkout.name, revision, kind, name, count, verdict
    yield checkout.name, revision, f"{len(kinds.files) - len(built_in)} kinds with transforms of their own", "", "", ""


def main():
    ours, checkouts = pathlib.Path(sys.argv[1]).resolve(), [pathlib.Path(name) for name in sys.argv[2:]]
    reference = [sys.executable, "-c", "import sys; from taskgraph.main import main; sys.exit(main())"]
    bad = 0
    print("| project | revision | kind | parameters | tasks | |\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as directory:
        for checkout in checkouts:
            for row in rows(([str(ours)], reference), checkout, directory):
                bad += row[-1].startswith(("REFUSED", "DIFFERS"))
                print("|", " | ".join(map(str, row)), "|", flush=True)
    sys.exit(bad > 0)


if __name__ == "__main__":
    main()
