"""Transcripts and chapters of an episode: they can be read, and their times lie inside the audio."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.limits import SHOW_TEXT_BYTES
from pipeline.publish.podcast.checks.findings import REBUILD, Findings
from pipeline.publish.podcast.checks.folder import read_limited

LATE = 1.0
"""Seconds for which the last cue may stay after the audio's end: subtitles are shown for a moment at least."""
_VTT_TIME = r"(?:(\d{2,}):)?([0-5]\d):([0-5]\d)\.(\d{3})"
_VTT_CUE = re.compile(rf"{_VTT_TIME}[ \t]+-->[ \t]+{_VTT_TIME}(?:[ \t].*)?")
_VTT_INNER = re.compile(rf"<{_VTT_TIME}>")
_SRT_TIME = r"(\d{2,}):([0-5]\d):([0-5]\d),(\d{3})"
_SRT_CUE = re.compile(rf"{_SRT_TIME} --> {_SRT_TIME}\s*")


@dataclass(frozen=True, slots=True)
class Span:
    """When something is said, in seconds."""

    start: float
    end: float


@dataclass(frozen=True, slots=True)
class ToldChapter:
    """A chapter as a chapters file has it."""

    title: str
    start: float
    """Seconds."""


class _Wrong(Exception):
    """What is wrong with a file."""


def check_transcript(path: Path, kind: str, duration: float | None, findings: Findings) -> None:
    """Look at a transcript of the media type ``kind``; ``duration`` is the audio's, where it is known."""
    reader = _READERS.get(kind.strip().lower())
    if reader is None:
        return
    count = 0
    before = 0.0
    try:
        text = read_limited(path, SHOW_TEXT_BYTES).decode("utf-8-sig")
        for span in reader(text):
            count += 1
            if span.end < span.start:
                raise _Wrong(f"entry {count} ends before it begins")
            if duration is not None and (span.start > duration or span.end > duration + LATE):
                raise _Wrong(
                    f"entry {count} is at {span.start:.1f} to {span.end:.1f} s, and the audio has {duration:.1f} s"
                )
            if reader is not _json_spans and span.start < before:
                raise _Wrong(f"entry {count} begins before the one in front of it")
            before = span.start
    except UnicodeDecodeError:
        findings.error(path.name, "it is not UTF-8", REBUILD)
    except (_Wrong, ValueError, OSError, OverflowError, RecursionError) as error:
        findings.error(path.name, str(error) or "it is nested too deeply", REBUILD)
    else:
        if not count:
            findings.error(path.name, "nothing is said in it", REBUILD)


def read_chapters(path: Path, duration: float | None, findings: Findings) -> list[ToldChapter] | None:
    """The chapters of a ``chapters.json``; none, and a finding, where it is not valid."""
    try:
        found = _chapters(json.loads(read_limited(path, SHOW_TEXT_BYTES).decode("utf-8-sig")), duration)
    except (_Wrong, ValueError, OSError, OverflowError, RecursionError) as error:
        findings.error(
            path.name, f"it is no chapters file: {str(error) or 'it is nested too deeply'}", REBUILD
        )
        return None
    return found


def _chapters(told: Any, duration: float | None) -> list[ToldChapter]:
    if not isinstance(told, dict) or not isinstance(told.get("version"), str):
        raise _Wrong("it has no version")
    if not isinstance(told.get("chapters"), list) or not told["chapters"]:
        raise _Wrong("it has no list of chapters")
    found: list[ToldChapter] = []
    for number, entry in enumerate(told["chapters"], start=1):
        if not isinstance(entry, dict):
            raise _Wrong(f"chapter {number} is not an object")
        span = _span(entry, f"chapter {number}")
        if found and span.start < found[-1].start:
            raise _Wrong(f"chapter {number} begins before the one in front of it")
        if span.end < span.start or (duration is not None and max(span.start, span.end) > duration + LATE):
            raise _Wrong(f"chapter {number} does not lie inside the audio")
        for name in ("title", "url", "img"):
            if name in entry and not isinstance(entry[name], str):
                raise _Wrong(f"the {name} of chapter {number} is not text")
        for name in ("url", "img"):
            if entry.get(name) and not re.match(r"https?://", entry[name]):
                raise _Wrong(f"the {name} of chapter {number} is no web address")
        if entry.get("toc", True) is not False:
            found.append(ToldChapter(entry.get("title", ""), span.start))
    return found


def _span(entry: dict[str, Any], name: str) -> Span:
    start = _time(entry.get("startTime"), name)
    return Span(start, _time(entry.get("endTime", start), name))


def _time(value: object, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        raise _Wrong(f"{name} has no time that is a number of seconds")
    return float(value)


def _json_spans(text: str) -> Iterator[Span]:
    told = json.loads(text)
    if not isinstance(told, dict) or not isinstance(told.get("version"), str):
        raise _Wrong("it has no version")
    if not isinstance(told.get("segments"), list):
        raise _Wrong("it has no list of segments")
    for number, entry in enumerate(told["segments"], start=1):
        if not isinstance(entry, dict) or not isinstance(entry.get("body"), str):
            raise _Wrong(f"segment {number} has no body")
        if "speaker" in entry and not isinstance(entry["speaker"], str):
            raise _Wrong(f"the speaker of segment {number} is not a name")
        yield _span(entry, f"segment {number}")


def _vtt_spans(text: str) -> Iterator[Span]:
    first, *blocks = re.split(r"\n{2,}", text.replace("\r\n", "\n").replace("\r", "\n").strip("\n"))
    if not re.match(r"WEBVTT(?:[ \t\n]|$)", first):
        raise _Wrong("it does not begin with WEBVTT")
    for block in blocks:
        lines = block.split("\n")
        if lines[0].startswith(("NOTE", "STYLE", "REGION")) and "-->" not in lines[0]:
            continue
        at = 0 if "-->" in lines[0] else 1
        matched = _VTT_CUE.fullmatch(lines[at]) if at < len(lines) else None
        if matched is None:
            raise _Wrong(f"'{lines[min(at, len(lines) - 1)][:40]}' is no time of a cue")
        times = matched.groups(default="0")
        span = Span(_seconds(times[:4]), _seconds(times[4:]))
        if span.end <= span.start or not any(lines[at + 1 :]):
            raise _Wrong(f"the cue at {lines[at][:40]} shows nothing")
        inner = span.start
        for word in _VTT_INNER.finditer("\n".join(lines[at + 1 :])):
            time = _seconds(word.groups(default="0"))
            if not inner < time < span.end:
                raise _Wrong(f"the time {word[0]} does not lie inside its cue")
            inner = time
        yield span


def _srt_spans(text: str) -> Iterator[Span]:
    for number, block in enumerate(re.split(r"\n{2,}", text.replace("\r\n", "\n").strip("\n")), start=1):
        lines = block.split("\n")
        matched = _SRT_CUE.fullmatch(lines[1]) if len(lines) > 2 and lines[0].strip() == str(number) else None
        if matched is None:
            raise _Wrong(f"its entry {number} has not number, times and text")
        yield Span(_seconds(matched.groups()[:4]), _seconds(matched.groups()[4:]))


def _seconds(parts: tuple[str | Any, ...]) -> float:
    hours, minutes, seconds, milliseconds = map(int, parts)
    return hours * 3600 + minutes * 60 + seconds + milliseconds / 1000


_READERS: dict[str, Callable[[str], Iterator[Span]]] = {
    "text/vtt": _vtt_spans,
    "application/x-subrip": _srt_spans,
    "application/srt": _srt_spans,
    "text/srt": _srt_spans,
    "application/json": _json_spans,
}
