"""A container made of namespaces: the image's files, which cannot be written, its user and its variables.

Run as a program, this is what happens inside: the last argument is a JSON document.
"""

import ctypes
import errno
import json
import os
import pathlib
import subprocess
import sys

DEVICES = ["null", "zero", "random", "urandom"]
PR_SET_NO_NEW_PRIVS = 38


def command(root, config, words, environment, volumes):
    """The command that runs `words` in a container, and its variables; volumes are pairs of directories."""
    told = dict(variable.split("=", 1) for variable in config["Env"])
    inside = {
        "root": str(root), "user": config["User"], "directory": config["WorkingDir"],
        "words": words, "environment": {**told, **environment}, "volumes": [[str(one), other] for one, other in volumes],
    }  # fmt: skip
    unshare = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--"]
    return [*unshare, sys.executable, "-m", "images.container", json.dumps(inside)]


def mount(*arguments):
    subprocess.run(["mount", *arguments], check=True)


def furnish(root, volumes):
    """What an engine puts into a container."""
    for name in ("dev", "proc", "tmp"):
        (root / name).mkdir(exist_ok=True)
    mount("--bind", root, root)
    mount("-t", "proc", "proc", root / "proc")
    mount("-t", "tmpfs", "-o", "mode=1777", "tmpfs", root / "tmp")
    mount("-t", "tmpfs", "-o", "mode=755", "tmpfs", root / "dev")
    for name in DEVICES:
        (root / "dev" / name).touch()
        mount("--bind", f"/dev/{name}", root / "dev" / name)
    for outside, inside in volumes:
        mount("--bind", outside, f"{root}{inside}")
    mount("-o", "remount,bind,ro", root)


def enter(inside):
    root = pathlib.Path(inside["root"])
    furnish(root, inside["volumes"])
    os.chroot(root)
    os.chdir(inside["directory"])
    try:
        os.mkdir("/written")
        sys.exit("the root can be written")
    except OSError as error:
        assert error.errno == errno.EROFS, error
    user, group = (int(number) for number in inside["user"].split(":"))
    os.setgroups([])
    os.setresgid(group, group, group)
    os.setresuid(user, user, user)
    assert ctypes.CDLL(None).prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
    os.execvpe(inside["words"][0], inside["words"], inside["environment"])


if __name__ == "__main__":
    enter(json.loads(sys.argv[-1]))
