"""Prints, as one JSON list, what the reference computes for each request of the JSON list on standard input."""

import json
import os
import sys

from taskgraph.decision import get_decision_parameters
from taskgraph.parameters import Parameters
from taskgraph.util.vcs import get_repository


def defaults(directory):
    os.chdir(directory)
    parameters = Parameters(strict=False, repo_root=directory)
    parameters.check()
    return {"id": parameters.id, "parameters": dict(parameters)}


def decision(directory, options):
    os.chdir(directory)
    return {"parameters": dict(get_decision_parameters({"taskgraph": {}}, options))}


def history(directory, base, head):
    repository = get_repository(directory)
    return {
        "kind": repository.tool,
        "root": str(repository.path),
        "head_rev": repository.head_rev,
        "branch": repository.branch,
        "message": repository.get_commit_message(),
        "tracked": sorted(repository.get_tracked_files(directory)),
        "work_tree": repository.get_changed_files("AM"),
        "between": repository.get_changed_files(rev=head, base=base),
        "is_clean": repository.working_directory_clean(),
    }


def answer(request):
    kind = request.pop("request")
    return {"defaults": defaults, "decision": decision, "history": history}[kind](**request)


json.dump([answer(request) for request in json.load(sys.stdin)], sys.stdout)
