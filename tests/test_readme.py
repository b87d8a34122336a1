"""The README: what it shows is what comes out. `make generate` writes the parts that are made."""

from __future__ import annotations

import re
from pathlib import Path

from krmfn import function
from krmfn.catalog import Catalog, Kind, Parts
from krmfn.cli.writing import write_stream
from krmfn.marks import OWNER
from krmfn.resourcelist import ResourceList, annotations_of
from krmfn.yaml import load_all

README = Path(__file__).parents[1] / "README.md"
CATALOG = Catalog.shipped()
PLACEABLE = {"always": "yes", "by-another-chart": "by another chart", "never": "no"}


def test_what_the_readme_shows_is_what_comes_out() -> None:
    """The expansion of the example and the tables are made from the code and its data, and are current."""
    assert README.read_text(encoding="utf-8") == filled(README.read_text(encoding="utf-8"))


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


def filled(readme: str) -> str:
    """The README with its made parts made anew."""
    before = re.search(r"<!-- before -->\n```yaml\n(.*?)```", readme, re.DOTALL)
    assert before
    readme = re.sub(
        r"(<!-- after -->\n```yaml\n).*?```",
        lambda match: f"{match[1]}{_rendered(before[1])}```",
        readme,
        flags=re.DOTALL,
    )
    for mark, table in (("profiles", _profiles()), ("kinds", _kinds())):
        start, _, rest = readme.partition(f"<!-- {mark} -->\n")
        readme = f"{start}<!-- {mark} -->\n\n{table}\n<!-- end -->\n{rest.partition('<!-- end -->' + chr(10))[2]}"
    return readme


def _rendered(text: str) -> str:
    from io import BytesIO  # noqa: PLC0415

    answer = function.run(ResourceList(tuple(load_all(text))))
    assert not answer.results
    stream = BytesIO()
    write_stream([item for item in answer.items if OWNER in annotations_of(item)], stream)
    return stream.getvalue().decode()


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
    README.write_text(filled(README.read_text(encoding="utf-8")), encoding="utf-8")
