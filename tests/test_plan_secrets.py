"""R7: `krmfn plan` shows old and new of short, plain values under keys that cannot hold a credential, and no others."""

from __future__ import annotations

import json

import pytest

from krmfn.changes.change import Hidden
from krmfn.changes.redaction import Redaction
from tests.declarations import app, plane
from tests.history import LAST, History

SECRET = "hunter2"  # noqa: S105  (what is looked for in all that is printed)
PLACES = [
    *("password", "rootPass", "root_pass", "adminPassword", "ADMIN_PASSWORD", "db.password", "pw", "pwd", "passphrase"),
    *(
        "auth",
        "auth.user",
        "auth.basic",
        "basicAuth",
        "authorization",
        "htpasswd",
        "credentials",
        "creds",
        "login.name",
    ),
    *("token", "bearer", "apiKey", "apikey", "accessKey", "key", "keys", "sshKeys", "privateKey", "tls.key", "tls.crt"),
    *(
        "secret",
        "secrets.name",
        "secretName",
        "clientSecret",
        "stringData.name",
        "data",
        "binaryData.size",
    ),
    *("cloudInit", "cloud-init", "userData", "user_data", "initScript", "script", "scripts.name", "startup"),
    *("args", "extraArgs", "args.name", "command", "cmd", "entrypoint", "flags", "flags.mode"),
    *(
        "env",
        "envs",
        "env.name",
        "envs.MODE",
        "extraEnv.version",
        "extraEnvVars.type",
        "environment.region",
        "envFrom.name",
    ),
    *("url", "URL", "dsn", "uri", "connectionString", "databaseUrl", "webhook", "webhookUrl", "endpoint", "proxy"),
    *("headers", "headers.host", "extraHeaders.version", "annotations", "annotations.name", "podAnnotations.mode"),
    *("config", "extraConfig", "values", "content", "template", "license", "cookie", "session", "hash", "salt", "seed"),
    *("motd", "note", "a", "users", "users.lab", "one.two.three"),
]
ITEMS = [
    *("args: [{}]", "args: [--password, {}]", "command: [sh, -c, {}]", "env: [{{name: A, value: {}}}]"),
    *("extraEnv: [{{name: MODE, value: {}}}]", "list: [{}]", "hosts: ['http://a:{}@b']", "image: 'http://a:{}@b'"),
    *("name: 'https://hooks.slack.com/services/{}'", "size: '-----BEGIN PRIVATE KEY----- {}'", "name: 'a {} b'"),
    *("settings: {{name: DB_PASSWORD, value: {}}}", "headers: [{{name: X-Api, value: {}}}]", "'http://a:{}@b': 1"),
]
SHOWN = {
    "size": "10Gi",
    "storageClass": "replicated",
    "storage_class": "local",
    "replicas": 3,
    "resources.cpu": "500m",
    "resources.limits.memory": "1.5Gi",
    "version": "v1.34",
    "image": "ghcr.io/acme/app:1.2.3",
    "image.tag": "2026.1",
    "mode": "ReadWriteMany",
    "enabled": True,
    "auth.enabled": False,
    "backup.schedule": "0 3 * * *",
    "backup.retention": "30d",
    "nodeGroups.md0.instanceType": "u1.large",
    "hub.host": "notebooks.acme.example",
    "anything": "20Gi",
    "timeout": "5m",
    "cidr": "10.0.0.0/8",
    "zone": None,
    "persistence": {},
}


def spec(path: str, value: str) -> str:
    """Values in which one place holds this."""
    *above, last = path.split(".")
    text = f"{{{last}: {value}}}"
    for key in reversed(above):
        text = f"{{{key}: {text}}}"
    return text


def test_there_are_places() -> None:
    """The table is as long as it is meant to be, and has no place twice."""
    assert len({*PLACES, *ITEMS}) == len(PLACES) + len(ITEMS)
    assert len(PLACES) > 60


@pytest.mark.parametrize("path", PLACES)
@pytest.mark.parametrize("value", [SECRET, f"{SECRET}-A1b2C3d4E5f6G7h8", "S3cr3t"])
def test_what_may_hold_a_credential_is_not_shown(path: str, value: str) -> None:
    """Whatever stands there, and however plain it looks, neither the old nor the new value is told."""
    steps = ("spec", "values", *path.split("."))
    assert isinstance(Redaction().shown(steps, value), Hidden), path


@pytest.mark.parametrize("path", [each for each in PLACES if "." not in each and each not in {"a", "motd", "note"}])
def test_no_number_is_shown_where_a_password_may_be_one(path: str) -> None:
    """A number is no switch: under such a key it may be a password as well; elsewhere it is an amount."""
    shown = Redaction().shown(("spec", "values", path), 20301)
    known = {"tls.crt", "data", "bearer", "startup", "connectionString", "endpoint", "proxy", "pw", "users"}
    assert isinstance(shown, Hidden) or path in {*known, "config", "extraConfig", "values", "content", "template"}


def test_a_value_is_called_what_the_name_beside_it_says() -> None:
    """An entry of a list has its name in the path, and that says what the value is."""
    steps = ("spec", "values", "settings", "DB_PASSWORD", "value")
    assert str(Redaction().shown(steps, 20301)) == "(a credential)"
    assert Redaction().shown((*steps[:3], "SIZE", "value"), 20301) == 20301


@pytest.mark.parametrize("path", SHOWN)
def test_what_is_plain_is_shown(path: str) -> None:
    """A reviewer reads sizes, counts, versions, names and switches, old and new."""
    assert Redaction().shown(("spec", "values", *path.split(".")), SHOWN[path]) == SHOWN[path]


def test_of_annotations_and_labels_only_krmfns_own_are_shown() -> None:
    """A user writes the others, and a key among the values that begins like one of krmfn's is none of krmfn's."""
    for where in ("annotations", "labels"):
        assert Redaction().shown(("metadata", where, "krmfn.dev/owner"), "Redis/a b") == "Redis/a b"
        assert isinstance(Redaction().shown(("metadata", where, "apps.cozystack.io-note"), SECRET), Hidden)
    assert isinstance(Redaction().shown(("spec", "values", "krmfn.dev/note"), SECRET), Hidden)


def test_no_place_is_shown_on_any_stream(history: History) -> None:
    """All places at once, changed, added and removed: no output of plan or check has any of it."""
    before, after = (
        {
            f"{i}.yaml": app("Sample", f"r{i}", values, marks=f"{{note: {SECRET}{n}}}")
            for i, values in enumerate(
                [
                    *(spec(path, f"{SECRET}{n}") for path in PLACES),
                    *(f"{{{each.format(SECRET + n)}}}" for each in ITEMS),
                ]
            )
        }
        for n in "12"
    )
    # A kind whose values nobody checks, so that any key may stand anywhere.
    kind = "{kind: Sample, prefix: sample-, chartRef: {kind: HelmChart, name: sample, namespace: cozy-public}}"
    history.commit({**before, "plane.yaml": plane(f"{{kinds: [{kind}]}}")})
    history.commit(after)
    answers = [history.plan(*LAST, "--full"), history.plan(*LAST, "--output", "json")]
    assert answers[0].stdout.count("upgraded") == len(before)
    assert len(json.loads(answers[1].stdout)["changes"]) == len(before)
    history.commit(dict.fromkeys(after))
    answers += [history.plan(*LAST, "--full"), history.plan(*LAST, "--output", "json")]
    answers += [history.plan("--from", "HEAD", "--to", "HEAD~1", "--full"), history.check("--against", "HEAD~1")]
    for answer in answers:
        assert SECRET not in answer.stdout
        assert SECRET not in answer.stderr


def test_a_key_that_is_a_credential_is_not_shown() -> None:
    """A path names keys; one that is itself a credential, or is too long to be a name, is left out of it."""
    redaction = Redaction()
    assert redaction.step("storageClass") == "storageClass"
    assert redaction.step("http://a:hunter2@b") == "(not shown)"
    assert redaction.step("ghp_" + "a" * 36) == "(not shown)"
    assert redaction.step("x" * 64) == "(not shown)"
