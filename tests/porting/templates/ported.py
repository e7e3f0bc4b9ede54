from taskgraph.transforms.base import TransformSequence
from taskgraph.util.copy import deepcopy
from taskgraph.util.templates import substitute

transforms = TransformSequence()


@transforms.add
def one_for_each_pair(config, tasks):
    for task in tasks:
        for number, pair in enumerate(task.pop("pairs"), 1):
            src, trg = pair.split("-")
            new = substitute(deepcopy(task), src=src, trg=trg, chunk=number)
            new["name"] = f"{task['name']}-{pair}"
            yield new
