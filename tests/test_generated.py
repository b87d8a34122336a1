"""Laws on repositories that nobody wrote: any clusters, apps, placements and connections, declared in any way."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from krmfn import function, resourcelist, yaml
from tests.laws import LAWS, Case

NAMESPACES = ("tenant-acme", "tenant-beta")
NAMES = ("a", "b", "main", "on-a")
PLACEABLE = ("ComfyUI", "JupyterHub", "N8n")
SERVICES = ("Postgres", "Redis", "Bucket")
VALUES: dict[str, Any] = {"Postgres": {"users": {"lab": {}}, "size": "10Gi"}, "Redis": {"replicas": 2}}


@st.composite
def _names(draw: st.DrawFn) -> str:
    return draw(st.sampled_from(NAMES))


def _object(group: str, kind: str, name: str, namespace: str, spec: Any) -> dict[str, Any]:
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": f"{group}/v1alpha1", "kind": kind, "metadata": metadata, "spec": spec}


@st.composite
def clusters(draw: st.DrawFn, namespace: str) -> dict[str, Any]:
    spec = {
        key: draw(st.sampled_from(values))
        for key, values in (
            ("isolationProfile", ("standard", "sandbox", "sandbx")),
            ("componentProfile", ("minimal", "standard-addons", "gpu")),
        )
        if draw(st.booleans())
    }
    marks = {"krmfn.dev/confirm-deletion": draw(_names())} if draw(st.integers(0, 5)) == 0 else {}
    made = _object("apps.cozystack.io", "Kubernetes", draw(_names()), namespace, spec)
    return {**made, "metadata": {**made["metadata"], "annotations": marks}} if marks else made


@st.composite
def apps(draw: st.DrawFn, namespace: str) -> dict[str, Any]:
    kind = draw(st.sampled_from((*PLACEABLE, *SERVICES)))
    return _object("apps.cozystack.io", kind, draw(_names()), namespace, VALUES.get(kind, {}))


@st.composite
def placements(draw: st.DrawFn, namespace: str) -> dict[str, Any]:
    spec: dict[str, Any] = {
        "cluster": draw(_names()),
        "apps": [
            {"kind": draw(st.sampled_from(PLACEABLE)), "name": draw(_names())} for _ in range(draw(st.integers(1, 2)))
        ],
    }
    if draw(st.booleans()):
        to: dict[str, Any] = {"kind": draw(st.sampled_from(SERVICES)), "name": draw(_names())}
        connection: dict[str, Any] = {"to": to}
        if to["kind"] == "Postgres" and draw(st.booleans()):
            connection["credentials"] = [{"key": "lab", "targetPath": draw(st.sampled_from(("hub.db.password", "a")))}]
        spec["connections"] = [connection]
    return _object("krmfn.dev", "Placement", draw(_names()), namespace, spec)


def _bystander(name: str, namespace: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": namespace}, "data": {}}


@st.composite
def repositories(draw: st.DrawFn) -> bytes:
    """A ResourceList of some declarations of two tenants, and what stands beside them."""
    config: dict[str, Any] = {
        "apiVersion": "krmfn.dev/v1alpha1",
        "kind": "ComputePlane",
        "metadata": {"name": "all"},
        "spec": {
            "objectsChart": {
                "chartRef": {"kind": "OCIRepository", "name": "krmfn-objects", "namespace": "cozy-public"}
            },
            "target": {"flux": draw(st.sampled_from(("2.6", "2.8", "2.9")))},
        },
    }
    items: dict[tuple[str, ...], dict[str, Any]] = {}
    for namespace in NAMESPACES[: draw(st.integers(1, 2))]:
        found = [
            *draw(st.lists(clusters(namespace), max_size=2)),
            *draw(st.lists(apps(namespace), max_size=5)),
            *draw(st.lists(placements(namespace), max_size=3)),
            *(_bystander(name, namespace) for name in draw(st.sets(_names(), max_size=1))),
        ]
        for each in found:
            # One object is declared twice where the draw says so, and refused.
            twice = str(draw(st.integers(0, 20)) == 0)
            items[each["kind"], each["metadata"]["name"], namespace, twice] = each
    shuffled = draw(st.permutations(list(items.values())))
    envelope = {"apiVersion": "config.kubernetes.io/v1", "kind": "ResourceList", "items": list(shuffled)}
    return yaml.dump({**envelope, "functionConfig": config}).encode()


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(source=repositories())
def test_laws_hold_for_repositories_that_nobody_wrote(source: bytes) -> None:
    """Each law of the golden cases holds, whether the repository is expanded or refused."""
    taken = resourcelist.load(source)
    answered = Case(source, taken, function.run(taken))
    for law in LAWS:
        law(answered)


def test_repositories_are_of_both_kinds() -> None:
    """Some of them are expanded into placed and fenced apps, and some are refused: laws over one kind show little."""
    wanted = {"refused", "expanded", "fenced", "placed"}
    seen: set[str] = set()

    @settings(max_examples=300, database=None, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(source=repositories())
    def look(source: bytes) -> None:
        if wanted <= seen:
            return
        answer = function.run(resourcelist.load(source))
        kinds = {str(item["kind"]) for item in answer.items}
        refused = any(result.severity == "error" for result in answer.results)
        seen.add("refused" if refused else "expanded" if "HelmRelease" in kinds else "nothing")
        seen.update({"fenced"} if "CiliumNetworkPolicy" in kinds else ())
        seen.update({"placed"} if any("-on-" in str(item["metadata"]["name"]) for item in answer.items) else ())

    look()
    assert wanted <= seen
