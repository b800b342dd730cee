"""What to try next when a chunk could not be spoken: a pure decision."""

from __future__ import annotations

from enum import StrEnum


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
    GIVE_UP = "give-up"
    """Silence in the chunk's place, and a doubt that names its words."""


LADDER = (Step.AS_PLANNED, Step.NEW_SEED, Step.SENTENCES, Step.FALLBACK, Step.GIVE_UP)


def next_step(failed: Step, *, sentences: int, fallback: bool) -> Step:
    """The step after ``failed``: those that cannot help are left out.

    ``sentences``: how many the chunk has (one cannot be split). ``fallback``: whether there is another engine
    with a voice for the language.
    """
    for step in LADDER[LADDER.index(failed) + 1 :]:
        if step is Step.SENTENCES and sentences < 2:
            continue
        if step is Step.FALLBACK and not fallback:
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
