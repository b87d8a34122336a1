"""`krmfn init tenant`: one more tenant in a repository, which Flux applies as an account of the tenant's own."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

import pytest

from krmfn import yaml
from tests.command_line import run_in
from tests.declarations import plane, redis
from tests.folders import plant, tree

if TYPE_CHECKING:
    from pathlib import Path

RENDER = ("render", "--output-dir", "rendered", "--generated-only")


@pytest.fixture
def starter(tmp_path: Path) -> Path:
    assert run_in(tmp_path, "init", "fleet").returncode == 0
    return tmp_path / "fleet"


def flux_of(folder: Path, name: str) -> dict[str, dict[str, Any]]:
    found = yaml.load_all((folder / f"flux/{name}.yaml").read_bytes())
    return {each["kind"]: each for each in found}


def sync(name: str, path: str) -> str:
    return (
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\n"
        f"metadata: {{name: {name}, namespace: cozy-fluxcd}}\n"
        f"spec: {{path: {path}, sourceRef: {{kind: GitRepository, name: everything}}}}\n"
    )


def test_a_tenant_is_added(starter: Path) -> None:
    """Its run is bound to its namespace and says what the platform says; check passes, and render writes its folder."""
    before = run_in(starter, "check").stdout
    answer = run_in(starter, "init", "tenant", "birch")
    assert (answer.returncode, answer.stderr) == (0, "")
    assert answer.stdout.splitlines()[:4] == [
        "tenants/birch/compute-plane.yaml",
        "tenants/birch/declared/README.md",
        "flux/birch.yaml",
        ".github/CODEOWNERS: /tenants/birch/declared/  @example/birch @example/platform; name the tenant's team there",
    ]
    plane = yaml.load((starter / "tenants/birch/compute-plane.yaml").read_bytes())
    platform = yaml.load((starter / "platform/compute-plane.yaml").read_bytes())
    assert plane["metadata"] == {"name": "birch", "namespace": "tenant-birch"}
    assert {**plane["spec"], "requirePlacement": "", "protect": ""} == {
        **{key: value for key, value in platform["spec"].items() if key not in {"scope", "platform"}},
        "requirePlacement": "",
        "protect": "",
    }
    assert (plane["spec"]["requirePlacement"], plane["spec"]["protect"]) == ("code", "data")
    assert run_in(starter, "check").stdout == before
    plant(starter, {"tenants/birch/declared/cache.yaml": redis("tenant-birch")})
    assert run_in(starter, *RENDER).returncode == 0
    assert (starter / "rendered/tenants/birch/tenant-birch/helmrelease-redis-cache.yaml").exists()
    assert run_in(starter, *RENDER, "--verify").returncode == 0


def test_its_account_may_write_in_its_namespace_and_only_what_krmfn_writes(starter: Path) -> None:
    """tests/engine/test_starter.py has the API server refuse the rest; the first tenant's file is made the same way."""
    assert run_in(starter, "init", "tenant", "birch", "--namespace", "forest").returncode == 0
    found = flux_of(starter, "birch")
    account = {"kind": "ServiceAccount", "name": "forest", "namespace": "flux-system"}
    assert found["RoleBinding"]["subjects"] == [account]
    assert {found[kind]["metadata"]["namespace"] for kind in ("Role", "RoleBinding")} == {"forest"}
    verbs = ["get", "list", "watch", "create", "update", "patch", "delete"]
    assert found["Role"]["rules"] == [
        {"apiGroups": ["helm.toolkit.fluxcd.io"], "resources": ["helmreleases"], "verbs": verbs},
        {"apiGroups": ["cilium.io"], "resources": ["ciliumnetworkpolicies"], "verbs": verbs},
        {"apiGroups": [""], "resources": ["configmaps"], "verbs": verbs},
    ]
    assert found["ServiceAccount"]["automountServiceAccountToken"] is False
    spec = found["Kustomization"]["spec"]
    assert (spec["serviceAccountName"], spec["path"]) == ("forest", "./rendered/tenants/birch")
    assert ("targetNamespace" in spec, spec["prune"]) == (False, True)
    acme = (starter / "flux/acme.yaml").read_text()
    assert acme == (starter / "flux/birch.yaml").read_text().replace("birch", "acme").replace("forest", "tenant-acme")


def test_a_repository_of_ones_own(tmp_path: Path) -> None:
    """Names, folders and versions are those that are there; without a platform's run, the starter's."""
    plant(
        tmp_path,
        {
            "ops/compute-plane.yaml": (
                "apiVersion: krmfn.dev/v1alpha1\nkind: ComputePlane\nmetadata: {name: ops}\n"
                "spec: {scope: platform, target: {flux: '2.9'}, kinds: [{kind: JupyterHub, mutation: tenant-admin}], "
                "platform: {fluxServiceAccounts: [gitops/flux]}, defaults: {interval: 7m}, network: {podCIDRs: []}, "
                "postBuild: {variables: [region]}}\n"
            ),
            "clusters/ops.yaml": sync("all-ops", "./out/made/ops"),
            ".github/CODEOWNERS": "* @corp/ops @corp/leads",
        },
    )
    answer = run_in(tmp_path, "init", "tenant", "birch")
    assert answer.returncode == 0, answer.stderr
    assert "1. set tenantServiceAccounts: cozy-fluxcd under spec.platform in ops/compute-plane.yaml" in answer.stdout
    assert (tmp_path / ".github/CODEOWNERS").read_text() == (
        "* @corp/ops @corp/leads\n/tenants/birch/declared/  @corp/birch @corp/ops @corp/leads\n"
    )
    spec = yaml.load((tmp_path / "tenants/birch/compute-plane.yaml").read_bytes())["spec"]
    assert (spec["target"], spec["kinds"]) == ({"flux": "2.9"}, [{"kind": "JupyterHub"}])
    assert (spec["defaults"], spec["network"]) == ({"interval": "7m"}, {"podCIDRs": []})
    assert spec["postBuild"] == {"variables": ["region"]}
    kustomization = flux_of(tmp_path, "birch")["Kustomization"]
    assert kustomization["metadata"] == {"name": "all-birch", "namespace": "cozy-fluxcd"}
    assert kustomization["spec"]["path"] == "./out/made/tenants/birch"
    assert kustomization["spec"]["sourceRef"]["name"] == "everything"
    assert kustomization["spec"]["dependsOn"] == [{"name": "all-ops"}]
    refused = run_in(tmp_path, "init", "tenant", "oak", "--namespace", "gitops")
    assert (refused.returncode, "[reserved-namespace]" in refused.stderr) == (1, True)


def test_a_repository_without_a_platforms_run(tmp_path: Path) -> None:
    """No tenant waits for what is not there, the second no more than the first; and no other object is taken for it."""
    plant(tmp_path, {"clusters/all.yaml": sync("all", "./")})
    for name in ("birch", "cedar"):
        answer = run_in(tmp_path, "init", "tenant", name)
        assert (answer.returncode, answer.stderr) == (0, "")
        kustomization = flux_of(tmp_path, name)["Kustomization"]
        assert kustomization["metadata"] == {"name": f"fleet-{name}", "namespace": "flux-system"}
        assert kustomization["spec"]["sourceRef"]["name"] == "fleet"
        assert "dependsOn" not in kustomization["spec"]
        assert "CODEOWNERS is not there" in answer.stdout
        assert "tenantServiceAccounts" not in answer.stdout


def test_a_platforms_kustomization_of_any_name(tmp_path: Path) -> None:
    """A tenant's is named after the tenant, where the platform's is not named after its folder."""
    platform = "apiVersion: krmfn.dev/v1alpha1\nkind: ComputePlane\nmetadata: {name: ops}\nspec: {scope: platform}\n"
    plant(tmp_path, {"ops/plane.yaml": platform, "clusters/ops.yaml": sync("first", "./made/ops")})
    assert run_in(tmp_path, "init", "tenant", "birch").returncode == 0
    kustomization = flux_of(tmp_path, "birch")["Kustomization"]
    assert kustomization["metadata"] == {"name": "birch", "namespace": "cozy-fluxcd"}
    assert kustomization["spec"]["dependsOn"] == [{"name": "first"}]


def test_what_is_there_stays(starter: Path) -> None:
    """A second time nothing is changed; of a tenant that is half there the rest is added."""
    assert run_in(starter, "init", "tenant", "birch").returncode == 0
    before = tree(starter)
    again = run_in(starter, "init", "tenant", "birch")
    assert again.returncode == 0
    assert again.stdout.count("stays as it is") == 3
    assert tree(starter) == before
    (starter / "flux/birch.yaml").unlink()
    assert run_in(starter, "init", "tenant", "birch").returncode == 0
    assert tree(starter).keys() == before.keys()


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("Birch",), "invalid-name"),
        (("../birch",), "invalid-name"),
        (("birch", "--namespace", "kube-system"), "reserved-namespace"),
        (("birch", "--namespace", "flux-system"), "reserved-namespace"),
        (("birch", "--namespace", "tenant-acme"), "namespace-claimed-twice"),
    ],
)
def test_a_tenant_that_cannot_be_is_refused(starter: Path, arguments: tuple[str, ...], code: str) -> None:
    """No name of a folder, no namespace of the platform or of another tenant; and nothing is written."""
    before = tree(starter)
    answer = run_in(starter, "init", "tenant", *arguments)
    assert (answer.returncode, f"[{code}]" in answer.stderr) == (1, True), answer.stderr
    assert tree(starter) == before


def test_a_repository_that_is_not_understood_gets_no_tenant(starter: Path) -> None:
    """What cannot be read may claim the namespace, and so may either of two ComputePlanes."""
    for path, text, code in (
        ("tenants/oak/plane.yaml", "apiVersion: krmfn.dev/v1alpha1\n\tkind: x", "unreadable-file"),
        ("tenants/acme/second.yaml", plane("{}", "tenant-acme", "second"), "ambiguous-config"),
    ):
        plant(starter, {path: text})
        before = tree(starter)
        answer = run_in(starter, "init", "tenant", "birch")
        assert (answer.returncode, f"[{code}]" in answer.stderr) == (1, True), answer.stderr
        assert tree(starter) == before
        (starter / path).unlink()


def test_a_link_in_place_of_codeowners_is_not_written_through(starter: Path) -> None:
    """It may lead to another repository's."""
    owners, elsewhere = starter / ".github/CODEOWNERS", starter.with_name("elsewhere")
    owners.rename(elsewhere)
    owners.symlink_to(elsewhere)
    before = elsewhere.read_bytes()
    assert run_in(starter, "init", "tenant", "birch").returncode == 0
    assert owners.is_symlink()
    assert elsewhere.read_bytes() == before


def test_usage(tmp_path: Path) -> None:
    """A folder called tenant is said by its path; --namespace is for a tenant; a file is no folder."""
    plant(tmp_path, {"file": "theirs"})
    assert run_in(tmp_path, "init", "file").returncode == 2
    for arguments in (("tenant",), ("tenant", "a", "b"), ("a", "b"), ("--namespace", "a"), ("tenant", "a", "--adopt")):
        assert run_in(tmp_path, "init", *arguments).returncode == 2
    assert run_in(tmp_path, "init", "./tenant").returncode == 0
    assert (tmp_path / "tenant/README.md").exists()


def test_a_kustomization_whose_run_is_gone_is_told(starter: Path) -> None:
    """Flux would find no path and remove nothing; renamed or gone, one line says what to do."""
    assert run_in(starter, "init", "tenant", "birch").returncode == 0
    assert "[applies-no-run]" not in run_in(starter, "check").stdout
    (starter / "tenants/acme").rename(starter / "tenants/moved")
    for remains in (starter / "tenants/moved", None):
        if remains is None:
            shutil.rmtree(starter / "tenants/moved")
        told = [line for line in run_in(starter, "check").stdout.splitlines() if "[applies-no-run]" in line]
        assert [line.split(", which is gone")[0] for line in told] == [
            "warning: flux/acme.yaml:79:3: Kustomization flux-system/fleet-acme spec.path: is rendered/tenants/acme"
        ]
    (starter / "rendered/tenants/acme").mkdir(parents=True)
    assert "[applies-no-run]" not in run_in(starter, "check").stdout


def test_a_run_that_flux_does_not_apply_is_told(starter: Path) -> None:
    """Check names it; where no Kustomization is among the files nothing is known, and nothing is said."""
    assert "[not-applied]" not in run_in(starter, "check").stdout
    (starter / "flux/acme.yaml").unlink()
    answer = run_in(starter, "check")
    assert answer.returncode == 0
    assert "no Kustomization here has a path that ends in acme" in answer.stdout
    assert answer.stdout.count("[not-applied]") == 1
    kept = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: all}\nspec: {"
    for spec, applied in (
        ("}", True),
        ("path: ./}", True),
        ("path: ./rendered/tenants}", True),
        ("path: ./rendered/acme}", True),
        ("path: ./elsewhere}", False),
        ("path: ./rendered}", False),
        ("suspend: true}", False),
    ):
        plant(starter, {"flux/all.yaml": f"{kept}{spec}\n"})
        assert ("[not-applied]" not in run_in(starter, "check").stdout) is applied, spec
    plant(starter, {"flux/all.yaml": f"{kept}path: ./rendered}}\n"})
    assert run_in(starter, "render", "--output-dir", "rendered").returncode == 0
    assert "[not-applied]" not in run_in(starter, "check").stdout
    (starter / "flux/all.yaml").unlink()
    (starter / "flux/fleet.yaml").unlink()
    assert "[not-applied]" not in run_in(starter, "check").stdout


def test_a_run_alone_may_be_applied_from_anywhere(tmp_path: Path) -> None:
    """Its output has no folder of its own below the one that is rendered to, and that may have any name."""
    flux = (
        "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: a}\nspec: {path: ./made}\n"
    )
    for folder in ("", "acme/"):
        files = {"plane.yaml": plane("{}"), "cache.yaml": redis("tenant-acme")}
        root = plant(tmp_path / f"a{folder}", {f"{folder}{path}": text for path, text in files.items()})
        plant(root, {"flux.yaml": flux})
        assert "[not-applied]" not in run_in(root, "check").stdout
