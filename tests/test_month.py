"""A month of pull requests over the starter of `krmfn init` with three tenants: what is merged, and what is not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from krmfn.cli.init.repository import starter
from tests.declarations import app

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.history import History

TENANTS = ("acme", "birch", "cedar")


class Pull(NamedTuple):
    """A pull request: its edits, by file (a replacement, a new text, or None for removed), and what becomes of it.

    `refused` has the codes that hold it back; then it is closed, and what was there stays. `said` is the plan's last
    line.
    """

    title: str
    edits: Mapping[str, tuple[str, str] | list[tuple[str, str]] | str | None]
    said: str
    refused: frozenset[str] = frozenset()


def of(tenant: str, file: str) -> str:
    return f"tenants/{tenant}/declared/{file}.yaml"


def annotated(name: str, key: str, value: str) -> tuple[str, str]:
    """The edit that annotates a declaration, whose name stands on a line of its own."""
    return f"  name: {name}\n", f'  name: {name}\n  annotations: {{krmfn.dev/{key}: "{value}"}}\n'


def undone(edit: tuple[str, str]) -> tuple[str, str]:
    return edit[1], edit[0]


MAY_GO = annotated("notebooks", "confirm-deletion", "notebooks")
MAY_OPEN = annotated("playground", "confirm-loosening", "sandbox->standard")
STUDIO = ("  cluster: playground\n", "  cluster: studio\n")
OPEN = ("isolationProfile: sandbox", "isolationProfile: standard")
UNCONFIRMED = frozenset({"removed-unconfirmed"})
CACHE = app("Redis", "cache", namespace="tenant-acme")
SECOND = app("Kubernetes", "studio", "{isolationProfile: sandbox, componentProfile: standard-addons}", "tenant-birch")
GONE: dict[str, None] = {
    **{of("cedar", file): None for file in ("cluster", "database", "notebooks", "placement")},
    "tenants/cedar/compute-plane.yaml": None,
    "tenants/cedar/kustomization.yaml": None,
}

MONTH = (
    Pull("a cache for acme", {of("acme", "cache"): CACHE}, "1 to create"),
    Pull("one more node", {of("acme", "cluster"): ("maxReplicas: 3", "maxReplicas: 4")}, "1 to change"),
    Pull("a second sandbox for birch", {of("birch", "studio"): SECOND}, "1 to create"),
    Pull(
        "move the notebooks at once",
        {of("birch", "placement"): STUDIO},
        "1 to move, 2 to change",
        UNCONFIRMED,
    ),
    Pull("confirm that the notebooks may go", {of("birch", "notebooks"): MAY_GO}, "1 to change"),
    Pull(
        "move the notebooks",
        {of("birch", "placement"): STUDIO, of("birch", "notebooks"): undone(MAY_GO)},
        "1 to move, 2 to change, 1 loses data",
    ),
    Pull("rename the cache", {of("acme", "cache"): ("name: cache", "name: store")}, "1 to replace", UNCONFIRMED),
    Pull(
        "open acme's sandbox at once",
        {of("acme", "cluster"): OPEN},
        "2 to change, 1 loses isolation",
        frozenset({"loosened-unconfirmed"}),
    ),
    Pull("say that it will be opened", {of("acme", "cluster"): MAY_OPEN}, "1 to change"),
    Pull(
        "open another's sandbox instead",
        {of("cedar", "cluster"): OPEN},
        "2 to change, 1 loses isolation",
        frozenset({"loosened-unconfirmed"}),
    ),
    Pull(
        "open acme's sandbox",
        {of("acme", "cluster"): [undone(MAY_OPEN), OPEN]},
        "2 to change, 1 loses isolation",
    ),
    Pull("revert that", {of("acme", "cluster"): undone(OPEN)}, "2 to change"),
    Pull(
        "place cedar's notebooks nowhere",
        {of("cedar", "placement"): None},
        "nothing changes in the namespaces that are valid on both sides",
        frozenset({"placement-required"}),
    ),
    Pull(
        "bring cedar's notebooks back",
        {
            of("cedar", "placement"): None,
            "tenants/cedar/compute-plane.yaml": ("  requirePlacement: code  #", "  #"),
        },
        "1 to move, 1 to change, 1 loses isolation",
        frozenset({"unplaced-unconfirmed", "removed-unconfirmed", "unprotected-unconfirmed"}),
    ),
    Pull(
        "drop acme's database",
        {of("acme", "database"): None},
        "nothing changes in the namespaces that are valid on both sides",
        frozenset({"unknown-service"}),
    ),
    Pull(
        "protect data no longer",
        {"tenants/birch/compute-plane.yaml": ("  protect: data  #", "  #")},
        "2 to change",
        frozenset({"unprotected-unconfirmed"}),
    ),
    Pull(
        "no guards any longer",
        {"platform/compute-plane.yaml": None},
        "1 to retire",
        frozenset({"unguarded-unconfirmed", "kind-redefined"}),
    ),
    Pull("remove cedar at once", GONE, "3 to orphan", UNCONFIRMED),
    Pull(
        "confirm the end of cedar's data",
        {
            of("cedar", "notebooks"): MAY_GO,
            of("cedar", "database"): annotated("main", "confirm-deletion", "main"),
        },
        "2 to change",
    ),
    Pull(
        "take cedar's notebooks away, and confirm its cluster's end",
        {
            of("cedar", "notebooks"): None,
            of("cedar", "placement"): None,
            of("cedar", "cluster"): annotated("playground", "confirm-deletion", "playground"),
        },
        "1 to retire, 1 to change, 1 loses data",
    ),
    Pull(
        "remove cedar",
        {path: None for path in GONE if "notebooks" not in path and "placement" not in path},
        "2 to retire, 2 lose data",
    ),
    Pull("revert the cache", {of("acme", "cache"): None}, "1 to orphan", UNCONFIRMED),
)


def fleet() -> dict[str, str]:
    """The starter, with its tenant three times."""
    files = {path: content.decode() for path, content in starter().items()}
    for tenant in TENANTS[1:]:
        own = {path: text for path, text in files.items() if path.startswith(("tenants/acme/", "flux/acme"))}
        files |= {path.replace("acme", tenant): text.replace("acme", tenant) for path, text in own.items()}
    return files


def edited(files: Mapping[str, str], pull: Pull) -> Iterator[tuple[str, str | None]]:
    """The files of a pull request, as they would be."""
    for path, edit in pull.edits.items():
        if edit is None or isinstance(edit, str):
            yield path, edit
            continue
        text = files[path]
        for before, after in edit if isinstance(edit, list) else [edit]:
            assert before in text, (pull.title, path)
            text = text.replace(before, after, 1)
        yield path, text


def test_a_month_of_pull_requests(history: History) -> None:
    """Added, moved, renamed, loosened, confirmed, deleted, reverted: each is judged as a reviewer would."""
    files = fleet()
    history.commit(files)
    assert history.check().returncode == 0, history.check().stdout
    for pull in MONTH:
        change = dict(edited(files, pull))
        history.write(change)
        check = history.check("--against", "HEAD", "--format", "json")
        found = {each["tags"]["code"] for each in json.loads(check.stdout)["results"] if each["severity"] == "error"}
        assert found == pull.refused, (pull.title, check.stdout)
        plan = history.plan().stdout.partition("krmfn check --against")[0]
        assert plan.splitlines()[-1] == pull.said, (pull.title, plan)
        if not pull.refused:
            history.commit({})
            files = {path: text for path, text in {**files, **change}.items() if text is not None}
        else:
            history.write({path: files.get(path) for path in change})
    assert {path.split("/")[1] for path in files if path.startswith("tenants/")} == {"acme", "birch"}
    assert history.check().returncode == 0
