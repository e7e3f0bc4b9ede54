"""Hostile programs in Starlark: how soon does each end, and how?

Every program of `starlark/programs.txt` (endless loops, endless recursion, values that hold a thousand million others, files
that are not the tree's) is the transform of a tree of its own. Each must end in a mistake that points at the program, or
be refused as the tree's mistake. The last line is the figure.
"""

from support import *

FOLDER = pathlib.Path(__file__).parent / "starlark"

#: Those that take no time in a build that is not optimized either.
SHORT = ("recursion", "passwd", "parent", "text", "deep", "laughing tuple")

STARLARK_KIND = """
transforms: ["hostile.star:go", taskgraph.transforms.task]
tasks: {one: {worker-type: b-linux, description: x, worker: {docker-image: debian:12, max-run-time: 600}}}
"""


def main():
    options = arguments(__doc__)
    functions = (FOLDER / "functions.star").read_text()
    programs = dict(line.split(": ", 1) for line in (FOLDER / "programs.txt").read_text().splitlines())
    slowest, ended = (0.0, None), 0
    with tempfile.TemporaryDirectory() as scratch:
        tree = write_tree(pathlib.Path(scratch) / "tree", 1)
        (tree / "taskcluster/kinds/work/kind.yml").write_text(STARLARK_KIND)
        for name in SHORT if options.short else programs:
            program = f"{functions}\ndef go(config, tasks):\n    return {programs[name]}\n"
            (tree / "taskcluster/hostile.star").write_text(program)
            start = time.monotonic()
            done = subprocess.run([PUSHGRAPH, "full"], cwd=tree, capture_output=True, text=True)
            slowest = max(slowest, (time.monotonic() - start, name))
            is_told = done.returncode == 1 and "error: " in done.stderr and "hostile.star" in done.stderr
            ended += is_told
            if not is_told:
                print(f"{name}: exit code {done.returncode}: {done.stderr[-600:]}")
            if not options.short:
                print(f"{time.monotonic() - start:6.2f} s  {name}")
    tried = len(SHORT if options.short else programs)
    finish(f"{ended} of {tried} hostile programs ended in a mistake; the slowest, {slowest[1]}, in {slowest[0]:.2f} s", ended == tried)


main()
