"""English: who is said to have spoken beside a quotation."""

from __future__ import annotations

import re
import unicodedata

from pipeline.script.casting.cast import FEMALE, MALE
from pipeline.script.casting.saying import FIRST_PERSON, Saying
from pipeline.script.casting.words import words

_WORDS = words("en")
TITLES = {**dict.fromkeys(_WORDS["titles_male"], MALE), **dict.fromkeys(_WORDS["titles_female"], FEMALE)}
_NOT_NAMES, _NOT_SPEAKERS = frozenset(_WORDS["not_names"]), frozenset(_WORDS["not_speakers"])
_PERSONS = {
    **dict.fromkeys(_WORDS["persons_male"], MALE),
    **dict.fromkeys(_WORDS["persons_female"], FEMALE),
}
_FIRST = {**dict.fromkeys(_WORDS["first_male"], MALE), **dict.fromkeys(_WORDS["first_female"], FEMALE)}

_V = rf"(?:{'|'.join(_WORDS['verbs'])})"
_TITLE = rf"(?:{'|'.join(word.capitalize() for word in (*TITLES, *_WORDS['titles']))})\.?"
_CAPITAL = r"[A-Z][\w’'-]*[\w]"
_PROPER = rf"(?:(?:the|The)\s+)?(?:{_TITLE}\s+)?{_CAPITAL}(?:\s+(?:de|von|van|of|la)?\s*{_CAPITAL}){{0,3}}"
_NOUN = r"(?:[Tt]he|[Hh]is|[Hh]er|[Mm]y)\s+(?:[a-z]+\s+){0,2}?[a-z]{3,}"
_PRONOUN = r"(?:[Hh]e|[Ss]he|I|[Tt]hey|[Ww]e)"
_WHO = rf"(?P<who>{_PRONOUN}\b|{_PROPER}|{_NOUN})"
_ADVERB = r"(?:\s+(?:[a-z]+ly|then|again|at last|softly|aloud))?"
_STOPS = (
    r"(?=[,.;:!?—–)]|\s+(?:[a-z]+ly|[a-z]+ing|and|as|with|in|to|from|after|at|for|on|who|when|while|but|again|aloud|"
    r"without|half|quite|rather|by|over|then|an?|the|his|her)\b|\s*$)"
)
_CLAUSE = r"[^.!?…“”\"]"
_AFTER_VERB = re.compile(
    rf"^[\s,—–-]*(?:and\s+|then\s+)?{_V}{_ADVERB}\s+(?P<who>{_PRONOUN}\b|(?:{_PROPER}|{_NOUN}){_STOPS})"
)
_AFTER_NAME = re.compile(
    rf"^[\s,—–-]*(?:and\s+|but\s+|then\s+)?{_WHO}(?:\s+(?:had|has|then|only|just|also|at last|[a-z]+ly))?\s+{_V}\b"
)
_BEFORE = re.compile(
    rf"(?:^|[.!?…]\s+|[”’\"]\s+)(?:And\s+|But\s+|Then\s+|At last\s+|So\s+)?{_WHO}(?!’s|'s)\b{_CLAUSE}{{0,90}}?"
    rf"\b{_V}\b{_CLAUSE}{{0,60}}[,:—]\s*$"
)
_BEFORE_VERB = re.compile(rf"\b{_V}\s+{_WHO}{_CLAUSE}{{0,60}}[,:—]\s*$")
_SUBJECT = re.compile(rf"^\s*(?P<who>{_PROPER})\s+(?!and\b)[a-z]+(?:ed|t|w|ke|ook|ose|ood|at|an|ave|eld)\b")
_SPEAKS = re.compile(rf"\b{_V}\b")
SPEAKS_WITHIN = 60
"""Characters from a quotation within which its verb stands."""


def gender_of(name: str) -> tuple[str, str]:
    """What a name says of who has it, and why; empty where it does not tell."""
    plain = "".join(c for c in unicodedata.normalize("NFD", name) if not unicodedata.combining(c))
    said = [word.strip(".").lower() for word in plain.split() if word.lower() != "the"]
    if said and said[0] in TITLES:
        return TITLES[said[0]], f"title “{said[0].capitalize()}”"
    first = said[0] if said else ""
    if first in _FIRST:
        return _FIRST[first], "first name"
    if said and said[-1] in _PERSONS:
        return _PERSONS[said[-1]], f"“{said[-1]}”"
    return "", ""


def after(text: str) -> Saying | None:
    """Who spoke, by the narration right after a quotation."""
    for pattern in (_AFTER_VERB, _AFTER_NAME):
        if (found := pattern.match(text)) and (made := _saying(found["who"])):
            return made
    return None


def before(text: str) -> Saying | None:
    """Who speaks, by the narration right before a quotation."""
    for pattern in (_BEFORE_VERB, _BEFORE):
        found = list(pattern.finditer(text))
        if found and (made := _saying(found[-1]["who"])):
            return made
    return None


def speaks(text: str) -> bool:
    """Whether narration beside a quotation says that somebody spoke."""
    return (
        _SPEAKS.search(text[:SPEAKS_WITHIN]) is not None or _SPEAKS.search(text[-SPEAKS_WITHIN:]) is not None
    )


def subject(text: str) -> str:
    """The name that a sentence begins with as its subject; empty where it begins with none."""
    found = _SUBJECT.match(text)
    made = _saying(found["who"]) if found else None
    return made.name if made else ""


def _saying(who: str) -> Saying | None:
    low = who.lower()
    if low in ("i", "we"):
        return Saying(FIRST_PERSON) if low == "i" else None
    if low == "they":
        return None
    if low in ("he", "she"):
        return Saying("", MALE if low == "he" else FEMALE)
    said = who.split()
    if who.endswith(("’s", "'s", "’", "'")):
        return None  # somebody of theirs
    if said[0].lower() == "the":
        own = said[1:]
        if not own or own[-1].lower() in _NOT_SPEAKERS or own[-1].lower() in _NOT_NAMES:
            return None
        return Saying("the " + " ".join(own))
    if said[0].lower() in ("his", "her", "my"):
        is_person = said[-1].lower() in _PERSONS
        return Saying(f"{said[0].lower()} {' '.join(said[1:])}") if is_person else None
    if said[0].lower().strip(".") in _NOT_NAMES or said[-1].lower() in _NOT_NAMES:
        return None
    return Saying(" ".join(said))


__all__ = ["after", "before", "gender_of", "speaks", "subject"]
