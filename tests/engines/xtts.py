"""The real library with a model of random weights that is made here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.speech.engine import EngineContext
from tests.engines import Subject


@contextmanager
def prepare(folder: Path) -> Iterator[EngineContext]:
    """A model with two studio speakers."""
    from tests.helpers_xtts import write_model

    write_model(folder / "xtts" / "tiny")
    yield EngineContext(folder)


SUBJECT = Subject(
    voice="xtts:tiny#ann-other", prepare=prepare, needs=("TTS", "torch", "torchaudio"), speaks_by_length=False
)
