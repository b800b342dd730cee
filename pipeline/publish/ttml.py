"""TTML beside the audio: Timed Text Markup Language 2 of the W3C, in its profile for text, IMSC 1.1.

A cue is a paragraph that shows for its time, and each word in it a span that is lit while it is spoken: ``set``
changes its colour from ``begin`` to ``end``. Timing the spans themselves would hide every word but the one that
is heard. Times inside a paragraph count from its begin (TTML2, section 12).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from pipeline.publish.cues import Cue, cues_of, milliseconds
from pipeline.publish.markup import direction, written
from pipeline.publish.timed_text import TextSink, TimedChapter, TimedHead, beside
from pipeline.publish.transcript import TimedWord
from pipeline.publish.vtt import clock

if TYPE_CHECKING:
    from pipeline.publish.companions import CompanionJob
    from pipeline.publish.plan import PublishedFile

SPOKEN = "#ffd400"
"""Colour of the word that is heard."""

_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<tt xmlns="http://www.w3.org/ns/ttml" xmlns:ttm="http://www.w3.org/ns/ttml#metadata"\
 xmlns:ttp="http://www.w3.org/ns/ttml#parameter" xmlns:tts="http://www.w3.org/ns/ttml#styling"\
 ttp:contentProfiles="http://www.w3.org/ns/ttml/profile/imsc1.1/text" ttp:timeBase="media"\
 xml:lang="{language}">
<head>
<metadata><ttm:title>{title}</ttm:title></metadata>
<styling>
<style xml:id="line" tts:color="#ffffff" tts:backgroundColor="#000000c0" tts:fontFamily="proportionalSansSerif"/>
<style xml:id="doubt" tts:textDecoration="underline"/>
</styling>
<layout>
<region xml:id="below" tts:origin="5% 75%" tts:extent="90% 20%" tts:displayAlign="after" tts:textAlign="center"/>
</layout>
</head>
<body region="below" tts:direction="{direction}">
"""


def write(job: CompanionJob, /) -> tuple[PublishedFile, ...]:
    """The whole book, a ``div`` for each chapter."""
    return beside("ttml", job)


def write_ttml(sink: TextSink, head: TimedHead, chapters: Iterable[TimedChapter]) -> None:
    """A ``div`` for each chapter, a ``p`` for each cue."""
    way = direction(head.language)
    sink.text(_HEAD.format(language=written(head.language), title=written(head.title), direction=way))
    for chapter in chapters:
        sink.text("<div>\n")
        if chapter.title:
            sink.text(f"<metadata><ttm:title>{written(chapter.title)}</ttm:title></metadata>\n")
        for cue in cues_of(chapter.segments):
            sink.text(_paragraph(cue))
        sink.text("</div>\n")
    sink.text("</body>\n</tt>\n")


def _paragraph(cue: Cue) -> str:
    parts = [f'<p begin="{clock(cue.start)}" end="{clock(cue.end)}"><span style="line">']
    for number, line in enumerate(cue.lines):
        if number:
            parts.append("<br/>")
        for at, word in enumerate(line):
            parts.append(("" if word.joined or not at else " ") + _span(word, cue.start))
    return "".join([*parts, "</span></p>\n"])


def _span(word: TimedWord, start: int) -> str:
    begin, end = milliseconds(word.start) - start, milliseconds(word.end) - start
    lit = f'<set begin="{_offset(begin)}" end="{_offset(end)}" tts:color="{SPOKEN}"/>' if end > begin else ""
    style = ' style="doubt"' if word.doubt else ""
    return f"<span{style}>{lit}{written(word.text)}</span>"


def _offset(time: int) -> str:
    return f"{max(time, 0) / 1000:.3f}s"
