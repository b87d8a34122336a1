"""What the pages and the results of krmfn say of Flux, where no scenario shows it."""

from __future__ import annotations

import base64
import time
from typing import TYPE_CHECKING, Any

import pytest

from krmfn import yaml
from tests.engine import flux
from tests.engine.api import CONFIG_MAP, HELM_RELEASE, KUSTOMIZATION, SECRET
from tests.engine.manifests import app, placement
from tests.tools.programs import TESTS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.engine.api import Object
    from tests.engine.engine import Engine
    from tests.engine.tenants import Tenant

OWNER = "kustomize.toolkit.fluxcd.io/name"
DEMO = TESTS.parent / "kustomize/demo"


def reconciled(engine: Engine, namespace: str, name: str, check: Callable[[Object], bool], what: str) -> None:
    """Ask for a release to be reconciled as `flux reconcile` does, and wait for what comes of it."""
    asked = {"metadata": {"annotations": {"reconcile.fluxcd.io/requestedAt": str(time.time_ns())}}}
    engine.a.patch(HELM_RELEASE, namespace, name, asked)

    def found() -> bool:
        release = engine.a.get(HELM_RELEASE, namespace, name)
        return release is not None and check(release)

    engine.wait_for(what, found, 120, seen=lambda: flux.conditions(engine.a.get(HELM_RELEASE, namespace, name)))


def test_flux_runs_no_functions(engine: Engine) -> None:
    """A Kustomization of the declarations themselves, with krmfn as their transformer, builds nothing."""
    tenant = engine.tenant("tenant-functions")
    tenant.rendered.mkdir()
    for path in DEMO.rglob("*"):
        if path.is_file():
            copy = tenant.rendered / path.relative_to(DEMO)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(path.read_bytes())
    tenant.push("declarations, not rendered")
    tenant.sync()

    def told() -> str:
        return flux.conditions(engine.a.get(KUSTOMIZATION, flux.NAMESPACE, tenant.namespace))

    engine.wait_for("Flux to refuse", lambda: "external plugins disabled" in told(), 120, seen=told)
    assert engine.a.all(HELM_RELEASE, tenant.namespace) == []


def test_of_two_kustomizations_the_last_one_owns_an_object(engine: Engine) -> None:
    """The end of the one that applied it first leaves it there; the end of its owner takes it."""
    tenant = engine.tenant("tenant-owned-twice")
    place = (CONFIG_MAP, tenant.namespace, "shared")
    shared = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "shared", "namespace": tenant.namespace}}
    tenant.rendered.mkdir()
    (tenant.rendered / "shared.yaml").write_text(yaml.dump(shared), encoding="utf-8")
    commit = tenant.push("one object")
    tenant.sync()
    first, second = tenant.namespace, f"{tenant.namespace}-too"
    spec = tenant.wait_until_applied(commit)["spec"]

    def owner() -> str:
        found = engine.a.get(*place)
        assert found
        return str(found["metadata"]["labels"][OWNER])

    assert owner() == first
    head = {"apiVersion": KUSTOMIZATION.api_version, "kind": KUSTOMIZATION.kind}
    engine.a.apply({**head, "metadata": {"name": second, "namespace": flux.NAMESPACE}, "spec": spec})
    engine.wait_until_ready(engine.a, KUSTOMIZATION, flux.NAMESPACE, second)
    assert owner() == second
    engine.a.delete(KUSTOMIZATION, flux.NAMESPACE, first)
    engine.wait_until_gone(engine.a, KUSTOMIZATION, flux.NAMESPACE, first)
    assert owner() == second
    engine.a.delete(KUSTOMIZATION, flux.NAMESPACE, second)
    engine.wait_until_gone(engine.a, KUSTOMIZATION, flux.NAMESPACE, second)
    assert engine.a.get(*place) is None


def with_credential(tenant: Tenant, target: str) -> None:
    """An app on a cluster that gets a database's password."""
    name = tenant.namespace
    credentials = [{"key": "bus", "targetPath": "auth.password"}]
    tenant.declare(
        app(name, "Kubernetes", "lab"),
        app(name, "Postgres", "main", users={"bus": {}}),
        app(name, "NATS", name),
        placement(
            name,
            "bus",
            "lab",
            ("NATS", name),
            connections=[{"to": {"kind": "Postgres", "name": "main"}, "ports": [5432], "credentials": credentials}],
        ),
        configuration={"target": {"flux": target, "cozystack": "1.6"}},
    )


@pytest.fixture(scope="module")
def before_literal(engine: Engine) -> Tenant:
    """A tenant whose output is for Flux 2.8, and whose password is all digits."""
    tenant = engine.tenant("tenant-before-literal", "12345")
    with_credential(tenant, "2.8")
    commit = tenant.push("an app that gets a password")
    tenant.sync()
    tenant.wait_until_applied(commit)
    return tenant


def test_a_password_of_digits_becomes_a_number_before_flux_2_9(engine: Engine, before_literal: Tenant) -> None:
    """As krmfn warns, without `literal` what looks like a number is one."""
    release = f"nats-{before_literal.namespace}"
    assert before_literal.values_of(engine.b, release, release) == {"auth": {"password": 12345}}


def test_a_password_with_a_comma_breaks_out_before_flux_2_9(engine: Engine, before_literal: Tenant) -> None:
    """As krmfn warns, without `literal` what follows a comma becomes a value of its own."""
    tenant, release = before_literal, f"nats-{before_literal.namespace}"
    rotated = {"data": {"bus": base64.b64encode(b"open,sesame=1").decode()}}
    engine.a.patch(SECRET, tenant.namespace, "postgres-main-credentials", rotated)
    expected = {"auth": {"password": "open"}, "sesame": 1}
    reconciled(
        engine,
        tenant.namespace,
        f"{release}-on-lab",
        lambda _: tenant.values_of(engine.b, release, release) == expected,
        "the password to arrive in two pieces",
    )


@pytest.mark.parametrize(
    ("path", "inline", "expected"),
    [
        ("password", {"password": "placeholder"}, {"password": "placeholder"}),
        ("auth.password", {"auth": {"password": "placeholder"}}, {"auth": {"password": "secret"}}),
    ],
    ids=["at the top", "below"],
)
def test_of_an_inline_value_and_a_secret_either_wins(
    engine: Engine, before_literal: Tenant, path: str, inline: Object, expected: Object
) -> None:
    """Why krmfn refuses both at one place: at the top of the values the inline one wins, further down the Secret's.

    Flux sets the Secret's value in a copy of the inline ones, and copies only the topmost map.
    """
    tenant, release = before_literal, f"nats-{before_literal.namespace}"
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "other", "namespace": tenant.namespace}}
    engine.a.apply({**secret, "stringData": {"key": "secret"}})
    reference = {"kind": "Secret", "name": "other", "valuesKey": "key", "targetPath": path}
    spec = {"valuesFrom": [reference], "values": {"auth": None, "password": None, "marker": path, **inline}}
    engine.a.patch(HELM_RELEASE, tenant.namespace, f"{release}-on-lab", {"spec": spec})
    tenant.wait_for_values(engine.b, release, release, lambda values: values.get("marker") == path)
    assert tenant.values_of(engine.b, release, release) == {"marker": path, **expected}


@pytest.fixture(scope="module")
def running(engine: Engine) -> Tenant:
    """A tenant with an app on the management plane and one on a cluster."""
    tenant = engine.tenant("tenant-renaming")
    declared(tenant)
    commit = tenant.push("two apps")
    tenant.sync()
    tenant.wait_until_applied(commit)
    return tenant


def declared(tenant: Tenant, *apps: str, configuration: Object | None = None, **placed: Any) -> None:
    """What that tenant declares, by the names of its apps on the management plane."""
    name = tenant.namespace
    tenant.declare(
        app(name, "Kubernetes", "lab"),
        *(app(name, "NATS", each) for each in apps or ("bus",)),
        app(name, "NATS", "renaming", size=1),
        placement(name, "renaming", "lab", ("NATS", "renaming"), **placed),
        configuration=configuration,
    )


def test_another_namespace_leaves_what_is_in_the_old_one(engine: Engine, running: Tenant) -> None:
    """Why krmfn check refuses it: Flux uninstalls with the new namespace in mind, and what it installed runs on."""
    declared(running, targetNamespace="elsewhere")
    running.push("another namespace")
    refused = running.krmfn("check", "--against", "HEAD~1")
    assert refused.returncode == 1
    assert "[namespace-changed]" in refused.stdout
    engine.wait_for(
        "the release to be in its new place",
        lambda: engine.b.get(CONFIG_MAP, "elsewhere", "nats-renaming-values"),
        120,
        seen=running.said,
    )
    engine.wait_until_ready(engine.a, HELM_RELEASE, running.namespace, "nats-renaming-on-lab")
    assert engine.b.get(CONFIG_MAP, "nats-renaming", "nats-renaming-values"), "Flux has learnt to: let krmfn allow it"
    assert not engine.b.all(SECRET, "nats-renaming"), "and nobody knows of it: Helm's own record is gone"


def test_another_name_is_another_release(engine: Engine, running: Tenant) -> None:
    """A declaration that is renamed: what had the old name is uninstalled, and its data with it."""
    declared(running, "renamed", targetNamespace="elsewhere")
    running.wait_until_applied(running.push("another name"))
    engine.wait_until_gone(engine.a, HELM_RELEASE, running.namespace, "nats-bus")
    assert engine.a.get(CONFIG_MAP, running.namespace, "nats-bus-values") is None
    assert engine.a.get(CONFIG_MAP, running.namespace, "nats-renamed-values")


def test_protected_data_outlives_its_declaration(engine: Engine, running: Tenant) -> None:
    """With `spec.protect: data` what holds data stays when it leaves Git, as every cluster does."""
    protecting = {"protect": "data"}
    declared(running, "renamed", "gone", configuration=protecting, targetNamespace="elsewhere")
    running.wait_until_applied(running.push("protected"))
    released = yaml.load((running.rendered / running.namespace / "helmrelease-nats-gone.yaml").read_bytes())
    assert released["metadata"]["annotations"]["kustomize.toolkit.fluxcd.io/prune"] == "disabled"
    declared(running, "renamed", configuration=protecting, targetNamespace="elsewhere")
    running.wait_until_applied(running.push("one less"))
    kept = engine.a.get(HELM_RELEASE, running.namespace, "nats-gone")
    assert kept
    assert "deletionTimestamp" not in kept["metadata"]
    assert engine.a.get(CONFIG_MAP, running.namespace, "nats-gone-values")
