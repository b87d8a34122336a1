"""Post-renderers: changes that Flux makes to a chart's rendered objects before it applies them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn import yaml

if TYPE_CHECKING:
    from krmfn.topology.model.releases import Release

READ = ["get", "list", "watch"]


def post_renderers(release: Release) -> dict[str, Any]:
    return {"postRenderers": [_without_kubeconfig(release)]} if release.monitors else {}


def _without_kubeconfig(release: Release) -> dict[str, Any]:
    """Removes the rule that lets tenants read the kubeconfig from a Role of the chart (docs/platform.md#kubeconfigs).

    The patch is strategic and has no target: if the chart has no such Role, kustomize fails, and Helm with it, instead
    of continuing silently. A list of rules is replaced as a whole.
    """
    name = release.name
    named = (
        ("networking.k8s.io", "ingresses", [name]),
        ("", "services", [name]),
        ("cozystack.io", "workloadmonitors", list(release.monitors)),
    )
    role = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "Role",
        "metadata": {"name": f"{name}-dashboard-resources"},
        "rules": [
            {"apiGroups": [group], "resources": [resource], "resourceNames": names, "verbs": READ}
            for group, resource, names in named
        ],
    }
    return {"kustomize": {"patches": [{"patch": yaml.dump(role)}]}}
