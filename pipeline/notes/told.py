"""The words of a voice memo as a text: sentences by punctuation, paragraphs and chapters by pauses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from pipeline.compose.titles import phrase
from pipeline.model import Begins, Block, BlockKind, Chapter, Segment, Word, join_words
from pipeline.notes.cleaning import Said, ends_sentence
from pipeline.notes.mastering import Span
from pipeline.notes.recording import LEAD, RATE, TAIL
from pipeline.script.sentences import split_sentences

VOICE = "recording"
"""What transcripts name as the voice."""
SENTENCE_PAUSE = 0.6
"""Seconds of silence that end a sentence where the recogniser writes no punctuation."""
PLAIN = 60
"""Words for each mark that ends a sentence, beyond which there is no punctuation."""
PARAGRAPH_PAUSE = 1.5
"""Seconds between two sentences that begin a paragraph; half of it will do in a long one."""
LONG_PARAGRAPH = 8
"""Sentences."""
LONG = 300.0
"""Seconds of speech from which on there are chapters."""
CHAPTER_PAUSE = 3.0
"""Seconds between two paragraphs that begin a chapter ..."""
SHORTEST_CHAPTER = 60.0
"""... if the one before is that long."""

Sentence = tuple[Said, ...]
Paragraph = tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """A memo as a text with times."""

    title: str
    chapters: tuple[Chapter, ...]
    spans: tuple[Span, ...]
    """Of the sound, one for each chapter."""
    segments: tuple[tuple[Segment, ...], ...]
    """Of each chapter; times are samples from the start of its span."""


def tell(
    words: Sequence[Said],
    sounds: tuple[float, float],
    seconds: float,
    language: str,
    *,
    title: str,
    heard_by: str,
) -> Told:
    """The text of a recording that is ``seconds`` long and sounds between two times.

    ``words`` are its words, at least one; without ``title`` the first sentence gives it.
    """
    chapters = list(_chapters(_paragraphs(_sentences(words, language))))
    bounds = _bounds(words, chapters, sounds, seconds)
    title = title or phrase(_text(chapters[0][0][0])) or _text(chapters[0][0][0])
    texts, spans, segments = [], [], []
    for index, (paragraphs, (start, end)) in enumerate(zip(chapters, pairwise(bounds), strict=True)):
        name = phrase(_text(paragraphs[0][0])) or title if index else title
        blocks = tuple(
            Block(BlockKind.PARAGRAPH, " ".join(_text(sentence) for sentence in paragraph))
            for paragraph in paragraphs
        )
        texts.append(Chapter(index, name, 1, blocks))
        span = Span(name, round(start * RATE), round(end * RATE))
        spans.append(span)
        segments.append(tuple(_segments(paragraphs, span, language, heard_by)))
    return Told(title, tuple(texts), tuple(spans), tuple(segments))


def _sentences(words: Sequence[Said], language: str) -> list[Sentence]:
    marks = sum(ends_sentence(word.text) for word in words)
    if marks * PLAIN < len(words):
        return _at_pauses(words)
    ends, length = set(), 0
    for sentence in split_sentences(_text(words), language):
        ends.add(length + len(sentence.rstrip()))
        length += len(sentence)
    found: list[list[Said]] = [[]]
    at = 0
    for place, word in enumerate(words):
        at += len(word.text) + (place > 0 and not word.joined)
        found[-1].append(word)
        if at in ends:
            found.append([])
    return [tuple(sentence) for sentence in found if sentence]


def _at_pauses(words: Sequence[Said]) -> list[Sentence]:
    """Sentences where nobody wrote any: with a capital and a full stop, in scripts that have them."""
    found = [[words[0]]]
    for before, word in pairwise(words):
        if word.start - before.end >= SENTENCE_PAUSE:
            found.append([])
        found[-1].append(word)
    return [tuple(_written(sentence)) for sentence in found]


def _written(sentence: Sequence[Said]) -> list[Said]:
    words, first = list(sentence), sentence[0].text
    if first[:1].lower() != first[:1].upper():
        words[0] = replace(words[0], text=first[:1].upper() + first[1:])
        if not ends_sentence(words[-1].text):
            words[-1] = replace(words[-1], text=words[-1].text.rstrip(",;:") + ".")
    return words


def _paragraphs(sentences: Sequence[Sentence]) -> Iterator[Paragraph]:
    waiting = [sentences[0]]
    for before, sentence in pairwise(sentences):
        pause = sentence[0].start - before[-1].end
        if pause >= PARAGRAPH_PAUSE / (2 if len(waiting) >= LONG_PARAGRAPH else 1):
            yield tuple(waiting)
            waiting = []
        waiting.append(sentence)
    yield tuple(waiting)


def _chapters(paragraphs: Iterator[Paragraph]) -> Iterator[tuple[Paragraph, ...]]:
    every = list(paragraphs)
    long = every[-1][-1][-1].end - every[0][0][0].start >= LONG
    waiting = [every[0]]
    for before, paragraph in pairwise(every):
        so_far = before[-1][-1].end - waiting[0][0][0].start
        if (
            long
            and paragraph[0][0].start - before[-1][-1].end >= CHAPTER_PAUSE
            and so_far >= SHORTEST_CHAPTER
        ):
            yield tuple(waiting)
            waiting = []
        waiting.append(paragraph)
    yield tuple(waiting)


def _bounds(
    words: Sequence[Said],
    chapters: Sequence[tuple[Paragraph, ...]],
    sounds: tuple[float, float],
    seconds: float,
) -> list[float]:
    """Where chapters begin, in the middle of pauses, and where the last one ends.

    Recognisers let words reach into silence, so what sounds decides about the ends; a word that lies outside of that
    as a whole was heard where hardly anything sounds, and is kept.
    """
    first, last = words[0], words[-1]
    start = (first.start if first.end <= sounds[0] else sounds[0]) - LEAD
    end = (last.end if last.start >= sounds[1] else sounds[1]) + TAIL
    cuts = [(before[-1][-1][-1].end + chapter[0][0][0].start) / 2 for before, chapter in pairwise(chapters)]
    return [max(0.0, start), *cuts, min(end, seconds)]


def _segments(paragraphs: Sequence[Paragraph], span: Span, language: str, heard_by: str) -> Iterator[Segment]:
    size = span.after - span.first
    for paragraph in paragraphs:
        for place, sentence in enumerate(paragraph):
            doubtful = tuple(place for place, word in enumerate(sentence) if not word.sure)
            words = _words(sentence)
            yield Segment(
                text=join_words(words),
                voice=VOICE,
                words=words,
                starts=tuple(_inside(word.start, span, size) for word in sentence),
                ends=tuple(_inside(word.end, span, size) for word in sentence),
                doubt=bool(doubtful),
                doubtful=doubtful if len(doubtful) < len(sentence) else (),
                begins=Begins.NOTHING if place else Begins.BLOCK,
                language=language,
                timed_by=heard_by,
            )


def _inside(seconds: float, span: Span, size: int) -> int:
    return min(max(round(seconds * RATE) - span.first, 0), size)


def _words(said: Sequence[Said]) -> tuple[Word, ...]:
    return tuple(Word(word.text, word.text, word.joined and place > 0) for place, word in enumerate(said))


def _text(said: Sequence[Said]) -> str:
    return join_words(_words(said))


__all__ = ["VOICE", "Told", "tell"]
