"""Drives a language server on trees: completions, and diagnostics of trees that are right and of such that are not."""

import json
import pathlib
import re
import subprocess
import sys
import threading

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent
SCHEMAS = {
    "config.yml": "config",
    "kind.yml": "kind",
    "tasks-from/*.yml": "tasks-from",
}


class Server:
    """A language server on standard input and output."""

    def __init__(self, program):
        self.process = subprocess.Popen([program, "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.last, self.answers, self.diagnostics = 0, {}, {}
        self.changed = threading.Condition()
        threading.Thread(target=self.read, daemon=True).start()
        self.request("initialize", {"processId": None, "rootUri": None, "capabilities": {
            "textDocument": {"completion": {"completionItem": {"documentationFormat": ["markdown"]}}},
            "workspace": {"configuration": True},
        }})
        self.send("initialized", {})

    def settings(self):
        schemas = {(REPOSITORY / f"schemas/{schema}.json").as_uri(): f"**/{file}" for file, schema in SCHEMAS.items()}
        return {"schemas": schemas, "validate": True, "completion": True, "hover": True, "yamlVersion": "1.1", "schemaStore": {"enable": False}}

    def write(self, message):
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        self.process.stdin.flush()

    def send(self, method, params):
        self.write({"method": method, "params": params})

    def request(self, method, params):
        self.last += 1
        self.write({"id": self.last, "method": method, "params": params})
        with self.changed:
            if not self.changed.wait_for(lambda: self.last in self.answers, timeout=60):
                sys.exit(f"the server does not answer {method}")
        return self.answers[self.last]

    def read(self):
        out = self.process.stdout
        while line := out.readline():
            length = int(line.split(b":")[1])
            while out.readline().strip():
                pass
            self.receive(json.loads(out.read(length)))

    def receive(self, message):
        if message.get("method") == "workspace/configuration":
            sections = [item.get("section") for item in message["params"]["items"]]
            answers = [self.settings() if section == "yaml" else {} for section in sections]
            self.write({"id": message["id"], "result": answers})
        elif "method" in message and "id" in message:
            self.write({"id": message["id"], "result": None})
        with self.changed:
            if message.get("method") == "textDocument/publishDiagnostics":
                self.diagnostics[message["params"]["uri"]] = message["params"]["diagnostics"]
            elif "method" not in message:
                self.answers[message["id"]] = message.get("result")
            self.changed.notify_all()

    def open(self, file, text):
        """Opens a document and returns what is underlined in it: line and message."""
        uri = file.as_uri()
        self.diagnostics.pop(uri, None)
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
        self.send("textDocument/didOpen", {"textDocument": document})
        with self.changed:
            if not self.changed.wait_for(lambda: uri in self.diagnostics, timeout=60):
                sys.exit(f"the server says nothing about {file}")
        return [(one["range"]["start"]["line"] + 1, one["message"]) for one in self.diagnostics[uri]]

    def close(self, file):
        self.send("textDocument/didClose", {"textDocument": {"uri": file.as_uri()}})

    def complete(self, file, line, character):
        position = {"line": line, "character": character}
        answer = self.request("textDocument/completion", {"textDocument": {"uri": file.as_uri()}, "position": position})
        return {item["label"]: item.get("documentation") for item in answer["items"]}


KIND = """\
loader: taskgraph.loader.transform:loader
transforms:
    - taskgraph.transforms.notify
    - taskgraph.transforms.run:transforms
    - taskgraph.transforms.task:transforms
tasks:
    hello:
        description: Greets
        worker-type: b-linux
        worker: {docker-image: 'debian:12', max-run-time: 600}
        run:
            using: run-task
            command: echo
"""

# What is appended or replaced, and which completions there must be and which not.
COMPLETIONS = [
    ("        worker-type: b-linux\n", "        worker-type: b-linux\n        |\n", {"priority", "notify", "fetches"}, {"chunk", "matrix"}),
    ("            command: echo\n", "            command: echo\n            |\n", {"exec-with", "checkout", "cwd"}, {"script"}),
    ("using: run-task", "using: |", {"run-task", "toolchain-script", "index-search"}, set()),
    ("            using: run-task\n            command: echo\n", "            using: toolchain-script\n            |\n", {"script", "toolchain-artifact"}, {"command"}),
    ("        worker-type: b-linux\n", "        worker-type: b-linux\n        priority: |\n", {"highest", "low"}, set()),
    ("    - taskgraph.transforms.notify\n", "    - |\n", {"taskgraph.transforms.from_deps:transforms"}, set()),
]

# What is replaced, and the line that must be underlined.
MISTAKES = [
    ("description: Greets", "description: [Greets]", 8),
    ("description: Greets", "descriptoin: Greets", 8),
    ("command: echo", "command: echo\n            exec-with: zsh", 14),
    ("max-run-time: 600", "max-run-time: ten", 10),
    ("worker-type: b-linux", "worker-type: b-linux\n        chunk: {total-chunks: 2}", 10),
    ("taskgraph.transforms.notify", "taskgraph.transforms.notfiy", 3),
]


def completions(server, folder):
    wrong = []
    for number, (old, new, wanted, unwanted) in enumerate(COMPLETIONS):
        assert old in KIND, old
        # A file of its own for each, because a server may remember what a file of that version said.
        file = folder / f"kinds/completion-{number}/kind.yml"
        text = KIND.replace(old, new, 1)
        before = text[: text.index("|")]
        server.open(file, text.replace("|", "", 1))
        found = server.complete(file, before.count("\n"), len(before.rsplit("\n", 1)[-1]))
        server.close(file)
        if not wanted <= found.keys() or unwanted & found.keys():
            wrong.append(f"completions at {new!r}: {sorted(found)}")
        elif not all(found[name] for name in wanted):
            wrong.append(f"completions at {new!r} are not described: {found}")
    return wrong


def mistakes(server, folder):
    wrong = []
    for number, (old, new, line) in enumerate(MISTAKES):
        file = folder / f"kinds/mistake-{number}/kind.yml"
        found = server.open(file, KIND.replace(old, new, 1))
        server.close(file)
        if line not in [at for at, _ in found]:
            wrong.append(f"{new!r} is not underlined at line {line}: {found}")
    return wrong


TASKS = """\
task-defaults:
    worker-type: b-linux
    worker: {docker-image: 'debian:12', max-run-time: 600}
hello:
    description: Greets
    own: for a transform of the tree
"""


def of_tasks(server, folder):
    """A file that `tasks-from` names, and a kind whose tasks have among the defaults what they must have."""
    wrong = []
    for number, (old, new, lines) in enumerate([
        ("", "", []),
        ("max-run-time: 600", "max-run-time: ten", [3]),
        ("description: Greets", "description: [Greets]", [5]),
    ]):
        file = folder / f"tasks-from/{number}.yml"
        found = [line for line, _ in server.open(file, TASKS.replace(old, new, 1))]
        server.close(file)
        if found != lines:
            wrong.append(f"of a file of tasks with {new!r} lines {found} are underlined in place of {lines}")
    head, tasks = KIND.split("tasks:\n")
    defaults = "task-defaults:\n    worker-type: b-linux\n    worker: {max-run-time: 600}\n    run: {using: run-task}\n"
    given = ("        worker-type: b-linux\n", ", max-run-time: 600", "            using: run-task\n")
    for text in given:
        assert text in tasks, text
        tasks = tasks.replace(text, "")
    found = server.open(folder / "kinds/defaults/kind.yml", f"{head}{defaults}tasks:\n{tasks}")
    return wrong + [f"what is among the defaults is missed: {one}" for one in found]


def trees(server, roots):
    wrong, count = [], 0
    for root in roots:
        for file in sorted(root.rglob("*.yml")):
            is_ours = file.name == "kind.yml" or file.parent.name in ("taskcluster", "taskgraph")
            if file.name in SCHEMAS and is_ours and "{{" not in str(file):
                lines = file.read_text().split("\n")
                found = server.open(file, "\n".join(lines))
                server.close(file)
                # Unlike PyYAML, the server's YAML 1.1 takes a bare `y` or `n` for a boolean.
                found = [one for one in found if not re.search(r"[\[{:,] *[yn] *([,}\]]|$)", lines[one[0] - 1])]
                wrong += [f"{file}:{line}: {message}" for line, message in found]
                count += 1
    return wrong, count


def main():
    server, folder = Server(sys.argv[1]), pathlib.Path("/nonexistent")
    assert server.open(folder / "kinds/right/kind.yml", KIND) == []
    wrong = completions(server, folder) + mistakes(server, folder) + of_tasks(server, folder)
    more, count = trees(server, [REPOSITORY / "tests/trees", REPOSITORY / "taskgraph", *map(pathlib.Path, sys.argv[2:])])
    wrong += more
    server.process.kill()
    print("\n".join(wrong))
    print(f"{len(COMPLETIONS)} completions, {len(MISTAKES)} mistakes, {count} files of trees that are right: {len(wrong)} wrong")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
