"""Groups, names and contexts of the tree's own, for the transforms of taskgraph to use."""

from taskgraph.util.dependencies import group_by
from taskgraph.util.set_name import set_name
from taskgraph.util.task_context import custom_context


def register(graph_config):
    pass


@group_by("first-letter")
def by_first_letter(config, tasks):
    groups = {}
    for task in tasks:
        groups.setdefault(task.label.split("-", 1)[1][0], []).append(task)
    return [groups[letter] for letter in sorted(groups)]


@set_name("loud")
def loud_name(config, tasks, primary_dep, primary_kind):
    return primary_dep.label[len(primary_kind) + 1 :].upper()


@custom_context("own_words")
def words(config, task):
    return {"word": config.params["project"], "name": task["name"]}
