from taskgraph.transforms.base import TransformSequence
from taskgraph.util import shell
from taskgraph.util.copy import deepcopy
from taskgraph.util.yaml import load_yaml

transforms = TransformSequence()


@transforms.add
def one_for_each_package(config, tasks):
    packages = load_yaml("packages.yml")
    for task in tasks:
        for name, package in packages.items():
            new = deepcopy(task)
            new["name"] = f"{task['name']}-{name}"
            new["run"]["command"] = shell.quote(*package["command"])
            new["attributes"] = {"package": name}
            if package["flaky"]:
                new["worker"]["retry-exit-status"] = [1]
            yield new
