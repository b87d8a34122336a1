"""Result codes: each is shown by a golden case, and docs/results.md is generated from the cases.

`make generate` writes docs/results.md.
"""

from __future__ import annotations

import ast
import re
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from tests.results_page import ROOT, Said, codes_in_cases, page, sources

if TYPE_CHECKING:
    from collections.abc import Iterator

TABLE = ROOT / "docs/results.md"
CODE = re.compile(r"[a-z]+(-[a-z]+)*")
FINDINGS = {"error", "warning", "info"}


class Elsewhere(NamedTuple):
    """A code that no ResourceList can show: how severe it is, what it means, and why there is no case."""

    severity: str
    meaning: str
    reason: str


ADOPTION = "only `krmfn init --adopt` edits files; tests/test_adopt.py shows it"
COMMAND_LINE = "only `krmfn render` reads files; tests/test_render_reading.py and tests/test_render_writing.py show it"
OUTPUT = "only `krmfn render --output-dir` writes files; tests/test_output_folder.py shows it"
REVISIONS = "only `krmfn plan` and `krmfn check` compare revisions; tests/test_plan_*.py show it"
FLEET = "only `krmfn check`, `plan` and `render` read several runs; tests/test_fleet.py shows it"
WITHOUT_EFFECT = "only `krmfn check` looks for it; tests/test_without_effect.py shows it"
ELSEWHERE = {
    "addon-not-enabled": Elsewhere(
        "warning",
        "An app on a cluster uses an addon that the cluster does not have.",
        "no shipped kind needs an addon that not every cluster has",
    ),
    "definition-out-of-place": Elsewhere(
        "error",
        "An ApplicationDefinition or a profile is not in a run's own folder, but where tenants write, or in no run.",
        FLEET,
    ),
    "differs-from-platform": Elsewhere(
        "error",
        "A tenant's run differs from the platform's run in a setting of the management cluster.",
        FLEET,
    ),
    "flux-object-of-a-tenant": Elsewhere(
        "error",
        "An object of Flux, Argo CD or the like is where a tenant writes, and they act on it with their own rights.",
        FLEET,
    ),
    "kustomization-of-a-tenant": Elsewhere(
        "error",
        "A kustomization where a tenant writes builds something that was not checked: it runs, fetches or changes it.",
        FLEET,
    ),
    "ignore-file-of-a-tenant": Elsewhere(
        "error",
        "A .krmignore is where a tenant writes: krmfn does not read what it hides, but other programs do.",
        FLEET,
    ),
    "pipeline-of-a-tenant": Elsewhere(
        "error",
        "A Kptfile where a tenant writes has a pipeline, which kpt runs with the packages around it.",
        FLEET,
    ),
    "rights-of-a-tenant": Elsewhere(
        "error",
        "A Role, a token or the like is where a tenant writes, and gives rights that the platform does not give.",
        FLEET,
    ),
    "network-of-a-tenant": Elsewhere(
        "error",
        "A policy, a Service or addresses where a tenant writes let it reach others, or get their traffic.",
        FLEET,
    ),
    "object-in-items": Elsewhere(
        "error",
        "An object is in items of another one where a tenant writes, and Flux applies it for itself.",
        FLEET,
    ),
    "platform-object-of-a-tenant": Elsewhere(
        "error",
        "An object that makes control planes or nodes, or one of the platform's, is where a tenant writes.",
        FLEET,
    ),
    "applies-no-run": Elsewhere(
        "warning",
        "A Flux Kustomization applies the output of a run that is not there any more.",
        FLEET,
    ),
    "applied-with-all-rights": Elsewhere(
        "warning",
        "A Flux Kustomization applies a tenant's run without the account that tenants have in this fleet.",
        FLEET,
    ),
    "kind-redefined": Elsewhere(
        "error",
        "A tenant's run changes a kind of the platform's run or of the catalog: its chart, prefix or placement.",
        FLEET,
    ),
    "link-in-fleet": Elsewhere(
        "error",
        "A link gives files of a run a second name, and they would be read under only one of the two.",
        FLEET,
    ),
    "not-expanded": Elsewhere(
        "error",
        "A declaration is among what Flux applies: no function has expanded it.",
        "only `krmfn check --expanded` looks at what Flux applies; tests/test_expanded.py shows it",
    ),
    "namespace-claimed-twice": Elsewhere(
        "error",
        "Two runs are bound to one namespace, or another run declares something in it.",
        FLEET,
    ),
    "nested-run": Elsewhere(
        "error",
        "A ComputePlane is in the folder of another run.",
        FLEET,
    ),
    "nothing-to-check": Elsewhere(
        "error",
        "Nothing is declared where krmfn check was run; --allow-empty accepts that.",
        "only `krmfn check` has nothing to check; tests/test_check.py shows it",
    ),
    "connection-without-effect": Elsewhere(
        "warning",
        "A connection opens nothing, for nothing is closed around its cluster, and it brings no credentials.",
        WITHOUT_EFFECT,
    ),
    "policy-without-effect": Elsewhere(
        "warning",
        "A rule of a policy beside the declarations allows what stays denied, or denies what nobody reaches.",
        WITHOUT_EFFECT,
    ),
    "no-platform-run": Elsewhere(
        "warning",
        "A repository of several runs has none with scope: platform, so there are no guards on the cluster.",
        FLEET,
    ),
    "run-in-output": Elsewhere(
        "error",
        "A ComputePlane is in a folder that krmfn render writes.",
        FLEET,
    ),
    "run-moved": Elsewhere(
        "warning",
        "A run moved to another folder, so its output, which Flux applies, moves as well.",
        FLEET,
    ),
    "second-platform-run": Elsewhere(
        "error",
        "Two runs of a repository have scope: platform, but only one may write the guards.",
        FLEET,
    ),
    "unbound-run": Elsewhere(
        "error",
        "A tenant's run in a repository of several is bound to no namespace.",
        FLEET,
    ),
    "unreached": Elsewhere(
        "error",
        "A kind of krmfn is outside of all runs, so nothing would read it.",
        FLEET,
    ),
    "ambiguous-config": Elsewhere(
        "error",
        "More than one ComputePlane is among the files, but a run has only one.",
        COMMAND_LINE,
    ),
    "cannot-write": Elsewhere(
        "error",
        "A file of --output-dir cannot be written.",
        COMMAND_LINE,
    ),
    "file-removed": Elsewhere(
        "info",
        "A file that an earlier run wrote into --output-dir was removed, because no declaration needs it any longer.",
        COMMAND_LINE,
    ),
    "file-renewed": Elsewhere(
        "info",
        "A file of an earlier run in --output-dir was empty or had merge conflicts in it, and was written again.",
        OUTPUT,
    ),
    "output-in-use": Elsewhere(
        "error",
        "Another krmfn is writing to --output-dir.",
        OUTPUT,
    ),
    "not-an-object": Elsewhere(
        "error",
        "A document reads like one of krmfn's objects, but has no apiVersion or no kind, or is a text.",
        COMMAND_LINE,
    ),
    "nothing-rendered": Elsewhere(
        "error",
        "Nothing was rendered, but --output-dir has files of an earlier run, which would all be removed.",
        COMMAND_LINE,
    ),
    "file-in-the-way": Elsewhere(
        "error",
        "A file that krmfn did not write is in the place of one that it would write.",
        COMMAND_LINE,
    ),
    "not-applied": Elsewhere(
        "warning",
        "No Flux Kustomization among the files applies a run.",
        FLEET,
    ),
    "imported": Elsewhere(
        "info",
        "krmfn import made a declaration of a HelmRelease, and it renders to the same release.",
        COMMAND_LINE,
    ),
    "not-imported": Elsewhere(
        "warning, info",
        "krmfn import leaves a HelmRelease as it is: a field would change, or its chart is not known.",
        COMMAND_LINE,
    ),
    "nothing-imported": Elsewhere(
        "error",
        "krmfn import found no HelmRelease, or none that can be a declaration.",
        COMMAND_LINE,
    ),
    "run-removed": Elsewhere(
        "info",
        "A run of a fleet is gone, and its files in --output-dir with it.",
        COMMAND_LINE,
    ),
    "output-differs": Elsewhere(
        "error",
        "A file of --output-dir is not what render writes; --verify says so and writes nothing.",
        COMMAND_LINE,
    ),
    "object-twice": Elsewhere(
        "error",
        "Two objects that are not krmfn's have one identity, and would have one file in --output-dir.",
        COMMAND_LINE,
    ),
    "no-file-name": Elsewhere(
        "error",
        "An object's file name cannot be made, or differs from another object's only in case.",
        COMMAND_LINE,
    ),
    "not-listed": Elsewhere(
        "warning",
        "A file is not listed in the kustomization.yaml of its folder.",
        COMMAND_LINE,
    ),
    "kustomization-not-applied": Elsewhere(
        "error",
        "A kustomization changes or adds objects that are not krmfn's, or lists what was not read.",
        COMMAND_LINE,
    ),
    "no-config": Elsewhere(
        "error",
        "The file that --config names has no configuration in it.",
        COMMAND_LINE,
    ),
    "overlay-over-declarations": Elsewhere(
        "error",
        "A kustomization would change declarations, but krmfn reads only the files.",
        COMMAND_LINE,
    ),
    "unreadable-file": Elsewhere(
        "error, warning",
        "A file cannot be read, or is not YAML that Kubernetes reads (an error only if it names a group of krmfn's).",
        COMMAND_LINE,
    ),
    "adopt-by-hand": Elsewhere(
        "error",
        "krmfn init --adopt cannot annotate an application without changing other text of its file.",
        ADOPTION,
    ),
    "adoption-placed": Elsewhere(
        "error",
        "An application that Flux applies directly is taken over and placed on a cluster in one commit.",
        REVISIONS,
    ),
    "adoption-unprepared": Elsewhere(
        "error",
        "An application that Flux applies directly becomes a declaration, and Flux would prune it with its data.",
        REVISIONS,
    ),
    "confirms-loss": Elsewhere(
        "info",
        "A change adds the annotation that confirms a loss: nothing is lost yet, but the next commit may do it.",
        REVISIONS,
    ),
    "config-differs": Elsewhere(
        "info",
        "The two revisions have different configurations; each was rendered with its own.",
        REVISIONS,
    ),
    "confirmed-in-use": Elsewhere(
        "error",
        "A cluster's deletion is confirmed while apps still run on it.",
        REVISIONS,
    ),
    "left-behind": Elsewhere(
        "warning",
        "An object is no longer in the output, but Flux may not delete it: it stays, and nobody owns it.",
        REVISIONS,
    ),
    "loosened-unconfirmed": Elsewhere(
        "error",
        "A cluster or a profile is loosened, or an app moves to a looser cluster, and no earlier revision confirms it.",
        REVISIONS,
    ),
    "module-cluster-removed": Elsewhere(
        "error",
        "The platform's module cluster is removed while apps run on it.",
        REVISIONS,
    ),
    "namespace-changed": Elsewhere(
        "error",
        "The namespace of a release on its cluster changes, and Flux would leave behind what is in the old one.",
        REVISIONS,
    ),
    "not-read": Elsewhere(
        "warning",
        "A submodule, a link out of the repository, or a file or document that may declare something is not read.",
        REVISIONS,
    ),
    "reinstalled-unconfirmed": Elsewhere(
        "error",
        "A protected release gets another chart, so Flux would uninstall it with its data.",
        REVISIONS,
    ),
    "removed-together": Elsewhere(
        "error",
        "A confirmed cluster and its apps are removed in one commit; Flux before 2.9 cannot keep the order.",
        REVISIONS,
    ),
    "removed-unconfirmed": Elsewhere(
        "error",
        "A protected object is removed without a confirmation, and would be left behind.",
        REVISIONS,
    ),
    "unguarded-unconfirmed": Elsewhere(
        "error",
        "The guards of the platform output are removed, and no earlier revision confirms it.",
        REVISIONS,
    ),
    "unplaced-unconfirmed": Elsewhere(
        "error",
        "An app moves from a cluster back to the management plane, and no earlier revision confirms it.",
        REVISIONS,
    ),
    "unprotected-unconfirmed": Elsewhere(
        "error",
        "spec.protect or spec.requirePlacement protects less than before, and no earlier revision confirms it.",
        REVISIONS,
    ),
    "will-loosen": Elsewhere("warning", "A cluster loses isolation, as an earlier revision confirms.", REVISIONS),
    "will-move": Elsewhere("warning", "An app moves: it is uninstalled in one place and installed anew.", REVISIONS),
    "will-replace": Elsewhere("warning", "Flux uninstalls a release and installs it again.", REVISIONS),
    "will-retire": Elsewhere("warning", "A declaration is removed, and Flux uninstalls its release.", REVISIONS),
    "release-too-large": Elsewhere(
        "error",
        "The objects inside a cluster are too large for its store, as one object or as Helm's Secret.",
        "a case of a thousand apps is nothing to read; tests/test_release_size.py makes it",
    ),
}


@cache
def codes_in_source() -> set[str]:
    """The codes that the package can give, read from its syntax."""
    found = {code for tree in sources() for node in ast.walk(tree) for code in _codes(node)}
    assert all(CODE.fullmatch(code) for code in found), found
    return found


def _codes(node: ast.AST) -> Iterator[str]:
    """The codes in a call of `error`, `warning`, `info` or the one chosen of them, or in a pair called `words`."""
    match node:
        case ast.Call(
            func=ast.Attribute(attr=name) | ast.Name(id=name), args=[ast.Constant(value=str(code)), _, *_]
        ) if name in {*FINDINGS, "finding"}:
            yield code
        case ast.Assign(targets=[ast.Name(id="words")], value=ast.Tuple(elts=[ast.Constant(value=str(code)), _])):
            yield code


def table() -> str:
    """docs/results.md."""
    return page({code: Said(told.severity, told.meaning) for code, told in ELSEWHERE.items()}, _codes)


def test_every_code_is_shown_by_a_case() -> None:
    """A code that nothing shows is one whose message nobody has read; the few that no ResourceList can show say why."""
    assert codes_in_source() - set(codes_in_cases()) == set(ELSEWHERE)
    assert all(told.reason for told in ELSEWHERE.values())


def test_every_code_in_a_case_is_found_in_the_source() -> None:
    """What the cases show, reading the source finds as well: no code slips past it."""
    assert set(codes_in_cases()) <= codes_in_source()


def test_results_page_is_current() -> None:
    """docs/results.md is what the cases say; else `make generate`."""
    assert TABLE.read_text(encoding="utf-8") == table()


def main() -> None:
    """Writes docs/results.md."""
    TABLE.parent.mkdir(exist_ok=True)
    TABLE.write_text(table(), encoding="utf-8")


if __name__ == "__main__":
    main()
