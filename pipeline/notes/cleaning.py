"""What was heard, as somebody would write it down: without fillers and repeated starts.

Nothing is moved: the times of the words that stay are those at which they were heard, and the sound has them all.
A word is taken for a filler only in languages in which it is none other ("um" is a preposition in German, and an
article in Portuguese). A repetition is a false start only where it looks like one: a word that begins phrases ("I I
went"), or several words from such a one on ("we were, we were at the lake"), and the sentence goes on after it. "Very
very cold" stays, and so does "I know, I know."
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pipeline.hear.recogniser import Heard
from pipeline.hear.tokens import BY_CHARACTER
from pipeline.script.sentences import primary_language

UNSURE = 0.35
"""Words that the recogniser is less sure of are in doubt."""
LONGEST_START = 4
"""Words of a start that is repeated."""
TOGETHER = 1.5
"""Seconds within which a start is repeated, from the end of the first to the beginning of the second."""
BREAK = 0.15
"""Seconds of silence that part two clauses where no comma does."""

_ALL = ("uhm", "uhmm", "umm", "uhh", "hmm", "hmmm", "mmm", "ähm", "öhm", "äh", "euh", "erm")
_FILLERS: Mapping[str, frozenset[str]] = {
    language: frozenset((*_ALL, *words.split()))
    for language, words in {
        "en": "um uh er eh ah hm mm",
        "de": "hm mh öh ehm eh ähä",
        "fr": "heu hum hm bah",
        "es": "eh em mm",
        "it": "ehm eh mm",
        "pt": "hum ahn hã eh",
        "nl": "eh uh ehm hm",
        "sv": "öh eh hm",
        "da": "øh øhm eh",
        "nb": "øh eh",
        "fi": "öö ööh",
        "pl": "yyy eee yy ee mm",
        "ru": "э ээ эээ эм мм ммм",
        "uk": "е-е ее еее мм",
        "zh": "呃",
        "ja": "えーと えっと えー",
    }.items()
}
_OTHERS = frozenset(_ALL) - {"äh"}
_STARTS: Mapping[str, frozenset[str]] = {
    language: frozenset(words.split())
    for language, words in {
        "en": "i i'm i've i'd he she we they it it's the a an my our your and but so or to of in on at for with "
        "what if when because",
        "de": "ich er wir ihr und aber oder ein eine der in im auf mit von zu es wenn weil",
        "fr": "je j'ai il elle on le un une et mais ou de à dans avec pour c'est",
        "es": "yo él ella el la un una y pero o de en con para es",
        "it": "io lui lei il la un una e ma o di in con per è",
        "pt": "eu ele ela o um uma e mas ou de em com para é",
        "nl": "ik hij wij we het de een en maar of van in op met",
        "ru": "я он она мы и а но в на с по это",
    }.items()
}
"""Words that begin a phrase and are repeated when somebody looks for the next one. Those that can stand twice in a
sentence ("die, die", "nous nous", "that that") are not among them."""
_EDGES = re.compile(r"^[\W_]+|[\W_]+$")
_TAIL = re.compile(r"[^\w\s'’\"”»)\]]+$")
_CUT_OFF = re.compile(r"\w[-–—]+[,.…]*$")
_ENDS = re.compile(r"[.!?…。！？]+[\"”»)\]]*$")


@dataclass(frozen=True, slots=True)
class Said:
    """A word of the transcript."""

    text: str
    start: float
    """Seconds from the start of the recording."""
    end: float
    sure: bool = True
    joined: bool = False
    """No space stands between the word before and this one."""


def cleaned(heard: Sequence[Heard], language: str) -> tuple[Said, ...]:
    """The words that stay, in order."""
    primary = primary_language(language)
    words = [Said(word.text, word.start, word.end, word.probability >= UNSURE) for word in heard]
    words = _without_starts(_without(words, _fillers(words, primary)), primary)
    if primary in BY_CHARACTER:
        words = [
            replace(word, joined=place > 0 and _touch(words[place - 1].text, word.text))
            for place, word in enumerate(words)
        ]
    return tuple(words)


def ends_sentence(text: str) -> bool:
    """Whether a word has the mark with which sentences end."""
    return bool(_ENDS.search(text))


def bare(text: str) -> str:
    """A word without the marks around it, in small letters."""
    return unicodedata.normalize("NFC", _EDGES.sub("", text)).casefold().replace("’", "'")


def _fillers(words: Sequence[Said], primary: str) -> set[int]:
    fillers = _FILLERS.get({"no": "nb", "nn": "nb", "cmn": "zh"}.get(primary, primary), _OTHERS)
    found = {place for place, word in enumerate(words) if bare(word.text) in fillers}
    # A recording of nothing else is of that.
    return found if len(found) < len(words) else set()


def _without_starts(words: list[Said], primary: str) -> list[Said]:
    starts = _STARTS.get(primary, frozenset())
    place = 0
    while place < len(words):
        size = _repeated(words, place, starts)
        if size:
            words = _without(words, set(range(place, place + size)))
        else:
            place += 1
    return words


def _repeated(words: Sequence[Said], place: int, starts: frozenset[str]) -> int:
    """How many words from ``place`` on are said again at once, and only begin something; 0: none."""
    for size in range(LONGEST_START, 0, -1):
        after = place + size
        if after + size > len(words):
            continue
        first, second = words[place:after], words[after : after + size]
        if second[0].start - first[-1].end > TOGETHER or any(ends_sentence(word.text) for word in first):
            continue
        if size == 1 and _CUT_OFF.search(first[0].text) and _goes_on(first[0].text, second[0].text):
            return 1
        said = [bare(word.text) for word in first]
        if not all(said) or said != [bare(word.text) for word in second]:
            continue
        goes_on = after + size < len(words) and not _TAIL.search(second[-1].text)
        apart = size == 1 or _parted(first[-1], second[0]) or _begins_clause(words, place)
        if goes_on and apart and said[0] in starts:
            return size
    return 0


def _goes_on(cut: str, whole: str) -> bool:
    """Whether a word that was broken off ("wh-") is said in full."""
    begun = bare(cut)
    return bool(begun) and bare(whole).startswith(begun)


def _begins_clause(words: Sequence[Said], place: int) -> bool:
    if not place:
        return True
    return _parted(words[place - 1], words[place])


def _parted(before: Said, after: Said) -> bool:
    """Whether a mark or silence stands between two words."""
    return bool(_TAIL.search(before.text)) or after.start - before.end >= BREAK


def _without(words: Sequence[Said], out: set[int]) -> list[Said]:
    """The others, with the marks and the capital that they leave to those around them."""
    kept: list[Said] = []
    capital = False
    for place, word in enumerate(words):
        if place in out:
            begins = not kept or ends_sentence(kept[-1].text)
            capital = capital or (begins and _EDGES.sub("", word.text)[:1].isupper())
            if kept and not begins and (mark := _TAIL.search(word.text)):
                # Between commas it was an aside, which they go with; where a sentence ended with it, one still does.
                ended = mark[0] if ends_sentence(word.text) else ""
                kept[-1] = replace(kept[-1], text=_TAIL.sub("", kept[-1].text) + ended)
            continue
        text = word.text
        if capital or (place - 1 in out and kept and ends_sentence(kept[-1].text)):
            text = text[:1].upper() + text[1:]
        kept.append(replace(word, text=text))
        capital = False
    return kept


def _touch(left: str, right: str) -> bool:
    return not (left[-1:].isascii() and left[-1:].isalnum() and right[:1].isascii() and right[:1].isalnum())


__all__ = ["Said", "bare", "cleaned", "ends_sentence"]
