"""The defences of docs/security.md, and how to take each out: `python -m tests.defences [WORD ...]`.

Each change is made in a copy of the checkout, and the tests that the page names run there: they must fail. With words,
only the rows whose attack has one of them; rows whose tests are judges or run on the engine are taken out only then.
"""

from __future__ import annotations

import re
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
MOST_SECONDS = 120
MOST_SECONDS_ELSEWHERE = 900
MOST_MEMORY = 4 << 30


class Defence(NamedTuple):
    """What stops an attack: texts of a file, and what stands there once the defence is out."""

    file: str
    changes: tuple[tuple[str, str], ...]


def _untold(code: str) -> tuple[str, str]:
    """An error that is only said."""
    return f'.error("{code}"', f'.info("{code}"'


GIT, OUTPUT, OBJECTS, DISK = (
    "krmfn/repository/git.py",
    "krmfn/repository/gitoutput.py",
    "krmfn/repository/objects.py",
    "krmfn/cli/inputs/disk.py",
)
NEVER = "if False and "

DEFENCES: dict[str, tuple[Defence, ...]] = {
    "a Git setting, hook, filter or monitor in the repository runs a program in CI": (
        Defence(GIT, (('for setting in SETTINGS for word in ("-c", setting)]', "for setting in () for word in ()]"),)),
    ),
    "a folder that looks like a bare repository": (
        Defence(
            GIT,
            (
                ('    "safe.bareRepository=explicit",\n', ""),
                ('    "core.fsmonitor=false",\n', ""),
                ('if bare and "GIT_DIR"', f'{NEVER}"GIT_DIR"'),
            ),
        ),
    ),
    "a promisor remote that is contacted": (
        Defence(
            GIT,
            (
                ('    "protocol.allow=never",\n', ""),
                ('    "GIT_ALLOW_PROTOCOL": "none",\n', ""),
                ('    "GIT_NO_LAZY_FETCH": "1",\n', ""),
            ),
        ),
    ),
    "a program named git or sh in the current folder": (
        Defence(GIT, (("if os.path.isabs(each)]", "if each]"),)),
        Defence("krmfn/__main__.py", (("    del sys.path[0]\n", "    pass\n"),)),
    ),
    "a link that leads out of the repository, to read or to write": (
        Defence(DISK, (("return self._top is not None and not", "return False and not"),)),
    ),
    "a clone that lacks trees, or is damaged, so that `check` finds nothing to refuse": (
        Defence(OUTPUT, (("    if running.wait() not in fine:\n", "    if False:\n"),)),
    ),
    "a commit that the clone replaces by another, so that `check` compares the wrong one": (
        Defence(GIT, (('    "GIT_NO_REPLACE_OBJECTS": "1",\n', ""),)),
    ),
    "a pipe in the place of a file of Git's, or messages that nobody reads": (
        Defence(OUTPUT, (("ready = waiting.select(MOST_SECONDS)", "ready = waiting.select()"),)),
    ),
    "a pattern of `.krmignore` that takes for ever": (Defence("krmfn/cli/inputs/krmignore.py", (("(?>", "(?:"),)),),
    "a Git tree of billions of files": (
        Defence(OUTPUT, (("if count > MAX_FILES or size > MAX_NAMES:", "if False:"),)),
    ),
    "nesting, or aliases that multiply": (
        Defence("krmfn/yaml/composing.py", (("if depth >= MAX_DEPTH:", "if depth > MAX_DEPTH:"),)),
        Defence("krmfn/yaml/anchors.py", (("self.aliased > FREE_NODES", "self.aliased - 1 > FREE_NODES"),)),
        Defence("krmfn/yaml/anchors.py", (("self.length <= FREE_LENGTH", "self.length - 1 <= FREE_LENGTH"),)),
    ),
    "a short text that costs the square or cube of its length": (
        Defence("krmfn/topology/checks/keywords.py", (("if TEXTS in schema:", "if False:"),)),
    ),
    "a pattern of a schema that takes for ever": (
        Defence("krmfn/topology/checks/patterns.py", (("if self.steps > MOST_STEPS:", "if False:"),)),
    ),
    "a text that breaks a reader": (
        Defence(
            "krmfn/cli/inputs/namespaces.py",
            (("return kind_of(item) not in", 'return ("", item.get("kind")) not in'),),
        ),
    ),
    "an output cut by a full disk or a closed pipe passes for whole": (
        Defence(
            "krmfn/cli/output.py",
            (('                raise self._named(error, "written") from None', "                return size"),),
        ),
    ),
    "control characters of a name that change a terminal or a CI log": (
        Defence("krmfn/cli/check/formats.py", (('each if each.isprintable() or each in "\\r\\n" else "?"', "each"),)),
    ),
    "a tenant places an app on another tenant's cluster": (
        Defence(
            "krmfn/topology/placements/routes.py", (("    if route.cluster in space.clusters or", "    if True or"),)
        ),
    ),
    "a cluster by another's kubeconfig": (
        Defence("krmfn/topology/clusters/kubeconfigs.py", (("        if cluster.managed:\n", "        if True:\n"),)),
    ),
    "a declaration of another tenant's database, cluster or confirmation in one's own folder": (
        Defence("krmfn/fleet/owners.py", (_untold("declared-twice"),)),
    ),
    "a second platform run, whose author may pass the guards": (
        Defence("krmfn/fleet/owners.py", (_untold("second-platform-run"),)),
    ),
    "a definition or a chart that changes a kind for all tenants": (
        Defence("krmfn/fleet/kinds.py", (_untold("kind-redefined"),)),
    ),
    "krmfn's objects chart as that of a kind, to put any object onto the management cluster": (
        Defence("krmfn/topology/known/kinds.py", (_untold("objects-chart-of-a-kind"),)),
    ),
    "a policy, a Service or addresses in a tenant's own namespace that reach another's pods": (
        Defence("krmfn/fleet/beyond.py", (_untold("network-of-a-tenant"),)),
    ),
    "rights, or a Pod on the management cluster, that read a withheld kubeconfig": (
        Defence("krmfn/fleet/beyond.py", (_untold("rights-of-a-tenant"), _untold("placement-required"))),
    ),
    "an object of the whole cluster, or for which Flux acts, beside a tenant's declarations": (
        Defence("krmfn/fleet/bystanders.py", (_untold("foreign-namespace"),)),
        Defence("krmfn/fleet/beyond.py", (_untold("flux-object-of-a-tenant"),)),
        Defence("krmfn/fleet/beyond.py", (_untold("platform-object-of-a-tenant"),)),
        Defence("krmfn/fleet/bystanders.py", (_untold("object-in-items"),)),
        Defence("krmfn/fleet/bystanders.py", (("if is_tenants and kind_of(item) in CLUSTER_WIDE:", "if False:"),)),
    ),
    "a kustomization that runs programs, or builds something else than was checked": (
        Defence("krmfn/cli/inputs/tenantbuilds.py", (_untold("kustomization-of-a-tenant"),)),
    ),
    "a file that hides others from krmfn, or has kpt run a program": (
        Defence("krmfn/cli/inputs/steering.py", (_untold("ignore-file-of-a-tenant"),)),
        Defence("krmfn/cli/inputs/steering.py", (_untold("pipeline-of-a-tenant"),)),
    ),
    "a file beside what is rendered, by which Flux leaves out or removes another tenant's objects": (
        Defence("krmfn/cli/render/misleading.py", (_untold("file-in-the-way"),)),
    ),
    "a profile that loosens the sandbox": (
        Defence("krmfn/topology/known/tightening.py", (("if not isinstance(values, tuple) or", "if True or"),)),
    ),
    "values that undo a pin, by any path or merge key": (
        Defence("krmfn/topology/checks/chartvalues.py", (("elif not _same(value, pin):", "elif False:"),)),
    ),
    "an object of one's own in the place of a fence": (
        Defence("krmfn/resources/refusals.py", (("    if written:\n", "    if False:\n"),)),
    ),
    "a name in letters that only look like ours": (
        Defence(
            "krmfn/lookalikes.py",
            (("        if not each.isascii():\n            return", "        if False:\n            return"),),
        ),
    ),
    "a credential that is read in the output": (
        Defence("krmfn/changes/redaction.py", (("if self._is_credential(steps, value):", "if False:"),)),
    ),
    "a dependency that was exchanged on its way": (
        Defence("requirements.lock", (("    --hash=sha256:", "    # sha256:"),)),
    ),
}
"""By the attack, as the page spells it. Of several changes each is made alone, and each makes a test fail."""
POD_SECURITY, GUARDS, IMAGE = "krmfn/resources/inside/admission.py", "krmfn/resources/guards/__init__.py", "Dockerfile"
NOT_DENIED = (('"validationActions": ["Deny"]', '"validationActions": ["Audit"]'),)

ELSEWHERE: dict[str, tuple[Defence, ...]] = {
    "root on a node reaches what is not declared": (
        Defence("krmfn/resources/ciliumnetworkpolicy.py", (('{"toEndpoints": list(_other_namespaces(policy))},', ""),)),
    ),
    "a pod reaches what is not declared": (
        Defence("krmfn/resources/inside/networkpolicy.py", (('{"podSelector": {}}', '{"namespaceSelector": {}}'),)),
    ),
    "an app that runs before its fence": (
        Defence("krmfn/topology/placements/__init__.py", (("if cluster.boundary:", f"{NEVER}cluster.boundary:"),)),
    ),
    "somebody changes or deletes a fence on the cluster": (Defence(GUARDS, NOT_DENIED),),
    "a pod that Pod Security does not hold": (Defence(POD_SECURITY, NOT_DENIED),),
    "an image that is not made of these sources": (
        Defence(
            IMAGE,
            (
                (
                    'find . -exec touch --no-dereference --date="@${SOURCE_DATE_EPOCH}" {} +',
                    "date +%N > /opt/krmfn/built",
                ),
            ),
        ),
    ),
    "an image that runs as root or writes": (
        Defence(IMAGE, (("USER nobody\n", ""),)),
        Defence(
            "krmfn/cli/__init__.py",
            (("def main() -> NoReturn:\n", "def main() -> NoReturn:\n    open('/krmfn', 'w')\n"),),
        ),
    ),
}
"""Rows whose tests need other people's programs: taken out only if a word asks for them."""
ROW = re.compile(r"^\| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)


def rows() -> dict[str, list[str]]:
    """The tests and cases that the page names, by attack."""
    text = (ROOT / "docs/security.md").read_text(encoding="utf-8").partition("## Threat model")[2]
    found = [match for match in ROW.findall(text.partition("\n## ")[0]) if match[0] not in {"attack", "---"}]
    return {attack: re.findall(r"`([a-z0-9_-]+)`", tests) for attack, _, tests in found}


def command(names: list[str]) -> list[str]:
    """How to run tests and cases by their names."""
    files, words = set(), []
    for name in names:
        if name.startswith("test_"):
            files |= {
                str(path.relative_to(ROOT))
                for path in (ROOT / "tests").rglob("test_*.py")
                if f"def {name}(" in path.read_text()
            }
            words.append(name)
        elif (ROOT / "tests/cases" / name).is_dir():
            files.add("tests/test_cases.py")
            words.append(name)
    return [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "-x",
        "-p",
        "no:cacheprovider",
        *sorted(files),
        "-k",
        " or ".join(words),
    ]


def fails(defence: Defence, names: list[str], seconds: int, memory: int) -> bool:
    """Whether the tests fail once the defence is out.

    Args:
        defence: what is taken out.
        names: the tests.
        seconds: how long they may take.
        memory: how many bytes they may take, or RLIM_INFINITY.

    Raises:
        TimeoutExpired: they do not come back.
    """
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "copy")
        ignored = shutil.ignore_patterns(".venv", ".git", "dist", ".*_cache", "__pycache__")
        shutil.copytree(ROOT, copy, ignore=ignored, symlinks=True)
        place = copy / defence.file
        text = place.read_text(encoding="utf-8")
        for old, new in defence.changes:
            text = text.replace(old, new)
        place.write_text(text, encoding="utf-8")
        done = subprocess.run(
            command(names),
            cwd=copy,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (memory, memory)),
        )
    # 0: all passed; 1: some failed. Anything else says that none ran.
    assert done.returncode in {0, 1}, done.stdout + done.stderr
    return done.returncode == 1


def holding(attack: str, defence: Defence, names: list[str]) -> bool:
    """Whether a row holds: tests of a hang fail by hanging, but other people's programs are only slow."""
    if attack in ELSEWHERE:
        try:
            return fails(defence, names, MOST_SECONDS_ELSEWHERE, resource.RLIM_INFINITY)
        except subprocess.TimeoutExpired:
            return False
    try:
        return fails(defence, names, MOST_SECONDS, MOST_MEMORY)
    except subprocess.TimeoutExpired:
        return True


def main() -> None:
    named, well = rows(), True
    words = sys.argv[1:]
    for attack, defences in (DEFENCES | (ELSEWHERE if words else {})).items():
        if words and not any(word in attack for word in words):
            continue
        for defence in defences:
            holds = holding(attack, defence, named.get(attack, []))
            well = well and holds
            sys.stdout.write(f"{'fails as it must' if holds else 'PASSES WITHOUT IT'}: {attack} ({defence.file})\n")
            sys.stdout.flush()
    sys.exit(not well)


if __name__ == "__main__":
    main()
