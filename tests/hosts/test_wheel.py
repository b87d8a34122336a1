"""What `pip install krmfn` gives a user: the wheel and its declared dependencies, no extras, no checkout."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from krmfn.cli.init.repository import starter
from tests.tools.programs import TESTS

PIP = (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check")


def test_the_wheel_alone_gives_a_working_krmfn(tmp_path: Path) -> None:
    subprocess.run([*PIP, "wheel", "--no-deps", "--wheel-dir", tmp_path, TESTS.parent], check=True)
    (wheel,) = tmp_path.glob("krmfn-*.whl")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "venv"], check=True)
    programs = tmp_path / "venv" / "bin"
    subprocess.run([*PIP, "--python", programs / "python", "install", wheel], check=True)
    version = subprocess.run([programs / "krmfn", "version"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert version.returncode == 0, version.stderr
    assert wheel.name.split("-")[1] in version.stdout
    for name, more in (("fleet", ()), ("plain", ("--plain-flux",))):
        subprocess.run([programs / "krmfn", "init", name, *more], cwd=tmp_path, capture_output=True, check=True)
        written = {path.relative_to(tmp_path / name) for path in (tmp_path / name).rglob("*") if path.is_file()}
        assert written == set(map(Path, starter(plain_flux=bool(more))))
