"""Runs a tree's own code with the installed taskgraph, on behalf of pushgraph.

Questions come in and answers go out over two private pipes, each message an eight-byte length and so many bytes of
JSON. What the tree's code prints goes to stderr, and it has nothing to read: neither can get between the messages.
"""

import gc
import inspect
import json
import logging
import os
import struct
import sys
import traceback

# Everything made here is needed until the end.
gc.disable()


class Channel:
    """The two pipes, taken away from stdin and stdout before any code of the tree runs."""

    def __init__(self):
        self.incoming = os.fdopen(os.dup(0), "rb")
        self.outgoing = os.fdopen(os.dup(1), "wb")
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        os.dup2(2, 1)
        sys.stdout.reconfigure(line_buffering=True)

    def receive(self):
        header = self.incoming.read(8)
        if len(header) < 8:
            return None
        return json.loads(self.incoming.read(struct.unpack(">Q", header)[0]))

    def send(self, text):
        sys.stdout.flush()
        sys.stderr.flush()
        body = text.encode()
        self.outgoing.write(struct.pack(">Q", len(body)))
        self.outgoing.write(body)
        self.outgoing.flush()

    def ask(self, name, **arguments):
        """Asks pushgraph something in the middle of an answer."""
        self.send(json.dumps({"ask": name, **arguments}))
        reply = self.receive()
        if reply is None:
            os._exit(1)
        if "refused" in reply:
            raise HostRefused(reply["refused"])
        return reply["reply"]


class HostRefused(Exception):
    """What pushgraph was asked for in the middle of an answer did not work out; it knows why."""


def quiet_tracebacks(record):
    """The reference logs an exception before it raises it; it is reported once, by pushgraph."""
    return not str(record.msg).startswith("Error loading tasks for kind")


def set_up_logging(level):
    if level is None:
        logging.disable(logging.CRITICAL)
        return
    logging.basicConfig(format="%(asctime)s - %(levelname)s - %(message)s", level=level)
    if level > logging.DEBUG:
        # What it has to tell of its progress pushgraph tells too.
        logging.getLogger("taskgraph").setLevel(logging.WARNING)
        logging.getLogger("taskgraph.generator").addFilter(quiet_tracebacks)


class OptimizationLog(logging.Handler):
    """The lines of `optimizations.log`."""

    def __init__(self):
        super().__init__(logging.DEBUG)
        self.lines = []

    def emit(self, record):
        self.lines.append([record.levelname, record.getMessage()])


def in_tree(filename, root):
    return os.path.abspath(filename).startswith(root + os.sep)


def name_of(task):
    """What a person would call the task that a transform has in hand."""
    if isinstance(task, dict):
        name = task.get("label") or task.get("name")
        return name if isinstance(name, str) else None
    label = getattr(task, "label", None)
    return label if isinstance(label, str) else None


def described(error, root):
    """What is known of an exception: where the tree's own code raised it, in which function, for which task."""
    frames = [entry for entry in walk(error.__traceback__) if in_tree(entry[0].f_code.co_filename, root)]
    place = function = task = None
    if frames:
        frame, line = frames[-1]
        place = [frame.f_code.co_filename, line]
        function = frame.f_code.co_name
    for frame, _ in reversed(frames):
        names = [name_of(frame.f_locals.get(variable)) for variable in ("task", "job", "stub", "test", "build")]
        task = next((name for name in names if name), None)
        if task:
            break
    if isinstance(error, SyntaxError) and error.filename and in_tree(error.filename, root):
        place, function = [error.filename, error.lineno or 1], None
    return {
        "type": type(error).__name__,
        "message": str(error),
        "place": place,
        "function": function,
        "task": task,
        "traceback": "".join(traceback.format_exception(type(error), error, error.__traceback__)),
    }


def walk(tb):
    while tb is not None:
        yield tb.tb_frame, tb.tb_lineno
        tb = tb.tb_next


class Tree:
    """A tree, and how far its graph is made."""

    def __init__(self, channel, options):
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

        def selecting(original):
            def choose(graph, *args):
                return original(graph, *args) if self.selected is None else sorted(self.selected)

            return choose

        functions = filter_tasks.filter_task_functions
        functions.update({name: selecting(function) for name, function in functions.items()})

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
        from taskgraph import create, decision

        def create_tasks(graph_config, taskgraph, label_to_taskid, params, decision_task_id):
            scheduler_id = "{}-level-{}".format(graph_config["trust-domain"], params["level"])
            self.channel.ask(
                "create_tasks", graph=taskgraph.to_json(), decision_task_id=decision_task_id, scheduler_id=scheduler_id
            )

        def create_task(session, task_id, label, task_def):
            self.channel.ask("create_task", task_id=task_id, label=label, definition=task_def)

        create.create_tasks = decision.create_tasks = create_tasks
        create.create_task = create_task
        # Actions take it from there when they are imported, which is later.
        slugid.nice = lambda: self.channel.ask("ids", labels=["action-task"])[0]


class Encoded:
    """JSON that is written already."""

    def __init__(self, text):
        self.text = text


QUESTIONS = {
    "parameters": Tree.parameters,
    "decision_parameters": Tree.decision_parameters,
    "kind_graph": Tree.kind_graph,
    "graph": Tree.graph,
    "labels": Tree.labels,
    "select": Tree.select,
    "label_to_task_id": Tree.label_to_task_id,
    "optimization_log": Tree.optimization_log,
    "actions": Tree.actions,
    "call_action": Tree.call_action,
}


def answer(value):
    return '{"answer": ' + (value.text if isinstance(value, Encoded) else json.dumps(value)) + "}"


def failure(error, root):
    if isinstance(error, SystemExit) and error.code in (None, 0):
        return '{"answer": null}'
    told = getattr(error, "pushgraph", None) or described(error, root)
    missing = error.name if isinstance(error, ModuleNotFoundError) else None
    return json.dumps({"error": {**told, "missing": missing}})


def serve(channel, options):
    tree, broken = Tree(channel, options), None
    try:
        tree.start()
    except Exception as error:
        broken = error
    while (question := channel.receive()) is not None:
        try:
            if broken is not None:
                raise broken
            reply = answer(QUESTIONS[question.pop("question")](tree, **question))
        except (Exception, SystemExit) as error:
            reply = failure(error, tree.root)
        channel.send(reply)


def main():
    channel = Channel()
    # Python puts the current directory first where it is given its program so; taskgraph's own command does not.
    if sys.path[:1] == [""]:
        del sys.path[0]
    try:
        options = channel.receive()
        if options is not None:
            set_up_logging(options["log_level"])
            serve(channel, options)
    except KeyboardInterrupt:
        os._exit(130)


main()
