"""Prints the command line of the reference, as its parser has it: subcommand -> its options, as JSON."""

import argparse
import json

from taskgraph.main import create_parser


def kind(action):
    if action.nargs == 0:
        return "flag"
    return "optional value" if action.nargs == "?" and action.option_strings else "value"


def default(action):
    if action.nargs == 0 or action.required or action.default in (None, "", []):
        return ""
    return str(action.default)


def option(action):
    return {
        "names": sorted(action.option_strings),
        "kind": kind(action),
        "repeats": isinstance(action, argparse._AppendAction),
        "required": action.required,
        "default": default(action),
        "choices": sorted(action.choices or []),
        "hidden": action.help == argparse.SUPPRESS,
    }


def prefixes(parser, action):
    """Every spelling of an option's long names that is shorter and leads to it alone."""
    longs = [name for name in action.option_strings if name.startswith("--")]
    cut = {name[:end] for name in longs for end in range(3, len(name))}
    own = lambda prefix: [found[0] for found in parser._get_option_tuples(prefix)] == [action]
    return sorted(prefix for prefix in cut if prefix not in parser._option_string_actions and own(prefix))


def subcommands(parser):
    (found,) = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    return found.choices


print(json.dumps({
    name: [option(action) | {"prefixes": prefixes(parser, action)} for action in parser._actions]
    for name, parser in subcommands(create_parser()).items()
}))
