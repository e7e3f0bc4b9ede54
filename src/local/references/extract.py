#!/usr/bin/env python3
"""Extract what the embedded Taskcluster serves from a deployment's `references.json`.

    extract.py REFERENCES_JSON

writes one `<service>.json` beside this script, each a list of `{filename, content}` as in the original, which is
`generated/references.json` of <https://github.com/taskcluster/taskcluster> (MPL-2.0).
"""

import json
import pathlib
import sys

SERVICES = ["auth", "hooks", "index", "object", "purge-cache", "queue", "secrets"]
KINDS = ["api.json", "exchanges.json"]
COMMON = ["action-schema-v1", "api-reference-v0", "exchanges-reference-v0", "metadata-metaschema", "metaschema"]


def belongs(filename: str, service: str) -> bool:
    if service == "common":
        return filename in [f"schemas/common/{name}.json" for name in COMMON]
    if filename.startswith(f"schemas/{service}/"):
        return True
    return filename in [f"references/{service}/v1/{kind}" for kind in KINDS]


def main() -> None:
    here = pathlib.Path(__file__).parent
    documents = json.loads(pathlib.Path(sys.argv[1]).read_text())
    for name in [*SERVICES, "common"]:
        chosen = sorted((d for d in documents if belongs(d["filename"], name)), key=lambda d: d["filename"])
        (here / f"{name}.json").write_text(json.dumps(chosen, indent=1, sort_keys=True) + "\n")


main()
