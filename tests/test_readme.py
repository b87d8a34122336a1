"""The README and the reference: what they show is what comes out. `make generate` writes the parts that are made."""

from __future__ import annotations

import re
import shlex
from io import BytesIO
from pathlib import Path

import pytest

from krmfn import declarations, function
from krmfn.catalog import Catalog, Kind, Parts
from krmfn.cli.matrix.output import as_markdown
from krmfn.cli.render.manifest import manifest_of
from krmfn.cli.render.writing import write_stream
from krmfn.cli.version import PROGRAMS
from krmfn.marks import OWNER
from krmfn.matrix import matrix
from krmfn.resourcelist import ResourceList, annotations_of
from krmfn.yaml import load_all
from tests.command_line import run_in

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
REFERENCE = ROOT / "docs/reference.md"
CATALOG = Catalog.shipped()
PLACEABLE = {"always": "yes", "by-another-chart": "by another chart", "never": "no"}
MOST_LINES = 150


@pytest.mark.parametrize("page", [README, REFERENCE], ids=lambda page: page.name)
def test_made_parts_are_current(page: Path) -> None:
    """The tables are made from the code and its data."""
    assert page.read_text(encoding="utf-8") == filled(page.read_text(encoding="utf-8"))


def test_a_first_look_takes_two_minutes() -> None:
    """The README is short, and what one writes and what comes out of it are shorter."""
    text = README.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= MOST_LINES
    assert max(len(block(text, mark).splitlines()) for mark in ("before", "after")) <= MOST_LINES // 10


def test_after_is_what_before_expands_to() -> None:
    """Each line of the excerpt stands in the app's HelmRelease, in this order."""
    text = README.read_text(encoding="utf-8")
    [config] = load_all(block(text, "before"))
    answer = function.run(ResourceList((), config))
    assert not answer.results
    stream = BytesIO()
    write_stream([manifest_of(item) for item in answer.items if OWNER in annotations_of(item)][:1], stream)
    lines = iter(stream.getvalue().decode().splitlines())
    shown = block(text, "after").splitlines()
    assert shown
    assert [line for line in shown if line not in lines] == []


def block(text: str, mark: str) -> str:
    """The YAML below a mark."""
    found = re.search(rf"<!-- {mark} -->\n```yaml\n(.*?)```", text, re.DOTALL)
    assert found, mark
    return found[1]


def test_a_command_that_is_shown_with_its_output_prints_it() -> None:
    """Every block of the README that begins with a command, run in the repository."""
    shown = re.findall(r"```text\n\$ (krmfn .*?)\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert shown
    for command, output in shown:
        answer = run_in(ROOT, *shlex.split(command)[1:])
        assert answer.stdout + answer.stderr == output


def test_the_three_commands_give_a_first_result(tmp_path: Path) -> None:
    """What the README says after installing: each ends well, in an empty folder."""
    [commands] = re.findall(r"```sh\n(krmfn init .*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    for command in commands.splitlines():
        answer = run_in(tmp_path, *shlex.split(command)[1:])
        assert answer.returncode == 0, answer.stderr
    assert list(tmp_path.glob("fleet/rendered/**/helmrelease-*.yaml"))


@pytest.mark.parametrize("page", sorted((ROOT / "docs").glob("*.md")), ids=lambda page: page.name)
def test_every_page_is_led_to(page: Path) -> None:
    """A page begins with one heading, and the README or another page leads to it."""
    assert page.read_text(encoding="utf-8").startswith("# ")
    others = [README, *(each for each in (ROOT / "docs").glob("*.md") if each != page)]
    assert any(f"{page.name})" in each.read_text(encoding="utf-8") for each in others), page.name


def test_links_lead_somewhere() -> None:
    """Every relative link of the README and the documents is a file of the repository."""
    root = README.parent
    for page in (README, root / "CONTRIBUTING.md", *(root / "docs").glob("*.md")):
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_each_block_of_the_page_is_what_a_test_has_seen() -> None:
    """docs/flux.md has a block for each name that tests/engine shows, and no other block; `make e2e` holds its text."""
    root = README.parent
    blocks = re.findall(r"<!-- seen: (\S+) -->", (root / "docs/flux.md").read_text(encoding="utf-8"))
    tests = "".join(path.read_text(encoding="utf-8") for path in sorted((root / "tests/engine").glob("test_*.py")))
    shown = re.findall(r'page\.shows\(\s*"([^"]+)"', tests)
    assert sorted(blocks) == sorted(set(shown))
    assert blocks


def filled(text: str) -> str:
    """A page with its made parts made anew."""
    made = {
        "profiles": _profiles,
        "matrix": _matrix,
        "isolation": lambda: _matrix("standard-addons"),
        "kinds": _kinds,
        "targets": _targets,
    }
    for mark, table in made.items():
        start, found, rest = text.partition(f"<!-- {mark} -->\n")
        if found:
            text = f"{start}{found}\n{table()}\n<!-- end -->\n{rest.partition('<!-- end -->' + chr(10))[2]}"
    return text


def _targets() -> str:
    lines = ["| program | releases | default |", "|---|---|---|"]
    for program in map(CATALOG.target, PROGRAMS):
        releases = ", ".join(f"`{each}`" for each in program.supported)
        lines.append(f"| {program.program} | {releases} | `{program.default}` |")
    return "\n".join(lines) + "\n"


def _matrix(component: str = "") -> str:
    """What `krmfn matrix --output markdown` prints where nobody has profiles of his own; of one component profile."""
    empty = declarations.parse(ResourceList(()))
    pairs = tuple(pair for pair in matrix(empty) if component in {"", pair.component})
    return "".join(f"{line}\n" for line in as_markdown([(empty.options, pairs)]))


def _profiles() -> str:
    lines = ["| componentProfile | what it adds to the chart's own |", "|---|---|"]
    for name in CATALOG.component_names():
        profile = CATALOG.component(name)
        assert profile
        base = CATALOG.component(profile["extends"]) if "extends" in profile else None
        chain = [spec.get("values", {}).get("addons", {}) for spec in (base, profile) if spec]
        addons = {addon: True for each in chain for addon in each}
        lines.append(f"| `{name}` | {', '.join(f'`{addon}`' for addon in addons) or 'nothing'} |")
    lines += ["", "| bundle, for `spec.bundles` of your own | what it is |", "|---|---|"]
    for name in CATALOG.bundle_names():
        bundle = CATALOG.bundle(name)
        assert bundle
        lines.append(f"| `{name}` | {bundle.description} |")
    lines += ["", "| isolationProfile | egress | Pod Security | kubeconfig |", "|---|---|---|---|"]
    for name in CATALOG.isolation_names():
        isolation = CATALOG.isolation(name)
        assert isolation
        lines.append(
            f"| `{name}` | {isolation['egress']['scope']} | {isolation['podSecurity']} | {isolation['kubeconfig']} |"
        )
    return "\n".join(lines) + "\n"


def _kinds() -> str:
    lines = ["| kind | release | placed on a cluster | ports | credentials |", "|---|---|---|---|---|"]
    for name in CATALOG.kind_names():
        kind = CATALOG.kind(name)
        assert kind
        placed = PLACEABLE[kind.placeable]
        lines.append(f"| {name} | `{kind.prefix}<name>` | {placed} | {_ports(kind)} | {_credentials(kind)} |")
    return "\n".join(lines) + "\n"


def _ports(kind: Kind) -> str:
    return ", ".join(dict.fromkeys(str(port.port) for service in kind.services for port in service.ports)) or "-"


def _credentials(kind: Kind) -> str:
    return (
        "; ".join(f"`{_spelt(entry.secret)}`: {', '.join(map(_word, entry.keys))}" for entry in kind.credentials) or "-"
    )


def _spelt(parts: Parts) -> str:
    return "".join(f"<{part}>" if part in {"release", "name", "user"} else part for part in parts)


def _word(key: str) -> str:
    return "`<user>`" if key == "user" else f"`{key}`"


if __name__ == "__main__":
    for made in (README, REFERENCE):
        made.write_text(filled(made.read_text(encoding="utf-8")), encoding="utf-8")
