"""When hosts enter before another has ended: reactions within words, interruptions where meant, else nobody."""

from __future__ import annotations

from pipeline.script.conversation.overlaps import INTERRUPTION, SHORT, with_overlaps
from pipeline.script.conversation.sections import seconds_of
from pipeline.script.conversation.talk import MOST_ENTERS, Turn, TurnKind

LONG = "Asphalt and brick store the heat of the day and give it back at night, when nobody is about."


def line(speaker: str, text: str = LONG) -> Turn:
    return Turn(speaker, text)


def reaction(speaker: str, text: str = "I see.") -> Turn:
    return Turn(speaker, text, kind=TurnKind.REACTION)


def enters(*turns: Turn, hints: dict[int, float] | None = None) -> list[float]:
    return [turn.enters for turn in with_overlaps(turns, "en", hints)]


def test_long_turns_wait() -> None:
    assert enters(line("Ada"), line("Ben"), line("Ada")) == [0, 0, 0]


def test_reactions_lie_within_and_whoever_spoke_goes_on_after_a_breath() -> None:
    first, within, on = enters(line("Ada"), reaction("Ben"), line("Ada"))
    assert (first, on) == (0, 0)
    assert 0.4 <= within <= MOST_ENTERS
    two = enters(line("Ada"), reaction("Ben"), line("Ada"), reaction("Ben"), line("Ada"))
    assert two[1] != two[3]


def test_a_few_words_come_early_only_over_many() -> None:
    assert enters(line("Ada"), line("Ben", "And then?")) == [0, SHORT]
    assert enters(line("Ada", "And then?"), line("Ben", "Nothing.")) == [0, 0]


def test_interruptions_are_bounded_by_what_they_interrupt() -> None:
    assert enters(line("Ada"), line("Ben"), hints={1: 1.0}) == [0, INTERRUPTION]
    assert enters(line("Ada"), line("Ben"), hints={1: 99.0}) == [0, INTERRUPTION]
    short = "It is warm."
    (_, early) = enters(line("Ada", short), line("Ben"), hints={1: 1.0})
    assert 0 < early < 0.5 * seconds_of(short, "en")


def test_nobody_interrupts_themselves_nor_before_anybody_spoke() -> None:
    assert enters(line("Ada"), line("Ada"), hints={0: 1.0, 1: 1.0}) == [0, 0]
    assert enters(reaction("Ada"), line("Ben")) == [0, 0]
    assert enters(line("Ada", "No."), reaction("Ben")) == [0, 0.15]
