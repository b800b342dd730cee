"""Word times from a recogniser that heard the words: Whisper's, matched to the words that are known.

What was heard is laid beside what was to be said (``pipeline.hear.matching``), and each known word gets the time of
what it was heard as; our spelling stays. Words between two that were heard share the time between them by their
length, so no word lies beyond its neighbours. Recognisers give a word's end as the next one's beginning, or cut it
short; times are therefore kept inside the sound around them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from pipeline.align.engine_timings import sound_bounds
from pipeline.align.estimate import pause_weight, spoken_weight
from pipeline.errors import AlignFailed, HearingError
from pipeline.hear.matching import Closeness, Pair, equal_runs, matched
from pipeline.hear.recogniser import Heard, Recogniser
from pipeline.hear.sounds import sounds_of
from pipeline.hear.tokens import Token, texts, tokens_heard, tokens_of
from pipeline.model import Pcm, Timing, Word

CLOSENESS = Closeness(words=0.55, names=0.4)
"""More is taken for the same than where takes are checked: a word that was misheard still has its time."""
LEAST_HEARD = 0.5
"""Share of the words that must have been heard, or this is another text."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """A run of words that stands both in the text and in what was heard."""

    word: int
    """Index of the first display word."""
    words: int
    """How many display words it goes over."""
    start: float
    """Seconds."""
    end: float


class WhisperAligner:
    """Times words by what a recogniser hears."""

    name: ClassVar[str] = "whisper"

    def __init__(self, recogniser: Recogniser) -> None:
        """``recogniser``: whoever listens; its model loads in the first ``align``."""
        self._recogniser = recogniser

    def align(self, audio: Pcm, sample_rate: int, words: Sequence[Word], language: str) -> tuple[Timing, ...]:
        """One timing for each word, in seconds. Raises ``AlignFailed``."""
        if not self._recogniser.hears(language):
            raise AlignFailed(f"{self._recogniser.name} does not know the language “{language}”.")
        try:
            heard = self._recogniser.transcribe(audio, sample_rate, language)
        except HearingError as error:
            raise AlignFailed(f"{error}") from error
        first, last = sound_bounds(audio)
        return timings_from_heard(words, heard, language, first / sample_rate, last / sample_rate)


def timings_from_heard(
    words: Sequence[Word], heard: Sequence[Heard], language: str, start: float, end: float
) -> tuple[Timing, ...]:
    """One timing for each word, ascending, between ``start`` and ``end`` (s), where there is sound.

    Raises ``AlignFailed`` when less than half of the words were heard.
    """
    said, listened = tokens_of(words, language), tokens_heard(heard, language)
    pairs = matched(said, listened, sounds_of(language), CLOSENESS)
    known = _known(words, said, listened, heard, pairs)
    spoken = [index for index, word in enumerate(words) if word.spoken]
    if not spoken:
        return tuple(Timing(start, start) for _ in words)
    if len(known) < LEAST_HEARD * len(spoken):
        raise AlignFailed(f"Of {len(spoken)} words only {len(known)} were heard: is that another text?")
    times = _filled(words, spoken, known, start, end)
    at = start
    timings = []
    for index in range(len(words)):
        begin, stop = times.get(index, (at, at))
        timings.append(Timing(begin, stop))
        at = stop
    return tuple(timings)


def anchors(
    words: Sequence[Word], heard: Sequence[Heard], language: str, least: int = 3
) -> tuple[Anchor, ...]:
    """Where a text of any length was heard: runs of at least ``least`` equal words, ascending on both sides.

    For recordings whose text is known in part only: what lies between two anchors is to be looked at more closely.
    """
    said, listened = tokens_of(words, language), tokens_heard(heard, language)
    found = []
    for first, begin, length in equal_runs(texts(said), texts(listened)):
        if length < least:
            continue
        run, there = said[first : first + length], listened[begin : begin + length]
        found.append(
            Anchor(
                run[0].index,
                run[-1].index - run[0].index + 1,
                heard[there[0].index].start,
                heard[there[-1].index].end,
            )
        )
    return tuple(found)


def _known(
    words: Sequence[Word],
    said: Sequence[Token],
    listened: Sequence[Token],
    heard: Sequence[Heard],
    pairs: Sequence[Pair],
) -> dict[int, tuple[float, float]]:
    """Start and end of the words that were heard; where several share a time, it is shared out by length."""
    found: dict[int, tuple[float, float]] = {}
    for pair in pairs:
        if not pair.alike or pair.last == pair.first or pair.end == pair.begin:
            continue
        start, end = heard[listened[pair.begin].index].start, heard[listened[pair.end - 1].index].end
        mine = list(dict.fromkeys(token.index for token in said[pair.first : pair.last]))
        if len(mine) == 1:
            before = found.get(mine[0])
            found[mine[0]] = (before[0] if before else start, end)
            continue
        found.update(zip(mine, _shared([words[index] for index in mine], start, end), strict=True))
    return _one_by_one(words, found)


def _one_by_one(
    words: Sequence[Word], found: dict[int, tuple[float, float]]
) -> dict[int, tuple[float, float]]:
    """Words that were heard as one have the same time: it is shared out."""
    result: dict[int, tuple[float, float]] = {}
    run: list[int] = []
    for index in sorted(found):
        if run and found[index] != found[run[-1]]:
            result.update(_dealt(words, run, found[run[0]]))
            run = []
        run.append(index)
    if run:
        result.update(_dealt(words, run, found[run[0]]))
    return result


def _dealt(
    words: Sequence[Word], run: Sequence[int], span: tuple[float, float]
) -> dict[int, tuple[float, float]]:
    if len(run) == 1:
        return {run[0]: span}
    return dict(zip(run, _shared([words[index] for index in run], *span), strict=True))


def _filled(
    words: Sequence[Word],
    spoken: Sequence[int],
    known: dict[int, tuple[float, float]],
    start: float,
    end: float,
) -> dict[int, tuple[float, float]]:
    """The times of all spoken words: what is not known lies between what is, and nothing overlaps."""
    times: dict[int, tuple[float, float]] = {}
    at = start
    place = 0
    while place < len(spoken):
        index = spoken[place]
        if index in known:
            begin = min(max(known[index][0], at), end)
            stop = min(max(known[index][1], begin), end)
            times[index] = begin, stop
            at, place = stop, place + 1
            continue
        run = place
        while run < len(spoken) and spoken[run] not in known:
            run += 1
        until = max(min(known[spoken[run]][0], end), at) if run < len(spoken) else max(end, at)
        gap = [words[other] for other in spoken[place:run]]
        times.update(zip(spoken[place:run], _shared(gap, at, until), strict=True))
        at, place = until, run
    return times


def _shared(words: Sequence[Word], start: float, end: float) -> list[tuple[float, float]]:
    """The time dealt out by the words' lengths, with a pause after what ends a clause."""
    weights = [(spoken_weight(word), pause_weight(word)) for word in words]
    weights[-1] = weights[-1][0], 0.0
    scale = (end - start) / (sum(weight + pause for weight, pause in weights) or 1.0)
    spans, at = [], start
    for weight, pause in weights:
        spans.append((at, min(at + weight * scale, end)))
        at = min(at + (weight + pause) * scale, end)
    return spans
