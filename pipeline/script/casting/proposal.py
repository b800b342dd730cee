"""A cast to go on with: who speaks in a book, how much, and voices that could be theirs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.model import Chapter, Role, Voice
from pipeline.script.casting.attribution import Found
from pipeline.script.casting.cast import GENDERS, NARRATOR, Cast, Manner, Part, folded, is_name
from pipeline.script.words import display_words
from pipeline.speech.voices import language_match

LEAST_LINES = 2
"""A speaker with fewer gets no voice of their own in a proposal."""
MOST_VOICES = 40
"""Speakers who get one each; more voices can hardly be told apart."""


@dataclass
class Speaker:
    """Somebody who speaks in a book."""

    name: str
    lines: int = 0
    words: int = 0
    gender: str = ""
    reason: str = ""
    """What tells the gender."""
    aliases: tuple[str, ...] = ()
    voice: str = ""
    """The voice that is proposed, or the cast's."""


@dataclass
class Proposal:
    """Who speaks in a book."""

    speakers: list[Speaker] = field(default_factory=list)
    """Who says the most comes first; the nameless speaker is not among them."""
    unnamed: Speaker = field(default_factory=lambda: Speaker(NARRATOR))
    """What is said by nobody knows whom."""
    quotes: int = 0
    unsure: int = 0
    directions: int = 0
    """Stage directions."""

    def silent(self, cast: Cast) -> list[str]:
        """Speakers of a cast who say nothing in the book."""
        heard = {folded(name) for one in self.speakers for name in (one.name, *one.aliases)}
        return [part.name for part in cast.parts if folded(part.name) not in heard]

    def cast(self, narrator: str) -> Cast:
        """As a cast file has it."""
        parts = tuple(
            Part(one.name, Manner(voice=one.voice), tuple(filter(is_name, one.aliases)), one.gender)
            for one in self.speakers
            if one.voice
        )
        return Cast(narrator=Manner(voice=narrator), parts=parts)

    def notes(self) -> Mapping[str, str]:
        """What is said of each speaker in a cast file."""
        return {one.name: _note(one) for one in self.speakers}


def survey(chapters: Iterable[Chapter], found: Iterable[Found]) -> Proposal:
    """Count what everybody says. One who is called by a shorter name in another chapter is the same."""
    lines: Counter[str] = Counter()
    words: Counter[str] = Counter()
    genders: dict[str, tuple[str, str]] = {}
    made = Proposal()
    for chapter, one in zip(chapters, found, strict=True):
        made.quotes += one.quotes
        made.unsure += one.unsure
        for name, gender in one.genders.items():
            genders.setdefault(name, (gender, one.reasons.get(name, "")))
        for block, own in zip(chapter.blocks, one.lines, strict=False):
            for line in own:
                made.directions += line.role is Role.DIRECTION
                if line.role is Role.SPEECH:
                    lines[line.speaker] += 1
                    words[line.speaker] += len(display_words(block.text[line.start : line.end])[0])
    unnamed = made.unnamed
    unnamed.lines, unnamed.words = lines.pop(NARRATOR, 0), words.pop(NARRATOR, 0)
    for names in _same(lines, genders):  # the first of each is how the cast file calls them
        gender, reason = next((genders[name] for name in names if name in genders), ("", ""))
        counted = sum(lines[name] for name in names), sum(words[name] for name in names)
        made.speakers.append(Speaker(names[0], *counted, gender, reason, tuple(names[1:])))
    made.speakers.sort(key=lambda speaker: (-speaker.words, speaker.name))
    return made


def suggest(proposal: Proposal, voices: Sequence[Voice], narrator: Voice, language: str) -> None:
    """Give each speaker of some lines a voice that no other has: of the language and of their gender where it tells.

    ``voices`` are the installed ones, and variants of them, the better of equal ones first. When there are no more,
    who says less shares with who was given the first.
    """
    fitting = sorted(
        (
            voice
            for voice in voices
            if language_match(voice.languages, language) and voice.name != narrator.name
        ),
        key=lambda voice: (-voice.quality, -language_match(voice.languages, language)),
    )
    given: Counter[str] = Counter()
    heard = [one for one in proposal.speakers if one.lines >= LEAST_LINES and is_name(one.name)]
    for speaker in heard[:MOST_VOICES]:
        ranked = [
            (given[voice.name], _wrong(speaker.gender, voice.gender), place, voice)
            for place, voice in enumerate(fitting)
        ]
        if not ranked:
            return
        best = min(ranked, key=lambda entry: entry[:3] if entry[1] < 2 else (entry[0] + 1, *entry[1:3]))[3]
        given[best.name] += 1
        speaker.voice = best.name


def _wrong(speaker: str, voice: str) -> int:
    """0: the gender fits, 1: it is not known, 2: it does not."""
    if speaker not in GENDERS or voice not in GENDERS:
        return 1
    return 0 if speaker == voice else 2


def _same(lines: Mapping[str, int], genders: Mapping[str, tuple[str, str]]) -> list[list[str]]:
    """Names of one and the same speaker, the most frequent first: those that differ in print alone, and a name of
    one word with the fuller one that has it, where there is only one of that gender."""
    ranked = sorted(lines, key=lambda one: (-lines[one], one))
    alike: dict[str, list[str]] = {}
    for name in ranked:
        alike.setdefault(folded(name) or name, []).append(name)
    words = {names[0]: frozenset(key.split()) - {"the"} for key, names in alike.items()}
    having: dict[str, list[str]] = {}
    for name, own in words.items():
        for word in own if len(own) > 1 and not name.startswith("the ") else ():
            having.setdefault(word, []).append(name)
    fuller: dict[str, str] = {}
    for name, own in words.items():
        if len(own) != 1 or name.startswith("the "):
            continue
        gender = genders.get(name, ("", ""))[0]
        found = [
            other
            for other in having.get(next(iter(own)), ())
            if " and " not in other.lower()
            and (not gender or genders.get(other, ("", ""))[0] in ("", gender))
        ]
        if len(found) == 1:
            fuller[name] = found[0]
    groups: dict[str, list[str]] = {}
    for names in alike.values():
        groups.setdefault(fuller.get(names[0], names[0]), []).extend(names)
    return [sorted(names, key=lambda one: (-lines[one], one)) for names in groups.values()]


def _note(one: Speaker) -> str:
    counted = f"{one.lines:,} line{'s' if one.lines != 1 else ''}, {one.words:,} words"
    return counted + (f"; {one.gender}, by {one.reason}" if one.gender and one.reason else "")


__all__ = ["Proposal", "Speaker", "suggest", "survey"]
