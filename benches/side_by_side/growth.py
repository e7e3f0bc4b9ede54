"""How pushgraph's time and memory grow with tasks, edges, kinds and files: a fit over several sizes."""

import argparse
import math
import pathlib
import statistics
import sys
import tempfile

from . import tree
from .program import pushgraph, run

SIZES = {
    "tasks": [1000, 2000, 4000, 8000, 16000],
    "edges": [10000, 20000, 40000, 80000, 160000],
    "kinds": [1000, 2000, 4000, 8000, 16000],
    "files": [500, 1000, 2000, 4000, 8000],
}

# n log n over these sizes looks like n to the power of 1.1.
STEEPEST = 1.2

TASK = (
    "description: d, worker-type: t-linux, worker: {docker-image: debian:12, max-run-time: 60}, "
    "run: {using: run-task, checkout: false, command: 'true'}"
)


def kind(tasks, more=""):
    transforms = "[taskgraph.transforms.run:transforms, taskgraph.transforms.task:transforms]"
    return f"loader: taskgraph.loader.transform:loader\ntransforms: {transforms}\n{more}\ntasks: {{{tasks}}}\n"


def edges(size):
    """So many edges from fifty tasks to a fiftieth as many each."""
    targets = range(max(1, size // 50))
    dependencies = ", ".join(f"d{n}: build-t{n}" for n in targets)
    return {
        "build": kind(", ".join(f"t{n}: {{{TASK}}}" for n in targets)),
        "all": kind(", ".join(f"a{n}: {{{TASK}, dependencies: {{{dependencies}}}}}" for n in range(50)), "kind-dependencies: [build]"),
    }


def kinds(size):
    """A tenth as many kinds, each after the one before, of ten tasks."""
    tasks = ", ".join(f"t{n}: {{{TASK}}}" for n in range(10))
    after = lambda n: f"kind-dependencies: [k{n - 1}]" if n else ""
    return {f"k{n}": kind(tasks, after(n)) for n in range(max(1, size // 10))}


def files(size):
    """So many files of one kind, of one task."""
    names = ", ".join(f"f{n}.yml" for n in range(size))
    return {"k": kind("", f"tasks-from: [{names}]"), **{f"k/f{n}.yml": f"t{n}: {{{TASK}}}\n" for n in range(size)}}


TREES = {"tasks": tree.kinds, "edges": edges, "kinds": kinds, "files": files}


def slope(points):
    """The power of the size that a quantity grows with: least squares through its logarithms."""
    xs, ys = [math.log(size) for size, _ in points], [math.log(value) for _, value in points]
    x, y = statistics.mean(xs), statistics.mean(ys)
    return sum((a - x) * (b - y) for a, b in zip(xs, ys)) / sum((a - x) ** 2 for a in xs)


def measure(program, kinds, folder, runs):
    project = tree.synthetic(pathlib.Path(tempfile.mkdtemp(dir=folder)) / "project", "growing", kinds)
    arguments = ["full", "-J", "-p", str(project.parameters)]
    costs = [run(program, arguments, project.root, folder / "out") for _ in range(runs)]
    return statistics.median(cost.cpu for cost in costs), statistics.median(cost.memory for cost in costs)


def main():
    parser = argparse.ArgumentParser(prog="benches/growth", description=__doc__)
    parser.add_argument("--pushgraph", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--of", action="append", choices=TREES, help="what is to grow; all of these if unset")
    parser.add_argument("--runs", type=int, default=3, metavar="N", help="how often each size is run; 3 if unset")
    options = parser.parse_args()
    steep = []
    with tempfile.TemporaryDirectory() as directory:
        folder, program = pathlib.Path(directory), pushgraph(options.pushgraph)
        idle = measure(program, tree.small_kinds(), folder, options.runs)
        for what in options.of or TREES:
            points = [(size, measure(program, TREES[what](size), folder, options.runs)) for size in SIZES[what]]
            for at, (quantity, unit, scale) in enumerate((("cpu", "s", 1), ("memory", "MB", 1e-6))):
                # What a run costs before it does anything does not grow, and says nothing where it is most of it.
                grown = [(size, cost[at] - idle[at]) for size, cost in points if cost[at] > 1.5 * idle[at]]
                if len(grown) < 3:
                    sys.exit(f"{what}: {quantity} is too little to tell how it grows")
                power = slope(grown)
                shown = ", ".join(f"{size}: {cost[at] * scale:.3g} {unit}" for size, cost in points)
                print(f"{what:6} {quantity:7} ~ size^{power:.2f}   {shown}", flush=True)
                if power > STEEPEST:
                    steep.append(f"{quantity} with {what}")
    if steep:
        sys.exit(f"grows faster than n log n: {', '.join(steep)}")


if __name__ == "__main__":
    main()
