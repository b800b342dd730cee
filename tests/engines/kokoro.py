"""The real library with tiny random weights where it is installed; else a model that is made here, as ONNX."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.speech.engine import EngineContext
from tests.engines import Subject
from tests.helpers_kokoro import write_kokoro

IN_LIBRARY = all(importlib.util.find_spec(name) for name in ("torch", "kokoro"))


@contextmanager
def prepare(folder: Path) -> Iterator[EngineContext]:
    """A model and its voices."""
    if IN_LIBRARY:
        from tests.helpers_kokoro_library import write_kokoro_library

        write_kokoro_library(folder / "kokoro")
    else:
        write_kokoro(folder / "kokoro")
    yield EngineContext(folder)


SUBJECT = Subject(voice="kokoro:af_bella", prepare=prepare, speaks_by_length=not IN_LIBRARY)
