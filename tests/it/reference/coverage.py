"""What there is in the reference's input, and what of it a run has met.

Everything is found by introspection: the keys of every schema that documents are validated with, values where a schema
names them, and the rows of every registry. Run as a program it prints all of them, as one JSON object of sections;
`worker.py` has a run record those it met.
"""

import dataclasses
import functools
import importlib
import json
import pkgutil
import sys
from typing import Annotated, Literal, Union, get_args, get_origin

import msgspec
import taskgraph.filter_tasks
import taskgraph.generator
import taskgraph.loader.transform
import taskgraph.morph
import taskgraph.optimize
import taskgraph.optimize.base
import taskgraph.parameters
import taskgraph.target_tasks
import taskgraph.transforms.run
import taskgraph.transforms.task
import taskgraph.util.dependencies
import taskgraph.util.schema
import taskgraph.util.set_name
import taskgraph.util.verify
from taskgraph import config
from taskgraph.transforms import fetch
from taskgraph.transforms.base import RepoConfig, ValidateSchema
from taskgraph.util.schema import OptionallyKeyedBy

# Stands for a document that holds everything at once.
EVERYTHING = object()

# What `kind.yml` and the files it names may hold: the one input without a schema.
KIND_KEYS = ["kind-dependencies", "loader", "task-defaults", "tasks", "tasks-from", "transforms"]
FILE_DEFAULTS = "tasks-from: task-defaults"

# Keys that are read although the schema, which is open, does not name them.
UNNAMED = {
    "config.yml": [
        "index.products",
        "taskgraph.repositories.*.default-ref",
        "taskgraph.repositories.*.default-repository",
        "taskgraph.repositories.*.type",
        "treeherder.group-names",
    ],
    "run.using: run-task": [f"checkout.*.{field.name}" for field in dataclasses.fields(RepoConfig)],
    "transforms/matrix": ["matrix.*"],
    "worker: docker-worker": ["docker-image.in-tree", "docker-image.indexed"],
}


def modules(package):
    """The modules of a package, all imported."""
    found = pkgutil.iter_modules(importlib.import_module(package).__path__, package + ".")
    return [importlib.import_module(module.name) for module in found]


def transform_modules():
    modules("taskgraph.transforms.run")
    return [module for module in modules("taskgraph.transforms") if module.__name__ != "taskgraph.transforms.base"]


def schemas():
    """Every schema with the title of its section."""
    yield "config.yml", config.graph_config_schema
    yield "parameters", taskgraph.parameters.base_schema
    for module in transform_modules():
        sequence = getattr(module, "transforms", None)
        title = "transforms/" + module.__name__.rpartition(".")[2]
        for transform in getattr(sequence, "_transforms", ()):
            if isinstance(transform, ValidateSchema):
                yield title, transform.schema
    yield "transforms/task", taskgraph.transforms.task.task_description_schema
    for using, implementations in taskgraph.transforms.run.registry.items():
        for _, schema, _ in implementations.values():
            yield f"run.using: {using}", schema
    for name, builder in taskgraph.transforms.task.payload_builders.items():
        yield f"worker: {name}", builder.schema
    for name, builder in fetch.fetch_builders.items():
        yield f"fetch.type: {name}", builder.schema


def is_struct(of):
    return isinstance(of, type) and issubclass(of, msgspec.Struct)


def keys(of, at, value):
    """The keys and named values of a type that are in a value of it; `at` is where the value is."""
    origin, arguments = get_origin(of), get_args(of)
    if origin is Annotated:
        found = (keyed_by(arguments[1], at, value) if isinstance(arguments[1], OptionallyKeyedBy) else ())
    elif origin is Union:
        found = alternatives([one for one in arguments if one is not type(None)], at, value)
    elif origin is Literal and len(arguments) > 1:
        found = [f"{at} = {one}" for one in arguments if value is EVERYTHING or value == one]
    elif of is bool:
        found = [f"{at} = {str(one).lower()}" for one in (False, True) if value is EVERYTHING or value is one]
    elif origin is list:
        found = inside(arguments[0], at + "[]", [EVERYTHING] if value is EVERYTHING else value)
    elif origin is dict:
        found = inside(arguments[1], at + ".*", [EVERYTHING] if value is EVERYTHING else value.values())
    elif is_struct(of):
        found = fields(of, at, value)
    else:
        found = ()
    yield from found


def inside(of, at, values):
    for value in values:
        yield from keys(of, at, value)


def fields(struct, at, value):
    for field in msgspec.structs.fields(struct):
        path = f"{at}.{field.encode_name}" if at else field.encode_name
        if value is EVERYTHING or field.encode_name in value:
            yield path
            yield from keys(field.type, path, EVERYTHING if value is EVERYTHING else value[field.encode_name])


def keyed_by(of, at, value):
    if value is EVERYTHING:
        yield from (f"{at} {field}" for field in sorted(of.fields))
        yield from keys(of.wrapped_type, at, value)
    elif of.uses_keyed_by(value):
        ((field, values),) = value.items()
        yield f"{at} {field}"
        for one in values.values():
            yield from keyed_by(of, at, one)
    else:
        yield from keys(of.wrapped_type, at, value)


SHAPES = {bool: "boolean", str: "string", int: "integer", list: "list", dict: "mapping"}


def shape(of):
    """The Python type of a type's values."""
    return dict if is_struct(of) else get_origin(of) or of


def tag(of):
    return of.__struct_config__.tag if is_struct(of) else None


def is_of(value, of):
    if get_origin(of) is Literal:
        return value in get_args(of)
    if tag(of):
        return value[of.__struct_config__.tag_field] == tag(of)
    # A boolean is an integer to Python, but not here.
    return shape(of) is Annotated or type(value) is shape(of) or (isinstance(value, dict) and shape(of) is dict)


def alternatives(types, at, value):
    for of in types:
        if value is EVERYTHING or (value is not None and is_of(value, of)):
            path = f"{at} ({tag(of)})" if tag(of) else at
            if len(types) > 1 and get_origin(of) is not Literal:
                yield path if tag(of) else f"{at} ({SHAPES[shape(of)]})"
            yield from keys(of, path, value)


def holds(value, steps):
    """Whether a document has something at a path."""
    if not steps:
        return True
    if not isinstance(value, dict):
        return False
    if steps[0] == "*":
        return any(holds(one, steps[1:]) for one in value.values())
    return steps[0] in value and holds(value[steps[0]], steps[1:])


def in_document(title, schema, value):
    """The rows of a section that are in a document."""
    yield from keys(schema, "", value)
    for path in UNNAMED.get(title, ()):
        if value is EVERYTHING or holds(value, path.split(".")):
            yield path


# The registries whose rows are functions, called when a row is used.
REGISTRIES = {
    "fetch types": fetch.fetch_builders,
    "filters": taskgraph.filter_tasks.filter_task_functions,
    "from-deps.group-by": taskgraph.util.dependencies.GROUP_BY_MAP,
    "from-deps.set-name": taskgraph.util.set_name.SET_NAME_MAP,
    "index.type": taskgraph.transforms.task.index_builders,
    "payload builders": taskgraph.transforms.task.payload_builders,
    "target tasks methods": taskgraph.target_tasks._target_task_methods,
}


def everything():
    sections = {"kind.yml": {*KIND_KEYS, FILE_DEFAULTS}}
    for title, schema in schemas():
        sections.setdefault(title, set()).update(in_document(title, schema, EVERYTHING))
    for title, registry in REGISTRIES.items():
        sections[title] = set(registry)
    sections["run.using on worker implementations"] = {
        f"{using} on {implementation}"
        for using, implementations in taskgraph.transforms.run.registry.items()
        for implementation in implementations
    }
    sections["transforms"] = {f"{module.__name__}:transforms" for module in transform_modules()
                              if hasattr(module, "transforms")}
    sections["loaders"] = {f"{module.__name__}:loader" for module in modules("taskgraph.loader")}
    sections["optimization strategies"] = set(taskgraph.optimize.base.registry)
    sections["morphs that change the graph"] = {morph.__name__ for morph in taskgraph.morph.registered_morphs}
    verifications = taskgraph.util.verify.verifications._verifications
    sections["verifications"] = {one.func.__name__ for group in verifications.values() for one in group}
    return {title: sorted(rows) for title, rows in sorted(sections.items()) if rows}


class Recorder:
    """Records what the run of this process meets."""

    def __init__(self):
        self.sections = {}

    def met(self, title, *rows):
        self.sections.setdefault(title, set()).update(rows)

    def calling(self, title, row, function):
        """The function, recorded when it is called."""
        @functools.wraps(function)
        def wrapper(*arguments, **options):
            self.met(title, row)
            return function(*arguments, **options)
        return wrapper

    def start(self):
        self.documents()
        self.kinds()
        self.registries()
        self.graphs()

    def documents(self):
        titles = {id(schema): title for title, schema in schemas()}
        validate = taskgraph.util.schema.validate_schema

        def recording(schema, value, prefix):
            validate(schema, value, prefix)
            if title := titles.get(id(schema)):
                self.met(title, *in_document(title, schema, value))

        for module in list(sys.modules.values()):
            if getattr(module, "validate_schema", None) is validate:
                module.validate_schema = recording

    def kinds(self):
        load_tasks = taskgraph.generator.Kind.load_tasks
        load_yaml = taskgraph.loader.transform.load_yaml
        find_object = taskgraph.generator.find_object

        def recording_load_tasks(kind, *arguments):
            self.met("kind.yml", *(set(KIND_KEYS) & set(kind.config)))
            return load_tasks(kind, *arguments)

        def recording_load_yaml(*parts):
            content = load_yaml(*parts)
            if "task-defaults" in content:
                self.met("kind.yml", FILE_DEFAULTS)
            return content

        def recording_find_object(path):
            self.met("loaders" if path.endswith(":loader") else "transforms", path)
            return find_object(path)

        taskgraph.generator.Kind.load_tasks = recording_load_tasks
        taskgraph.loader.transform.load_yaml = recording_load_yaml
        taskgraph.generator.find_object = recording_find_object

    def registries(self):
        for title, registry in REGISTRIES.items():
            for name, row in registry.items():
                if hasattr(row, "builder"):
                    registry[name] = dataclasses.replace(row, builder=self.calling(title, name, row.builder))
                else:
                    registry[name] = self.calling(title, name, row)
        title = "run.using on worker implementations"
        for using, implementations in taskgraph.transforms.run.registry.items():
            for implementation, (function, *others) in implementations.items():
                recording = self.calling(title, f"{using} on {implementation}", function)
                implementations[implementation] = (recording, *others)
        for name, strategy in taskgraph.optimize.base.registry.items():
            for method in ("should_remove_task", "should_replace_task"):
                recording = self.calling("optimization strategies", name, getattr(strategy, method))
                setattr(strategy, method, recording)

    def graphs(self):
        for group in taskgraph.util.verify.verifications._verifications.values():
            group[:] = [
                dataclasses.replace(one, func=self.calling("verifications", one.func.__name__, one.func))
                for one in group
            ]
        morphs = taskgraph.morph.registered_morphs
        morphs[:] = [self.changing(morph) for morph in morphs]

    def changing(self, morph):
        """The morph, recorded when it makes another graph."""
        def wrapper(graph, *others):
            result = morph(graph, *others)
            if result[0] is not graph:
                self.met("morphs that change the graph", morph.__name__)
            return result
        return wrapper

    def write(self, path):
        with open(path, "w") as file:
            json.dump({title: sorted(rows) for title, rows in self.sections.items()}, file)


if __name__ == "__main__":
    json.dump(everything(), sys.stdout)
