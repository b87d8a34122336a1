"""The pages' English: one name for a thing, no word that says nothing, no sentence that has to be read twice.

Common spelling mistakes are found by `make site`. docs/decisions/058-prose-without-vale.md says why it is done so.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
PAGES = sorted(
    [
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / f"{name}.md" for name in ("README", "CONTRIBUTING", "CHANGELOG", "SECURITY")),
    ]
)
NAMES = {
    r"Flux ?CD": "Flux",
    r"k8s": "Kubernetes",
    r"kube config|KubeConfig": "kubeconfig",
    r"name spaces?": "namespace",
    r"config map|Config Map|Configmap": "ConfigMap",
    r"[Pp]ull-requests?": "pull request",
    r"[Rr]epos?": "repository",
    r"[Rr]esource [Ll]ist": "ResourceList",
    r"[Ff]unction config": "functionConfig",
    r"[Aa]dd-ons?": "addon",
    r"PostgreSQL|Postgresql": "Postgres",
    r"[Hh]elmreleases?|HelmRelease object": "HelmRelease",
    r"Computeplane|[Cc]ompute-plane": "ComputePlane",
    r"Kustomize|Kpt|KPT|Krmfn|KRMFN": "kustomize, kpt and krmfn, also where a sentence begins",
    r"CozyStack|Cozy Stack|COZYSTACK": "Cozystack",
    r"CILIUM|Celium": "Cilium",
    r"Github|github": "GitHub",
    r"Gitlab|gitlab": "GitLab",
    r"Yaml|Json": "YAML and JSON",
    r"Jupyterhub|Jupyter Hub": "JupyterHub",
    r"argo ?cd|ArgoCD": "Argo CD",
}
"""What a thing is not called in a sentence, as a pattern, and what it is called."""
EMPTY = re.compile(
    r"\b(?:basically|easily|facilitate|in order to|leverage|needless to say|obviously|of course|simply|utili[sz]e|very"
    r"|etc\.|e\.g\.|i\.e\.)",
    re.IGNORECASE,
)
"""Words that say nothing, and Latin."""
LONGEST = 40
"""Words of a sentence."""
LISTS = {"CHANGELOG.md", "docs/results.md", "docs/fields.md"}
"""Pages of long entries: an entry of the changelog is one item, and the others are made from messages and claims."""
CODE = re.compile(r"^```.*?^```$|<!--.*?-->|^    .*$", re.DOTALL | re.MULTILINE)
INLINE = re.compile(r"`[^`]*`")
TARGET = re.compile(r"\[([^\]]*)\]\([^)]*\)")
ELSEWHERE = re.compile(r"\[[^\]]*\]\(https?:[^)]*\)|https?://\S+|\b[\w-]+/[\w.-]+#\d+")
END = re.compile(r"(?<=[.!?:])\**\s+|\n\s*\n|\n\s*(?=[-|#]|\d+\.)|\|")


def test_prose() -> None:
    """Every page, in every sentence."""
    wrong = [f"{path.relative_to(ROOT)}: {mistake}" for path in PAGES for mistake in mistakes(path)]
    assert not wrong, "\n".join(wrong)
    assert sum(len(list(sentences(path.read_text(encoding="utf-8")))) for path in PAGES) > len(PAGES)


@pytest.mark.parametrize(
    "wrong",
    [
        "Kustomize builds it.",
        "It is a Helmrelease.",
        "It writes a resource list to the repo.",
        "Simply run it.",
        "Values, e.g. a size.",
        f"{'word ' * (LONGEST + 1)}.",
    ],
)
def test_a_mistake_is_found(wrong: str) -> None:
    """Each sort of mistake, in a sentence, in a table and in the text of a link."""
    for text in (wrong, f"| a | {wrong} |", f"A. [{wrong}](a.md)"):
        assert list(told(text, longest=LONGEST)), text


@pytest.mark.parametrize(
    "right", ["`Kustomize` and `very`.", "```sh\nsimply\n```", "[k8s](https://k8s.io).", "cozystack/cozystack#12."]
)
def test_what_is_code_or_an_address_is_no_prose(right: str) -> None:
    """Names in code and addresses are spelled as they are."""
    assert list(told(right, longest=LONGEST)) == []


def mistakes(path: Path) -> Iterator[str]:
    name = path.relative_to(ROOT).as_posix()
    unlimited = name in LISTS or name.startswith("docs/decisions/")
    return told(path.read_text(encoding="utf-8"), longest=10**6 if unlimited else LONGEST)


def told(text: str, *, longest: int) -> Iterator[str]:
    """Yield what is wrong with each sentence."""
    for sentence in sentences(text):
        for pattern, right in NAMES.items():
            if found := re.search(rf"(?<![\w./@-])(?:{pattern})(?![\w/@-]|\.\w)", sentence):
                yield f"{found[0]!r} is called {right}: {sentence[:80]}"
        if found := EMPTY.search(sentence):
            yield f"{found[0]!r} can be left out, or said in plain English: {sentence[:80]}"
        if len(sentence.split()) > longest:
            yield f"a sentence of {len(sentence.split())} words, break it: {sentence[:80]}"


def sentences(text: str) -> Iterator[str]:
    """The sentences of a page, without code and addresses."""
    prose = TARGET.sub(r"\1", ELSEWHERE.sub("address", INLINE.sub("code", CODE.sub("\n\n", text))))
    yield from (" ".join(each.split()) for each in END.split(prose) if each.strip())
