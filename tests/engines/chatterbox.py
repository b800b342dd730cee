"""The real library with a model of random weights that is made here, its networks made small."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.speech.engine import EngineContext
from tests.engines import Subject
from tests.small_chatterbox import PATH


@contextmanager
def prepare(folder: Path) -> Iterator[EngineContext]:
    """The English model."""
    from tests.helpers_chatterbox import write_english

    write_english(folder / "chatterbox" / "english")
    yield EngineContext(folder)


SUBJECT = Subject(
    voice="chatterbox:english",
    prepare=prepare,
    needs=("chatterbox", "perth", "torch"),
    speaks_by_length=False,
    path=PATH,
)
