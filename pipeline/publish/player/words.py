"""A chapter's words as the page reads them: compact, and nothing but data.

A chapter is a list of blocks, a block is ``[kind, language, sentence, ...]`` (the language empty where it is the
book's), and a sentence ``[text, gap, length, gap, length, ...]``: for each word the milliseconds between the end of
the word before (at first, the chapter's start) and its own start, then how long it is heard. The text is one string
whose words are separated by single spaces; where a word is joined to the one before, a list of words, those that are
not joined with a space before them. A further line of a verse begins with a line feed. What is in doubt is told by
an object at the sentence's end: ``{"doubts": [[first, after], ...]}``, counted in words of the sentence; so is who
speaks, ``{"by": "Anna"}``.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from pipeline.model import Begins, BlockKind
from pipeline.publish.transcript import TimedSegment

_LIKELY = 0.9
"""Of a paragraph's pause: what a take keeps of its own silence only adds to it."""


def chapter_blocks(segments: Iterable[TimedSegment], begin: int, pause: float) -> Iterator[str]:
    """The insides of a chapter's list, piece by piece; ``begin`` is the chapter's start in milliseconds.

    Chapters of earlier versions do not say where their paragraphs begin; there a silence as long as ``pause``
    (seconds, the production's after a paragraph) is taken for it.
    """
    told = open_block = False
    before = begin
    kind, language = BlockKind.PARAGRAPH, ""
    for segment in segments:
        told = told or segment.begins is Begins.BLOCK
        silent = _milliseconds(segment.start) - before >= pause * 1000 * _LIKELY
        begins = segment.begins is Begins.BLOCK or (not told and silent)
        if begins or not open_block or (segment.kind, segment.language) != (kind, language):
            kind, language = segment.kind, segment.language
            yield ("],\n" if open_block else "\n") + inert_json([kind.value, language])[:-1]
            open_block = True
        yield "," + inert_json(_sentence(segment, before))
        before = _milliseconds(segment.end)
    if open_block:
        yield "]"


def _sentence(segment: TimedSegment, before: int) -> list[object]:
    entry: list[object] = [_text(segment)]
    for word in segment.words:
        start, end = _milliseconds(word.start), _milliseconds(word.end)
        entry += [start - before, end - start]
        before = end
    more: dict[str, object] = {}
    if segment.doubt:
        more["doubts"] = [[first, after] for first, after in _doubtful(segment)]
    if segment.speaker:
        more["by"] = segment.speaker
    return [*entry, more] if more else entry


def _doubtful(segment: TimedSegment) -> Iterator[tuple[int, int]]:
    """Runs of words in doubt: the place of the first, and the one after the last."""
    first = None
    for place, word in enumerate(segment.words):
        if word.doubt and first is None:
            first = place
        elif not word.doubt and first is not None:
            yield first, place
            first = None
    if first is not None:
        yield first, len(segment.words)


def _text(segment: TimedSegment) -> str | list[str]:
    words = segment.words
    line = "\n" if segment.begins is Begins.LINE else ""
    texts = [word.text for word in words]
    if not any(word.joined or " " in word.text or not word.text for word in words):
        return line + " ".join(texts)
    first = line + (texts[0] if words[0].joined or line else " " + texts[0])
    return [first, *(word.text if word.joined else " " + word.text for word in words[1:])]


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)


def inert_json(value: object) -> str:
    """``value`` as JSON that nothing in a page's markup can be mistaken for (HTML, 4.12.1.3)."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text
