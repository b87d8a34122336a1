"""`krmfn plan` and `check --against` over apps that go, move or become others: what is lost, and what is refused."""

from __future__ import annotations

from tests.declarations import STUDIO, app, cluster, placed, plane
from tests.history import LAST, History

PREPARED = "kustomize.toolkit.fluxcd.io/prune: disabled"


def test_an_app_is_retired(history: History) -> None:
    """An app that is removed is uninstalled with its data; check lets it pass with a warning, and --strict does not."""
    history.commit({"main.yaml": app("Postgres", "main"), "cache.yaml": app("Redis", "cache")})
    history.commit({"main.yaml": None})
    assert "  retire   Postgres/main  uninstalled: postgres-main; data lost" in history.plan(*LAST).stdout
    lenient, strict = (history.check("--against", "HEAD~1", *more) for more in ((), ("--strict",)))
    assert (lenient.returncode, strict.returncode) == (0, 1)
    assert lenient.stdout.startswith(
        "warning: main.yaml:4:3: Postgres tenant-acme/main metadata.name: is removed: Flux"
    )
    assert "its data is lost [will-retire]" in lenient.stdout


def test_of_a_kind_of_ones_own_nobody_knows_the_data(history: History) -> None:
    """What a kind keeps that krmfn did not ship is unknown, and is said to be."""
    kinds = "{kinds: [{kind: Shop, plural: shops, prefix: shop-, chartRef: {kind: HelmChart, name: shop}}]}"
    history.commit({"plane.yaml": plane(kinds), "shop.yaml": app("Shop", "a")})
    history.commit({"shop.yaml": None})
    assert history.planned(*LAST)["changes"][0]["data"] == "unknown"
    assert "its data may be lost" in history.check("--against", "HEAD~1").stdout


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
    history.commit({**files, "nb.yaml": app("ComfyUI", "nb"), "p.yaml": placed("ComfyUI", "nb", "lab")})
    history.commit({"p.yaml": placed("ComfyUI", "nb", "two")})
    (change,) = history.planned(*LAST)["changes"]
    assert (change["action"], change["data"], change["refusedBy"]) == ("move", "kept", ["removed-unconfirmed"])
    assert [each["outcome"] for each in change["releases"]] == ["left running", "installed"]
    answer = history.check("--against", "HEAD~1")
    assert answer.returncode == 1
    assert "moves, but its deletion is not confirmed: Flux would leave comfyui-nb-on-lab running" in answer.stdout
    assert "[will-move]" not in answer.stdout


def test_a_renamed_app_is_replaced(history: History) -> None:
    """Another name is another release: the old one is uninstalled, and the plan says what became what."""
    history.commit({"cache.yaml": app("Redis", "cache", "{size: 1Gi}"), "other.yaml": app("Redis", "other")})
    history.commit({"cache.yaml": app("Redis", "store", "{size: 1Gi}")})
    said = "  replace  Redis/cache -> store  uninstalled: redis-cache; installed: redis-store; data lost"
    assert said in history.plan(*LAST).stdout.splitlines()
    (change,) = history.planned(*LAST)["changes"]
    assert (change["action"], change["object"]["name"], change["was"]) == ("replace", "store", "cache")
    assert "was renamed from Redis/cache: Flux uninstalls" in history.check("--against", "HEAD~1").stdout


def test_what_stays_in_its_place_was_renamed(history: History) -> None:
    """Another name and other content in the same file, or the same field of it, is still the same declaration."""
    app_of = "{{cluster: lab, app: {{kind: ComfyUI, name: {}, values: {{storage: {{size: {}}}}}}}}}"
    inline = [
        plane(f"{{placements: [{', '.join(app_of.format(name + of, size) for of in 'ab')}]}}")
        for name, size in (("old-", "1Gi"), ("new-", "2Gi"))
    ]
    lab = {"lab.yaml": cluster("lab"), "plane.yaml": inline[0]}
    history.commit({**lab, "cache.yaml": app("Redis", "cache", "{size: 1Gi}")})
    history.commit({"cache.yaml": app("Redis", "store", "{size: 3Gi}"), "plane.yaml": inline[1]})
    was = {each["object"]["name"]: each.get("was") for each in history.planned(*LAST)["changes"]}
    assert was == {"store": "cache", "new-a": "old-a", "new-b": "old-b"}


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
    assert "changes from comfyui-studio to art while it is installed" in answer.stdout
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


def test_on_another_cluster_nothing_is_taken_along(history: History) -> None:
    """Where the old kubeconfig led, all stays; so a new chart or namespace at the same time loses no data there."""
    kind = "{{kind: ComfyUI, chartRef: {{kind: OCIRepository, name: {0}}}}}"
    there = "{{name: legacy, kubeConfig: {{secretRef: {{name: {0}}}}}}}"
    spec = f"{{{{protect: data, kinds: [{kind}], clusters: [{there}]}}}}"
    more = ("", "  targetNamespace: art\n")
    for name, target in zip(("one", "two"), more, strict=True):
        placement = placed("ComfyUI", "studio", "legacy", target)
        files = {"studio.yaml": STUDIO["studio.yaml"], "plane.yaml": plane(spec.format(name))}
        history.commit({**files, "p.yaml": placement})
    (change,) = history.planned(*LAST)["changes"]
    assert [each["outcome"] for each in change["releases"]] == ["left running", "installed"]
    answer = history.check("--against", "HEAD~1")
    assert answer.returncode == 0, answer.stdout


def test_an_adoption_that_is_not_prepared_is_refused(history: History) -> None:
    """Applications that Flux applies would be pruned once they are declarations; the annotation prepares them."""
    history.commit({"main.yaml": app("Postgres", "main")})
    history.commit({"plane.yaml": plane("{}")})
    answer = history.check("--against", "HEAD~1")
    assert answer.returncode == 1
    assert '1. annotate it kustomize.toolkit.fluxcd.io/prune: "disabled"' in answer.stdout
    assert history.planned(*LAST)["changes"] == []
    # Only this value keeps Flux from pruning.
    history.commit({"plane.yaml": None, "main.yaml": app("Postgres", "main", marks=f"{{{PREPARED}-not}}")})
    history.commit({"plane.yaml": plane("{}")})
    assert "[adoption-unprepared]" in history.check("--against", "HEAD~1").stdout
    history.commit({"plane.yaml": None, "main.yaml": app("Postgres", "main", marks=f"{{{PREPARED}}}")})
    history.commit({"plane.yaml": plane("{}")})
    assert history.check("--against", "HEAD~1").returncode == 0
