"""Where the entries of a lexicon occur in a sentence.

Text is compared token by token: a word (letters, digits and marks), one character of a script without spaces,
or one punctuation mark. So ``Reacher`` is found in ``Reacher's`` and ``(Reacher,``, but not in ``Reachers``,
and the time that it takes depends on the length of the text, not on that of the lexicon.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from pipeline.script.lexicon.entry import Entry

_UNSPACED = (
    "\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u0e00-\u0eff"
)
_APOSTROPHES = str.maketrans("’ʼ‘", "'''", "\u00ad\u200b\u200c\u2060\ufeff\u0301")
"""What makes no difference: kinds of apostrophe, soft hyphens, invisible characters, accents that mark stress."""
_ENDS = frozenset(".;:!?…")


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a text."""

    text: str
    """As compared: apostrophes straight, soft hyphens gone."""
    folded: str
    start: int
    end: int
    spaced: bool
    """A space stands before it."""

    @property
    def is_word(self) -> bool:
        """Whether it is no punctuation mark."""
        return self.text[:1].isalnum()


@dataclass(frozen=True, slots=True)
class Found:
    """An entry at a place of a text, in characters."""

    entry: Entry
    start: int
    end: int


@cache
def _pattern() -> re.Pattern[str]:
    marks: list[str] = []
    begin = None
    for code in range(0x300, 0x11000):
        is_mark = unicodedata.category(chr(code))[0] == "M" or code in (0x200C, 0x200D)
        if is_mark and begin is None:
            begin = code
        elif not is_mark and begin is not None:
            marks.append(f"{chr(begin)}-{chr(code - 1)}")
            begin = None
    more = "".join(marks) + "\u00ad\u2060"
    return re.compile(rf"[{_UNSPACED}]|(?:(?![{_UNSPACED}])\w[{more}]*)+|[^\w\s]")


def tokens_of(text: str) -> list[Token]:
    """The tokens of a text in order."""
    found: list[Token] = []
    for match in _pattern().finditer(text):
        plain = match[0].translate(_APOSTROPHES)
        start = match.start()
        if plain:
            spaced = bool(start) and text[start - 1].isspace()
            found.append(Token(plain, _fold(plain), start, match.end(), spaced))
    return found


def _folded_tokens(text: str) -> set[str]:
    """The different tokens of a text, folded."""
    return {_fold(token) for token in set(_pattern().findall(text))}


class Matcher:
    """The entries of a lexicon, ready to be looked for."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        """Of entries for the same place the longer goes first, then the one that comes later."""
        self._by_first: dict[str, list[tuple[int, int, Entry, tuple[Token, ...]]]] = {}
        self._parts: list[tuple[int, int, Entry, str]] = []
        for number, entry in enumerate(entries):
            tokens = tuple(tokens_of(entry.word))
            if not tokens:
                continue
            if entry.part:
                self._parts.append((-len(entry.word), -number, entry, _fold(entry.word)))
            else:
                self._by_first.setdefault(tokens[0].folded, []).append((-len(tokens), -number, entry, tokens))
        for candidates in self._by_first.values():
            candidates.sort(key=lambda one: one[:2])
        self._parts.sort(key=lambda one: one[:2])

    def could_match(self, text: str) -> list[Entry]:
        """The entries whose words all occur in a text, in their order; more than do match, never fewer."""
        known = _folded_tokens(text)
        folded = _fold(text.translate(_APOSTROPHES)) if self._parts else ""
        chosen = [(-number, entry) for _, number, entry, part in self._parts if part in folded]
        for first in known & self._by_first.keys():
            for _, number, entry, tokens in self._by_first[first]:
                if all(token.folded in known for token in tokens):
                    chosen.append((-number, entry))
        return [entry for _, entry in sorted(chosen, key=lambda one: one[0])]

    def find(self, text: str) -> list[Found]:
        """What is said otherwise in a sentence: places that do not overlap, in order."""
        if not self._by_first and not self._parts:
            return []
        if not self._parts and self._by_first.keys().isdisjoint(_folded_tokens(text)):
            return []  # most sentences
        tokens = tokens_of(text)
        words = {token.folded for token in tokens}
        found: list[Found] = []
        index = 0
        while index < len(tokens):
            token = tokens[index]
            step = 1
            for _, _, entry, wanted in self._by_first.get(token.folded, ()):
                last = index + len(wanted)
                if _same(tokens[index:last], wanted, entry) and _holds(entry, tokens, index, last, words):
                    found.append(Found(entry, token.start, tokens[last - 1].end))
                    step = len(wanted)
                    break
            else:
                found += self._inside(text, token, tokens, index, words)
            index += step
        return found

    def _inside(
        self, text: str, token: Token, tokens: Sequence[Token], index: int, words: set[str]
    ) -> list[Found]:
        """Entries that are found inside a word, too; the first of them that is there."""
        for _, _, entry, part in self._parts:
            at = token.folded.find(part)
            written = text[token.start : token.end]
            if at < 0 or len(written) != len(token.folded):
                continue
            if _case_fits(entry, entry.word, written[at : at + len(part)]) and _holds(
                entry, tokens, index, index + 1, words
            ):
                return [Found(entry, token.start + at, token.start + at + len(part))]
        return []


def _same(tokens: Sequence[Token], wanted: Sequence[Token], entry: Entry) -> bool:
    if len(tokens) < len(wanted):
        return False
    pairs = list(zip(tokens, wanted, strict=False))
    if any(one.folded != other.folded for one, other in pairs):
        return False
    if any(one.spaced != other.spaced for one, other in pairs[1:]):
        return False
    written = " ".join(one.text for one, _ in pairs)
    return _case_fits(entry, " ".join(token.text for token in wanted), written)


def _case_fits(entry: Entry, wanted: str, written: str) -> bool:
    if entry.case == "any" or written == wanted:
        return True
    return entry.case == "smart" and (not _has_capitals(wanted) or written == wanted.upper())


def _has_capitals(text: str) -> bool:
    return text != text.lower()


def _holds(entry: Entry, tokens: Sequence[Token], first: int, last: int, words: set[str]) -> bool:
    """Whether the surroundings are those that the entry asks for."""
    if not entry.conditional:
        return True
    if entry.near and not any(_fold(word) in words for word in entry.near):
        return False
    before = _around(tokens, range(first - 1, -1, -1), entry.reach)
    following = _around(tokens, range(last, len(tokens)), entry.reach)
    return (
        (not entry.after or _any_of(entry.after, before))
        and (not entry.before or _any_of(entry.before, following))
        and not _any_of(entry.unless_after, before)
        and not _any_of(entry.unless_before, following)
    )


def _around(tokens: Sequence[Token], places: Iterable[int], reach: int) -> set[str]:
    """The nearest words in one direction, as far as the clause goes."""
    found: set[str] = set()
    count = 0
    for place in places:
        token = tokens[place]
        if token.is_word:
            if place + 1 < len(tokens) and _is_contracted(tokens, place):
                continue  # the "s" of "he's" is no word of its own
            found.add(_whole(tokens, place))
            count += 1
            if count == reach:
                break
        elif token.text in _ENDS:
            break
    return found


def _is_contracted(tokens: Sequence[Token], place: int) -> bool:
    return (
        place >= 2
        and tokens[place - 1].text == "'"
        and not tokens[place].spaced
        and not tokens[place - 1].spaced
    )


def _whole(tokens: Sequence[Token], place: int) -> str:
    """A word with what an apostrophe joins to it: ``hadn't``, ``he'd``."""
    if place + 2 < len(tokens) and tokens[place + 1].text == "'" and not tokens[place + 1].spaced:
        tail = tokens[place + 2]
        if tail.is_word and not tail.spaced:
            return f"{tokens[place].folded}'{tail.folded}"
    return tokens[place].folded


def _any_of(words: Iterable[str], there: set[str]) -> bool:
    return any(_fold(word) in there for word in words)


def _fold(text: str) -> str:
    """As compared: without case, apostrophes straight. Equal words are one object."""
    return sys.intern(text.translate(_APOSTROPHES).lower())
