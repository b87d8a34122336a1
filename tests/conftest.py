"""What every run of the tests needs: how hard Hypothesis searches, and what one process must run alone."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from xdist.scheduler import LoadFileScheduling  # type: ignore[import-untyped]  # it ships no types

from tests.history import History

if TYPE_CHECKING:
    from collections.abc import Iterator

# Their asserts tell what was compared, as those of a test do.
pytest.register_assert_rewrite("tests.laws")

DATA = Path(__file__).parents[2] / "shared" / "data"
CHECKOUT = "KRMFN_COZYSTACK"
"""Names a checkout of cozystack/cozystack, whose charts tests/platform renders."""
ALONE = "tests/hosts/"
"""They share an image, which is built once and takes longer than any of them."""

# The same examples in every run. A test that needs more than others multiplies the profile's number.
settings.register_profile("quick", derandomize=True, database=None, deadline=None, max_examples=25)
settings.register_profile("thorough", settings.get_profile("quick"), max_examples=200)
settings.load_profile("quick")


def pytest_report_header() -> str:
    return (
        f"real manifests and CRDs: {DATA}"
        if DATA.is_dir()
        else f"NO real manifests and CRDs: {DATA} is absent, and the tests over them do not exist"
    )


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says on what the platform's judge went, where one of its tests ran: a record is not the platform."""
    ran = {report.nodeid for each in terminalreporter.stats.values() for report in each if hasattr(report, "nodeid")}
    if any("platform" in each.partition("::")[0] for each in ran) and not os.environ.get(CHECKOUT):
        told = "RECORDS of Cozystack 1.6.2" if (DATA / "cozystack-1.6.2").is_dir() else "NOTHING of Cozystack"
        terminalreporter.write_line(
            f"WARNING: the platform's charts were judged by {told}, for {CHECKOUT} names no checkout of "
            "cozystack/cozystack at v1.6.2; set it and run make judges",
            yellow=True,
            bold=True,
        )


class ByFile(LoadFileScheduling):  # type: ignore[misc]  # its base has no types
    """With --numprocesses, all tests of a file run in one process, and so do those of hosts."""

    def _split_scope(self, nodeid: str) -> str:
        return ALONE if nodeid.startswith(ALONE) else nodeid.partition("::")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> ByFile:
    return ByFile(config, log)


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Git objects of every history: what several of them hold is written once."""
    return tmp_path_factory.mktemp("objects")


@pytest.fixture
def history(tmp_path: Path, store: Path) -> Iterator[History]:
    """A repository without a commit; in the end, plan and check agree on the last one, whatever it is."""
    history = History(tmp_path / "repository", store)
    yield history
    history.assert_plan_and_check_agree()
