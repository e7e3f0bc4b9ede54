from taskgraph.transforms.base import TransformSequence

transforms = TransformSequence()


@transforms.add
def set_environment(config, tasks):
    for task in tasks:
        env = task["worker"].setdefault("env", {})
        env["BUILD_TYPE"] = "release" if int(config.params["level"]) >= 3 else "debug"
        env["BUILD_NAME"] = f"{config.kind}-{task['name']}"
        task["description"] += f" for {config.params['project']}"
        task.setdefault("scopes", []).append(f"secrets:get:project/{config.graph_config['trust-domain']}/build")
        yield task
