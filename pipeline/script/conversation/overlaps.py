"""When somebody begins to speak before another has ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from pipeline.script.conversation.sections import seconds_of
from pipeline.script.conversation.talk import MOST_ENTERS, Turn, TurnKind
from pipeline.script.words import display_words

REACTION = (0.7, 0.45, 0.9)
"""Seconds of the other's words that a reaction begins in, in turns, so that no two in a row are alike."""
SHORT = 0.25
"""A few words ("And why is that?") come a little early."""
SHORT_WORDS = 5
INTERRUPTION = 0.8
"""Where it is meant to be one."""
SHARE = 0.4
"""Of the time that the turn before takes, at the most."""
LEAST = 0.1
"""Seconds; less is no overlap that anybody hears."""


def with_overlaps(
    turns: Sequence[Turn], language: str, interrupting: Mapping[int, float] | None = None
) -> tuple[Turn, ...]:
    """The turns of a chapter with the times at which they enter.

    Reactions, and the few words that a question or an agreement takes, come before the other has ended; answers
    and all that is longer wait. ``interrupting`` are the turns, by place, that are meant to interrupt (1: as
    early as may be). Bounded by ``MOST_ENTERS`` and by ``SHARE`` of what is spoken over. Deterministic.
    """
    hints = interrupting or {}
    made: list[Turn] = []
    reactions = 0
    for place, turn in enumerate(turns):
        before = made[-1] if made else None
        if before is None or before.speaker == turn.speaker:
            wanted = 0.0
        elif turn.kind is TurnKind.REACTION:
            wanted = REACTION[reactions % len(REACTION)]
            reactions += 1
        elif before.kind is TurnKind.REACTION:
            wanted = 0.0  # whoever was reacted to takes a breath first
        elif place in hints:
            wanted = INTERRUPTION * min(1.0, max(0.0, hints[place]))
        elif _words(turn) <= SHORT_WORDS < _words(before):
            wanted = SHORT
        else:
            wanted = 0.0
        most = min(MOST_ENTERS, SHARE * seconds_of(before.text, language)) if before else 0.0
        enters = round(min(wanted, most), 2)
        made.append(replace(turn, enters=enters if enters >= LEAST else 0.0))
    return tuple(made)


def _words(turn: Turn) -> int:
    return len(display_words(turn.text)[0])


__all__ = ["with_overlaps"]
