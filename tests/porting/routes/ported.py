from taskgraph.transforms.base import TransformSequence
from taskgraph.util.treeherder import add_suffix, join_symbol, split_symbol

transforms = TransformSequence()


@transforms.add
def add_routes(config, tasks):
    for task in tasks:
        group, symbol = split_symbol(task["symbol"])
        symbol = add_suffix(task.pop("symbol"), "-" + config.params["level"])
        task["treeherder"] = {"symbol": symbol, "platform": f"{task['name']}/opt", "kind": "test", "tier": 1}
        task["attributes"] = {"group": group, "lonely": join_symbol("?", "x") == "x"}
        routes = [f"notify.email.{address}.on-failed" for address in task.pop("notify", [])]
        routes.append(f"index.{config.graph_config['trust-domain']}.v1.{config.params['project']}.{task['name']}.latest")
        task["routes"] = routes
        yield task
