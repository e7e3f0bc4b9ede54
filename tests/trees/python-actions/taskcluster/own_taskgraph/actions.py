from taskgraph.actions.registry import register_callback_action
from taskgraph.actions.util import create_task_from_def, create_tasks
from taskgraph.taskgraph import TaskGraph
from slugid import nice as slugid


@register_callback_action(
    name="greet",
    title="Greet",
    symbol="G",
    description="Greets, as often as it is told.",
    order=5,
    context=lambda parameters: [] if parameters["level"] == "1" else [{}],
    available=lambda parameters: parameters["tasks_for"] != "cron",
    schema=lambda graph_config: {
        "type": "object",
        "properties": {"whom": {"type": "string", "default": graph_config["trust-domain"]}},
    },
    permission="greet",
)
def greet(parameters, graph_config, input, task_group_id, task_id):
    print("what an action prints is no output")
    _, graph = TaskGraph.from_json(
        {
            f"greet-{name}": {
                "kind": "greet",
                "label": f"greet-{name}",
                "attributes": {},
                "dependencies": {"first": "greet-a"} if name != "a" else {},
                "optimization": None,
                "task": {
                    "metadata": {"name": f"greet-{name}", "description": input["whom"]},
                    "deadline": {"relative-datestamp": "1 day"},
                    "payload": {"decision": {"task-reference": "<decision>"}},
                },
            }
            for name in "ab"
        }
    )
    create_tasks(graph_config, ["greet-b"], graph, {}, parameters, decision_task_id=task_group_id)
    definition = {"metadata": {"name": "alone"}, "created": {"relative-datestamp": "0 seconds"}}
    create_task_from_def(slugid(), definition, parameters["level"], graph_config["trust-domain"])


@register_callback_action(name="fail", title="Fail", symbol="F", description="Fails.", context=[])
def fail(parameters, graph_config, input, task_group_id, task_id):
    raise ValueError(f"cannot greet {input}")
