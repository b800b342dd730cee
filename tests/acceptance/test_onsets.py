"""Words are heard in the finished M4B when the transcript says: found there by their sound."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bench.onsets import TEXTS, measure
from tests.helpers_piper import write_voice


@pytest.mark.parametrize(("voice", "language"), [("espeak", "zh"), ("piper:en_US-test-low", "en")])
def test_onsets_in_the_finished_file_are_true(tmp_path: Path, voice: str, language: str) -> None:
    write_voice(tmp_path / "home" / "voices" / "piper")
    source = tmp_path / "harbour.txt"
    source.write_text("\n\n".join([TEXTS[language]] * 3) + "\n")
    found = measure(source, language, voice, tmp_path, chunks=10)
    assert (found.chunks, found.lost) == (3, 0)
    assert np.abs(found.seconds).max() < 0.0005
