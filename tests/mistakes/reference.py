"""Runs taskgraph for each question on stdin and prints the answers: all of them from one import, each in a fork."""

import importlib
import json
import os
import pkgutil
import sys
import tempfile


def import_all(*packages):
    for package in packages:
        module = importlib.import_module(package)
        for found in pkgutil.iter_modules(module.__path__):
            importlib.import_module(f"{package}.{found.name}")


def answer(directory, arguments):
    with tempfile.TemporaryFile() as output:
        child = os.fork()
        if child == 0:
            os.dup2(output.fileno(), 1)
            os.dup2(output.fileno(), 2)
            os._exit(run(directory, arguments))
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        output.seek(0)
        return {"code": code, "output": output.read().decode(errors="replace")}


def run(directory, arguments):
    try:
        os.chdir(directory)
        sys.argv = ["taskgraph", *arguments]
        # Called as the program is, so that its own ways to fail are seen.
        code = main(arguments) or 0
    except SystemExit as ending:
        code = ending.code if isinstance(ending.code, int) else int(ending.code is not None)
    except BaseException:
        import traceback

        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    return code


from taskgraph.main import main

import_all("taskgraph.transforms", "taskgraph.transforms.run", "taskgraph.util", "taskgraph.loader", "taskgraph.actions")
json.dump([answer(**question) for question in json.load(sys.stdin)], sys.stdout)
