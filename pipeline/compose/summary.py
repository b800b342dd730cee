"""The sentences of a text that say most of it, in their order.

LexRank: sentences are as important as those that resemble them (Erkan and Radev, "LexRank: Graph-based Lexical
Centrality as Salience in Text Summarization", JAIR 22, 2004), here continuous, and biased towards a topic
(Otterbacher, Erkan and Radev, "Biased LexRank", Information Processing and Management 45, 2009): the title, and the
beginning, where articles say what they are about. What is chosen has to differ (Carbonell and Goldstein, "The use of
MMR", SIGIR 1998), and to be understood by itself.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.compose.byline import byline, byline_of
from pipeline.compose.length import chapter_seconds
from pipeline.compose.phrases import primary
from pipeline.compose.terms import terms
from pipeline.model import Block, BlockKind, Book, Chapter
from pipeline.script.sentences import split_sentences

MOST_SENTENCES = 1000
"""Of a longer text as many are looked at, evenly from all of it."""
MOST_CHARACTERS = 500_000
"""Of a longer text as many are cut into sentences, paragraphs from all of it: about nine hours of listening."""
SUMMARY_SENTENCES = 3
SUMMARY_CHARACTERS = 600
"""A summary has so many sentences, fewer where they are long, but one at least."""
SENTENCE_WORDS = (8, 45)
"""Of a sentence that a summary may have."""
SENTENCE_CHARACTERS = (15, 120)
"""The same of scripts without spaces."""
SOUNDBITE_SECONDS = (5.0, 30.0)
"""Estimated; Podcasting 2.0 wants 15 to 120 s, but what stands alone is shorter."""
ALIKE = 0.5
"""Cosine from which two sentences say the same."""

_DAMPING = 0.85
_TURNS = 60
_TITLE_SHARE = 0.5
"""Of the bias that goes to the title's words; the rest goes to the beginning."""
_ENDS = re.compile(r"[.!…。！][\"'”’»)\]]*$")
_LINKED = re.compile(r"https?://|www\.|@\w")
_LEANING = {
    "en": r"(?:but|and|so|or|yet|also|however|instead|still|then|thus|meanwhile|moreover|although|finally|that|this"
    r"|these|those|it|its|he|she|they|him|her|his|their|such|there|here|which|who|what|now|in short|of course"
    r"|not only|as a result|for example|on the other hand)",
    "de": r"(?:aber|und|doch|denn|also|auch|jedoch|dagegen|dennoch|deshalb|dabei|damit|danach|dann|das|dies\w*"
    r"|jene\w*|er|sie|es|ihr\w*|sein\w*|so|hier|dort|zudem|allerdings|außerdem|trotzdem|schließlich)",
    "fr": r"(?:mais|et|donc|or|car|aussi|ainsi|cependant|pourtant|toutefois|puis|alors|enfin|cela|ceci|ce|c['’]"
    r"|cet|cette|ces|il|elle|ils|elles|leur|son|sa|ses|ici|là|en effet|par exemple|d['’]ailleurs)",
    "es": r"(?:pero|y|o|así|aunque|además|también|sin embargo|entonces|luego|por eso|por ejemplo|esto|este|esta"
    r"|estos|estas|eso|ese|esa|él|ella|ellos|ellas|su|sus|aquí|allí|ahí|tal)",
    "ru": r"(?:но|и|а|да|или|однако|поэтому|потому|также|тоже|затем|потом|тогда|так|это\w*|эт[аиоу]\w*|тот|та|те"
    r"|он|она|оно|они|его|её|ее|их|там|тут|здесь|зато|при этом|кроме того|например|впрочем)",
}
"""What begins a sentence that leans on the one before."""
_POINTING = {
    "en": r"(?:below|above|here|click)",
    "de": r"(?:unten|oben|hier|nachfolgend)",
    "fr": r"(?:ci-dessous|ci-dessus|ici)",
    "es": r"(?:abajo|aquí|a continuación)",
    "ru": r"(?:ниже|выше|здесь)",
}
"""Words that point to something on the page."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A sentence of a book."""

    chapter: int
    """Index of its chapter."""
    text: str
    """As it is narrated."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """The sentences of a book that could be quoted, and how much each says of it."""

    sentences: tuple[Excerpt, ...]
    """In their order."""
    scores: NDArray[np.float64]
    """Of each sentence; they add up to 1."""
    likeness: NDArray[np.float32]
    """Of each pair, cosine."""


def ranked(book: Book) -> Ranked:
    """How much each sentence of a book says of it; opening and byline of our own are none of them."""
    language = book.metadata.language
    found = _sentences(book)
    step = max(1, -(-len(found) // MOST_SENTENCES))
    sentences = tuple(found[::step])
    bags = [terms(one.text, language) for one in sentences]
    title = terms(book.metadata.title, language)
    likeness, to_title = _cosines(bags, title)
    return Ranked(sentences, _lexrank(likeness, to_title), likeness)


def summary(ranking: Ranked, language: str) -> tuple[Excerpt, ...]:
    """The sentences that say most, in their order; none of a text that has no whole sentence."""
    fit = [place for place, one in enumerate(ranking.sentences) if stands_alone(one.text, language)]
    chosen: list[int] = []
    characters = 0
    for place in sorted(fit, key=lambda place: -ranking.scores[place]):
        text = ranking.sentences[place].text
        if chosen and characters + len(text) > SUMMARY_CHARACTERS:
            continue
        if any(ranking.likeness[place, other] > ALIKE for other in chosen):
            continue
        chosen.append(place)
        characters += len(text)
        if len(chosen) == SUMMARY_SENTENCES:
            break
    return tuple(ranking.sentences[place] for place in sorted(chosen))


def soundbite(ranking: Ranked, language: str) -> Excerpt | None:
    """The sentence that stands for the whole, short enough to be heard by itself; None where there is none."""
    best: tuple[float, Excerpt] | None = None
    for score, one in zip(ranking.scores, ranking.sentences, strict=True):
        if fits_soundbite(one.text, language) and (best is None or score > best[0]):
            best = (float(score), one)
    return best[1] if best else None


def fits_soundbite(text: str, language: str) -> bool:
    """Whether a sentence stands alone, and takes from 5 to 30 s, as estimated."""
    one = Chapter(0, "", 1, (Block(BlockKind.PARAGRAPH, text),))
    low, high = SOUNDBITE_SECONDS
    return low <= chapter_seconds(one, language) <= high and stands_alone(text, language)


def stands_alone(text: str, language: str) -> bool:
    """Whether a sentence is whole, of a good length, and can be understood without the one before."""
    words = len(text.split())
    spaced = words > len(text) / 12
    low, high = SENTENCE_WORDS if spaced else SENTENCE_CHARACTERS
    if not low <= (words if spaced else len(text)) <= high:
        return False
    if not _ENDS.search(text) or text[:1].islower() or _LINKED.search(text) or not _is_balanced(text):
        return False
    leaning, pointing = _LEANING.get(primary(language)), _POINTING.get(primary(language))
    if leaning is None or pointing is None:
        return True
    leans = re.match(rf"[\W_]*{leaning}(?!\w)", text, re.I)
    return not leans and not re.search(rf"(?<!\w){pointing}(?!\w)", text, re.I)


def _is_balanced(text: str) -> bool:
    pairs = (("(", ")"), ("[", "]"), ("“", "”"), ("«", "»"))
    german = text.count("„")
    return text.count('"') % 2 == 0 and all(
        text.count(opening) + (german if closing == "”" else 0) >= text.count(closing) >= text.count(opening)
        or (german and opening == "“")
        for opening, closing in pairs
    )


def _sentences(book: Book) -> list[Excerpt]:
    language = book.metadata.language
    own = {byline(origin.source, language) for origin in book.origins} | {byline_of(book, language)}
    begins = book.origins[0].chapter if book.origins else 0
    blocks = [
        (chapter.index, block)
        for chapter in book.chapters
        if chapter.index >= begins
        for block in chapter.blocks
        if block.kind is BlockKind.PARAGRAPH and block.text not in own
    ]
    step = 1 + sum(len(block.text) for _, block in blocks) // MOST_CHARACTERS
    found = [
        (Excerpt(index, sentence.strip()), block.language or language)
        for index, block in blocks[::step]
        for sentence in split_sentences(block.text, block.language or language)
        if sentence.strip()
    ]
    # Languages are not mixed, unless there is nothing in the book's own.
    own_language = [one for one, tongue in found if primary(tongue) == primary(language)]
    return own_language or [one for one, _ in found]


def _cosines(
    bags: Sequence[Sequence[str]], title: Sequence[str]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Cosines of the sentences' TF-IDF vectors to each other, and to the title's: shapes (n, n) and (n,)."""
    places = {term: place for place, term in enumerate(sorted({term for bag in bags for term in bag}))}
    vectors = np.zeros((len(bags) + 1, len(places)), np.float32)
    for row, bag in enumerate([*bags, title]):
        for term in bag:
            if term in places:
                vectors[row, places[term]] += 1
    inside = np.count_nonzero(vectors[:-1], axis=0)
    vectors *= np.log((1 + len(bags)) / (1 + inside)).astype(np.float32) + 1
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors /= np.where(lengths == 0, 1, lengths)
    return vectors[:-1] @ vectors[:-1].T, vectors[:-1] @ vectors[-1]


def _lexrank(likeness: NDArray[np.float32], to_title: NDArray[np.float32]) -> NDArray[np.float64]:
    """The stationary distribution of a walk from sentence to sentence, by their likeness."""
    count = len(likeness)
    if not count:
        return np.zeros(0)
    links = likeness.astype(np.float64)
    np.fill_diagonal(links, 0)
    sums = links.sum(axis=1, keepdims=True)
    links = np.where(sums > 0, links / np.where(sums > 0, sums, 1), 1 / count)
    beginning = 1 / (1 + np.arange(count))
    wanted = to_title.astype(np.float64)
    share = _TITLE_SHARE if wanted.sum() > 0 else 0.0
    bias = (1 - share) * beginning / beginning.sum() + (share * wanted / wanted.sum() if share else 0)
    scores = np.full(count, 1 / count)
    for _ in range(_TURNS):
        scores = (1 - _DAMPING) * bias + _DAMPING * (links.T @ scores)
    result: NDArray[np.float64] = scores / scores.sum()
    return result


__all__ = ["Excerpt", "Ranked", "fits_soundbite", "ranked", "soundbite", "stands_alone", "summary"]
