"""Kebab case by the charts' own function, which names the Secrets of RabbitMQ's users."""

from __future__ import annotations

import json
import random
import string
import subprocess

from krmfn.catalog.kebabcase import kebabcase
from tests.tools.programs import program

SEEN = {
    "n8n": "n-8n",
    "k8s": "k-8s",
    "app2web": "app-2web",
    "appUser": "app-user",
    "app_user": "app-user",
    "user1": "user1",
    "team-a": "team-a",
    "HTTPServer": "http-server",
    "Bld4Floor3rd": "bld4-floor-3rd",
    "a1B2c3": "a1-b-2c3",
    "": "",
}
ALPHABET = "aabbzAABZ0199--__ .,+$~@"


def of_sprig(texts: list[str]) -> list[str]:
    done = subprocess.run([program("sprig")], input=json.dumps(texts), capture_output=True, text=True, check=True)
    spelt: list[str] = json.loads(done.stdout)
    assert len(spelt) == len(texts)
    return spelt


def test_the_table_is_what_sprig_makes() -> None:
    """What sprig makes of names that people give, and krmfn as well."""
    assert dict(zip(SEEN, of_sprig(list(SEEN)), strict=True)) == SEEN
    assert {text: kebabcase(text) for text in SEEN} == SEEN


def test_any_text_is_spelt_as_sprig_spells_it() -> None:
    """20,000 texts, of few letters so that all that matters meets, and of all of ASCII."""
    chance = random.Random(13)  # noqa: S311  (examples, not secrets)
    texts = ["".join(chance.choices(ALPHABET, k=chance.randrange(12))) for _ in range(15_000)]
    texts += ["".join(chance.choices(string.printable, k=chance.randrange(9))) for _ in range(5_000)]
    assert [kebabcase(text) for text in texts] == of_sprig(texts)
