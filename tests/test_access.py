"""Who may read, change, enter or delete what: `krmfn why --access`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft202012Validator

from krmfn.access.roles import APPS, platform_roles
from krmfn.catalog import Catalog
from tests.command_line import run_in
from tests.declarations import app, plane
from tests.folders import plant
from tests.test_reach import FILES, KINDS, write

if TYPE_CHECKING:
    from tests.command_line import Text

SCHEMA = Path(__file__).parents[1] / "docs/access.schema.json"
READERS = ["view", "use", "admin", "super-admin", "account"]
USERS, ADMINS = READERS[1:], READERS[2:]


def ask(folder: Path, *question: str) -> Text:
    return run_in(folder, "why", *question, "--access")


def told(folder: Path, *question: str) -> dict[str, dict[str, Any]]:
    """What is said of each action."""
    answer = ask(folder, *question, "--output", "json")
    assert answer.returncode == 0, answer.stderr
    document = json.loads(answer.stdout)
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(document)
    return {each["action"]: each for each in document["access"]}


def test_a_sandbox_withholds_what_it_can_and_says_what_it_cannot(tmp_path: Path) -> None:
    """Its kubeconfig and its values; the TenantSecret and the consoles stay open, and the issue is named."""
    found = told(write(tmp_path, FILES), "Kubernetes/box")
    assert {action: each["tiers"] for action, each in found.items()} == {
        "read": READERS,
        "change": ADMINS,
        "delete": ADMINS,
        "kubeconfig": USERS,
        "console": USERS[:-1],
        "ports": USERS[:-1],
        "power": USERS[:-1],
    }
    assert "guards" in found["change"]["withheld"]
    assert "is removed" in found["kubeconfig"]["withheld"]
    assert "TenantSecret" in found["kubeconfig"]["open"]
    assert found["console"]["issue"] == "https://github.com/cozystack/cozystack/issues/4172"
    assert found["power"]["issue"] == "https://github.com/cozystack/cozystack/issues/4173"


def test_an_open_cluster_withholds_nothing(tmp_path: Path) -> None:
    """Nothing is called withheld that is not, and nothing open that is meant to be."""
    found = told(write(tmp_path, FILES), "tenant-acme/Kubernetes/open")
    assert found["kubeconfig"]["tiers"] == USERS
    assert not any(each.keys() & {"withheld", "open", "issue"} for each in found.values())


def test_of_the_module_cluster_nothing_is_withheld(tmp_path: Path) -> None:
    """Its release is the platform's: no guard holds its values, and its Secret is shown, whatever its profile says."""
    module = "clusters: [{name: inner, module: true, isolationProfile: sandbox}]"
    chart = "objectsChart: {chartRef: {kind: OCIRepository, name: krmfn-objects, namespace: cozy-public}}"
    network = "network: {apiServerAddresses: []}"
    write(tmp_path, {"plane.yaml": plane(f"{{target: {{cozystack: next}}, {network}, {chart}, {module}}}")})
    found = told(tmp_path, "Kubernetes/computeplane-cluster")
    assert found["kubeconfig"]["tiers"] == USERS
    assert not any("withheld" in each for each in found.values())
    assert found["console"]["open"] == "no role can name the machines of one cluster"


def test_apps(tmp_path: Path) -> None:
    """A kind of the platform is the administrators' to change; a placed app is a HelmRelease, which no tier reads."""
    write(tmp_path, FILES)
    postgres = told(tmp_path, "Postgres/main")
    assert (postgres["read"]["tiers"], postgres["change"]["tiers"]) == (READERS, ADMINS)
    assert postgres["credentials"]["tiers"] == USERS
    flows = told(tmp_path, "N8n/flows")
    assert [each["tiers"] for each in flows.values()] == [[], [], []]
    assert "inside Kubernetes/box" in flows["read"]["open"]


def test_the_answer_for_a_person(tmp_path: Path) -> None:
    """One line an action, and below it what is withheld and what stays open."""
    lines = ask(write(tmp_path, FILES), "Kubernetes/box").stdout.splitlines()
    assert lines[:3] == [
        "tenant-acme/Kubernetes/box",
        "  read         view, use, admin, super-admin, account",
        "  change       admin, super-admin, account",
    ]
    assert lines[3].startswith("               withheld: ")
    assert lines[-1].endswith("(https://github.com/cozystack/cozystack/issues/4173)")


def test_what_the_platform_output_adds_counts(tmp_path: Path) -> None:
    """A kind that administrators may change by `mutation: tenant-admin` of the platform's run is theirs to change."""
    litellm = app("Litellm", "models")
    (tmp_path / "acme").mkdir()
    write(tmp_path / "acme", {"plane.yaml": plane("{}"), "models.yaml": litellm})
    assert told(tmp_path, "Litellm/models")["change"]["tiers"] == ["super-admin", "account"]
    (tmp_path / "platform").mkdir()
    kinds = "{scope: platform, kinds: [{kind: Litellm, mutation: tenant-admin}]}"
    platform = f"apiVersion: krmfn.dev/v1alpha1\nkind: ComputePlane\nmetadata: {{name: platform}}\nspec: {kinds}\n"
    write(tmp_path / "platform", {"plane.yaml": platform})
    assert told(tmp_path, "Litellm/models")["change"]["tiers"] == ADMINS


def test_a_kind_of_ones_own_is_known_by_its_plural(tmp_path: Path) -> None:
    """The role of the platform output names it, so administrators may change it; without a plural that is not known."""
    own = "{kind: Gadget, prefix: gadget-, chartRef: {kind: OCIRepository, name: gadget}%s}"
    for more, tiers in (("", ADMINS[1:]), (", plural: gadgets, mutation: tenant-admin", ADMINS)):
        kind = own % more
        head = "apiVersion: krmfn.dev/v1alpha1\nkind: ComputePlane\nmetadata: {name: platform}\nspec: "
        plant(
            tmp_path,
            {
                "platform/plane.yaml": f"{head}{{scope: platform, kinds: [{kind}]}}\n",
                "acme/plane.yaml": plane(f"{{kinds: [{kind}]}}"),
                "acme/odd.yaml": app("Gadget", "odd"),
            },
        )
        found = told(tmp_path, "Gadget/odd")
        assert found.keys() == {"read", "change", "delete"}, "krmfn knows of no Secret that it has"
        change = found["change"]
        assert change["tiers"] == tiers
        assert ("does not know the plural" in change.get("open", "")) == (not more)


def test_clusters_of_two_tenants_may_have_secrets_of_one_name(tmp_path: Path) -> None:
    """Each is asked about by its namespace; who may read it is not known, and nobody is not said."""
    for name in ("acme", "birch"):
        cluster = f"{{name: old-{name}, kubeConfig: {{secretRef: {{name: kubeconfig}}}}}}"
        plant(tmp_path, {f"{name}/plane.yaml": plane(f"{{clusters: [{cluster}]}}", f"tenant-{name}", name)})
    for name in ("acme", "birch"):
        lines = ask(tmp_path, "secret/kubeconfig", "-n", f"tenant-{name}").stdout.splitlines()
        assert lines[:2] == [f"tenant-{name}/Kubernetes/old-{name}", "  kubeconfig   unknown"]
    several = ask(tmp_path, "kubeconfig")
    assert several.returncode == 2
    assert "write one of tenant-acme/Kubernetes/old-acme, tenant-birch/Kubernetes/old-birch" in several.stderr


def test_plain_flux_has_no_tiers(tmp_path: Path) -> None:
    """There the roles are the user's own, and nothing is claimed of them."""
    write(
        tmp_path, {"plane.yaml": plane(f"{{target: {{cozystack: none}}, {KINDS}}}"), "odd.yaml": app("Gadget", "odd")}
    )
    assert told(tmp_path, "Gadget/odd") == {}
    assert "up to your own roles" in ask(tmp_path, "Gadget/odd").stdout


@pytest.mark.parametrize(
    ("name", "says"),
    [("Kubernetes/bxo", 'did you mean "Kubernetes/box"?'), ("tenant-blue/Kubernetes/box", "no cluster or app")],
)
def test_what_is_not_there(tmp_path: Path, name: str, says: str) -> None:
    """The nearest name that is there; exit 2, and nothing on stdout."""
    answer = ask(write(tmp_path, FILES), name)
    assert (answer.returncode, answer.stdout) == (2, "")
    assert says in answer.stderr


def test_rules_are_read_as_kubernetes_reads_them() -> None:
    """`*` is every resource and subresource; a resource is not its subresources; names narrow a rule."""
    roles = platform_roles(Catalog.shipped())
    assert roles.allowed("get", APPS, "gadgets") == tuple(READERS)
    assert roles.allowed("get", APPS, "gadgets/status") == tuple(READERS)
    assert roles.allowed("get", "subresources.kubevirt.io", "virtualmachineinstances") == ()
    assert roles.allowed("get", "", "secrets", "any") == ()
    assert roles.allowed("deletecollection", APPS, "postgreses") == tuple(ADMINS[1:])
    for verb in ("create", "update", "patch", "delete"):
        assert roles.allowed(verb, APPS, "postgreses") == tuple(ADMINS)
        assert roles.allowed(verb, APPS, "gadgets") == tuple(ADMINS[1:])
        assert platform_roles(Catalog.shipped(), ["gadgets"]).allowed(verb, APPS, "gadgets") == tuple(ADMINS)
    shown = roles.with_shown("main-credentials")
    for verb in ("list", "watch"):
        assert shown.allowed(verb, "", "secrets", "main-credentials") == tuple(USERS)
    assert shown.allowed("get", "", "secrets", "main-credentials") == tuple(USERS)
    assert shown.allowed("get", "", "secrets", "other") == ()
    assert shown.allowed("get", "", "secrets") == ()
