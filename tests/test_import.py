"""`krmfn import`: HelmReleases of the platform's charts become declarations that render to the same releases."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from krmfn import yaml
from tests.command_line import run_in
from tests.folders import plant, tree

if TYPE_CHECKING:
    from collections.abc import Callable

    Resource = dict[str, Any]

# Beside the project and not in it: without it the last test does not exist, and the header of the report says so.
RECORDED = Path(__file__).parents[2] / "shared/data/cozystack-1.6.2/conversions.jsonl"
RETRY = {"name": "RetryOnFailure", "retryInterval": "30s"}


def release(
    name: str = "redis-cache", chart: str = "cozystack-redis-application-default-redis", **more: Any
) -> Resource:
    """A release as somebody has it in Git: without the platform's labels, and with durations spelled their way."""
    return {
        "apiVersion": "helm.toolkit.fluxcd.io/v2",
        "kind": "HelmRelease",
        "metadata": {"name": name, "namespace": "tenant-acme"},
        "spec": {
            "chartRef": {"kind": "ExternalArtifact", "name": chart, "namespace": "cozy-system"},
            "interval": "5m",
            "maxHistory": 5,
            "install": {"timeout": "10m", "strategy": RETRY},
            "upgrade": {"timeout": "600s", "strategy": RETRY},
            "valuesFrom": [{"kind": "Secret", "name": "cozystack-values"}],
            "values": {"replicas": 2, "size": "1Gi", "version": "v8"},
            **more,
        },
    }


def test_a_release_becomes_a_declaration(tmp_path: Path) -> None:
    """Its values are the spec, and what it came to is said; nothing that was there is changed."""
    plant(tmp_path, {"apps/cache.yaml": "# ours\n" + yaml.dump(release())})
    before = tree(tmp_path)
    answer = run_in(tmp_path, "import", "apps")
    assert answer.returncode == 0, answer.stderr
    plane, app = yaml.load_all(answer.stdout)
    assert plane["metadata"] == {"name": "acme", "namespace": "tenant-acme"}
    assert plane["spec"] == {"protect": "data"}
    assert app == {
        "apiVersion": "apps.cozystack.io/v1alpha1",
        "kind": "Redis",
        "metadata": {"name": "cache", "namespace": "tenant-acme"},
        "spec": {"replicas": 2, "size": "1Gi", "version": "v8"},
    }
    first, told, *_ = answer.stderr.splitlines()
    assert first == "krmfn import: 1 of 1 HelmReleases become declarations that render to the same"
    assert "becomes the Redis cache, whose render equals it, except for metadata: adds label apps.cozystack.io" in told
    assert "spells spec.upgrade.timeout as 10m0s" in told
    assert "krmfn init --adopt" in answer.stderr
    assert tree(tmp_path) == before


def test_what_it_writes_renders_to_the_release(tmp_path: Path) -> None:
    """A folder for each namespace, which is a run: its render has the same spec; a second import overwrites nothing."""
    mine = {"apps.cozystack.io-team": "a", "sharding.fluxcd.io/key": "shard1"}
    given = release(interval="7m", maxHistory=3)
    given["metadata"] |= {"labels": mine, "annotations": {"apps.cozystack.io-note": "b"}}
    plant(
        tmp_path,
        {
            "apps/cache.yaml": yaml.dump(given),
            "apps/other.yaml": yaml.dump(release("redis-other", interval="7m", maxHistory=3)),
        },
    )
    assert run_in(tmp_path, "import", "apps", "--output-dir", "tenants").returncode == 0
    assert sorted(tree(tmp_path / "tenants")) == [
        "tenant-acme/compute-plane.yaml",
        "tenant-acme/declared/redis-cache.yaml",
        "tenant-acme/declared/redis-other.yaml",
    ]
    rendered, _ = yaml.load_all(run_in(tmp_path, "render", "tenants", "--generated-only").stdout)
    assert {**given["spec"], **SPELLED, "interval": "7m0s"} == rendered["spec"]
    assert rendered["metadata"]["labels"].items() >= {"apps.cozystack.io-team": "a"}.items()
    assert rendered["metadata"]["annotations"].items() >= {"apps.cozystack.io-note": "b"}.items()
    before = tree(tmp_path / "tenants")
    again = run_in(tmp_path, "import", "apps", "--output-dir", "tenants")
    assert (again.returncode, again.stderr.count("[file-in-the-way]")) == (1, 3)
    assert tree(tmp_path / "tenants") == before


def fleet(**files: str) -> dict[str, str]:
    """A repository with a run that is bound to the namespace of the release, which is elsewhere."""
    owner = "apiVersion: krmfn.dev/v1alpha1\nkind: ComputePlane\nmetadata: {name: acme, namespace: tenant-acme}\n"
    return {
        ".git/HEAD": "",
        "tenants/acme/plane.yaml": owner + "spec: {}\n",
        "clusters/cache.yaml": yaml.dump(release()),
        **files,
    }


def test_a_release_in_another_runs_namespace_is_refused(tmp_path: Path) -> None:
    """It would be declared by a second run: the run that owns it is named, and with its ComputePlane it is taken."""
    plant(tmp_path, fleet())
    answer = run_in(tmp_path, "import", "clusters", "--output-dir", "more")
    assert answer.returncode == 1
    assert "[foreign-namespace]" in answer.stderr
    assert "belongs to the run in tenants/acme" in answer.stderr
    assert "--config tenants/acme/plane.yaml" in answer.stderr
    assert not (tmp_path / "more").exists()
    taken = run_in(tmp_path, "import", "clusters", "--config", "tenants/acme/plane.yaml")
    assert taken.returncode == 0, taken.stderr
    (declared,) = yaml.load_all(taken.stdout)
    assert declared["kind"] == "Redis"
    assert run_in(tmp_path, "import", "clusters", "tenants").returncode == 0


def test_a_release_of_the_platform_is_refused(tmp_path: Path) -> None:
    """No tenant's run can be bound to its namespace."""
    of_platform = release()
    of_platform["metadata"]["namespace"] = "cozy-system"
    plant(tmp_path, {"clusters/cache.yaml": yaml.dump(of_platform)})
    answer = run_in(tmp_path, "import", "clusters")
    assert (answer.returncode, answer.stdout) == (1, "")
    assert "[reserved-namespace]" in answer.stderr


SPELLED = {
    "install": {"timeout": "10m0s", "strategy": RETRY},
    "upgrade": {"timeout": "10m0s", "strategy": RETRY},
}


def labelled(given: Resource) -> None:
    given["metadata"]["labels"] = {"team": "a"}


def of_v1(given: Resource) -> None:
    given["apiVersion"] = "helm.toolkit.fluxcd.io/v2beta2"


def homeless(given: Resource) -> None:
    del given["metadata"]["namespace"]


def changed(**spec: Any) -> Callable[[Resource], None]:
    return lambda given: given["spec"].update(spec)


CASES: dict[str, tuple[Callable[[Resource], None], str, str]] = {
    "a label of their own": (labelled, "metadata.labels.team", "label team is lost"),
    "an older version": (of_v1, "apiVersion", "convert it to v2 first"),
    "no namespace": (homeless, "metadata.namespace", "set it to the tenant's namespace"),
    "another cluster": (
        changed(kubeConfig={"secretRef": {"name": "a"}}),
        "spec.kubeConfig",
        "as only a Placement can say",
    ),
    "another target": (changed(targetNamespace="x"), "spec.targetNamespace", "as only a Placement can say"),
    "a field that krmfn does not write": (changed(suspend=True), "spec.suspend", "is lost"),
    "a Secret with values": (
        changed(valuesFrom=[{"kind": "Secret", "name": "mine"}]),
        "spec.valuesFrom",
        "another value",
    ),
    "a value that the chart refuses": (changed(values={"replicas": "two"}), "spec.values.replicas", "is refused"),
    "a variable of Flux": (changed(values={"storageClass": "${CLASS}"}), "spec", "postBuild.variables"),
    "no retry": (changed(install={"timeout": "10m"}), "spec.install.strategy", "is added"),
}


@pytest.mark.parametrize("case", CASES)
def test_what_would_change_stays_and_is_said(tmp_path: Path, case: str) -> None:
    """Each field by name, and never a value; where nothing can be taken, the exit code says so."""
    change, field, says = CASES[case]
    given = release()
    change(given)
    plant(tmp_path, {"cache.yaml": yaml.dump(given)})
    answer = run_in(tmp_path, "import", ".")
    assert answer.returncode == 1
    assert answer.stdout == ""
    lines = [line for line in answer.stderr.splitlines() if "[not-imported]" in line]
    assert any(f" {field}: " in line and says in line for line in lines), answer.stderr
    assert "[nothing-imported]" in answer.stderr


def test_one_that_differs_from_the_others_is_told_what_would_help(tmp_path: Path) -> None:
    """What most releases of a namespace have is the ComputePlane's; the one that has something else stays."""
    files = {f"{name}.yaml": yaml.dump(release(f"redis-{name}", interval="9m")) for name in ("a", "b")}
    plant(
        tmp_path, {**files, "c.yaml": yaml.dump(release("redis-c")), "d.yaml": yaml.dump(release("mine", "my-chart"))}
    )
    answer = run_in(tmp_path, "import", ".")
    assert answer.returncode == 0
    plane, *apps = yaml.load_all(answer.stdout)
    assert plane["spec"]["defaults"] == {"interval": "9m0s"}
    assert [each["metadata"]["name"] for each in apps] == ["a", "b"]
    assert "set spec.defaults.interval of the ComputePlane" in answer.stderr
    assert "info: d.yaml" in answer.stderr
    assert "2 of 4 HelmReleases" in answer.stderr


def test_the_configuration_that_is_there_counts(tmp_path: Path) -> None:
    """A ComputePlane among the files, or of --config, renders the declarations, and none is made."""
    plane = "apiVersion: krmfn.dev/v1alpha1\nkind: ComputePlane\nmetadata: {name: acme, namespace: tenant-acme}\n"
    plant(
        tmp_path,
        {"in/a.yaml": yaml.dump(release(interval="9m")), "plane.yaml": plane + "spec: {defaults: {interval: 9m}}\n"},
    )
    for arguments in (("in", "--config", "plane.yaml"), (".",)):
        answer = run_in(tmp_path, "import", *arguments)
        assert answer.returncode == 0, answer.stderr
        (app,) = yaml.load_all(answer.stdout)
        assert app["kind"] == "Redis"


def test_a_kind_of_their_own(tmp_path: Path) -> None:
    """An ApplicationDefinition among the files or in --catalog says of which kind a chart is."""
    definition = {
        "apiVersion": "cozystack.io/v1alpha1",
        "kind": "ApplicationDefinition",
        "metadata": {"name": "shop"},
        "spec": {
            "application": {"kind": "Shop", "plural": "shops", "singular": "shop", "openAPISchema": "{}"},
            "release": {
                "prefix": "shop-",
                "chartRef": {"kind": "ExternalArtifact", "name": "shop", "namespace": "cozy-system"},
            },
        },
    }
    plant(tmp_path, {"in/a.yaml": yaml.dump(release("shop-a", "shop")), "more/shop.yaml": yaml.dump(definition)})
    assert run_in(tmp_path, "import", "in").returncode == 1
    answer = run_in(tmp_path, "import", "in", "--catalog", "more")
    assert answer.returncode == 0, answer.stderr
    assert yaml.load_all(answer.stdout)[1]["kind"] == "Shop"


def test_nothing_to_import_is_said(tmp_path: Path) -> None:
    """A folder without a HelmRelease is an error: most likely the path is wrong."""
    plant(tmp_path, {"a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"})
    answer = run_in(tmp_path, "import", ".")
    assert (answer.returncode, answer.stdout) == (1, "")
    assert "has no HelmRelease" in answer.stderr


if RECORDED.is_file():

    def test_releases_of_the_platform_itself(tmp_path: Path) -> None:
        """What the platform's API made of an application is taken, but for what krmfn refuses to declare."""
        rows = [json.loads(line)["answer"] for line in RECORDED.read_text(encoding="utf-8").splitlines()]
        releases = {row["metadata"]["name"]: row for row in rows if row.get("kind") == "HelmRelease"}
        plant(tmp_path, {"in/all.yaml": "---\n".join(yaml.dump(each) for each in releases.values())})
        answer = run_in(tmp_path, "import", "in", "--output-dir", "tenants")
        assert answer.returncode == 0, answer.stderr
        assert answer.stderr.count("[imported]") >= 70
        refused = set(re.findall(r"would be the (\w+) .*\[not-imported\]", answer.stderr))
        # One is not in tenant-root, one has no provider, one has another name, and two are of the next release.
        assert refused == {"BootBox", "ExternalDNS", "SeaweedFS", "ComputePlane", "KubernetesNodes"}
        rendered = yaml.load_all(run_in(tmp_path, "render", "tenants", "--generated-only").stdout)
        specs = {each["metadata"]["name"]: each["spec"] for each in rendered if each["kind"] == "HelmRelease"}
        assert len(specs) >= 60
        assert all(specs[name] == releases[name]["spec"] for name in specs)


def test_a_chart_of_an_earlier_cozystack_is_recognized(tmp_path: Path) -> None:
    """Public examples of GitOps for Cozystack name its old HelmRepository; the next step is said."""
    source = {"kind": "HelmRepository", "name": "cozystack-apps"}
    old = {**release(), "spec": {"chart": {"spec": {"chart": "redis", "sourceRef": source}}}}
    other = {**old, "metadata": {"name": "web"}, "spec": {"chart": {"spec": {"chart": "web"}}}}
    plant(tmp_path, {"apps/a.yaml": yaml.dump(old), "apps/b.yaml": yaml.dump(other)})
    told = run_in(tmp_path, "import", "apps").stderr.splitlines()
    assert [("earlier Cozystack" in line, "apps/a.yaml" in line) for line in told if "[not-imported]" in line] == [
        (True, True),
        (False, False),
    ]
