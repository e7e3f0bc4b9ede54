# The whole of generation by the installed reference.

import inspect


class OptimizationLog(logging.Handler):
    """The lines of `optimizations.log`."""

    def __init__(self):
        super().__init__(logging.DEBUG)
        self.lines = []

    def emit(self, record):
        self.lines.append([record.levelname, record.getMessage()])


class Tree:
    """A tree, and how far its graph is made."""

    QUESTIONS = (
        "parameters",
        "decision_parameters",
        "kind_graph",
        "graph",
        "labels",
        "select",
        "label_to_task_id",
        "optimization_log",
        "actions",
        "call_action",
    )

    def __init__(self, channel, options, steps):
        self.steps = steps
        self.channel = channel
        self.options = options
        self.root = os.path.abspath(options["root"])
        if os.path.basename(self.root) == "ci":
            # Old trees have their kinds there, and their code beside it.
            self.root = os.path.dirname(self.root)
        self.generator = None
        self.source = None
        self.log = OptimizationLog()
        optimization = logging.getLogger("optimization")
        optimization.setLevel(logging.DEBUG)
        optimization.addHandler(self.log)
        optimization.propagate = False
        self.derived = {}
        self.selected = None

    def start(self):
        """Imports what every graph needs, before anything is asked."""
        from taskgraph import generator

        self.note_kinds(generator.Kind)
        self.note_filters()
        self.derive_ids()
        if self.options["fast"]:
            import taskgraph

            taskgraph.fast = True
        arguments = {
            "root_dir": self.options["root"],
            "parameters": lambda graph_config: self.source(graph_config),
            "decision_task_id": self.options["decision_task_id"],
            "write_artifacts": self.options["write_artifacts"],
        }
        # Versions that know no `enable_verifications` verify always.
        if "enable_verifications" in inspect.signature(generator.TaskGraphGenerator).parameters:
            arguments["enable_verifications"] = self.options["verify"]
        self.generator = generator.TaskGraphGenerator(**arguments)
        if self.steps is not None:
            # The hook of `config.yml` has run, on this configuration.
            generator.load_graph_config = lambda root: self.steps.graph_config
            self.source = lambda graph_config: self.steps.given_parameters

    def note_kinds(self, kind_class):
        """Lets an exception remember its kind and its place: kinds are made in processes of their own, from which
        the traceback does not come back."""
        original, root = kind_class.load_tasks, self.root

        def load_tasks(kind, *args, **kwargs):
            try:
                return original(kind, *args, **kwargs)
            except Exception as error:
                if not hasattr(error, "pushgraph"):
                    try:
                        error.pushgraph = {**described(error, root), "kind": kind.name}
                    except AttributeError:
                        pass
                raise

        kind_class.load_tasks = load_tasks

    def note_filters(self):
        """Lets what is selected count in place of what the filters choose."""
        from taskgraph import filter_tasks

        tree = self

        class Filters(dict):
            def __getitem__(self, name):
                original = super().__getitem__(name)
                return lambda *args: original(*args) if tree.selected is None else sorted(tree.selected)

        # The tree may register filters of its own later, by the name in the module.
        filter_tasks.filter_task_functions = Filters(filter_tasks.filter_task_functions)

    def select(self, labels):
        self.selected = set(labels)

    def derive_ids(self):
        """Has pushgraph derive the ids of tasks, which the reference draws: a run that is repeated creates the same
        tasks."""
        try:
            from taskgraph.optimize import base
        except ImportError:
            from taskgraph import optimize as base
        original = base.get_subgraph

        def get_subgraph(target_task_graph, removed_tasks, replaced_tasks, label_to_taskid, *args, **kwargs):
            nodes = set(target_task_graph.graph.nodes)
            labels = sorted(nodes - set(removed_tasks) - set(replaced_tasks) - set(label_to_taskid))
            label_to_taskid.update(self.ids_of(labels))
            return original(
                target_task_graph, removed_tasks, replaced_tasks, label_to_taskid, *args, **kwargs
            )

        base.get_subgraph = get_subgraph

    def ids_of(self, labels):
        ids = dict(zip(labels, self.channel.ask("ids", labels=labels))) if labels else {}
        self.derived.update(ids)
        return ids

    def parameters(self, document, strict):
        from taskgraph.parameters import Parameters, parameters_loader

        if strict:
            self.source = lambda graph_config: Parameters(**document)
        else:
            self.source = parameters_loader(None, strict=False, overrides=document)
        return dict(self.generator.parameters)

    def decision_parameters(self, options):
        from taskgraph.decision import get_decision_parameters

        self.source = lambda graph_config: get_decision_parameters(graph_config, options)
        return dict(self.generator.parameters)

    def kind_graph(self):
        generator = self.generator
        if hasattr(type(generator), "kind_graph"):
            graph = generator.kind_graph
            return {"kinds": sorted(graph.nodes), "edges": sorted([left, right] for left, right, _ in graph.edges)}
        # Versions before 18 do not tell.
        targets = sorted(generator.parameters.get("target-kinds") or [])
        kinds = {kind.name: kind for kind in generator._load_kinds(generator.graph_config, targets)}
        edges = [[kind.name, on] for kind in kinds.values() for on in kind.config.get("kind-dependencies", [])]
        return {"kinds": sorted(kinds), "edges": sorted(edges)}

    def graph(self, phase):
        return Encoded(self.with_derived_ids(phase, json.dumps(getattr(self.generator, phase).to_json())))

    def with_derived_ids(self, phase, text):
        """Morphs draw ids for the tasks they add; what is random in 22 letters stands nowhere else by chance."""
        if phase != "morphed_task_graph":
            return text
        for drawn, derived in self.morphed_ids().items():
            text = text.replace(drawn, derived)
        return text

    def morphed_ids(self):
        morphed = self.generator.morphed_task_graph.tasks
        drawn = {
            label: task_id
            for label, task_id in self.generator.label_to_taskid.items()
            if self.derived.get(label) != task_id and task_id in morphed
        }
        self.ids_of(sorted(set(drawn) - set(self.derived)))
        return {task_id: self.derived[label] for label, task_id in drawn.items()}

    def label_to_task_id(self):
        ids = json.dumps(self.generator.label_to_taskid)
        return Encoded(self.with_derived_ids("morphed_task_graph", ids))

    def labels(self, phase):
        return sorted(getattr(self.generator, phase).tasks)

    def optimization_log(self):
        return self.log.lines

    def actions(self):
        from taskgraph.actions import render_actions_json

        generator = self.generator
        return render_actions_json(generator.parameters, generator.graph_config, self.options["decision_task_id"])

    def call_action(self, callback, input, task_group_id, task_id, parameters, strict, test):
        from taskgraph.actions.registry import trigger_action_callback

        self.create_through_pushgraph()
        if not strict:
            parameters = self.parameters(parameters, strict=False)
        trigger_action_callback(
            task_group_id=task_group_id,
            task_id=task_id,
            input=input,
            callback=callback,
            parameters=parameters,
            root=self.options["root"],
            test=test,
        )

    def create_through_pushgraph(self):
        """Has pushgraph create the tasks: it finds those that an earlier run created."""
        import slugid
        from taskgraph import create

        def create_tasks(graph_config, taskgraph, label_to_taskid, params, decision_task_id):
            scheduler_id = "{}-level-{}".format(graph_config["trust-domain"], params["level"])
            self.channel.ask(
                "create_tasks", graph=taskgraph.to_json(), decision_task_id=decision_task_id, scheduler_id=scheduler_id
            )

        def create_task(session, task_id, label, task_def):
            self.channel.ask("create_task", task_id=task_id, label=label, definition=task_def)

        def drawn_id():
            return self.channel.ask("ids", labels=["action-task"])[0]

        # The tree's modules are imported by now, and may have taken any of them under a name of their own.
        pairs = [(create.create_tasks, create_tasks), (create.create_task, create_task), (slugid.nice, drawn_id)]
        ours = {id(theirs): replacement for theirs, replacement in pairs}
        for module in list(sys.modules.values()):
            for name, value in list(getattr(module, "__dict__", {}).items()):
                if id(value) in ours:
                    setattr(module, name, ours[id(value)])
