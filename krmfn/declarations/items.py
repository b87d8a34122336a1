"""Declarations among the items: what each item is to krmfn, and what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn.declarations.definitions import defined_kind, definition
from krmfn.declarations.lists import hidden
from krmfn.declarations.records import App, AppRef, Cluster, Placement, Profile
from krmfn.declarations.roles import Role
from krmfn.declarations.scalars import ambiguous
from krmfn.declarations.services import connections
from krmfn.resourcelist import annotations_of, group_of, metadata_of, origin_of
from krmfn.results import did_you_mean

if TYPE_CHECKING:
    from krmfn.declarations.records import Definition
    from krmfn.declarations.validation import Validator
    from krmfn.resourcelist import Resource
    from krmfn.results import Origin, Result

KRMFN_KINDS = ("Placement", "IsolationProfile", "ComponentProfile", "ComputePlane")
TOP_LEVEL = ("apiVersion", "appVersion", "kind", "metadata", "spec", "status")
RENAMES = ("internal.config.kubernetes.io/prefixes", "internal.config.kubernetes.io/suffixes")
PREVIOUS_NAMES = "internal.config.kubernetes.io/previousNames"


class Items:
    """Collects what the items declare."""

    def __init__(self, validator: Validator, findings: list[Result]) -> None:
        self.clusters: list[Cluster] = []
        self.apps: list[App] = []
        self.placements: list[Placement] = []
        self.definitions: list[Definition] = []
        self.isolation_profiles: list[Profile] = []
        self.component_profiles: list[Profile] = []
        self.broken: set[tuple[str, str, str]] = set()
        self.renamed = False
        self._validator = validator
        self._findings = findings

    def read(self, item: Resource, role: Role) -> None:
        """Reads one item; one that is no declaration is left alone."""
        if role is Role.BYSTANDER:
            self._findings.extend(hidden(item))
        if role not in {Role.DECLARATION, Role.DEFINITION}:
            return
        origin = origin_of(item)
        kind = item.get("kind")
        if kind == "ComputePlane" and group_of(item) == "krmfn.dev":
            return  # Only the functionConfig counts (contract §6); among the items it is returned and not read.
        self._findings.extend(ambiguous(item, origin))
        if role is Role.DECLARATION:
            self._refuse_renamed(item, origin)
        match group_of(item), kind:
            case "apps.cozystack.io", "Kubernetes":
                self._kubernetes(item, origin)
            case "apps.cozystack.io", _:
                self._application(item, origin)
            case "cozystack.io", _:
                self._definition(item, origin)
            case _:
                self._own_kind(kind, item, origin)

    def _own_kind(self, kind: Any, item: Resource, origin: Origin) -> None:
        match kind:
            case "Placement":
                self._placement(item, origin)
            case "IsolationProfile":
                self._profile(item, origin, self.isolation_profiles)
            case "ComponentProfile":
                self._profile(item, origin, self.component_profiles)
            case None:
                self._findings.append(origin.error("missing-field", "is required", "kind"))
            case _:
                message = f"krmfn.dev has no kind {kind}{did_you_mean(str(kind), KRMFN_KINDS)}"
                self._findings.append(origin.error("unknown-kind", message, "kind"))

    def _validated(self, model: str, item: Resource, origin: Origin) -> dict[str, Any]:
        declared, errors = self._validator.validate(model, item, origin)
        self._findings.extend(errors)
        if errors:
            self._broken(origin)
        return declared

    def _in_namespace(self, declared: dict[str, Any], origin: Origin) -> bool:
        if declared and not declared["metadata"]["namespace"]:
            message = "has no namespace; say which tenant's it is"
            self._findings.append(origin.error("missing-namespace", message, "metadata.namespace"))
            self._broken(origin)
            return False
        return bool(declared)

    def _broken(self, origin: Origin) -> None:
        self.broken.add((origin.resource.kind, origin.resource.namespace, origin.resource.name))

    def _kubernetes(self, item: Resource, origin: Origin) -> None:
        declared = self._validated("Kubernetes", item, origin)
        if not self._in_namespace(declared, origin):
            return
        self._warn_of_top_level(item, origin)
        meta, spec = declared["metadata"], declared["spec"] or {}
        values = item.get("spec")
        self.clusters.append(
            Cluster(
                origin=origin,
                name=meta["name"],
                namespace=meta["namespace"],
                isolation_profile=spec.get("isolationProfile") or "",
                component_profile=spec.get("componentProfile") or "",
                values=values
                and {k: v for k, v in values.items() if k not in {"isolationProfile", "componentProfile"}},
                labels=meta["labels"] or {},
                annotations=meta["annotations"] or {},
            )
        )

    def _application(self, item: Resource, origin: Origin) -> None:
        declared = self._validated("Application", item, origin)
        if not self._in_namespace(declared, origin):
            return
        self._warn_of_top_level(item, origin)
        meta = declared["metadata"]
        self.apps.append(
            App(
                origin=origin,
                kind=declared["kind"],
                name=meta["name"],
                namespace=meta["namespace"],
                values=item.get("spec"),
                labels=meta["labels"] or {},
                annotations=meta["annotations"] or {},
            )
        )

    def _placement(self, item: Resource, origin: Origin) -> None:
        declared = self._validated("Placement", item, origin)
        if not self._in_namespace(declared, origin):
            return
        spec, inside = declared["spec"], origin.at("spec")
        self.placements.append(
            Placement(
                origin=inside,
                namespace=declared["metadata"]["namespace"],
                cluster=spec["cluster"],
                apps=tuple(
                    AppRef(inside.at(f"apps[{i}]"), app["kind"], app["name"]) for i, app in enumerate(spec["apps"])
                ),
                connections=connections(spec["connections"], inside),
                target_namespace=spec["targetNamespace"] or "",
                api_server=spec["apiServer"],
            )
        )

    def _profile(self, item: Resource, origin: Origin, profiles: list[Profile]) -> None:
        declared = self._validated(str(item.get("kind")), item, origin)
        if declared:
            profiles.append(Profile(origin, declared["metadata"]["name"], item["spec"]))

    def _definition(self, item: Resource, origin: Origin) -> None:
        declared = self._validated("ApplicationDefinition", item, origin)
        if not declared:
            self.broken.add(("ApplicationDefinition", "", defined_kind(item)))
            return
        if declared["spec"]["placement"]:
            message = (
                "the cluster's own schema does not have this field, so the definition stays out of the output; say "
                "it in spec.kinds of the ComputePlane"
            )
            self._findings.append(origin.warning("definition-placement", message, "spec.placement"))
        self.definitions.append(definition(declared, origin))

    def _warn_of_top_level(self, item: Resource, origin: Origin) -> None:
        for key in item:
            if key not in TOP_LEVEL:
                message = f"the platform ignores this field, for values stand in spec{did_you_mean(key, TOP_LEVEL)}"
                self._findings.append(origin.warning("unknown-field", message, key))

    def _refuse_renamed(self, item: Resource, origin: Origin) -> None:
        """Kustomize renamed the declaration, but not what refers to it (facts/krm.md 2; kustomize #5037)."""
        marks = annotations_of(item)
        previous = str(marks.get(PREVIOUS_NAMES) or "").split(",")
        name = str(metadata_of(item).get("name"))
        if any(marks.get(key) for key in RENAMES) or any(old not in {"", name} for old in previous):
            message = (
                "kustomize has renamed this declaration but not what refers to it; remove namePrefix and nameSuffix, "
                "and give the declaration its whole name"
            )
            self._findings.append(origin.error("renamed", message, "metadata.name"))
            self.renamed = True
