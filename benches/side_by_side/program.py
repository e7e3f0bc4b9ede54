"""The two programs, and what a run of one costs."""

import dataclasses
import os
import pathlib
import sys
import time


@dataclasses.dataclass
class Program:
    """One of the two, by its name and how it is started."""

    name: str
    command: list[str]


@dataclasses.dataclass
class Cost:
    """What a run has cost: seconds and bytes."""

    wall: float
    cpu: float
    memory: int


def reference():
    return Program("reference", [sys.executable, "-c", "import sys; from taskgraph.main import main; sys.exit(main())"])


def pushgraph(path):
    return Program("pushgraph", [str(pathlib.Path(path).resolve())])


def environment(extra):
    """What both programs see: the scripts of workers come from the same package."""
    kept = {name: os.environ[name] for name in ("HOME", "TMPDIR", "LANG") if name in os.environ}
    path = f"{pathlib.Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin"
    # What hangs on the order of sets in the reference is to be the same in each of its runs.
    return {**kept, "PATH": path, "PYTHONHASHSEED": "0", **extra}


def run(program, arguments, directory, output, extra=()):
    """Runs a program to its end; its output goes to a file, its messages to one beside it."""
    errors = output.with_suffix(".err")
    command = [*program.command, *arguments]
    start = time.perf_counter()
    child = os.fork()
    if child == 0:
        become(command, directory, output, errors, environment(dict(extra)))
    _, status, usage = os.wait4(child, 0)
    wall = time.perf_counter() - start
    if status != 0:
        told = errors.read_text(errors="replace")[-2000:]
        sys.exit(f"{program.name} {' '.join(arguments)} failed with status {status}:\n{told}")
    # Linux counts in kibibytes. Of several processes the largest counts, which is in favour of the reference.
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


def become(command, directory, output, errors, environment):
    """Turns the child that was forked into the program."""
    try:
        os.chdir(directory)
        for descriptor, path in ((1, output), (2, errors)):
            file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
            os.dup2(file, descriptor)
        os.execvpe(command[0], command, environment)
    except BaseException as error:  # noqa: BLE001: the child may not go on as a second parent
        print(error, file=sys.stderr)
        os._exit(127)
