"""The catalog and the platform's own definitions and schemas: a shipped kind says what they say."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from krmfn import catalog, yaml
from krmfn.catalog import Catalog, Kind, join

ROOT = Path(catalog.__file__).parent
SHIPPED = Catalog.shipped()
# Real inputs that nobody here wrote, beside the project and not in it; without them these tests do not exist.
DATA = ROOT.parents[2] / "shared" / "data"
SCHEMA = DATA / "cozystack-1.6.2" / "schemas" / "kubernetes.json"


def rendered(parts: tuple[str, ...], kind: Kind) -> str:
    name = kind.name or "n"
    return join(parts, release=kind.prefix + name, name=name, user="u")


# Where the platform's definitions select something that the catalog does not have, and why.
NOT_OURS = {
    "seaweedfs-seaweedfs-s3": "its chart calls it seaweedfs-s3 (cozystack v1.6.2, packages/extra/seaweedfs)",
    "bootbox": "machines boot from it; no app connects to it",
    "bucket-n-credentials": "the keys of the first user, for the bucket's web page; each user has a Secret",
    "etcd": "holds the control planes of the tenant's clusters; no app connects to it",
    "kubernetes-n-ingress-nginx": "leads to the worker nodes, not to the pods of the API server",
    "kubernetes-n-admin-kubeconfig": "an administrator's; no connection may hand it out",
    "kubernetes-n-oidc-kubeconfig": "a person's; no connection may hand it out",
    "kubeconfig-tenant-t": "a person's, of module Info",
    "tenant-t": "a person's, of module Info",
    "t-ingress-controller": "reached by the host names it serves",
    "n-credentials": "Harbor's definition lacks the release's prefix",
    "n": "Harbor's definition lacks the release's prefix",
}


def definitions() -> Iterator[dict[str, Any]]:
    for path in sorted(DATA.glob("applicationdefinitions*/**/*.yaml")):
        yield from yaml.load_all(path.read_text())


def selected(definition: dict[str, Any], field: str, kind: Kind) -> set[str]:
    """Return the names that a definition's selectors spell for the app `n` (a module's own name) in tenant-t."""
    replacements = {
        "{{ .name }}": kind.name or "n",
        "{{ .namespace }}": "tenant-t",
        "{{ slice .namespace 7 }}": "t",
    }
    names = set()
    for selector in definition["spec"].get(field, {}).get("include", []):
        for name in selector.get("resourceNames", []):
            for template, value in replacements.items():
                name = name.replace(template, value)  # noqa: PLW2901
            names.add(name)
    return names


if DATA.is_dir():
    DEFINITIONS = list(definitions())

    @pytest.mark.parametrize(
        "definition", DEFINITIONS, ids=lambda definition: definition["spec"]["application"]["kind"]
    )
    def test_a_kind_is_the_platforms(definition: dict[str, Any]) -> None:
        """A shipped kind becomes the release that the platform's own definition makes of it."""
        application, release = definition["spec"]["application"], definition["spec"]["release"]
        kind = SHIPPED.kind(application["kind"])
        assert kind is not None
        assert kind.plural == application["plural"]
        assert kind.prefix == release["prefix"]
        assert kind.chart_ref._asdict() == release["chartRef"]
        labels = release.get("labels", {})
        assert kind.labels == {key: value for key, value in labels.items() if key != "sharding.fluxcd.io/key"}
        annotations = definition["metadata"].get("annotations", {})
        assert kind.install_timeout == annotations.get("release.cozystack.io/helm-install-timeout", "")
        assert kind.upgrade_timeout == annotations.get("release.cozystack.io/helm-upgrade-timeout", "")
        assert kind.disable_wait == (annotations.get("release.cozystack.io/helm-install-disable-wait") == "true")
        dashboard = definition["spec"].get("dashboard", {})
        assert kind.name == (dashboard["name"] if dashboard.get("module") else "")
        assert kind.health_checks == ()

    @pytest.mark.parametrize(
        "definition", DEFINITIONS, ids=lambda definition: definition["spec"]["application"]["kind"]
    )
    def test_services_and_secrets_are_the_platforms(definition: dict[str, Any]) -> None:
        """Services and Secrets that a definition names are the catalog's, save those left out for a reason."""
        kind = SHIPPED.kind(definition["spec"]["application"]["kind"])
        assert kind is not None
        services = {rendered(service.name, kind) for service in kind.services}
        secrets = {rendered(credentials.secret, kind) for credentials in kind.credentials}
        assert selected(definition, "services", kind) - NOT_OURS.keys() <= services
        assert selected(definition, "secrets", kind) - NOT_OURS.keys() <= secrets
        if selected(definition, "services", kind) - NOT_OURS.keys():
            assert services == selected(definition, "services", kind) - NOT_OURS.keys()

    def test_every_kind_of_the_platform_is_shipped() -> None:
        """Every definition at hand is of a shipped kind; two more of cozyllm are in a repository of their own."""
        kinds = {definition["spec"]["application"]["kind"] for definition in DEFINITIONS}
        assert set(SHIPPED.kind_names()) - kinds == {"N8n", "OpenWebUI"}

    def test_values_are_the_charts() -> None:
        """Whatever profiles, bundles and addons set is a value of the real chart, with a type and a choice it takes."""
        schema = json.loads(SCHEMA.read_text())
        values: list[Mapping[str, Any]] = []
        for name in SHIPPED.isolation_names():
            profile = SHIPPED.isolation(name)
            assert profile
            values.append(profile.get("pins", {}))
        for name in SHIPPED.component_names():
            component = SHIPPED.component(name)
            assert component
            values.append(component.get("values", {}))
        for name in SHIPPED.bundle_names():
            bundle = SHIPPED.bundle(name)
            assert bundle
            values.append(bundle.values)
        for addon in SHIPPED.addons():
            nested: Any = True
            for step in reversed(addon.enabled_by):
                nested = {step: nested}
            values.append(nested if addon.enabled_by else {})
        for value in values:
            check_value(value, schema, "")


def check_value(value: Any, schema: dict[str, Any], path: str) -> None:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            assert key in schema["properties"], f"{path}.{key}"
            check_value(inner, schema["properties"][key], f"{path}.{key}")
    else:
        assert schema["type"] == {bool: "boolean", str: "string"}[type(value)], path
        assert value in schema.get("enum", [value]), path
