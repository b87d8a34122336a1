"""`krmfn plan`: what it tells of a change, line by line and as JSON."""

from __future__ import annotations

import re

from tests.declarations import STUDIO, app, cluster, placed, plane
from tests.history import LAST, History, pull_request


def test_a_pull_request_is_told_in_ten_lines(history: History) -> None:
    """A notebook moves, a cluster is removed, a database grows: what comes of it, and why it is refused."""
    pull_request(history)
    answer = history.plan("--from", "origin/main")
    lines = answer.stdout.splitlines()
    assert len(lines) <= 10
    assert [tuple(line.split()[:2]) for line in lines if re.match("  [a-z]", line)] == [
        ("orphan", "Kubernetes/old"),
        ("move", "JupyterHub/notebooks"),
        ("change", "Postgres/main"),
    ]
    assert "1. annotate Kubernetes old with krmfn.dev/confirm-deletion" in lines[-1]
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
    """A change of many fields stays a few lines; --full has them all, and so has the JSON."""
    history.commit({"main.yaml": app("Postgres", "main")})
    history.commit({"main.yaml": app("Postgres", "main", "{a: 1, b: 2, c: 3, d: 4, e: 5, f: 6}")})
    lines = history.plan(*LAST).stdout.splitlines()
    assert "           and 2 more fields (--full shows all)" in lines
    assert not any("spec.values.e" in line for line in lines)
    full = history.plan(*LAST, "--full").stdout.splitlines()
    assert "           spec.values.f: (none) -> 6" in full
    assert not any("more fields" in line for line in full)
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
        "nb.yaml": app("ComfyUI", "nb"),
        "p.yaml": placed("ComfyUI", "nb", "lab"),
    }
    history.commit({"lab.yaml": cluster("lab"), **files})
    history.commit({"p.yaml": placed("ComfyUI", "nb", "two")})
    assert history.plan(*LAST).stdout.splitlines()[2:] == [
        (
            "  move     ComfyUI/nb  from kubernetes-lab to kubernetes-two; uninstalled: comfyui-nb-on-lab; "
            "installed: comfyui-nb-on-two; data lost"
        ),
        "1 to move, 1 loses data",
    ]
    answer = history.check("--against", "HEAD~1")
    assert answer.returncode == 0
    assert "warning: nb.yaml:4:3: ComfyUI tenant-acme/nb metadata.name: moves from kubernetes-lab" in answer.stdout
    assert history.check("--against", "HEAD~1", "--strict").returncode == 1


def test_a_placement_moves_an_app_off_the_management_plane(history: History) -> None:
    """An app that gets a placement moves, and so does one that loses it."""
    history.commit({"lab.yaml": cluster("lab"), "studio.yaml": app("ComfyUI", "studio")})
    history.commit({"placement.yaml": placed("ComfyUI", "studio", "lab")})
    assert "from the management plane to kubernetes-lab" in history.plan(*LAST).stdout
    history.commit({"placement.yaml": None})
    assert "from kubernetes-lab to the management plane" in history.plan(*LAST).stdout


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
        "  change   ComfyUI/studio  only what it may reach",
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
    assert "[loosened-unconfirmed]" in answer.stdout


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
