"""Is what was heard what the chunk says? Words missing, added, repeated and different, each with its place.

A recogniser errs, too: so a few small differences are allowed, by the length of the text and how strict the user is,
and what sounds alike is no difference. A run of several words that are missing or added is never allowed, whatever
the length: no recogniser invents or loses that much of clear speech.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from pipeline.hear.matching import Closeness, Pair, matched
from pipeline.hear.recogniser import Heard
from pipeline.hear.sounds import Sounds, sounds_of
from pipeline.hear.tokens import BY_CHARACTER, Token, tokens_heard, tokens_of
from pipeline.model import Doubt, Word, join_words
from pipeline.script.sentences import primary_language

MISSING = "words-missing"
ADDED = "words-added"
REPEATED = "words-repeated"
DIFFERENT = "words-different"

WORD_FAULTS = frozenset((MISSING, ADDED, REPEATED, DIFFERENT, "not-heard"))
"""What ears find; the last one is a take that the recogniser failed on."""

UNSURE = 0.5
"""Words heard before the first or after the last one, of which the recogniser is less sure than this on the average,
are its own invention: Whisper thanks for watching where it hears silence."""
MOST_UNSURE = 8
SIGNS_PER_WORD = 2
"""Characters of a word where tokens are characters."""
SHOWN = 60
"""Characters of a quotation."""
SAME_SHARE = 0.75
"""Share of the words of a run, in order, that make it a repetition of another run."""


class Policy(StrEnum):
    """How much must be right."""

    OFF = "off"
    """Nothing is looked at beyond what makes a take impossible."""
    SIGNAL = "signal"
    """The samples are looked at, the words are not."""
    NORMAL = "normal"
    """One word of ten may be heard otherwise."""
    STRICT = "strict"
    """One word of thirty-three, and no two in a row."""


@dataclass(frozen=True, slots=True)
class Tolerance:
    """What is allowed."""

    share: float
    """Errors for each word."""
    small: int
    """A text with so many words or more may have one error in any case."""
    run: int
    """So many words in a row missing, added or repeated are a fault, whatever the text's length."""
    different: int
    """The same for words that were heard as others: where names stand, they are often the recogniser's fault."""
    closeness: Closeness


TOLERANCES: Mapping[Policy, Tolerance] = {
    Policy.NORMAL: Tolerance(0.1, 4, 3, 5, Closeness(words=0.7, names=0.45)),
    Policy.STRICT: Tolerance(0.03, 34, 2, 2, Closeness(words=0.85, names=0.6)),
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the ears say of a take."""

    words: int
    """That were to be said; characters where a language has no spaces."""
    errors: int
    allowed: int
    faults: tuple[Doubt, ...]
    """Empty for a take that is accepted."""

    @property
    def accepted(self) -> bool:
        """Whether the take says what it should, as far as can be heard."""
        return not self.faults

    @property
    def wrong(self) -> float:
        """Errors for each word: the take with the least is the best."""
        return self.errors / max(self.words, 1)


@dataclass(frozen=True, slots=True)
class _Error:
    fault: str
    first: int
    """Tokens that were to be said."""
    last: int
    begin: int
    """Tokens that were heard."""
    end: int

    @property
    def size(self) -> int:
        return max(self.last - self.first, self.end - self.begin)


def check_words(
    words: Sequence[Word],
    heard: Sequence[Heard],
    language: str,
    policy: Policy = Policy.NORMAL,
    sounds: Sounds | None = None,
) -> Verdict:
    """Compare what was heard of a chunk with its words.

    ``sounds``: how texts sound; without it espeak is asked. ``policy`` is ``normal`` or ``strict``: of the others,
    every take is accepted.
    """
    if policy not in TOLERANCES:
        return Verdict(len(words), 0, 0, ())
    tolerance = TOLERANCES[policy]
    said, listened = tokens_of(words, language), tokens_heard(heard, language)
    listened = _without_inventions(said, listened, heard)
    pairs = matched(said, listened, sounds or sounds_of(language), tolerance.closeness)
    found = _errors(pairs, said, listened)
    errors = sum(error.size for error in found)
    long = SIGNS_PER_WORD if primary_language(language) in BY_CHARACTER else 1
    allowed = int(tolerance.share * len(said)) or int(len(said) >= tolerance.small * long)
    longest = {DIFFERENT: tolerance.different * long}
    within = all(error.size < longest.get(error.fault, tolerance.run * long) for error in found)
    if errors <= allowed and within:
        return Verdict(len(said), errors, allowed, ())
    faults = tuple(_doubt(error, words, said, listened, heard) for error in found)
    return Verdict(len(said), errors, allowed, faults)


def _without_inventions(said: Sequence[Token], listened: list[Token], heard: Sequence[Heard]) -> list[Token]:
    """Without what a recogniser hears in the silence after the last word, and is not sure of."""
    if not said:
        return listened
    end = len(listened)
    last = max(
        (place for place, token in enumerate(listened) if token.text == said[-1].text), default=end - 1
    )
    extra = listened[last + 1 : end]
    if 0 < len(extra) <= MOST_UNSURE:
        sure = sum(heard[token.index].probability for token in extra) / len(extra)
        if sure < UNSURE:
            return listened[: last + 1]
    return listened


def _errors(pairs: Sequence[Pair], said: Sequence[Token], heard: Sequence[Token]) -> list[_Error]:
    """Neighbouring differences together, each by its name."""
    runs: list[list[Pair]] = []
    for place, pair in enumerate(pairs):
        if pair.alike:
            continue
        if place and not pairs[place - 1].alike:
            runs[-1].append(pair)
        else:
            runs.append([pair])
    return [error for run in runs for error in _named(run, said, heard)]


def _named(run: Sequence[Pair], said: Sequence[Token], heard: Sequence[Token]) -> list[_Error]:
    first, last, begin, end = run[0].first, run[-1].last, run[0].begin, run[-1].end
    if last == first:
        place = _repeated(said, heard[begin:end], first)
        return [_Error(REPEATED, *place, begin, end) if place else _Error(ADDED, first, first, begin, end)]
    if end == begin:
        return [_Error(MISSING, first, last, begin, end)]
    short, long = sorted((last - first, end - begin))
    if long >= 4 * short and long > 3:
        # A word or two were heard otherwise beside many that are missing, or were added.
        fault = MISSING if last - first > end - begin else ADDED
        place = _repeated(said, heard[begin:end], first) if fault == ADDED else None
        return [_Error(REPEATED if place else fault, *(place or (first, last)), begin, end)]
    return [_Error(DIFFERENT, first, last, begin, end)]


def _repeated(said: Sequence[Token], extra: Sequence[Token], place: int) -> tuple[int, int] | None:
    """Which words were said once more: those before or after the place, or any run of three or more."""
    size = len(extra)
    nearest = sorted(
        range(len(said) - size + 1), key=lambda start: min(abs(start + size - place), abs(start - place))
    )
    for start in nearest:
        near = start + size == place or start == place
        same = sum(a.text == b.text for a, b in zip(said[start : start + size], extra, strict=True))
        if same >= SAME_SHARE * size and (near or size >= 3):
            return start, start + size
    return None


def _doubt(
    error: _Error,
    words: Sequence[Word],
    said: Sequence[Token],
    listened: Sequence[Token],
    heard: Sequence[Heard],
) -> Doubt:
    """An error as a sentence, with the display words that it is about."""
    place = _display(error, said, len(words))
    mine = _quoted(join_words(tuple(words[place[0] : place[1]])))
    theirs = _quoted(_heard_text(listened[error.begin : error.end], heard))
    if error.fault == MISSING:
        text = f"“{mine}” was not heard."
    elif error.fault == REPEATED:
        text = f"“{mine}” was heard more than once."
    elif error.fault == ADDED:
        text = f"“{theirs}” was heard, which is not in the text."
    else:
        text = f"“{mine}” was heard as “{theirs}”."
    return Doubt(error.fault, text, place)


def _display(error: _Error, said: Sequence[Token], words: int) -> tuple[int, int]:
    """The first display word and the one after the last; for what was added, those on both sides of it."""
    if error.last > error.first:
        return said[error.first].index, said[error.last - 1].index + 1
    before = said[error.first - 1].index if error.first else 0
    after = said[error.first].index if error.first < len(said) else words - 1
    return before, max(before, after) + 1


def _heard_text(tokens: Sequence[Token], heard: Sequence[Heard]) -> str:
    return " ".join(heard[index].text for index in dict.fromkeys(token.index for token in tokens))


def _quoted(text: str) -> str:
    text = " ".join(text.split()).strip('“”„"«»「」')
    return text if len(text) <= SHOWN else f"{text[:SHOWN].rstrip()} …"
