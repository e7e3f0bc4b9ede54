"""Writes what the tests of try expect: a graph like Firefox's, and the labels each `try:` line selects in it.

The rules are those that Firefox documents for try syntax, applied to one task after another; the program compiles a
line to a query instead. Run it from anywhere; `graph.json` and `syntax.txt` beside it are written anew.
"""

import json
import re
import shlex
from pathlib import Path

HERE = Path(__file__).parent

# build platform -> types, run_on_projects, tier
BUILDS = {
    "linux64": (["opt", "debug"], ["all"], 1),
    "linux64-asan": (["opt"], ["all"], 1),
    "linux64-shippable": (["opt"], ["mozilla-central"], 1),
    "linux64-tsan": (["opt"], ["all"], 2),
    "macosx64": (["opt", "debug"], ["all"], 1),
    "macosx64-shippable": (["opt"], ["all"], 1),
    "win32": (["opt", "debug"], ["all"], 1),
    "win64": (["opt", "debug"], ["all"], 1),
    "android-aarch64": (["opt"], ["all"], 2),
}
# build platform -> test platforms
TESTED_ON = {
    "linux64": ["linux1804-64"],
    "linux64-asan": ["linux1804-64-asan"],
    "linux64-tsan": ["linux1804-64-tsan"],
    "macosx64": ["macosx1015-64"],
    "macosx64-shippable": ["macosx1015-64-shippable"],
    "win32": ["windows7-32"],
    "win64": ["windows10-64"],
    "android-aarch64": ["android-hw-p5-13-0-android-aarch64"],
}
# try name -> attribute, {test platform or "": chunks}, tier by test platform or "", run_on_projects
SUITES = {
    "cppunittest": ("unittest", {"": 1}, {"": 1}, ["all"]),
    "crashtest": ("unittest", {"": 1}, {"": 1, "windows7-32": 2}, ["all"]),
    "gtest": ("unittest", {"": 1}, {"": 1}, ["all"]),
    "jittest": ("unittest", {"": 2}, {"": 1}, ["mozilla-central"]),
    "jsreftest": ("unittest", {"": 2}, {"": 1}, ["all"]),
    "marionette": ("unittest", {"": 1}, {"": 1}, ["all"]),
    "mochitest-a11y": ("unittest", {"": 1}, {"": 1}, ["all"]),
    "mochitest-browser-chrome": ("unittest", {"": 3, "windows10-64": 2}, {"": 1}, ["all"]),
    "mochitest-devtools-chrome": ("unittest", {"": 2}, {"": 1, "macosx1015-64": 2}, ["all"]),
    "mochitest-media": ("unittest", {"": 1}, {"": 1}, ["all"]),
    "mochitest-plain": ("unittest", {"": 4, "windows10-64": 2, "windows7-32": 1}, {"": 1}, ["all"]),
    "mochitest-webgl1-core": ("unittest", {"": 1}, {"": 2}, ["all"]),
    "reftest": ("unittest", {"": 2, "windows10-64": 1, "windows7-32": 1}, {"": 1}, ["all"]),
    "reftest-no-accel": ("unittest", {"": 1}, {"": 3}, []),
    "web-platform-tests": ("unittest", {"": 3}, {"": 1}, ["all"]),
    "web-platform-tests-reftests": ("unittest", {"": 1}, {"": 1}, ["all"]),
    "web-platform-tests-wdspec": ("unittest", {"": 1}, {"": 2}, ["all"]),
    "xpcshell": ("unittest", {"": 2, "windows10-64": 1}, {"": 1}, ["all"]),
    "g1": ("talos", {"": 1}, {"": 1}, ["all"]),
    "chromez": ("talos", {"": 1}, {"": 1, "windows10-64": 2}, ["all"]),
    "raptor-speedometer": ("raptor", {"": 1}, {"": 1}, ["mozilla-central"]),
    "raptor-tp6": ("raptor", {"": 1}, {"": 2}, ["all"]),
}
ANDROID = ["crashtest", "gtest", "mochitest-plain", "xpcshell", "web-platform-tests"]
TSAN = ["mochitest-plain", "xpcshell"]


def task(kind, label, tier=1, dependencies=None, symbol="x", **attributes):
    return {
        "kind": kind,
        "label": label,
        "description": label,
        "attributes": {"kind": kind, **attributes},
        "dependencies": dependencies or {},
        "task": {"extra": {"treeherder": {"tier": tier, "symbol": symbol}}, "workerType": "t"},
    }


def graph():
    tasks = []
    for platform, (types, projects, tier) in BUILDS.items():
        for build_type in types:
            attributes = dict(build_platform=platform, build_type=build_type, run_on_projects=projects)
            if platform.endswith("shippable") and platform.startswith("linux"):
                attributes["nightly"] = True
            build = f"build-{platform}/{build_type}"
            tasks.append(task("build", build, tier, **attributes))
            for on in TESTED_ON.get(platform, []):
                tasks.extend(tests(platform, build_type, on, build))
    for kind, platform, projects in [
        ("hazard", "linux64", ["all"]),
        ("l10n", "linux64", ["mozilla-central"]),
        ("spidermonkey", "linux64", ["all"]),
        ("valgrind", "linux64", ["all"]),
    ]:
        label = f"{kind}-{platform}/opt"
        tasks.append(task(kind, label, build_platform=platform, build_type="opt", run_on_projects=projects))
    tasks.append(task("build-signing", "build-signing-linux64/opt", build_platform="linux64", build_type="opt",
                      run_on_projects=["all"], dependencies={"build": "build-linux64/opt"}))
    for name, projects in [("eslint", ["all"]), ("mozlint-eslint", ["all"]), ("python-unit", ["mozilla-central"])]:
        tasks.append(task("source-test", f"source-test-{name}", job_try_name=name, build_platform="lint",
                          build_type="opt", run_on_projects=projects))
    tasks.append(task("fetch", "fetch-clang", run_on_projects=["all"]))
    return {one["label"]: one for one in tasks}


def tests(platform, build_type, on, build):
    for suite, (attribute, chunks, tiers, projects) in SUITES.items():
        if attribute != "unittest" and build_type == "debug":
            continue
        if "android" in on and suite not in ANDROID or "tsan" in on and suite not in TSAN:
            continue
        total = chunks.get(on, chunks[""])
        for chunk in range(1, total + 1):
            attributes = {
                f"{attribute}_try_name": suite,
                "build_platform": platform,
                "build_type": build_type,
                "test_platform": f"{on}/{build_type}",
                "run_on_projects": projects,
            }
            if attribute == "unittest":
                attributes["unittest_suite"] = suite
            if total > 1:
                attributes["test_chunk"] = str(chunk)
            tail = f"-{chunk}" if total > 1 else ""
            tier = tiers.get(on, tiers[""])
            if "tsan" in on or "android" in on:
                tier = max(tier, 2)
            yield task("test", f"test-{on}/{build_type}-{suite}{tail}", tier, {"build": build}, **attributes)


PRETTY = {
    "Ubuntu": ["linux32", "linux64", "linux64-asan", "linux1804-64", "linux1804-64-asan"],
    "x64": ["linux64", "linux64-asan", "linux1804-64", "linux1804-64-asan"],
    "Windows 10": ["windows10-64"],
    "Windows 7": ["windows7-32"],
    "Android 13.0 Google Pixel 5 64bit": ["android-hw-p5-13-0-android-aarch64"],
}


def begins(prefix):
    return lambda name: name.startswith(prefix)


def has(part):
    return lambda name: part in name


ALIASES = {
    "cppunit": begins("cppunit"), "crashtest": begins("crashtest"), "e10s": has("e10s"), "gtest": begins("gtest"),
    "jittest": begins("jittest"), "jittests": begins("jittest"), "jsreftest": begins("jsreftest"),
    "marionette": begins("marionette"), "mochitest": begins("mochitest"), "mochitests": begins("mochitest"),
    "mochitest-a11y": has("mochitest-a11y"), "mochitest-bc": begins("mochitest-browser-chrome"),
    "mochitest-browser-chrome": begins("mochitest-browser-chrome"),
    "mochitest-dt": begins("mochitest-devtools-chrome"), "mochitest-gl": begins("mochitest-webgl"),
    "mochitest-media": begins("mochitest-media"),
    "reftest": lambda name: re.match("(plain-)?reftest", name),
    "reftests": lambda name: re.match("(plain-)?reftest", name),
    "reftest-no-accel": lambda name: re.match("(plain-)?reftest-no-accel", name),
    "web-platform-test": begins("web-platform-tests"), "web-platform-tests": begins("web-platform-tests"),
    "web-platform-tests-reftests": begins("web-platform-tests-reftests"),
    "web-platform-tests-wdspec": begins("web-platform-tests-wdspec"), "xpcshell": begins("xpcshell"),
}


class Syntax:
    """One line, and whether a task is one it asks for."""

    def __init__(self, line, tasks, ridealong):
        self.tasks, self.include_nightly = tasks, False
        self.build_types, self.jobs = [], []
        values = {"p": "all", "u": "all", "t": "none", "r": "none"}
        long = {"build": "b", "platform": "p", "unittests": "u", "talos": "t", "raptor": "r", "job": "j"}
        words = self.words(line)
        while words:
            word = words.pop(0)
            if word == "--include-nightly":
                self.include_nightly = True
            match = re.match(r"--(build|platform|unittests|talos|raptor|job)(?:=(.*))?$", word)
            short = re.match(r"-([bputrj])(.*)$", word)
            if match:
                name, value = long[match[1]], match[2]
            elif short and not word.startswith("--"):
                name, value = short[1], short[2] or None
            else:
                continue
            takes_dash = name == "b" and words and re.fullmatch("-[do]+", words[0])
            if value is None and words and (takes_dash or not words[0].startswith("-")):
                value = words.pop(0)
            if name == "b":
                self.build_types = [full for letter, full in (("d", "debug"), ("o", "opt")) if letter in value]
            elif name == "j":
                self.jobs += value.split(",")
            else:
                values[name] = value or "all"
        self.platforms = None
        if values["p"] != "all":
            self.platforms = set()
            for name in values["p"].split(","):
                tested = any(values[key] != "none" for key in "utr")
                self.platforms.add("macosx64-shippable" if name == "macosx64" and tested else name)
                self.platforms.update(ridealong.get(name, []))
        self.tests = {
            f"{kind}_try_name": self.parse_tests(f"{kind}_try_name", values[key])
            for kind, key in (("unittest", "u"), ("talos", "t"), ("raptor", "r"))
        }

    @staticmethod
    def words(line):
        escaped = re.sub(r"\[[^]]*\]", lambda found: found[0].replace(" ", "\\ "), line)
        return shlex.split(escaped)

    def parse_tests(self, attribute, value):
        """A list of (test name, chunk or None, platforms or None)."""
        if value == "none":
            return []
        known = {one["attributes"][attribute] for one in self.tasks.values() if attribute in one["attributes"]}
        wanted = []
        for name, restriction in re.findall(r"([^,\[\]]+)(?:\[([^]]*)\])?", value):
            on = self.restrict(restriction) if restriction else None
            chunk = re.fullmatch(r"(.*)-(\d+)", name)
            if name == "all":
                wanted += [(test, None, on) for test in known]
            elif chunk:
                wanted.append((chunk[1], chunk[2], on))
            else:
                matches = ALIASES.get(name, lambda test: test == name)
                wanted += [(test, None, on) for test in known if matches(test)]
        return wanted

    def restrict(self, restriction):
        items = [item.strip() for item in restriction.split(",")]
        on = set()
        if items[0].startswith("-"):
            platforms = (one["attributes"].get("test_platform") for one in self.tasks.values())
            on = {platform.split("/")[0] for platform in platforms if platform}
        for item in items:
            expanded = set(PRETTY.get(item.lstrip("-"), [item.lstrip("-")]))
            on = on - expanded if item.startswith("-") else on | expanded
        return on

    def matches(self, one):
        attributes = one["attributes"]
        if attributes.get("nightly") and not self.include_nightly:
            return False
        everywhere = "all" in attributes.get("run_on_projects", [])
        on_platform = self.platforms is None or attributes.get("build_platform") in self.platforms
        if "job_try_name" in attributes:
            return attributes["job_try_name"] in self.jobs or "all" in self.jobs and on_platform and everywhere
        if attributes.get("build_type") not in self.build_types or not on_platform:
            return False
        if one["kind"] in ("build", "artifact-build", "hazard", "l10n", "valgrind", "spidermonkey"):
            return self.platforms is not None or everywhere
        if one["kind"] != "test":
            return False
        return any(
            attributes.get(attribute) == test
            and (chunk is None or attributes.get("test_chunk") == chunk)
            and self.may_run(one, attribute, on, everywhere)
            for attribute, tests in self.tests.items()
            for test, chunk, on in tests
        )

    def may_run(self, one, attribute, on, everywhere):
        if on is not None:
            return "all" in on or one["attributes"]["test_platform"].split("/")[0] in on
        tier = self.tier(one)
        if tier == 1:
            return everywhere
        name = one["attributes"][attribute]
        same = (other for other in self.tasks.values() if other["attributes"].get(attribute) == name)
        if not any(self.tier(other) == 1 for other in same):
            return True
        return tier <= self.tier(self.tasks[one["dependencies"]["build"]])

    @staticmethod
    def tier(one):
        return one["task"]["extra"]["treeherder"]["tier"]


RIDEALONG = {"linux64": ["linux64-asan"]}


def lines():
    """The table: each line, and whether `linux64-asan` rides along with `linux64`."""
    return (HERE / "syntax-lines.txt").read_text().splitlines()


def main():
    tasks = graph()
    rows = [f"{json.dumps(label)}: {json.dumps(tasks[label], sort_keys=True)}" for label in sorted(tasks)]
    (HERE / "graph.json").write_text("{\n" + ",\n".join(rows) + "\n}\n")
    table = []
    for line in lines():
        ridealong = RIDEALONG if line.startswith("+") else {}
        syntax = Syntax(line.lstrip("+").partition("try:")[2], tasks, ridealong)
        selected = [label for label in sorted(tasks) if syntax.matches(tasks[label])]
        table.append(line + "\n" + "".join(f"    {label}\n" for label in selected))
    (HERE / "syntax.txt").write_text("\n".join(table))


if __name__ == "__main__":
    main()
