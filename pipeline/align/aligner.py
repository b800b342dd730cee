"""The Aligner protocol: something that finds known words in audio.

An aligner is added by writing one module with a class of this shape and one line in
``pipeline.align.registry``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Protocol, runtime_checkable

from pipeline.model import Pcm, Timing, Word


@runtime_checkable
class Aligner(Protocol):
    """Finds known words in audio. Constructed cheaply; models load in ``align``, and stay loaded."""

    name: ClassVar[str]
    """What ``Take.timing_source`` says of its timings."""

    def align(self, audio: Pcm, sample_rate: int, words: Sequence[Word], language: str) -> tuple[Timing, ...]:
        """One timing for each word, in seconds from the start of ``audio``: ascending and inside it.

        ``audio`` has seconds to a few minutes in which exactly ``words`` are said; ``sample_rate`` is in Hz,
        ``language`` BCP 47. A word with an empty spoken form takes no time. The result depends on the
        arguments alone. Raises ``AlignFailed`` when the words cannot be found.
        """
        ...
