"""Where each take of a chapter stands in time: one after the other, or over the end of what is said before it.

The one place that says so: what is rendered and the times of the words both go by it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.model import Chunk, PreparedTake

LEAST_APART = 0.1
"""Seconds after somebody has begun to speak before which the next one never begins, however early it enters."""


@dataclass(frozen=True, slots=True)
class Part:
    """One chunk of a chapter with the take that was kept for it."""

    chunk: Chunk
    take: PreparedTake
    path: Path
    """The take's samples, WAV."""
    gain_db: float
    """The constant gain of its voice."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A take's place in its chapter, in samples at the chapter's rate."""

    begin: int
    """From the start of the content."""
    samples: int
    interrupted: int | None = None
    """Sample of the take from which on somebody else speaks, and goes on after its end; None: nobody does."""
    aside: bool = False
    """Whether it is heard within the words of somebody who speaks on: a short reaction."""

    @property
    def end(self) -> int:
        """The sample after its last one."""
        return self.begin + self.samples


@dataclass(frozen=True, slots=True)
class Layout:
    """All takes of a chapter in their places."""

    spots: tuple[Spot, ...]
    """One for each take, in the order of the script. One that enters may begin before the one before it, in the
    middle of a line of several chunks."""
    first_word: int
    """Sample at which the first word begins; the content's end where nothing is said."""
    last_word: int
    """Sample at which the last word ends."""
    end: int
    """Samples of it all, the last pause included."""

    @property
    def order(self) -> list[int]:
        """The takes by their begins."""
        return sorted(range(len(self.spots)), key=lambda place: self.spots[place].begin)

    @property
    def overlaps(self) -> bool:
        """Whether two of them are ever heard together."""
        return any(spot.aside or spot.interrupted is not None for spot in self.spots)


def lay_out(parts: Sequence[Part], start: int, rate: int) -> Layout:
    """The places of a chapter's takes; the first begins ``start`` samples at ``rate`` Hz after the content does.

    A chunk that waits begins when all that was said is over and its pauses are, too. One that enters has its first
    word begin ``enters`` seconds before the latest of the words before it ends, but never before the one who spoke
    before has begun (``LEAST_APART``), and never over words of its own speaker.
    """
    begins: list[int] = []
    sizes = [rescaled(part.take.samples, part.take.sample_rate, rate) for part in parts]
    turns: list[list[int]] = []
    free = start  # when what was said, with the pause after it, is over
    said = start  # when the last of its words is
    own: dict[tuple[str, str], tuple[int, int]] = {}  # by speaker, when the last take and its pause are over
    for place, part in enumerate(parts):
        who, begin = _who(part), free
        enters = part.chunk.enters > 0 and place > 0
        if enters:
            wanted = said - samples_of(part.chunk.enters, rate) - _first(part, rate)
            had_begun = begins[turns[-1][0]] + samples_of(LEAST_APART, rate)
            begin = min(free, max(wanted, had_begun, own.get(who, (start, start))[0]))
        if place and not enters and who == _who(parts[place - 1]) and own[who][1] == free:
            turns[-1].append(place)
        else:
            turns.append([place])
        begins.append(begin)
        end = begin + sizes[place]
        own[who] = end, end + samples_of(part.chunk.pause_after, rate)
        free = max(free, own[who][1])
        said = max(said, begin + _last(part, rate))
    first = begins[0] + _first(parts[0], rate) if parts else free
    return Layout(_spots(turns, begins, sizes), first, said, free)


def _spots(turns: Sequence[Sequence[int]], begins: Sequence[int], sizes: Sequence[int]) -> tuple[Spot, ...]:
    """Who is interrupted where, and who speaks within the words of others.

    ``turns`` are the places of chunks that one speaker says without waiting for anybody: a line, or a part of one.
    """
    interrupted: dict[int, int] = {}
    asides: set[int] = set()
    ends = [begin + size for begin, size in zip(begins, sizes, strict=True)]
    for number, turn in enumerate(turns):
        for later in turns[number + 1 :]:
            begin = begins[later[0]]
            if begin >= ends[turn[-1]]:
                break
            if ends[later[-1]] <= ends[turn[-1]]:
                asides.update(later)
                continue
            for place in turn:
                if begin < ends[place]:
                    interrupted.setdefault(place, max(0, begin - begins[place]))
    return tuple(
        Spot(begin, size, interrupted.get(place), place in asides)
        for place, (begin, size) in enumerate(zip(begins, sizes, strict=True))
    )


def _who(part: Part) -> tuple[str, str]:
    return part.chunk.voice, part.chunk.speaker


def _first(part: Part, rate: int) -> int:
    """Samples of the take before its first word."""
    return rescaled(min(part.take.starts, default=0), part.take.sample_rate, rate)


def _last(part: Part, rate: int) -> int:
    """Samples of the take until its last word ends."""
    return rescaled(max(part.take.ends, default=part.take.samples), part.take.sample_rate, rate)


def samples_of(seconds: float, rate: int) -> int:
    """Seconds as samples at ``rate`` Hz."""
    return round(seconds * rate)


def rescaled(samples: int, rate: int, wanted: int) -> int:
    """Samples at ``rate`` Hz as samples at ``wanted`` Hz."""
    return samples if rate == wanted else round(samples * wanted / rate)


__all__ = ["LEAST_APART", "Layout", "Part", "Spot", "lay_out", "rescaled", "samples_of"]
