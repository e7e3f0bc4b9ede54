"""Strategies of the tree's own."""


def register(graph_config):
    from own_taskgraph import strategies  # noqa: F401
