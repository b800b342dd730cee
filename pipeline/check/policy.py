"""What happens to a chunk that could not be spoken, or whose take is in doubt: a pure decision."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from enum import StrEnum

from pipeline.check.faults import Remedy, badness, remedy_of
from pipeline.model import Doubt


class Step(StrEnum):
    """A way to speak a chunk, from the first choice to the last resort."""

    AS_PLANNED = "as-planned"
    """The planned voice, the whole chunk, the planned seed."""
    NEW_SEED = "new-seed"
    """The same with another seed: engines that sample may do better."""
    SENTENCES = "sentences"
    """Sentence by sentence: engines fail on length."""
    FALLBACK = "fallback"
    """Another engine that is always there."""
    KEEP_BEST = "keep-best"
    """The least bad of the takes that were made, with its doubts."""
    GIVE_UP = "give-up"
    """Silence in the chunk's place, and a doubt that names its words."""


LADDER = (Step.AS_PLANNED, Step.NEW_SEED, Step.SENTENCES, Step.FALLBACK, Step.KEEP_BEST, Step.GIVE_UP)


def next_step(failed: Step, *, sentences: int, fallback: bool, best: Collection[Doubt] | None = None) -> Step:
    """The step after ``failed``: those that cannot help are left out.

    ``sentences``: how many the chunk has (one cannot be split). ``fallback``: whether there is another engine
    with a voice for the language. ``best``: the doubts of the best take that there is until now, None where all
    were refused or failed. Another voice in the middle of a book is heard by everyone, so a take of the planned
    voice is kept with its doubts, unless words are lost or drowned in it (``Remedy.REPLACE``).
    """
    for step in LADDER[LADDER.index(failed) + 1 :]:
        if step is Step.SENTENCES and sentences < 2:
            continue
        if step is Step.FALLBACK and (not fallback or (best is not None and not _lost(best))):
            continue
        if step is Step.KEEP_BEST and best is None:
            continue
        return step
    return Step.GIVE_UP


def first_step(attempts: int, limit: int, *, fallback: bool) -> Step:
    """How to begin a chunk for the ``attempts``-th time, none of the former having come to an end.

    One that was begun ``limit`` times must be what kills its process: another engine gets one attempt at it,
    because that runs other code, and then it is given up.
    """
    if attempts <= limit:
        return Step.AS_PLANNED
    return Step.FALLBACK if fallback and attempts == limit + 1 else Step.GIVE_UP


def is_good(doubts: Collection[Doubt]) -> bool:
    """Whether a take with these doubts is kept at once: speaking it again would change none of them."""
    return all(remedy_of(doubt) is Remedy.TELL for doubt in doubts)


def best_of(takes: Sequence[Collection[Doubt]]) -> int:
    """Which of several takes, given by their doubts in the order in which they were made, is kept."""
    return min(range(len(takes)), key=lambda place: (badness(takes[place]), place))


def _lost(doubts: Collection[Doubt]) -> bool:
    return any(remedy_of(doubt) is Remedy.REPLACE for doubt in doubts)
