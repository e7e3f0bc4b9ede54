#!/usr/bin/env python3
"""Extract what the embedded Taskcluster serves from a deployment's `references.json`.

    extract.py REFERENCES_JSON

writes one `<service>.json` beside this script, and `payloads.json` beside the tests that check payloads, each a list of
`{filename, content}` as in the original, which is
`generated/references.json` of <https://github.com/taskcluster/taskcluster> (MPL-2.0).
"""

import json
import pathlib
import sys

SERVICES = ["auth", "hooks", "index", "object", "purge-cache", "queue", "secrets"]
KINDS = ["api.json", "exchanges.json"]
PAYLOADS = ["schemas/docker-worker/v1/payload.json", "schemas/generic-worker/multiuser_posix.json"]
COMMON = ["action-schema-v1", "api-reference-v0", "exchanges-reference-v0", "metadata-metaschema", "metaschema"]


def belongs(filename: str, service: str) -> bool:
    if service == "common":
        return filename in [f"schemas/common/{name}.json" for name in COMMON]
    if filename.startswith(f"schemas/{service}/"):
        return True
    return filename in [f"references/{service}/v1/{kind}" for kind in KINDS]


def write(path: pathlib.Path, documents: list) -> None:
    path.write_text(json.dumps(sorted(documents, key=lambda d: d["filename"]), indent=1, sort_keys=True) + "\n")


def main() -> None:
    here = pathlib.Path(__file__).resolve().parent
    documents = json.loads(pathlib.Path(sys.argv[1]).read_text())
    for name in [*SERVICES, "common"]:
        write(here / f"{name}.json", [d for d in documents if belongs(d["filename"], name)])
    payloads = here.parents[2] / "tests/it/init/payloads.json"
    write(payloads, [d for d in documents if d["filename"] in PAYLOADS])


main()
