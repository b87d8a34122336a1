"""Applications as the platform's own API converts them: recorded answers of cozystack-api 1.6.2 to a create of each.

Equal, but for what is settled: krmfn leaves the sharding key to the platform's webhook, and writes annotations of its
own and of Flux. Where only one of the two refuses, the reason stands in a table here.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from krmfn import function
from krmfn.resourcelist import ResourceList
from krmfn.results import Severity

if TYPE_CHECKING:
    from collections.abc import Callable

    from krmfn.resourcelist import Resource

# Beside the project and not in it: without it the tests below do not exist, and the header of the report says so.
RECORDED = Path(__file__).parents[2] / "shared/data/cozystack-1.6.2/conversions.jsonl"
ROWS = [json.loads(line) for line in RECORDED.read_text(encoding="utf-8").splitlines()] if RECORDED.is_file() else []
SETTLED = ("krmfn.dev/owner", "kustomize.toolkit.fluxcd.io/substitute", "kustomize.toolkit.fluxcd.io/prune")


OF_THE_NEXT = ("ComputePlane", "KubernetesNodes")
"""Kinds that 1.6.2 defines and no bundle of it installs: krmfn takes them for the release that brings them."""
NEXT = {
    "apiVersion": "krmfn.dev/v1alpha1",
    "kind": "ComputePlane",
    "metadata": {"name": "next"},
    "spec": {"target": {"cozystack": "next"}},
}


class Verdict(NamedTuple):
    """What krmfn makes of an application: a release, or the errors that refuse it."""

    release: Resource | None
    errors: tuple[tuple[str, str], ...]


def verdict(application: dict[str, Any]) -> Verdict:
    metadata = {key: application[key] for key in ("name", "namespace", "labels", "annotations") if key in application}
    app = {
        "apiVersion": "apps.cozystack.io/v1alpha1",
        "kind": application["kind"],
        "metadata": metadata,
        **({"spec": application["spec"]} if "spec" in application else {}),
    }
    answer = function.run(ResourceList((app,), NEXT if application["kind"] in OF_THE_NEXT else None))
    errors = tuple((each.code, each.field) for each in answer.results if each.severity is Severity.ERROR)
    releases = [item for item in answer.items if item["kind"] == "HelmRelease"]
    return Verdict(releases[0] if releases else None, errors)


def refused(row: dict[str, Any]) -> bool:
    return "error" in row["answer"]


class Reason(NamedTuple):
    """Why only krmfn refuses: which applications, and with which code at which field."""

    reason: str
    holds: Callable[[dict[str, Any]], bool]
    code: str
    field: str


# The API stores these, and the release fails: what each chart does was seen by rendering it with helm.
ONLY_WE_REFUSE = (
    Reason(
        "a module of the tenant has one name only, and its chart fails under another",
        lambda application: application["name"] == "other",
        "invalid-name",
        "metadata.name",
    ),
    Reason(
        "the chart of BootBox fails in any namespace but tenant-root",
        lambda application: application["kind"] == "BootBox" and application["namespace"] != "tenant-root",
        "wrong-namespace",
        "metadata.namespace",
    ),
    Reason(
        "a pool of nodes is named after the cluster that it joins, and so the guard on its nodes knows which that is",
        lambda application: (
            application["kind"] == "KubernetesNodes"
            and not application["name"].startswith(f"{application.get('spec', {}).get('cluster')}-")
        ),
        "invalid-value",
        "spec.cluster",
    ),
    Reason(
        "Helm refuses a node group without diskSize, which the chart's schema requires and only describes a default of",
        lambda application: (
            "diskSize" not in application.get("spec", {}).get("nodeGroups", {}).get("md0", {"diskSize"})
        ),
        "missing-field",
        "spec.nodeGroups.md0.diskSize",
    ),
    Reason(
        "the chart of ExternalDNS fails without a provider",
        lambda application: application["kind"] == "ExternalDNS" and "provider" not in application.get("spec", {}),
        "invalid-value",
        "spec.provider",
    ),
)


def normal(release: Resource) -> Resource:
    """Without what is settled to be otherwise; what is empty then is not there."""
    metadata = {key: dict(value) if isinstance(value, dict) else value for key, value in release["metadata"].items()}
    metadata.get("labels", {}).pop("sharding.fluxcd.io/key", None)
    for key in SETTLED:
        metadata.get("annotations", {}).pop(key, None)
    return {**release, "metadata": {key: value for key, value in metadata.items() if value}}


def shown(row: dict[str, Any]) -> str:
    application = row["application"]
    return f"{application['kind']}-{application['name'][:12]}"


@cache
def judged() -> list[tuple[dict[str, Any], Verdict]]:
    """Every record with what krmfn makes of it; once, and not when tests are only collected."""
    return [(row, verdict(row["application"])) for row in ROWS]


def only_we() -> list[tuple[dict[str, Any], Verdict]]:
    return [(row, found) for row, found in judged() if not refused(row) and found.errors]


if ROWS:

    def test_what_both_take_is_the_same_release() -> None:
        """Field for field, but for the sharding key and annotations of krmfn's and Flux's own."""
        both = [(row, found.release) for row, found in judged() if not refused(row) and found.release]
        assert len(ROWS) == 364
        assert len(both) >= 183
        for row, release in both:
            ours, theirs = (json.dumps(normal(each), sort_keys=True) for each in (release, row["answer"]))
            assert ours == theirs, shown(row)

    def test_what_the_platform_refuses_is_refused() -> None:
        """Names, reserved keys, lengths: nothing passes here that cannot be created there."""
        assert not [shown(row) for row, found in judged() if refused(row) and not found.errors]

    def test_what_only_krmfn_refuses_has_a_reason() -> None:
        """One that holds for the application, and shows in the error."""
        for row, found in only_we():
            reasons = {(each.code, each.field) for each in ONLY_WE_REFUSE if each.holds(row["application"])}
            assert reasons & set(found.errors), shown(row)

    @pytest.mark.parametrize("reason", ONLY_WE_REFUSE, ids=lambda reason: reason.field)
    def test_a_reason_is_used(reason: Reason) -> None:
        """One that no application needs any longer goes."""
        assert any(reason.holds(row["application"]) for row, _ in only_we())
