"""What a user writes, as text."""

from __future__ import annotations

NAMESPACE = "tenant-acme"


def cluster(name: str, *, confirm: str = "", spec: str = "{}", namespace: str = NAMESPACE) -> str:
    marks = f'  annotations: {{krmfn.dev/confirm-deletion: "{confirm}"}}\n' if confirm else ""
    return (
        "apiVersion: apps.cozystack.io/v1alpha1\nkind: Kubernetes\n"
        f"metadata:\n  name: {name}\n  namespace: {namespace}\n{marks}spec: {spec}\n"
    )


def app(kind: str, name: str, spec: str = "{}", namespace: str = NAMESPACE, marks: str = "") -> str:
    annotations = f"  annotations: {marks}\n" if marks else ""
    return (
        f"apiVersion: apps.cozystack.io/v1alpha1\nkind: {kind}\n"
        f"metadata:\n  name: {name}\n  namespace: {namespace}\n{annotations}spec: {spec}\n"
    )


def redis(namespace: str, name: str = "cache") -> str:
    """An app that says nothing but what it is: a spec may follow."""
    return f"apiVersion: apps.cozystack.io/v1alpha1\nkind: Redis\nmetadata:\n  name: {name}\n  namespace: {namespace}\n"


def placed(kind: str, name: str, on: str, more: str = "") -> str:
    """A placement of one app, named after it."""
    return (
        "apiVersion: krmfn.dev/v1alpha1\nkind: Placement\n"
        f"metadata: {{name: {name}, namespace: {NAMESPACE}}}\n"
        f"spec:\n  cluster: {on}\n  apps: [{{kind: {kind}, name: {name}}}]\n{more}"
    )


def plane(spec: str, namespace: str = NAMESPACE, name: str = "plane") -> str:
    return (
        "apiVersion: krmfn.dev/v1alpha1\nkind: ComputePlane\n"
        f"metadata: {{name: {name}, namespace: {namespace}}}\nspec: {spec}\n"
    )


STUDIO = {
    "lab.yaml": cluster("lab"),
    "studio.yaml": app("ComfyUI", "studio"),
    "placement.yaml": placed("ComfyUI", "studio", "lab"),
}
"""A cluster with an app on it, as files."""
