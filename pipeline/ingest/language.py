"""Which language a book is in: what it declares, checked against what its text looks like.

Declared languages are often wrong (tools fill in their own), and a book read by the wrong voice is lost. But
detection errs too, so a declaration is overruled only on clear evidence: another script, or a text that
has hardly any of the language's commonest words while the detector is of one mind about every passage.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import cache

from pipeline.ingest.language_facts import (
    ALPHABETS,
    COMMON_SHARE,
    COMMON_WORDS,
    FOREIGN_SHARE,
    LANGUAGE_OF,
    LIKELY,
    NAMES,
    NEAR,
    SCRIPTS,
    SCRIPTS_OF,
    THREE_LETTERS,
    UNLIKE,
)

PASSAGES = 5
"""How many passages, from all over the text, are looked at."""
PASSAGE_CHARACTERS = 1500
SURE_LETTERS = 100
"""With fewer letters detection is a guess."""
GUESS_CHARACTERS = 60
LIKELY_CHARACTERS = 300
"""A passage that is shorter is taken for one of the languages that are likely beforehand."""

_UNKNOWN = frozenset({"und", "zxx", "mul", "mis", "unknown", "x-none"})
_TAG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*")


def tidy(declared: str) -> str:
    """A declared language as a BCP 47 tag in its usual case; empty when it says nothing.

    ``en_us`` becomes ``en-US``, ``eng`` ``en``, ``zh-hant-tw`` ``zh-Hant-TW``, ``und`` nothing.
    """
    tag = declared.strip().replace("_", "-").partition(".")[0]
    tag = NAMES.get(tag.lower(), tag)
    if tag.lower() in _UNKNOWN or not _TAG.fullmatch(tag):
        return ""
    first, *rest = tag.split("-")
    first = THREE_LETTERS.get(first.lower(), first.lower())
    if first in _UNKNOWN:
        return ""
    return "-".join([first, *(_subtag(part) for part in rest)])


def _subtag(part: str) -> str:
    if len(part) == 4 and part.isalpha():
        return part.title()
    return part.upper() if len(part) == 2 else part.lower()


def settle(declared: str, passages: Sequence[str]) -> tuple[str, str]:
    """The language to read in, and a doubt (empty when there is none).

    Passages are pieces of the book's text (see ``sample``). The tag is empty when nothing can be told.
    """
    tag = tidy(declared)
    text = " ".join(passages)
    if tag and _is_plausible(tag, text):
        return tag, ""
    found, agreement = _detect(passages)
    if not tag:
        doubt = (
            f"The source does not say which language it is in; it looks like {found or 'none that is known'}."
        )
        return found, "" if agreement > 0.5 else doubt
    if (
        not found
        or _same(tag, found)
        or not (_has_other_script(tag, text) or (agreement == 1 and _is_known(tag)))
    ):
        return tag, ""
    doubt = f"The source says that its language is {tag}, but its text is {found}, and was taken as such."
    return found, doubt


def sample(text_at: Sequence[str]) -> list[str]:
    """Passages from all over a book, given the texts of its blocks."""
    step = max(1, len(text_at) // PASSAGES)
    passages = []
    for start in range(0, len(text_at), step):
        passage = ""
        for text in text_at[start : start + step]:
            passage += text[: PASSAGE_CHARACTERS - len(passage)] + "\n"
            if len(passage) >= PASSAGE_CHARACTERS:
                break
        passages.append(passage)
    return passages


def scripts(text: str) -> Counter[str]:
    """How many letters of each script a text has."""
    often = Counter(text)
    each = "".join(often)  # a text has few different characters
    found = {name: sum(often[one] for one in letters.findall(each)) for name, letters in SCRIPTS.items()}
    return Counter({name: count for name, count in found.items() if count})


def _is_plausible(tag: str, text: str) -> bool:
    """Whether the text can be in that language, as far as script and commonest words tell."""
    counts = scripts(text)
    if _has_other_script(tag, text):
        return False
    language, expected = tag.partition("-")[0], _expected_scripts(tag)
    if language == "zh" and counts["Kana"] > 0.1 * counts.total():
        return False
    common = COMMON_WORDS.get("no" if language in ("nb", "nn") else language)
    words = re.findall(r"[^\W\d_]+", text.lower())
    if common is None or len(words) < 100:
        # Too little text to overrule anybody, or a script that tells enough; else the detector is asked.
        return len(words) < 100 or "Latn" not in expected
    return sum(word in common for word in words) >= COMMON_SHARE * len(words)


def _expected_scripts(tag: str) -> tuple[str, ...]:
    language, *subtags = tag.split("-")
    for subtag in subtags:
        if subtag in ("Hans", "Hant"):
            return ("Hani",)
        if subtag in SCRIPTS:
            return (subtag,)
    return SCRIPTS_OF.get(language, ("Latn",))


def _detect(passages: Sequence[str]) -> tuple[str, float]:
    """The language of most of the text (empty when none can be told), and which part of it is in it.

    Of a text that is too short to be sure of anything, that part is given as 0.
    """
    words = [passage for passage in passages if re.search(r"[^\W\d_]{2}", passage)]
    if sum(map(len, words)) < GUESS_CHARACTERS and all(passage.isascii() for passage in words):
        return ("en" if words else ""), 0  # the detector would say anything of a text like that
    votes: Counter[str] = Counter()
    for passage in words:  # a heading of one word has less to say than a page
        votes[_obvious(passage) or _classify(passage)] += len(passage)
    votes.pop("zxx", None)  # the detector's "no language at all"
    if not votes:
        return "", 0
    best, count = votes.most_common(1)[0]
    enough = scripts(" ".join(words)).total() >= SURE_LETTERS
    return best, count / sum(map(len, words)) if enough else 0


def _obvious(text: str) -> str:
    """The language where it can be told without the detector; empty where it cannot.

    That is by a script which only one language uses much, or by the commonest words of a language that has
    no near relative among those written in books.
    """
    counts = scripts(text)
    main, letters = max(counts.items(), key=lambda pair: pair[1], default=("", 0))
    if main in LANGUAGE_OF and letters > 0.5 * counts.total():
        return LANGUAGE_OF[main]
    if counts["Kana"] > 0.2 * counts.total():
        return "ja"
    words = re.findall(r"[^\W\d_]+", text.lower())
    if len(words) < 50:
        return ""
    shares = {name: sum(w in common for w in words) / len(words) for name, common in COMMON_WORDS.items()}
    best, second = sorted(shares, key=shares.__getitem__, reverse=True)[:2]
    return best if best in UNLIKE and shares[best] >= 0.2 and shares[best] >= 2 * shares[second] else ""


def _has_other_script(tag: str, text: str) -> bool:
    counts = scripts(text)
    return sum(counts[script] for script in _expected_scripts(tag)) < 0.3 * counts.total()


def _is_known(tag: str) -> bool:
    """Whether the detector knows the declared language: of any other it could only be wrong."""
    return tag.partition("-")[0] in _labels()


def _same(tag: str, found: str) -> bool:
    language = tag.partition("-")[0]
    return language == found or any(language in group and found in group for group in NEAR)


def _classify(text: str) -> str:
    # Takes half a second and 100 MB to load: only asked when a declaration is missing or hard to believe.
    import py3langid

    ranked = [str(language) for language, _ in py3langid.rank(text)]
    # A few words fit many languages: then it is one of those that most books are in.
    likely = LIKELY if len(text) < LIKELY_CHARACTERS else ranked
    return next((tag for tag in ranked if tag in likely and _can_be_written_so(tag, text)), "zxx")


def _can_be_written_so(tag: str, text: str) -> bool:
    """Whether a language has the script of a text, and its letters."""
    if _has_other_script(tag, text):
        return False
    alphabet = ALPHABETS.get(tag)
    if alphabet is None:
        return True
    letters = re.findall("[\u0400-\u04ff]", text.lower())
    return sum(letter not in alphabet for letter in letters) <= FOREIGN_SHARE * len(letters)


@cache
def _labels() -> frozenset[str]:
    from py3langid import langid

    return frozenset(langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE).labels)
