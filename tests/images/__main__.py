"""What the images hold, and what they do where there is no network but the loopback interface."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

import support

from . import figures, push, trust
from .archive import Archive
from .services import Repositories, only_loopback

ARCHIVES = pathlib.Path(os.environ["PUSHGRAPH_IMAGES"]).resolve()
LABELS = ["licenses", "revision", "title", "version"]
MINIMAL = {
    "builds/worker/artifacts/", "builds/worker/checkouts/", "builds/worker/store/", "etc/group", "etc/nsswitch.conf",
    "etc/passwd", "etc/ssl/certs/ca-certificates.crt", "tmp/", "usr/local/bin/pushgraph", "usr/local/bin/taskgraph",
}  # fmt: skip
#: A tree whose transforms are in Python.
TREE = support.REPOSITORY / "tests/trees/python-transforms"


def check_archive(path):
    """What every image says of itself; the image."""
    archive = Archive(path)
    assert archive.digest == path.with_suffix(".digest").read_text().strip()
    assert archive.config["User"] == "1000:1000", archive.config
    labels = archive.config["Labels"]
    assert [name for name in LABELS if not labels.get(f"org.opencontainers.image.{name}")] == [], labels
    assert len(archive.layers) == 1
    components = json.loads(path.with_suffix(".cdx.json").read_text())["components"]
    packages = {component["purl"] for component in components}
    kinds = {package.split("/")[0] for package in packages}
    expected = {"pkg:cargo"} if path.stem == "minimal" else {"pkg:cargo", "pkg:deb", "pkg:pypi"}
    assert kinds == expected, kinds
    reference = f"pkg:pypi/taskcluster-taskgraph@{os.environ['PUSHGRAPH_REFERENCE_VERSION']}"
    assert path.stem == "minimal" or reference in packages, f"the full image lacks {reference}"
    return archive


def leaves(root):
    """Files, links and empty directories."""
    for path in sorted(root.rglob("*")):
        name = str(path.relative_to(root))
        if path.is_symlink() or path.is_file():
            yield name
        elif not any(path.iterdir()):
            yield f"{name}/"


def write_init(tree):
    """A project as `init` sets it up."""
    subprocess.run([support.PUSHGRAPH, "init", "--name", "demo", "--trust-domain", "demo"], cwd=tree, check=True, stderr=subprocess.DEVNULL)


def write_run_task(image):
    """A project for the reference, with Python in its tree, of which only the image is changed."""

    def write(tree):
        shutil.copytree(TREE, tree, dirs_exist_ok=True)
        template = (pathlib.Path(__file__).parent / "run-task.yml").read_text()
        (tree / ".taskcluster.yml").write_text(template.replace("IMAGE", image))

    return write


def whole_push(world, name, write, url):
    """A push, and a retrigger of one of its tasks; how many tasks each made."""
    project = push.Project(world, name, write, url)
    decision, tasks = project.push()
    assert tasks, "the decision made no task"
    wanted, task_id = tasks[-1][:2]
    after = project.action(decision, "retrigger", task_id, {"times": 2, "force": True})
    # The action task is in the group as well.
    again = [task for task in after if task not in tasks and task[0] == wanted]
    assert len(again) == 2, after
    return len(tasks), len(again)


def check_root(world, image):
    """A task that begins as root, since its cache is root's, fills the cache and ends as the other user."""
    root, config = world.images[image]
    world.images["begins as root"] = (root, {**config, "User": "0:0"})
    world.owner_of_caches = 0
    url = world.repositories.url("demo")
    words = ["pushgraph", "checkout", "/builds/worker/checkouts/src", "--store=/builds/worker/store", f"--head-repository={url}", "--head-ref=main"]
    for _ in range(2):
        home = world.home({"of root": "/builds/worker/store"})
        said = world.run("begins as root", words, {}, home)
        assert "nothing is kept" not in said, said
        made = [*(home / "checkouts/src").rglob("*"), *(world.folder / "caches/of root").rglob("*")]
        assert len(made) > 20 and {path.lstat().st_uid for path in made} == {1000}, made


def main():
    only_loopback()
    with support.Workplace() as folder:
        folder.chmod(0o755)
        images = {}
        paths = sorted(ARCHIVES.glob("*.tar"))
        assert paths, f"there are no images in {ARCHIVES}"
        for path in paths:
            archive = check_archive(path)
            version = archive.config["Labels"]["org.opencontainers.image.version"]
            root = archive.unpack(folder / "images" / path.stem)
            images[f"pushgraph:{version}-{path.stem}"] = (root, archive.config)
            print(f"images: {path.stem}: {archive.digest}, {len(archive.layers[0])} bytes packed")
        minimal = images[f"pushgraph:{version}"] = images[f"pushgraph:{version}-minimal"]
        assert set(leaves(minimal[0])) == MINIMAL, set(leaves(minimal[0])) ^ MINIMAL
        # It needs nothing of this machine, and so can serve it as well.
        support.PUSHGRAPH = minimal[0] / "usr/local/bin/pushgraph"
        (folder / "repositories").mkdir()
        repositories = Repositories(folder / "repositories")
        with support.Served(folder / "taskcluster") as taskcluster:
            world = push.World(folder, taskcluster, repositories, images)
            if "--figures" in sys.argv:
                figures.show(world, version)
            else:
                run_pushes(world, version)


def run_pushes(world, version):
    styles = [("demo", write_init, None)]
    full = f"pushgraph:{version}-full"
    if full in world.images:
        styles.append(("project", write_run_task(full), f"{push.FORGE}project"))
        told = world.run(full, ["taskgraph", "--version"], {}, world.home({}))
        assert told == f"pushgraph {version}\n", told
        for words in (["hg", "--version"], ["run-task", "--help"], ["python3", "-c", "import taskgraph"]):
            world.run(full, words, {}, world.home({}))
    for name, write, url in styles:
        start = time.monotonic()
        made, again = whole_push(world, name, write, url)
        print(f"images: {name}: {made} tasks of a push, {again} of an action, {time.monotonic() - start:.1f} s")
    check_root(world, f"pushgraph:{version}")
    trust.check(world, f"pushgraph:{version}", "demo")
    print("images: a server that is not trusted is refused, and its name found by asking for it")


main()
