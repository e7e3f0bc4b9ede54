"""Writes expected.json: what the reference makes of every case of cases.yml.

Run with the reference (PyPI `taskcluster-taskgraph` 24.5.1) installed, anywhere:

    python tests/reference/back_end/make.py
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from unittest import mock

import taskgraph
import taskgraph.util.yaml as yaml
from taskgraph.config import GraphConfig
from taskgraph.parameters import Parameters
from taskgraph.task import Task
from taskgraph.transforms.base import TransformConfig
from taskgraph.util import docker
from taskgraph.util.python_path import find_object

HERE = Path(__file__).resolve().parent


def write_tree(files):
    for name, content in files.items():
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        path.chmod(0o644)
    subprocess.run(["git", "init", "-q", "."], check=True)


def dependency(given):
    attributes = dict(given.get("attributes", {}))
    return Task(given["kind"], given["label"], attributes, {"metadata": {}}, None, {}, [], [])


def run(case, common):
    # Nothing that is memoised may be carried from one case to the next.
    docker.image_paths.cache_clear()
    docker.parse_volumes.cache_clear()
    taskgraph.fast = case.get("fast", False)
    config = {**common["config"], **case.get("config", {})}
    graph_config = GraphConfig(config, "taskcluster")
    kind = case["kind"]
    tasks = [dependency(given) for given in case.get("dependencies", [])]
    transform_config = TransformConfig(
        kind,
        f"taskcluster/kinds/{kind}",
        {},
        Parameters(strict=True, **{**common["parameters"], **case.get("parameters", {})}),
        {task.label: task for task in tasks},
        graph_config,
        False,
    )
    stubs = iter(case["stubs"])
    for name in case["transforms"]:
        stubs = find_object(f"taskgraph.transforms.{name}:transforms")(transform_config, stubs)
    return list(stubs)


def main():
    document = yaml.load_yaml(HERE, "cases.yml")
    expected = {}
    for case in document["cases"]:
        # Shared lists would be changed by one case and seen by the next.
        common = yaml.load_yaml(HERE, "cases.yml")["common"]
        environment = {key: value for key, value in os.environ.items() if not key.startswith("TASK")}
        environment.update(case.get("environment", {}))
        scripts = {f"run-task/{name}": os.path.join("scripts", name) for name in
                   ["run-task", "fetch-content", "hgrc", "robustcheckout.py"]}
        with tempfile.TemporaryDirectory() as tree, mock.patch.dict(os.environ, environment, clear=True), \
                mock.patch.object(docker, "RUN_TASK_FILES", scripts), \
                mock.patch.object(taskgraph, "GECKO", tree, create=True):
            os.chdir(tree)
            write_tree({**common["files"], **case.get("files", {})})
            try:
                expected[case["name"]] = run(case, common)
            except Exception as error:
                sys.exit(f"case {case['name']}: {error!r}")
            os.chdir(HERE)
    (HERE / "expected.json").write_text(json.dumps(expected, indent=1, sort_keys=True) + "\n")


main()
