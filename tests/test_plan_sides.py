"""Each side of a comparison is a run of its own: invalid, unreadable, or with another configuration."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from krmfn.cli.plan.comparison import both_sides
from krmfn.cli.plan.revisions import Revisions
from tests.declarations import NAMESPACE, app, plane
from tests.history import LAST, History

if TYPE_CHECKING:
    import pytest


def test_an_invalid_side_is_named_and_the_rest_compared(history: History) -> None:
    """A namespace that is invalid on one side is left out on both, and said; the others are compared; exit 1."""
    other = app("Redis", "b", namespace="tenant-b")
    history.commit({"a.yaml": app("Reddis", "a"), "b.yaml": other})
    history.commit({"a.yaml": app("Redis", "a"), "b.yaml": other.replace("{}", "{replicas: 3}")})
    answer = history.plan(*LAST)
    assert answer.returncode == 1
    assert answer.stderr.startswith("krmfn: HEAD~1 is invalid:\nerror: a.yaml:2:1: Reddis tenant-acme/a kind: ")
    assert answer.stdout.splitlines()[1:] == [
        "tenant-b",
        "  change   Redis/b  upgraded: redis-b",
        "           spec.values.replicas: (none) -> 3",
        "tenant-acme: not compared, because HEAD~1 is invalid there; the other side declares Redis/a",
        "1 to change",
    ]
    document = history.planned(*LAST)
    assert document["notCompared"] == [{"namespace": NAMESPACE, "invalid": "from", "declarations": ["Redis/a"]}]
    assert (document["from"]["valid"], document["to"]["valid"]) == (False, True)


def test_an_unreadable_side_shows_the_other(history: History) -> None:
    """What cannot be read may declare anything, so nothing is compared, and the other side is shown."""
    history.commit({"a.yaml": app("Redis", "a"), "b.yaml": app("Redis", "b")})
    history.commit({"b.yaml": app("Redis", "b") + "\tx"})
    answer = history.plan(*LAST)
    assert answer.returncode == 1
    assert answer.stderr.startswith("krmfn: HEAD is invalid:\nerror: b.yaml:7:1: is not YAML")
    assert (
        "tenant-acme: not compared, because HEAD is invalid there; the other side declares Redis/a, Redis/b"
        in answer.stdout
    )
    assert (
        answer.stdout.splitlines()[-1]
        == "nothing was compared, because a file that cannot be read may declare anything"
    )
    check = history.check("--against", "HEAD~1")
    assert check.returncode == 1


def test_an_invalid_configuration_is_not_taken_for_a_removal(history: History) -> None:
    """What a configuration that cannot be read declares is not compared, nor is the platform: nothing is retired."""
    inline = "{{clusters: [{{name: lab}}], apps: [{{kind: Redis, name: a, values: {{}}}}]{}}}"
    platform = plane("{scope: platform}", name="guards").replace(f", namespace: {NAMESPACE}", "")
    history.commit({"a/plane.yaml": plane(inline.format("")), "platform/plane.yaml": platform})
    assert history.check().returncode == 0, history.check().stdout
    history.commit(
        {
            "a/plane.yaml": plane(inline.format(", x: 1")),
            "platform/plane.yaml": platform.replace("platform}", "platform, x: 1}"),
        }
    )
    document = history.planned(*LAST)
    assert document["changes"] == []
    skipped = {each["namespace"]: each for each in document["notCompared"]}
    assert skipped[NAMESPACE]["declarations"] == ["Kubernetes/lab", "Redis/a"]
    assert skipped[""]["invalid"] == "to"
    assert "the platform: not compared, because HEAD is invalid there" in history.plan(*LAST).stdout


def test_a_check_against_what_is_invalid_fails(history: History) -> None:
    """What the earlier revision declared cannot be told, and so neither what is lost: the check does not pass."""
    history.commit({"a.yaml": app("Reddis", "a")})
    history.commit({"a.yaml": app("Redis", "a")})
    answer = history.check("--against", "HEAD~1")
    assert answer.returncode == 1
    assert "in HEAD~1, the revision to compare with: " in answer.stdout


def test_each_side_has_its_own_configuration(history: History) -> None:
    """A configuration that changes is used on its own side, and said with the fields that differ."""
    history.commit({"plane.yaml": plane("{defaults: {interval: 5m}}"), "a.yaml": app("Redis", "a")})
    history.commit({"plane.yaml": plane("{defaults: {interval: 7m}}")})
    answer = history.plan(*LAST)
    assert answer.stdout.splitlines()[1:] == [
        (
            "info: plane.yaml:4:1: ComputePlane tenant-acme/plane spec: differs from the one in HEAD~1 in "
            "spec.defaults.interval; each revision was rendered with its own [config-differs]"
        ),
        "tenant-acme",
        "  change   Redis/a  reconfigured: redis-a",
        '           spec.interval: "5m0s" -> "7m0s"',
        "1 to change",
    ]
    kinds = (
        "{{defaults: {{interval: 7m}}, kinds: [{}{{kind: Gadget, chartRef: {{kind: OCIRepository, name: gadget}}}}]}}"
    )
    history.commit({"plane.yaml": plane(kinds.format(""))})
    history.commit({"plane.yaml": plane(kinds.format("{kind: Gizmo, chartRef: {kind: HelmChart, name: gizmo}}, "))})
    assert "differs from the one in HEAD~1 in spec.kinds.Gizmo; each" in history.plan(*LAST).stdout
    history.commit({"plane.yaml": None})
    assert "is not in HEAD, where another ComputePlane applies to these files, or none" in history.plan(*LAST).stdout


def test_each_folder_has_its_own_run(history: History) -> None:
    """A repository of a platform and several tenants, each with a ComputePlane, is checked and planned as a whole."""
    files = {
        "platform/plane.yaml": plane("{scope: platform}", name="guards").replace(f", namespace: {NAMESPACE}", ""),
        "a/plane.yaml": plane("{defaults: {interval: 7m}}", namespace="tenant-a"),
        "a/a.yaml": app("Redis", "a", namespace="tenant-a"),
        "b/plane.yaml": plane("{}", namespace="tenant-b"),
        "b/b.yaml": app("Redis", "b", namespace="tenant-b"),
    }
    history.commit(files)
    assert history.check().returncode == 0, history.check().stdout
    history.commit({"a/a.yaml": app("Redis", "a", "{replicas: 3}", namespace="tenant-a"), "b/b.yaml": None})
    assert history.actions(*LAST) == {"Redis/a": "change", "Redis/b": "retire"}
    history.commit({"a/second.yaml": plane("{}", namespace="tenant-a", name="second")})
    assert "[ambiguous-config]" in history.check().stdout


def test_a_run_that_is_the_same_on_both_sides_is_expanded_once(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a fleet of which one tenant changed, the others' expansions are those of both sides."""
    tenants = {
        f"tenants/{name}/{file}": text
        for name in ("acme", "birch", "cedar")
        for file, text in (
            ("plane.yaml", plane("{}", f"tenant-{name}", name)),
            ("cache.yaml", app("Redis", "cache", namespace=f"tenant-{name}")),
        )
    }
    history.commit(tenants)
    history.write({"tenants/birch/cache.yaml": app("Redis", "cache", "{replicas: 3}", namespace="tenant-birch")})
    monkeypatch.chdir(history.root)
    with both_sides(Revisions((Path(),), "HEAD", "WORKTREE")) as sides:
        pairs = zip(sides.before.side.expansions, sides.after.side.expansions, strict=True)
        assert [was is will for was, will in pairs] == [True, False, True]
