"""The music of a chapter: what of it sounds when, and how loud, under and around the speech.

    intro |######\\___            the speech begins within it
    speech       |=====  ====|
    bed             __/--\\____|  ducked while somebody speaks, up in long pauses
    outro                  ___/######|

Levels are in LU against the loudness that the production's speech is brought to. Fades are straight lines in
amplitude. Everything here is arithmetic; the sound itself is streamed by ``accompanied``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.audio.layout import Layout, samples_of
from pipeline.audio.mix import Samples
from pipeline.audio.music import Track, played
from pipeline.settings import MusicSettings

RISE = 0.6
"""Seconds in which the bed comes up when a pause begins."""
FALL = 0.4
"""Seconds in which it goes down before somebody speaks."""
EDGE = 0.01
"""Seconds over which music that begins or ends by itself comes and goes, so that no edge clicks."""
REST = 0.5
"""Seconds of silence after an outro."""
LEAST_FADE = 0.5
"""Seconds over which a bed fades out where no pause is left for it at the end of a chapter."""
_GOLDEN = (5**0.5 - 1) / 2
_BLOCK = 1 << 15

Points = tuple[tuple[int, float], ...]
"""Samples from the begin of a cue, ascending, and the factor there; straight lines between."""


@dataclass(frozen=True, slots=True)
class Tune:
    """A track and where it lies."""

    track: Track
    path: Path


@dataclass(frozen=True, slots=True)
class Score:
    """The music that one chapter has."""

    settings: MusicSettings
    speech_lufs: float
    """What the production's speech is brought to."""
    intro: Tune | None = None
    outro: Tune | None = None
    bed: Tune | None = None
    chapter: int = 0
    """Its number in the book, from 0: each begins at another place of the bed."""

    @property
    def bed_begin(self) -> float:
        """The share of the bed after which the chapter begins.

        Steps of the golden section: however many chapters there are, no two begin alike, and one that becomes longer
        moves the bed of no other, so that it is encoded again alone.
        """
        return self.chapter * _GOLDEN % 1.0


@dataclass(frozen=True, slots=True)
class Cue:
    """A piece of music in its place."""

    path: Path
    begin: int
    """Sample of the content at which it begins."""
    points: Points
    share: float = 0.0
    """Of the music that is left out at its start."""
    repeated: bool = False

    @property
    def length(self) -> int:
        """Samples."""
        return self.points[-1][0]


def speech_start(score: Score | None, pause: float, rate: int) -> int:
    """Sample at which a chapter's first take begins: after ``pause`` seconds, or within the intro."""
    if score is None or score.intro is None:
        return samples_of(pause, rate)
    length, overlap = _shape(score.intro, score.settings, rate)
    return max(samples_of(pause, rate), length - overlap)


def cues_of(score: Score, layout: Layout, rate: int) -> tuple[list[Cue], int]:
    """What of the music sounds when, and the samples that the chapter has with it."""
    cues: list[Cue] = []
    end = layout.end
    first = layout.spots[0].begin if layout.spots else layout.end
    last = max((spot.end for spot in layout.spots), default=layout.end)
    bed_goes = max(0, min(last, layout.end - min(_fade(score.settings, rate), samples_of(LEAST_FADE, rate))))
    if score.intro:
        cues.append(_intro(score, score.intro, first, rate))
        end = max(end, cues[-1].begin + cues[-1].length)
    if score.outro:
        cues.append(_outro(score, score.outro, (first, last), rate))
        bed_goes = cues[-1].begin
        end = max(end, cues[-1].begin + cues[-1].length + samples_of(REST, rate))
    if score.bed:
        begin = first if score.intro else 0
        bed_goes = max(begin, bed_goes)
        bed_end = min(end, bed_goes + _fade(score.settings, rate))
        points = _bed(score, score.bed, layout, (begin, bed_goes, bed_end), rate)
        cues.append(Cue(score.bed.path, begin, points, score.bed_begin, repeated=True))
    return cues, end


def accompanied(pieces: Iterable[Samples], cues: Sequence[Cue], rate: int) -> Iterator[Samples]:
    """``pieces`` of speech with the music of ``cues`` added, in blocks."""
    players = [_Player(cue, rate) for cue in cues]
    now = 0
    for piece in pieces:
        for start in range(0, len(piece), _BLOCK):
            block = piece[start : start + _BLOCK].copy()
            for player in players:
                player.add(block, now)
            now += len(block)
            yield block


class _Player:
    """Plays one cue, from front to back."""

    def __init__(self, cue: Cue, rate: int) -> None:
        self._cue = cue
        self._music = played(cue.path, rate, cue.share, repeated=cue.repeated)
        self._ready: Samples = np.zeros(0, np.float32)
        self._places = np.array([place for place, _ in cue.points], np.float64)
        self._factors = np.array([factor for _, factor in cue.points], np.float64)

    def add(self, block: Samples, now: int) -> None:
        """Add to ``block``, which begins at sample ``now``, what sounds in it."""
        begin, end = self._cue.begin, self._cue.begin + self._cue.length
        first, last = max(begin, now), min(end, now + len(block))
        if first >= last:
            return
        music = self._next(last - first)
        places = np.arange(first - begin, first - begin + len(music))
        curve = np.interp(places, self._places, self._factors).astype(np.float32)
        block[first - now : first - now + len(music)] += music * curve

    def _next(self, samples: int) -> Samples:
        """So many more, or what is left of them."""
        while len(self._ready) < samples:
            more = next(self._music, None)
            if more is None:
                break
            self._ready = np.concatenate((self._ready, more))
        taken, self._ready = self._ready[:samples], self._ready[samples:]
        return taken


def _shape(tune: Tune, settings: MusicSettings, rate: int) -> tuple[int, int]:
    """Samples of an intro or outro, and how many of them lie under speech."""
    length = samples_of(min(tune.track.seconds, settings.longest), rate)
    return length, min(samples_of(settings.overlap, rate), length // 2)


def _fade(settings: MusicSettings, rate: int) -> int:
    """Samples in which music comes and goes."""
    return max(samples_of(EDGE, rate), samples_of(settings.fade, rate))


def _is_cut(tune: Tune, settings: MusicSettings) -> bool:
    return tune.track.seconds > settings.longest


def _alone(score: Score, tune: Tune) -> float:
    """The factor of an intro or outro where nobody speaks."""
    return _factor(score.speech_lufs + score.settings.level - tune.track.lufs)


def _under(score: Score, tune: Tune) -> float:
    """The factor of any music while somebody speaks."""
    settings = score.settings
    return _factor(score.speech_lufs - settings.bed_below - settings.ducking - tune.track.lufs)


def _factor(change_db: float) -> float:
    return float(10 ** (change_db / 20))


def _intro(score: Score, tune: Tune, first: int, rate: int) -> Cue:
    """It goes down before the first word, lies under it and goes."""
    settings = score.settings
    length, overlap = _shape(tune, settings, rate)
    alone, under, edge = _alone(score, tune), _under(score, tune), samples_of(EDGE, rate)
    fade = max(edge, min(_fade(settings, rate), (length - overlap) // 2))
    begin = max(0, first - (length - overlap))
    if overlap:
        points = [(edge, alone), (length - overlap - fade, alone), (length - overlap, under)]
    else:
        points = [(edge, alone), (length - (fade if _is_cut(tune, settings) else edge), alone)]
    return Cue(tune.path, begin, _ascending([(0, 0.0), *points, (length, 0.0)]))


def _outro(score: Score, tune: Tune, speech: tuple[int, int], rate: int) -> Cue:
    """It comes under the last words and up after them; ``speech`` is from where to where somebody speaks."""
    settings = score.settings
    first, last = speech
    length, overlap = _shape(tune, settings, rate)
    overlap = min(overlap, last - first)
    alone, under, edge = _alone(score, tune), _under(score, tune), samples_of(EDGE, rate)
    fade = max(edge, min(_fade(settings, rate), (length - overlap) // 2))
    tail = fade if _is_cut(tune, settings) else edge
    points = [(overlap, under), (overlap + fade, alone)] if overlap else [(edge, alone)]
    return Cue(
        tune.path, last - overlap, _ascending([(0, 0.0), *points, (length - tail, alone), (length, 0.0)])
    )


def _bed(score: Score, tune: Tune, layout: Layout, span: tuple[int, int, int], rate: int) -> Points:
    """Its factors from ``span``'s begin to its end; from its middle on it goes."""
    begin, goes, end = span
    settings = score.settings
    under, up = _under(score, tune), _factor(score.speech_lufs - settings.bed_below - tune.track.lufs)
    rise, fall = samples_of(RISE, rate), samples_of(FALL, rate)
    known: list[tuple[int, float]] = []
    for since, until in _pauses(layout, begin, samples_of(settings.pause, rate)):
        share = min(1.0, (until - since) / (rise + fall))
        known += [(since, up if since == begin else under), (since + round(rise * share), up)]
        known += [(until - round(fall * share), up), (until, under)]
    known = [*known, (max(end, known[-1][0] if known else 0), under)]
    come = begin + _fade(settings, rate)
    places = sorted({begin, come, goes, end, *(place for place, _ in known if begin < place < end)})
    levels = np.interp(places, [place for place, _ in known], [factor for _, factor in known])
    levels *= np.interp(places, [begin, come], [0.0, 1.0])
    levels *= np.interp(places, [goes, max(end, goes + 1)], [1.0, 0.0])
    return _ascending(
        [
            (place - begin, float(level))
            for place, level in zip(places, levels, strict=True)
            if begin <= place <= max(end, begin + 1)
        ]
    )


def _pauses(layout: Layout, begin: int, least: int) -> Iterator[tuple[int, int]]:
    """Where nobody speaks for so many samples, from ``begin`` to the last take."""
    latest = begin
    for place in layout.order:
        spot = layout.spots[place]
        if spot.begin - latest >= max(1, least):
            yield latest, spot.begin
        latest = max(latest, spot.end)


def _ascending(points: Sequence[tuple[int, float]]) -> Points:
    """The points whose places ascend: in what is very short, fades may lie over one another."""
    kept: list[tuple[int, float]] = []
    end = points[-1]
    for place, factor in points[:-1]:
        if place < end[0] and (not kept or place > kept[-1][0]):
            kept.append((place, factor))
    return (*kept, end)


__all__ = ["Cue", "Score", "Tune", "accompanied", "cues_of", "speech_start"]
