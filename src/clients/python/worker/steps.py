# Single steps of kinds, and what the tree registers, between what pushgraph does itself.


class Steps:
    """A tree whose graph pushgraph makes, but for what is written in Python."""

    QUESTIONS = (
        "register",
        "import_modules",
        "parameters",
        "decision_parameters",
        "kind",
        "target_task_set",
        "actions",
    )

    def __init__(self, channel, options):
        self.channel = channel
        self.options = options
        self.root = os.path.abspath(options["root"])
        self.changes = Changes()
        self.graph_config = self.first_report = None
        self.given_parameters = self.kind_parameters = None
        self.children = []

    def start(self):
        """Runs the hook of `config.yml`, before anything is asked."""
        self.changes.watch()
        import taskgraph

        if taskgraph.__version__ != self.options["version"]:
            self.first_report = {"version": taskgraph.__version__}
            return
        if self.options["fast"]:
            taskgraph.fast = True
        from taskgraph.config import load_graph_config

        self.graph_config = load_graph_config(self.options["root"])
        self.graph_config.register()
        self.first_report = self.report()
        import taskgraph.transforms.base  # noqa: F401 (every step needs it)

    def register(self):
        return self.first_report

    def report(self):
        return {
            "version": self.options["version"],
            "changed": self.changes.changed(),
            "registered": self.changes.registered(),
            "parameters": self.extends_parameters(),
        }

    def extends_parameters(self):
        module = sys.modules.get("taskgraph.parameters")
        return module is not None and (bool(module._parameter_extensions) or len(module.defaults_functions) > 1)

    def import_modules(self, modules):
        """Imports what kinds name: once, for all of them. What that registers for the graph as a whole counts in
        their processes only, as in the reference."""
        import importlib

        for name in modules:
            importlib.import_module(name)
        return self.report()

    def parameters(self, document, strict):
        from taskgraph.parameters import Parameters, parameters_loader

        if strict:
            parameters = Parameters(**document)
        else:
            parameters = parameters_loader(None, strict=False, overrides=document)
            if callable(parameters):
                parameters = parameters(self.graph_config)
        self.take(parameters)
        return dict(parameters)

    def decision_parameters(self, options):
        from taskgraph.decision import get_decision_parameters

        parameters = get_decision_parameters(self.graph_config, options)
        self.take(parameters)
        return dict(parameters)

    def take(self, parameters):
        self.given_parameters = parameters
        # Kinds see them so, however they were loaded.
        self.kind_parameters = type(parameters)(**parameters)

    def target_task_set(self, graph):
        """The labels that the filters leave, and the tasks that they changed."""
        from taskgraph.filter_tasks import filter_task_functions
        from taskgraph.graph import Graph
        from taskgraph.taskgraph import TaskGraph

        parameters = self.given_parameters
        filters = parameters.get("filters", [])
        if not filters:
            filters.append("target_tasks_method")
        tasks = {label: task_of(task) for label, task in graph.items()}
        before = {label: json.dumps(task.to_json()) for label, task in tasks.items()}
        left = TaskGraph(dict(tasks), Graph(frozenset(tasks), frozenset()))
        for name in filters:
            chosen = set(filter_task_functions[name](left, parameters, self.graph_config))
            left = TaskGraph({label: tasks[label] for label in chosen}, Graph(frozenset(chosen), frozenset()))
        after = ((label, json.dumps(task.to_json())) for label, task in tasks.items())
        changed = [f"{json.dumps(label)}: {text}" for label, text in after if text != before[label]]
        labels = json.dumps(sorted(left.tasks))
        return Encoded('{"labels": ' + labels + ', "changed": {' + ", ".join(changed) + "}}")

    def actions(self):
        from taskgraph.actions import render_actions_json

        return render_actions_json(self.given_parameters, self.graph_config, self.options["decision_task_id"])

    def kind(self, name, path):
        """Makes a process for a kind, as the reference does; it comes to the socket."""
        self.children = [pid for pid in self.children if os.waitpid(pid, os.WNOHANG)[0] == 0]
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                KindProcess(self, name, path).serve()
                status = 0
            except KeyboardInterrupt:
                status = 130
            finally:
                os._exit(status)
        self.children.append(pid)
        return pid


class KindProcess:
    """A kind's own process: what its code remembers, no other kind sees."""

    def __init__(self, steps, name, path):
        import socket

        self.steps = steps
        self.name = name
        self.path = path
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(steps.options["socket"])
        self.incoming, self.outgoing = connection.makefile("rb"), connection.makefile("wb")
        self.config = None
        self.has_loader = False

    def receive(self):
        header = self.incoming.read(8)
        if len(header) < 8:
            return None
        return marshal.loads(self.incoming.read(struct.unpack(">Q", header)[0]))

    def send(self, body):
        sys.stdout.flush()
        sys.stderr.flush()
        self.outgoing.write(struct.pack(">Q", len(body)))
        self.outgoing.write(body)
        self.outgoing.flush()

    def ask(self, name):
        self.send(marshal.dumps({"ask": name}, 4))
        reply = self.receive()
        if reply is None:
            os._exit(1)
        return reply

    def serve(self):
        while (question := self.receive()) is not None:
            try:
                reply = self.run(**question)
            except (Exception, SystemExit) as error:
                told = {**described(error, self.steps.root), "kind": self.name}
                missing = error.name if isinstance(error, ModuleNotFoundError) else None
                reply = marshal.dumps({"error": json.dumps({**told, "missing": missing})}, 4)
            self.send(reply)

    def run(self, loader, steps, stubs):
        """Takes stubs, or what a loader makes, through steps; all of the kind's where none are given."""
        from taskgraph.transforms.base import TransformSequence
        from taskgraph.util.python_path import find_object

        config = self.transform_config()
        self.has_loader = loader is not None
        if loader is not None:
            stubs = self.load(find_object(loader), config)
        if steps is None:
            steps = [name if ":" in name else f"{name}:transforms" for name in config.config["transforms"]]
        sequence = TransformSequence([find_object(name) for name in steps])
        stubs = list(sequence(config, iter(stubs)))
        try:
            return marshal.dumps({"stubs": stubs}, 4)
        except ValueError:
            return marshal.dumps({"finished": json.dumps([self.finished(stub) for stub in stubs])}, 4)

    @staticmethod
    def finished(stub):
        """What the reference keeps of a stub that went through all steps; of another, nothing is missing."""
        keys = ("label", "description", "attributes", "task", "optimization", "dependencies", "soft-dependencies")
        return {key: stub[key] for key in (*keys, "if-dependencies") if key in stub}

    def load(self, loader, config):
        import inspect

        arguments = [self.name, self.path, config.config, config.params, list(config.kind_dependencies_tasks.values())]
        if "write_artifacts" in inspect.signature(loader).parameters:
            arguments.append(self.steps.options["write_artifacts"])
        return loader(*arguments)

    def kind_config(self):
        """What the `kind.yml` says; a loader, whose tasks lie in it, has what its values share."""
        from taskgraph.util.yaml import load_yaml

        known = None if self.has_loader else self.ask("config")
        return load_yaml(os.path.join(self.path, "kind.yml")) if known is None else known

    def transform_config(self):
        """What transforms see. What only some look at is fetched when it is looked at."""
        if self.config is not None:
            return self.config
        from taskgraph.transforms.base import TransformConfig

        process = self

        def fetch(config, name):
            if name not in ("config", "kind_dependencies_tasks"):
                raise AttributeError(f"{type(config).__name__!r} object has no attribute {name!r}")
            if name == "config":
                value = process.kind_config()
            else:
                value = {task.label: task for task in map(task_of, process.ask(name))}
            object.__setattr__(config, name, value)
            return value

        TransformConfig.__getattr__ = fetch
        self.config = object.__new__(TransformConfig)
        known = {
            "kind": self.name,
            "path": self.path,
            "params": self.steps.kind_parameters,
            "graph_config": self.steps.graph_config,
            "write_artifacts": self.steps.options["write_artifacts"],
        }
        for name, value in known.items():
            object.__setattr__(self.config, name, value)
        return self.config


def task_of(document):
    from taskgraph.task import Task

    return Task.from_json(document)
