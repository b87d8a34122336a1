"""`krmfn why`: each generated field has an answer, and an answer is true, by doing what it says."""

from __future__ import annotations

import json
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings
from jsonschema import Draft202012Validator

from krmfn import function
from krmfn.catalog import Catalog
from krmfn.catalog.rules import INDEX
from krmfn.marks import OWNER
from krmfn.resourcelist import identity, origin_of
from krmfn.results import has_errors
from krmfn.why import explained, fields_of
from krmfn.why.subjects import SHORT, AskedObject, named, subjects
from tests.command_line import run_in
from tests.declarations import app, cluster, placed, plane
from tests.laws import ANSWERED, REVIEWED, case, given

if TYPE_CHECKING:
    from collections.abc import Iterator

    from krmfn.resourcelist import Resource, ResourceList

    Steps = tuple[str | int, ...]

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs/fields.md"
EVERY = 30
"""Of so many cases one is asked about, by the quick profile; by the thorough one, of so many times fewer."""


@cache
def generated(folder: Path) -> tuple[Resource, ...]:
    return function.expand(given(folder)).generated


def test_every_generated_field_has_a_rule_and_every_rule_a_field() -> None:
    """Over all cases: no field is without a sentence, and the table has no row that explains nothing."""
    rules = Catalog.shipped().rules()
    used = {
        rules.of(field.kind, field.inner, inside=field.inside)
        for folder in ANSWERED
        for resource in generated(folder)
        for field in fields_of(resource)
    }
    assert used == set(rules.rows)


def asked_about() -> list[Path]:
    """The cases of this run: those of the quick profile are some of the thorough one's."""
    step = EVERY if settings().max_examples < EVERY else EVERY // 6
    return [folder for folder in ANSWERED if is_generating(REVIEWED[folder])][::step]


def is_generating(answer: str) -> bool:
    """True for an answer with generated objects, and for a validator's, which has no items and repeats its options."""
    return f" {OWNER}:" in answer or ("\nitems: []\n" in answer and " validateOnly:" in answer)


@pytest.mark.parametrize("folder", asked_about(), ids=lambda folder: folder.name)
def test_a_cause_is_what_changes_the_field(folder: Path) -> None:
    """Each field of the input is changed by itself: exactly what then differs in an object has it as a cause.

    This changes one field at a time, of the whole input, and compares whole objects; krmfn changes many at once, and
    only what it needs. Names are left out: krmfn changes them together with what refers to them.
    """
    given = case(folder).given
    assert generated(folder)
    changed = [(place, found) for place in scalars(given) if (found := alone(given, place)) is not None]
    judged = 0
    for resource in generated(folder)[:4]:
        answers = explained(given, resource, fields_of(resource))
        for (index, steps), objects in changed:
            origin = origin_of((given.function_config or {}) if index == -1 else given.items[index]).resource
            after = next((each for each in objects if identity(each) == identity(resource)), None)
            if after is None or len(after) != len(resource):
                continue
            differing = {field.path for field in fields_of(resource) if at(after, field.steps) != field.value}
            told = {
                answer.field.path
                for answer in answers
                if any((cause.source.origin.resource, cause.steps) == (origin, steps) for cause in answer.because)
            }
            # What stands in a list is told by its items, and not by their places.
            differing, told = ({path for path in each if not INDEX.search(path)} for each in (differing, told))
            assert told == differing, f"{index} {steps}"
            judged += 1
    assert judged or not changed


def scalars(given: ResourceList) -> Iterator[tuple[int, Steps]]:
    """The fields of the declarations below spec, by the index of the item; -1 is the functionConfig."""
    documents = [*enumerate(given.items), (-1, given.function_config or {})]
    for index, document in documents:
        spec = document.get("spec")
        is_read = str(document.get("apiVersion")).startswith(("apps.cozystack.io/", "krmfn.dev/"))
        is_read = index == -1 or (is_read and document.get("kind") != "ComputePlane")
        for steps, _ in walked(spec) if is_read else ():
            if steps and steps[-1] not in {"kind", "name", "cluster", "apiVersion"}:
                yield index, ("spec", *steps)


def walked(node: Any, above: Steps = ()) -> Iterator[tuple[Steps, Any]]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield from walked(value, (*above, key))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from walked(value, (*above, index))
    else:
        yield above, node


def alone(given: ResourceList, place: tuple[int, Steps]) -> tuple[Resource, ...] | None:
    """What is generated when a text, number or boolean is another one; None if krmfn refuses that."""
    index, steps = place
    items = list(deepcopy(given.items))
    config = deepcopy(given.function_config)
    document = config if index == -1 else items[index]
    value = at(document, steps)
    above = at(document, steps[:-1])
    if isinstance(value, bool):
        above[steps[-1]] = not value
    elif isinstance(value, int | float):
        above[steps[-1]] = value + 1
    elif isinstance(value, str):
        above[steps[-1]] = f"{value}x7q"
    else:
        return None
    expansion = function.expand(given._replace(items=tuple(items), function_config=config, texts={}))
    return None if has_errors(expansion.answer.results) else expansion.generated


def at(node: Any, steps: Steps) -> Any:
    """The value that the steps lead to; the steps themselves if they lead to none."""
    for step in steps:
        there = step in node if isinstance(node, dict) else isinstance(node, list) and int(step) < len(node)
        if not there:
            return steps
        node = node[step]
    return node


SPEC = (
    "{kinds: [{kind: JupyterHub, prefix: jupyterhub-, "
    "chartRef: {kind: OCIRepository, name: jupyterhub, namespace: cozy-public}}]}"
)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A tenant: a cluster with standard addons, an app on it, and a database with a password in its declaration."""
    files = {
        "plane.yaml": plane(SPEC),
        "lab.yaml": cluster("lab").replace("spec: {}", "spec:\n  componentProfile: standard-addons"),
        "hub.yaml": app("JupyterHub", "hub", "\n  hub:\n    replicas: 3"),
        "main.yaml": app("Postgres", "main", "\n  size: 10Gi\n  users:\n    hub:\n      password: hunter2-why"),
        "placement.yaml": placed(
            "JupyterHub",
            "hub",
            "lab",
            "  connections:\n  - to: {kind: Postgres, name: main}\n"
            "    credentials:\n    - {key: hub, targetPath: hub.db.password}\n",
        ),
        "contacts.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: contacts, namespace: tenant-acme}\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def asked(folder: Path, *arguments: str) -> list[dict[str, Any]]:
    """The answer as JSON, which fits its schema."""
    answer = run_in(folder, "why", *arguments, "--output", "json")
    assert answer.returncode == 0, answer.stderr
    document: list[dict[str, Any]] = json.loads(answer.stdout)
    schema = json.loads((ROOT / "docs/why.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(document)
    return document


def causes(answer: dict[str, Any]) -> list[tuple[str, str, int]]:
    return [(each["file"], each["field"], each["line"]) for each in answer["because"] if each["kind"] != "rule"]


def test_a_copied_value_leads_to_its_line(repository: Path) -> None:
    """The nearest cause of a chart value is the line that a user wrote."""
    [answer] = asked(repository, "hr/jupyterhub-hub-on-lab", "spec.values.hub.replicas")
    assert (answer["value"], causes(answer)) == (3, [("hub.yaml", "spec.hub.replicas", 8)])
    assert answer["because"][-1]["kind"] == "rule"


def test_a_value_of_a_profile_leads_to_the_profile_and_to_who_chose_it(repository: Path) -> None:
    """A shipped profile is named with its file, and then the declaration's field that names the profile."""
    [answer] = asked(repository, "Kubernetes/lab", "spec.values.addons.certManager.enabled")
    profile = "krmfn/catalog/components/standard-addons.yaml"
    assert causes(answer) == [
        (profile, "spec.values.addons.certManager.enabled", 10),
        ("lab.yaml", "spec.componentProfile", 7),
    ]


def test_a_name_is_followed_through_what_refers_to_it(repository: Path) -> None:
    """The Secret's name follows the database's name and the connection to it; unrelated fields are not named."""
    [answer] = asked(repository, "HelmRelease/jupyterhub-hub-on-lab", "spec.valuesFrom[0].name")
    files = [place for place in causes(answer) if not place[0].startswith("krmfn/")]
    assert answer["value"] == "postgres-main-credentials"
    assert files == [("main.yaml", "metadata.name", 4), ("placement.yaml", "spec.connections[0].to.name", 8)]


SHARED = {
    "plane.yaml": plane(
        "{objectsChart: {chartRef: {kind: OCIRepository, name: krmfn-objects, namespace: cozy-public}}, "
        "network: {apiServerAddresses: []}, "
        "kinds: [{kind: N8n, chartRef: {kind: HelmChart, name: n8n, namespace: cozy-public}}]}"
    ),
    "lab.yaml": cluster("lab", spec="{isolationProfile: sandbox}"),
    "main.yaml": app("Postgres", "main"),
    "queue.yaml": app("Redis", "queue"),
    "one.yaml": app("N8n", "one"),
    "two.yaml": app("N8n", "two"),
    "place-one.yaml": placed("N8n", "one", "lab", "  connections:\n  - to: {kind: Postgres, name: main}\n"),
    "place-two.yaml": placed(
        "N8n",
        "two",
        "lab",
        "  connections:\n  - to: {kind: Redis, name: queue}\n  - to: {kind: Postgres, name: main}\n",
    ),
}
"""Two apps on one cluster that connect to one database, and one of them to a cache."""


def test_two_lines_that_say_the_same_are_both_named(tmp_path: Path) -> None:
    """Each of two connections to one database opens it around the nodes: both are named, and that either would do."""
    for name, text in SHARED.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    question = ("cnp/kubernetes-lab-egress", "spec.egress")
    answers = {answer["field"]: answer for answer in asked(tmp_path, *question)}
    port = next(name for name, each in answers.items() if each["value"] == "5432")
    either = [(each["file"], each["field"], each["line"]) for each in answers[port]["together"]]
    assert either == [
        ("place-one.yaml", "spec.connections[0].to.name", 8),
        ("place-two.yaml", "spec.connections[1].to.name", 9),
    ]
    assert not {place[:2] for place in causes(answers[port])} & {place[:2] for place in either}
    queue = next(each for each in answers.values() if each["value"] == "6379")
    assert "together" not in queue
    assert ("place-two.yaml", "spec.connections[0].to.name", 8) in causes(queue)
    said = run_in(tmp_path, "why", question[0], port).stdout
    assert "either of these two alone would do, so that taking out one changes nothing:" in said
    # And so it is: without one of them the port stays, and then the other one decides it.
    (tmp_path / "place-one.yaml").write_text(placed("N8n", "one", "lab"), encoding="utf-8")
    [alone] = [each for each in asked(tmp_path, *question) if each["value"] == "5432"]
    assert "together" not in alone
    assert ("place-two.yaml", "spec.connections[1].to.name", 9) in causes(alone)


def test_a_line_of_a_rendered_file_is_a_question(repository: Path) -> None:
    """FILE:LINE asks about the field on this line, and FILE about the whole object."""
    assert run_in(repository, "render", ".", "--output-dir", "out").returncode == 0
    file = "out/tenant-acme/helmrelease-jupyterhub-hub-on-lab.yaml"
    lines = (repository / file).read_text(encoding="utf-8").splitlines()
    number = next(i for i, line in enumerate(lines, 1) if line.strip() == "replicas: 3")
    [answer] = asked(repository, f"{file}:{number}", "--path", "hub.yaml", "--path", ".")
    assert (answer["field"], causes(answer)) == ("spec.values.hub.replicas", [("hub.yaml", "spec.hub.replicas", 8)])
    assert {each["field"] for each in asked(repository, file)} >= {"metadata.name", "spec.values.hub.replicas"}


@pytest.mark.parametrize(
    "spelling",
    [
        "hr/postgres-main",
        "helmreleases/postgres-main",
        "HelmRelease.helm.toolkit.fluxcd.io/postgres-main",
        "tenant-acme/hr/Postgres-main",
        "hr postgres-main",
        "postgres-main",
        "tenant-acme/postgres-main",
        "postgreses/MAIN",
        "main",
    ],
)
def test_kinds_are_spelled_as_kubectl_takes_them(repository: Path, spelling: str) -> None:
    """Short names, plurals and kinds with their group, in any case; a namespace before it, or a name alone."""
    [answer] = asked(repository, *spelling.split(), "spec.values.size", "-n", "tenant-acme")
    assert answer["value"] == "10Gi"


@pytest.mark.parametrize("spelling", ["hr/jupyterhub-hub", "jupyterhub-hub"])
def test_a_release_is_found_by_its_name_on_its_cluster(repository: Path, spelling: str) -> None:
    """`helm list` inside a cluster shows the name that Flux gives it there, which is not that of the HelmRelease."""
    [answer] = asked(repository, spelling, "spec.releaseName")
    assert (answer["object"]["name"], answer["value"]) == ("jupyterhub-hub-on-lab", "jupyterhub-hub")


@pytest.mark.parametrize(
    "field",
    [
        'metadata.labels["apps.cozystack.io/application.kind"]',
        "metadata.labels.apps.cozystack.io/application.kind",
        r"{.metadata.labels.apps\.cozystack\.io/application\.kind}",
        "$.metadata.labels['apps.cozystack.io/application.kind']",
        ".metadata.labels[apps.cozystack.io/application.kind]",
    ],
)
def test_fields_are_spelled_as_people_know_them(repository: Path, field: str) -> None:
    """As KRM's specification, kubectl's JSONPath and jq spell them, with or without quotes."""
    [answer] = asked(repository, "hr/postgres-main", field)
    assert answer["value"] == "Postgres"


def test_no_credential_is_shown(repository: Path) -> None:
    """A password in a declaration is a credential in every form of the answer (R7)."""
    for output in ("text", "json"):
        answer = run_in(repository, "why", "hr/postgres-main", "spec.values.users", "--output", output)
        assert (answer.returncode, "(a credential)" in answer.stdout) == (0, True)
        assert "hunter2" not in answer.stdout + answer.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("hr/kubernetes-lba",), 'did you mean "HelmRelease/kubernetes-lab"?'),
        (("Postgres/mian",), 'did you mean "Postgres/main"?'),
        (("hr/kubernetes-lab", "spec.valuse"), 'has no field spec.valuse; did you mean "spec.values"?'),
        (
            ("hr/kubernetes-lab", "-n", "tenant-other"),
            "there is none, but there is HelmRelease tenant-acme/kubernetes-lab",
        ),
        # What charts and others make, and what is only read.
        (("secret/kubernetes-lab-admin-kubeconfig",), "-admin-kubeconfig --access says who may read it"),
        (("postgres-main-credentials",), ", but it is referred to by HelmRelease tenant-acme/"),
        (("pod/postgres-main-7f9d8c5b6-x2x4z",), "; charts make what is not generated: ask about hr/postgres-main"),
        (("placement/hub",), "is read from placement.yaml, and nothing is generated for it alone: ask about an app"),
        (
            ("cm/contacts",),
            "; ConfigMap tenant-acme/contacts is read from contacts.yaml, and krmfn passes it on as it is",
        ),
        # Profiles, the configuration, and objects that Flux has from elsewhere.
        (("sandbox",), "; it is a profile: krmfn matrix shows what it changes"),
        (("isolationprofile/standard",), "; it is a profile: krmfn matrix shows what it changes"),
        (("computeplane",), "is read from plane.yaml, and nothing is generated for it alone: ask about an app"),
        (("placement.yaml:3",), "ask about an app or a cluster, or for a line of a rendered file"),
        (("ocirepository/jupyterhub",), ", but an object of this name is referred to by HelmRelease tenant-acme/"),
        (("secret/postgres-main-credentials", "--access"), "; ask about tenant-acme/Postgres/main, and look at cred"),
        # A kind alone, and a field beside which there are others.
        (("helmreleases",), "may mean 3 objects; name one, or its namespace with -n: HelmRelease tenant-acme/"),
        (("hr/kubernetes-lab", "spec.install.remediation.retries"), "; spec.install has "),
        (("hr/kubernetes-lab", "spec.install.timeuot"), 'did you mean "spec.install.timeout"?'),
        (("plane.yaml:99",), "has no object; name a line that is part of one"),
        (("main.yaml:4",), "main.yaml:4 is metadata.name of the declaration Postgres/main"),
        (("nowhere/hr.yaml:4",), "there is no file nowhere/hr.yaml here"),
        (
            ("hr", "postgres-main", "spec.values", "spec.interval"),
            "one FIELD at a time; spec.values spec.interval are 2",
        ),
    ],
)
def test_what_is_not_there_is_a_usage_error_with_the_nearest(
    repository: Path, arguments: tuple[str, ...], said: str
) -> None:
    """An object, field or line that does not exist: exit 2, and what is near."""
    answer = run_in(repository, "why", *arguments)
    assert (answer.returncode, answer.stdout) == (2, "")
    assert said in answer.stderr


def test_findings_elsewhere_do_not_stop_an_answer(repository: Path) -> None:
    """A namespace with an error is left out and named; the answer about another one is still given."""
    (repository / "plane.yaml").unlink()
    for name in ("hub.yaml", "placement.yaml"):
        (repository / name).unlink()
    (repository / "other.yaml").write_text(
        cluster("lab", spec="{isolationProfile: sandbocks}", namespace="tenant-other"), encoding="utf-8"
    )
    answer = run_in(repository, "why", "hr/postgres-main", "spec.values.size")
    assert "main.yaml:7:3: Postgres tenant-acme/main spec.size: 10Gi" in answer.stdout
    assert (answer.returncode, "other.yaml" in answer.stderr) == (1, True)


def test_a_namespace_that_two_runs_claim_has_no_answer(tmp_path: Path) -> None:
    """What `krmfn check` refuses over a fleet is no answer here either: nobody can say whose object it is (R14)."""
    for run in ("one", "two"):
        (tmp_path / run).mkdir()
        (tmp_path / run / "plane.yaml").write_text(plane("{}", name=run), encoding="utf-8")
    (tmp_path / "one/main.yaml").write_text(app("Postgres", "main", "{size: 10Gi}"), encoding="utf-8")
    answer = run_in(tmp_path, "why", "Postgres/main", "spec.values.size")
    assert (answer.returncode, answer.stdout) == (2, "")
    assert "namespaces with errors are left out, and krmfn check shows why" in answer.stderr


def test_neighbours_with_one_answer_stand_together(repository: Path) -> None:
    """Fields that the same lines and the same sentence explain are told once: both names, then what decides both."""
    answer = run_in(repository, "why", "hr/jupyterhub-hub-on-lab", "spec.upgrade.strategy")
    assert answer.stdout.splitlines()[2:] == [
        "",
        "spec.upgrade.strategy.name: RetryOnFailure",
        "spec.upgrade.strategy.retryInterval: 30s",
        "  A failed upgrade is tried again without a rollback. (docs/platform.md#helmrelease)",
    ]


@pytest.mark.parametrize(
    ("kind", "field", "inside", "says"),
    [
        (
            "NetworkPolicy",
            "metadata.name",
            True,
            "What fences a cluster or an app has the same names in every cluster.",
        ),
        ("LimitRange", "metadata.namespace", True, "The namespace of an app on the cluster, named like its release"),
        ("Namespace", "metadata.name", True, "The namespace of an app on the cluster, named like its release"),
        ("ValidatingAdmissionPolicy", "metadata.name", False, "A guard has the same name everywhere."),
        ("HelmRelease", "metadata.namespace", False, "The namespace of the declaration."),
        ("NetworkPolicy", "kind", True, "krmfn writes an object of this kind for the declaration."),
    ],
)
def test_a_sentence_is_about_where_the_object_is(kind: str, field: str, inside: bool, says: str) -> None:  # noqa: FBT001
    """Inside a cluster names and namespaces are no declaration's, and a guard has the name that every platform has."""
    assert Catalog.shipped().rules().of(kind, field, inside=inside).says.startswith(says)


@pytest.mark.parametrize(
    ("short", "kind"),
    [
        ("ccnp", "CiliumClusterwideNetworkPolicy"),
        ("cm", "ConfigMap"),
        ("cnp", "CiliumNetworkPolicy"),
        ("hr", "HelmRelease"),
        ("limits", "LimitRange"),
        ("netpol", "NetworkPolicy"),
        ("ns", "Namespace"),
        ("quota", "ResourceQuota"),
        ("sa", "ServiceAccount"),
        ("vap", "ValidatingAdmissionPolicy"),
        ("vapb", "ValidatingAdmissionPolicyBinding"),
    ],
)
def test_short_names_are_those_of_kubectl(short: str, kind: str) -> None:
    """A short name finds the object of its kind, among objects of one name, in any case."""
    everything = [AskedObject({}, "v1", each, "a", "main") for each in SHORT.values()]
    assert [each.kind for each in named(f"{short.upper()}/main", "", everything)] == [kind]
    assert [each.kind for each in named(f"a/{short}/main", "", everything)] == [kind]


def test_objects_inside_a_cluster_are_objects() -> None:
    """What the boundary's chart applies is found by its own kind and name."""
    folder = next(each for each in ANSWERED if each.name == "boundary-of-quota-and-limits")
    found = named("resourcequota/krmfn", "", tuple(subjects(generated(folder))))
    assert found
    assert {each.kind for each in found} == {"ResourceQuota"}


def test_objects_in_the_values_of_an_app_are_values() -> None:
    """Only a boundary's chart applies what is in `objects`; in the values of others they are anything."""
    folder = next(each for each in ANSWERED if each.name == "boundary-of-quota-and-limits")
    boundary = next(each for each in generated(folder) if "krmfn.dev/boundary" in each["metadata"].get("labels", {}))
    labels = {key: each for key, each in boundary["metadata"]["labels"].items() if key != "krmfn.dev/boundary"}
    other = {**boundary, "metadata": {**boundary["metadata"], "labels": labels}}
    inside = {(each.kind, each.inside) for each in fields_of(other)}
    assert len(tuple(subjects([boundary]))) > len(tuple(subjects([other]))) == 1
    assert inside == {("HelmRelease", False)}


def page() -> str:
    """docs/fields.md: the table of rules, by kind."""
    rows = Catalog.shipped().rules().rows
    lines = [
        "# Generated fields",
        "",
        "Why each field of a generated object has its value: the sentences of `krmfn why`. A row counts for everything",
        "below its field, but for fields that have a row. `make generate` makes this page: `krmfn/catalog/rules.yaml`.",
    ]
    for kind, inside in dict.fromkeys((row.kind, row.inside) for row in rows):
        name = "Every object" if kind == "*" else kind
        name += ", inside a cluster" if inside else ""
        lines += ["", f"## {name}", "", "| field | why | more |", "|---|---|---|"]
        for row in rows:
            if (row.kind, row.inside) == (kind, inside):
                link = row.page.removeprefix("docs/")
                lines.append(f"| `{row.field}` | {row.says} | [{link.partition('#')[0]}]({link}) |")
    return "\n".join([*lines, ""])


def test_the_page_of_fields_is_up_to_date() -> None:
    """docs/fields.md is made from the table; `make generate` remakes it."""
    assert PAGE.read_text(encoding="utf-8") == page()


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
