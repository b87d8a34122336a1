"""`krmfn check --against` over lost isolation and protection: refused until an earlier revision confirms it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.declarations import NAMESPACE, STUDIO, app, cluster, placed, plane
from tests.history import LAST, History

if TYPE_CHECKING:
    from collections.abc import Mapping

CHART = "objectsChart: {chartRef: {kind: OCIRepository, name: objects}}"
PLANE = plane(f"{{{CHART}, network: {{apiServerAddresses: []}}}}")
ANNOTATION = 'metadata.annotations["krmfn.dev/confirm-loosening"]'


def word(said: str) -> str:
    return f'{{krmfn.dev/confirm-loosening: "{said}"}}'


def on(name: str, profile: str, said: str = "") -> str:
    """A cluster with a profile, and with a word."""
    written = cluster(name, spec=f"{{isolationProfile: {profile}}}")
    return written.replace("spec:", f"  annotations: {word(said)}\nspec:") if said else written


def profile(spec: str, name: str = "mine", said: str = "") -> str:
    marks = f", annotations: {word(said)}" if said else ""
    return (
        f"apiVersion: krmfn.dev/v1alpha1\nkind: IsolationProfile\nmetadata: {{name: {name}{marks}}}\nspec: {{{spec}}}\n"
    )


def hub(said: str = "") -> str:
    return app("ComfyUI", "studio", marks=word(said) if said else "")


def step(history: History, files: Mapping[str, str | None]) -> list[str]:
    """The codes with which the next commit is refused."""
    history.commit(files)
    answer = history.check("--against", "HEAD~1")
    refused = [line.rpartition("[")[2].rstrip("]") for line in answer.stdout.splitlines() if line.startswith("error")]
    assert answer.returncode == bool(refused), answer.stdout
    return sorted(refused)


def test_a_looser_profile_is_refused_and_names_its_commits(history: History) -> None:
    """From sandbox to standard: refused, with the word to write; with the word in an earlier revision it passes."""
    history.commit({"plane.yaml": PLANE, "lab.yaml": on("lab", "sandbox")})
    assert step(history, {"lab.yaml": on("lab", "standard")}) == ["loosened-unconfirmed"]
    said = history.check("--against", "HEAD~1").stdout
    assert ": Kubernetes tenant-acme/lab spec.isolationProfile: its isolationProfile changes from sandbox" in said
    for lost in ("its nodes may reach everything", "its tenant gets the kubeconfig", "Pod Security is privileged"):
        assert lost in said
    assert said.count("quota") == 1, "all amounts that are gone are one thing"
    assert "; no quota any more for pods (was 200), persistentvolumeclaims (was 100), " in said
    assert "; no limit any more for Container cpu (defaultRequest) (was 10m), " in said
    assert '1. annotate Kubernetes lab with krmfn.dev/confirm-loosening: "sandbox->standard"; 2. once Flux' in said
    assert "1 to change, 1 loses isolation" in history.plan(*LAST).stdout.splitlines()
    assert step(history, {"lab.yaml": on("lab", "sandbox", "sandbox->standard")}) == []
    assert step(history, {"lab.yaml": on("lab", "standard")}) == []
    assert "[will-loosen]" in history.check("--against", "HEAD~1").stdout
    (change,) = history.planned(*LAST)["changes"]
    assert "its tenant gets the kubeconfig" in change["isolationLost"]


def test_a_word_in_the_same_commit_confirms_nothing(history: History) -> None:
    """Two commits are two reviews: a word that comes with the step does not count."""
    history.commit({"plane.yaml": PLANE, "lab.yaml": on("lab", "sandbox")})
    assert step(history, {"lab.yaml": on("lab", "standard", "sandbox->standard")}) == ["loosened-unconfirmed"]


@pytest.mark.parametrize(
    "said",
    [
        "sandbox->cluster-meshed",
        "standard->sandbox",
        "sandbox->sandbox",
        "sandbox->ManagementPlane",
        "sandbox->standrad",
    ],
)
def test_a_word_for_something_else_confirms_nothing(history: History, said: str) -> None:
    """A word confirms one step: none of these is from sandbox to standard, and most fit nothing at all."""
    history.commit({"plane.yaml": PLANE, "lab.yaml": on("lab", "sandbox", said)})
    assert ("[stale-confirmation]" in history.check().stdout) == (said != "sandbox->cluster-meshed")
    assert step(history, {"lab.yaml": on("lab", "standard")}) == ["loosened-unconfirmed"]


def test_a_confirmed_deletion_confirms_no_loosening(history: History) -> None:
    """A cluster that may be deleted may not be opened, and the other way round."""
    may_go = on("lab", "sandbox").replace("spec:", '  annotations: {krmfn.dev/confirm-deletion: "lab"}\nspec:')
    history.commit({"plane.yaml": PLANE, "lab.yaml": may_go, "cache.yaml": app("Redis", "cache")})
    assert step(history, {"lab.yaml": on("lab", "standard")}) == ["loosened-unconfirmed"]
    history.commit({"lab.yaml": on("lab", "sandbox", "sandbox->standard")})
    assert step(history, {"lab.yaml": None}) == ["removed-unconfirmed"]


STRICT = "extends: sandbox, egress: {internet: deny}, quota: {pods: 20}"
FENCED = "egress: {scope: declared, internet: deny}"
LIMITS = "limits: [{type: Container, max: {cpu: 1}, min: {cpu: 100m}}]"
LOOSER = {
    "the nodes reach everything": (FENCED, "egress: {scope: open}", "egress.scope"),
    "the internet": (FENCED, "egress: {scope: declared, internet: allow}", "egress.internet"),
    "volumes": (FENCED, "egress: {scope: declared, internet: deny, volumes: true}", "egress.volumes"),
    "monitoring": (FENCED, "egress: {scope: declared, internet: deny, monitoring: true}", "egress.monitoring"),
    "its own ingress": (FENCED, "egress: {scope: declared, internet: deny, ownIngress: true}", "egress.ownIngress"),
    "a lower level of Pod Security": ("podSecurity: restricted", "podSecurity: baseline", "podSecurity"),
    "no level of Pod Security": ("podSecurity: baseline", "podSecurity: privileged", "podSecurity"),
    "the kubeconfig": ("kubeconfig: withheld", "kubeconfig: available", "kubeconfig"),
    "a higher quota": ("quota: {pods: 10}", "quota: {pods: 11}", "quota"),
    "one quota less": ("quota: {pods: 10, secrets: 5}", "quota: {pods: 10}", "quota"),
    "a higher maximum": (LIMITS, LIMITS.replace("max: {cpu: 1}", "max: {cpu: 2}"), "limits"),
    "a lower minimum": (LIMITS, LIMITS.replace("100m", "50m"), "limits"),
    "no limits": (LIMITS, "kubeconfig: available", "limits"),
    "another pin": ("pins: {oidc: {mode: None}}", "pins: {oidc: {mode: System}}", "pins"),
    "no pin": ("pins: {oidc: {mode: None}}", "kubeconfig: available", "pins"),
    "two fields": (STRICT, "extends: sandbox, quota: {pods: 30}", "egress.internet,quota"),
}


@pytest.mark.parametrize("what", LOOSER)
def test_a_profile_that_is_loosened_in_place_is_refused(history: History, what: str) -> None:
    """Each field of a profile, loosened: refused on the profile, until its own earlier revision names the field."""
    before, after, fields = LOOSER[what]
    history.commit({"plane.yaml": PLANE, "lab.yaml": on("lab", "mine"), "mine.yaml": profile(before)})
    refused = step(history, {"mine.yaml": profile(after)})
    assert refused == ["loosened-unconfirmed"]
    said = history.check("--against", "HEAD~1").stdout
    assert f'annotate IsolationProfile mine with krmfn.dev/confirm-loosening: "mine->{fields}"' in said
    assert history.planned(*LAST)["changes"][0]["refusedBy"] == ["loosened-unconfirmed"]
    history.commit({"mine.yaml": profile(before, said=f"mine->{fields}")})
    assert step(history, {"mine.yaml": profile(after)}) == []


def test_a_wall_that_stays_is_told(history: History) -> None:
    """Where a fence becomes another kind, Flux keeps the old one, which still closes: a warning names it."""
    network = "target: {cilium: '1.20'}, network: {apiServerAddresses: [], clusterNetworkPolicy: true}"
    files = {"plane.yaml": plane(f"{{{CHART}, {network}}}"), "lab.yaml": on("lab", "mine")}
    before, after, field = LOOSER["volumes"]
    history.commit({**files, "mine.yaml": profile(before, said=f"mine->{field}")})
    assert step(history, {"mine.yaml": profile(after)}) == []
    [told] = [each for each in history.check("--against", "HEAD~1").stdout.splitlines() if "[left-behind]" in each]
    assert f"Flux does not delete ClusterNetworkPolicy {NAMESPACE}.kubernetes-lab-egress" in told


def test_a_field_that_is_confirmed_confirms_no_other(history: History) -> None:
    """A word names fields: one more that is loosened is refused, and so is the same word on another profile."""
    said = "mine->egress.internet"
    history.commit({"plane.yaml": PLANE, "lab.yaml": on("lab", "mine"), "mine.yaml": profile(STRICT, said=said)})
    assert step(history, {"mine.yaml": profile("extends: sandbox, quota: {pods: 30}")}) == ["loosened-unconfirmed"]
    history.commit({"mine.yaml": profile(STRICT, said="yours->egress.internet")})
    assert "[stale-confirmation]" in history.check().stdout
    assert step(history, {"mine.yaml": profile("extends: sandbox, quota: {pods: 20}")}) == ["loosened-unconfirmed"]


def test_a_profile_may_be_confirmed_where_it_is_extended(history: History) -> None:
    """A profile that another extends is loosened for both, and its own word is enough."""
    files = {
        "plane.yaml": PLANE,
        "lab.yaml": on("lab", "mine"),
        "mine.yaml": profile("extends: base, quota: {pods: 1}"),
    }
    history.commit({**files, "base.yaml": profile(FENCED, "base")})
    open_ = profile("egress: {scope: declared}", "base")
    assert step(history, {"base.yaml": open_}) == ["loosened-unconfirmed"]
    history.commit({"base.yaml": profile(FENCED, "base", said="base->egress.internet")})
    assert step(history, {"base.yaml": open_}) == []


def test_a_profile_that_no_cluster_has_may_be_loosened(history: History) -> None:
    """What nobody uses isolates nobody, even if a profile of another tenant has the same name."""
    theirs = {"plane.yaml": PLANE, "lab.yaml": on("lab", "mine"), "mine.yaml": profile(FENCED)}
    files = {"plane.yaml": PLANE, "lab.yaml": on("lab", "sandbox"), "mine.yaml": profile(FENCED)}
    history.write({f"b/{path}": text.replace(NAMESPACE, "tenant-b") for path, text in theirs.items()})
    history.commit({f"a/{path}": text for path, text in files.items()})
    assert step(history, {"a/mine.yaml": profile("egress: {scope: open}")}) == []
    assert step(history, {"b/mine.yaml": profile("egress: {scope: open}")}) == ["loosened-unconfirmed"]


MESHED = """\
{network: {podCIDRs: [10.244.0.0/16], serviceCIDRs: [10.96.0.0/16], nodeCIDRs: [192.168.200.0/24]}, meshes: [{name: m,
clusters: [{name: management, local: true, allowedNetworks: [10.244.0.0/16]},
{name: lab, kubeConfig: {secretRef: {name: lab-mesh}}, allowedNetworks: [10.243.0.0/16, 10.95.0.0/16, 10.4.0.0/16]}]}]}
"""


def test_a_mesh_is_looser_than_none(history: History) -> None:
    """A mesh joins a cluster's network with others: whoever joins one confirms it."""
    history.commit({"plane.yaml": plane("{}"), "lab.yaml": on("lab", "standard")})
    joined = {"plane.yaml": plane(MESHED), "lab.yaml": on("lab", "cluster-meshed")}
    assert step(history, joined) == ["loosened-unconfirmed"]
    assert "which is looser: it may be joined with other clusters." in history.check("--against", "HEAD~1").stdout
    history.commit({"plane.yaml": plane("{}"), "lab.yaml": on("lab", "standard", "standard->cluster-meshed")})
    assert step(history, joined) == []


def test_what_is_tightened_needs_no_word(history: History) -> None:
    """From standard to sandbox, and to a profile that extends it: no loosening, whatever the names."""
    history.commit({"plane.yaml": PLANE, "lab.yaml": on("lab", "standard"), "mine.yaml": profile(STRICT)})
    assert step(history, {"lab.yaml": on("lab", "sandbox")}) == []
    assert step(history, {"lab.yaml": on("lab", "mine")}) == []
    assert "loses isolation" not in history.plan(*LAST).stdout


MOVES = {
    "plane.yaml": PLANE,
    "sealed.yaml": profile(FENCED, "sealed"),
    "lab.yaml": on("lab", "sealed"),
    "other.yaml": on("other", "sealed"),
    "open.yaml": on("open", "standard"),
    "studio.yaml": hub(),
    "placement.yaml": placed("ComfyUI", "studio", "lab"),
}


def test_a_move_between_sandboxes_loosens_nothing(history: History) -> None:
    """A move to a looser cluster is refused, one to another sandbox and one back are not."""
    history.commit(MOVES)
    assert step(history, {"placement.yaml": placed("ComfyUI", "studio", "other")}) == []
    assert step(history, {"placement.yaml": placed("ComfyUI", "studio", "open")}) == ["loosened-unconfirmed"]
    said = history.check("--against", "HEAD~1").stdout
    assert ": ComfyUI tenant-acme/studio metadata.name: moves from cluster other to open, whose profile" in said
    assert 'annotate ComfyUI studio with krmfn.dev/confirm-loosening: "sealed->standard"' in said
    assert "[will-move]" not in said
    assert step(history, {"placement.yaml": placed("ComfyUI", "studio", "other")}) == []
    assert step(history, {"studio.yaml": hub("sealed->standard")}) == []
    moved = {"studio.yaml": hub(), "placement.yaml": placed("ComfyUI", "studio", "open")}
    assert step(history, moved) == []
    assert "1 to move, 1 to change, 1 loses isolation, 1 loses data" in history.plan(*LAST).stdout


BACK: dict[str, dict[str, str | None]] = {
    "its placement is removed": {"placement.yaml": None},
    "another app is placed": {
        "placement.yaml": placed("ComfyUI", "second", "lab"),
        "second.yaml": app("ComfyUI", "second"),
    },
    "it is renamed as well": {"placement.yaml": None, "studio.yaml": app("ComfyUI", "atelier")},
}


@pytest.mark.parametrize("how", BACK)
@pytest.mark.parametrize("isolation", ["sealed", "standard"])
def test_the_way_back_to_the_management_plane_is_confirmed(history: History, isolation: str, how: str) -> None:
    """However an app loses its cluster, it would run strangers' code beside all tenants: refused until confirmed."""
    history.commit({**MOVES, "lab.yaml": on("lab", isolation)})
    assert step(history, BACK[how]) == ["unplaced-unconfirmed"]
    said = history.check("--against", "HEAD~1").stdout
    confirmed = f"{isolation}->ManagementPlane"
    assert f'annotate ComfyUI studio with krmfn.dev/confirm-loosening: "{confirmed}"' in said
    assert "[will-move]" not in said
    assert "1 loses isolation" in history.plan(*LAST).stdout
    history.commit(
        MOVES | {"lab.yaml": on("lab", isolation), "studio.yaml": hub(confirmed), "second.yaml": app("A", "b")}
    )
    history.commit({"second.yaml": None, "studio.yaml": hub(confirmed)})
    assert step(history, BACK[how]) == []


def test_an_app_does_not_come_back_with_its_cluster_gone(history: History) -> None:
    """A cluster that goes leaves its apps where they must not run: that is its own refusal."""
    history.commit(MOVES)
    gone: dict[str, str | None] = {"lab.yaml": None, "placement.yaml": None}
    assert step(history, gone) == ["removed-unconfirmed", "unplaced-unconfirmed"]


def test_a_kind_that_is_no_longer_placed_comes_back(history: History) -> None:
    """Where a kind's default placed its apps, another default brings them back: refused as well."""
    kinds = "{{kinds: [{{kind: ComfyUI, placement: {}}}]}}"
    history.commit({"lab.yaml": cluster("lab"), "studio.yaml": hub(), "plane.yaml": plane(kinds.format("lab"))})
    assert step(history, {"plane.yaml": plane(kinds.format("ManagementPlane"))}) == ["unplaced-unconfirmed"]


def test_protection_of_data_is_lost_on_purpose_only(history: History) -> None:
    """protect: data that goes, with its ComputePlane or without, is refused until that confirms it."""
    files = {"main.yaml": app("Postgres", "main"), "p.yaml": placed("ComfyUI", "studio", "lab"), **STUDIO}
    del files["p.yaml"]
    protecting = plane("{protect: data}")
    # There is nothing yet that it could protect.
    history.commit({"plane.yaml": protecting})
    assert step(history, {"plane.yaml": plane("{protect: clusters}")}) == []
    confirming = protecting.replace("name: plane", f"name: plane, annotations: {word('data->clusters')}")
    for without in (plane("{protect: clusters}"), None):
        history.commit({**files, "plane.yaml": protecting})
        assert step(history, {"plane.yaml": without}) == ["unprotected-unconfirmed"]
        said = history.check("--against", "HEAD~1").stdout
        assert 'annotate ComputePlane plane with krmfn.dev/confirm-loosening: "data->clusters"' in said
        assert f"Flux could then delete what keeps data in {NAMESPACE}" in said
        assert ("ComputePlane plane, which said protect: data, is gone" in said) == (without is None)
        assert step(history, {"plane.yaml": confirming}) == []
        assert step(history, {"plane.yaml": without}) == []


@pytest.mark.parametrize(("before", "after"), [("code", "none"), ("all", "code")])
def test_placement_is_no_longer_required_on_purpose_only(history: History, before: str, after: str) -> None:
    """A requirePlacement that becomes less is refused, also with the first app of a namespace."""
    requiring = plane(f"{{requirePlacement: {before}}}")
    confirming = requiring.replace("name: plane", f"name: plane, annotations: {word(f'{before}->{after}')}")
    new = app("Redis", "studio") if after == "code" else hub()
    changed = {"plane.yaml": plane(f"{{requirePlacement: {after}}}"), "studio.yaml": new}
    history.commit({"plane.yaml": requiring})
    assert step(history, changed) == ["unprotected-unconfirmed"]
    said = history.check("--against", "HEAD~1").stdout
    assert f"spec.requirePlacement: spec.requirePlacement is no longer {before}: " in said
    assert f'annotate ComputePlane plane with krmfn.dev/confirm-loosening: "{before}->{after}"' in said
    history.commit({"plane.yaml": confirming, "studio.yaml": None})
    assert step(history, changed) == []


@pytest.mark.parametrize(
    ("said", "spec", "because"),
    [
        ("code->none", "{}", "confirms the end of requirePlacement: code, but spec.requirePlacement is none"),
        ("none->code", "{}", "a ComputePlane of tenants can confirm"),
    ],
)
def test_a_word_of_a_run_that_fits_nothing_is_told(history: History, said: str, spec: str, because: str) -> None:
    """It was used already, or is none that a ComputePlane can give."""
    history.commit({"plane.yaml": plane(spec).replace("name: plane", f"name: plane, annotations: {word(said)}")})
    (line,) = history.check().stdout.splitlines()
    assert f"{ANNOTATION}: {because}" in line
    assert line.endswith("[stale-confirmation]")


GUARDS = plane(f"{{scope: platform, {CHART}, network: {{apiServerAddresses: []}}}}", name="guards").replace(
    f", namespace: {NAMESPACE}", ""
)


def test_guards_are_removed_on_purpose_only(history: History) -> None:
    """The platform's run that goes, or whose output becomes less, is refused until its ComputePlane confirms that."""
    lesser = GUARDS.replace("scope: platform", "scope: platform, target: {cozystack: none}")
    confirming = GUARDS.replace("name: guards", 'name: guards, annotations: {krmfn.dev/confirm-deletion: "guards"}')
    tenant = {"a/plane.yaml": PLANE, "a/a.yaml": app("Redis", "a")}
    # Beside a tenant the lesser target would be another error: both are on one management cluster.
    for without, beside in ((None, tenant), (lesser, dict.fromkeys(tenant))):
        history.commit({"platform/plane.yaml": GUARDS, **beside})
        assert step(history, {"platform/plane.yaml": without}) == ["unguarded-unconfirmed"]
        said = history.check("--against", "HEAD~1").stdout
        assert 'annotate ComputePlane guards with krmfn.dev/confirm-deletion: "guards"' in said
        assert ("krmfn-isolation-nodes" if without else "more guards, which guard all tenants") in said
        assert step(history, {"platform/plane.yaml": confirming}) == []
        assert step(history, {"platform/plane.yaml": without}) == []
    history.commit({"platform/plane.yaml": GUARDS})
    assert step(history, {"platform/plane.yaml": None, "moved/plane.yaml": GUARDS.replace("guards", "again")}) == []


def test_another_objects_chart_takes_no_data_along(history: History) -> None:
    """A boundary keeps no data, so nobody confirms that its chart is from somewhere else; Flux upgrades it."""
    elsewhere = PLANE.replace("name: objects", "name: mirror")
    assert elsewhere != PLANE
    history.commit({"lab.yaml": on("lab", "sandbox"), "plane.yaml": PLANE})
    assert step(history, {"plane.yaml": elsewhere}) == []
    assert "  change   Kubernetes/lab  upgraded: kubernetes-lab-boundary" in history.plan(*LAST).stdout


def test_another_chart_does_not_take_protected_data_along(history: History) -> None:
    """Flux uninstalls a release whose chart changes: of a cluster or of protected data, only if that is confirmed."""
    kinds = (
        "{{protect: data, kinds: [{{kind: Postgres, chartRef: {{kind: OCIRepository, name: {0}}}}}, "
        "{{kind: Kubernetes, chartRef: {{kind: OCIRepository, name: {0}}}}}]}}"
    )
    files = {"main.yaml": app("Postgres", "main"), "lab.yaml": cluster("lab")}
    history.commit({**files, "plane.yaml": plane(kinds.format("one"))})
    assert step(history, {"plane.yaml": plane(kinds.format("two"))}) == ["reinstalled-unconfirmed"] * 2
    assert {each["data"] for each in history.planned(*LAST)["changes"]} == {"lost"}
    assert "1. annotate Postgres main with krmfn.dev/confirm-deletion" in history.check("--against", "HEAD~1").stdout
    history.commit({"plane.yaml": plane(kinds.format("one"))})
    confirming = app("Postgres", "main", marks='{krmfn.dev/confirm-deletion: "main"}')
    assert step(history, {"main.yaml": confirming, "lab.yaml": cluster("lab", confirm="lab")}) == []
    assert step(history, {"plane.yaml": plane(kinds.format("two"))}) == []


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({"lab.yaml": on("lab", "standard", "sealed->standard")}, "stale-confirmation"),
        ({"lab.yaml": on("lab", "sealed", "standard")}, "wrong-confirmation"),
        ({"lab.yaml": on("lab", "sealed", "->standard")}, "wrong-confirmation"),
        ({"studio.yaml": hub("sealed->ManagementPlane"), "placement.yaml": None}, "stale-confirmation"),
        ({"studio.yaml": hub("standard->ManagementPlane")}, "stale-confirmation"),
        ({"studio.yaml": hub("ManagementPlane")}, "wrong-confirmation"),
        ({"mine.yaml": profile(FENCED, said="mine->egress.internt")}, "stale-confirmation"),
        ({"mine.yaml": profile(FENCED, said="mine->kubeconfig")}, "stale-confirmation"),
        ({"mine.yaml": profile(FENCED, said="egress.internet")}, "wrong-confirmation"),
        ({"plane.yaml": PLANE.replace("name: plane", f"name: plane, annotations: {word('data->clusters')}")}, "stale"),
        ({"plane.yaml": PLANE.replace("name: plane", f"name: plane, annotations: {word('data->none')}")}, "stale"),
        ({"plane.yaml": PLANE.replace("name: plane", f"name: plane, annotations: {word('data')}")}, "wrong"),
    ],
)
def test_a_word_that_fits_nothing_is_told(history: History, files: dict[str, str | None], code: str) -> None:
    """A word that was used already, or that no step fits, is a warning; one that is none at all is an error."""
    history.write({**MOVES, **{name: text for name, text in files.items() if text}})
    for name in (name for name, text in files.items() if text is None):
        (history.root / name).unlink()
    answer = history.check()
    told = [line for line in answer.stdout.splitlines() if "confirmation]" in line]
    assert len(told) == 1, answer.stdout
    severity = "warning" if code.startswith("stale") else "error"
    assert told[0].startswith(severity)
    assert code in told[0]
    assert ANNOTATION in told[0]


def test_detailed_exit_codes_are_terraforms(history: History) -> None:
    """0 where nothing changes, 2 where something does, 1 on any error; without the option only 0 and 1."""
    history.commit({"a.yaml": app("Redis", "a")})
    history.commit({"a.yaml": app("Redis", "a", "{replicas: 3}")})
    assert [history.plan(*more, "--detailed-exitcode").returncode for more in ((), LAST)] == [0, 2]
    assert history.plan(*LAST).returncode == 0
    for wrong in (("--from", "nowhere"), ("--nothing",), ("nowhere",), ("--output", "xml")):
        assert history.plan(*wrong, "--detailed-exitcode").returncode == 1
    history.commit({"a.yaml": app("Reddis", "a")})
    assert history.plan(*LAST, "--detailed-exitcode").returncode == 1
