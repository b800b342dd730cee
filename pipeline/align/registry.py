"""Which aligners there are, best first, and the one door to them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence

from pipeline.align.aligner import Aligner
from pipeline.errors import AlignFailed, HearingError, VoxpressError
from pipeline.model import Pcm, Timing, Word

logger = logging.getLogger(__name__)


def _dtw() -> Aligner:
    from pipeline.align.dtw import DtwAligner

    return DtwAligner()


def _whisper() -> Aligner:
    from pipeline.align.whisper import WhisperAligner
    from pipeline.hear.registry import listener

    try:
        return WhisperAligner(listener())
    except HearingError as error:
        raise AlignFailed(str(error)) from error


ALIGNERS: Mapping[str, Callable[[], Aligner]] = {
    "dtw": _dtw,
    "whisper": _whisper,
}
"""By name, best first. Each raises ``AlignFailed`` where it cannot run."""


def open_aligner(name: str) -> Aligner:
    """The aligner of that name. Raises ``AlignFailed`` when there is none or it cannot run here."""
    if name not in ALIGNERS:
        raise AlignFailed(f"There is no aligner “{name}”; there are: {', '.join(ALIGNERS)}.")
    return ALIGNERS[name]()


WITHOUT_A_MODEL = ("dtw",)
"""Those that need no more than is installed everywhere, and so give the same times everywhere."""


def align(
    audio: Pcm, sample_rate: int, words: Sequence[Word], language: str, names: Iterable[str] = tuple(ALIGNERS)
) -> tuple[tuple[Timing, ...], str]:
    """Time ``words`` in ``audio`` by the first of the aligners ``names`` that can; its timings, and its name.

    Raises ``AlignFailed``, with the reason of the last one, when none can.
    """
    failure: VoxpressError = AlignFailed("There is no aligner.")
    for name in names:
        try:
            return open_aligner(name).align(audio, sample_rate, words, language), name
        except VoxpressError as error:
            logger.debug("aligner %s: %s", name, error)
            failure = error
    raise AlignFailed(str(failure)) from failure
