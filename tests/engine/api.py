"""An API server as a client sees it: HTTPS and JSON, and nothing that a test could not type into curl."""

from __future__ import annotations

import json
import ssl
import time
import urllib.error
import urllib.request
from base64 import b64encode
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, urlencode

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Object = dict[str, Any]
ANYTHING = "krmfn-tests:anything"
"""The group of everybody whom the tests act as."""
OWNER = "krmfn-tests"
"""The field manager under which the tests apply what nobody else does."""
PATIENCE = 30
"""Seconds that one answer may take."""
TOO_EARLY = 429
"""What a server answers, among others, for a kind that it has just been taught."""


class Kind(NamedTuple):
    """What a manifest's first two lines say."""

    api_version: str
    kind: str


CONFIG_MAP = Kind("v1", "ConfigMap")
NAMESPACE = Kind("v1", "Namespace")
SECRET = Kind("v1", "Secret")
CRD = Kind("apiextensions.k8s.io/v1", "CustomResourceDefinition")
HELM_RELEASE = Kind("helm.toolkit.fluxcd.io/v2", "HelmRelease")
KUSTOMIZATION = Kind("kustomize.toolkit.fluxcd.io/v1", "Kustomization")
GIT_REPOSITORY = Kind("source.toolkit.fluxcd.io/v1", "GitRepository")


class RefusedError(Exception):
    """The server said no: its HTTP status and its own words."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status
        self.message = message


@dataclass
class Api:
    """One API server, as its administrator, or as somebody else whom its administrator acts as."""

    name: str
    url: str
    certificate: Path
    token: str
    acts_as: str = ""
    acts_in: str = ANYTHING
    """The group of whom its administrator acts as."""
    dry: bool = False
    """Whether what is asked for is only judged, and nothing is stored."""
    _discovered: dict[str, list[Object]] = field(default_factory=dict)

    def kubeconfig(self) -> str:
        """A kubeconfig for this server; JSON, which is YAML too."""
        cluster = {"server": self.url, "certificate-authority": str(self.certificate)}
        return json.dumps(self._kubeconfig(cluster))

    def portable_kubeconfig(self) -> str:
        """A kubeconfig that needs no file: what lies in the Secret of a tenant cluster."""
        authority = b64encode(self.certificate.read_bytes()).decode()
        return json.dumps(self._kubeconfig({"server": self.url, "certificate-authority-data": authority}))

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        content_type: str = "application/json",
        accept: str = "application/json",
    ) -> Any:
        """One request and its answer; asked again, as every client does, while the server says that it is too early.

        Raises:
            RefusedError: any answer but a success.
            OSError: no answer.
        """
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                return self._call_once(method, path, body, {"Content-Type": content_type, "Accept": accept})
            except RefusedError as refused:
                if refused.status != TOO_EARLY or time.monotonic() > deadline:
                    raise
            time.sleep(0.1)

    def ready(self) -> bool:
        """Whether the server says that it can be worked with."""
        try:
            return self.certificate.exists() and self.call("GET", "/readyz") == "ok"
        except (OSError, RefusedError):
            return False

    def apply(self, manifest: Object, *, owner: str = OWNER) -> Object:
        """Apply as Flux does, on the server's side; a field that the schema does not know is refused."""
        query = {"fieldManager": owner, "force": "true", "fieldValidation": "Strict"}
        path = self._path(kind_of(manifest), namespace_of(manifest), manifest["metadata"]["name"])
        stored: Object = self.call("PATCH", f"{path}?{urlencode(query)}", manifest, "application/apply-patch+yaml")
        return stored

    def acting_as(self, user: str, *, group: str = ANYTHING, dry: bool = False) -> Api:
        """The same server as a user sees it who, by the group ANYTHING, may do anything; without a user as itself."""
        return replace(self, acts_as=user, acts_in=group, dry=dry)

    def replace(self, manifest: Object) -> Object:
        """Write a whole object, as clients do that have read it before."""
        path = self._path(kind_of(manifest), namespace_of(manifest), manifest["metadata"]["name"])
        stored: Object = self.call("PUT", path, manifest)
        return stored

    def set_status(self, manifest: Object, status: Object) -> None:
        """Write a status as its controller would."""
        path = self._path(kind_of(manifest), namespace_of(manifest), manifest["metadata"]["name"])
        self.call("PATCH", f"{path}/status", {"status": status}, "application/merge-patch+json")

    def patch(self, kind: Kind, namespace: str, name: str, change: Object) -> Object:
        """Change some fields of an object."""
        patched: Object = self.call("PATCH", self._path(kind, namespace, name), change, "application/merge-patch+json")
        return patched

    def get(self, kind: Kind, namespace: str, name: str) -> Object | None:
        """An object, or None where there is none."""
        try:
            found: Object = self.call("GET", self._path(kind, namespace, name))
        except RefusedError as refused:
            if refused.status == 404:
                return None
            raise
        return found

    def all(self, kind: Kind, namespace: str = "", labels: str = "") -> list[Object]:
        """Every object of a kind, in a namespace or in all."""
        query = f"?{urlencode({'labelSelector': labels})}" if labels else ""
        items: list[Object] = self.call("GET", self._path(kind, namespace) + query)["items"]
        return items

    def table(self, kind: Kind, namespace: str, *names: str) -> str:
        """What `kubectl get` prints of a kind in a namespace, or of some, by the server's own columns, without ages."""
        accept = "application/json;as=Table;v=v1;g=meta.k8s.io"
        answer = self.call("GET", self._path(kind, namespace), accept=accept)
        columns = answer["columnDefinitions"]
        shown = [index for index, each in enumerate(columns) if not each["priority"] and each["name"] != "Age"]
        found = {row["object"]["metadata"]["name"]: list(map(str, row["cells"])) for row in answer["rows"]}
        rows = [[each["name"].upper() for each in columns], *(found[name] for name in names or found)]
        cells = [[row[index] for index in shown] for row in rows]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        return "\n".join("   ".join(map(str.ljust, row, widths)).rstrip() for row in cells) + "\n"

    def cluster_wide(self) -> set[tuple[str, str]]:
        """The group and kind of everything that is in no namespace, and can be made and kept."""
        groups = [group["preferredVersion"]["groupVersion"] for group in self.call("GET", "/apis")["groups"]]
        return {
            (api_version.rpartition("/")[0], resource["kind"])
            for api_version in ["v1", *groups]
            for resource in self._resources(api_version)
            if not resource["namespaced"] and {"create", "list"} <= {*resource["verbs"]} and "/" not in resource["name"]
        }

    def everything(self, labels: str = "") -> Iterator[Object]:
        """Every object of every kind that can be listed."""
        groups = [group["preferredVersion"]["groupVersion"] for group in self.call("GET", "/apis")["groups"]]
        for api_version in ["v1", *groups]:
            for resource in self._resources(api_version):
                if "list" in resource["verbs"] and "/" not in resource["name"]:
                    kind = Kind(api_version, resource["kind"])
                    for item in self.all(kind, labels=labels):
                        yield {"apiVersion": kind.api_version, "kind": kind.kind, **item}

    def delete(self, kind: Kind, namespace: str, name: str) -> None:
        """Ask for an object's end; fine if it is gone already."""
        try:
            self.call("DELETE", self._path(kind, namespace, name))
        except RefusedError as refused:
            if refused.status != 404:
                raise

    def can(self, user: str, verb: str, resource: str, **attributes: str) -> bool:
        """Whether a user may do something, as a SubjectAccessReview says; its attributes are namespace, group, name."""
        review = {
            "apiVersion": "authorization.k8s.io/v1",
            "kind": "SubjectAccessReview",
            "spec": {"user": user, "resourceAttributes": {"verb": verb, "resource": resource, **attributes}},
        }
        answer = self.call("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", review)
        allowed: bool = answer["status"]["allowed"]
        return allowed

    def _call_once(self, method: str, path: str, body: Any, headers: dict[str, str]) -> Any:
        headers = {"Authorization": f"Bearer {self.token}", **headers}
        if self.acts_as:
            headers |= {"Impersonate-User": self.acts_as, "Impersonate-Group": self.acts_in}
        if self.dry and method != "GET":
            path += ("&" if "?" in path else "?") + "dryRun=All"
        request = urllib.request.Request(  # noqa: S310  (always https)
            self.url + path,
            method=method,
            data=None if body is None else json.dumps(body, ensure_ascii=False).encode(),
            headers=headers,
        )
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE, context=self._tls()) as answer:  # noqa: S310
                text = answer.read()
        except urllib.error.HTTPError as error:
            with error:
                told = error.read().decode(errors="replace")
            try:
                message = json.loads(told)["message"]
            except (ValueError, KeyError, TypeError):
                message = told
            raise RefusedError(error.code, message) from None
        return json.loads(text) if text[:1] in {b"{", b"["} else text.decode()

    def _kubeconfig(self, cluster: Object) -> Object:
        return {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": self.name, "cluster": cluster}],
            "users": [{"name": "admin", "user": {"token": self.token}}],
            "contexts": [{"name": self.name, "context": {"cluster": self.name, "user": "admin"}}],
            "current-context": self.name,
        }

    def _tls(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=str(self.certificate))
        # The certificate that an API server makes for itself lacks what the strictest reading of RFC 5280 asks for.
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        return context

    def _path(self, kind: Kind, namespace: str, name: str = "") -> str:
        found = [it for it in self._resources(kind.api_version) if it["kind"] == kind.kind and "/" not in it["name"]]
        if not found:
            # Perhaps its definition came later.
            del self._discovered[kind.api_version]
            found = [
                it for it in self._resources(kind.api_version) if it["kind"] == kind.kind and "/" not in it["name"]
            ]
        if not found:
            raise RefusedError(404, f"{self.name} serves no {kind.kind} of {kind.api_version}")
        root = _root(kind.api_version)
        inside = f"/namespaces/{namespace}" if namespace and found[0]["namespaced"] else ""
        return f"{root}{inside}/{found[0]['name']}" + (f"/{quote(name)}" if name else "")

    def _resources(self, api_version: str) -> list[Object]:
        if api_version not in self._discovered:
            self._discovered[api_version] = self.call("GET", _root(api_version))["resources"]
        return self._discovered[api_version]


def kind_of(manifest: Object) -> Kind:
    """A manifest's kind."""
    return Kind(manifest["apiVersion"], manifest["kind"])


def namespace_of(manifest: Object) -> str:
    """A manifest's namespace, or nothing."""
    namespace: str = manifest["metadata"].get("namespace", "")
    return namespace


def _root(api_version: str) -> str:
    return f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"
