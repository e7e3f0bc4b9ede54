"""Writes `expected.json`: what the reference's loader makes of every file in `cases`.

Run it with a Python that has the reference installed:

    $PUSHGRAPH_REFERENCE_PYTHON tests/yaml/regenerate.py
"""

import json
from pathlib import Path

from reference import load

HERE = Path(__file__).parent


def main():
    cases = sorted((HERE / "cases").glob("*.yml"))
    outcomes = {case.stem: load(case.read_bytes()) for case in cases}
    lines = [f"{json.dumps(name)}: {json.dumps(outcome)}" for name, outcome in outcomes.items()]
    (HERE / "expected.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
