"""The lexicon: how names and other words are said that a voice would get wrong.

Layers, each of which goes before those above it: the homographs that come with Voxpress, the user's own
lexicon, one for the series, one for the book. ``files`` and ``pls`` read them, ``matching`` finds their words,
and ``Lexicon.apply`` says what becomes of the display words of a sentence; that is final, and no rule of
``pipeline.script.spoken`` sees these words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from pipeline.script.lexicon.entry import Entry
from pipeline.script.lexicon.matching import Found, Matcher
from pipeline.script.normalise import cleaned

_TAIL = re.compile(r"[^\w]*$")
_POSSESSIVE = re.compile(r"['’]s\b")
_HISSING, _VOICELESS = frozenset("szʃʒ"), frozenset("ptkfθ")
_ELIDED = {
    "c": "s", "d": "d", "j": "ʒ", "l": "l", "m": "m", "n": "n", "qu": "k", "s": "s", "t": "t", "all": "al",
    "dall": "dal", "dell": "del", "nell": "nel", "quell": "kwel", "sull": "sul", "un": "un",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Told:
    """What the lexicon says for one display word."""

    spoken: str | None
    """None: as the rules of the language have it (there is only ``ipa``). Empty: nothing, because the word
    before it says it."""
    ipa: str = ""


class Lexicon:
    """Entries, the later of which go before the earlier."""

    def __init__(self, entries: Iterable[Entry] = (), *, ipa: bool = True) -> None:
        """``ipa``: whether the voice can be told how a word sounds."""
        self.entries = tuple(entries)
        self.ipa = ipa
        self.left_out: dict[str, int] = {}
        """Words that could not be said as their entries want, because the voice reads no IPA and there is no
        ``say``; how often. Grows as the lexicon is applied."""

    def __bool__(self) -> bool:
        return bool(self.entries)

    @cached_property
    def _matcher(self) -> Matcher:
        return Matcher(self.entries)

    @cached_property
    def _matchers(self) -> dict[str, Matcher]:
        return {}

    def for_text(self, text: str, engine: str, *, ipa: bool) -> Lexicon:
        """Only what can occur in a text that this engine speaks: what its script depends on."""
        entries = self._matcher.could_match(text)
        return Lexicon((one for one in entries if not one.engines or engine in one.engines), ipa=ipa)

    def entry_for(self, word: str, language: str) -> Entry | None:
        """The entry that a word or phrase has whatever stands around it."""
        for found in self._find(word, language):
            if (found.start, found.end) == (0, len(word)) and not found.entry.conditional:
                return found.entry
        return None

    def apply(self, texts: Sequence[str], joins: Sequence[bool], language: str) -> dict[int, Told]:
        """What is said for the display words of a sentence, by their place; others are not touched.

        ``joins[i]`` says that no space stands before word ``i``.
        """
        if not self.entries:
            return {}
        sentence, begins = _laid_out(texts, joins)
        told: dict[int, Told] = {}
        for found in self._find(sentence, language):
            inside = [
                index
                for index, begin in enumerate(begins)
                if begin < found.end and begin + len(texts[index]) > found.start
            ]
            if any(index in told for index in inside):
                continue  # two entries inside one display word: the first one has it
            told.update(self._tell(found, texts, begins, inside))
        return told

    def _find(self, text: str, language: str) -> list[Found]:
        if language not in self._matchers:
            self._matchers[language] = Matcher(one for one in self.entries if one.speaks(language))
        return self._matchers[language].find(text)

    def _tell(
        self, found: Found, texts: Sequence[str], begins: Sequence[int], inside: Sequence[int]
    ) -> Iterator[tuple[int, Told]]:
        entry, first, last = found.entry, inside[0], inside[-1]
        head = texts[first][: max(0, found.start - begins[first])]
        tail = texts[last][found.end - begins[last] :]
        sound_of_it = _sound(entry.ipa, head, tail) if self.ipa else ""
        use_ipa = bool(sound_of_it)
        if not use_ipa and not entry.say:
            self.left_out[entry.word] = self.left_out.get(entry.word, 0) + 1
            return
        said = _around(head, cleaned(entry.say) or entry.say, tail) if entry.say else ""
        shares = _dealt(said, len(inside))
        sounds = _dealt(sound_of_it, len(inside)) if use_ipa else [""] * len(inside)
        for index, share, sound in zip(inside, shares, sounds, strict=True):
            silent = bool(use_ipa and not sound)
            yield index, Told(share if entry.say else "" if silent else None, sound)


NO_LEXICON = Lexicon()
"""Nothing is said otherwise."""


@lru_cache(maxsize=256)
def lexicon_doubt(word: str, times: int, voice: str) -> str:
    """The sentence of the report about a word whose IPA could not be used."""
    often = "once" if times == 1 else f"{times} times"
    return (
        f"The lexicon gives only IPA for {word!r} ({often}), which the voice {voice} cannot be told: it was read as "
        "written; give it a 'say' as well."
    )


def _laid_out(texts: Sequence[str], joins: Sequence[bool]) -> tuple[str, list[int]]:
    """The sentence, and where each display word begins in it."""
    pieces: list[str] = []
    begins: list[int] = []
    place = 0
    for text, joined in zip(texts, joins, strict=True):
        if pieces and not joined:
            pieces.append(" ")
            place += 1
        begins.append(place)
        pieces.append(text)
        place += len(text)
    return "".join(pieces), begins


def _around(head: str, said: str, tail: str) -> str:
    """What is said, with what stands around it in its display words: punctuation, a possessive s."""
    before = cleaned(head + "x")[:-1] if head else ""
    after = cleaned("x" + tail)[1:] if tail else ""
    return before + said + after


def _dealt(said: str, count: int) -> list[str]:
    """One word for each display word where there are as many, else all for the first."""
    parts = said.split()
    return parts if len(parts) == count else [" ".join(parts), *[""] * (count - 1)]


def _sound(ipa: str, head: str, tail: str) -> str:
    """How it sounds with what is joined to it; empty when letters are, whose sound is not known.

    English: that of a possessive s follows from the sound before it. French and Italian: an elided word is
    the consonant that is left of it.
    """
    if not ipa:
        return ""
    begun = head.strip("\"'’“”„«»‹›‘([{¿¡—–-").casefold()
    if begun and begun not in _ELIDED:
        return ""
    ipa = _ELIDED.get(begun, "") + ipa
    if found := _POSSESSIVE.match(tail):
        last = ipa.rstrip("ː.ˈˌ ")[-1:]
        ipa += "ɪz" if last in _HISSING else "s" if last in _VOICELESS else "z"
        tail = tail[found.end() :]
    return "" if any(map(str.isalnum, tail)) else ipa


def punctuation_after(spoken: str) -> str:
    """The marks that end a spoken form: what engines put after phonemes."""
    found = _TAIL.search(spoken)
    return found[0] if found else ""


__all__ = ["NO_LEXICON", "Entry", "Lexicon", "Told", "lexicon_doubt", "punctuation_after"]
