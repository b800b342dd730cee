"""What is read in each document of a book, kept aside until that document is written.

Chapters and documents are cut at different places: a document may hold ten chapters, a chapter may go over three
documents, a note stands in another one than the text it is told in. So the narration goes once into a temporary file,
sorted by document, and only the places of its pieces stay in memory.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from pipeline.model import Block, BlockKind
from pipeline.publish.readalong.letters import squeezed
from pipeline.publish.readalong.locate import follow
from pipeline.publish.readalong.narration import AudioFile, NarratedChapter
from pipeline.publish.transcript import TimedSegment, TimedWord

LONGEST_PAUSE = 5.0
"""Seconds without a word that still belong to the sentence before them: what is longer is music, or something else
that is not in the book, and is not played along with the text."""


@dataclass(frozen=True, slots=True)
class ReadWord:
    """A word: its letters in its block, and when it is heard (seconds of its file)."""

    first: int
    last: int
    """One after its last letter."""
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class ReadSentence:
    """A sentence and the audio that is played for it, the pause after it included."""

    audio: int
    """Which of ``Spool.audio``."""
    begin: float
    end: float
    words: tuple[ReadWord, ...]


@dataclass(frozen=True, slots=True)
class ReadBlock:
    """A block and what is read of it."""

    kind: BlockKind
    anchor: str
    """The id that it stands behind; empty when there is none."""
    letters: str
    sentences: tuple[ReadSentence, ...]


@dataclass(slots=True)
class _Draft:
    """A sentence that has its place, while it is not known what follows."""

    audio: int
    block: int
    begin: float
    end: float
    words: list[ReadWord]


@dataclass(slots=True)
class Spool:
    """The narration by document; a context manager. Narrations are added chapter by chapter, in order."""

    audio: list[AudioFile] = field(default_factory=list)
    words: int = 0
    """Added so far."""
    unplaced: int = 0
    """Of these, words that are not in the text of their chapter."""
    _numbers: dict[str, int] = field(default_factory=dict)
    _ends: dict[int, float] = field(default_factory=dict)
    _places: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    _file: tempfile._TemporaryFileWrapper[bytes] = field(init=False)

    def __enter__(self) -> Self:
        self._file = tempfile.TemporaryFile()  # type: ignore[assignment]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    @property
    def documents(self) -> list[str]:
        """The documents in which something is read."""
        return list(self._places)

    def add(self, chapter: NarratedChapter) -> None:
        """Find the sentences of a chapter in its blocks, and keep them."""
        blocks = chapter.text.blocks
        texts = [squeezed(block.text) for block in blocks]
        drafts: list[_Draft] = []
        placing = _Placing(texts)
        for narration in chapter.narrations:
            drafts += self._placed(narration.audio, narration.segments(), placing)
        by_block: dict[int, list[ReadSentence]] = {}
        for draft in drafts:
            sentence = ReadSentence(draft.audio, draft.begin, draft.end, tuple(draft.words))
            by_block.setdefault(draft.block, []).append(sentence)
        for number, sentences in by_block.items():
            self._keep(blocks[number], texts[number], sentences)

    def read(self, document: str) -> Iterator[ReadBlock]:
        """What is read in a document, in the order in which it is heard."""
        for at, size in self._places.get(document, ()):
            self._file.seek(at)
            for line in self._file.read(size).splitlines():
                yield _loaded(line)

    # -- one narration -------------------------------------------------------------------------------------------

    def _placed(
        self, audio: AudioFile, segments: Iterable[TimedSegment], placing: _Placing
    ) -> Iterator[_Draft]:
        """The sentences with their clips, which touch each other where nothing but a pause is between."""
        number = self._numbers.setdefault(audio.name, len(self.audio))
        if number == len(self.audio):
            self.audio.append(audio)
        end = self._ends.get(number, 0.0)
        waiting: _Draft | None = None
        for segment in segments:
            if not segment.words:
                continue
            self.words += len(segment.words)
            near = 0 <= segment.start - end <= LONGEST_PAUSE
            placed = placing.sentence(segment.words)
            if placed is None:
                self.unplaced += len(segment.words)
                if near:  # it is heard while what stands around it is shown
                    end = segment.end
                continue
            if waiting is not None:
                waiting.end = max(end, segment.start) if near else end
                yield waiting
            begin = segment.start if waiting is not None or not near else self._ends.get(number, 0.0)
            end = max(segment.end, begin)
            block, words = placed
            waiting = _Draft(number, block, begin, end, words)
        if waiting is not None:
            waiting.end = audio.duration if 0 <= audio.duration - end <= LONGEST_PAUSE else end
            end = waiting.end
            yield waiting
        self._ends[number] = end

    def _keep(self, block: Block, letters: str, sentences: Sequence[ReadSentence]) -> None:
        entry = [
            block.kind.value,
            block.anchor.id,
            letters,
            [
                [s.audio, s.begin, s.end, [[w.first, w.last, w.start, w.end] for w in s.words]]
                for s in sentences
            ],
        ]
        line = json.dumps(entry, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        at = self._file.seek(0, 2)
        self._file.write(line)
        places = self._places.setdefault(block.anchor.href, [])
        if places and sum(places[-1]) == at:
            places[-1] = (places[-1][0], places[-1][1] + len(line))
        else:
            places.append((at, len(line)))


class _Placing:
    """Walks through the blocks of a chapter, sentence by sentence."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = texts
        self._whole = "".join(texts)
        self._starts: list[int] = []
        at = 0
        for text in texts:
            self._starts.append(at)
            at += len(text)
        self._at = 0
        self._block = 0

    def sentence(self, words: Sequence[TimedWord]) -> tuple[int, list[ReadWord]] | None:
        """The block of a sentence, and its words' letters in it; None when it is not there."""
        pieces = [squeezed(word.text) for word in words]
        letters = "".join(pieces)
        if not letters:
            return None
        place = self._at if self._whole.startswith(letters, self._at) else self._whole.find(letters, self._at)
        if place >= 0:
            where: Sequence[int] = range(place, place + len(letters))
        else:
            where = follow(letters, self._whole, self._at, min(len(self._whole), self._at + 20_000))
            if sum(one >= 0 for one in where) < 0.6 * len(letters):
                return None
        known = [one for one in where if one >= 0]
        self._at = known[-1] + 1
        while self._block + 1 < len(self._starts) and self._starts[self._block + 1] <= known[0]:
            self._block += 1
        start, size = self._starts[self._block], len(self._texts[self._block])
        found: list[ReadWord] = []
        at = 0
        for word, piece in zip(words, pieces, strict=True):
            own = [one - start for one in where[at : at + len(piece)] if one >= 0]
            own = [one for one in own if one < size]
            at += len(piece)
            if own:
                found.append(ReadWord(own[0], own[-1] + 1, word.start, word.end))
        return (self._block, found) if found else None


def _loaded(line: bytes) -> ReadBlock:
    kind, anchor, letters, sentences = json.loads(line)
    return ReadBlock(
        BlockKind(kind),
        anchor,
        letters,
        tuple(
            ReadSentence(audio, begin, end, tuple(ReadWord(*word) for word in words))
            for audio, begin, end, words in sentences
        ),
    )


__all__ = ["LONGEST_PAUSE", "ReadBlock", "ReadSentence", "ReadWord", "Spool"]
