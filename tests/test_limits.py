"""docs/limits.md and the code say the same, and each limit holds where it is said to and not one before."""

from __future__ import annotations

import json
import os
import re
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest

from krmfn import cli, files, yaml
from krmfn.cli.inputs import folderwalk
from krmfn.cli.inputs.manifests import read
from krmfn.repository import Repository, RepositoryError, gitoutput, objects, snapshot
from krmfn.topology.checks import openapi, patterns
from krmfn.yaml import YamlError, anchors, loading
from tests.declarations import app
from tests.history import ROOT
from tests.own_repository import OwnRepository

PAGE = (ROOT / "docs/limits.md").read_text(encoding="utf-8")
LIMITS = {
    "a file, or a ResourceList on stdin": f"{loading.MAX_SIZE >> 20} MiB",
    "nesting of a document": f"{anchors.MAX_DEPTH} levels",
    "values that aliases stand for": (
        f"{anchors.FREE_NODES}, and {anchors.NODES_PER_WRITTEN} for each value that is written"
    ),
    "characters that aliases stand for": (
        f"{anchors.FREE_LENGTH}, and {anchors.LENGTH_PER_WRITTEN} for each character before them"
    ),
    "files below a folder, or in a repository": str(files.MAX_FILES),
    "names in a revision": f"{files.MAX_NAMES >> 20} MiB",
    "an ignore file": f"{folderwalk.MAX_IGNORED >> 10} KiB",
    "links that lead to links": str(snapshot.MAX_LINKS),
    "what a link says": f"{files.MAX_PATH} characters",
    "nesting of a definition's schema": f"{openapi.MOST_NESTED} levels",
    "schemas in anyOf, oneOf, allOf and not, in a schema": str(openapi.MOST_CHOICES),
    "time for which git writes nothing": f"{gitoutput.MOST_SECONDS} seconds",
    "a pattern of a schema": (
        f"{patterns.MOST_LETTERS} characters, and {patterns.MOST_STEPS} steps with its repetitions written out"
    ),
    "all patterns of a schema": f"{openapi.MOST_IN_ALL} steps",
}


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> OwnRepository:
    made = OwnRepository(tmp_path / "repository")
    monkeypatch.chdir(made.root)
    return made


def test_the_page_has_every_limit() -> None:
    """The table of docs/limits.md, row for row, is what the code holds to."""
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \| [^|]+ \|$", PAGE, re.MULTILINE)[1:]
    assert dict(rows) == LIMITS


def test_each_limit_is_tried() -> None:
    """For each row of the page there is a test of this module, which tries the limit itself and one past it."""
    assert TRIED.keys() == LIMITS.keys()
    here = {name for name in globals() if name.startswith("test_")}
    assert {test.__name__ for tests in TRIED.values() for test in tests} <= here


def errors(source: str, root: Path) -> list[str]:
    """What is wrong with a folder on disk, or with what it has committed."""
    if source == "disk":
        tree = read([Path()])
        return [str(each) for each in tree.results if each.severity == "error"]
    try:
        with Repository(root) as repository:
            tree = read([Path()], files=repository.at(source))
    except (RepositoryError, OSError) as error:
        return [str(error)]
    return [str(each) for each in tree.results if each.severity == "error"]


@pytest.mark.parametrize("source", ["disk", "HEAD", "WORKTREE"])
@pytest.mark.parametrize(
    ("what", "most", "says"), [("size", 200, "is larger than"), ("files", 5, "more than"), ("ignore", 100, "is larger")]
)
def test_limits_hold_from_disk_and_from_git(  # noqa: PLR0913, PLR0917  (the cases of a table)
    repository: OwnRepository, monkeypatch: pytest.MonkeyPatch, source: str, what: str, most: int, says: str
) -> None:
    """At a limit a repository is read; one past it is an error that names the limit, wherever it is read from."""
    manifest = app("Redis", "a")
    # The folder in which Git keeps the rest is listed on disk as well.
    more = 1 if source == "disk" else 0
    for module in (files, objects, loading):
        monkeypatch.setattr(module, "MAX_SIZE", most if what == "size" else loading.MAX_SIZE)
    for module in (folderwalk, gitoutput):
        monkeypatch.setattr(module, "MAX_FILES", most + more if what == "files" else files.MAX_FILES)
    monkeypatch.setattr(folderwalk, "MAX_IGNORED", most)
    for past in (0, 1):
        written: dict[str, str | None] = {"a.yaml": manifest}
        if what == "size":
            written["a.yaml"] = manifest + "#" * (most + past - len(manifest))
        elif what == "files":
            written |= {f"{number}.txt": "" for number in range(most - 1 + past)}
        else:
            written[".krmignore"] = "#" * (most + past)
        repository.commit(written)
        found = errors(source, repository.root)
        assert len(found) == past
        assert all(says in each for each in found)


def test_names_are_limited(repository: OwnRepository, monkeypatch: pytest.MonkeyPatch) -> None:
    """The list of a revision's files is read up to the limit, and so are the paths of its folders."""
    repository.commit({"a/b/c.yaml": app("Redis", "a")})
    # One entry of git's list, and the folders a and a/b.
    listed = len(f"100644 blob {'0' * 40}\ta/b/c.yaml\0")
    for module, most in ((gitoutput, listed), (snapshot, len("a") + len("a/b"))):
        for past in (0, 1):
            monkeypatch.setattr(module, "MAX_NAMES", most - past)
            assert len(errors("HEAD", repository.root)) == past
        monkeypatch.undo()
        monkeypatch.chdir(repository.root)


def test_links_are_limited(repository: OwnRepository) -> None:
    """Forty links in a row are followed in Git, and one more is an error, as a loop is."""
    repository.write({"end.txt": app("Redis", "a")})
    (repository.root / "l1.yaml").symlink_to("end.txt")
    for number in range(2, snapshot.MAX_LINKS + 2):
        (repository.root / f"l{number}.yaml").symlink_to(f"l{number - 1}.yaml")
    repository.commit({})
    (error,) = errors("HEAD", repository.root)
    assert error.startswith(f"error: l{snapshot.MAX_LINKS + 1}.yaml: ")


def test_what_a_link_says_is_limited(repository: OwnRepository) -> None:
    """A link in Git whose text is longer than a path can be leads nowhere."""
    text = "./" * (files.MAX_PATH // 2 - 3) + "a.yaml"
    assert len(text) == files.MAX_PATH
    blob = repository.git("hash-object", "-w", "--stdin", given=app("Redis", "a"))
    for past in (0, 1):
        link = repository.git("hash-object", "-w", "--stdin", given=text + "/"[:past])
        listing = f"100644 blob {blob}\ta.yaml\n120000 blob {link}\tlink.yaml\n"
        commit = repository.git("commit-tree", repository.git("mktree", given=listing), "-m", "x")
        assert len(errors(commit, repository.root)) == past


def test_nesting_is_limited() -> None:
    """Two hundred levels are read, and one more is an error."""
    yaml.load("[" * anchors.MAX_DEPTH + "]" * anchors.MAX_DEPTH)
    with pytest.raises(YamlError, match="nested deeper than 200 levels"):
        yaml.load("[" * (anchors.MAX_DEPTH + 1) + "]" * (anchors.MAX_DEPTH + 1))


def test_aliases_are_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    """Aliases may stand for so many values and for ten times what is written; one more is an error."""
    monkeypatch.setattr(anchors, "NODES_PER_WRITTEN", 0)
    text = "- &a [1, 2, 3]\n" + "- *a\n" * 5
    value = yaml.load(text)
    assert len(value) == 6
    for most, fits in ((20, True), (19, False)):
        monkeypatch.setattr(anchors, "FREE_NODES", most)
        if fits:
            yaml.load(text)
        else:
            with pytest.raises(YamlError, match="write the values without aliases"):
                yaml.load(text)


def test_the_length_that_aliases_come_to_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    """Aliases of a long text, also within one another, may come to so many characters; one more is an error."""
    monkeypatch.setattr(anchors, "LENGTH_PER_WRITTEN", 0)
    long = "x" * 1000
    # What has an anchor is as long as it is written, with the anchor, and as its aliases come to.
    text = f"- &a {long}\n- &b [*a, *a]\n- *b\n"
    a = len(f"&a {long}")
    b = len("&b [*a, *a]") + 2 * a
    most = 2 * a + b
    for limit, fits in ((most, True), (most - 1, False)):
        monkeypatch.setattr(anchors, "FREE_LENGTH", limit)
        if fits:
            assert yaml.load(text) == [long, [long, long], [long, long]]
        else:
            with pytest.raises(YamlError, match=f"aliases stand for {most} characters"):
                yaml.load(text)


def test_what_stdin_holds_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    """A ResourceList of that size is answered, and one of a byte more is an error; nothing is read in part."""
    text = b"apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems: []\n"
    most = 1 << 20  # what ships with krmfn is read as well
    monkeypatch.setattr(loading, "MAX_SIZE", most)
    for past in (0, 1):
        stdout, stderr = BytesIO(), StringIO()
        assert cli.as_function(BytesIO(text + b"#" * (most + past - len(text))), stdout, stderr) == past
        assert bool(stdout.getvalue()) is not bool(past)
        assert ("MiB" in stderr.getvalue()) is bool(past)


def test_what_is_no_manifest_may_be_of_any_size(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A file with another ending is looked into for what may have been meant; one that is too large was not."""
    monkeypatch.setattr(files, "MAX_SIZE", 1000)
    (tmp_path / "large.yaml.txt").write_text(app("Redis", "a") + "#" * 1000)
    assert read([tmp_path]).results == []


def test_what_a_pipe_holds_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pipe that the user names has no size beforehand, and may never end: it is read up to the limit."""
    monkeypatch.setattr(files, "MAX_SIZE", 1000)
    monkeypatch.setattr(files, "PIECE", 100)
    for past in (0, 1):
        reader, writer = os.pipe()
        os.write(writer, b"#" * (1000 + past))
        os.close(writer)
        found = [str(each) for each in read([Path(f"/dev/fd/{reader}")]).results if each.severity == "error"]
        os.close(reader)
        assert len(found) == past
        assert all("is larger than" in each for each in found)


@pytest.mark.parametrize("place", [".gitignore", ".git/info/exclude", ".git/index", ".git/objects/info/alternates"])
def test_waiting_for_git_is_limited(repository: OwnRepository, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    """A pipe in the place of a file of Git's, for which git waits for ever, is an error; Git that answers is not."""
    repository.commit({"a.yaml": app("Redis", "a")})
    assert errors("WORKTREE", repository.root) == []
    monkeypatch.setattr(gitoutput, "MOST_SECONDS", 0.5)
    (repository.root / place).parent.mkdir(exist_ok=True)
    (repository.root / place).unlink(missing_ok=True)
    os.mkfifo(repository.root / place)
    (error,) = errors("HEAD" if "objects" in place else "WORKTREE", repository.root)
    assert error.startswith("git did not answer for 600 seconds; ")


def _refused(schema: dict[str, Any]) -> int:
    try:
        openapi.read(json.dumps(schema))
    except openapi.SchemaError:
        return 1
    return 0


def test_nesting_of_a_schema_is_limited() -> None:
    """A hundred schemas in one another are read, and one more is an error."""
    for past in (0, 1):
        schema: dict[str, Any] = {"type": "string"}
        for _ in range(openapi.MOST_NESTED + past):
            schema = {"type": "array", "items": schema}
        assert _refused(schema) == past


@pytest.mark.parametrize("keyword", ["anyOf", "oneOf", "allOf", "not"])
def test_choices_of_a_schema_are_limited(keyword: str) -> None:
    """A thousand choices are read, whatever their keyword, and one more is an error."""
    for past in (0, 1):
        count = openapi.MOST_CHOICES + past
        each: dict[str, Any] = {"not": {}} if keyword == "not" else {keyword: [{}]}
        assert _refused({"properties": {f"x{number}": each for number in range(count)}}) == past
        if keyword != "not":
            assert _refused({keyword: [{}] * count}) == past


def test_a_pattern_is_limited() -> None:
    """A pattern may be so long and come to so many steps; one more is an error."""
    assert patterns.MOST_LETTERS == patterns.MOST_STEPS
    for past in (0, 1):
        for pattern in ("a" * (patterns.MOST_STEPS + past), f"(a{{100}}){{{patterns.MOST_STEPS // 100}}}{'a' * past}"):
            assert _refused({"pattern": pattern}) == past
        # Neither a bar nor an anchor is a step.
        assert _refused({"pattern": "|" * (patterns.MOST_LETTERS + past)}) == past


def test_all_patterns_of_a_schema_are_limited() -> None:
    """The patterns of a schema may come to so many steps together; one more is an error. Equal ones count once."""
    most = "a" * patterns.MOST_STEPS
    for past in (0, 1):
        others = {f"x{number}": {"pattern": "b" + most[1:]} for number in range(3)}
        assert _refused({"properties": {**others, "y": {"pattern": most}, "z": {"pattern": "c" * past}}}) == past


TRIED: dict[str, list[Any]] = {
    "a file, or a ResourceList on stdin": [
        test_limits_hold_from_disk_and_from_git,
        test_what_stdin_holds_is_limited,
        test_what_a_pipe_holds_is_limited,
    ],
    "nesting of a document": [test_nesting_is_limited],
    "values that aliases stand for": [test_aliases_are_limited],
    "characters that aliases stand for": [test_the_length_that_aliases_come_to_is_limited],
    "files below a folder, or in a repository": [test_limits_hold_from_disk_and_from_git],
    "names in a revision": [test_names_are_limited],
    "an ignore file": [test_limits_hold_from_disk_and_from_git],
    "links that lead to links": [test_links_are_limited],
    "what a link says": [test_what_a_link_says_is_limited],
    "nesting of a definition's schema": [test_nesting_of_a_schema_is_limited],
    "schemas in anyOf, oneOf, allOf and not, in a schema": [test_choices_of_a_schema_are_limited],
    "time for which git writes nothing": [test_waiting_for_git_is_limited],
    "a pattern of a schema": [test_a_pattern_is_limited],
    "all patterns of a schema": [test_all_patterns_of_a_schema_are_limited],
}
"""The tests of each row: a row of the page that none tries would be a promise that nobody holds."""
