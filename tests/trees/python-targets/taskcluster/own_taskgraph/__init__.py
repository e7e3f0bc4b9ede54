"""Extends the parameters, and says what a push is for."""

from typing import Optional

from taskgraph.filter_tasks import filter_task
from taskgraph.parameters import extend_parameters_schema
from taskgraph.target_tasks import filter_for_tasks_for, register_target_task
from taskgraph.util.schema import Schema


class OwnParameters(Schema):
    greeting: Optional[str] = None


def register(graph_config):
    extend_parameters_schema(OwnParameters, defaults_fn=lambda repo_root: {"greeting": "good day"})


@register_target_task("greetings")
def greetings(full_task_graph, parameters, graph_config):
    return [
        task.label
        for task in full_task_graph
        if task.attributes.get("greeting") == parameters["greeting"] and filter_for_tasks_for(task, parameters)
    ]


@filter_task("short")
def short(graph, parameters, graph_config):
    return [label for label in graph.tasks if len(label) < 9]
