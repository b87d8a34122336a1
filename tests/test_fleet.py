"""One owner (R14): what a tenant in a repository of several cannot do to another, seen by whoever reviews either."""

from __future__ import annotations

import json
import os
import shutil
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.command_line import run_in
from tests.declarations import app, cluster, plane
from tests.history import LAST, History

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OBJECTS = "{chartRef: {kind: OCIRepository, name: krmfn-objects, namespace: cozy-system}}"
PLATFORM = plane(f"{{scope: platform, objectsChart: {OBJECTS}}}", name="platform").replace(
    ", namespace: tenant-acme", ""
)
MALLORY = "tenant-mallory"
RBAC = "rbac.authorization.k8s.io"
FILES = {
    "platform/plane.yaml": PLATFORM,
    "tenants/acme/plane.yaml": plane(f"{{objectsChart: {OBJECTS}}}", name="acme"),
    "tenants/acme/declared/main.yaml": app("Postgres", "main", "{size: 100Gi}"),
    "tenants/acme/declared/lab.yaml": cluster("lab", spec="{isolationProfile: sandbox}"),
    "tenants/mallory/plane.yaml": plane("{}", name="mallory", namespace=MALLORY),
    "tenants/mallory/declared/cache.yaml": app("Redis", "cache", namespace=MALLORY),
}
"""A platform and two tenants: all that may go wrong here is between them."""


class Told(NamedTuple):
    """A finding, by its code, its file and its field."""

    code: str
    file: str
    field: str


@pytest.fixture
def fleet(history: History) -> History:
    history.commit(FILES)
    return history


def errors(history: History, *arguments: str) -> set[Told]:
    """The errors of `krmfn check`."""
    answer = history.check("--format", "json", *arguments)
    found = set(_errors(answer.stdout))
    assert answer.returncode == (1 if found else 0), answer.stderr
    return found


def _errors(document: str) -> Iterator[Told]:
    for each in json.loads(document)["results"]:
        if each["severity"] == "error":
            yield Told(each["tags"]["code"], each["file"]["path"], each.get("field", {}).get("path", ""))


def definition(kind: str, chart: str) -> str:
    return (
        "apiVersion: cozystack.io/v1alpha1\nkind: ApplicationDefinition\n"
        f"metadata: {{name: {kind.lower()}}}\n"
        f"spec:\n  application: {{kind: {kind}, plural: {kind.lower()}s, singular: {kind.lower()}}}\n"
        f"  release: {{prefix: {kind.lower()}-, chartRef: {{kind: OCIRepository, name: {chart}, namespace: x}}}}\n"
    )


def test_a_fleet_of_owners_has_no_errors(fleet: History) -> None:
    """A platform and tenants that are each bound to their own namespace pass; the platform may add anything."""
    fleet.write(
        {
            "platform/more/binding.yaml": thing("ClusterRoleBinding", "ops", group=f"{RBAC}/v1"),
            "platform/more/role.yaml": thing("Role", "ops", "cozy-system", f"{RBAC}/v1"),
            "platform/more/release.yaml": thing("HelmRelease", "more", "cozy-system", "helm.toolkit.fluxcd.io/v2"),
        }
    )
    assert errors(fleet) == set()


def test_anothers_database_in_ones_own_folder(fleet: History) -> None:
    """A second Postgres of 1Gi is an error at both, and plan compares neither, whichever of the two would win."""
    fleet.commit({"tenants/mallory/declared/theirs.yaml": app("Postgres", "main", "{size: 1Gi}")})
    assert errors(fleet, "--against", "HEAD~1") == {
        Told("declared-twice", "tenants/mallory/declared/theirs.yaml", "metadata.name"),
        Told("declared-twice", "tenants/acme/declared/main.yaml", "metadata.name"),
    }
    plan = fleet.plan(*LAST)
    assert plan.returncode == 1
    assert "tenant-acme: not compared, because HEAD is invalid there" in plan.stdout
    assert "no changes" not in plan.stdout


def test_its_removal_in_a_second_commit(fleet: History) -> None:
    """With both in a commit, the removal of either is not told as if one object had been there."""
    fleet.commit({"tenants/mallory/declared/theirs.yaml": app("Postgres", "main", "{size: 1Gi}")})
    fleet.commit({"tenants/mallory/declared/theirs.yaml": None})
    plan = fleet.plan(*LAST)
    assert plan.returncode == 1
    assert "tenant-acme: not compared, because HEAD~1 is invalid there" in plan.stdout
    assert errors(fleet) == set()
    codes = {each.code for each in errors(fleet, "--against", "HEAD~1")}
    assert codes == {"declared-twice"}


def test_a_confirmation_for_anothers_sandbox(fleet: History) -> None:
    """`confirm-deletion` on another tenant's cluster is an error at both, and confirms nothing."""
    theirs = cluster("lab", confirm="lab", spec="{isolationProfile: sandbox}")
    fleet.commit({"tenants/mallory/declared/theirs.yaml": theirs})
    both = {
        Told("declared-twice", "tenants/mallory/declared/theirs.yaml", "metadata.name"),
        Told("declared-twice", "tenants/acme/declared/lab.yaml", "metadata.name"),
    }
    assert errors(fleet, "--against", "HEAD~1") == both
    fleet.commit({"tenants/mallory/declared/theirs.yaml": None, "tenants/acme/declared/lab.yaml": None})
    assert errors(fleet, "--against", "HEAD~1") >= both


def test_something_new_in_anothers_namespace(fleet: History) -> None:
    """What the other tenant has not declared is an error where it stands and where the namespace is claimed."""
    fleet.commit({"tenants/mallory/declared/theirs.yaml": app("Redis", "spy")})
    assert errors(fleet) == {
        Told("foreign-namespace", "tenants/mallory/declared/theirs.yaml", "metadata.namespace"),
        Told("namespace-claimed-twice", "tenants/acme/plane.yaml", "metadata.namespace"),
    }


def test_something_inline_in_anothers_namespace(fleet: History) -> None:
    """The same inside of the ComputePlane, where the error names the entry; without a namespace it is the run's own."""
    fields = {
        "clusters": "{name: lab, namespace: tenant-acme}",
        "apps": "{kind: Postgres, name: main, namespace: tenant-acme, values: {size: 1Gi}}",
        "placements": "{cluster: lab, namespace: tenant-acme, app: {kind: Redis, name: cache, values: {}}}",
        "meshes": "{name: both, namespace: tenant-acme, sides: []}",
    }
    inline = ", ".join(f"{field}: [{entry}]" for field, entry in fields.items())
    cache = app("Redis", "cache").replace("  namespace: tenant-acme\n", "")
    mesh = "apiVersion: krmfn.dev/v1alpha1\nkind: ClusterMesh\nmetadata: {name: both, namespace: tenant-acme}\n"
    files = {"tenants/acme/declared/cache.yaml": cache, "tenants/acme/declared/mesh.yaml": mesh}
    fleet.commit({**files, "tenants/mallory/plane.yaml": plane(f"{{{inline}}}", name="mallory", namespace=MALLORY)})
    assert {each for each in errors(fleet) if each.code == "declared-twice"} == {
        *(Told("declared-twice", "tenants/mallory/plane.yaml", f"spec.{field}[0].name") for field in fields),
        *(
            Told("declared-twice", f"tenants/acme/declared/{name}.yaml", "metadata.name")
            for name in ("main", "lab", "cache", "mesh")
        ),
    }


@pytest.mark.parametrize("spec", ["{}", "{namespaces: [tenant-mallory]}"])
def test_a_second_claim_of_a_namespace(fleet: History, spec: str) -> None:
    """A run that binds itself to another's namespace is an error at both claims."""
    fleet.commit({"tenants/mallory/plane.yaml": plane(spec, name="mallory")})
    assert errors(fleet) >= {
        Told("namespace-claimed-twice", "tenants/mallory/plane.yaml", "metadata.namespace"),
        Told("namespace-claimed-twice", "tenants/acme/plane.yaml", "metadata.namespace"),
    }


def test_a_further_namespace_that_is_anothers(fleet: History) -> None:
    """`spec.namespaces` claims as `metadata.namespace` does."""
    spec = "{namespaces: [tenant-acme]}"
    fleet.commit({"tenants/mallory/plane.yaml": plane(spec, name="mallory", namespace=MALLORY)})
    assert errors(fleet) == {
        Told("namespace-claimed-twice", "tenants/mallory/plane.yaml", "spec.namespaces[0]"),
        Told("namespace-claimed-twice", "tenants/acme/plane.yaml", "metadata.namespace"),
    }


@pytest.mark.parametrize("name", ["kube-system", "cozy-system", "flux-system", "default", "cozy-fluxcd", "gitops"])
def test_a_namespace_that_is_no_tenants(fleet: History, name: str) -> None:
    """No run is bound to a namespace of Kubernetes, of the platform or of Flux, wherever Flux is."""
    platform = PLATFORM.replace("scope: platform", "scope: platform, platform: {fluxServiceAccounts: [gitops/flux]}")
    mallory = plane("{}", name="mallory", namespace=name)
    fleet.commit({"platform/plane.yaml": platform, "tenants/mallory/plane.yaml": mallory})
    assert Told("reserved-namespace", "tenants/mallory/plane.yaml", "metadata.namespace") in errors(fleet)


def test_a_run_that_is_bound_to_nothing(fleet: History) -> None:
    """In a fleet it could declare in every tenant's namespace, so it is an error, even if it does not."""
    fleet.commit({"tenants/mallory/plane.yaml": plane("{}", name="mallory").replace(", namespace: tenant-acme", "")})
    assert errors(fleet) == {Told("unbound-run", "tenants/mallory/plane.yaml", "metadata.namespace")}


def test_a_misspelt_run_is_still_a_run(fleet: History) -> None:
    """What is wrong is told of it alone: its declarations are in no other run, and the platform is still there."""
    mallory = FILES["tenants/mallory/plane.yaml"]
    profile = thing("ComponentProfile", "ours", group="krmfn.dev/v1alpha1")
    fleet.write({"tenants/mallory/profile.yaml": f"{profile}spec: {{extends: minimal}}\n"})
    for said in (
        mallory.replace("ComputePlane", "ComputePlan"),
        mallory.replace("krmfn.dev", "krmfn.io"),
        mallory.replace("krmfn.dev", "cozystack.io"),
    ):
        fleet.write({"tenants/mallory/plane.yaml": said})
        assert {each.file for each in errors(fleet)} == {"tenants/mallory/plane.yaml"}, said
    platform = PLATFORM.replace("scope: platform", "scope: Platform")
    fleet.write({"tenants/mallory/plane.yaml": mallory, "platform/plane.yaml": platform})
    assert errors(fleet) == {Told("invalid-value", "platform/plane.yaml", "spec.scope")}


def test_a_second_platform_run(fleet: History) -> None:
    """It would write all guards anew with its author exempt: an error at both, and plan compares no guards."""
    second = PLATFORM.replace("scope: platform", "scope: platform, platform: {administrators: {users: [mallory]}}")
    fleet.commit({"tenants/evil/plane.yaml": second})
    assert errors(fleet, "--against", "HEAD~1") == {
        Told("second-platform-run", "platform/plane.yaml", "spec.scope"),
        Told("second-platform-run", "tenants/evil/plane.yaml", "spec.scope"),
    }
    assert "the platform: not compared" in fleet.plan(*LAST).stdout


def test_a_platform_run_where_a_tenant_writes(fleet: History) -> None:
    """A ComputePlane below a run's own folder is an error at both, whatever it says."""
    fleet.commit({"tenants/mallory/declared/evil/plane.yaml": PLATFORM})
    assert errors(fleet) >= {
        Told("nested-run", "tenants/mallory/declared/evil/plane.yaml", "metadata.name"),
        Told("nested-run", "tenants/mallory/plane.yaml", "metadata.name"),
    }


def test_a_definition_where_a_tenant_writes(fleet: History) -> None:
    """ApplicationDefinitions and profiles below a run's own folder, or in no run, are errors and change nothing."""
    evil = definition("Postgres", "evil")
    profile = "apiVersion: krmfn.dev/v1alpha1\nkind: IsolationProfile\nmetadata: {name: mine}\nspec: {egress: {}}\n"
    fleet.commit({"tenants/mallory/declared/postgres.yaml": evil, "tenants/profile.yaml": profile})
    assert errors(fleet) == {
        Told("definition-out-of-place", "tenants/mallory/declared/postgres.yaml", "kind"),
        Told("definition-out-of-place", "tenants/profile.yaml", "kind"),
    }


def test_a_definition_that_changes_every_tenants_postgres(fleet: History) -> None:
    """A definition outside of all runs is nobody's: an error, and no tenant's database is another one."""
    fleet.commit({"tenants/postgres.yaml": definition("Postgres", "evil")})
    assert errors(fleet) == {Told("definition-out-of-place", "tenants/postgres.yaml", "kind")}
    assert fleet.planned(*LAST)["changes"] == []


def test_a_definition_of_the_platform_is_for_all(fleet: History) -> None:
    """What stands in the platform's own folder defines a kind for every tenant; plan shows what it changes."""
    fleet.commit(
        {
            "platform/gadget.yaml": definition("Gadget", "gadget"),
            "tenants/acme/declared/gadget.yaml": app("Gadget", "a"),
        }
    )
    assert errors(fleet) == set()
    fleet.commit({"platform/gadget.yaml": definition("Gadget", "other")})
    assert fleet.actions(*LAST) == {"Gadget/a": "replace"}


def test_a_definition_of_a_tenant_is_that_tenants_alone(fleet: History) -> None:
    """In the tenant's own folder a new kind is that run's; another run does not know it."""
    fleet.commit(
        {
            "tenants/acme/gadget.yaml": definition("Gadget", "gadget"),
            "tenants/acme/declared/gadget.yaml": app("Gadget", "a"),
        }
    )
    assert errors(fleet) == set()
    fleet.commit({"tenants/mallory/declared/gadget.yaml": app("Gadget", "b", namespace=MALLORY)})
    assert errors(fleet) == {Told("unknown-kind", "tenants/mallory/declared/gadget.yaml", "kind")}


@pytest.mark.parametrize("field", ["chartRef: {kind: OCIRepository, name: evil, namespace: x}", "prefix: evil-"])
def test_a_tenants_run_that_redefines_a_shipped_kind(fleet: History, field: str) -> None:
    """Chart and prefix of a kind of the catalog are changed by the platform's run, for all, or by nobody."""
    mallory = f"{{kinds: [{{kind: Postgres, {field}}}]}}"
    fleet.commit({"tenants/mallory/plane.yaml": plane(mallory, name="mallory", namespace=MALLORY)})
    name = field.partition(":")[0]
    place = Told("kind-redefined", "tenants/mallory/plane.yaml", f"spec.kinds[0].{name}")
    assert errors(fleet) == {place}
    said = PLATFORM.replace("scope: platform", f"scope: platform, kinds: [{{kind: Postgres, {field}}}]")
    acme = plane(f"{{objectsChart: {OBJECTS}, kinds: [{{kind: Postgres, {field}}}]}}", name="acme")
    fleet.commit({"platform/plane.yaml": said, "tenants/acme/plane.yaml": acme})
    assert errors(fleet) == set()
    fleet.commit({"platform/plane.yaml": said.replace("evil", "good")})
    there = Told("kind-redefined", "platform/plane.yaml", f"spec.kinds[0].{name}")
    assert errors(fleet) == {place, Told("kind-redefined", "tenants/acme/plane.yaml", place.field), there}


@pytest.mark.parametrize(
    "field", ["chartRef: {kind: OCIRepository, name: good, namespace: x}", "prefix: good-", "placement: lab"]
)
def test_a_tenants_run_that_does_not_know_what_the_platform_says_of_a_kind(fleet: History, field: str) -> None:
    """A run is rendered from its own ComputePlane, so silence would be another chart, prefix or place: an error.

    Not of a run without such an app.
    """
    said = PLATFORM.replace("scope: platform", f"scope: platform, kinds: [{{kind: Postgres, {field}}}]")
    fleet.commit({"platform/plane.yaml": said})
    name = field.partition(":")[0]
    assert errors(fleet) == {
        Told("kind-redefined", "tenants/acme/plane.yaml", "spec.kinds"),
        Told("kind-redefined", "platform/plane.yaml", f"spec.kinds[0].{name}"),
    }
    assert "tenants/acme" in fleet.check().stdout
    fleet.commit({"tenants/acme/declared/main.yaml": None})
    assert errors(fleet) == set()


def test_a_tenants_run_knows_what_the_platforms_definition_says_of_a_kind(fleet: History) -> None:
    """A definition is among the inputs of every run, so that a tenant need not say the same; another chart it must."""
    chart = "chartRef: {kind: OCIRepository, name: good, namespace: x}"
    said = PLATFORM.replace("scope: platform", f"scope: platform, kinds: [{{kind: Postgres, {chart}}}]")
    fleet.commit({"platform/plane.yaml": said, "platform/postgres.yaml": definition("Postgres", "good")})
    assert errors(fleet) == set()
    fleet.commit({"platform/postgres.yaml": definition("Postgres", "other")})
    assert Told("kind-redefined", "tenants/acme/plane.yaml", "spec.kinds") in errors(fleet)


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        ('{target: {flux: "2.9"}}', "spec.target.flux"),
        ("{target: {cozystack: none}}", "spec.target.cozystack"),
        ("{network: {apiServerAddresses: [203.0.113.10]}}", "spec.network.apiServerAddresses"),
        ("{network: {podCIDRs: [100.96.0.0/16]}}", "spec.network.podCIDRs"),
        ("{objectsChart: {chartRef: {kind: OCIRepository, name: evil, namespace: x}}}", "spec.objectsChart"),
        ("{defaults: {chartNamespace: evil}}", "spec.defaults.chartNamespace"),
    ],
)
def test_a_tenants_run_that_differs_from_the_platforms(fleet: History, spec: str, field: str) -> None:
    """There is one management cluster: what a run says of it is what the platform's run says, or an error at both."""
    fleet.commit({"tenants/mallory/plane.yaml": plane(spec, name="mallory", namespace=MALLORY)})
    # Without Cozystack its charts are not there either.
    assert {each for each in errors(fleet) if each.code != "needs-platform"} == {
        Told("differs-from-platform", "tenants/mallory/plane.yaml", field),
        Told("differs-from-platform", "platform/plane.yaml", field),
    }


def test_all_that_there_is_one_of_for_all_runs(fleet: History) -> None:
    """Other versions of programs, and each setting of the one network: each is told."""
    network = {
        "serviceCIDRs": "[10.97.0.0/16]",
        "podCIDRs": "[10.245.0.0/16]",
        "nodeCIDRs": "[192.0.2.0/24]",
        "nodeLocalDNS": "[169.254.20.11]",
        "clusterDomain": "other.local",
        "clusterNetworkPolicy": "true",
    }
    said = ", ".join(f"{key}: {value}" for key, value in network.items())
    spec = f'{{target: {{cilium: "1.20", kubernetes: "1.35"}}, network: {{{said}}}}}'
    fleet.commit({"tenants/mallory/plane.yaml": plane(spec, name="mallory", namespace=MALLORY)})
    fields = {"spec.target.cilium", "spec.target.kubernetes", *(f"spec.network.{key}" for key in network)}
    files = ("tenants/mallory/plane.yaml", "platform/plane.yaml")
    assert errors(fleet) == {Told("differs-from-platform", file, field) for file in files for field in fields}


def test_a_tenants_run_that_leaves_out_what_the_platform_says(fleet: History) -> None:
    """That differs as well. Only the chart of boundaries may be left out."""
    said = PLATFORM.replace("scope: platform", "scope: platform, network: {apiServerAddresses: [203.0.113.10]}")
    fleet.commit({"platform/plane.yaml": said})
    assert errors(fleet) == {
        Told("differs-from-platform", file, "spec.network.apiServerAddresses")
        for file in ("platform/plane.yaml", "tenants/acme/plane.yaml", "tenants/mallory/plane.yaml")
    }


def test_what_means_the_same_does_not_differ(fleet: History) -> None:
    """A patch release, the defaults spelt out, another order, and a field that is null are no difference."""
    platform = PLATFORM.replace("scope: platform", "scope: platform, network: {nodeCIDRs: [10.1.0.0/16, 10.2.0.0/16]}")
    acme = FILES["tenants/acme/plane.yaml"].replace(
        "spec: {", "spec: {network: {nodeCIDRs: [10.1.0.0/16, 10.2.0.0/16]}, "
    )
    fleet.commit({"platform/plane.yaml": platform, "tenants/acme/plane.yaml": acme})
    network = "clusterDomain: cozy.local, podCIDRs: [], nodeCIDRs: [10.2.0.0/16, 10.1.0.0/16]"
    chart = OBJECTS.replace("{chartRef", "{chart: null, chartRef")
    spec = f'{{target: {{flux: "2.8.3", cilium: "1.19"}}, network: {{{network}}}, objectsChart: {chart}}}'
    fleet.commit({"tenants/mallory/plane.yaml": plane(spec, name="mallory", namespace=MALLORY)})
    assert errors(fleet) == set()


def test_a_fleet_without_a_platform_run(fleet: History) -> None:
    """It is no error, for guards may be installed from elsewhere, and one warning."""
    fleet.commit({"platform/plane.yaml": None})
    answer = fleet.check()
    assert answer.returncode == 0
    assert answer.stdout.count("[no-platform-run]") == 1


def test_two_compute_planes_in_one_folder(fleet: History) -> None:
    """Which of them counts is not clear: an error at both that names the other."""
    fleet.commit({"tenants/mallory/second.yaml": plane("{}", name="second", namespace=MALLORY)})
    assert errors(fleet) == {
        Told("ambiguous-config", "tenants/mallory/plane.yaml", "metadata.name"),
        Told("ambiguous-config", "tenants/mallory/second.yaml", "metadata.name"),
    }


def test_a_run_in_what_krmfn_writes(fleet: History) -> None:
    """A ComputePlane in a rendered folder is an error, and not a run that nobody reviews."""
    assert run_in(fleet.root, "render", "tenants/acme", "--output-dir", "rendered/acme").returncode == 0
    fleet.write({"rendered/acme/evil/plane.yaml": plane("{}", name="evil", namespace="tenant-evil")})
    assert errors(fleet) == {Told("run-in-output", "rendered/acme/evil/plane.yaml", "metadata.name")}


def test_a_link_to_a_tenants_folder(fleet: History) -> None:
    """A second name for a run would be read instead of the first, if it sorts before it."""
    (fleet.root / "tenants/aaa").symlink_to("acme")
    assert errors(fleet) == {Told("link-in-fleet", "tenants/aaa", "")}
    fleet.commit_all()
    assert errors(fleet, "--against", "HEAD~1") == {Told("link-in-fleet", "tenants/aaa", "")}


def test_a_link_to_a_file_of_another_tenant(fleet: History) -> None:
    """It would be read once, in the folder that comes first."""
    (fleet.root / "tenants/mallory/declared/main.yaml").symlink_to("../../acme/declared/main.yaml")
    assert errors(fleet) == {Told("link-in-fleet", "tenants/mallory/declared/main.yaml", "")}


def test_what_no_run_reaches(fleet: History) -> None:
    """Kinds of krmfn outside of all runs are errors; applications there may be somebody else's, but not a tenant's."""
    placement = "apiVersion: krmfn.dev/v1alpha1\nkind: Placement\nmetadata: {name: p, namespace: tenant-x}\n"
    fleet.commit(
        {
            "else/p.yaml": f"{placement}spec: {{cluster: lab, apps: [{{kind: ComfyUI, name: a}}]}}\n",
            "else/x.yaml": app("Redis", "x", namespace="tenant-x"),
            "else/main.yaml": app("Postgres", "main", "{size: 1Gi}"),
            "else/rights.yaml": thing("ClusterRole", "x", group=f"{RBAC}/v1"),
            "flux/a.yaml": thing("Kustomization", "a", "a", "kustomize.toolkit.fluxcd.io/v1") + "spec: {path: ./a/b}\n",
        }
    )
    found = errors(fleet)
    assert found >= {
        Told("unreached", "else/p.yaml", "kind"),
        Told("declared-twice", "else/main.yaml", "metadata.name"),
        Told("declared-twice", "tenants/acme/declared/main.yaml", "metadata.name"),
    }
    assert "else/rights.yaml" not in {each.file for each in found}


def test_a_renamed_run_folder(fleet: History) -> None:
    """The objects are the same, and what Flux applies is elsewhere: plan says so, and not only that nothing changes."""
    moved = {
        path.replace("tenants/acme", "tenants/apex"): text for path, text in FILES.items() if "tenants/acme" in path
    }
    fleet.commit({**dict.fromkeys(path for path in FILES if "tenants/acme" in path), **moved})
    plan = fleet.plan(*LAST).stdout.splitlines()
    assert plan[-1] == "no changes"
    (told,) = [line for line in plan if "[run-moved]" in line]
    assert told.startswith("warning: tenants/apex/plane.yaml")
    assert "its run moved from tenants/acme to tenants/apex" in told
    assert "[run-moved]" in fleet.check("--against", "HEAD~1").stdout


def test_one_tenant_more_is_no_difference_of_configurations(fleet: History) -> None:
    """A run that comes or goes is told by what it declares."""
    fleet.commit(
        {
            "tenants/birch/plane.yaml": plane("{}", name="birch", namespace="tenant-birch"),
            "tenants/birch/declared/cache.yaml": app("Redis", "cache", namespace="tenant-birch"),
        }
    )
    assert "config-differs" not in fleet.plan(*LAST).stdout
    assert fleet.actions(*LAST) == {"Redis/cache": "create"}
    assert "config-differs" not in fleet.plan("--from", "HEAD", "--to", "HEAD~1").stdout


def test_the_platforms_objects_chart_as_that_of_a_kind(fleet: History) -> None:
    """A tenant's run that says nothing of the objects chart cannot take the platform's for a kind either."""
    chart = "{kind: OCIRepository, name: boundaries, namespace: cozy-system}"
    kinds = f"{{kinds: [{{kind: Gadget, prefix: gadget-, chartRef: {chart}}}]}}"
    fleet.commit(
        {
            "platform/plane.yaml": PLATFORM.replace("krmfn-objects", "boundaries"),
            "tenants/acme/plane.yaml": FILES["tenants/acme/plane.yaml"].replace("krmfn-objects", "boundaries"),
            "tenants/mallory/plane.yaml": plane(kinds, name="mallory", namespace=MALLORY),
        }
    )
    assert errors(fleet) == {Told("objects-chart-of-a-kind", "tenants/mallory/plane.yaml", "spec.kinds[0].chartRef")}


FOLDERS = ["tenants/mallory", "tenants/mallory/declared"]


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_folder_of_a_fleet_is_checked_as_a_part_of_it(fleet: History, folder: str) -> None:
    """From a run's folder, or one in it, its own findings are told with those of who owns what, and no others."""
    fleet.write(
        {
            "platform/gadget.yaml": definition("Gadget", "gadget"),
            "tenants/mallory/declared/gadget.yaml": app("Gadget", "a", namespace=MALLORY),
            "tenants/mallory/declared/theirs.yaml": app("Redis", "spy"),
            "tenants/acme/declared/wrong.yaml": app("Rediss", "a"),
        }
    )
    expected = {Told("foreign-namespace", "tenants/mallory/declared/theirs.yaml", "metadata.namespace")}
    for arguments in ((), ("--against", "HEAD")):
        inside = run_in(fleet.root / folder, "check", "--format", "json", *arguments)
        assert set(_errors(inside.stdout)) == expected
        named = run_in(fleet.root, "check", folder, "--format", "json", *arguments)
        assert set(_errors(named.stdout)) == expected


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_folder_of_a_fleet_is_planned_as_a_part_of_it(fleet: History, folder: str) -> None:
    """Plan reads the platform's definitions and the tenant's configuration, and tells of that run alone."""
    fleet.commit(
        {
            "platform/gadget.yaml": definition("Gadget", "gadget"),
            "tenants/mallory/declared/gadget.yaml": app("Gadget", "a", namespace=MALLORY),
            "tenants/acme/declared/gadget.yaml": app("Gadget", "b"),
        }
    )
    fleet.commit({"platform/gadget.yaml": definition("Gadget", "other")})
    answer = run_in(fleet.root / folder, "plan", *LAST)
    assert answer.returncode == 0, answer.stderr
    assert "replace  Gadget/a" in answer.stdout
    assert "Gadget/b" not in answer.stdout


def test_fleets_of_two_management_clusters_in_one_repository(history: History) -> None:
    """Each is a folder with its own platform run, and is checked by itself; together they have two platforms."""
    for stage in ("production", "staging"):
        history.write({f"{stage}/{path}": text for path, text in FILES.items()})
    history.commit({})
    assert errors(history, "production") == set()
    assert {each.code for each in errors(history, "staging/tenants/acme")} == set()
    assert "second-platform-run" in {each.code for each in errors(history)}


def thing(kind: str, name: str, namespace: str = "", group: str = "v1") -> str:
    space = f", namespace: {namespace}" if namespace else ""
    return f"apiVersion: {group}\nkind: {kind}\nmetadata: {{name: {name}{space}}}\n"


@pytest.mark.parametrize(
    ("kind", "namespace"),
    [("HelmRelease", "tenant-acme"), ("ConfigMap", "kube-system"), ("ConfigMap", ""), ("ClusterRoleBinding", "")],
)
def test_another_object_outside_of_ones_namespace(fleet: History, kind: str, namespace: str) -> None:
    """What is not krmfn's and goes to Flux with a tenant's output is in the tenant's namespace, or an error."""
    path = "tenants/mallory/declared/evil.yaml"
    fleet.write({path: thing(kind, "postgres-main", namespace), "tenants/mallory/declared/fine.yaml": FINE})
    assert errors(fleet) == {Told("foreign-namespace", path, "metadata.namespace")}
    assert f"namespace {namespace} " in (said := fleet.check().stdout) or not namespace
    assert ("has no namespace, so it would be" in said) is (not namespace)
    assert run_in(fleet.root, "render", "--output-dir", "rendered").returncode == 1
    assert not (fleet.root / "rendered").exists()


FINE = "---\n".join(
    (
        thing("ConfigMap", "a", MALLORY),
        thing("Kustomization", "b", group="kustomize.config.k8s.io/v1beta1"),
        thing("Kptfile", "c", group="kpt.dev/v1"),
        thing("PrefixTransformer", "d", group="builtin"),
        thing("ConfigMap", "e").replace("}", ", annotations: {config.kubernetes.io/local-config: 'true'}}"),
    )
)
"""What is in the tenant's namespace, and what is never applied."""


def test_the_platform_may_write_of_the_cluster_in_a_runs_own_folder(fleet: History) -> None:
    """A service account's binding or Flux's Kustomization stands in the run's own folder, but nothing in another's."""
    fleet.write({"tenants/mallory/flux.yaml": thing("Kustomization", "mallory", "flux-system", "x/v1")})
    assert errors(fleet) == set()
    fleet.write({"tenants/mallory/flux.yaml": thing("ConfigMap", "a", "tenant-acme")})
    assert errors(fleet) == {Told("foreign-namespace", "tenants/mallory/flux.yaml", "metadata.namespace")}


def test_one_object_in_the_folders_of_two_runs(fleet: History) -> None:
    """Two Kustomizations would take turns with it: an error at both."""
    both = {f"tenants/{name}/source.yaml": thing("HelmChart", "hub", "flux-system") for name in ("acme", "mallory")}
    fleet.write(both)
    assert errors(fleet) == {Told("declared-twice", path, "metadata.name") for path in both}


def test_a_tenants_own_object_of_flux(fleet: History) -> None:
    """Flux would install any chart for it with all its rights; the platform may, in the run's own folder."""
    release = thing("HelmRelease", "evil", MALLORY, "helm.toolkit.fluxcd.io/v2")
    fleet.write({"tenants/mallory/declared/evil.yaml": release})
    assert errors(fleet) == {Told("flux-object-of-a-tenant", "tenants/mallory/declared/evil.yaml", "kind")}
    forged = release.replace("}", ", annotations: {krmfn.dev/owner: Redis/evil}}")
    fleet.write({"tenants/mallory/declared/evil.yaml": forged})
    assert errors(fleet) == set()
    assert "evil" not in run_in(fleet.root, "render").stdout
    fleet.write({"tenants/mallory/declared/evil.yaml": forged, "tenants/mallory/declared/cache.yaml": None})
    assert errors(fleet) == {Told("flux-object-of-a-tenant", "tenants/mallory/declared/evil.yaml", "kind")}
    applies = thing("Kustomization", "evil", MALLORY, "kustomize.toolkit.fluxcd.io/v1")
    fleet.write({"tenants/mallory/declared/evil.yaml": applies})
    assert errors(fleet) == {Told("flux-object-of-a-tenant", "tenants/mallory/declared/evil.yaml", "kind")}
    fleet.write({"tenants/mallory/declared/evil.yaml": None, "tenants/mallory/evil.yaml": release})
    assert errors(fleet) == set()


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("generators: [evil.yaml]", "generators"),
        ("transformers: [../plane.yaml, evil.yaml]", "transformers"),
        ('validators: ["apiVersion: v1\\nkind: ConfigMap"]', "validators"),
        ("helmCharts: [{name: evil, repo: 'https://charts.example'}]", "helmCharts"),
        ("helmChartInflationGenerator: [{chartName: evil}]", "helmChartInflationGenerator"),
        ("resources: [cache.yaml, 'https://git.example/evil']", "resources[1]"),
        ("resources: [cache.yaml, 'git@git.example:evil']", "resources[1]"),
        ("components: ['github.com/evil/evil']", "components[0]"),
        ("bases: ['gh:evil/evil']", "bases[0]"),
        ("resources: [cache.yaml, '../evil?ref=main']", "resources[1]"),
        ("resources: [cache.yaml, ../../acme/declared]", "resources[1]"),
        ("namespace: tenant-acme", "namespace"),
        ("namePrefix: evil-", "namePrefix"),
        ("patches: [{path: evil.yaml}]", "patches"),
        ("labels: [{pairs: {namespace: tenant-acme}, fields: [{path: metadata}]}]", "labels"),
        ("images: [{name: ConfigMap, newName: Role}]\nconfigurations: [evil.yaml]", "configurations"),
        ("GENERATORS: [evil.yaml]", "GENERATORS"),
        ("transformers: [cache.yaml]", "transformers"),
        ("configMapGenerator: [{name: a, namespace: tenant-acme}]", "configMapGenerator[0].namespace"),
        ("secretGenerator: [{name: a}]", "secretGenerator[0].namespace"),
        (
            "secretGenerator: [{name: a, namespace: tenant-mallory, NameSpace: tenant-acme}]",
            "secretGenerator[0].namespace",
        ),
    ],
)
def test_a_build_that_nobody_has_looked_at_is_no_tenants(fleet: History, text: str, field: str) -> None:
    """What a tenant's kustomization runs, fetches or changes was not judged; in its own folder the platform writes."""
    folder = "tenants/mallory/declared"
    fleet.write({f"{folder}/kustomization.yaml": text})
    assert errors(fleet) == {Told("kustomization-of-a-tenant", f"{folder}/kustomization.yaml", field)}
    assert errors(fleet, "tenants/acme") == set()
    fleet.write({f"{folder}/kustomization.yaml": None, "tenants/mallory/kustomization.yaml": text})
    assert errors(fleet) == set()


@pytest.mark.parametrize(
    ("command", "folder"),
    [("check", "tenants/mallory/declared"), ("render", "tenants/mallory/declared"), ("render", "tenants/mallory")],
)
@pytest.mark.parametrize("field", ["resources", "components", "bases"])
def test_the_password_of_another_repository_is_not_shown(fleet: History, folder: str, field: str, command: str) -> None:
    """The address of a base may have one in it; the field says which entry is meant (R7)."""
    entry = "https://bob:hunter2@git.example/base?ref=main"
    fleet.write({f"{folder}/kustomization.yaml": f"{field}: [declared/cache.yaml, '{entry}']"})
    answer = run_in(fleet.root, command, "tenants/mallory", "--verbose")
    told = answer.stdout + answer.stderr
    assert f" {field}[1]: " in told
    assert "hunter2" not in told


@pytest.mark.parametrize(
    "text",
    [
        "transformers: [../plane.yaml]\nresources: [cache.yaml, inner]\nnamespace: tenant-mallory",
        "resources: [cache.yaml, v1.2/missing.yaml]\nconfigMapGenerator: [{name: a, namespace: tenant-mallory}]",
        "secretGenerator: [{name: a}]\nnamespace: tenant-mallory\nimages: [{name: a, newTag: b}]",
        "configMapGenerator: [a, null, [b]]\nsecretGenerator: {a: b}",
    ],
)
def test_a_build_of_files_that_are_there_is_a_tenants(fleet: History, text: str) -> None:
    """Krmfn itself, files of the run, and ConfigMaps of its own are nothing that nobody has looked at."""
    inner = {"tenants/mallory/declared/inner/kustomization.yaml": "resources: [../cache.yaml]\n"}
    fleet.write({**inner, "tenants/mallory/declared/kustomization.yaml": text})
    assert errors(fleet) == set()


def test_a_build_elsewhere_is_not_a_tenants(fleet: History) -> None:
    """In the platform's folders, outside of all runs, and in a repository of one run, anything may be built."""
    stray = {"elsewhere/cache.yaml": app("Redis", "cache", namespace="tenant-other")}
    folders = ("platform/inner", "elsewhere", "tenants/mallory")
    fleet.write({f"{folder}/kustomization.yaml": "generators: [evil.yaml]" for folder in folders} | stray)
    assert errors(fleet) == set()
    alone = fleet.root / "tenants/mallory"
    (alone / "kustomization.yaml").rename(alone / "declared/kustomization.yaml")
    assert run_in(alone, "check").returncode == 1
    (alone / ".git").mkdir()
    assert run_in(alone, "check").returncode == 0
    shutil.rmtree(alone / ".git")


@pytest.mark.parametrize(
    ("hidden", "more", "entry"),
    [
        (".evil/kustomization.yaml", {}, ".evil"),
        (".evil.yaml", {}, ".evil.yaml"),
        ("evil.txt", {}, "evil.txt"),
        ("evil/kustomization.yaml", {"evil/Chart.yaml": "name: evil"}, "evil"),
        ("evil/rights.yaml", {"evil/Chart.yaml": "name: evil"}, "evil/rights.yaml"),
        ("evil.yaml", {"evil.yaml": "a: &a [*a]"}, "evil.yaml"),
    ],
)
def test_a_build_of_what_is_not_read_is_no_tenants(
    fleet: History, hidden: str, more: dict[str, str], entry: str
) -> None:
    """Kustomize reads whatever is listed: hidden, of a chart, with any ending; also if the platform's own lists it."""
    rights = f"apiVersion: {RBAC}/v1\nkind: RoleBinding\nmetadata: {{name: evil, namespace: {MALLORY}}}\n"
    folder = "tenants/mallory/declared"
    fleet.write({f"{folder}/{path}": text for path, text in {hidden: rights, **more}.items()})
    assert errors(fleet) == set()
    for place, listed in (("declared/", entry), ("", f"declared/{entry}")):
        path = f"tenants/mallory/{place}kustomization.yaml"
        fleet.write({path: f"resources: [{listed}]\n"})
        assert errors(fleet) == {Told("kustomization-of-a-tenant", path, "resources[0]")}
        fleet.write({path: None})


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        (".krmignore", "evil.yaml\n", Told("ignore-file-of-a-tenant", "{}/.krmignore", "")),
        ("Kptfile", "pipeline: {mutators: [{image: evil}]}", Told("pipeline-of-a-tenant", "{}/Kptfile", "pipeline")),
        ("Kptfile", "pipeline: {validators: [{exec: e}]}", Told("pipeline-of-a-tenant", "{}/Kptfile", "pipeline")),
        ("Kptfile", "pipeline: {{evil", Told("pipeline-of-a-tenant", "{}/Kptfile", "pipeline")),
        ("Kptfile", "apiVersion: kpt.dev/v1\nkind: Kptfile\npipeline: {}", None),
        ("Kptfile", "- pipeline", None),
    ],
)
def test_what_other_programs_do_in_a_folder_is_not_a_tenants(
    fleet: History, name: str, text: str, found: Told | None
) -> None:
    """By an ignore file or a pipeline of kpt, other things are built than krmfn has checked; the platform may."""
    for folder in ("tenants/mallory/declared", "tenants/mallory/declared/inner"):
        fleet.write({f"{folder}/{name}": text})
        assert errors(fleet) == ({found._replace(file=found.file.format(folder))} if found else set())
        assert errors(fleet, "tenants/acme") == set()
        fleet.write({f"{folder}/{name}": None})
    stray = {"elsewhere/cache.yaml": app("Redis", "cache", namespace="tenant-other")}
    fleet.write({f"tenants/mallory/{name}": text, f"platform/inner/{name}": text, f"elsewhere/{name}": text, **stray})
    assert errors(fleet) == set()
    alone = fleet.root / "tenants/mallory"
    (alone / ".git").mkdir()
    assert run_in(alone, "check").returncode == 0
    shutil.rmtree(alone / ".git")


def test_a_kptfile_that_is_no_file_is_none(fleet: History) -> None:
    """Nobody reads a pipe that is not named."""
    os.mkfifo(fleet.root / "tenants/mallory/declared/Kptfile")
    assert errors(fleet) == set()


@pytest.mark.parametrize(
    ("group", "kind", "code"),
    [
        (f"{RBAC}/v1", "RoleBinding", "rights-of-a-tenant"),
        (f"{RBAC}/v1", "Role", "rights-of-a-tenant"),
        ("v1", "Pod", "placement-required"),
        ("batch/v1", "CronJob", "placement-required"),
        ("cilium.io/v2", "CiliumClusterwideNetworkPolicy", "foreign-namespace"),
        ("v1", "Namespace", "foreign-namespace"),
        ("source.toolkit.fluxcd.io/v1", "GitRepository", "flux-object-of-a-tenant"),
        ("fluxcd.controlplane.io/v1", "ResourceSet", "flux-object-of-a-tenant"),
        ("infra.contrib.fluxcd.io/v1alpha2", "Terraform", "flux-object-of-a-tenant"),
        ("argoproj.io/v1alpha1", "Application", "flux-object-of-a-tenant"),
        ("cluster.x-k8s.io/v1beta1", "MachineDeployment", "platform-object-of-a-tenant"),
        ("infrastructure.cluster.x-k8s.io/v1alpha1", "KubevirtMachineTemplate", "platform-object-of-a-tenant"),
        ("kamaji.clastix.io/v1alpha1", "TenantControlPlane", "platform-object-of-a-tenant"),
        ("helm.cattle.io/v1", "HelmChart", "flux-object-of-a-tenant"),
        ("operators.coreos.com/v1alpha1", "Subscription", "flux-object-of-a-tenant"),
        ("cilium.io/v2", "CiliumLocalRedirectPolicy", "network-of-a-tenant"),
        ("discovery.k8s.io/v1", "EndpointSlice", "network-of-a-tenant"),
        ("v1", "Endpoints", "network-of-a-tenant"),
        ("k8s.cni.cncf.io/v1", "NetworkAttachmentDefinition", "network-of-a-tenant"),
        ("kubevirt.io/v1", "VirtualMachine", "placement-required"),
        ("postgresql.cnpg.io/v1", "Cluster", "placement-required"),
    ],
)
def test_a_tenants_own_rights_and_pods(fleet: History, group: str, kind: str, code: str) -> None:
    """By a RoleBinding, or a Pod on the management cluster, a tenant would read the kubeconfig that is withheld.

    By other objects it would have the rights of operators, or leave its namespace: what is cluster-wide is so with a
    namespace, too. The platform may add any of them, in the run's own folder.
    """
    item = f"apiVersion: {group}\nkind: {kind}\nmetadata: {{name: mine, namespace: {MALLORY}}}\n"
    spec = plane("{requirePlacement: code}", name="mallory", namespace=MALLORY)
    fleet.commit({"tenants/mallory/plane.yaml": spec, "tenants/mallory/declared/mine.yaml": item})
    assert errors(fleet) == {Told(code, "tenants/mallory/declared/mine.yaml", "kind")}
    fleet.commit({"tenants/mallory/declared/mine.yaml": None, "tenants/mallory/mine.yaml": item})
    assert errors(fleet) == set()


def test_whatever_runs_a_tenants_own_image_is_refused_where_apps_must_be_placed(fleet: History) -> None:
    """Each kind of Kubernetes that has a Pod in it; where nothing need be placed, each may be."""
    kinds = {
        "Pod": "v1",
        "ReplicationController": "v1",
        "Deployment": "apps/v1",
        "StatefulSet": "apps/v1",
        "DaemonSet": "apps/v1",
        "ReplicaSet": "apps/v1",
        "Job": "batch/v1",
        "CronJob": "batch/v1",
    }
    items = {f"tenants/mallory/declared/{kind}.yaml": thing(kind, "mine", MALLORY, of) for kind, of in kinds.items()}
    spec = plane("{requirePlacement: all}", name="mallory", namespace=MALLORY)
    fleet.commit({**items, "tenants/mallory/plane.yaml": spec, "tenants/mallory/declared/cache.yaml": None})
    assert errors(fleet) == {Told("placement-required", path, "kind") for path in items}
    fleet.commit({"tenants/mallory/plane.yaml": plane("{}", name="mallory", namespace=MALLORY)})
    assert errors(fleet) == set()


OUT = "endpointSelector: {}, egress: [{toEndpoints: [{matchLabels: {k8s:io.kubernetes.pod.namespace: tenant-acme}}]}]"


@pytest.mark.parametrize(
    ("item", "code", "field"),
    [
        (f"apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nspec: {{{OUT}}}", "network-of-a-tenant", "spec.egress"),
        (
            f"apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nspecs: [{{ingress: [{{}}]}}, {{{OUT}}}]",
            "network-of-a-tenant",
            "specs[1].egress",
        ),
        (
            "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nspec: {podSelector: {}, egress: [{}]}",
            "network-of-a-tenant",
            "spec.egress",
        ),
        ("apiVersion: v1\nkind: Service\nspec: {externalIPs: [10.0.0.1]}", "network-of-a-tenant", "spec.externalIPs"),
        ("apiVersion: v1\nkind: Secret\ntype: kubernetes.io/service-account-token", "rights-of-a-tenant", "type"),
        ("apiVersion: v1\nkind: Secret", "", ""),
        ("apiVersion: v1\nkind: Service\nspec: {clusterIP: None}", "", ""),
        ("apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nspec: {ingress: [{}], egressDeny: [{}]}", "", ""),
        ("apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nspec: {egress: []}", "", ""),
        ("apiVersion: grafana.integreatly.org/v1beta1\nkind: GrafanaDashboard", "", ""),
    ],
)
def test_a_tenants_own_way_to_others(fleet: History, item: str, code: str, field: str) -> None:
    """An object in its own namespace by which a tenant reaches what the platform keeps closed; others are allowed."""
    path = "tenants/mallory/declared/mine.yaml"
    spec = plane("{requirePlacement: code}", name="mallory", namespace=MALLORY)
    text = f"{item}\nmetadata: {{name: mine, namespace: {MALLORY}}}\n"
    fleet.commit({"tenants/mallory/plane.yaml": spec, path: text})
    assert errors(fleet) == ({Told(code, path, field)} if code else set())
    fleet.commit({path: None, "tenants/mallory/mine.yaml": text})
    assert errors(fleet) == set()


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        ("{source: {pvc: {namespace: tenant-acme, name: disk}}}", "spec.source.pvc.namespace"),
        ("{a: [{b: c}, {sourceNamespace: tenant-acme}]}", "spec.a[1].sourceNamespace"),
        ("{source: {pvc: {namespace: tenant-mallory, name: disk}}, parent: {namespace: cozy-public}}", ""),
        ("{source: {pvc: {name: tenant-acme}}, namespaces: {tenant-acme: 1}}", ""),
    ],
)
def test_a_reference_to_anothers_namespace(fleet: History, spec: str, field: str) -> None:
    """A controller with rights in both would follow it; what is the platform's, all may refer to."""
    path = "tenants/mallory/declared/mine.yaml"
    text = f"apiVersion: cdi.kubevirt.io/v1beta1\nkind: DataVolume\nmetadata: {{name: a, namespace: {MALLORY}}}\n"
    fleet.commit({path: f"{text}spec: {spec}\n"})
    assert errors(fleet) == ({Told("foreign-namespace", path, field)} if field else set())
    fleet.commit({path: None, "tenants/mallory/mine.yaml": f"{text}spec: {spec}\n"})
    assert errors(fleet) == set()


def test_what_a_tenant_may_not_add_can_be_removed(fleet: History) -> None:
    """What was declared is known all the same, so whoever corrects it is not held up; what stays is still refused."""
    folder = "tenants/mallory/declared"
    evil = {f"{folder}/.krmignore": "a\n", f"{folder}/evil.yaml": thing("Role", "evil", MALLORY, f"{RBAC}/v1")}
    fleet.commit(evil)
    fleet.write({f"{folder}/.krmignore": None})
    assert errors(fleet, "--against", "HEAD") == {Told("rights-of-a-tenant", f"{folder}/evil.yaml", "kind")}
    fleet.write({f"{folder}/evil.yaml": None})
    assert errors(fleet, "--against", "HEAD") == set()
    fleet.write({f"{folder}/cache.yaml": None})
    assert fleet.actions() == {"Redis/cache": "retire"}


def test_a_policy_closes_where_the_platform_opens_nothing(fleet: History) -> None:
    """Without Cozystack's policies a tenant's own opens no way that was not open."""
    target = "target: {cozystack: none}, "
    item = f"apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {{name: a, namespace: {MALLORY}}}\n"
    names = ("platform", "tenants/acme", "tenants/mallory")
    planes = {f"{name}/plane.yaml": FILES[f"{name}/plane.yaml"] for name in names}
    plain = {path: text.replace("spec: {", f"spec: {{{target}") for path, text in planes.items()}
    declared = {path: None for path in FILES if "declared" in path}
    fleet.commit({**plain, **declared, "tenants/mallory/declared/mine.yaml": f"{item}spec: {{{OUT}}}\n"})
    assert errors(fleet, "--allow-empty") == set()


@pytest.mark.parametrize(
    ("kind", "name"),
    [("Secret", "cozystack-values"), ("ResourceQuota", "tenant-quota"), ("LimitRange", "tenant-range-limits")],
)
def test_what_the_platform_made_for_a_tenant_is_not_the_tenants(fleet: History, kind: str, name: str) -> None:
    """By these the platform says what a tenant gets; others of their kinds are allowed."""
    path = "tenants/mallory/declared/mine.yaml"
    fleet.write({path: thing(kind, name, MALLORY)})
    assert errors(fleet) == {Told("platform-object-of-a-tenant", path, "metadata.name")}
    for other in (thing(kind, "own", MALLORY), thing(kind, name, MALLORY, "example.org/v1")):
        fleet.write({path: other})
        assert errors(fleet) == set()


@pytest.mark.parametrize("kind", ["ConfigMap", "ConfigMapList", "List"])
def test_an_object_in_another_one(fleet: History, kind: str) -> None:
    """Flux applies all that is in `items`, whatever the kind around it; only a List is split before it is judged."""
    namespace = "apiVersion: v1\n  kind: Namespace\n  metadata: {name: theirs}\n"
    around = f"apiVersion: v1\nkind: {kind}\nmetadata: {{name: mine, namespace: {MALLORY}}}\nitems:\n- {namespace}"
    fleet.commit({"tenants/mallory/declared/mine.yaml": around})
    code, field = ("foreign-namespace", "kind") if kind == "List" else ("object-in-items", "items[0]")
    assert errors(fleet) == {Told(code, "tenants/mallory/declared/mine.yaml", field)}
    fleet.commit({"tenants/mallory/declared/mine.yaml": None, "tenants/mallory/mine.yaml": around})
    assert errors(fleet) == set()


def test_flux_with_all_its_rights(fleet: History) -> None:
    """Where tenants have accounts, a Kustomization that applies one without it is pointed out with the account."""
    account = "  serviceAccountName: tenant-acme\n"
    flux = (
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\n"
        f"metadata: {{name: acme, namespace: flux-system}}\nspec:\n  path: ./rendered/tenants/acme\n{account}"
    )
    accounts = "platform: {tenantServiceAccounts: flux-system, administrators: {groups: [ops]}}, objectsChart"
    said = PLATFORM.replace("objectsChart", accounts)
    fleet.commit({"platform/plane.yaml": said, "flux/acme.yaml": flux})
    assert "applied-with-all-rights" not in fleet.check().stdout
    fleet.commit({"flux/acme.yaml": flux.replace(account, "")})
    told = [line for line in fleet.check().stdout.splitlines() if "applied-with-all-rights" in line]
    assert len(told) == 1
    assert "set tenant-acme" in told[0]
    fleet.commit({"platform/plane.yaml": PLATFORM})
    assert "applied-with-all-rights" not in fleet.check().stdout


def test_how_flux_applies_a_run_is_told_with_the_run(fleet: History) -> None:
    """The Kustomization is in another folder: whoever asks about the run is told all the same."""
    accounts = PLATFORM.replace("scope:", "platform: {tenantServiceAccounts: a, administrators: {groups: [b]}}, scope:")
    flux = {
        f"flux/{name}.yaml": thing("Kustomization", name, "a", "kustomize.toolkit.fluxcd.io/v1")
        + f"spec: {{path: ./rendered/tenants/{name}, serviceAccountName: {account}}}\n"
        for name, account in (("acme", ""), ("mallory", "b"), ("gone", "c"))
    }
    others = {
        "flux/infra.yaml": flux["flux/gone.yaml"].replace("rendered/tenants/gone", "infra/thing"),
        "flux/named.yaml": flux["flux/gone.yaml"].replace("rendered/tenants/gone", "infra/acme"),
        "flux/route.yaml": flux["flux/gone.yaml"].replace("/gone", "/route").replace("kind: Kustom", "kind: Other"),
    }
    fleet.commit({"platform/plane.yaml": accounts, **flux, **others})
    rights, gone = ("flux/acme.yaml", "applied-with-all-rights"), ("flux/gone.yaml", "applies-no-run")
    for folder, wanted in ((".", {rights, gone}), ("tenants", {rights, gone}), ("tenants/acme/declared", {rights})):
        assert warnings(fleet, folder) == wanted
    assert warnings(fleet, "tenants/mallory") == set()


def warnings(history: History, folder: str) -> set[tuple[str, str]]:
    """The warnings about Kustomizations of Flux, each with its file."""
    results = json.loads(history.check(folder, "--format", "json").stdout)["results"]
    found = ((each["file"]["path"], each["tags"]["code"]) for each in results if each["severity"] == "warning")
    return {(file, code) for file, code in found if file.startswith("flux/")}


def test_a_tenants_folder_is_rendered_as_a_part_of_the_fleet(fleet: History) -> None:
    """Alone it comes to what it comes to in the fleet: the platform's definitions count, and so does who owns what."""
    fleet.write(
        {
            "platform/gadget.yaml": definition("Gadget", "gadget"),
            "tenants/mallory/declared/gadget.yaml": app("Gadget", "a", namespace=MALLORY),
        }
    )
    assert run_in(fleet.root, "render", "--output-dir", "all").returncode == 0
    alone = run_in(fleet.root, "render", "tenants/mallory", "--output-dir", "alone")
    assert alone.returncode == 0, alone.stderr
    whole, part = ({p.relative_to(r): p.read_bytes() for p in r.rglob("*.yaml")} for r in _outputs(fleet.root))
    assert part
    assert part == whole
    fleet.write({"tenants/mallory/declared/theirs.yaml": app("Redis", "spy")})
    refused = run_in(fleet.root, "render", "tenants/mallory")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "[foreign-namespace]" in refused.stderr
    assert "tenants/acme" not in {line.split(": ")[1].rpartition("/")[0] for line in refused.stderr.splitlines()[1:]}


def _outputs(root: Path) -> tuple[Path, Path]:
    return root / "all/tenants/mallory", root / "alone"


def test_a_folder_of_no_run_in_a_fleet(fleet: History) -> None:
    """What is there is checked by itself, as anywhere; links in a circle below do no harm."""
    fleet.write({"tenants/birch/cache.yaml": app("Rediss", "cache", namespace="tenant-birch")})
    (fleet.root / "tenants/birch/up").symlink_to("..")
    assert Told("unknown-kind", "tenants/birch/cache.yaml", "kind") in errors(fleet, "tenants/birch")
    assert run_in(fleet.root, "render", "tenants/birch").returncode == 1


@pytest.mark.parametrize("value", ["[]", "[[]]", "[{}]", "{}", "{a: {}}", "x", "1", "null"])
def test_a_run_that_is_not_valid_at_all(fleet: History, value: str) -> None:
    """Who owns what is asked before a run is found valid: a wrong shape is an error of that run, and no bug."""
    fields = ["target", "network", "objectsChart", "defaults", "kinds", "namespaces", "platform", "clusters", "apps"]
    spec = ", ".join(f"{field}: {value}" for field in [*fields, "placements", "meshes"])
    evil = definition("Gadget", "a").replace("{kind: OCIRepository, name: a, namespace: x}", value)
    for scope in ("tenant", "platform"):
        said = plane(f"{{scope: {scope}, {spec}}}", name="mallory", namespace=MALLORY)
        nested = plane(f"{{target: {{flux: {value}}}, network: {{podCIDRs: {value}}}}}", namespace="tenant-x")
        fleet.write(
            {"tenants/mallory/plane.yaml": said, "tenants/x/plane.yaml": nested, "tenants/mallory/evil.yaml": evil}
        )
        assert fleet.check().returncode in {0, 1}, fleet.check().stderr
