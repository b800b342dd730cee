"""A small portion of what ``make fuzz`` does: damaged files become books or typed errors, within bounds."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def fuzz(*arguments: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "book" in done.stdout


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not keep the limits of memory")
def test_damaged_files() -> None:
    fuzz("--seed", "20", "--count", "150", "--jobs", "2")


@pytest.mark.real
@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not keep the limits of memory")
def test_damaged_samples(samples: Path) -> None:
    fuzz("--seed", "21", "--count", "30", "--jobs", "2", "--samples", str(samples))
