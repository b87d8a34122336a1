"""Manifests that others wrote for Cozystack: each becomes the HelmRelease that the platform's API would make of it.

What is refused shows the reason itself.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from krmfn import function, yaml
from krmfn.resourcelist import ResourceList
from tests.command_line import PACKAGE, run_in
from tests.real_manifests import (
    ACCEPTED,
    APPS,
    DATA,
    DEFINITIONS,
    EXAMPLES,
    FOREIGN,
    HOMELESS,
    NO_YAML,
    OTHER_DEFINITIONS,
    OURS,
    READABLE,
    REASONS,
    REFUSED,
    TENANT,
    Reason,
    app_of,
    definitions,
    document,
    errors,
    exactly,
    expected,
    generated,
    placed,
    reasons,
    shown,
)

if TYPE_CHECKING:
    from pathlib import Path

    from krmfn.resourcelist import Resource
    from tests.command_line import Text


def render(path: Path) -> Text:
    return run_in(PACKAGE.parent, "render", path, "--generated-only")


if DATA.is_dir():

    def test_there_is_something_to_expand() -> None:
        """As many manifests as were counted by hand: an empty folder, or one that nobody reads, would pass the rest."""
        assert len(definitions()) == len(DEFINITIONS) >= 31
        assert len(ACCEPTED) >= 79
        assert len(EXAMPLES) == len(ACCEPTED) + len(REFUSED) + len(FOREIGN) + len(NO_YAML)

    @pytest.mark.parametrize("path", ACCEPTED, ids=shown)
    def test_a_manifest_becomes_the_platforms_helm_release(path: Path) -> None:
        """Alone, by the shipped catalog: exactly that HelmRelease, no other field, and no error."""
        app = app_of(path)
        answer = function.run(ResourceList((app,)))
        [release] = generated(answer)
        assert exactly(release) == exactly(expected(app, definitions()[app["kind"]]))
        assert not errors(answer)
        assert len(answer.items) == 2

    @pytest.mark.parametrize("path", ACCEPTED, ids=shown)
    def test_it_does_so_by_the_platforms_own_definitions(path: Path) -> None:
        """With all 31 real ApplicationDefinitions among the items, which go back as they came."""
        app = app_of(path)
        items = tuple(definitions().values())
        answer = function.run(ResourceList((app, *items)))
        [release] = generated(answer)
        assert exactly(release) == exactly(expected(app, definitions()[app["kind"]]))
        assert [item for item in answer.items if item["kind"] == "ApplicationDefinition"] == list(items)
        assert not errors(answer)
        assert {result.code for result in answer.results} <= {"inline-credential", "unknown-field"}

    @pytest.mark.parametrize("path", ACCEPTED, ids=shown)
    def test_a_users_labels_and_annotations_are_carried_over(path: Path) -> None:
        """Prefixed as by the platform's API; what tools keep for themselves on a manifest stays behind."""
        app = app_of(path)
        users = {"labels": {"team": "blue", "example.org/cost-center": "42"}, "annotations": {"example.org/note": "$x"}}
        tools = {
            "config.kubernetes.io/path": "a.yaml",
            "internal.config.kubernetes.io/index": "0",
            "config.k8s.io/id": "1",
            "kustomize.config.k8s.io/id": "1",
            "kubectl.kubernetes.io/last-applied-configuration": "{}",
            "krmfn.dev/owner": "x",
        }
        written = {**app["metadata"], **users, "annotations": {**users["annotations"], **tools}}
        wanted = expected({**app, "metadata": {**app["metadata"], **users}}, definitions()[app["kind"]])
        [release] = generated(function.run(ResourceList(({**app, "metadata": written},))))
        release["metadata"]["annotations"] = {
            key: value
            for key, value in release["metadata"]["annotations"].items()
            if not key.startswith(("config.kubernetes.io/", "internal.config.kubernetes.io/"))
        }
        assert exactly(release) == exactly(wanted)

    @pytest.mark.parametrize("path", HOMELESS, ids=shown)
    def test_a_manifest_without_a_namespace_is_refused(path: Path) -> None:
        """The function reads no kubeconfig: without a namespace there is no tenant whose release it could be."""
        answer = function.run(ResourceList((document(path) or {},)))
        assert [(error.code, error.field) for error in errors(answer)] == [("missing-namespace", "metadata.namespace")]
        assert answer.items == (document(path),)

    @pytest.mark.parametrize("path", REFUSED, ids=shown)
    @pytest.mark.parametrize("given", ["alone", "with definitions"])
    def test_a_manifest_is_refused_for_its_reason(path: Path, given: str) -> None:
        """The error has the code and the field of the one reason that the manifest shows, and nothing is expanded."""
        app = placed(document(path) or {})
        [reason] = reasons(app)
        items = (app, *(definitions().values() if given == "with definitions" else ()))
        answer = function.run(ResourceList(items))
        assert {(error.code, error.field) for error in errors(answer)} == {(reason.code, reason.field)}
        assert answer.items == items

    @pytest.mark.parametrize("reason", REASONS, ids=lambda reason: reason.name)
    def test_every_reason_has_a_manifest(reason: Reason) -> None:
        """A reason that no manifest shows would be one that nobody needs."""
        assert any(reason in reasons(document(path) or {}) for path in REFUSED)

    @pytest.mark.parametrize("path", FOREIGN, ids=shown)
    def test_a_manifest_of_another_group_is_none_of_ours(path: Path) -> None:
        """It goes back as it came, without a word."""
        given = ResourceList((document(path) or {},))
        assert function.run(given) == given

    @pytest.mark.parametrize("path", NO_YAML, ids=shown)
    def test_a_shell_template_is_no_yaml(path: Path) -> None:
        """It is an error that names the file, the line and the column, and nothing is written."""
        assert re.search(r"\$\{?[A-Za-z_]", path.read_text(encoding="utf-8"))
        done = render(path)
        assert (done.returncode, done.stdout) == (1, "")
        [told] = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
        assert str(path) in told
        assert re.search(r":\d+:\d+: is not YAML that Kubernetes reads: .*\[unreadable-file\]", told)

    @pytest.mark.parametrize("kind", definitions())
    def test_a_real_definition_says_what_the_catalog_says(kind: str) -> None:
        """An app of every kind of the platform becomes the same release by the catalog as by its definition."""
        dashboard = definitions()[kind]["spec"]["dashboard"]
        name = dashboard["name"] if dashboard.get("module") else "x"
        # The chart of BootBox fails elsewhere.
        where = "tenant-root" if kind == "BootBox" else TENANT
        # What these charts fail without.
        spec = {"KubernetesNodes": {"cluster": "x"}, "ExternalDNS": {"provider": "inmemory"}}.get(kind, {})
        name = "x-a" if kind == "KubernetesNodes" else name
        app = {"apiVersion": APPS, "kind": kind, "metadata": {"name": name, "namespace": where}, "spec": spec}
        # The definitions at hand are of the platform's main branch.
        target = {"spec": {"target": {"cozystack": "next"}}}
        plane = {"apiVersion": "krmfn.dev/v1alpha1", "kind": "ComputePlane", "metadata": {"name": "next"}, **target}
        [release] = generated(function.run(ResourceList((app,), plane)))
        assert exactly(release) == exactly(expected(app, definitions()[kind]))

    @pytest.mark.parametrize("kind", definitions())
    def test_a_real_definition_is_accepted(kind: str) -> None:
        """It goes back as it came, with no finding about it."""
        given = ResourceList((definitions()[kind],))
        assert function.run(given) == given

    def test_rendered_as_one_tree(tmp_path: Path) -> None:
        """A repository of all accepted manifests, each in a tenant of its own: one release each, all counted."""
        wanted = {}
        for number, path in enumerate(ACCEPTED):
            app = app_of(path)
            app = {**app, "metadata": {**app["metadata"], "namespace": f"tenant-t{number}"}}
            (tmp_path / f"{number}.yaml").write_text(yaml.dump(app), encoding="utf-8")
            release = expected(app, definitions()[app["kind"]])
            wanted[f"tenant-t{number}/{release['metadata']['name']}"] = release
        for path in FOREIGN:
            (tmp_path / path.name).write_bytes(path.read_bytes())
        done = render(tmp_path)
        assert done.returncode == 0
        found = {}
        for release in yaml.load_all(done.stdout):
            meta = release["metadata"]
            meta["annotations"] = {key: mark for key, mark in meta["annotations"].items() if "config." not in key}
            found[f"{meta['namespace']}/{meta['name']}"] = release
        assert exactly(found) == exactly(wanted)
        summary = f"; read {len(ACCEPTED) + len(FOREIGN)} files with {len(ACCEPTED)} declarations"
        assert done.stderr.splitlines()[-1].endswith(summary)

    def test_rendered_as_they_lie_there() -> None:
        """The folder as it is cannot be read whole: no object comes out, and every file that is no YAML is named."""
        done = render(DATA / "examples")
        assert (done.returncode, done.stdout) == (1, "")
        assert f"read {len(EXAMPLES)} files with {len(OURS)} declarations" in done.stderr
        for path in EXAMPLES:
            assert (path.name in done.stderr) == (path in NO_YAML)

    def test_rendered_without_what_is_no_yaml(tmp_path: Path) -> None:
        """Every file that cannot be read as a declaration is named with its field, and nothing comes out."""
        for path in READABLE:
            (tmp_path / path.name).write_bytes(path.read_bytes())
        done = render(tmp_path)
        assert (done.returncode, done.stdout) == (1, "")
        results = json.loads(run_in(tmp_path, "check", "--format", "json").stdout)["results"]
        told = {
            each["file"]["path"] for each in results if each.get("field", {}).get("path", "").startswith("metadata")
        }
        for path in [*HOMELESS, *(each for each in REFUSED if reasons(document(each) or {})[0].name.startswith("a s"))]:
            assert path.name in told

    OTHERS = [found for path in OTHER_DEFINITIONS for found in yaml.load_all(path.read_bytes())]

    @pytest.mark.parametrize("definition", OTHERS, ids=lambda found: found["spec"]["application"]["kind"])
    def test_a_definition_from_elsewhere_is_accepted(definition: Resource) -> None:
        """One of another catalog goes back as it came, and an app of its kind becomes a release by it."""
        application = definition["spec"]["application"]
        schema = json.loads(application["openAPISchema"])
        required = [key for key in schema.get("required", ()) if "default" not in schema["properties"][key]]
        app = {
            "apiVersion": APPS,
            "kind": application["kind"],
            "metadata": {"name": "x", "namespace": TENANT},
            "spec": dict.fromkeys(required, "x"),
        }
        answer = function.run(ResourceList((definition, app)))
        [release] = generated(answer)
        assert exactly(release) == exactly(expected(app, definition))
        assert answer.items[0] == definition
        assert not errors(answer)
