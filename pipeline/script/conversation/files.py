"""Talk files: a conversation as text that a person reads and edits.

Voxpress talk 1
title: Why cities are warm
language: en
author: Jane Doe
source: https://example.org/warm
host: Ada | espeak:en-gb+f2 | curious
host: Ben | espeak:en-us+m3

## The opening

Ada: Why is it warmer in town than in the fields?

Ben: Stone keeps the heat of the day.
> Asphalt and brick store the heat of the day and give it back at night.

Ada [reaction, enters 0.5]: I see.

Ben [enters 0.25]: And there are hardly any trees.
> Trees are rare in the old town.
? It says “hardly any”, and what it rests on does not.

A line that begins with ``>`` is a sentence of the source that the turn above rests on, one with ``?`` a doubt
about it. The first line is what makes a file a talk. Further lines of a turn go on with its text, up to an
empty line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import NoReturn

from pipeline.errors import SourceBroken, SourceEmpty, SourceTooLarge
from pipeline.limits import TALK_BYTES, TALK_ENTERS, TALK_HOSTS, TALK_SOURCES, TALK_TURNS, TURN_CHARACTERS
from pipeline.script.conversation.talk import Host, Talk, TalkChapter, Turn, TurnKind, named, one_line

FIRST_LINE = "Voxpress talk 1"
"""The number is that of the form."""
_FIRST = re.compile(r"Voxpress talk (\d{1,9})\s*")
_FIELDS = ("title", "language", "author", "source", "host")
_HOST_NAME = re.compile(r"[^\W_](?:[^:|\[\]\\\n]{0,58}[^:|\[\]\s\\])?")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*")
_TURN = re.compile(r"([^:\[\]|]{1,60}?)[ \t]*(?:\[([^\[\]]{0,60})\])?[ \t]*:(?=[ \t]|$)[ \t]*(.*)")
_BETWEEN = re.compile(r",(?!\d)")
_ENTERS = re.compile(r"enters[ \t]+(\d{1,3}(?:[.,]\d{1,3})?)(?:[ \t]*s)?", re.I)


def parse_talk(text: str, origin: str) -> Talk:
    """The conversation in a talk file.

    Raises ``SourceBroken`` (one sentence with ``origin`` and the number of the line), ``SourceEmpty`` where
    nobody says anything, ``SourceTooLarge`` beyond the limits.
    """
    if len(text) > TALK_BYTES:
        raise SourceTooLarge(f"{origin} is a talk of more than {TALK_BYTES >> 20} MB, the most that is read.")
    return _Reader(origin).read(text)


def write_talk(talk: Talk) -> str:
    """A conversation as a talk file: what ``parse_talk`` reads from it is the same conversation."""
    lines = [FIRST_LINE]
    lines += [f"title: {talk.title}"] if talk.title else []
    lines += [f"language: {talk.language}"] if talk.language else []
    lines += [f"author: {author}" for author in talk.authors]
    lines += [f"source: {talk.source}"] if talk.source else []
    for host in talk.hosts:
        said = [host.name, host.voice, host.temperament]
        while not said[-1]:
            said.pop()
        lines.append(f"host: {' | '.join(said)}")
    for place, chapter in enumerate(talk.chapters):
        if chapter.title or place:
            lines += ["", f"## {chapter.title}"]
        for turn in chapter.turns:
            lines += ["", f"{turn.speaker}{_marks(turn)}: {turn.text}"]
            lines += [f"> {sentence}" for sentence in turn.rests_on]
            lines += [f"? {doubt}" for doubt in turn.doubts]
    return "\n".join(lines) + "\n"


def _marks(turn: Turn) -> str:
    marks = [turn.kind.value] if turn.kind is not TurnKind.LINE else []
    marks += [f"enters {turn.enters:g}"] if turn.enters else []
    return f" [{', '.join(marks)}]" if marks else ""


@dataclass
class _Reader:
    """Reads one file, line by line."""

    origin: str
    number: int = 0
    """Of the line at hand."""
    fields: dict[str, list[str]] = field(default_factory=dict)
    hosts: list[Host] = field(default_factory=list)
    chapters: list[tuple[str, list[Turn]]] = field(default_factory=list)
    turns: int = 0
    open: bool = False
    """Whether the next line may go on with the turn's text."""

    def read(self, text: str) -> Talk:
        lines = iter(text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n"))
        self._first(next(lines))
        self.number = 1
        self._head(lines)
        for line in lines:
            self.number += 1
            self._line(line.rstrip())
        chapters = tuple(TalkChapter(title, tuple(turns)) for title, turns in self.chapters if turns)
        if not chapters:
            raise SourceEmpty(f"{self.origin} is a talk in which nobody says anything.")
        return Talk(
            title="".join(self.fields.get("title", [])),
            hosts=tuple(self.hosts),
            chapters=chapters,
            language="".join(self.fields.get("language", [])),
            authors=tuple(self.fields.get("author", [])),
            source="".join(self.fields.get("source", [])),
        )

    def _first(self, line: str) -> None:
        self.number = 1
        found = _FIRST.fullmatch(line)
        if found is None:
            self._wrong(f"a talk begins with “{FIRST_LINE}”")
        elif int(found[1]) != 1:
            self._wrong(f"this is a talk of form {found[1]}, and this version reads form 1: update it")

    def _head(self, lines: Iterator[str]) -> None:
        for line in lines:
            self.number += 1
            if not line.strip():
                break
            name, colon, value = line.partition(":")
            name, value = name.strip().lower(), one_line(value)
            if not colon or name not in _FIELDS:
                self._wrong(
                    f"the head of a talk has no “{one_line(line)[:40]}”; there are: {', '.join(_FIELDS)}, and an "
                    "empty line ends it"
                )
            if name in ("title", "language", "source") and name in self.fields:
                self._wrong(f"there is a second {name}")
            if name == "language" and value and not _LANGUAGE.fullmatch(value):
                self._wrong(f"“{value[:40]}” is no language: write a tag such as en-GB")
            if name == "host":
                self._host(value)
            elif value:
                self.fields.setdefault(name, []).append(value)
        if not self.hosts:
            self._wrong("the head names no host: write a line such as “host: Ada”")

    def _host(self, value: str) -> None:
        parts = [part.strip() for part in value.split("|")]
        if len(parts) > 3:
            self._wrong("a host is: NAME | VOICE | TEMPERAMENT")
        host = Host(*parts)
        if not is_host_name(host.name):
            self._wrong(f"“{host.name[:40]}” is no name of a host: letters, without : | and brackets")
        if named(tuple(self.hosts), host.name):
            self._wrong(f"{host.name} is a host already")
        self.hosts.append(host)
        if len(self.hosts) > TALK_HOSTS:
            raise SourceTooLarge(f"{self.origin} has more than {TALK_HOSTS} hosts.")

    def _line(self, line: str) -> None:
        text = line.lstrip()
        if not text:
            self.open = False
        elif text.startswith("## ") or text == "##":
            self._heading(one_line(text[2:]))
        elif text.startswith((">", "?")):
            self._beneath(text[0], one_line(text[1:]))
        elif self.open and not self._begins_turn(text):
            last = self._turn()
            self._replace(replace(last, text=one_line(f"{last.text} {text}")))
        else:
            self._new_turn(text)

    def _heading(self, title: str) -> None:
        if not title:
            self._wrong("the chapter has no title")
        self.chapters.append((title, []))
        self.open = False

    def _begins_turn(self, text: str) -> bool:
        match = _TURN.fullmatch(text)
        return match is not None and named(tuple(self.hosts), match[1]) is not None

    def _new_turn(self, text: str) -> None:
        match = _TURN.fullmatch(text)
        host = named(tuple(self.hosts), match[1]) if match else None
        there = ", ".join(one.name for one in self.hosts)
        if match is None:
            self._wrong(f"nobody says this: begin it with the name of a host and a colon ({there})")
        if host is None:
            self._wrong(f"“{one_line(match[1])[:40]}” is no host of this talk; there are: {there}")
        kind, enters = self._marks(match[2] or "")
        turn = Turn(host.name, one_line(match[3]), (), enters, kind)
        if not turn.text:
            self._wrong(f"{host.name} says nothing")
        if not self.chapters:
            self.chapters.append(("", []))
        if enters and not self.turns:
            self._wrong("nobody speaks yet whom this could interrupt")
        self.chapters[-1][1].append(turn)
        self.turns += 1
        if self.turns > TALK_TURNS:
            raise SourceTooLarge(f"{self.origin} has more than {TALK_TURNS:,} turns: split it.")
        self._replace(turn)
        self.open = True

    def _marks(self, marks: str) -> tuple[TurnKind, float]:
        kind, enters = TurnKind.LINE, 0.0
        for mark in filter(None, (part.strip() for part in _BETWEEN.split(marks))):
            if mark.lower() in (one.value for one in TurnKind):
                kind = TurnKind(mark.lower())
            elif found := _ENTERS.fullmatch(mark):
                enters = round(float(found[1].replace(",", ".")), 2)
            else:
                self._wrong(f"“{mark}” is no mark: write [enters 0.4] or [reaction]")
        if enters > TALK_ENTERS:
            self._wrong(f"it enters {enters:g} s before the end, and the most is {TALK_ENTERS:g} s")
        return kind, enters

    def _beneath(self, sign: str, text: str) -> None:
        self.open = False
        what = "a sentence of the source" if sign == ">" else "a doubt"
        if not self.chapters or not self.chapters[-1][1]:
            self._wrong(f"{what} stands beneath no turn")
        last = self._turn()
        if not text:
            return
        if sign == ">":
            last = replace(last, rests_on=(*last.rests_on, text))
            if len(last.rests_on) > TALK_SOURCES:
                self._wrong(f"a turn rests on {TALK_SOURCES} sentences at the most")
        else:
            last = replace(last, doubts=(*last.doubts, text))
        self.chapters[-1][1][-1] = last

    def _turn(self) -> Turn:
        return self.chapters[-1][1][-1]

    def _replace(self, turn: Turn) -> None:
        if len(turn.text) > TURN_CHARACTERS:
            self._wrong(f"{turn.speaker} says more than {TURN_CHARACTERS:,} characters at a time: divide it")
        self.chapters[-1][1][-1] = turn

    def _wrong(self, what: str) -> NoReturn:
        raise SourceBroken(f"{self.origin}, line {self.number}: {what}.")


def is_host_name(name: str) -> bool:
    """Whether a host can be called so in a talk file."""
    return _HOST_NAME.fullmatch(name) is not None and any(map(str.isalpha, name))


__all__ = ["FIRST_LINE", "is_host_name", "parse_talk", "write_talk"]
