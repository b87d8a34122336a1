import re
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from krmfn import catalog, yaml
from krmfn.catalog import Catalog, CatalogError, Kind, files, join
from krmfn.declarations.models import MODELS
from krmfn.topology.known.tightening import stated
from krmfn.topology.model.postures import posture_of

ROOT = Path(catalog.__file__).parent
# The chart is Helm's, and a template by its nature; tests/judges/test_objects_chart.py is about it.
FILES = sorted(path for path in ROOT.rglob("*.yaml") if "chart" not in path.relative_to(ROOT).parts)
KINDS = sorted((ROOT / "kinds").glob("*.yaml"))
SHIPPED = Catalog.shipped()

KEY_ORDER = (
    *("kind", "plural", "prefix", "chartRef", "labels", "installTimeout", "disableWait", "module", "name", "namespace"),
    *(
        "feature",
        "runsCode",
        "placeable",
        "because",
        "placeableWhen",
        "podSecurity",
        "stateful",
        "addons",
        "apiServer",
        "services",
        "members",
    ),
    *("pods", "credentials", "behindIngress", "note", "onCluster", "sharedName"),
)
NEVER_PLACED = {"Tenant", "Kubernetes", "KubernetesNodes", "VMInstance", "VMDisk", "VirtualPrivateCloud"}


def load(path: Path) -> Any:
    return yaml.load(path.read_text())


def kind_of(path: Path) -> Kind:
    kind = SHIPPED.kind(load(path)["kind"])
    assert kind is not None
    return kind


def rendered(parts: tuple[str, ...], kind: Kind) -> str:
    name = kind.name or "n"
    return join(parts, release=kind.prefix + name, name=name, user="u")


def shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", FILES, ids=shown)
def test_one_comment_and_literals(path: Path) -> None:
    """A file says in its first line what it is, and holds neither templates nor expressions."""
    lines = path.read_text().splitlines()
    assert lines[0].startswith("# ")
    assert lines[0].endswith(".")
    assert not lines[1].startswith("#")
    assert not re.search(r"\{\{|\}\}|\$|<%|%>|!!|[&*]\w", path.read_text())


@pytest.mark.parametrize("path", KINDS, ids=shown)
def test_a_kind_is_found_by_its_file_name(path: Path) -> None:
    """The file is the kind in lower case, so that one kind is found without reading the others."""
    kind = kind_of(path)
    assert path.name == f"{kind.kind.lower()}.yaml"
    assert kind.kind in SHIPPED.kind_names()


@pytest.mark.parametrize("path", KINDS, ids=shown)
def test_keys_of_a_kind_have_one_order(path: Path) -> None:
    """Every kind is written in the same order, and what is empty is left out."""
    data = load(path)
    assert list(data) == [key for key in KEY_ORDER if key in data]
    assert all(value or key == "prefix" for key, value in data.items())


@pytest.mark.parametrize("path", KINDS, ids=shown)
def test_a_kind_can_be_used(path: Path) -> None:
    """Names that it makes are names, ports are ports, and addons are addons of a tenant cluster."""
    kind = kind_of(path)
    assert set(kind.addons) <= {addon.name for addon in SHIPPED.addons()}
    assert "sharding.fluxcd.io/key" not in kind.labels
    assert kind.chart_ref.kind in {"ExternalArtifact", "HelmChart"}
    assert not kind.credentials or all(credentials.keys for credentials in kind.credentials)
    for service in kind.services:
        assert re.fullmatch(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?", rendered(service.name, kind))
        ports = [(port.port, port.protocol) for port in service.ports]
        assert ports
        assert len(ports) == len(set(ports))
        assert all(0 < port.port < 65536 and 0 < port.target_port < 65536 for port in service.ports)
    for label, value in kind.pods.items():
        assert re.fullmatch(r"([a-z0-9.-]+/)?[a-zA-Z0-9]([-_.a-zA-Z0-9]*[a-zA-Z0-9])?", label)
        assert re.fullmatch(r"[a-z0-9]([-a-z0-9.]*[a-z0-9])?", rendered(value, kind))


@pytest.mark.parametrize("path", KINDS, ids=shown)
def test_a_kind_without_credentials_says_what_to_do_instead(path: Path) -> None:
    """Who asks such a kind for a credential is told one sentence more than no."""
    kind = kind_of(path)
    assert kind.credentials or kind.note
    assert not kind.note or kind.note.endswith(".")


@pytest.mark.parametrize("path", KINDS, ids=shown)
def test_what_may_never_be_placed(path: Path) -> None:
    """Clusters, machines, networks, tenants and modules stay on the management plane; everything else may move."""
    kind = kind_of(path)
    assert (kind.placeable == "never") == (kind.kind in NEVER_PLACED or bool(kind.name))


def test_the_platforms_kinds_and_those_of_cozyllm() -> None:
    """All 31 kinds of the platform and the seven of cozyllm are here."""
    names = SHIPPED.kind_names()
    assert len(names) == 38
    assert list(names) == sorted(set(names))
    assert {"JupyterHub", "N8n", "ComfyUI", "Langflow", "OpenWebUI", "VllmInference", "Litellm"} <= set(names)


@pytest.mark.parametrize("name", ["postgres", "Postgress", "../addons", "Postgres.yaml", "", "a\0b", "x" * 5000])
def test_a_name_that_is_no_kind(name: str) -> None:
    """A kind is its exact name; whatever else a user writes finds nothing and reads no file."""
    assert SHIPPED.kind(name) is None


@pytest.mark.parametrize("change", [{"kinds": "x"}, {"module": True}, {"because": ""}, {"placeable": "often"}])
def test_a_wrong_file_is_refused(change: dict[str, Any]) -> None:
    """A key that nobody knows, or two that contradict each other, is a mistake of ours and raises."""
    data = load(ROOT / "kinds" / "comfyui.yaml")
    assert files.read_kind(data) == SHIPPED.kind("ComfyUI")
    with pytest.raises(CatalogError):
        files.read_kind(data | change)


@pytest.mark.parametrize("flags", [{}, {"always": True, "enabledBy": "addons.a.enabled"}])
def test_an_addon_is_always_there_or_enabled(flags: dict[str, Any]) -> None:
    """An addon that is neither, or both, is refused."""
    with pytest.raises(CatalogError):
        files.read_addons([{"name": "a", "release": "a", "namespace": "a", **flags}])


def test_a_wrong_file_is_named(tmp_path: Path) -> None:
    """The error says which file is wrong, and which keys."""
    (tmp_path / "bundles").mkdir()
    (tmp_path / "bundles" / "odd.yaml").write_text("name: odd\nvalues: {}\n")
    with pytest.raises(CatalogError, match=r"bundles/odd\.yaml: missing \['description'\]"):
        Catalog(str(tmp_path)).bundle("odd")


def test_a_file_is_read_once(tmp_path: Path) -> None:
    """Asking twice gives the same record, whatever became of the file."""
    (tmp_path / "bundles").mkdir()
    file = tmp_path / "bundles" / "one.yaml"
    file.write_text("name: one\ndescription: d\nvalues: {}\n")
    own = Catalog(str(tmp_path))
    first = own.bundle("one")
    file.write_text("changed: true\n")
    assert own.bundle("one") is first


def test_parts_spell_a_name() -> None:
    """Release, name and user stand for the app's; every other part for itself."""
    assert join(("release", "-", "user", "-credentials"), release="bucket-a", user="me") == "bucket-a-me-credentials"
    assert join(("rfrm-", "release"), release="redis-c") == "rfrm-redis-c"
    assert join(("seaweedfs-", "name", "-s3"), release="seaweedfs", name="seaweedfs") == "seaweedfs-seaweedfs-s3"


def test_shipped_profiles_keep_their_promises() -> None:
    """Standard is open, sandbox is closed and pins what would open it, and neither leaves its posture unsaid."""
    standard, sandbox, meshed = map(SHIPPED.isolation, ("standard", "sandbox", "cluster-meshed"))
    assert standard
    assert sandbox
    assert meshed
    assert SHIPPED.isolation_names() == ("cluster-meshed", "sandbox", "standard")
    for profile in (standard, meshed):
        assert profile == {"egress": {"scope": "open"}, "podSecurity": "privileged", "kubeconfig": "available"}
    closed = {"volumes": False, "monitoring": False, "ownIngress": False}
    assert sandbox["egress"] == {"scope": "declared", "internet": "allow", **closed}
    assert (sandbox["podSecurity"], sandbox["kubeconfig"]) == ("restricted", "withheld")
    assert sandbox["pins"] == {"oidc": {"mode": "None"}}


@pytest.mark.parametrize("kind", ["IsolationProfile", "ComponentProfile"])
def test_shipped_profiles_have_the_shape_that_users_have(kind: str) -> None:
    """A shipped profile is a declaration: the model of a user's is the one description of its shape."""
    [model] = [each for each in MODELS if each.__name__ == kind]
    shipped = [*ROOT.glob("isolation/*.yaml"), *ROOT.glob("components/*.yaml")]
    profiles = [document for document in map(load, shipped) if document["kind"] == kind]
    assert len(profiles) == 3
    for profile in profiles:
        assert model.model_validate(profile).model_dump()["spec"]


def test_shipped_components() -> None:
    """A shipped component profile extends at most one that stands on its own."""
    assert SHIPPED.component_names() == ("gpu", "minimal", "standard-addons")
    for name in SHIPPED.component_names():
        profile = SHIPPED.component(name)
        assert profile
        base = SHIPPED.component(profile["extends"]) if "extends" in profile else {}
        assert base is not None
        assert "extends" not in base


@pytest.mark.parametrize("folder", ["isolation", "components", "bundles", "targets"])
def test_names_are_file_names(folder: str) -> None:
    """What a user calls a profile, a bundle or a program is what its file is called."""
    find = {"isolation": SHIPPED.isolation, "components": SHIPPED.component, "bundles": SHIPPED.bundle}
    paths = list((ROOT / folder).glob("*.yaml"))
    assert paths
    for path in paths:
        assert find.get(folder, SHIPPED.target)(path.stem) is not None
        said = load(path)
        assert (said.get("metadata") or said).get("name", said.get("program")) == path.stem


def test_null_says_as_little_as_a_field_that_is_left_out() -> None:
    """In a profile of a user's own; a pin may be null, for to Helm that says something."""
    unsaid = {"extends": None, "egress": None, "podSecurity": None, "kubeconfig": None, "pins": None, "quota": None}
    assert posture_of("a", stated(unsaid)) == posture_of("a", {})
    own = stated({"extends": "sandbox", "egress": {"volumes": False, "scope": None}, "pins": {"a": None}})
    assert own == {"extends": "sandbox", "egress": {"volumes": False}, "pins": {"a": None}}


@pytest.mark.parametrize("program", ["flux", "cozystack", "cilium", "kubernetes"])
def test_targets(program: str) -> None:
    """The default is a supported version, and every feature has the version that brought it."""
    target = SHIPPED.target(program)
    assert target.default in target.supported
    assert all(re.fullmatch(r"\d+\.\d+|next|none", version) for version in target.supported)
    assert all(re.fullmatch(r"\d+\.\d+|next", version) for version in target.features.values())


def test_features_of_flux_that_newer_releases_brought() -> None:
    """What Cozystack 1.6 ships has readyExpr and health checks, and no literal values."""
    features = SHIPPED.target("flux").features
    assert features["dependsOn[].readyExpr"] == "2.7"
    assert features["healthCheckExprs"] == "2.8"
    assert features["valuesFrom[].literal"] == "2.9"


def test_addons_that_every_cluster_has() -> None:
    """Six addons are always there, as the chart has no value that turns them off."""
    always = [addon.release for addon in SHIPPED.addons() if not addon.enabled_by]
    assert sorted(always) == [*("cilium", "coredns", "csi", "metrics-server", "prometheus-operator-crds", "vsnap-crd")]


@pytest.mark.parametrize("field", ["name", "release"])
def test_addons_are_told_apart(field: str) -> None:
    """No two addons share a name or a release."""
    values = [getattr(addon, field) for addon in SHIPPED.addons()]
    assert len(values) == len(set(values))


def test_each_closed_address_has_its_source() -> None:
    """Each is a network as Cilium takes it, says who says so, and is within the range that it names and no other."""
    closed = SHIPPED.closed_addresses()
    ranges = {each.cidr: ip_network(each.cidr) for each in closed}
    assert len(ranges) == len(closed) > 1
    for each in closed:
        own = ranges[each.cidr]
        wider = [
            cidr
            for cidr, other in ranges.items()
            if other.version == own.version and other.prefixlen < own.prefixlen and other.overlaps(own)
        ]
        assert each.source.startswith("https://")
        assert wider == ([each.within] if each.within else [])
