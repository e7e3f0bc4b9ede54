"""The reference's command line, imported once and run for each request in a child of its own.

Requests come on standard input, answers go to standard output, in frames: four bytes of length, then so many bytes.
A request is one frame of JSON: `directory`, `arguments`, `environment` (all of it), `seconds` (the time limit) and
`record` (where `coverage.py` is to write what the run met, or null). The answer is three frames: the child's wait
status (JSON; null when the time was up), its standard output and its standard error. The hash seed is the one this
process was started with. It ends when there are no more requests.
"""

import gc
import importlib
import json
import os
import pkgutil
import select
import signal
import struct
import sys
import tempfile
import time

LENGTH = struct.Struct(">I")

# What the reference imports when a command needs it. Modules that a package imports by listing its own folder are left
# to it, because the order is that of the listing.
PACKAGES = ["taskgraph", "taskgraph.loader", "taskgraph.transforms", "taskgraph.util"]


def import_reference():
    for package in PACKAGES:
        for module in pkgutil.iter_modules(importlib.import_module(package).__path__, package + "."):
            importlib.import_module(module.name)
    # Children share these pages for as long as no collection touches them.
    gc.collect()
    gc.freeze()


def read_frame(stream):
    """The next frame, or nothing at the end."""
    head = stream.read(LENGTH.size)
    if not head:
        return None
    (length,) = LENGTH.unpack(head)
    return stream.read(length)


def write_frames(stream, *frames):
    for frame in frames:
        stream.write(LENGTH.pack(len(frame)))
        stream.write(frame)
    stream.flush()


def wait(child, seconds):
    """The wait status of a child, or nothing if its time was up, in which case it and its own children are killed."""
    descriptor = os.pidfd_open(child)
    try:
        in_time = bool(select.select([descriptor], [], [], seconds)[0])
    finally:
        os.close(descriptor)
    if not in_time:
        os.killpg(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return status if in_time else None


def become(request, out, err):
    """Makes this process what a fresh one would be that was started for the request."""
    with open(os.devnull, "rb") as nothing:
        for stream, descriptor in zip((nothing, out, err), range(3)):
            os.dup2(stream.fileno(), descriptor)
    os.chdir(request["directory"])
    os.environ.clear()
    os.environ.update(request["environment"])
    time.tzset()
    programs = os.path.dirname(sys.executable)
    sys.path[0] = programs
    sys.argv[:] = [os.path.join(programs, "taskgraph"), *request["arguments"]]


def start_recording():
    recorder = importlib.import_module("coverage").Recorder()
    recorder.start()
    return recorder


def run(request, answers):
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = os.fork()
        if child == 0:
            recorder = start_recording() if request["record"] else None
            become(request, out, err)
            try:
                # Leaves by the end of the interpreter, as a fresh process does: what runs at exit runs.
                sys.exit(importlib.import_module("taskgraph.main").main(sys.argv[1:]))
            finally:
                if recorder:
                    recorder.write(request["record"])
        # Done here, so that it is done when the child is to be killed.
        os.setpgid(child, child)
        status = wait(child, request["seconds"])
        out.seek(0)
        err.seek(0)
        write_frames(answers, json.dumps(status).encode(), out.read(), err.read())


def main():
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    # Nothing but answers may be printed where answers go.
    os.dup2(os.open(os.devnull, os.O_RDWR), 1)
    import_reference()
    while frame := read_frame(requests):
        run(json.loads(frame), answers)


if __name__ == "__main__":
    main()
