"""Post-renderers: what Flux changes in what a chart renders, before it is applied."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn import yaml

if TYPE_CHECKING:
    from krmfn.topology.model.releases import Release

READ = ["get", "list", "watch"]


def post_renderers(release: Release) -> dict[str, Any]:
    return {"postRenderers": [_without_kubeconfig(release)]} if release.monitors else {}


def _without_kubeconfig(release: Release) -> dict[str, Any]:
    """Takes the rule out of a Role of the chart that shows the kubeconfig (docs/platform.md#kubeconfigs).

    Strategic, and without a target: kustomize then fails where the chart has no such Role, and Helm with it, instead of
    going on without a word. A list of rules is replaced as a whole.
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
