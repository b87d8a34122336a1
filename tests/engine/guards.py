"""The platform output: what krmfn writes for an operator, and those whom it lets pass or holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn import function
from krmfn.resourcelist import ResourceList
from tests.engine import flux
from tests.engine.api import ANYTHING, NAMESPACE, RefusedError

if TYPE_CHECKING:
    from tests.engine.api import Object
    from tests.engine.engine import Engine

SERVICE_ACCOUNT = "kustomize-controller"
FLUX = f"system:serviceaccount:{flux.NAMESPACE}:{SERVICE_ACCOUNT}"
OPERATOR = 'oidc:"o\'brien"\\ops@example.org'
PLATFORM_API = "system:serviceaccount:cozy-system:cozystack-api"
"""Who writes what a tenant changes through the platform's API."""


def platform_output(**spec: Any) -> list[Object]:
    """What the operator installs."""
    plane = {
        "apiVersion": "krmfn.dev/v1alpha1",
        "kind": "ComputePlane",
        "metadata": {"name": "platform"},
        "spec": {
            "scope": "platform",
            "target": {"flux": "2.9"},
            "platform": {
                "fluxServiceAccounts": ["flux-system/kustomize-controller"],
                "administrators": {"users": [OPERATOR]},
            },
            **spec,
        },
    }
    return list(function.run(ResourceList((), plane)).items)


def binding(name: str, subject: Object) -> Object:
    api_group = {} if subject["kind"] == "ServiceAccount" else {"apiGroup": "rbac.authorization.k8s.io"}
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": name},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{**api_group, **subject}],
    }


WHO_MAY_DO_ANYTHING = [
    binding("krmfn-tests-anything", {"kind": "Group", "name": ANYTHING}),
    binding("krmfn-tests-flux", {"kind": "ServiceAccount", "name": SERVICE_ACCOUNT, "namespace": flux.NAMESPACE}),
]
"""To RBAC: what is refused is refused by admission."""
LAST = "krmfn-break-glass"
"""The guard that is installed after all others: a server that holds to it holds to them."""


def install(engine: Engine) -> list[Object]:
    """Install the platform output, and wait until it is in force."""
    installed = sorted(platform_output(), key=lambda item: item["metadata"]["name"] == LAST)
    # Flux prunes nothing for a Kustomization that is deleted, where the account that it acts as is not there.
    account = {"name": SERVICE_ACCOUNT, "namespace": flux.NAMESPACE}
    engine.a.apply({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": account})
    for item in [*WHO_MAY_DO_ANYTHING, *installed]:
        engine.a.apply(item)
    probe = "krmfn-tests-probe"
    engine.a.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": probe}})
    flux_dry = engine.a.acting_as(FLUX, dry=True)

    def refused() -> bool:
        try:
            flux_dry.patch(NAMESPACE, "", probe, {"metadata": {"annotations": {"krmfn.dev/break-glass": "it"}}})
        except RefusedError:
            return True
        return False

    engine.wait_for("the guards to be in force", refused, 30)
    return installed
