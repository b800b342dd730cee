"""The engine for tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.speech.engine import EngineContext
from tests.engines import Subject


@contextmanager
def prepare(folder: Path) -> Iterator[EngineContext]:
    """It needs nothing."""
    yield EngineContext(folder)


SUBJECT = Subject(voice="tone:a", prepare=prepare)
