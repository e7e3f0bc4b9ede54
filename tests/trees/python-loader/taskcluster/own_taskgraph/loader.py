"""A loader that makes tasks from what lies beside the kind."""

import os

from taskgraph.loader.transform import loader as transform_loader
from taskgraph.util.yaml import load_yaml


def loader(kind, path, config, params, loaded_tasks, write_artifacts):
    for name, words in sorted(load_yaml(path, "words.yml").items()):
        config["tasks"][name] = {"run": {"command": f"echo {os.path.basename(path)} {words}"}}
    yield from transform_loader(kind, path, config, params, loaded_tasks, write_artifacts)
