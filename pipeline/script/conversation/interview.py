"""An interview about a source, by rules and without any model: headings are asked about, and its own words
answer.

The same source always gives the same interview. All that is told of the source are its own sentences, and each
answer rests on them; the rest are set phrases (``phrases``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipeline.limits import TALK_SOURCES, TURN_CHARACTERS
from pipeline.model import BlockKind
from pipeline.script.conversation.overlaps import with_overlaps
from pipeline.script.conversation.phrases import Phrases, phrases_for
from pipeline.script.conversation.sections import Passage, Section, extract, seconds_of
from pipeline.script.conversation.talk import Host, Talk, TalkChapter, Turn, TurnKind, one_line

ANSWER_SECONDS = 30.0
"""After which the other is heard again."""
SHORT_CHAPTER = 20.0
"""Seconds; a section that takes less is no chapter of its own."""
AUTHORS = 3
"""Named at the most."""
_NUMBER = re.compile(r"^\W*(?:\d{1,3}(?:\.\d{1,3}){0,4}[.):]?|[IVXLC]{1,6}[.):])\s+(?=\S)")
_SAYS_NOTHING = re.compile(r"\W*(?:[\d.]+|[IVXLC]+|[^\W\d_]+ (?:\d+|[IVXLC]+))\W*")
"""Heading such as "III" or "Chapter 3"."""
_ENDS = re.compile(r"[\s.:;,–—-]+$")
_QUESTION = re.compile(r"[?？؟;]\W*$")
_QUOTES = re.compile(r"[“”„«»\"]")


@dataclass(frozen=True, slots=True)
class About:
    """What a conversation is about."""

    title: str
    language: str
    """BCP 47."""
    authors: tuple[str, ...] = ()
    source: str = ""
    """Its path or address."""

    def talk(self, hosts: Sequence[Host], chapters: Sequence[TalkChapter]) -> Talk:
        """A conversation about it."""
        title, source = one_line(self.title), one_line(self.source)
        return Talk(title, tuple(hosts), tuple(chapters), self.language, _lines(self.authors), source)


def interview(
    sections: Sequence[Section], about: About, hosts: Sequence[Host] = (), seconds: float = 0.0
) -> Talk:
    """An interview about a source with these sections, of about so many ``seconds``; 0: with all of it.

    The first of ``hosts`` asks, the others answer in turns, a section each. Deterministic.
    """
    hosts = tuple(hosts) or default_hosts(about.language)
    phrases = phrases_for(about.language)
    chosen = extract(sections, seconds, about.language)
    asked = _Asked(phrases)
    parts: list[tuple[str, list[Turn]]] = [(about.title, list(greeting(about, hosts, phrases)))]
    for place, section in enumerate(chosen):
        guest = hosts[1 + place % (len(hosts) - 1)]
        turns = [
            *asked.question(section, hosts[0].name),
            *_answer(section, hosts[0], guest, about, phrases, asked),
        ]
        short = sum(seconds_of(turn.text, about.language) for turn in turns) < SHORT_CHAPTER
        if section.title and not (short and place) and parts[-1][1]:
            parts.append((section.title, turns))
        else:
            parts[-1][1].extend(turns)
    parts[-1][1].extend(farewell(about, hosts, phrases))
    chapters = tuple(
        TalkChapter(title, with_overlaps(turns, about.language)) for title, turns in parts if turns
    )
    return about.talk(hosts, chapters)


def default_hosts(language: str) -> tuple[Host, ...]:
    """Two, for a text in a language (BCP 47)."""
    return tuple(map(Host, phrases_for(language).names))


def greeting(about: About, hosts: Sequence[Host], phrases: Phrases) -> Iterator[Turn]:
    """The first words: what it is about, who wrote it, who speaks."""
    title = _inside(about.title)
    if not phrases.welcome:
        yield Turn(hosts[0].name, one_line(about.title))
        return
    said = [phrases.welcome[_pick(title, len(phrases.welcome))].format(title=title)]
    if about.authors:
        said.append(phrases.by.format(authors=", ".join(_lines(about.authors)[:AUTHORS])))
    said.append(phrases.me.format(name=hosts[0].name))
    yield Turn(hosts[0].name, one_line(" ".join(said)))
    for host in hosts[1:]:
        yield Turn(host.name, one_line(phrases.me_too.format(name=host.name)))


def farewell(about: About, hosts: Sequence[Host], phrases: Phrases) -> Iterator[Turn]:
    """The last words."""
    if phrases.thanks:
        yield Turn(hosts[0].name, one_line(phrases.thanks.format(title=_inside(about.title))))
        yield Turn(hosts[1].name, one_line(phrases.goodbye.format(name=hosts[0].name)))


class _Asked:
    """What was asked so far: phrases come in turns, so that none follows itself."""

    def __init__(self, phrases: Phrases) -> None:
        self._phrases = phrases
        self._places: dict[tuple[str, ...], int] = {}

    def next(self, phrases: tuple[str, ...]) -> str:
        """The next of these; empty where there are none."""
        if not phrases:
            return ""
        place = self._places.get(phrases, 0)
        self._places[phrases] = place + 1
        return phrases[place % len(phrases)]

    def question(self, section: Section, speaker: str) -> Iterator[Turn]:
        """The question that a section answers."""
        said = self._question(section)
        if said:
            yield Turn(speaker, one_line(said))

    def _question(self, section: Section) -> str:
        if not section.title:
            return self.next(self._phrases.opening)
        heading = _NUMBER.sub("", section.title)
        if _QUESTION.search(heading):
            return heading
        heading = _ENDS.sub("", heading)
        if heading.isupper() and " " in heading:
            heading = heading.capitalize()  # print shouts, hosts do not
        if found := self._phrases.known.get(heading.casefold()):
            return found
        if _SAYS_NOTHING.fullmatch(section.title) and self._phrases.unnamed:
            return self.next(self._phrases.unnamed)
        return self.next(self._phrases.about).format(heading=_inside(heading))


@dataclass(frozen=True, slots=True)
class _Said:
    """A sentence as it is told."""

    text: str
    rests_on: tuple[str, ...]
    begins: bool = False
    """A new passage begins with it."""


def _answer(
    section: Section, asker: Host, guest: Host, about: About, phrases: Phrases, asked: _Asked
) -> Iterator[Turn]:
    """The section in turns of ``ANSWER_SECONDS``, with a few words of the other between them."""
    turns = list(_in_turns(_told(section.passages, phrases), about.language))
    for place, said in enumerate(turns):
        text = one_line(" ".join(one.text for one in said))
        yield Turn(guest.name, text, tuple(one for part in said for one in part.rests_on))
        if place + 1 == len(turns):
            return
        asks = turns[place + 1][0].begins and not place % 2
        between = asked.next(phrases.go_on if asks else phrases.reactions)
        if between:
            yield Turn(asker.name, between, kind=TurnKind.LINE if asks else TurnKind.REACTION)


def _in_turns(told: Iterator[_Said], language: str) -> Iterator[list[_Said]]:
    turn: list[_Said] = []
    seconds = 0.0
    for one in told:
        needed = seconds_of(one.text, language)
        size = sum(len(said.text) + 1 for said in turn) + len(one.text)
        if turn and (
            seconds + needed > ANSWER_SECONDS or size > TURN_CHARACTERS or len(turn) >= TALK_SOURCES
        ):
            yield turn
            turn, seconds = [], 0.0
        turn.append(one)
        seconds += needed
    if turn:
        yield turn


def _told(passages: Sequence[Passage], phrases: Phrases) -> Iterator[_Said]:
    """The sentences of passages, quotations and lists announced."""
    place = 0
    while place < len(passages):
        passage = passages[place]
        if passage.kind is BlockKind.LIST_ITEM:
            items = [passage]
            while (
                place + len(items) < len(passages)
                and passages[place + len(items)].kind is BlockKind.LIST_ITEM
            ):
                items.append(passages[place + len(items)])
            yield from _list(items, phrases)
            place += len(items)
            continue
        template = phrases.quote if passage.kind is BlockKind.QUOTE else "{text}"
        for number, sentence in enumerate(passage.sentences):
            text = template.replace("{text}", sentence) if not number else sentence
            yield _Said(text[:TURN_CHARACTERS], (sentence,), begins=not number)
        place += 1


def _list(items: Sequence[Passage], phrases: Phrases) -> Iterator[_Said]:
    counted = len(items) > 1
    for place, item in enumerate(items):
        template = "{text}"
        if counted and phrases.ordinals:
            template = phrases.ordinals[place] if place < len(phrases.ordinals) else phrases.then
        if counted and not place and phrases.listed:
            template = f"{phrases.listed.format(count=len(items))} {template}"
        for number, sentence in enumerate(item.sentences):
            text = template.replace("{text}", sentence) if not number else sentence
            yield _Said(text[:TURN_CHARACTERS], (sentence,), begins=not place and not number)


def _inside(title: str) -> str:
    """A title as it stands between quotation marks."""
    return _ENDS.sub("", _QUOTES.sub("", one_line(title)))


def _lines(texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(line for text in texts if (line := one_line(text)))


def _pick(text: str, count: int) -> int:
    """One of so many, by what it is about."""
    return sum(map(ord, text)) % count


__all__ = ["About", "default_hosts", "farewell", "greeting", "interview"]
