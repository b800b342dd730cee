"""The real library."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.speech.engine import EngineContext
from tests.engines import Subject


@contextmanager
def prepare(folder: Path) -> Iterator[EngineContext]:
    """Its voices are its own."""
    yield EngineContext(folder)


SUBJECT = Subject(voice="espeak:en-us", prepare=prepare)
