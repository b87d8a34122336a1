"""Which Flux: the catalog says what each version has, the CRDs of each version judge that, and all that is written.

`make generate` writes the table of docs/flux.md.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Any

import pytest

from krmfn import yaml
from krmfn.cli.init.fluxobjects import flux_objects
from krmfn.results import has_errors
from krmfn.topology.model.targets import parse
from tests.judges.crds import DATA, HELM_RELEASES, of_flux, verdict
from tests.judges.fields import demands, features, first_versions, spec_of, uses
from tests.judges.targets import (
    FLUX,
    NEWEST,
    NOT_FOR_GENERATED,
    SAME_BY_ITSELF,
    STARTER,
    VERSIONS,
    WRITTEN,
    answer,
    lacking,
    names,
    told,
)
from tests.judges.written import unique
from tests.test_schemas import ROOT, shown
from tests.tools import modules
from tests.tools.modules import definitions, source
from tests.tools.programs import sources

if TYPE_CHECKING:
    from pathlib import Path

    from jsonschema import Draft202012Validator

PAGE = ROOT / "docs" / "flux.md"
OLDEST = VERSIONS[0]
BEFORE = modules.FLUX[0]
"""Not supported: what the oldest supported Flux has is dated by it."""
RELAXED = {("healthCheckExprs[]", "required kind"): "2.9"}
"""What an older Flux asks for and a newer one no longer; krmfn asks for it always."""
LEGACY = {"name": "legacy"}
MANY = 200
"""So many different HelmReleases are written for any Flux, and more: fewer would mean that inputs are not found."""
FLUX_KINDS = {
    "GitRepository": "source.toolkit.fluxcd.io_gitrepositories",
    "HelmChart": "source.toolkit.fluxcd.io_helmcharts",
    "HelmRepository": "source.toolkit.fluxcd.io_helmrepositories",
    "Kustomization": "kustomize.toolkit.fluxcd.io_kustomizations",
}


def schemas(file: Path) -> Any:
    """What a CRD says of v2 or v1, the versions that krmfn writes."""
    [definition] = yaml.load_all(file.read_bytes())
    versions = {version["name"]: version["schema"] for version in definition["spec"]["versions"]}
    return versions.get("v2") or versions["v1"]


@pytest.mark.parametrize(("flux", "module"), [("2.7", "helm-controller-2.7"), ("2.9", "helm-controller")])
def test_a_definition_is_the_one_that_flux_ships(flux: str, module: str) -> None:
    """What is made of an API module is, word for word, the CRD in the source of the controller itself."""
    shipped = source(module) / "config" / "crd" / "bases" / f"{HELM_RELEASES}.yaml"
    assert schemas(definitions(flux) / shipped.name) == schemas(shipped)


# Beside the project and not in it; the header of the tests' report says whether it is there.
if DATA.is_dir():
    IN_2_8 = sorted((DATA / "crds").glob("*.toolkit.fluxcd.io.yaml"))

    @pytest.mark.parametrize("shipped", IN_2_8, ids=lambda path: path.name.partition(".")[0])
    def test_a_definition_is_the_one_of_the_platform(shipped: Path) -> None:
        """So it is with each that Cozystack 1.6 installs: Flux 2.8.0, whose helm-controller cannot be had."""
        plural, _, group = shipped.name.removesuffix(".yaml").partition(".")
        assert schemas(definitions("2.8") / f"{group}_{plural}.yaml") == schemas(shipped)


def test_the_catalog_says_what_the_definitions_say() -> None:
    """Each field and word that not every Flux has is in the catalog with the first that has it, and nothing else is."""
    assert FLUX.features == first_versions()
    assert (BEFORE, *VERSIONS) == modules.FLUX


@pytest.mark.parametrize(("older", "newer"), list(itertools.pairwise(VERSIONS)))
def test_what_is_valid_to_a_flux_is_valid_to_the_next(older: str, newer: str) -> None:
    """No field goes, and none that stays is asked for more, so Flux may be upgraded before the target is raised."""
    had, has = spec_of(older), spec_of(newer)
    assert set(features(had)) <= set(features(has))
    asked, asks = set(demands(had)), set(demands(has))
    there = {place for place, _ in asked}
    assert not {demand for demand in asks - asked if demand[0] in there}
    assert asked - asks == {demand for demand, flux in RELAXED.items() if flux == newer}


@pytest.fixture(scope="session")
def judges() -> dict[str, Draft202012Validator]:
    return {flux: of_flux(flux) for flux in VERSIONS}


@pytest.mark.parametrize("flux", VERSIONS)
def test_a_flux_takes_what_is_written_for_it_and_for_older_ones(
    flux: str, judges: dict[str, Draft202012Validator]
) -> None:
    """Every HelmRelease of every input, written for this Flux and for each older one, is valid to its CRD."""
    objects = unique(
        (f"{shown(path)} for Flux {target}", release)
        for target in VERSIONS[: VERSIONS.index(flux) + 1]
        for path in WRITTEN
        for release in answer(path, target).releases
    )
    assert len(objects) >= MANY
    assert {str(each): found for each in objects if (found := verdict(judges[flux], each.resource))} == {}


@pytest.mark.parametrize("flux", VERSIONS[:-1])
def test_what_a_target_lacks_is_told_with_the_version_that_brings_it(flux: str) -> None:
    """A target is refused for a newer feature alone, and what it lacks is missed by a result that names that Flux."""
    assert any(told(path, flux) for path in WRITTEN)
    assert any(lacking(path, flux) for path in WRITTEN)
    assert any(result.code == "credential-not-literal" for path in WRITTEN for result in told(path, flux))
    for path in WRITTEN:
        found = told(path, flux)
        assert not answer(path, flux).used & newer_than(flux), shown(path)
        for result in found:
            assert any(names(result, feature) for feature in newer_than(flux)), (shown(path), result)
            assert result.code == "needs-newer-flux" or result.severity == "warning", (shown(path), result)
        if not has_errors(found):
            missed = lacking(path, flux)
            assert missed <= newer_than(flux), shown(path)
            unsaid = {each for each in missed if not any(names(it, each) for it in found)}
            assert unsaid <= {SAME_BY_ITSELF, NOT_FOR_GENERATED}, shown(path)


def newer_than(flux: str) -> set[str]:
    """The features that a Flux lacks."""
    return {feature for feature, first in FLUX.features.items() if parse(first) > parse(flux)}


def asked() -> set[str]:
    """The features that krmfn asks a target for."""
    code = "".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "krmfn" / "topology").rglob("*.py")))
    return {feature for feature in FLUX.features if f'"{feature}"' in code}


@pytest.mark.parametrize("feature", sorted(asked()))
def test_what_is_asked_for_is_used_where_it_is(feature: str) -> None:
    """From the first Flux that has it, some input comes to it, and where that is left out or refused, nowhere else."""
    for flux in VERSIONS:
        assert any(feature in answer(path, flux).used for path in WRITTEN) == (feature not in newer_than(flux))


def test_what_is_left_out_without_a_word_is_what_flux_does_anyway() -> None:
    """Only a wait as Flux 2.7 waits, which has no other way, is passed over in silence."""
    passed_over = [path for path in WRITTEN if not told(path, OLDEST) and SAME_BY_ITSELF in lacking(path, OLDEST)]
    assert passed_over
    for path in passed_over:
        for release in answer(path, NEWEST).releases:
            assert release["spec"].get("waitStrategy", LEGACY) == LEGACY


CHANGES = [
    ("kustomize-controller", "- Keep failed-to-prune resources in `.status.inventory`", "1.9.0", "**Prunes.**"),
    ("kustomize-controller", "- Enable `StrictPostBuildSubstitutions` by default", "1.9.0", "**Variables.**"),
    ("helm-controller", "- Add `literal` field to `valuesFrom`", "1.6.0", "**Credentials.**"),
    ("helm-controller", "- Fix history truncation logic for RetryOnFailure", "1.4.5", "helm-controller 1.4.5"),
]
"""Lines of the controllers' own changelogs, the release that they are of, and how the page tells of it."""


@pytest.mark.parametrize(("program", "line", "release", "words"), CHANGES, ids=[row[1][2:40] for row in CHANGES])
def test_what_the_page_says_of_a_release_is_in_its_changelog(program: str, line: str, release: str, words: str) -> None:
    """What changes without a field that shows it is told by the page, and came with the release that it says."""
    log = (sources(program) / "CHANGELOG.md").read_text(encoding="utf-8")
    before, found, _ = log.partition(f"{line}\n")
    assert found
    assert re.findall(r"^## (\S+)$", before, re.MULTILINE)[-1] == release
    assert words in section(PAGE.read_text(encoding="utf-8"))


@pytest.mark.parametrize(("program", "first"), [("kustomize-controller", "1.9.0"), ("helm-controller", "1.6.0")])
def test_the_releases_of_the_page_are_those_of_flux_2_9(program: str, first: str) -> None:
    """A controller's release is that of the Flux whose API it is pinned with, and no older one has it."""
    pins = {flux: (ROOT / f"tests/tools/flux-{flux}/go.mod").read_text(encoding="utf-8") for flux in VERSIONS}
    assert [flux for flux, pin in pins.items() if f"fluxcd/{program}/api v{first}\n" in pin] == ["2.9"]
    assert all(re.search(rf"fluxcd/{program}/api v1\.[1-8]\.0\n", pins[flux]) for flux in ("2.7", "2.8"))
    assert FLUX.behaviours == {"retries prunes": "2.9"}


def test_every_release_has_the_strategy_that_the_page_speaks_of() -> None:
    """What helm-controller 1.4.5 mended is what krmfn writes always."""
    releases = [release for path in WRITTEN for release in answer(path, OLDEST).releases]
    assert releases
    for release in releases:
        for action in ("install", "upgrade"):
            assert release["spec"][action]["strategy"]["name"] == "RetryOnFailure"


@pytest.mark.parametrize("flux", VERSIONS)
def test_a_target_takes_what_a_starter_repository_gives_flux(flux: str) -> None:
    """The sources and Kustomizations of `krmfn init` are valid to every Flux."""
    given = [*yaml.load_all((STARTER / "flux/fleet.yaml").read_bytes()), *yaml.load_all(flux_objects("a", "tenant-a"))]
    objects = [item for item in given if "toolkit.fluxcd.io" in item["apiVersion"]]
    assert {item["kind"] for item in objects} == set(FLUX_KINDS)
    for item in objects:
        assert not verdict(of_flux(flux, FLUX_KINDS[item["kind"]]), item), item["metadata"]["name"]


@pytest.mark.parametrize("flux", VERSIONS)
def test_a_judge_refuses_what_came_later(flux: str, judges: dict[str, Draft202012Validator]) -> None:
    """A HelmRelease with everything is refused by the judge of a version for exactly what came later."""
    spec = {
        "chartRef": {"kind": "ExternalArtifact", "name": "a"},
        "interval": "5m0s",
        "commonMetadata": {"labels": {"a": "b"}},
        "dependsOn": [{"name": "a", "readyExpr": "true"}],
        "install": {"strategy": {"name": "RetryOnFailure"}, "serverSideApply": True},
        "upgrade": {
            "strategy": {"name": "RetryOnFailure"},
            "serverSideApply": "auto",
            "chartNameChangeStrategy": "InPlaceUpdate",
        },
        "rollback": {"serverSideApply": "auto"},
        "kubeConfig": {"configMapRef": {"name": "a"}},
        "healthCheckExprs": [{"apiVersion": "v1", "kind": "Pod", "current": "true"}],
        "waitStrategy": {"name": "poller"},
        "postRenderStrategy": "nohooks",
        "valuesFrom": [{"kind": "Secret", "name": "a", "literal": True}],
    }
    assert all(uses(spec, feature) for feature in FLUX.features)
    release = {
        "apiVersion": "helm.toolkit.fluxcd.io/v2",
        "kind": "HelmRelease",
        "metadata": {"name": "a", "namespace": "tenant-acme"},
        "spec": spec,
    }
    complaints = " ".join(verdict(judges[flux], release))
    for feature in FLUX.features:
        field = feature.rpartition(".")[2]
        assert (f"'{field}' " in complaints or f"'{field}', " in complaints) == (feature in newer_than(flux)), feature


def section(page: str) -> str:
    return page.partition("## Which Flux\n")[2].partition("\n## ")[0]


def filled(page: str) -> str:
    """The page with its table made anew."""
    start, mark, rest = page.partition("<!-- versions -->\n")
    assert mark
    return f"{start}{mark}\n{table()}\n<!-- end -->\n{rest.partition('<!-- end -->' + chr(10))[2]}"


def table() -> str:
    """Every field and word by the first Flux that has it, and what krmfn does with it there and before."""
    lines = ["| from Flux | in a HelmRelease | krmfn | for an older target |", "|---|---|---|---|"]
    for feature, first in sorted(FLUX.features.items(), key=lambda each: (parse(each[1]), each[0])):
        written = any(feature in answer(path, NEWEST).used for path in WRITTEN)
        lines.append(f"| {first} | `{feature}` | {'writes it' if written else '-'} | {_before(feature) or '-'} |")
    return "\n".join(lines) + "\n"


def _before(feature: str) -> str:
    """What comes of it for a target that lacks it: the codes of the results that say so, or nothing at all."""
    found: dict[str, str] = {}
    for path in WRITTEN:
        for flux in VERSIONS[:-1]:
            if feature not in lacking(path, flux):
                continue
            for result in told(path, flux):
                how = "refused" if result.severity == "error" else "left out, with a warning"
                found |= {f"{how}: `{result.code}`": ""} if names(result, feature) else {}
    same = {"left out where Flux does the same by itself": ""} if feature == SAME_BY_ITSELF else {}
    return "; ".join({**found, **same})


def test_the_table_of_the_page_is_current() -> None:
    """What docs/flux.md says of versions is what the definitions and the cases say; else `make generate`."""
    assert PAGE.read_text(encoding="utf-8") == filled(PAGE.read_text(encoding="utf-8"))


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
