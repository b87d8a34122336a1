"""Says at the head of every report whether the inputs that others wrote are there."""

from pathlib import Path

DATA = Path(__file__).parents[2] / "shared" / "data"


def pytest_report_header() -> str:
    return (
        f"real manifests and CRDs: {DATA}"
        if DATA.is_dir()
        else f"NO real manifests and CRDs: {DATA} is absent, and the tests over them do not exist"
    )
