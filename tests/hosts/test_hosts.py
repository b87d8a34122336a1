"""One package, every host, the same objects: what the examples in kustomize/ promise a user who copies them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.hosts.examples import Example, bystanders, comments, find, generated, manifests, objects, texts

if TYPE_CHECKING:
    from pathlib import Path

    from tests.hosts.running import Finished, Hosts

EXAMPLES = find()
EXPANDING = ("transformers", "generators")
PROFILE = "no-such-profile"


def of(*roles: str, kpt: bool = False) -> list[Example]:
    return [example for example in EXAMPLES if example.role in roles and (example.is_package or not kpt)]


def named(example: Example) -> str:
    return example.name.replace("/", "-")


def passed(finished: Finished) -> str:
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


@pytest.fixture(params=["exec", "container"])
def used_image(request: pytest.FixtureRequest, image: str) -> str | None:
    return image if request.param == "container" else None


@pytest.mark.parametrize("example", of(*EXPANDING), ids=named)
def test_kustomize_gives_what_the_command_line_gives(
    example: Example, hosts: Hosts, used_image: str | None, tmp_path: Path
) -> None:
    folder = example.copy(tmp_path, used_image)
    alone = generated(objects(passed(hosts.render(folder))))
    assert alone
    assert generated(objects(passed(hosts.kustomize_build(folder)))) == alone


@pytest.mark.parametrize("example", of(*EXPANDING), ids=named)
def test_kpt_eval_gives_what_the_command_line_gives(
    example: Example, hosts: Hosts, used_image: str | None, tmp_path: Path
) -> None:
    folder = example.copy(tmp_path)
    alone = generated(objects(passed(hosts.render(folder))))
    assert alone
    assert generated(objects(passed(hosts.kpt_eval(folder, folder / example.function, image=used_image)))) == alone


@pytest.mark.parametrize("example", of(*EXPANDING, kpt=True), ids=named)
def test_kpt_render_gives_what_the_command_line_gives(
    example: Example, hosts: Hosts, used_image: str | None, tmp_path: Path
) -> None:
    folder = example.copy(tmp_path, used_image)
    alone = generated(objects(passed(hosts.render(folder))))
    assert alone
    assert generated(objects(passed(hosts.kpt_render(folder)))) == alone


def test_the_generator_writes_what_the_transformer_writes(hosts: Hosts, tmp_path: Path) -> None:
    """Both hold one tenant: as files, and inline in the functionConfig."""
    inline, files = (
        next(example for example in EXAMPLES if example.name == name).copy(tmp_path) for name in ("generator", "demo")
    )
    assert objects(passed(hosts.kustomize_build(inline))) == generated(objects(passed(hosts.kustomize_build(files))))


@pytest.mark.parametrize("example", of("transformers"), ids=named)
def test_declarations_vanish_from_a_build_and_bystanders_stay(example: Example, hosts: Hosts, tmp_path: Path) -> None:
    folder = example.copy(tmp_path)
    built = objects(passed(hosts.kustomize_build(folder)))
    example.remove_function(folder)
    resources = objects(passed(hosts.kustomize_build(folder)))
    assert built == generated(built) | bystanders(resources)


@pytest.mark.parametrize("example", of(*EXPANDING, kpt=True), ids=named)
def test_kpt_keeps_a_package_as_its_author_wrote_it(example: Example, hosts: Hosts, tmp_path: Path) -> None:
    folder = example.copy(tmp_path)
    written = texts(folder)
    passed(hosts.kpt_render(folder, write=True))
    rendered = texts(folder)
    assert {file: comments(text) for file, text in written.items()} == {
        file: comments(rendered[file]) for file in written
    }
    passed(hosts.kpt_render(folder, write=True))
    assert texts(folder) == rendered


@pytest.mark.parametrize("example", of("validators"), ids=named)
def test_a_validator_passes_what_is_right_and_changes_nothing(
    example: Example, hosts: Hosts, used_image: str | None, tmp_path: Path
) -> None:
    folder = example.copy(tmp_path, used_image)
    validated = manifests(passed(hosts.kustomize_build(folder)))
    example.remove_function(folder)
    assert validated == manifests(passed(hosts.kustomize_build(folder)))


@pytest.mark.parametrize("example", of("transformers", "validators"), ids=named)
def test_kustomize_fails_on_a_mistake_and_shows_it(
    example: Example, hosts: Hosts, used_image: str | None, tmp_path: Path
) -> None:
    folder = example.copy(tmp_path, used_image)
    example.add_mistake(folder, PROFILE)
    failed = hosts.kustomize_build(folder)
    assert failed.returncode != 0
    assert not failed.stdout
    assert PROFILE in failed.stderr


@pytest.mark.parametrize("example", of("transformers", "validators", kpt=True), ids=named)
def test_kpt_fails_on_a_mistake_and_writes_nothing(
    example: Example, hosts: Hosts, used_image: str | None, tmp_path: Path
) -> None:
    folder = example.copy(tmp_path, used_image)
    example.add_mistake(folder, PROFILE)
    written = texts(folder)
    failed = hosts.kpt_render(folder, write=True)
    assert failed.returncode != 0
    assert PROFILE in failed.stderr
    assert texts(folder) == written
