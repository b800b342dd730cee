"""Fixtures for every test: no test touches the user's own folders, settings or network."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from hypothesis import settings

import cli.one_thread  # noqa: F401  (before numpy, as in workers)
from tests.databases import catalog_url, own_postgresql, postgresql  # noqa: F401  (fixtures)
from tests.databases import programs as postgresql_programs
from tests.misreading import either_way, readers  # noqa: F401  (fixtures)
from tests.objects import objects  # noqa: F401  (a fixture)

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as a shell leaves it to what runs in the background
    signal.signal(signal.SIGINT, signal.default_int_handler)  # else no command of the tests could be stopped
# The same cases in every run, so that a run tells what a change did; 'make fuzz' looks for others. No deadline: a
# busy machine is no fault.
settings.register_profile("repeatable", deadline=None, derandomize=True)
settings.register_profile("searching", deadline=None, max_examples=500)
settings.load_profile("repeatable")

ROOT = Path(__file__).parent.parent
DEFAULT_SAMPLES = ROOT.parent / "shared" / "samples"


def _samples_folder() -> Path:
    return Path(os.environ.get("VOXPRESS_TEST_SAMPLES") or DEFAULT_SAMPLES)


@pytest.fixture(scope="session")
def samples() -> Path:
    """The folder of real books, pages and recordings (tests that use it are marked ``real``)."""
    return _samples_folder()


@pytest.fixture(autouse=True)
def _own_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Point every place and setting of the user at the test's own folder."""
    for name in [n for n in os.environ if n.startswith("VOXPRESS_") and not n.startswith("VOXPRESS_TEST_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("VOXPRESS_HOME", str(tmp_path / "voxpress-home"))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip the ``real`` tests, loudly, where the samples are missing."""
    if _samples_folder().is_dir():
        return
    skip = pytest.mark.skip(reason=f"REAL SAMPLES MISSING: {_samples_folder()} (set VOXPRESS_TEST_SAMPLES)")
    for item in items:
        if "real" in item.keywords:
            item.add_marker(skip)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say at the end, too, that part of the suite did not run."""
    if postgresql_programs() is None:
        terminalreporter.section("PostgreSQL is missing", sep="!", red=True, bold=True)
        terminalreporter.line("Every test on PostgreSQL was skipped: install it, or run 'make dev'.")
    if not _samples_folder().is_dir():
        terminalreporter.section("real samples are missing", sep="!", red=True, bold=True)
        terminalreporter.line(f"No folder {_samples_folder()}: every test marked 'real' was skipped.")
