"""`krmfn plan` and `krmfn check --against`, over real histories: verb, exit code, and the lines that a user reads."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.history import CLEAN, NAMESPACE, History, app, cluster, krmfn_in, placed, plane, pull_request

if TYPE_CHECKING:
    from pathlib import Path

LAST = ("--from", "HEAD~1", "--to", "HEAD")
STUDIO = {
    "lab.yaml": cluster("lab"),
    "studio.yaml": app("ComfyUI", "studio"),
    "placement.yaml": placed("ComfyUI", "studio", "lab"),
}
PREPARED = "kustomize.toolkit.fluxcd.io/prune: disabled"


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path / "repository")


def test_a_pull_request_is_told_in_ten_lines(tmp_path: Path) -> None:
    """A notebook moves, a cluster is removed, a database grows: what comes of it, and why it is refused."""
    history = pull_request(tmp_path / "repository")
    answer = history.plan("--from", "origin/main")
    lines = answer.stdout.splitlines()
    assert len(lines) <= 10
    assert [tuple(line.split()[:2]) for line in lines if re.match("  [a-z]", line)] == [
        ("orphan", "Kubernetes/old"),
        ("move", "JupyterHub/notebooks"),
        ("change", "Postgres/main"),
    ]
    assert "1. annotate it krmfn.dev/confirm-deletion" in lines[-1]
    assert "2. once Flux has applied that, remove it" in lines[-1]
    assert history.check("--against", "origin/main").returncode == 1


def test_the_first_commit_creates(history: History) -> None:
    """In a repository without commits, everything on disk is to be created."""
    history.write(STUDIO)
    answer = history.plan()
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.splitlines() == [
        "krmfn plan: HEAD -> WORKTREE",
        "tenant-acme",
        "  create   ComfyUI/studio  installed: comfyui-studio-on-lab",
        "  create   Kubernetes/lab  installed: kubernetes-lab",
        "2 to create",
    ]


def test_nothing_changes(history: History) -> None:
    """A commit that touches no declaration is said to change nothing, and neither does a comment."""
    history.commit(STUDIO)
    history.commit({"README.md": "words", "lab.yaml": "# a comment\n" + cluster("lab")})
    answer = history.plan(*LAST)
    assert (answer.returncode, answer.stdout.splitlines()[1:]) == (0, ["no changes"])


def test_a_change_names_its_fields(history: History) -> None:
    """A changed value upgrades the release, and the line below says from what to what."""
    history.commit({"main.yaml": app("Postgres", "main", "{size: 10Gi}")})
    history.commit({"main.yaml": app("Postgres", "main", "{size: 20Gi, replicas: 3}")})
    assert history.plan(*LAST).stdout.splitlines()[2:] == [
        "  change   Postgres/main  upgraded: postgres-main",
        '           spec.values.size: "10Gi" -> "20Gi"',
        "           spec.values.replicas: (none) -> 3",
        "1 to change",
    ]
    (change,) = history.planned(*LAST)["changes"]
    assert change["fields"] == [
        {"object": "HelmRelease/postgres-main", "path": "spec.values.size", "before": "10Gi", "after": "20Gi"},
        {"object": "HelmRelease/postgres-main", "path": "spec.values.replicas", "after": 3},
    ]
    assert change["data"] == "kept"


def test_many_fields_are_counted(history: History) -> None:
    """A change of many fields stays a few lines; the JSON has them all."""
    history.commit({"main.yaml": app("Postgres", "main")})
    history.commit({"main.yaml": app("Postgres", "main", "{a: 1, b: 2, c: 3, d: 4, e: 5, f: 6}")})
    assert "           and 2 more fields (--output json has all)" in history.plan(*LAST).stdout.splitlines()
    assert len(history.planned(*LAST)["changes"][0]["fields"]) == 6


def test_a_credential_is_never_shown(history: History) -> None:
    """A password that changes is told as changed, on no stream as it is, and so is one that comes with a whole map."""
    history.commit({"main.yaml": app("Postgres", "main", "{users: {lab: {password: hunter2}}}")})
    changed = "{users: {lab: {password: hunter3}, other: {password: hunter4}}, url: 'http://a:hunter5@b'}"
    history.commit({"main.yaml": app("Postgres", "main", changed)})
    text, document = history.plan(*LAST), history.plan(*LAST, "--output", "json")
    assert "spec.values.users.lab.password: (a credential) -> (a credential)" in text.stdout
    assert "spec.values.users.other.password: (none) -> (a credential)" in text.stdout
    for stream in (text.stdout, text.stderr, document.stdout, document.stderr):
        assert "hunter" not in stream


def test_a_move_loses_data(history: History) -> None:
    """An app that goes to another cluster is uninstalled in one place and installed in the other, without its data."""
    files = {
        "two.yaml": cluster("two"),
        "nb.yaml": app("JupyterHub", "nb"),
        "p.yaml": placed("JupyterHub", "nb", "lab"),
    }
    history.commit({"lab.yaml": cluster("lab"), **files})
    history.commit({"p.yaml": placed("JupyterHub", "nb", "two")})
    assert history.plan(*LAST).stdout.splitlines()[2:] == [
        (
            "  move     JupyterHub/nb  from kubernetes-lab to kubernetes-two; uninstalled: jupyterhub-nb-on-lab; "
            "installed: jupyterhub-nb-on-two; data lost"
        ),
        "1 to move; data lost with 1",
    ]
    answer = history.check("--against", "HEAD~1")
    assert answer.returncode == 0
    assert "warning: nb.yaml: JupyterHub tenant-acme/nb metadata.name: moves from kubernetes-lab" in answer.stdout
    assert history.check("--against", "HEAD~1", "--strict").returncode == 1


def test_a_placement_moves_an_app_off_the_management_plane(history: History) -> None:
    """An app that gets a placement moves, and so does one that loses it."""
    history.commit({"lab.yaml": cluster("lab"), "studio.yaml": app("ComfyUI", "studio")})
    history.commit({"placement.yaml": placed("ComfyUI", "studio", "lab")})
    assert "from the management plane to kubernetes-lab" in history.plan(*LAST).stdout
    history.commit({"placement.yaml": None})
    assert "from kubernetes-lab to the management plane" in history.plan(*LAST).stdout


def test_an_app_is_retired(history: History) -> None:
    """An app that is removed is uninstalled with its data; check lets it pass with a warning, and --strict does not."""
    history.commit({"main.yaml": app("Postgres", "main"), "cache.yaml": app("Redis", "cache")})
    history.commit({"main.yaml": None})
    assert "  retire   Postgres/main  uninstalled: postgres-main; data lost" in history.plan(*LAST).stdout
    lenient, strict = (history.check("--against", "HEAD~1", *more) for more in ((), ("--strict",)))
    assert (lenient.returncode, strict.returncode) == (0, 1)
    assert lenient.stdout.startswith("warning: main.yaml: Postgres tenant-acme/main metadata.name: is removed: Flux")
    assert "its data is lost [will-retire]" in lenient.stdout


def test_of_a_kind_of_ones_own_nobody_knows_the_data(history: History) -> None:
    """What a kind keeps that krmfn did not ship is unknown, and is said to be."""
    kinds = "{kinds: [{kind: Shop, plural: shops, prefix: shop-, chartRef: {kind: HelmChart, name: shop}}]}"
    history.commit({"plane.yaml": plane(kinds), "shop.yaml": app("Shop", "a")})
    history.commit({"shop.yaml": None})
    assert history.planned(*LAST)["changes"][0]["data"] == "unknown"
    assert "its data may be lost" in history.check("--against", "HEAD~1").stdout


def test_a_cluster_removed_at_once_would_be_orphaned(history: History) -> None:
    """A cluster removed without confirmation, with its apps, is refused, and told which two commits remove it."""
    history.commit({**STUDIO, "cache.yaml": app("Redis", "cache")})
    history.commit(dict.fromkeys(STUDIO))
    plan = history.plan(*LAST)
    assert plan.returncode == 0
    assert plan.stdout.splitlines()[2:6] == [
        "  orphan   Kubernetes/lab  left running: kubernetes-lab; data kept; refused",
        "  retire   ComfyUI/studio  uninstalled: comfyui-studio-on-lab; data lost",
        "1 to orphan, 1 to retire; data lost with 1",
        "krmfn check --against HEAD~1 refuses this:",
    ]
    check = history.check("--against", "HEAD~1")
    assert check.returncode == 1
    assert check.stdout.splitlines()[0] == (
        "error: lab.yaml: Kubernetes tenant-acme/lab metadata.name: is removed, and its deletion was not confirmed: "
        "Flux would leave kubernetes-lab running, and nobody would own it. Put Kubernetes lab back, then in two "
        'commits: 1. remove or move ComfyUI/studio, and annotate it krmfn.dev/confirm-deletion: "lab"; 2. once Flux '
        "has applied that, remove it [removed-unconfirmed]"
    )
    (orphan,) = [each for each in history.planned(*LAST)["changes"] if each["action"] == "orphan"]
    assert orphan["refusedBy"] == ["removed-unconfirmed"]


def test_a_cluster_is_retired_in_order(history: History) -> None:
    """The two commits that the refusal names pass: apps and confirmation first, then the cluster."""
    history.commit({**STUDIO, "cache.yaml": app("Redis", "cache")})
    history.commit({"studio.yaml": None, "placement.yaml": None, "lab.yaml": cluster("lab", confirm="lab")})
    assert history.actions(*LAST) == {"Kubernetes/lab": "change", "ComfyUI/studio": "retire"}
    assert "  change   Kubernetes/lab  reconfigured: kubernetes-lab" in history.plan(*LAST).stdout
    assert history.check("--against", "HEAD~1").returncode == 0
    history.commit({"lab.yaml": None})
    assert "  retire   Kubernetes/lab  uninstalled: kubernetes-lab; data lost" in history.plan(*LAST).stdout
    check = history.check("--against", "HEAD~1")
    assert (check.returncode, "[will-retire]" in check.stdout) == (0, True)


@pytest.mark.parametrize(("flux", "code"), [("2.8", 1), ("2.9", 0)])
def test_a_confirmed_cluster_goes_with_its_apps_only_where_flux_orders_it(
    flux: str, code: int, history: History
) -> None:
    """A cluster that goes in one step with its apps would be left behind before Flux 2.9; from then on it goes."""
    config = plane(f'{{target: {{flux: "{flux}"}}}}')
    history.commit({**STUDIO, "lab.yaml": cluster("lab", confirm="lab"), "plane.yaml": config})
    history.commit(dict.fromkeys(STUDIO))
    answer = history.check("--against", "HEAD~1")
    assert answer.returncode == code, answer.stdout
    assert (
        "1. remove or move ComfyUI/studio, and keep this; 2. once Flux has uninstalled them" in answer.stdout
    ) == code


@pytest.mark.parametrize(("flux", "warned"), [("2.8", True), ("2.9", False)])
def test_a_confirmed_sandbox_is_forgotten_where_flux_does_not_order_it(
    flux: str, history: History, *, warned: bool
) -> None:
    """Its boundary goes first, by when a Flux before 2.9 has given up on it and on its fences: that is said."""
    chart = "{chartRef: {kind: OCIRepository, name: krmfn-objects, namespace: cozy-public}}"
    config = plane(f'{{target: {{flux: "{flux}"}}, objectsChart: {chart}, network: {{apiServerAddresses: []}}}}')
    sandbox = cluster("lab", confirm="lab", spec="{isolationProfile: sandbox}")
    history.commit({"lab.yaml": sandbox, "plane.yaml": config, "redis.yaml": app("Redis", "cache")})
    history.commit({"lab.yaml": None})
    answer = history.check("--against", "HEAD~1")
    assert answer.returncode == 0, answer.stdout
    assert (
        "delete by hand HelmRelease kubernetes-lab, and then CiliumNetworkPolicy kubernetes-lab-egress and "
        "ConfigMap kubernetes-lab-admission [left-behind]" in answer.stdout
    ) == warned


def test_a_confirmation_on_a_cluster_in_use_is_refused(history: History) -> None:
    """A cluster whose deletion is confirmed has no apps."""
    history.commit(STUDIO)
    history.commit({"lab.yaml": cluster("lab", confirm="lab")})
    answer = history.check("--against", "HEAD~1")
    assert answer.returncode == 1
    assert 'metadata.annotations["krmfn.dev/confirm-deletion"]: its deletion is confirmed, and ComfyUI/studio' in (
        answer.stdout
    )
    assert "[confirmed-in-use]" in answer.stdout


def test_a_confirmation_for_another_name_is_refused(history: History) -> None:
    """A copied confirmation confirms nothing: it is an error of the later side, and plan says so."""
    history.commit({"lab.yaml": cluster("lab")})
    history.commit({"lab.yaml": cluster("lab", confirm="old")})
    assert "[wrong-confirmation]" in history.check("--against", "HEAD~1").stdout
    plan = history.plan(*LAST)
    assert plan.returncode == 1
    assert plan.stderr.startswith("krmfn: HEAD is invalid:\nerror: lab.yaml: ")


def test_a_module_cluster_is_not_taken_away_under_its_apps(history: History) -> None:
    """The module's release, or the tenant's switch, makes the module cluster: neither goes while apps run on it."""
    module = "apiVersion: apps.cozystack.io/v1alpha1\nkind: ComputePlane\n"
    module += f"metadata: {{name: computeplane, namespace: {NAMESPACE}}}\nspec: {{nodeGroups: {{}}}}\n"
    files = {
        "plane.yaml": plane("{clusters: [{name: computeplane, module: true}]}"),
        "studio.yaml": app("ComfyUI", "studio"),
        "placement.yaml": placed("ComfyUI", "studio", "computeplane"),
    }
    tenant = app("Tenant", "acme", "{computeplane: true}", namespace="tenant-root")
    history.commit({**files, "module.yaml": module, "tenant.yaml": tenant})
    history.commit({"module.yaml": None})
    history.commit({"tenant.yaml": tenant.replace("true", "false")})
    for commit in ("HEAD~1", "HEAD"):
        history.git("checkout", "--quiet", commit if commit == "HEAD" else "main~1")
        answer = history.check("--against", "HEAD~1")
        assert answer.returncode == 1, answer.stdout
        assert "takes the module cluster of tenant-acme away under ComfyUI/studio. In two commits: 1. " in answer.stdout
        history.git("checkout", "--quiet", "main")


def test_a_cluster_that_becomes_an_existing_one_is_orphaned(history: History) -> None:
    """A cluster that is no longer created here, but only referred to, leaves its release behind like one removed."""
    history.commit({"lab.yaml": cluster("lab"), "plane.yaml": plane("{}")})
    existing = "{clusters: [{name: lab, kubeConfig: {secretRef: {name: lab-kubeconfig}}}]}"
    history.commit({"lab.yaml": None, "plane.yaml": plane(existing)})
    assert history.actions(*LAST) == {"Kubernetes/lab": "orphan"}
    assert history.check("--against", "HEAD~1").returncode == 1
    assert history.actions("--from", "HEAD", "--to", "HEAD~1") == {"Kubernetes/lab": "create"}


def test_protected_data_is_not_removed_unconfirmed(history: History) -> None:
    """With spec.protect: data, an app that keeps data is refused like a cluster; confirmed, it goes."""
    config = plane("{protect: data}")
    history.commit({"plane.yaml": config, "main.yaml": app("Postgres", "main")})
    history.commit({"main.yaml": None})
    assert history.actions(*LAST) == {"Postgres/main": "orphan"}
    assert history.check("--against", "HEAD~1").returncode == 1
    history.commit({"main.yaml": app("Postgres", "main", marks='{krmfn.dev/confirm-deletion: "main"}')})
    history.commit({"main.yaml": None})
    assert history.actions(*LAST) == {"Postgres/main": "retire"}
    assert history.check("--against", "HEAD~1").returncode == 0


def test_a_protected_app_does_not_move_unconfirmed(history: History) -> None:
    """With spec.protect: data, Flux would leave what keeps data where it was: a move needs a confirmation, too."""
    files = {"plane.yaml": plane("{protect: data}"), "two.yaml": cluster("two"), "lab.yaml": cluster("lab")}
    history.commit({**files, "nb.yaml": app("JupyterHub", "nb"), "p.yaml": placed("JupyterHub", "nb", "lab")})
    history.commit({"p.yaml": placed("JupyterHub", "nb", "two")})
    (change,) = history.planned(*LAST)["changes"]
    assert (change["action"], change["data"], change["refusedBy"]) == ("move", "kept", ["removed-unconfirmed"])
    assert [each["outcome"] for each in change["releases"]] == ["left running", "installed"]
    answer = history.check("--against", "HEAD~1")
    assert answer.returncode == 1
    assert "moves, and its deletion was not confirmed: Flux would leave jupyterhub-nb-on-lab running" in answer.stdout


def test_a_renamed_app_is_replaced(history: History) -> None:
    """Another name is another release: the old one is uninstalled, and the plan says what became what."""
    history.commit({"cache.yaml": app("Redis", "cache", "{size: 1Gi}"), "other.yaml": app("Redis", "other")})
    history.commit({"cache.yaml": app("Redis", "store", "{size: 1Gi}")})
    said = "  replace  Redis/cache -> store  uninstalled: redis-cache; installed: redis-store; data lost"
    assert said in history.plan(*LAST).stdout.splitlines()
    (change,) = history.planned(*LAST)["changes"]
    assert (change["action"], change["object"]["name"], change["was"]) == ("replace", "store", "cache")
    assert "is Redis/cache renamed: Flux uninstalls" in history.check("--against", "HEAD~1").stdout


def test_a_renamed_cluster_is_refused(history: History) -> None:
    """A cluster's rename is the removal of the old one, which was not confirmed."""
    history.commit({"lab.yaml": cluster("lab", spec="{version: v1.34}")})
    history.commit({"lab.yaml": None, "new.yaml": cluster("new", spec="{version: v1.34}")})
    (change,) = history.planned(*LAST)["changes"]
    assert (change["action"], change["data"], change["refusedBy"]) == ("replace", "kept", ["removed-unconfirmed"])
    answer = history.check("--against", "HEAD~1")
    assert answer.returncode == 1
    assert "becomes Kubernetes/new, and its deletion was not confirmed" in answer.stdout
    assert "Put Kubernetes lab back" in answer.stdout


def test_another_target_namespace_leaves_what_is_in_the_old_one(history: History) -> None:
    """Flux does not find what it installed there (tests/engine/test_claims.py), so it goes in two commits."""
    history.commit(STUDIO)
    history.commit({"placement.yaml": placed("ComfyUI", "studio", "lab", "  targetNamespace: art\n")})
    (change,) = history.planned(*LAST)["changes"]
    assert (change["action"], change["data"]) == ("replace", "unknown")
    assert change["refusedBy"] == ["namespace-changed"]
    assert [each["outcome"] for each in change["releases"]] == ["left running", "installed"]
    assert 'spec.targetNamespace: "comfyui-studio" -> "art"' in history.plan(*LAST).stdout
    answer = history.check("--against", "HEAD~1")
    assert answer.returncode == 1
    assert "changes from comfyui-studio to art under a running release" in answer.stdout
    assert "will-replace" not in answer.stdout


def test_another_target_namespace_is_reached_in_two_commits(history: History) -> None:
    """Removed first and declared again, an app is in its new namespace, and nothing was refused."""
    history.commit({**STUDIO, "plane.yaml": plane("{}")})
    history.commit({"studio.yaml": None, "placement.yaml": None})
    assert history.check("--against", "HEAD~1").returncode == 0
    placement = placed("ComfyUI", "studio", "lab", "  targetNamespace: art\n")
    history.commit({"studio.yaml": STUDIO["studio.yaml"], "placement.yaml": placement})
    assert history.check("--against", "HEAD~1").returncode == 0
    assert history.actions(*LAST) == {"ComfyUI/studio": "create"}


def test_another_chart_replaces(history: History) -> None:
    """A chart of another name is another release to Flux; a new place of the same chart is not."""
    chart = "{{kind: OCIRepository, name: {}, namespace: {}}}"
    kinds = f"{{{{kinds: [{{{{kind: Shop, plural: shops, prefix: shop-, chartRef: {chart}}}}}]}}}}"
    history.commit({"plane.yaml": plane(kinds.format("shop", "charts")), "shop.yaml": app("Shop", "a")})
    history.commit({"plane.yaml": plane(kinds.format("shop", "elsewhere"))})
    assert history.actions(*LAST) == {"Shop/a": "change"}
    history.commit({"plane.yaml": plane(kinds.format("store", "elsewhere"))})
    assert history.actions(*LAST) == {"Shop/a": "replace"}


def test_another_kubeconfig_leaves_the_release_where_it_was(history: History) -> None:
    """Flux forgets what it installed where the old kubeconfig led (docs/platform.md#helmrelease): a warning says so."""
    spec = "{{clusters: [{{name: legacy, kubeConfig: {{secretRef: {{name: {}}}}}}}]}}"
    files = {"studio.yaml": STUDIO["studio.yaml"], "p.yaml": placed("ComfyUI", "studio", "legacy")}
    history.commit({**files, "plane.yaml": plane(spec.format("one"))})
    history.commit({"plane.yaml": plane(spec.format("two"))})
    (change,) = history.planned(*LAST)["changes"]
    assert (change["action"], change["data"]) == ("change", "unknown")
    assert [each["outcome"] for each in change["releases"]] == ["left running", "installed"]
    assert "[left-behind]" in history.check("--against", "HEAD~1").stdout


def test_a_revert_undoes(history: History) -> None:
    """A revert is planned as what it does, not as what it is called: here, a creation turned into a removal."""
    history.commit({"cache.yaml": app("Redis", "cache")})
    history.commit({"main.yaml": app("Postgres", "main")})
    assert history.actions(*LAST) == {"Postgres/main": "create"}
    history.git("revert", "--no-edit", "HEAD")
    assert history.actions(*LAST) == {"Postgres/main": "retire"}
    assert history.actions("--from", "HEAD~2", "--to", "HEAD") == {}


def test_a_merge_commit_brings_what_its_branch_did(history: History) -> None:
    """Against its first parent a merge does what the branch did, and nothing of what main did meanwhile."""
    history.commit({"cache.yaml": app("Redis", "cache")})
    history.git("switch", "--quiet", "--create", "branch")
    history.commit({"main.yaml": app("Postgres", "main")})
    history.git("switch", "--quiet", "main")
    history.commit({"queue.yaml": app("RabbitMQ", "queue")})
    history.git("merge", "--quiet", "--no-edit", "branch")
    assert history.actions("--from", "HEAD^1", "--to", "HEAD") == {"Postgres/main": "create"}
    assert history.actions("--from", "HEAD^2", "--to", "HEAD") == {"RabbitMQ/queue": "create"}


def test_a_branch_behind_is_told(history: History) -> None:
    """What main did meanwhile shows as undone: that is said, with what to compare instead, which shows the branch."""
    history.commit({"cache.yaml": app("Redis", "cache")})
    history.git("switch", "--quiet", "--create", "branch")
    history.commit({"main.yaml": app("Postgres", "main")})
    history.git("switch", "--quiet", "main")
    history.commit({"lab.yaml": cluster("lab")})
    history.git("switch", "--quiet", "branch")
    behind = history.check("--against", "main")
    assert behind.returncode == 1
    assert "krmfn: main has a commit that WORKTREE lacks" in behind.stderr
    assert "main..." in behind.stderr
    parted = history.check("--against", "main...")
    assert (parted.returncode, "lacks" in parted.stderr) == (0, False)


def test_the_work_tree_is_what_would_be_committed(history: History) -> None:
    """Uncommitted and untracked files count, ignored ones do not, and removed ones are gone."""
    history.commit({"a.yaml": app("Redis", "a"), "b.yaml": app("Redis", "b"), ".gitignore": "ignored.yaml\n"})
    history.write(
        {
            "a.yaml": app("Redis", "a", "{replicas: 3}"),
            "b.yaml": None,
            "new/c.yaml": app("Postgres", "c"),
            "ignored.yaml": app("Postgres", "d"),
        }
    )
    assert history.actions() == {"Redis/a": "change", "Redis/b": "retire", "Postgres/c": "create"}


def test_the_index_is_what_is_staged(history: History) -> None:
    """INDEX has what was added to it and nothing that was not."""
    history.commit({"a.yaml": app("Redis", "a")})
    history.write({"b.yaml": app("Postgres", "b"), "c.yaml": app("Kafka", "c")})
    history.git("add", "b.yaml")
    assert history.actions("--to", "INDEX") == {"Postgres/b": "create"}
    assert history.actions("--from", "INDEX") == {"Kafka/c": "create"}


def test_a_bare_repository_has_revisions(history: History, tmp_path: Path) -> None:
    """Two revisions of a bare repository compare like any others; it has no work tree, and says so."""
    history.commit({"a.yaml": app("Redis", "a")})
    history.commit({"b.yaml": app("Postgres", "b")})
    history.git("clone", "--quiet", "--bare", ".", str(tmp_path / "bare.git"))
    answer = krmfn_in(tmp_path / "bare.git", "plan", *LAST)
    assert answer.returncode == 0
    assert "  create   Postgres/b  installed: postgres-b" in answer.stdout
    refused = krmfn_in(tmp_path / "bare.git", "plan")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "a bare repository has no WORKTREE; say --to REV" in refused.stderr


def test_a_shallow_clone_says_what_it_lacks(history: History, tmp_path: Path) -> None:
    """What a shallow clone has compares; a revision beyond its end is an error that says how to get it."""
    for number in range(3):
        history.commit({"a.yaml": app("Redis", "a", f"{{replicas: {number}}}")})
    history.git("clone", "--quiet", "--depth=2", f"file://{history.root}", str(tmp_path / "shallow"))
    answer = krmfn_in(tmp_path / "shallow", "plan", *LAST)
    assert "spec.values.replicas: 1 -> 2" in answer.stdout
    beyond = krmfn_in(tmp_path / "shallow", "plan", "--from", "HEAD~2")
    assert beyond.returncode == 2
    assert "this clone is shallow, and its history ends before HEAD~2; git fetch --unshallow" in beyond.stderr


def test_a_clone_without_objects_fetches_none(history: History, tmp_path: Path) -> None:
    """A partial clone lacks contents: that is an error with the way out, and nothing is fetched behind one's back."""
    history.git("config", "uploadpack.allowFilter", "true")
    history.commit({"a.yaml": app("Redis", "a")})
    history.commit({"a.yaml": app("Redis", "b")})
    partial = tmp_path / "partial"
    history.git("clone", "--quiet", "--filter=blob:none", f"file://{history.root}", str(partial))
    answer = krmfn_in(partial, "plan", *LAST)
    assert answer.returncode == 2, answer.stderr
    assert "a.yaml is not in this clone" in answer.stderr


def test_a_linked_worktree_has_its_own_files(history: History, tmp_path: Path) -> None:
    """`git worktree add` makes a checkout of its own, which is the one that counts."""
    history.commit({"a.yaml": app("Redis", "a")})
    history.git("worktree", "add", "--quiet", str(tmp_path / "linked"))
    (tmp_path / "linked/b.yaml").write_text(app("Postgres", "b"))
    assert "Postgres/b" in krmfn_in(tmp_path / "linked", "plan").stdout
    assert "no changes" in history.plan().stdout


def test_a_sparse_checkout_removes_nothing(history: History) -> None:
    """What a sparse checkout leaves out is not on disk, and yet not removed."""
    history.commit({"a/a.yaml": app("Redis", "a"), "b/b.yaml": app("Redis", "b")})
    history.git("sparse-checkout", "set", "a")
    assert not (history.root / "b/b.yaml").exists()
    assert "no changes" in history.plan().stdout


def test_a_conflict_is_not_planned(history: History) -> None:
    """An index with a conflict is no revision; the work tree's file with the marks is no YAML, and is named."""
    history.commit({"a.yaml": app("Redis", "a")})
    history.git("switch", "--quiet", "--create", "branch")
    history.commit({"a.yaml": app("Redis", "a", "{replicas: 2}")})
    history.git("switch", "--quiet", "main")
    history.commit({"a.yaml": app("Redis", "a", "{replicas: 3}")})
    with pytest.raises(subprocess.CalledProcessError):
        history.git("merge", "--no-edit", "branch")
    index, worktree = history.plan("--to", "INDEX"), history.plan()
    assert (index.returncode, worktree.returncode) == (2, 1)
    assert "a.yaml is not merged; resolve the conflict" in index.stderr
    assert worktree.stderr.startswith("krmfn: WORKTREE is invalid:\nerror: a.yaml: is not YAML")


def test_no_repository_is_usage(tmp_path: Path) -> None:
    """Outside of a repository there is nothing to compare, and check without --against needs none."""
    (tmp_path / "a.yaml").write_text(app("Redis", "a"))
    environment = {"GIT_CEILING_DIRECTORIES": str(tmp_path.parent)}
    answer = krmfn_in(tmp_path, "plan", environment=environment)
    assert (answer.returncode, answer.stdout) == (2, "")
    assert "is in no Git repository" in answer.stderr
    assert krmfn_in(tmp_path, "check").returncode == 0


def test_no_git_is_usage(history: History) -> None:
    """Without git, plan says so, and what compares nothing works."""
    history.write({"a.yaml": app("Redis", "a")})
    environment = {"PATH": str(history.root / "empty")}
    answer = krmfn_in(history.root, "plan", environment=environment)
    assert answer.returncode == 2
    assert "needs git, and there is none on PATH" in answer.stderr
    for command in (("render",), ("check",)):
        assert krmfn_in(history.root, *command, environment=environment).returncode == 0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--from", "mian"), 'there is no revision "mian" in this repository; did you mean "main"?'),
        (("--to", "worktree"), 'did you mean "WORKTREE"?'),
        (("--from", "--output=x"), 'there is no revision "--output=x"'),
        (("--from", "main...nowhere"), 'there is no revision "nowhere"'),
        (("nowhere",), "nowhere is neither in HEAD nor in WORKTREE"),
        (("..",), ".. is outside the repository"),
    ],
)
def test_what_is_not_there_is_usage(arguments: tuple[str, ...], says: str, history: History) -> None:
    """A revision or a path that is not there is told with the nearest, exit 2."""
    history.commit({"a.yaml": app("Redis", "a")})
    answer = history.plan(*arguments)
    assert (answer.returncode, answer.stdout) == (2, "")
    assert says in answer.stderr


def test_a_folder_is_enough(history: History) -> None:
    """With a path, only what is under it counts, in both revisions; a subfolder is a place to stand."""
    history.commit({"a/a.yaml": app("Redis", "a"), "b/b.yaml": app("Redis", "b")})
    history.commit({"a/a.yaml": None, "b/b.yaml": app("Redis", "b", "{replicas: 3}")})
    assert history.actions(*LAST, "a") == {"Redis/a": "retire"}
    assert "Redis/a" not in krmfn_in(history.root / "b", "plan", *LAST).stdout
    assert "spec.values.replicas" in krmfn_in(history.root / "b", "plan", *LAST).stdout


def test_an_invalid_side_is_named_and_the_rest_compared(history: History) -> None:
    """A namespace that is invalid on one side is left out on both, and said; the others are compared; exit 1."""
    other = app("Redis", "b", namespace="tenant-b")
    history.commit({"a.yaml": app("Reddis", "a"), "b.yaml": other})
    history.commit({"a.yaml": app("Redis", "a"), "b.yaml": other.replace("{}", "{replicas: 3}")})
    answer = history.plan(*LAST)
    assert answer.returncode == 1
    assert answer.stderr.startswith("krmfn: HEAD~1 is invalid:\nerror: a.yaml: Reddis tenant-acme/a kind: ")
    assert answer.stdout.splitlines()[1:] == [
        "tenant-b",
        "  change   Redis/b  upgraded: redis-b",
        "           spec.values.replicas: (none) -> 3",
        "tenant-acme: not compared, for HEAD~1 is invalid there; the other declares Redis/a",
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
    assert answer.stderr.startswith("krmfn: HEAD is invalid:\nerror: b.yaml: is not YAML")
    assert "tenant-acme: not compared, for HEAD is invalid there; the other declares Redis/a, Redis/b" in answer.stdout
    assert answer.stdout.splitlines()[-1] == "nothing was compared, for what cannot be read may declare anything"
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
    assert "the platform: not compared, for HEAD is invalid there" in history.plan(*LAST).stdout


def test_a_check_against_what_is_invalid_fails(history: History) -> None:
    """What the earlier revision declared cannot be told, and so neither what is lost: the check does not pass."""
    history.commit({"a.yaml": app("Reddis", "a")})
    history.commit({"a.yaml": app("Redis", "a")})
    answer = history.check("--against", "HEAD~1")
    assert answer.returncode == 1
    assert "in HEAD~1, which this is to be compared with: " in answer.stdout


def test_each_side_has_its_own_configuration(history: History) -> None:
    """A configuration that changes is used on its own side, and said with the fields that differ."""
    history.commit({"plane.yaml": plane("{defaults: {interval: 5m}}"), "a.yaml": app("Redis", "a")})
    history.commit({"plane.yaml": plane("{defaults: {interval: 7m}}")})
    answer = history.plan(*LAST)
    assert answer.stdout.splitlines()[1:] == [
        (
            "info: plane.yaml: ComputePlane tenant-acme/plane spec: differs from that of HEAD~1 in "
            "spec.defaults.interval; each side was expanded with its own [config-differs]"
        ),
        "tenant-acme",
        "  change   Redis/a  reconfigured: redis-a",
        '           spec.interval: "5m0s" -> "7m0s"',
        "1 to change",
    ]
    history.commit({"plane.yaml": None})
    assert "is not in HEAD, which has defaults or another in its place" in history.plan(*LAST).stdout


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


def test_a_file_that_moves_changes_nothing(history: History) -> None:
    """Where a declaration stands, and in which file, is nothing to Flux."""
    history.commit({"a.yaml": app("Redis", "a"), "b.yaml": app("Redis", "b")})
    history.commit(
        {"a.yaml": None, "b.yaml": None, "deep/down/all.yaml": app("Redis", "b") + "---\n" + app("Redis", "a")}
    )
    assert "no changes" in history.plan(*LAST).stdout


def test_files_whose_names_differ_only_in_case(history: History) -> None:
    """Git has both, and so does the plan."""
    history.commit({"a.yaml": app("Redis", "a")})
    history.commit({"A.yaml": app("Redis", "b")})
    assert history.actions(*LAST) == {"Redis/b": "create"}


def test_one_object_in_two_files_is_told_with_both(history: History) -> None:
    """The later side is invalid, and both files are named."""
    history.commit({"a.yaml": app("Redis", "a")})
    history.commit({"copy.yaml": app("Redis", "a")})
    answer = history.plan(*LAST)
    assert answer.returncode == 1
    assert answer.stderr.startswith("krmfn: HEAD is invalid:\n")
    assert "a.yaml and in copy.yaml" in answer.stderr


def test_connections_are_opened_and_closed(history: History) -> None:
    """A connection that comes or goes is told as what the app may reach, and whether anything else was closed."""
    base = {**STUDIO, "main.yaml": app("Postgres", "main"), "cache.yaml": app("Redis", "cache")}
    to = "  connections: [{{to: {{kind: {}, name: {}}}}}]\n"
    history.commit({**base, "placement.yaml": placed("ComfyUI", "studio", "lab", to.format("Postgres", "main"))})
    history.commit({"placement.yaml": placed("ComfyUI", "studio", "lab", to.format("Redis", "cache"))})
    lines = history.plan(*LAST).stdout.splitlines()
    anyway = "not fenced: its cluster may reach everything"
    assert lines[2:] == [
        "  change   ComfyUI/studio  what it may reach",
        f"           + ComfyUI/studio may reach Redis/cache on 6379/TCP, 26379/TCP ({anyway})",
        f"           - ComfyUI/studio may no longer reach Postgres/main on 5432/TCP ({anyway})",
        "1 to change",
    ]
    (change,) = history.planned(*LAST)["changes"]
    assert [each["to"] for each in change["connections"]["opened"]] == ["Redis/cache"]
    assert [each["to"] for each in change["connections"]["closed"]] == ["Postgres/main"]


FENCED = """\
apiVersion: krmfn.dev/v1alpha1
kind: IsolationProfile
metadata: {name: fenced}
spec: {egress: {scope: declared}}
"""
OBJECTS = "{objectsChart: {kind: OCIRepository, name: objects}, network: {apiServerAddresses: [10.0.0.1/32]}}"


def test_a_fence_is_told_with_its_cluster(history: History) -> None:
    """A profile that closes a cluster closes all but what is declared; one that opens it leaves the fences behind."""
    to = "  connections: [{to: {kind: Postgres, name: main}}]\n"
    base = {
        **STUDIO,
        "placement.yaml": placed("ComfyUI", "studio", "lab", to),
        "main.yaml": app("Postgres", "main"),
        "plane.yaml": plane("{objectsChart: {chartRef: {kind: OCIRepository, name: objects}}}"),
        "profile.yaml": FENCED,
    }
    history.commit(base)
    assert history.check().returncode == 0, history.check().stdout
    history.commit({"lab.yaml": cluster("lab", spec="{isolationProfile: fenced}")})
    document = history.planned(*LAST)
    changes = {each["object"]["name"]: each for each in document["changes"]}
    assert {each["kind"] for each in changes["lab"]["objects"]} >= {"CiliumNetworkPolicy"}
    assert changes["lab"]["connections"]["closed"][0]["to"] == "*"
    assert changes["studio"]["connections"] == {"opened": [], "closed": []}
    history.commit({"lab.yaml": cluster("lab")})
    changes = {each["object"]["name"]: each for each in history.planned(*LAST)["changes"]}
    assert {each["outcome"] for each in changes["lab"]["objects"]} == {"left"}
    answer = history.check("--against", "HEAD~1")
    assert "[left-behind]" in answer.stdout


def test_an_adoption_that_is_not_prepared_is_refused(history: History) -> None:
    """Applications that Flux applies would be pruned once they are declarations; the annotation prepares them."""
    history.commit({"main.yaml": app("Postgres", "main")})
    history.commit({"plane.yaml": plane("{}")})
    answer = history.check("--against", "HEAD~1")
    assert answer.returncode == 1
    assert '1. only annotate it kustomize.toolkit.fluxcd.io/prune: "disabled"' in answer.stdout
    assert history.planned(*LAST)["changes"] == []
    history.commit({"plane.yaml": None, "main.yaml": app("Postgres", "main", marks=f"{{{PREPARED}}}")})
    history.commit({"plane.yaml": plane("{}")})
    assert history.check("--against", "HEAD~1").returncode == 0


def on_terminal(history: History, **environment: str) -> str:
    """What `krmfn plan` prints to a terminal."""
    main, side = pty.openpty()
    subprocess.run(
        [sys.executable, "-m", "krmfn", "plan", *LAST],
        cwd=history.root,
        env={**os.environ, **CLEAN, **environment},
        stdout=side,
        check=True,
    )
    os.close(side)
    return os.read(main, 65536).decode()


def test_colours_are_for_terminals(history: History) -> None:
    """A terminal gets colours, unless NO_COLOR or a dumb one asks for none; a pipe never does."""
    history.commit({"a.yaml": app("Redis", "a")})
    history.commit({"b.yaml": app("Redis", "b")})
    assert "\033" not in history.plan(*LAST).stdout
    assert "\033[32mcreate" in on_terminal(history, TERM="xterm", NO_COLOR="")
    assert "\033" not in on_terminal(history, TERM="xterm", NO_COLOR="1")
    assert "\033" not in on_terminal(history, TERM="dumb", NO_COLOR="")


def test_columns_are_aligned(history: History) -> None:
    """What happens begins in one column, however long the names are."""
    history.commit({"a.yaml": app("Redis", "a"), "b.yaml": app("Postgres", "a-long-name")})
    history.commit({"a.yaml": app("Redis", "a", "{x: 1}"), "b.yaml": app("Postgres", "a-long-name", "{x: 1}")})
    lines = [line for line in history.plan(*LAST).stdout.splitlines() if line.startswith("  change")]
    assert len({re.search("upgraded", line).start() for line in lines}) == 1  # type: ignore[union-attr]


def test_a_value_cannot_rewrite_the_terminal(history: History) -> None:
    """Codes in a value are shown as what they are."""
    history.commit({"a.yaml": app("Redis", "a", '{motd: "x"}')})
    history.commit({"a.yaml": app("Redis", "a", r'{motd: "\x1b[2J\u009b2J"}')})
    stdout = history.plan(*LAST).stdout
    assert "\x1b" not in stdout
    assert "\x9b" not in stdout
    assert "spec.values.motd" in stdout
