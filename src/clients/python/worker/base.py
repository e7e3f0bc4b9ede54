"""Runs a tree's own code with the installed taskgraph, on behalf of pushgraph.

Questions come in and answers go out over two private pipes, each message an eight-byte length and so many bytes of
JSON. What the tree's code prints goes to stderr, and it has nothing to read: neither can get between the messages.
"""

import gc
import json
import logging
import marshal
import os
import struct
import sys

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
    import traceback

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
