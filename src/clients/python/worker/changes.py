# What the tree's own code changes in the reference, and what it merely registers.

# The packages whose steps pushgraph has itself.
OURS = ("taskgraph", "mozilla_taskgraph")

# Where names are registered: the module and the object in it, by extension point.
REGISTRIES = {
    "context": ("taskgraph.util.task_context", "CUSTOM_CONTEXT_MAP"),
    "fetch-builder": ("taskgraph.transforms.fetch", "fetch_builders"),
    "filter": ("taskgraph.filter_tasks", "filter_task_functions"),
    "group-by": ("taskgraph.util.dependencies", "GROUP_BY_MAP"),
    "index-builder": ("taskgraph.transforms.task", "index_builders"),
    "morph": ("taskgraph.morph", "registered_morphs"),
    "payload-builder": ("taskgraph.transforms.task", "payload_builders"),
    "run-using": ("taskgraph.transforms.run", "registry"),
    "set-name": ("taskgraph.util.set_name", "SET_NAME_MAP"),
    "strategy": ("taskgraph.optimize.base", "registry"),
    "target-tasks": ("taskgraph.target_tasks", "_target_task_methods"),
    "verification": ("taskgraph.util.verify", "verifications"),
}

# What may be registered over a name that is there.
MAY_BE_REPLACED = ("filter", "target-tasks")

# What else may change without changing a step of pushgraph's: registries without names, checks of what pushgraph
# reads itself, and what the reference notes for itself.
MAY_CHANGE = {
    ("taskgraph", "fast"),
    ("taskgraph.actions.registry", "actions"),
    ("taskgraph.actions.registry", "callbacks"),
    ("taskgraph.config", "graph_config_schema"),
    ("taskgraph.config", "GraphConfig"),
    ("taskgraph.decision", "PER_PROJECT_PARAMETERS"),
    ("taskgraph.parameters", "_parameter_extensions"),
    ("taskgraph.parameters", "defaults_functions"),
    ("taskgraph.util.schema", "EXCEPTED_SCHEMA_IDENTIFIERS"),
    ("mozilla_taskgraph.actions", "available_actions"),
}

# What classes note about themselves.
OF_CLASSES = ("__abstractmethods__", "__annotations__", "__doc__", "_abc_impl", "__weakref__", "__static_attributes__")

# What voluptuous notes in a choice of validators when it compiles a schema that has it.
OF_VALIDATORS = ("_compiled", "schema")


def is_ours(module):
    return module is not None and module.split(".", 1)[0] in OURS


class Changes:
    """What the reference's modules were when they had been imported, to be compared with what became of them."""

    def __init__(self):
        self.modules = {}
        self.registries = {}
        self.environment = self.surroundings()

    def watch(self):
        """Has every module of the reference noted as soon as it is imported."""
        import importlib.machinery

        note, finder = self.note, importlib.machinery.PathFinder

        class NotingLoader(importlib.machinery.SourceFileLoader):
            def exec_module(self, module):
                super().exec_module(module)
                note(module)

        class NotingFinder:
            @staticmethod
            def find_spec(name, path=None, target=None):
                if not is_ours(name):
                    return None
                spec = finder.find_spec(name, path, target)
                if spec is not None and type(spec.loader) is importlib.machinery.SourceFileLoader:
                    spec.loader = NotingLoader(spec.loader.name, spec.loader.path)
                return spec

        sys.meta_path.insert(0, NotingFinder)

    def note(self, module):
        name, kept = module.__name__, []
        self.modules[name] = (module, self.contents(module, kept), kept)
        for point, (owner, variable) in REGISTRIES.items():
            if owner == name:
                self.registries[point] = dict(self.entries(point, getattr(module, variable)))

    @staticmethod
    def surroundings():
        environment = {name: value for name, value in os.environ.items() if name.startswith("TASK")}
        return os.getcwd(), environment

    def contents(self, module, kept):
        name = module.__name__
        own = {variable for owner, variable in REGISTRIES.values() if owner == name}
        found = {}
        for variable, value in vars(module).items():
            if variable.startswith("__") or variable in own or inspect_is_module(value):
                continue
            if (name, variable) not in MAY_CHANGE:
                found[variable] = self.print_of(value, name, kept, 4)
        return found

    def print_of(self, value, module, kept, depth):
        """What tells a value from another: itself, and what it holds."""
        kind = type(value)
        if kind in (str, int, float, bool, bytes, type(None)):
            return value
        kept.append(value)
        if depth == 0:
            return id(value)
        if kind is dict:
            return id(value), tuple((key, self.print_of(item, module, kept, depth - 1)) for key, item in value.items())
        if kind in (list, tuple):
            return id(value), tuple(self.print_of(item, module, kept, depth - 1) for item in value)
        if kind is set:
            return id(value), frozenset(map(id, value))
        if kind is FUNCTION:
            return id(value), id(value.__code__), id(value.__defaults__), id(value.__kwdefaults__)
        if isinstance(value, type):
            return id(value), self.print_of_class(value, module, kept, depth) if value.__module__ == module else None
        if is_ours(kind.__module__) or kind.__module__.startswith("voluptuous"):
            held = getattr(value, "__dict__", None) or {}
            names = [name for name in held if not (name in OF_VALIDATORS and "validators" in held)]
            return id(value), tuple((name, self.print_of(held[name], module, kept, depth - 1)) for name in names)
        return id(value)

    def print_of_class(self, value, module, kept, depth):
        return tuple(
            (name, self.print_of(item, module, kept, min(depth, 2) - 1))
            for name, item in vars(value).items()
            if name not in OF_CLASSES
        )

    @staticmethod
    def entries(point, registry):
        """Each name at a point, with what is registered under it."""
        if point == "morph":
            return ((morph.__name__, morph) for morph in registry)
        if point == "verification":
            by_phase = registry._verifications.items()
            return ((f"{phase}:{at}", one) for phase, added in by_phase for at, one in enumerate(added))
        if point == "run-using":
            ways = ((f"{impl}:{using}", way) for using, impls in registry.items() for impl, way in impls.items())
            return ways
        return registry.items()

    def changed(self):
        """What of the reference is not any more what it was."""
        found = []
        for name, (module, before, kept) in self.modules.items():
            if sys.modules.get(name) is not module:
                found.append(name)
                continue
            after = self.contents(module, [])
            for variable in before:
                if before[variable] == after.get(variable):
                    continue
                if not self.is_harmless(name, variable):
                    found.append(f"{name}.{variable}")
        directory, environment = self.surroundings()
        if directory != self.environment[0]:
            found.append("the current directory")
        found.extend(
            f"the environment variable {name}"
            for name in sorted({*environment, *self.environment[1]})
            if environment.get(name) != self.environment[1].get(name)
        )
        return found + self.replaced()

    @staticmethod
    def is_harmless(module, variable):
        # It counts only where the environment does not say where Taskcluster is.
        is_fallback = (module, variable) == ("taskgraph.util.taskcluster", "PRODUCTION_TASKCLUSTER_ROOT_URL")
        return is_fallback and "TASKCLUSTER_ROOT_URL" in os.environ

    def replaced(self):
        """Names of the reference that now stand for something else."""
        found = []
        for point, before in self.registries.items():
            if point in MAY_BE_REPLACED:
                continue
            now = dict(self.now(point))
            found.extend(f"{point} {name}" for name in before if now.get(name) is not before[name])
        return found

    def now(self, point):
        owner, variable = REGISTRIES[point]
        return self.entries(point, getattr(sys.modules[owner], variable))

    def registered(self):
        """The names that the tree's own code registered, by point."""
        found = {}
        for point, before in self.registries.items():
            names = [name for name, entry in self.now(point) if before.get(name) is not entry and is_own(entry)]
            if names:
                found[point] = names
        return found


def is_own(entry):
    """Whether what is registered was written in the tree: the reference registers in several modules too."""
    entry = entry[0] if isinstance(entry, tuple) else entry
    written = getattr(entry, "builder", None) or getattr(entry, "func", None) or entry
    if (getattr(written, "__module__", None) or "").split(".", 1)[0] == "taskgraph":
        # Its own kinds of strategies are made with arguments of the tree's.
        return not callable(written) and hasattr(written, "should_remove_task")
    return True


FUNCTION = type(is_own)


def inspect_is_module(value):
    return type(value) is type(sys)
