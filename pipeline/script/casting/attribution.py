"""Who says what in a chapter: marks of the source first, then print, then what stands around quotations."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pipeline.model import Block, Chapter, Role
from pipeline.script.casting.cast import NARRATOR, NO_CAST, Cast
from pipeline.script.casting.lines import Line, Lines, marked_lines
from pipeline.script.casting.printed import printed_lines
from pipeline.script.casting.rules import LANGUAGES, Rules, Speech, gender_of
from pipeline.script.casting.saying import FIRST_PERSON
from pipeline.script.sentences import primary_language


@dataclass(frozen=True, slots=True)
class Found:
    """What was found in a chapter."""

    lines: tuple[Lines, ...] = ()
    """For each block."""
    genders: Mapping[str, str] = field(default_factory=dict)
    """Of speakers, where something tells."""
    reasons: Mapping[str, str] = field(default_factory=dict)
    """What tells it."""
    quotes: int = 0
    """Quotations that speakers were looked for."""
    unsure: int = 0
    """Those for which none was found."""
    told: int = 0
    """Those whose speaker was told by who was asked (``Ask``)."""

    def speakers(self) -> tuple[str, ...]:
        """Everybody who says something, in order; the empty name is somebody."""
        said = (line.speaker for lines in self.lines for line in lines if line.role is Role.SPEECH)
        return tuple(dict.fromkeys(said))

    def has_directions(self) -> bool:
        """Whether there are stage directions."""
        return any(line.role is Role.DIRECTION for lines in self.lines for line in lines)


Ask = Callable[[Sequence[Block], Sequence[Speech], Sequence[str]], Mapping[int, str]]
"""Knows better who says quotations than the rules do, by their places, of speakers with these names."""


def attribute(
    chapter: Chapter, language: str, cast: Cast = NO_CAST, *, quotes: bool = True, ask: Ask | None = None
) -> Found:
    """Who says what in ``chapter``, whose blocks are in ``language`` (BCP 47) unless they name another.

    Names are those of the cast where it knows them, also by their aliases. With ``quotes`` quotations are given to
    speakers where the source has no marks of its own; languages other than ``LANGUAGES`` have none. ``ask`` is asked
    about those whose speaker is not named beside them.
    """
    lines: list[Lines] = [marked_lines(block) for block in chapter.blocks]
    if not any(lines) and (printed := printed_lines(chapter.blocks, cast)):
        lines = printed
    if any(line.speaker for own in lines for line in own) or not quotes:
        return _named(lines, cast, primary_language(language))
    speeches, genders = speeches_of(chapter, language, cast)
    if ask is not None and speeches:
        speeches = _asked(chapter.blocks, speeches, cast, ask)
    return with_speeches(lines, speeches, cast, genders)


def speeches_of(
    chapter: Chapter, language: str, cast: Cast
) -> tuple[list[Speech], dict[str, tuple[str, str]]]:
    """The quotations of a chapter with their speakers by rules, and the genders of these, with reasons."""
    tongue = primary_language(language)
    if tongue not in LANGUAGES:
        return [], {}
    rules = Rules(chapter.blocks, tongue, language, cast)
    return rules.speeches(), rules.genders


def _asked(blocks: Sequence[Block], speeches: Sequence[Speech], cast: Cast, ask: Ask) -> list[Speech]:
    named = (cast.called(one.speaker) for one in speeches if one.speaker and one.speaker != FIRST_PERSON)
    names = tuple(dict.fromkeys((*(part.name for part in cast.parts), *named)))
    answers = ask(blocks, speeches, names)
    return [
        replace(one, speaker=answers[place], told=True) if place in answers and not one.named else one
        for place, one in enumerate(speeches)
    ]


def with_speeches(
    lines: Sequence[Lines], speeches: Sequence[Speech], cast: Cast, genders: Mapping[str, tuple[str, str]]
) -> Found:
    """What was found where quotations were given to speakers; those of the one who tells the story are nobody's."""
    made = [list(own) for own in lines]
    for speech in speeches:
        if speech.speaker == FIRST_PERSON:
            continue
        speaker = cast.called(speech.speaker) if speech.speaker else NARRATOR
        line = Line(speech.quote.start, speech.quote.end, speaker)
        if not _overlaps(line, lines[speech.block]):
            made[speech.block].append(line)  # what the source marks goes before what the rules find
    return Found(
        lines=tuple(tuple(sorted(own, key=lambda line: line.start)) for own in made),
        genders={cast.called(name): gender for name, (gender, _) in genders.items()},
        reasons={cast.called(name): reason for name, (_, reason) in genders.items()},
        quotes=len(speeches),
        unsure=sum(speech.speaker is None for speech in speeches),
        told=sum(speech.told for speech in speeches),
    )


def _overlaps(line: Line, others: Lines) -> bool:
    """Whether a line has a character in common with one of others."""
    place = bisect_left(others, line.end, key=lambda other: other.start)
    return place > 0 and others[place - 1].end > line.start


def _named(lines: Sequence[Lines], cast: Cast, tongue: str) -> Found:
    """Lines under the names that the cast has for their speakers; names in capitals as names are written."""
    made = tuple(tuple(replace(one, speaker=_plain_name(one.speaker, cast)) for one in own) for own in lines)
    genders: dict[str, tuple[str, str]] = {}
    for name in dict.fromkeys(line.speaker for own in made for line in own if line.speaker):
        gender, reason = gender_of(name, tongue)
        if gender:
            genders[name] = gender, reason
    return Found(
        made,
        {name: gender for name, (gender, _) in genders.items()},
        {name: reason for name, (_, reason) in genders.items()},
    )


def _plain_name(name: str, cast: Cast) -> str:
    if cast.part(name):
        return cast.called(name)
    return name.title() if name.isupper() and len(name) > 2 else name


__all__ = ["Found", "attribute", "speeches_of", "with_speeches"]
