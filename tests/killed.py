"""Kills runs of `krmfn render --output-dir` at random moments, and says what the next run makes of what they left.

`python -m tests.killed TIMES FOLDER`: forks of one Python write one of two outputs in turn, and each is killed; so many
at least, and more until a kill has come in the middle.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from pathlib import Path

from krmfn.cli.render.manifest import Manifest, manifest_of
from krmfn.cli.render.writing import write

MOST = 50
"""How many times as many runs there may be until a kill has come in the middle: on a quick machine few do."""
Tree = dict[str, tuple[str, int]]


def made(namespace: str, name: str, value: int) -> Manifest:
    marks = {"krmfn.dev/owner": f"Redis/{name}"}
    metadata = {"name": name, "namespace": namespace, "annotations": marks}
    data = {"value": str(value) * 500}
    return manifest_of({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data})


OUTPUTS = [
    [made(f"tenant-{space}", f"a{number}", 1) for space in "abc" for number in range(6)],
    [made(f"tenant-{space}", f"a{number}", 2) for space in "bcd" for number in range(3, 9)],
]
"""Two outputs of which each removes, changes and adds files and folders of the other."""


def tree(folder: Path) -> Tree:
    """Everything in a folder: folders with no text."""
    return {
        path.relative_to(folder).as_posix(): (path.read_text() if path.is_file() else "", path.stat().st_mode)
        for path in sorted(folder.rglob("*"))
    }


def killed(folder: Path, output: list[Manifest], after: float) -> bool:
    """Whether a run was killed before it had ended."""
    child = os.fork()
    if not child:
        write(folder, output)
        os._exit(0)
    time.sleep(after)
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def main() -> None:
    times, root = int(sys.argv[1]), Path(sys.argv[2])
    expected: list[Tree] = []
    begin = time.monotonic()
    for number, output in enumerate(OUTPUTS):
        write(root / f"whole-{number}", output)
        expected.append(tree(root / f"whole-{number}"))
    takes = (time.monotonic() - begin) / 2
    chance = random.Random(times)  # noqa: S311  (no secret)
    caught, wrong, half_way = 0, [], 0
    for number in range(times * MOST):
        if number >= times and half_way and caught > times / 4:
            break
        folder, which = root / "out", number % 2
        caught += killed(folder, OUTPUTS[which], chance.uniform(0, takes * 1.5))
        # What was left is neither of the two: the kill came in the middle.
        half_way += tree(folder) not in expected
        write(folder, OUTPUTS[chance.choice((0, 1))])
        again = chance.choice((0, 1))
        write(folder, OUTPUTS[again])
        if tree(folder) != expected[again]:
            wrong.append(number)
    json.dump({"caught": caught, "half way": half_way, "wrong": wrong}, sys.stdout)


if __name__ == "__main__":
    main()
