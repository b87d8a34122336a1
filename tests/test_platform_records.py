"""The catalog against what Cozystack's own charts rendered when they were run: names, keys, ports, pods, addons, roles.

With a checkout of the platform tests/platform/test_charts.py renders them anew (`make judges`). Records lie beside the
project and not in it: without them these tests do not exist, and the report's header says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from krmfn.catalog import Catalog, Condition
from krmfn.topology.clusters.addons import enabled_addons, exempt_namespaces
from tests.platform.naming import disagreements, operators, shipped
from tests.platform.records import RECORDS, kinds, load, recorded, render, renders

if TYPE_CHECKING:
    from collections.abc import Callable

    from krmfn.catalog import Kind
    from krmfn.resourcelist import Resource
    from tests.platform.records import Render

SHIPPED = Catalog.shipped()


def test_operators_are_cited() -> None:
    """What operators make is a table of its own, each entry with its source at a version."""
    assert len(operators()) > 10
    for kind, entry in operators().items():
        assert SHIPPED.kind(kind)
        assert entry["source"].startswith("https://github.com/")
        assert entry.keys() & {"services", "secrets", "pods"}


if RECORDS.is_dir():
    RENDERS = [stem for stem, kind in recorded().items() if kind != "Tenant"]
    CLUSTERS = [stem for stem in RENDERS if recorded()[stem] == "Kubernetes"]
    [PACKAGES] = [load(RECORDS / "packages.yaml")[0]]
    TENANT_ADMIN = "cozy:tenant:admin:base"

    def shown(stem: str) -> str:
        return stem.removesuffix("-2")

    def without_conditions(kind: Kind) -> Kind:
        return kind._replace(
            services=tuple(each._replace(when=()) for each in kind.services),
            credentials=tuple(each._replace(when=()) for each in kind.credentials),
        )

    def not_late(kind: Kind) -> Kind:
        return kind._replace(credentials=tuple(each._replace(late=()) for each in kind.credentials))

    def by_the_users_own_name(kind: Kind) -> Kind:
        spelt = (
            each._replace(secret=tuple("user" if part == "kebab-user" else part for part in each.secret))
            for each in kind.credentials
        )
        return kind._replace(credentials=tuple(spelt))

    def with_a_read_only_key(kind: Kind) -> Kind:
        return kind._replace(credentials=tuple(each._replace(keys=("read-only-api-key",)) for each in kind.credentials))

    def by_the_definitions_name(kind: Kind) -> Kind:
        return kind._replace(
            services=tuple(each._replace(name=("seaweedfs-", "name", "-s3")) for each in kind.services)
        )

    def on_all_pods(kind: Kind) -> Kind:
        services = (
            each._replace(ports=tuple(port._replace(pods=("", "")) for port in each.ports)) for each in kind.services
        )
        return kind._replace(services=tuple(services))

    def never_without_sharding(kind: Kind) -> Kind:
        never = Condition(("sharding",), default=False, literal="x", is_=True)
        return kind._replace(services=tuple(each._replace(when=(never,)) for each in kind.services))

    def of_another_pod(kind: Kind) -> Kind:
        """The pods that serve ports of Grafana and Alerta, under another name."""
        services = (
            each._replace(ports=tuple(port._replace(pods=("app", f"{port.pods[1]}x")) for port in each.ports))
            for each in kind.services
        )
        return kind._replace(services=tuple(services))

    def with_a_connection_string(kind: Kind) -> Kind:
        return kind._replace(
            credentials=tuple(each._replace(keys=(*each.keys, "connection_string")) for each in kind.credentials)
        )

    TAKEN_BACK: dict[str, tuple[str, Callable[[Kind], Kind]]] = {
        "a Redis without a password": ("Redis", without_conditions),
        "an OpenSearch without dashboards": ("OpenSearch", without_conditions),
        "a MongoDB without shards": ("MongoDB", without_conditions),
        "a Postgres that nobody reaches from outside": ("Postgres", without_conditions),
        "a TCPBalancer without Talos": ("TCPBalancer", without_conditions),
        "what is there, taken for gone": ("MongoDB", never_without_sharding),
        "a password that comes late": ("MongoDB", not_late),
        "keys of a bucket that come late": ("Bucket", not_late),
        "users in kebab case": ("RabbitMQ", by_the_users_own_name),
        "keys of a Qdrant": ("Qdrant", with_a_read_only_key),
        "the Service of a SeaweedFS": ("SeaweedFS", by_the_definitions_name),
        "the other pods of a Harbor": ("Harbor", on_all_pods),
        "the pods of a Monitoring": ("Monitoring", of_another_pod),
        "keys of a later operator": ("RabbitMQ", with_a_connection_string),
    }
    """What was found when the charts were run: each would be found again."""

    def test_each_kind_of_the_platform_was_rendered() -> None:
        """Twice, with other options; but for pools of nodes, which no bundle of the release installs."""
        found = [*recorded().values()]
        named = {kind for kind, _ in kinds().values()}
        assert named - set(found) == {"KubernetesNodes"}
        assert all(found.count(kind) > 1 for kind in set(found))

    @pytest.mark.parametrize("stem", RENDERS, ids=shown)
    def test_names_are_those_of_the_charts(stem: str) -> None:
        """Services and their ports, Secrets and their keys, labels of pods: as the catalog says, and only then."""
        assert list(disagreements(shipped(render(stem)), render(stem))) == []

    @pytest.mark.parametrize("what", TAKEN_BACK)
    def test_what_was_found_would_be_found_again(what: str) -> None:
        """With one mend taken back, a render disagrees."""
        name, take_back = TAKEN_BACK[what]
        kind = SHIPPED.kind(name)
        assert kind
        assert take_back(kind) != kind
        assert [found for each in renders(name) for found in disagreements(take_back(kind), each)]

    def addon_releases(cluster: Render) -> dict[str, str]:
        """The HelmReleases that the chart puts on the cluster, with their namespaces there."""
        remote = {
            name: each["spec"] for name, each in cluster.of_kind("HelmRelease").items() if "kubeConfig" in each["spec"]
        }
        return {name: spec["targetNamespace"] for name, spec in remote.items()}

    @pytest.mark.parametrize("stem", CLUSTERS, ids=shown)
    def test_addons_are_those_of_the_chart(stem: str) -> None:
        """A cluster has the addon releases that the catalog says, in these namespaces, and no other."""
        cluster = render(stem)
        enabled = enabled_addons(cluster.values, SHIPPED)
        said = {
            f"{cluster.release}-{each.release}": each.namespace for each in SHIPPED.addons() if each.name in enabled
        }
        assert addon_releases(cluster) == said
        assert set(exempt_namespaces(enabled, SHIPPED)) == {"kube-system", *said.values()}

    def test_every_addon_was_seen() -> None:
        """One of the renders has all of them."""
        assert {len(addon_releases(render(each))) for each in CLUSTERS} >= {6, len(SHIPPED.addons())}

    def test_roles_are_the_platforms() -> None:
        """The kinds that the platform's own role lets a tenant's administrators change are those of the catalog."""
        roles: dict[str, Resource] = {each["metadata"]["name"]: each for each in load(RECORDS / "roles.yaml")}
        changed: set[str] = set()
        for rule in roles[TENANT_ADMIN]["rules"]:
            if rule["apiGroups"] == ["apps.cozystack.io"] and {"create", "update", "delete"} <= {*rule["verbs"]}:
                changed |= set(rule["resources"])
        plurals = {kind.plural for name in SHIPPED.kind_names() if (kind := SHIPPED.kind(name))}
        assert set(SHIPPED.tenant_admin()) == changed & plurals
        assert len(changed & plurals) > 20

    def test_tiers_may_do_what_the_platforms_roles_say() -> None:
        """Each rule of each tier's own role, and of the ServiceAccount's, is in the catalog, and no other is."""
        roles: dict[str, Resource] = {each["metadata"]["name"]: each for each in load(RECORDS / "roles.yaml")}
        said = SHIPPED.platform_roles()
        for tier, rules in {**said.tiers, "account": said.account}.items():
            name = "cozy:tenant:base" if tier == "account" else f"cozy:tenant:{tier}:base"
            record = {
                (group, resource, verb)
                for rule in roles[name]["rules"]
                for group in rule["apiGroups"]
                for resource in rule["resources"]
                for verb in rule["verbs"]
            }
            mine = {
                (each.group, resource, verb) for each in rules for resource in each.resources for verb in each.verbs
            }
            if tier == "admin":
                # The kinds are a list of their own, which the test above holds.
                record = {each for each in record if each[0] != "apps.cozystack.io"}
            assert mine == record, tier
        assert tuple(said.tiers) == ("view", "use", "admin", "super-admin")

    def test_kinds_are_those_that_the_release_installs() -> None:
        """A kind of the platform that its bundles do not bring comes with a later release, and the catalog says so."""
        packages: list[dict[str, Any]] = PACKAGES
        installed = {kind for package in packages for kind in package.get("kinds", ())}
        assert len(installed) > 25
        for name in SHIPPED.kind_names():
            kind = SHIPPED.kind(name)
            assert kind
            if kind.chart_ref.kind == "ExternalArtifact":
                assert (name in installed) == (not kind.feature), name
        definitions = {
            kind: load(RECORDS / "applicationdefinitions" / f"{file}.yaml")[0] for file, (kind, _) in kinds().items()
        }
        for name, definition in definitions.items():
            kind = SHIPPED.kind(name)
            assert kind
            release = definition["spec"]["release"]
            assert kind.chart_ref._asdict() == release["chartRef"]
            assert (kind.prefix, kind.plural) == (release["prefix"], definition["spec"]["application"]["plural"])
