"""`krmfn plan` over what fences: told by what it means for nodes and apps, and the same as `krmfn check` says."""

from __future__ import annotations

from pathlib import Path

import pytest

from krmfn.changes import fencechanges
from krmfn.changes.change import CLOSING, NEITHER, FenceChange
from tests.declarations import STUDIO, app, cluster, placed, plane
from tests.history import LAST, History

CHART = "objectsChart: {chartRef: {kind: OCIRepository, name: objects}}"
PLANE = f"{{{CHART}, network: {{apiServerAddresses: []}}}}"
PROFILE = """\
apiVersion: krmfn.dev/v1alpha1
kind: IsolationProfile
metadata: {{name: fenced}}
spec: {{egress: {{scope: declared, {}}}}}
"""
TO = "  connections: [{to: {kind: Postgres, name: main}}]\n"
SANDBOX = {
    "lab.yaml": cluster("lab", spec="{isolationProfile: fenced}"),
    "profile.yaml": PROFILE.format("internet: deny"),
    "plane.yaml": plane(PLANE),
    "main.yaml": app("Postgres", "main"),
}
APP = {"studio.yaml": STUDIO["studio.yaml"], "placement.yaml": placed("ComfyUI", "studio", "lab", TO)}


def lines(history: History) -> list[str]:
    """What stands below the name of a declaration."""
    return [line.strip() for line in history.plan(*LAST).stdout.splitlines() if line.startswith(" " * 11)]


def test_an_app_that_comes_is_fenced_and_one_that_goes_is_not(history: History) -> None:
    """Its connections, what the nodes may reach for it, and its fences: a line each, and none of a policy's YAML."""
    history.commit(SANDBOX)
    history.commit(APP)
    assert lines(history) == [
        "+ nodes of lab may reach Postgres/main on 5432/TCP",
        "fences of ComfyUI/studio added",
        "+ ComfyUI/studio may reach Postgres/main on 5432/TCP",
    ]
    lab = next(each for each in history.planned(*LAST)["changes"] if each["object"]["name"] == "lab")
    assert lab["fences"] == [
        {"object": "HelmRelease/kubernetes-lab-boundary", "meaning": "fences of ComfyUI/studio added"}
    ]
    assert (lab["connections"]["opened"][0]["nodes"], lab["fields"]) == (True, [])
    history.commit(dict.fromkeys(APP))
    assert lines(history) == [
        "- ComfyUI/studio may no longer reach Postgres/main on 5432/TCP",
        "- nodes of lab may no longer reach Postgres/main on 5432/TCP",
        "fences of ComfyUI/studio removed",
    ]


def test_a_profile_that_opens_something_opens_it_to_nodes_and_apps(history: History) -> None:
    """The internet, and the tenant's own services: what a carve-out opens is told by its name."""
    history.commit({**SANDBOX, **APP})
    history.commit({"profile.yaml": PROFILE.format("internet: allow, monitoring: true")})
    said = lines(history)
    assert "+ nodes of lab may reach the internet" in said
    assert "+ nodes of lab may reach the monitoring of its tenant on 8480/TCP" in said
    assert "+ apps on lab may reach the internet" in said
    [closed] = [each for each in said if "closed to the nodes" in each]
    assert closed.startswith("+ 100.100.100.200/32, 168.63.129.16/32, 169.254.0.0/16, ")
    assert not any(".spec" in line or "egressDeny" in line for line in said)


def test_an_address_that_is_opened_is_told(history: History) -> None:
    """Of a cache of DNS on the nodes there is only an address."""
    history.commit(SANDBOX)
    history.commit({"plane.yaml": plane(PLANE.replace("network: {", "network: {nodeLocalDNS: [169.254.25.10], "))})
    assert "+ nodes of lab may reach 169.254.25.10/32 on 53/TCP, 53/UDP" in lines(history)


def test_every_field_of_a_profile_is_told_by_what_it_means(history: History) -> None:
    """Quota, limits, Pod Security, kubeconfig, volumes: a line each, amounts with old and new, and no patch."""
    written = PROFILE.replace("scope: declared, {}}}}}", "scope: declared, {}}}, {}}}")
    limits = "limits: [{type: Container, max: {cpu: %d}}]"
    held = "kubeconfig: withheld, podSecurity: baseline, quota: {pods: 10, secrets: 4}, "
    history.commit({**SANDBOX, **APP, "profile.yaml": written.format("internet: deny", held + limits % 1)})
    assert history.check().returncode == 0, history.check().stdout
    looser = written.format("internet: deny, volumes: true", "quota: {pods: 20}, " + limits % 2)
    history.commit({"profile.yaml": looser})
    said = lines(history)
    for line in (
        "+ nodes of lab may reach volumes that several nodes mount",
        "+ its tenant gets the kubeconfig of lab",
        "Pod Security of lab: baseline -> (none)",
        "Pod Security of the app namespaces of lab: baseline -> (none)",
        "- admission policies in lab",
        "quota pods of each app on lab: 10 -> 20",
        "quota secrets of each app on lab: 4 -> (none)",
        "limit Container cpu max of each app on lab: 1 -> 2",
    ):
        assert line in said
    assert not any("postRenderers" in line for line in said)
    opened = history.plan(*LAST, "--output", "markdown").stdout.partition("**Opened**")[2].partition("<details>")[0]
    assert "- its tenant gets the kubeconfig of lab" in opened
    assert "- no longer: admission policies in lab" in opened
    assert "closed" not in opened


def test_a_port_that_is_narrowed_closes_the_others_only(history: History) -> None:
    """Of a service with several ports, those that stay open are not told as closed."""
    to = "  connections: [{{to: {{kind: Redis, name: cache}}{}}}]\n"
    base = {**SANDBOX, "studio.yaml": STUDIO["studio.yaml"], "cache.yaml": app("Redis", "cache")}
    history.commit({**base, "placement.yaml": placed("ComfyUI", "studio", "lab", to.format(""))})
    history.commit({"placement.yaml": placed("ComfyUI", "studio", "lab", to.format(", ports: [6379]"))})
    said = lines(history)
    assert "- ComfyUI/studio may no longer reach Redis/cache on 26379/TCP" in said
    assert not any(line.startswith("+") for line in said)


def test_a_cluster_that_is_opened_is_told_with_what_stays(history: History) -> None:
    """Without a profile the nodes may reach everything; what is protected is left, and said to be."""
    history.commit({**SANDBOX, **APP})
    history.commit({"lab.yaml": cluster("lab")})
    said = lines(history)
    assert "+ nodes of lab may reach everything" in said
    assert "fences around the nodes of lab left as they are" in said
    assert "fences of ComfyUI/studio left as they are" in said
    assert not any(line.startswith("- nodes") for line in said)
    # It is the change of the cluster, and not one of each app on it as well.
    assert history.check("--against", "HEAD~1").stdout.count("[loosened-unconfirmed]") == 1


def test_what_is_installed_once_is_told_by_whom_it_is_about(history: History) -> None:
    """Who may break the glass is a change of many policies, and one line; so is who else passes the guards."""
    platform = plane("{scope: platform, platform: {administrators: {groups: [sre]}}}", name="guards")
    platform = platform.replace(", namespace: tenant-acme", "")
    history.commit({"plane.yaml": platform})
    more = "kinds: [{kind: JupyterHub, mutation: tenant-admin}], platform: {fluxServiceAccounts: [gitops/flux], "
    history.commit(
        {"plane.yaml": platform.replace("platform: {", more, 1).replace("[sre]", "[sre, night], users: [eve]")}
    )
    assert lines(history) == [
        "+ user eve may break the glass",
        "+ group night may break the glass",
        "+ system:serviceaccount:gitops:flux is treated as Flux",
        "- system:serviceaccount:cozy-fluxcd:flux is treated as Flux",
        "+ administrators of tenants may change jupyterhubs",
    ]


@pytest.mark.parametrize(
    ("meaning", "opens"),
    [
        ("user eve may break the glass", True),
        ("its tenant gets the kubeconfig of lab", True),
        ("namespace web of lab is exempt from Pod Security", True),
        ("JupyterHub/lab may reach the API server of lab", True),
        ("apps on lab may reach the internet", True),
        ("169.254.0.0/16 is closed to the nodes of lab", False),
        ("apps on lab may only reach what they declare", False),
        ("admission policies in lab", False),
        ("10.0.0.0/8 does not count as the internet for apps on lab", False),
        ("guards for Cozystack, for the nodes of isolated clusters and the platform's roles", False),
    ],
)
def test_what_comes_opens_something_or_what_goes_does(meaning: str, opens: bool) -> None:  # noqa: FBT001
    """What is told first on a pull request: neither is missed, and neither is taken for the other."""
    assert FenceChange("", f"+ {meaning}").opens is opens
    assert FenceChange("", f"- {meaning}").opens is not opens


def test_what_opens_nothing_opens_nothing_either_way() -> None:
    """Where something is, and how it works; and what decides it are words of the sentences."""
    for meaning in (
        "the guards rely on Flux to retry what it could not prune",
        "lab has Cilium as its network, which can allow host names",
        "the API server of lab is at 10.0.0.1",
    ):
        assert not FenceChange("", f"+ {meaning}").opens
        assert not FenceChange("", f"- {meaning}").opens
    said = Path(fencechanges.__file__).read_text(encoding="utf-8")
    assert [words for words in (*CLOSING, *NEITHER) if words not in said] == []


def test_an_invalid_tree_never_has_no_changes(history: History) -> None:
    """Whichever side is invalid, and however: the last line does not say that nothing changes, and plan exits 1."""
    good = {"a.yaml": app("Redis", "a"), "plane.yaml": plane("{}")}
    broken: list[dict[str, str | None]] = [
        {"a.yaml": app("Reddis", "a")},
        {"a.yaml": app("Redis", "a") + "\tx"},
        {"plane.yaml": plane("{x: 1}")},
        {"plane.yaml": plane("{scope: platform, x: 1}").replace(", namespace: tenant-acme", ""), "a.yaml": None},
        {"p.yaml": placed("Redis", "a", "nowhere")},
    ]
    for files in broken:
        history.commit(good)
        history.commit(files)
        for sides in (LAST, ("--from", "HEAD", "--to", "HEAD~1"), ("--from", "HEAD", "--to", "HEAD")):
            answer = history.plan(*sides)
            assert answer.returncode == 1, files
            assert "no changes" not in answer.stdout
            assert any(words in answer.stdout for words in ("compared", "valid on both sides")), answer.stdout
        assert history.check("--against", "HEAD").returncode == 1
        history.commit({**good, **{name: None for name in files if name not in good}})


def test_plan_and_check_say_the_same(history: History) -> None:
    """Each warning and refusal of check is one of the plan's, about the change that is its cause."""
    files = {
        **STUDIO,
        "two.yaml": cluster("two"),
        "main.yaml": app("Postgres", "main"),
        "cache.yaml": app("Redis", "c"),
    }
    history.commit(files)
    history.commit(
        {
            "placement.yaml": placed("ComfyUI", "studio", "two"),
            "lab.yaml": None,
            "main.yaml": None,
            "cache.yaml": app("Redis", "renamed"),
        }
    )
    plan, check = history.planned(*LAST), history.check("--against", "HEAD~1")
    told = [*plan["refusals"], *plan["warnings"]]
    assert {each["tags"]["code"] for each in told} >= {
        "removed-unconfirmed",
        "will-move",
        "will-retire",
        "will-replace",
    }
    for each in told:
        assert each["message"] in check.stdout
        assert any(each["tags"]["code"] in (*change["refusedBy"], *change["warnedBy"]) for change in plan["changes"])
    assert sum(line.startswith(("error", "warning: ")) for line in check.stdout.splitlines()) == len(told)
