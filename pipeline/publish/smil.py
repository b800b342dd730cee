"""SMIL 3.0, the W3C's language for things that go together in time: each word beside its piece of the audio.

It is the shape of an EPUB's media overlay: a ``seq`` for each chapter and sentence, a ``par`` for each word, with
the word's id in a document (``c3s17w4``: of chapter 3, sentence 17, word 4) and the clip that says it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pipeline.publish.markup import written
from pipeline.publish.timed_text import TextSink, TimedChapter, TimedHead
from pipeline.publish.transcript import TimedSegment, TimedWord, in_turn


def word_ids(segment: TimedSegment) -> Iterator[tuple[str, TimedWord]]:
    """Each word of a segment with its id, which is unique in the book: words are counted from 1."""
    return ((f"{segment.id}w{number}", word) for number, word in enumerate(segment.words, start=1))


def write_smil(sink: TextSink, head: TimedHead, chapters: Iterable[TimedChapter]) -> None:
    """A ``par`` for each word, in reading order. Words that take no time have none."""
    sink.text('<?xml version="1.0" encoding="UTF-8"?>\n<smil xmlns="http://www.w3.org/ns/SMIL" version="3.0"')
    sink.text(f' xml:lang="{written(head.language)}">\n<head>\n')
    sink.text(f'<meta name="title" content="{written(head.title)}"/>\n</head>\n<body>\n')
    for number, chapter in enumerate(chapters, start=1):
        sink.text(f'<seq xml:id="c{number}" title="{written(chapter.title)}">\n')
        for segment in in_turn(chapter.segments):
            sink.text(f'<seq xml:id="{written(segment.id)}">\n')
            for name, word in word_ids(segment):
                if word.end > word.start:
                    sink.text(_par(name, word, head, chapter))
            sink.text("</seq>\n")
        sink.text("</seq>\n")
    sink.text("</body>\n</smil>\n")


def _par(name: str, word: TimedWord, head: TimedHead, chapter: TimedChapter) -> str:
    begin, end = word.start - chapter.audio_start, word.end - chapter.audio_start
    if head.text:
        text = f'<text src="{written(head.text)}#{written(name)}"/>'
    else:
        text = f'<text src="data:{_data(word.text)}"/>'
    audio = f'<audio src="{written(chapter.audio)}" clipBegin="{begin:.3f}s" clipEnd="{end:.3f}s"/>'
    return f'<par xml:id="{written(name)}">{text}{audio}</par>\n'


def _data(text: str) -> str:
    """``text`` as it stands in a data URL (RFC 2397)."""
    from urllib.parse import quote

    return "text/plain;charset=utf-8," + quote(text, errors="replace")
