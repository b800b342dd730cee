"""The real library with a model that is made here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.speech.engine import EngineContext
from tests.engines import Subject
from tests.helpers_piper import write_voice


@contextmanager
def prepare(folder: Path) -> Iterator[EngineContext]:
    """A voice that draws random numbers."""
    write_voice(folder / "piper", noise_w=0.4)
    yield EngineContext(folder)


SUBJECT = Subject(voice="piper:en_US-test-low", prepare=prepare)
