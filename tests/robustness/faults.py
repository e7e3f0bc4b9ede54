"""Faults of every sort, one sort at a time, against a decision of each program: what is there in the end?

A run that fails is repeated as a worker repeats it, up to four times. Prints for each fault and program how many tasks
are lost and doubled; the last line is the figure of pushgraph.
"""

from support import *

#: What happens to a share of the requests, and how large that is.
FAULTS = {
    "connection lost before the task is created": "drop: before",
    "connection lost after the task is created": "drop: after",
    "500 before": "status: 500",
    "502 after": "status: 502, when: after",
    "503 with Retry-After": "status: 503, retry-after: 1",
    "429 with Retry-After": "status: 429, retry-after: 1",
    "answer breaks off": "body: truncated",
    "half an answer": "body: half",
    "a page in place of JSON": "body: html",
    "slow answer": "body: slow, delay: 0.02",
    "late, out of order": "delay: 0.3",
}
RUNS = 5


def rules(fault, seed):
    return f"""seed: {seed}
faults:
- {{route: PUT /api/queue/v1/task/*, skip: 1, chance: 0.2, {fault}}}
- {{route: POST /api/queue/v1/tasks, count: 1, {fault}}}
- {{route: POST /api/queue/v1/tasks/status, count: 1, {fault}}}
"""


def meet(program, tree, folder, fault, seed, expected):
    (folder / "faults.yml").write_text(rules(fault, seed))
    with Served(folder / "data", faults=folder / "faults.yml") as served:
        group = slugid()
        served.put_task(group, group)
        for runs in range(1, RUNS + 1):
            code = decision(program, tree, served, group).wait()
            if code == 0:
                break
        found = [name for name, *_ in served.group(group)]
        lost, doubled = lost_and_doubled(expected, found)
        return runs, code, lost, doubled, served.stop()


def main():
    options = arguments(__doc__, tasks=(100, 20, "about so many tasks"))
    faults = dict(list(FAULTS.items())[:: 3 if options.short else 1])
    programs = ["pushgraph"] if options.short or not REFERENCE.exists() else ["pushgraph", "taskgraph"]
    totals = {program: [0, 0, 0, 0] for program in programs}
    with Workplace() as place:
        tree = write_tree(place / "tree", options.tasks)
        with Served(place / "undisturbed") as served:
            group = slugid()
            served.put_task(group, group)
            assert decision("pushgraph", tree, served, group).wait() == 0
            expected = [name for name, *_ in served.group(group)]
        for number, (name, fault) in enumerate(faults.items()):
            for program in programs:
                folder = place / f"{program}-{number}"
                folder.mkdir()
                runs, code, lost, doubled, struck = meet(program, tree, folder, fault, options.seed + number, expected)
                print(f"{name:45} {program:10} {struck:4} spoilt, {runs} runs, the last ends with {code:3}: {lost:3} lost, {doubled:3} doubled", flush=True)
                totals[program] = [sum(pair) for pair in zip(totals[program], (struck, lost, doubled, code != 0))]
    for program in reversed(programs):
        struck, lost, doubled, unfinished = totals[program]
        figure = f"{program}: {struck} faults injected, {lost} tasks lost, {doubled} tasks doubled, {unfinished} of {len(faults)} pushes unfinished"
        if program == "pushgraph":
            finish(figure, not (lost or doubled or unfinished) and struck)
        print(figure)


main()
