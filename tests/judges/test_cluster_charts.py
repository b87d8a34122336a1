"""The first consumer's apps by their real charts: every pod is admitted, every value does something.

`KRMFN_CHARTS=… python -m tests.judges.test_cluster_charts` judges, and writes the record that `make test` compares
with.
Without KRMFN_CHARTS there is nothing to judge, and the head of the report says so.
"""

from __future__ import annotations

import base64
import copy
import json
import subprocess
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from tests.chart_values import KINDS, RECORD, cluster_chart, credentials, given, needed, placed, put, record, recorded
from tests.judges import charts
from tests.judges.charts import effects, pods, refused, rendered

if TYPE_CHECKING:
    from collections.abc import Iterator

PODS = {"JupyterHub": 8, "N8n": 2, "ComfyUI": 1, "Langflow": 2, "OpenWebUI": 1}
"""How many kinds of pods there are of each, counted in what Helm rendered."""
STAND_IN = "credential-of-the-catalog"


def leaves(values: Any, *above: str) -> Iterator[tuple[str, ...]]:
    """The path of every value; a list is one."""
    for key, value in values.items():
        if isinstance(value, dict) and value:
            yield from leaves(value, *above, key)
        else:
            yield (*above, key)


def without(values: dict[str, Any], steps: tuple[str, ...]) -> dict[str, Any]:
    left = copy.deepcopy(values)
    here = left
    for step in steps[:-1]:
        here = here[step]
    del here[steps[-1]]
    return left


def arrives(stand_in: str, told: dict[str, Any]) -> bool:
    """True if a credential is somewhere in what the values change, plain or as a Secret has it."""
    coded = base64.b64encode(stand_in.encode()).decode()
    return any(stand_in in str(value) or coded in str(value) for value in told.values())


def test_the_record_is_of_what_is_shipped() -> None:
    """Where there are no charts, what was judged when there were is what krmfn gives them now."""
    assert recorded() == record()


if charts.CHARTS:
    NEEDED = [(kind, steps) for kind in KINDS for steps in leaves(needed(kind))]
    READ = [(kind, each.path) for kind in KINDS for each in cluster_chart(kind).credentials]
    GIVEN = [(kind, steps) for kind in KINDS for steps in leaves(placed()[kind]["values"])]

    @cache
    def effects_of_all(kind: str) -> dict[str, Any]:
        return effects(kind, given(kind))

    @pytest.mark.parametrize("kind", KINDS)
    def test_the_chart_is_the_one_that_the_catalog_names(kind: str) -> None:
        """The version that is judged is the version that the catalog says."""
        chart = cluster_chart(kind)
        assert charts.version_of(charts.folder_of(chart.chart)) == chart.version

    @pytest.mark.parametrize("kind", KINDS)
    def test_every_pod_is_admitted(kind: str) -> None:
        """Kubernetes' own Pod Security admits each pod of the example at `restricted`, spawned notebooks included."""
        found = list(pods(kind, rendered(kind, given(kind))))
        assert len(found) == PODS[kind]
        assert not refused(found)

    @pytest.mark.parametrize("kind", KINDS)
    def test_what_the_catalog_says_is_enough(kind: str) -> None:
        """With no more than the values that the catalog names all pods are admitted, of what is on by default too."""
        assert not refused(list(pods(kind, rendered(kind, needed(kind)))))

    @pytest.mark.parametrize(
        ("kind", "steps"), NEEDED, ids=lambda part: part if isinstance(part, str) else ".".join(part)
    )
    def test_what_the_catalog_says_is_needed(kind: str, steps: tuple[str, ...]) -> None:
        """Without one of them some pod is refused."""
        assert refused(list(pods(kind, rendered(kind, without(needed(kind), steps)))))

    @pytest.mark.parametrize(
        ("kind", "steps"), GIVEN, ids=lambda part: part if isinstance(part, str) else ".".join(part)
    )
    def test_every_value_does_something(kind: str, steps: tuple[str, ...]) -> None:
        """Without it the chart makes something else, or nothing."""
        all_of_them = effects_of_all(kind)
        try:
            less = effects(kind, without(given(kind), steps))
        except subprocess.CalledProcessError:
            # The chart refuses to do without.
            return
        assert less != all_of_them

    @pytest.mark.parametrize("kind", KINDS)
    def test_every_credential_arrives(kind: str) -> None:
        """What Flux fills in reaches what runs: it is in an environment, a Secret, or what the hub hands on."""
        expected = credentials(kind)
        assert bool(expected) == bool(cluster_chart(kind).credentials)
        for stand_in in expected.values():
            assert arrives(stand_in, effects_of_all(kind))

    @pytest.mark.parametrize(("kind", "path"), READ)
    def test_a_chart_reads_where_the_catalog_says(kind: str, path: str) -> None:
        """A credential at the path that krmfn tells people reaches what runs, wherever the example has its own."""
        values: dict[str, Any] = copy.deepcopy(placed()[kind]["values"])
        put(values, path.split("."), STAND_IN)
        assert arrives(STAND_IN, effects(kind, values))


if __name__ == "__main__":
    if not charts.CHARTS:
        raise SystemExit("KRMFN_CHARTS names no folder of charts: nothing can be judged")
    RECORD.write_text(json.dumps(record(), indent=2, sort_keys=True) + "\n", encoding="utf-8")
    verdict = pytest.main([__file__, "-q"])
    if verdict:
        RECORD.unlink()
    raise SystemExit(verdict)
