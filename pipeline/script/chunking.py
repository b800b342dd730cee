"""Chunks: what one call of an engine speaks.

A chunk never crosses a block, nor a line of verse, because the silence between blocks is ours to set; inside
a block it takes as many whole sentences as the engine's limit allows. A sentence beyond the limit is cut
where a reader would breathe. Everything here runs in time linear in the text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from pipeline.model import Begins, Block, BlockKind, Sentence, Word
from pipeline.script.lexicon import NO_LEXICON, Lexicon
from pipeline.script.sentences import split_sentences
from pipeline.script.words import split_words
from pipeline.settings import PauseSettings

Words = tuple[Word, ...]

SHORTEST_PIECE = 0.4
"""A piece of a sentence that is cut is at least this share of what an even cut would give."""

_STRONG, _MIDDLE, _WEAK = ".!?…。！？؟।", ";:；：؛—―", ",，、،"
_AFTER_MARK = "\"'”’»›)]}」』）］】》"


@dataclass(frozen=True, slots=True)
class Draft:
    """A chunk before it has a place in its chapter: its sentences and the pause they call for."""

    sentences: tuple[Sentence, ...]
    pause: float

    @property
    def speaks(self) -> bool:
        """Whether anything in it is said."""
        return any(word.spoken for sentence in self.sentences for word in sentence.words)


def draft_chunks(
    block: Block, language: str, limit: int, pauses: PauseSettings, lexicon: Lexicon = NO_LEXICON
) -> list[Draft]:
    """The chunks of one block, the last of which has the pause that follows such a block.

    ``limit`` is in characters of spoken text. Only a block in which nothing is said gives a draft that does
    not speak, and then it is the only one; a block without words gives none.
    """
    lines = block.text.split("\n") if block.kind is BlockKind.VERSE else [block.text]
    drafts: list[Draft] = []
    for line in lines:
        begins = Begins.LINE if drafts else Begins.BLOCK
        for sentences, pause in _fill(_clauses(line, language, limit, lexicon), limit, pauses):
            draft = Draft((replace(sentences[0], begins=begins), *sentences[1:]), pause)
            begins = Begins.NOTHING
            if drafts and not (draft.speaks and drafts[-1].speaks):
                draft = Draft(drafts.pop().sentences + draft.sentences, draft.pause)
            drafts.append(draft)
        if drafts:
            drafts[-1] = Draft(drafts[-1].sentences, pauses.line)
    if drafts:
        after = pauses.heading if block.kind is BlockKind.HEADING else pauses.paragraph
        drafts[-1] = Draft(drafts[-1].sentences, after)
    return drafts


def cost(words: Words) -> int:
    """Characters of spoken text, each with the space before it: never less than the engine will see."""
    return sum(len(word.spoken) + (not word.joined) for word in words if word.spoken)


def _clauses(text: str, language: str, limit: int, lexicon: Lexicon) -> Iterator[tuple[Words, bool]]:
    """The sentences of a line, those too long in pieces; True marks a piece that ends its sentence."""
    folded = " ".join(text.split())
    place = 0
    for sentence in split_sentences(folded, language):
        joined = place > 0 and folded[place - 1] != " "
        words = split_words(sentence, language, joined, lexicon)
        place += len(sentence)
        pieces = cut_sentence(words, limit) if words else []
        for number, piece in enumerate(pieces, 1):
            yield piece, number == len(pieces)


def _fill(
    clauses: Iterator[tuple[Words, bool]], limit: int, pauses: PauseSettings
) -> Iterator[tuple[tuple[Sentence, ...], float]]:
    """Runs of whole sentences within the limit; a piece of a longer sentence is a chunk of its own."""
    run: list[Sentence] = []
    room = limit
    whole = True
    for words, ends in clauses:
        needed = cost(words)
        alone = not ends or not whole  # part of a sentence that was cut
        if run and (alone or needed > room):
            yield tuple(run), pauses.sentence
            run, room = [], limit
        run.append(Sentence(words))
        room -= needed
        if alone:
            yield tuple(run), pauses.sentence if ends else pauses.clause
            run, room = [], limit
        whole = ends
    if run:
        yield tuple(run), pauses.sentence


def cut_sentence(words: Words, limit: int) -> list[Words]:
    """Cut a sentence into pieces of at most ``limit`` spoken characters, as even as good places allow.

    Best is the end of a sentence inside it, then a semicolon, colon or dash, then a comma, then any space;
    words that are written without spaces, and a single word beyond the limit, are cut anywhere.
    """
    total = cost(words)
    if total <= limit:
        return [words]
    words = tuple(part for word in words for part in _cut_word(word, limit))
    total = cost(words)
    pieces: list[Words] = []
    start = 0
    while total > limit:
        end, used = _best_cut(words, start, total, limit)
        pieces.append(words[start:end])
        start, total = end, total - used
    if start < len(words):
        if total or not pieces:
            pieces.append(words[start:])
        else:
            pieces[-1] += words[start:]  # nothing left to say
    return pieces


def _best_cut(words: Words, start: int, total: int, limit: int) -> tuple[int, int]:
    """Where the piece that begins at ``start`` ends, and its cost."""
    target = total / -(-total // limit)
    best: tuple[tuple[bool, int, float], int, int] | None = None
    used = 0
    for index in range(start, len(words)):
        word = words[index]
        used += (len(word.spoken) + (not word.joined)) if word.spoken else 0
        if used > limit:
            break
        if not used or index + 1 == len(words):
            continue
        score = (used >= target * SHORTEST_PIECE, _rank(word, words[index + 1]), -abs(used - target))
        if best is None or score >= best[0]:
            best = (score, index + 1, used)
    assert best is not None, "a word longer than the limit was not cut"
    return best[1], best[2]


def _rank(word: Word, following: Word) -> int:
    mark = (word.text.rstrip(_AFTER_MARK) or word.text)[-1]
    if mark in _STRONG:
        return 4
    if mark in _MIDDLE:
        return 3
    if mark in _WEAK:
        return 2
    return 0 if following.joined else 1


def _cut_word(word: Word, limit: int) -> list[Word]:
    """A word beyond the limit in parts that are joined; every other word as it is.

    What is said is cut between words. A display word that is too short to stand for so many parts (``9`` for
    an engine that takes two characters) is left to the engine as it is written.
    """
    room = max(1, limit - 1)
    if len(word.spoken) <= room:
        return [word]
    spokens = _spoken_parts(word.spoken, room)
    if len(spokens) > len(word.text):
        spokens = _even_parts(word.text, -(-len(word.text) // room))
    texts = _even_parts(word.text, len(spokens))
    return [
        Word(text, spoken, word.joined if number == 0 else True)
        for number, (text, spoken) in enumerate(zip(texts, spokens, strict=True))
    ]


def _spoken_parts(spoken: str, room: int) -> list[str]:
    """At most ``room`` characters each, but for a space at the end of one that the next could stand beside."""
    parts: list[str] = []
    for token in spoken.split(" "):
        pieces = _even_parts(token, -(-len(token) // room)) if len(token) > room else [token]
        for number, piece in enumerate(pieces):
            if number == 0 and parts and len(parts[-1]) + 1 + len(piece) <= room:
                parts[-1] += " " + piece
                continue
            fits = number == 0 and parts and len(parts[-1]) + len(piece) <= room + 1
            if fits and (len(parts[-1]) < room or len(parts) > 1):
                parts[-1] += " "
            parts.append(piece)
    return parts


def _even_parts(text: str, count: int) -> list[str]:
    return [text[len(text) * n // count : len(text) * (n + 1) // count] for n in range(count)]
