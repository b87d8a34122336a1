"""What people asked `krmfn reach`, and what it should say: names as they have them, and answers that they can use."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.command_line import run_in
from tests.declarations import app, plane
from tests.test_reach import DEFAULTS, FILES, write

if TYPE_CHECKING:
    from pathlib import Path

    from tests.command_line import Text
    from tests.history import History

BLUE = {
    "plane.yaml": plane(DEFAULTS, "tenant-blue", "blue"),
    "apps.yaml": "---\n".join(
        (app("Postgres", "main", namespace="tenant-blue"), app("Redis", "q", namespace="tenant-blue"))
    ),
}
PLATFORM = {
    "plane.yaml": "apiVersion: krmfn.dev/v1alpha1\nkind: ComputePlane\nmetadata: {name: platform}\n"
    f"spec: {{scope: platform, {DEFAULTS[1:-1]}}}\n"
}


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    """Two tenants: that of the tests of `reach`, and another with a database of the same name."""
    for name, files in (("platform", PLATFORM), ("acme", FILES), ("blue", BLUE)):
        (tmp_path / name).mkdir()
        write(tmp_path / name, files)
    return tmp_path


def ask(folder: Path, *question: str) -> Text:
    return run_in(folder, "reach", *question)


def told(folder: Path, *question: str) -> Any:
    answer = ask(folder, *question, "--output", "json")
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)


@pytest.mark.parametrize(
    ("question", "pair"),
    [
        # As a HelmRelease, a Service, or by a kind of which there is one.
        (("n8n-flows-on-box", "tenant-acme/Postgres/main"), ("N8n/flows", "Postgres/main")),
        (("hr/n8n-flows-on-box", "helmreleases/postgres-other"), ("N8n/flows", "Postgres/other")),
        (("hr/kubernetes-box", "svc/postgres-other-rw:5432"), ("Kubernetes/box", "Postgres/other")),
        (("flows", "postgres-other-rw"), ("N8n/flows", "Postgres/other")),
        (("gadget", "world"), ("Gadget/odd", "world")),
        # The API server by its Service, whose port is another.
        (("flows", "kubernetes.default.svc:443"), ("N8n/flows", "kube-apiserver")),
        (("flows", "https://kubernetes.default.svc.cozy.local"), ("N8n/flows", "kube-apiserver")),
        # What is not declared here, in any case, on either side.
        (("flows", "tenant-root/etcd/ETCD:2379"), ("N8n/flows", "tenant-root/Etcd/etcd")),
        (("tenant-root/etcd/etcd", "gadget/odd"), ("Etcd/etcd", "tenant-acme/Gadget/odd")),
        (("ns/cozy-keycloak", "gadget/odd"), ("Namespace/cozy-keycloak", "tenant-acme/Gadget/odd")),
        (("flows", "World:443"), ("N8n/flows", "world")),
        (("other-tenants", "gadget/odd"), ("other-tenants", "tenant-acme/Gadget/odd")),
        (("[2001:db8::1]", "gadget/odd"), ("2001:db8::1", "tenant-acme/Gadget/odd")),
    ],
)
def test_names_as_people_have_them(fleet: Path, question: tuple[str, ...], pair: tuple[str, str]) -> None:
    """Names of releases and Services, kinds alone, the API server's host, and whoever is not declared, in any case."""
    found = told(fleet, *question)
    assert (found["from"], found["to"]) == pair


def test_the_service_of_the_api_server_has_another_port(fleet: Path) -> None:
    """Its port 443 is 6443 of the API servers, which is what policies judge."""
    assert told(fleet, "flows", "kubernetes.default.svc:443")["port"] == "6443"
    assert told(fleet, "flows", "kubernetes.default:6443")["port"] == "6443"


@pytest.mark.parametrize(
    ("question", "says"),
    [
        (
            ("postgres/other:5432",),
            'FROM has no port; write "postgres/other", or ask who reaches it: krmfn reach any postg',
        ),
        (("flows", "monitoring"), "the nearest are tenant-acme/Monitoring/monitoring, "),
        (
            ("-n", "tenant-nobody", "main"),
            'nothing is declared in namespace "tenant-nobody"; there is something in tenant-',
        ),
        (("any", "main", "-n", "tenant-nobody"), 'nothing is declared in namespace "tenant-nobody"'),
        (("child-tenants",), 'whose "child-tenants"? Name the tenant: -n tenant-acme'),
        (("flows", "tenant-root/ingress"), "the nearest is tenant-root/Ingress/ingress"),
        (("flows", "kube-system/coredns"), "the nearest is dns"),
        (
            ("nodeport", "flows"),
            "nodes of the management cluster are host, and those of a cluster stand for it: tenant-",
        ),
        (("svc/postgres-nobody", "world"), 'there is no "svc/postgres-nobody" here'),
    ],
)
def test_the_next_step_is_said(fleet: Path, question: tuple[str, ...], says: str) -> None:
    """What is asked in a way that has no answer is refused with the way that has one; exit 2, nothing on stdout."""
    answer = ask(fleet, *question)
    assert (answer.returncode, answer.stdout) == (2, "")
    assert says in answer.stderr


@pytest.mark.parametrize(
    "source", ["world", "host", "kube-apiserver", "10.0.0.1", "Namespace/cozy-keycloak", "tenant-root/Etcd/etcd"]
)
def test_whoever_is_not_declared_may_be_asked_about_everybody(fleet: Path, source: str) -> None:
    """What the internet, a node or an address reaches is every declared party, with its verdict."""
    found = {each["to"] for each in told(fleet, source)}
    assert {"tenant-acme/Postgres/main", "tenant-acme/Kubernetes/box", "tenant-blue/Redis/q"} <= found
    assert f"{source} ->" in ask(fleet, source).stdout


@pytest.mark.parametrize("anybody", ["any", "all", "*", "everybody", "ANY"])
def test_everybody_has_many_names(fleet: Path, anybody: str) -> None:
    """As FROM it is everybody who is declared, and as TO it is as if TO were left out."""
    assert {each["from"] for each in told(fleet, anybody, "gadget/odd")} > {"N8n/flows", "N8n/free"}
    assert told(fleet, "flows", anybody) == told(fleet, "flows")


def test_what_may_be_open_is_not_denied(fleet: Path) -> None:
    """Where some ports are closed and nobody knows of others, the answer is unknown on those, and says why."""
    found = ask(fleet, "tenant-acme/Postgres/main", "tenant-blue/Postgres/main")
    assert found.returncode == 0, found.stderr
    first, *others = found.stdout.splitlines()
    assert first == (
        "unknown: tenant-acme/Postgres/main -> tenant-blue/Postgres/main on 6443/TCP; denied on every other port"
    )
    assert any("krmfn does not know the label policy.cozystack.io/allow-to-apiserver" in each for each in others)
    assert told(fleet, "tenant-acme/Postgres/main", "tenant-blue/Postgres/main")["verdict"] == "unknown"


def test_of_what_is_unknown_only_that_is_shown(fleet: Path) -> None:
    """The reader is told what krmfn does not know; what would decide otherwise is counted, and in the JSON."""
    question = ("tenant-acme/Postgres/main", "kube-apiserver")
    lines = ask(fleet, *question).stdout.splitlines()
    assert [each.split(":")[0].strip() for each in lines] == [
        "unknown",
        "on the management cluster",
        "may allow it",
        lines[-1].strip(),
    ]
    assert lines[-1] == "  and 2 more (--output json has all)"
    assert len(told(fleet, *question)["because"]) == 3


def test_another_tenants_namesake_is_not_the_connections(fleet: Path) -> None:
    """A connection to one's own database is no reason about another tenant's of the same name."""
    says = [each["says"] for each in told(fleet, "flows", "tenant-blue/Postgres/main:5432")["because"]]
    assert 'profile "sandbox" closes, for the pods of N8n/flows, whatever is not declared' in says
    assert not any("opens only" in each for each in says)


def test_what_closes_every_port_comes_first(fleet: Path) -> None:
    """Of a pair that is denied on every port, the policy that closes all is told before one that leaves some open."""
    lines = ask(fleet, "flows", "kubernetes/open").stdout.splitlines()
    assert lines[0].startswith("denied: ")
    write(fleet / "acme", {"free.yaml": FILES["free.yaml"].replace("cluster: open", "cluster: box")})
    first = told(fleet, "tenant-acme/N8n/free", "tenant-acme/Postgres/main")["because"][0]
    assert first["policy"]["name"] == "krmfn-default-deny"


def test_a_policy_that_surely_closes_is_the_one_that_is_named(fleet: Path) -> None:
    """Not one that may be about other pods: of a platform's app nobody knows whether it has the API server's label."""
    found = told(fleet, "tenant-blue/Redis/q", "tenant-acme/Postgres/main:5432")
    [because] = found["because"]
    assert because["policy"]["name"] == "allow-internal-communication"
    assert because["says"] == "the platform's policies close what none of them allows, and none allows this"


def test_all_addresses_are_more_than_the_internet(fleet: Path) -> None:
    """Who asks about 0.0.0.0/0 is told that it has the management cluster's addresses too, and what to ask."""
    says = told(fleet, "flows", "0.0.0.0/0")["because"][0]["says"]
    assert (
        says == "0.0.0.0/0 has the addresses of the management cluster too; ask for world, which is the internet alone"
    )


def test_nobody_is_told_to_reach_itself(history: History) -> None:
    """An app that is new is opened to others; that it talks to itself is nothing that a change opens."""
    history.commit({"main.yaml": app("Postgres", "main")})
    history.write({"queue.yaml": app("Redis", "queue")})
    opened = told(history.root, "any", "Redis/queue", "--from", "HEAD")["opened"]
    assert [each["from"] for each in opened] == ["Postgres/main"]


def test_a_part_of_a_run_is_asked_about_with_the_rest_of_it(fleet: Path) -> None:
    """With --path to a folder below its ComputePlane, reach, why and report know what that says, and all of its run."""
    (fleet / "acme/declared").mkdir()
    for name in FILES.keys() - {"plane.yaml"}:
        (fleet / "acme" / name).rename(fleet / "acme/declared" / name)
    part = "acme/declared"
    assert told(fleet, "N8n/flows", "Postgres/main", "--path", part)["verdict"] == "allowed"
    for question in (("why", "hr/kubernetes-box", "--path", part), ("why", "N8n/flows", "--access", "--path", part)):
        answer = run_in(fleet, *question)
        assert (answer.returncode, answer.stderr) == (0, "")
    answer = run_in(fleet, "report", part, "--output", "report.html")
    assert (answer.returncode, answer.stderr) == (0, "")
    page = (fleet / "report.html").read_text(encoding="utf-8")
    assert "N8n/flows" in page
    assert "tenant-blue" not in page
