"""Actions of the tree's own, and a say in the parameters of the decision."""


def register(graph_config):
    from own_taskgraph import actions  # noqa: F401


def decision_parameters(graph_config, parameters):
    parameters["build_number"] = len(graph_config["trust-domain"])
