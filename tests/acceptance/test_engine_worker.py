"""The worker of an engine that has an environment of its own: it starts, speaks one chunk, and stops."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipeline.speech.registry import facts_of
from tests.brokers import queue_server
from tests.engines import subjects
from tests.faults import until
from tests.running import Voxpress
from tests.studio import finished, state_of, studio, submitted, takes

ROOT = Path(__file__).parents[2]
APART = sorted(name for name in subjects() if facts_of(name).extra and not facts_of(name).server)
"""Those whose library is no part of the base install."""


PATIENCE = 280.0
"""Seconds until a heavy library is imported in each process that needs it."""


@pytest.mark.parametrize("name", APART)
def test_its_worker_starts_speaks_one_chunk_and_stops(name: str, tmp_path: Path) -> None:
    subject = subjects()[name]
    if subject.missing:
        pytest.skip(f"{name}: {', '.join(subject.missing)} not installed here")
    source = tmp_path / "one.txt"
    source.write_text("Nobody saw the lamp go out.\n")
    voxpress = Voxpress(tmp_path)
    with subject.prepare(voxpress.home / "voices"), queue_server(tmp_path / "broker") as broker:
        voxpress.env |= {
            "VOXPRESS_BROKER_URL": broker.url,
            "VOXPRESS_WORKERS": "1",
            "PYTHONPATH": f"{subject.path}{os.pathsep}{ROOT}",
            "VOXPRESS_CHECK_BY": "off",  # random weights do not say their words
        }
        with studio(voxpress, "worker", ("cpu", "publish", f"speak.{name}")):
            (job,) = submitted(voxpress, source, "--voice", subject.voice)
            until(lambda: finished(voxpress) == [job], seconds=PATIENCE)
            assert state_of(voxpress, job).startswith("done"), voxpress.run("status", job, code=None).stdout
            assert len(takes(voxpress)) == 1
            assert voxpress.transcript()["duration"] > 0.3
