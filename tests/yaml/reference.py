"""What PyYAML and Python's json make of documents, for the tests of `src/yaml` and `src/json`.

Values travel as JSON with type tags, floats by their bits, so that nothing is lost on the way.
"""

import base64
import datetime
import json
import struct
import sys

import yaml
from taskgraph.util.yaml import load_stream



def tagged(value, within=()):
    if id(value) in within:
        raise RecursionError
    within = (*within, id(value))
    if value is None:
        return ["null"]
    if isinstance(value, bool):
        return ["bool", value]
    if isinstance(value, int):
        return ["int", str(value)]
    if isinstance(value, float):
        bits = struct.pack(">d", float("nan") if value != value else value)
        return ["float", bits.hex()]
    if isinstance(value, str):
        return ["str", value]
    if isinstance(value, bytes):
        return ["bytes", base64.b64encode(value).decode()]
    if isinstance(value, datetime.datetime):
        return ["time", value.isoformat()]
    if isinstance(value, datetime.date):
        return ["date", value.isoformat()]
    if isinstance(value, (list, tuple)):
        return ["list", [tagged(item, within) for item in value]]
    if isinstance(value, set):
        return ["map", sorted([tagged(item), ["null"]] for item in value)]
    return ["map", [[tagged(key), tagged(item, within)] for key, item in value.items()]]


def untagged(pair, shared):
    tag, value = pair[0], pair[1] if len(pair) > 1 else None
    if tag == "ref":
        return shared[value]
    if tag == "int":
        return int(value)
    if tag == "float":
        return struct.unpack(">d", bytes.fromhex(value))[0]
    if tag == "bytes":
        return base64.b64decode(value)
    if tag == "time":
        return datetime.datetime.fromisoformat(value)
    if tag == "date":
        return datetime.date.fromisoformat(value)
    if tag == "list":
        return [untagged(item, shared) for item in value]
    if tag == "map":
        return {untagged(key, shared): untagged(item, shared) for key, item in value}
    return value


def load(data):
    """The document as the reference loads it, or where and why it does not."""
    try:
        return {"value": tagged(load_stream(data))}
    except RecursionError:
        return {"recursive": True}
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        return {"error": error.problem, "line": mark.line + 1, "column": mark.column + 1}
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}


def attempt(write):
    try:
        return write()
    except (TypeError, ValueError):
        return None


def write(document):
    """All the texts a document is written as."""
    shared = []
    for value in document["shared"]:
        shared.append(untagged(value, shared))
    value = untagged(document["value"], shared)
    texts = {
        "parameters": yaml.safe_dump(value, allow_unicode=True, default_flow_style=False),
        "graph": yaml.safe_dump(value, default_flow_style=False),
        "artifact": attempt(lambda: json.dumps(value, sort_keys=True, indent=2, separators=(",", ": "))),
        "compact": attempt(lambda: json.dumps(value, separators=(",", ":"))),
    }
    return texts


def main():
    """Answers one request a line."""
    for line in sys.stdin:
        request = json.loads(line)
        if "load" in request:
            answer = load(base64.b64decode(request["load"]))
        else:
            answer = write(request)
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
