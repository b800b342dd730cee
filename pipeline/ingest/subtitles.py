"""Subtitles as text (.srt, .vtt): cues joined into sentences; times, styling and names of speakers left out.

WebVTT after the W3C's specification (blocks, cue text); SubRip has none, so it is read as forgivingly as players do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path

from pipeline.errors import SourceBroken
from pipeline.ingest import charset as charsets
from pipeline.ingest.blocks_text import SkipLog, fold, words_in
from pipeline.model import Block, BlockKind, Book, Chapter, Metadata, SourceInfo, SourceKind
from pipeline.settings import ReadingSettings

PAUSE = 3.0
"""Seconds without a cue after which a new paragraph begins, if the sentence is over."""
PARAGRAPH = 600
"""Characters after which the next sentence begins a new paragraph."""
_TIME = r"(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})(?:[.,:](\d{1,3}))?"
_TIMING = re.compile(rf"^\s*{_TIME}\s*-{{1,2}}>\s*{_TIME}(?:\s.*)?$")
_NUMBER = re.compile(r"^\s*\d{1,7}\s*$")
_RUBY = re.compile(r"<rt\b[^<>]*>.*?</rt>", re.I | re.S)
_VOICE = re.compile(r"<v\b[^<>]*>", re.I)
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,200}>|<\d[\d:.]{0,20}>|\{\\[^{}]{0,200}\}|\{[a-zA-Z]:[^{}]{0,100}\}")
_HEARD = re.compile(r"\[[^\[\]]{1,120}\]|\((?=[^()]*[^\W\d_])[^()a-zà-ÿа-я]{2,120}\)|[♪♫#♩♬]+")
"""Sounds and music as they are told to those who cannot hear them: in brackets, or in capitals in parentheses."""
_SPEAKER = re.compile(r"^(?:>>\s*)?[A-ZÀ-ÞА-ЯЁ][A-ZÀ-ÞА-ЯЁ0-9 .'#-]{1,30}:\s+(?=\S)|^>>+\s*")
_DASH = re.compile(r"^[-–—‐]\s*(?=\S)")
_ENDED = re.compile(r"[.!?…。！？؟।][\"'”’»)\]」』]*$")
_SHORTEST = 0.05
"""Seconds; a cue that is shorter only holds what the one before it said (rolled-up captions)."""


@dataclass(frozen=True, slots=True)
class _Cue:
    start: float
    end: float
    """Seconds."""
    lines: tuple[str, ...]


def read_subtitles(path: Path, settings: ReadingSettings, uri: str, sha256: str, charset: str = "") -> Book:
    """Read subtitles as one chapter of text. Raises ``SourceBroken`` when there is no cue in them."""
    text, doubt = charsets.decode(path.read_bytes(), charset)
    lines = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    is_vtt = lines[0].startswith("WEBVTT")
    cues = list(_cues(lines, is_vtt))
    if not cues:
        raise SourceBroken(f"{uri} has no cues with times: it is no subtitles, or damaged.")
    skip = SkipLog()
    blocks = tuple(Block(BlockKind.PARAGRAPH, text) for text in _paragraphs(cues, skip))
    return Book(
        source=SourceInfo(SourceKind.SUBTITLES, uri, sha256),
        metadata=Metadata(language=_language(lines) if is_vtt else ""),
        chapters=(Chapter(0, "", 1, blocks),) if blocks else (),
        skipped=skip.skipped(),
        doubts=(f"{uri}: {doubt}",) if doubt else (),
    )


def _cues(lines: list[str], is_vtt: bool) -> Iterator[_Cue]:
    """The cues in the order of the file."""
    timing: tuple[float, float] | None = None
    said: list[str] = []
    ended = False
    for line in lines:
        if match := _TIMING.match(line):
            if timing is not None:
                if said and not is_vtt and _NUMBER.match(said[-1]):
                    said.pop()  # the number of the cue that begins here
                yield _Cue(*timing, tuple(said))
            timing = (_seconds(match.groups()[:4]), _seconds(match.groups()[4:]))
            said, ended = [], False
        elif timing is None:
            continue  # a header, or a comment before the first cue
        elif not line.strip():
            ended = True
        elif not (is_vtt and ended):  # else the name of the next cue, a comment, a style
            said.append(line)
    if timing is not None:
        yield _Cue(*timing, tuple(said))


def _seconds(parts: tuple[str | None, ...]) -> float:
    hours, minutes, seconds, rest = (part or "0" for part in parts)
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds) + int(rest.ljust(3, "0")) / 1000


def _paragraphs(cues: list[_Cue], skip: SkipLog) -> Iterator[str]:
    """What is said, a paragraph for each speaker, and after pauses."""
    current = ""
    before = _Cue(0.0, 0.0, ())
    for cue in cues:
        fresh = _without_repeated(cue, before)
        gap = cue.start - before.end
        for number, line in enumerate(fresh):
            text, turns = _said(line, skip)
            if not text:
                continue
            over = bool(_ENDED.search(current))
            breaks = turns or (over and ((gap >= PAUSE and number == 0) or len(current) > PARAGRAPH))
            if current and breaks:
                yield fold(current)
                current = text
            else:
                current = f"{current}\n{text}" if current else text
        before = _Cue(cue.start, max(cue.end, cue.start), cue.lines or before.lines)
    if fold(current):
        yield fold(current)


def _without_repeated(cue: _Cue, before: _Cue) -> tuple[str, ...]:
    """The lines of a cue without those that captions rolling up repeat from the one before."""
    lines, shown = _plain(cue.lines), _plain(before.lines)
    if not shown or cue.start > before.end + 0.1:
        return cue.lines
    if cue.end - cue.start <= _SHORTEST and lines == shown[-len(lines) :]:
        return ()
    if len(lines) < 2:
        return cue.lines
    repeated = next((n for n in range(len(lines) - 1, 0, -1) if lines[:n] == shown[-n:]), 0)
    return cue.lines[repeated:]


def _plain(lines: tuple[str, ...]) -> list[str]:
    return [fold(_TAG.sub("", line)) for line in lines]


def _said(line: str, skip: SkipLog) -> tuple[str, bool]:
    """What is said in a line, and whether another speaker begins with it."""
    turns = bool(_VOICE.search(line))
    text = fold(unescape(_TAG.sub("", _RUBY.sub("", line))))
    dashed = _DASH.match(text)
    if dashed:
        text, turns = text[dashed.end() :], True
    heard = _HEARD.findall(text)
    if heard:
        for sound in heard:
            skip.add("sound", words_in(sound))
        text = fold(_HEARD.sub(" ", text)).lstrip(":- ")
    named = _SPEAKER.match(text)
    if named:
        skip.add("speaker", words_in(named[0]))
        text, turns = text[named.end() :], True
    return text, turns


def _language(lines: list[str]) -> str:
    """As the header of a WebVTT file may say it: "Language: en"."""
    for line in lines[1:10]:
        name, colon, value = line.partition(":")
        if colon and name.strip().lower() == "language":
            return value.strip()
    return ""


__all__ = ["read_subtitles"]
