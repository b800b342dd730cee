"""Known words found by comparing a recording with espeak's reading of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from pipeline.errors import AlignFailed
from pipeline.model import Pcm, Timing, Word


class DtwAligner:
    """Compares with espeak's reading of the same words."""

    name: ClassVar[str] = "dtw"

    def align(self, audio: Pcm, sample_rate: int, words: Sequence[Word], language: str) -> tuple[Timing, ...]:
        """As ``Aligner.align``."""
        raise AlignFailed("Not written yet.")
