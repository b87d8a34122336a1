"""`krmfn plan` and `check --against` over clusters that go: in which order, and what is refused."""

from __future__ import annotations

import pytest

from tests.declarations import NAMESPACE, STUDIO, app, cluster, placed, plane
from tests.history import LAST, History


def test_a_cluster_removed_at_once_would_be_orphaned(history: History) -> None:
    """A cluster removed without confirmation, with its apps, is refused, and told which two commits remove it."""
    history.commit({**STUDIO, "cache.yaml": app("Redis", "cache")})
    history.commit(dict.fromkeys(STUDIO))
    plan = history.plan(*LAST)
    assert plan.returncode == 0
    assert plan.stdout.splitlines()[2:6] == [
        "  orphan   Kubernetes/lab  left running: kubernetes-lab; data kept; refused",
        "  retire   ComfyUI/studio  uninstalled: comfyui-studio-on-lab; data lost",
        "1 to orphan, 1 to retire, 1 loses data",
        "krmfn check --against HEAD~1 refuses this:",
    ]
    check = history.check("--against", "HEAD~1")
    assert check.returncode == 1
    assert check.stdout.splitlines()[-1] == (
        "error: lab.yaml:4:3: Kubernetes tenant-acme/lab metadata.name: is removed, but its deletion is not confirmed: "
        "Flux would leave kubernetes-lab running without an owner. Put Kubernetes lab back, then in two commits: "
        '1. remove or move ComfyUI/studio, and annotate Kubernetes lab with krmfn.dev/confirm-deletion: "lab"; '
        "2. once Flux has applied that, remove it [removed-unconfirmed]"
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
    # It has no fences that could stay.
    assert "[left-behind]" not in check.stdout


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
        "1. remove or move ComfyUI/studio, and keep the cluster; 2. once Flux has uninstalled them" in answer.stdout
    ) == code
    # What the later revision says of Flux counts, where it has anything to apply.
    history.write({"plane.yaml": config.replace(flux, "2.8"), "cache.yaml": app("Redis", "cache")})
    assert history.check("--against", "HEAD~1").returncode == 1


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
        "delete HelmRelease kubernetes-lab by hand, and then CiliumNetworkPolicy kubernetes-lab-egress and "
        "ConfigMap kubernetes-lab-admission [left-behind]" in answer.stdout
    ) == warned


def test_a_confirmation_on_a_cluster_in_use_is_refused(history: History) -> None:
    """A cluster whose deletion is confirmed has no apps."""
    history.commit(STUDIO)
    history.commit({"lab.yaml": cluster("lab", confirm="lab")})
    answer = history.check("--against", "HEAD~1")
    assert answer.returncode == 1
    assert 'metadata.annotations["krmfn.dev/confirm-deletion"]: its deletion is confirmed, with ComfyUI/studio' in (
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
    assert plan.stderr.startswith("krmfn: HEAD is invalid:\nerror: lab.yaml:6:17: ")


def test_a_module_cluster_is_not_taken_away_under_its_apps(history: History) -> None:
    """The module's release, or the tenant's switch, makes the module cluster: neither goes while apps run on it."""
    module = "apiVersion: apps.cozystack.io/v1alpha1\nkind: ComputePlane\n"
    module += f"metadata: {{name: computeplane, namespace: {NAMESPACE}}}\nspec: {{nodeGroups: {{}}}}\n"
    files = {
        "plane.yaml": plane(
            "{target: {cozystack: next}, namespaces: [tenant-root], clusters: [{name: computeplane, module: true}]}"
        ),
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
        assert (
            "removes the module cluster of tenant-acme with ComfyUI/studio still on it. In two commits: 1. "
            in answer.stdout
        )
        history.git("checkout", "--quiet", "main")
    # Only its own tenant has the switch; a tenant of another is named after both.
    there = {"plane.yaml": files["plane.yaml"].replace("tenant-root", "tenant-acme"), "module.yaml": module}
    files |= {name: text.replace(NAMESPACE, f"{NAMESPACE}-sub") for name, text in (files | there).items()}
    files["plane.yaml"] = files["plane.yaml"].replace(f"[{NAMESPACE}-sub]", f"[{NAMESPACE}]")
    own, other = (app("Tenant", name, "{computeplane: true}") for name in ("sub", "other"))
    history.commit({**files, "tenant.yaml": own, "other.yaml": other})
    history.commit({"other.yaml": None})
    assert history.check("--against", "HEAD~1").returncode == 0
    history.commit({"tenant.yaml": own.replace("true", "false")})
    assert "removes the module cluster of tenant-acme-sub" in history.check("--against", "HEAD~1").stdout


def test_a_cluster_that_becomes_an_existing_one_is_orphaned(history: History) -> None:
    """A cluster that is no longer created here, but only referred to, leaves its release behind like one removed."""
    history.commit({"lab.yaml": cluster("lab"), "plane.yaml": plane("{}")})
    existing = "{clusters: [{name: lab, kubeConfig: {secretRef: {name: lab-kubeconfig}}}]}"
    history.commit({"lab.yaml": None, "plane.yaml": plane(existing)})
    assert history.actions(*LAST) == {"Kubernetes/lab": "orphan"}
    assert history.check("--against", "HEAD~1").returncode == 1
    assert history.actions("--from", "HEAD", "--to", "HEAD~1") == {"Kubernetes/lab": "create"}


def test_an_existing_cluster_goes_with_its_apps_where_it_has_no_boundary(history: History) -> None:
    """Of a cluster that is only referred to, Flux deletes nothing; a boundary in it goes after the apps, as ever."""
    hub = "{kind: JupyterHub, prefix: jupyterhub-, chartRef: {kind: OCIRepository, name: jupyterhub, namespace: a}}"
    chart = "{chartRef: {kind: OCIRepository, name: krmfn-objects, namespace: cozy-public}}"
    more = f"target: {{cozystack: none, flux: '2.8'}}, kinds: [{hub}], objectsChart: {chart}"
    more += ", network: {apiServerAddresses: [], clusterDomain: cluster.local}"
    fenced = ", isolationProfile: sandbox, cni: cilium, apiServerAddresses: [198.51.100.4]"
    fenced += ", annotations: {krmfn.dev/confirm-deletion: legacy}"
    apps = {"hub.yaml": app("JupyterHub", "hub"), "placement.yaml": placed("JupyterHub", "hub", "legacy")}
    gone = {**dict.fromkeys(apps), "plane.yaml": plane(f"{{{more}}}")}
    for isolation in ("", fenced):
        legacy = f"{{name: legacy, kubeConfig: {{secretRef: {{name: legacy}}}}{isolation}}}"
        history.commit({**apps, "plane.yaml": plane(f"{{clusters: [{legacy}], {more}}}")})
        if isolation:
            inside = 'ComputePlane tenant-acme/plane spec.clusters[0].annotations["krmfn.dev/confirm-deletion"]: its '
            assert inside in history.check("--against", "HEAD~1").stdout
        history.commit(gone)
        answer = history.check("--against", "HEAD~1")
        assert answer.returncode == bool(isolation), answer.stdout
        assert ("tries only once to delete legacy-boundary" in answer.stdout) == bool(isolation)
        assert "left-behind" not in answer.stdout


def test_a_renamed_cluster_is_refused(history: History) -> None:
    """A cluster's rename is the removal of the old one, which was not confirmed."""
    history.commit({"lab.yaml": cluster("lab", spec="{version: v1.34}")})
    history.commit({"lab.yaml": None, "new.yaml": cluster("new", spec="{version: v1.34}")})
    (change,) = history.planned(*LAST)["changes"]
    assert (change["action"], change["data"], change["refusedBy"]) == ("replace", "kept", ["removed-unconfirmed"])
    answer = history.check("--against", "HEAD~1")
    assert answer.returncode == 1
    assert "becomes Kubernetes/new, but its deletion is not confirmed" in answer.stdout
    assert "Put Kubernetes lab back" in answer.stdout
    assert "[will-replace]" not in answer.stdout
