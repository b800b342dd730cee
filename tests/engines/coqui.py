"""The real library with models of random weights that are made here."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.speech.engine import EngineContext
from tests.engines import Subject


@contextmanager
def prepare(folder: Path) -> Iterator[EngineContext]:
    """A VITS model with two speakers."""
    from tests.helpers_coqui import VITS, write_vits

    write_vits(folder / "coqui" / VITS)
    yield EngineContext(folder)


SUBJECT = Subject(
    voice="coqui:tts_models--en--test--vits#swan",
    prepare=prepare,
    needs=("TTS", "torch", "torchaudio"),
    speaks_by_length=False,
)
