# This Source Code Form is subject to the terms of the Mozilla Public
# License, v. 2.0. If a copy of the MPL was not distributed with this
# file, You can obtain one at http://mozilla.org/MPL/2.0/.
"""Writes composites.json: what the reference's composite strategies say, for all answers their parts can give.

    python composites.py > composites.json      # with taskcluster-taskgraph 24.5.1 installed

A leaf is a name in LEAVES; a composite is a list of its name and its parts. The argument of `any` and `all` is the list
of their parts' arguments, which may end early.
"""

import itertools
import json
import logging
import random
import sys
import types

from taskgraph.optimize.base import Alias, All, Always, Any, Not, OptimizationStrategy
from taskgraph.optimize.strategies import IndexSearch, SkipUnlessChanged

INDEX = {"index.found": "found", "index.other": "other", "index.failed": "failed"}
STATUSES = {
    "found": {"state": "completed", "expires": "2027-01-01T00:00:00.000Z"},
    "other": {"state": "running", "expires": "2027-01-01T00:00:00.000Z"},
    "failed": {"state": "failed", "expires": "2027-01-01T00:00:00.000Z"},
}
PARAMETERS = {"base_rev": "a" * 40, "head_rev": "b" * 40, "files_changed": ["README.md"]}
LEAVES = {
    "always": None,
    "never": None,
    "index-search": ["index.found"],
    "index-search other": ["index.other"],
    "index-search failed": ["index.failed"],
    "skip-unless-changed": ["src"],
    "skip-unless-changed now": ["*.md"],
}


class Batched(IndexSearch):
    def should_replace_task(self, task, params, deadline, arg):
        return super().should_replace_task(task, params, deadline, (arg, INDEX, STATUSES))


def leaf(name):
    strategy = {"always": Always, "never": OptimizationStrategy, "index-search": Batched, "skip-unless-changed": SkipUnlessChanged}[name]()
    strategy.description = name
    return strategy


def strategy(expression):
    if isinstance(expression, str):
        return leaf(expression.split()[0])
    name, *parts = expression
    parts = [strategy(part) for part in parts]
    if name in ("not", "alias"):
        return {"not": Not, "alias": Alias}[name](*parts)
    return {"any": Any, "all": All}[name](*parts, split_args=lambda arg, parts: arg)


def argument(expression):
    if isinstance(expression, str):
        return LEAVES[expression]
    name, *parts = expression
    return argument(parts[0]) if name in ("not", "alias") else [argument(part) for part in parts]


class Lines(logging.Handler):
    def __init__(self):
        super().__init__()
        self.lines = []

    def emit(self, record):
        self.lines.append(record.getMessage())


def logged(function, *arguments):
    lines = Lines()
    logger = logging.getLogger("optimization")
    logger.setLevel(logging.DEBUG)
    logger.handlers, logger.propagate = [lines], False
    return function(*arguments), lines.lines


def case(expression, given):
    one, task = strategy(expression), types.SimpleNamespace(label="task")
    removes, removal_log = logged(one.should_remove_task, task, PARAMETERS, given)
    replacement, replacement_log = logged(one.should_replace_task, task, PARAMETERS, "2026-01-02T00:00:00.000Z", given)
    return {
        "expression": expression,
        "argument": given,
        "description": one.description,
        "removes": bool(removes),
        "replacement": replacement or False,
        "log": [removal_log, replacement_log],
    }


def main():
    rand = random.Random(25)
    single = [*LEAVES, *([name, of] for name in ("not", "alias") for of in LEAVES)]
    several = [[name, *parts] for name in ("any", "all") for count in (0, 1, 2) for parts in itertools.product(LEAVES, repeat=count)]
    pick = lambda: rand.choice([*single, *several])
    nested = [[rand.choice(["any", "all"]), *(pick() for _ in range(rand.randint(1, 4)))] for _ in range(120)]
    nested += [[rand.choice(["not", "alias"]), pick()] for _ in range(30)]
    cases = [case(expression, argument(expression)) for expression in [*single, *several, *nested]]
    cases += [case(expression, argument(expression)[:-1]) for expression in several[1:40:3]]
    sys.stdout.write("[\n" + ",\n".join(json.dumps(one, separators=(",", ":")) for one in cases) + "\n]\n")


main()
