"""Runs pushgraph and the reference alternately on the same projects, checks that they make the same, prints ratios."""

import argparse
import pathlib
import statistics
import tempfile

from . import tree
from .measurements import MEASUREMENTS
from .program import pushgraph, reference

START_UP = 5

# Where outputs are left that differ.
KEPT = pathlib.Path("target/compared")


def arguments():
    parser = argparse.ArgumentParser(prog="benches/compare", description=__doc__)
    parser.add_argument("--pushgraph", required=True, help=argparse.SUPPRESS)
    names = ", ".join(f"`{row.name}`" for row in MEASUREMENTS)
    parser.add_argument("--tasks", type=int, action="append", metavar="N", help="a synthetic project of about N tasks; 5 is for the time to start; may be repeated; 5, 1000 if unset")
    parser.add_argument("--tree", type=pathlib.Path, action="append", default=[], metavar="DIR", help="a checkout of a real project; may be repeated")
    parser.add_argument("--parameters", type=pathlib.Path, metavar="FILE", help="the parameters for the real projects")
    parser.add_argument("--only", action="append", metavar="ROW", help=f"only this row, one of {names}; may be repeated")
    parser.add_argument("--runs", type=int, default=5, metavar="N", help="how often each program is run; 5 if unset")
    return parser.parse_args()


def main():
    options = arguments()
    with tempfile.TemporaryDirectory() as directory:
        folder = pathlib.Path(directory)
        for project in projects(options, folder):
            for row in MEASUREMENTS:
                if not options.only or row.name in options.only:
                    compare(row, project, options, folder)


def projects(options, folder):
    sizes = options.tasks or ([] if options.tree else [START_UP, 1000])
    for size in sizes:
        kinds = tree.small_kinds() if size == START_UP else tree.kinds(size)
        yield tree.synthetic(folder / f"project-{size}", f"{size} tasks", kinds)
    for path in options.tree:
        yield tree.given(path.resolve(), path.name, options.parameters, folder)


def compare(row, project, options, folder):
    ours, theirs = pushgraph(options.pushgraph), reference()
    with row.prepare(ours, project, folder, ours) as our_run, row.prepare(theirs, project, folder, ours) as their_run:
        pairs = []
        for _ in range(options.runs):
            (our_cost, our_output), (their_cost, their_output) = our_run(), their_run()
            if our_output != their_output:
                keep(our_output, their_output)
                raise SystemExit(f"{row.name} of {project.name}: the two programs do not make the same; see `{KEPT}`")
            pairs.append((our_cost, their_cost))
            # The system counts what a process held before it became the program that is measured.
            del our_output, their_output
    print(f"{project.name}: {row.name}")
    for name, quantity, shown in (("wall", "wall", seconds), ("cpu", "cpu", seconds), ("memory", "memory", megabytes)):
        print_ratio(name, [(getattr(one, quantity), getattr(other, quantity)) for one, other in pairs], shown)


def keep(ours, theirs):
    KEPT.mkdir(parents=True, exist_ok=True)
    (KEPT / "pushgraph").write_bytes(ours)
    (KEPT / "reference").write_bytes(theirs)


def print_ratio(name, pairs, shown):
    one, other = zip(*pairs)
    ratio = statistics.median(other) / max(statistics.median(one), 1e-9)
    print(f"    {name:7} pushgraph {spread(one, shown)}   reference {spread(other, shown)}   {ratio:7.1f} : 1", flush=True)


def spread(values, shown):
    return f"{shown(statistics.median(values)):>9} ({shown(min(values))} – {shown(max(values))})"


def seconds(value):
    return f"{value:.3f} s"


def megabytes(value):
    return f"{value / 1e6:.1f} MB"


if __name__ == "__main__":
    main()
