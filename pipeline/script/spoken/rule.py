"""What a language module is made of: rules, and what tells a word that needs none."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

Say = Callable[[re.Match[str]], "str | None"]
"""From a match to what is said for it; None leaves the text to the rules that follow.

The match's ``string`` is the whole sentence, so that a rule can look left and right. What is said is plain
words, with ``|`` between the shares of the display words that the match covers: ``three|million dollars`` for
``$3 million``. With another number of shares the words are dealt out in proportion to the display words'
lengths; an empty share is a display word in which nothing is said.
"""


@dataclass(frozen=True, slots=True)
class Rule:
    """One way in which something is written, and how that is said."""

    kind: str
    """The semiotic class: cardinal, date, money ... (docs and ``speakable --json`` show it)."""
    pattern: re.Pattern[str]
    """Searched in the whole sentence. The run that is replaced is the group ``said`` where there is one,
    else the whole match. It must take linear time on any text."""
    say: Say


def rule(kind: str, pattern: str, say: Say, flags: int = 0) -> Rule:
    """A rule with its pattern compiled."""
    return Rule(kind, re.compile(pattern, flags), say)


def kept(kind: str, pattern: str, flags: int = 0) -> Rule:
    """A rule for what is left as it is written, so that no later rule touches it."""
    return rule(kind, pattern, _as_written, flags)


def _as_written(match: re.Match[str]) -> str:
    return (match["said"] if "said" in match.re.groupindex else match[0]).replace("|", " ").replace(" ", "|")


MARKUP = kept("kept", r"</?[A-Za-z][^<>:]{0,80}>")
"""Tags that stand in the text, as in a book about them."""


def replaced(kind: str, pattern: str, said: str, flags: int = 0) -> Rule:
    """A rule that always says the same."""
    return rule(kind, pattern, lambda _: said, flags)


_GREEK = re.compile(r"[\u0370-\u03ff\u1f00-\u1fff]")


def in_greek_word(match: re.Match[str]) -> bool:
    """Whether a Greek letter stands next to the match, so that it is no sign of its own."""
    around = match.string[max(0, match.start() - 1) : match.start()], match.string[match.end() :][:1]
    return any(_GREEK.match(letter) for letter in around)


def word_before(match: re.Match[str]) -> str:
    """The word right before the match, in small letters; empty where there is none."""
    words = re.findall(r"([\w'’]+)[ «\"(]*$", match.string[max(0, match.start() - 24) : match.start()])
    return words[0].lower() if words else ""


def alternatives(words: Iterable[str]) -> str:
    """A regular expression for any of the words, the longest first."""
    return "|".join(re.escape(word) for word in sorted(words, key=lambda w: (-len(w), w)))


def abbreviations(table: Mapping[str, str], kind: str = "abbreviation") -> Rule:
    """Abbreviations that mean the same wherever they stand, as they are written (``Mrs.``: ``misses``).

    Those of several words (``z. B.``) match with and without the space.
    """
    spoken = {key.replace(" ", ""): value for key, value in table.items()}
    pattern = alternatives(table).replace(r"\ ", " ?")

    def say(match: re.Match[str]) -> str:
        return spoken[match[0].replace(" ", "")]

    return rule(kind, rf"(?<![\w.@]){'(?:' + pattern + ')'}(?!\w)", say)


@dataclass(frozen=True, slots=True)
class Language:
    """How one language is spoken."""

    tag: str
    """BCP 47, the primary part alone: ``en``."""
    rules: tuple[Rule, ...]
    """In order of precedence: what one has taken, none of the following sees. The last ones are the
    sweeping ones: every number, every symbol."""
    triggers: re.Pattern[str] | None = None
    """Matched against the whole of a word that is made of letters (its marks stripped, so ``Dr`` and ``IV``):
    only sentences with such a word, or with a digit or symbol, are searched at all."""
