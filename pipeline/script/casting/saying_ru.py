"""Russian: who is said to have spoken, by the author's words beside a speech.

The verb of speaking tells the gender, its subject stands in the nominative: "сказал Анне" is said to Anna. Cases
are those of pymorphy3's dictionary (OpenCorpora).
"""

from __future__ import annotations

import re
from functools import lru_cache

from pipeline.script.casting.cast import FEMALE, MALE
from pipeline.script.casting.saying import FIRST_PERSON, Saying
from pipeline.script.casting.words import words

_WORDS = words("ru")
_PAST = _WORDS["past"]


def _forms(past: str) -> list[str]:
    stem = past.removesuffix("ся")
    if stem.endswith("л"):
        return [past, stem + ("ась" if past.endswith("ся") else "а")]
    return [past, {"произнёс": "произнесла", "произнес": "произнесла"}[past]]


_FEMININE = frozenset(form for past in _PAST for form in _forms(past)[1:])
_VERBS = frozenset((*_PAST, *_FEMININE, *_WORDS["present"]))
_WORD = re.compile(r"[А-Яа-яЁё]+(?:-[А-Яа-яЁё]+)*|[.,:;!?…()«»—–]")
_PRONOUNS = {"он": MALE, "она": FEMALE}
_BETWEEN = frozenset(_WORDS["between"])
_TITLES = {**dict.fromkeys(_WORDS["titles_male"], MALE), **dict.fromkeys(_WORDS["titles_female"], FEMALE)}
_FARTHEST = 6
"""Words beside the verb in which its subject is looked for."""


def is_author(mark: str, text: str) -> bool:
    """Whether what follows ``mark`` and a dash inside a speech is the author's."""
    tokens = _WORD.findall(text[:200])
    if not tokens:
        return False
    clause = _clause(tokens)
    speaks = any(token.lower() in _VERBS for token in clause[:_FARTHEST])
    if tokens[0][0].islower():
        return speaks or (mark[0] in "!?…." and any(_is_past(token) for token in clause[:4]))
    acts = _is_name(tokens[0]) or tokens[0].lower() in _PRONOUNS
    return mark[0] in ".!?…" and acts and any(_is_past(token) for token in clause[1:4])


def author(text: str) -> Saying | None:
    """Who speaks, by the author's words after a speech, or before one."""
    clause = _clause(_WORD.findall(text[:300].lstrip(" ,—–-")))
    at = next((place for place, token in enumerate(clause) if token.lower() in _VERBS), None)
    if at is None:
        return None
    verb = clause[at].lower()
    gender = FEMALE if verb in _FEMININE else MALE if verb in _PAST else ""
    after = clause[at + 1 : at + 1 + _FARTHEST]
    return _subject(after, gender, strict=True) or _subject(
        clause[max(0, at - _FARTHEST) : at], gender, strict=False
    )


def speaks(text: str) -> bool:
    """Whether the author's words beside a speech say that somebody spoke."""
    return any(token.lower() in _VERBS for token in _clause(_WORD.findall(text[:300].lstrip(" ,—–-"))))


def subject(text: str) -> str:
    """The name that a sentence begins with as the subject of a verb in the past; empty where it begins with none."""
    clause = _clause(_WORD.findall(text[:200]))
    if len(clause) > 1 and _is_name(clause[0]) and any(_is_past(token) for token in clause[1:4]):
        made = _subject(clause[:3], "", strict=False)
        return made.name if made else ""
    return ""


def gender_of(name: str) -> tuple[str, str]:
    """What a name says of who has it, and why; empty where it does not tell."""
    said = name.lower().split()
    for word in said:
        if word in _TITLES:
            return _TITLES[word], f"«{word}»"
    if not said:
        return "", ""
    found = {parse[1] for parse in _parses(said[0]) if parse[0] and parse[1]}
    if len(found) == 1:
        return {"masc": MALE, "femn": FEMALE}.get(found.pop(), ""), "имя"
    return "", ""


def _clause(tokens: list[str]) -> list[str]:
    """The words up to the next stop that is more than a comma."""
    clause: list[str] = []
    for token in tokens:
        if clause and token in frozenset(".:;!?…—–"):
            break
        clause.append(token)
    return clause


def _subject(tokens: list[str], gender: str, *, strict: bool) -> Saying | None:
    """The subject among these words; ``strict``: it stands right beside the verb, but for a few small words."""
    place = 0
    while place < len(tokens):
        token = tokens[place]
        low = token.lower()
        if low in _PRONOUNS:
            return Saying("", _PRONOUNS[low]) if not gender or _PRONOUNS[low] == gender else None
        if low == "я":
            return Saying(FIRST_PERSON)
        if low in _TITLES and _agrees(_TITLES[low], gender):
            name = [token.lower(), *_names(tokens[place + 1 :])]
            return Saying(" ".join(name), gender or _TITLES[low])
        if token[0].isupper() and (names := _names(tokens[place:])):
            own, _ = gender_of(names[0])
            return Saying(" ".join(names), gender or own) if _agrees(own, gender) else None
        if low in _BETWEEN or (low.endswith(("о", "е")) and _is_adverb(low)):
            place += 1
            continue
        if _is_person(low, gender):
            return Saying(low, gender)
        if strict or not token[0].isalpha():
            return None
        place += 1
    return None


def _names(tokens: list[str]) -> list[str]:
    found: list[str] = []
    for token in tokens[:3]:
        if not token[0].isupper() or not _is_name(token):
            break
        found.append(token)
    return found


def _agrees(own: str, gender: str) -> bool:
    return not own or not gender or own == gender


def _is_name(token: str) -> bool:
    """Whether a word with a capital can be a name in the nominative."""
    if not token[:1].isupper() or token.lower() in _PRONOUNS or token.lower() in _BETWEEN:
        return False
    parses = _parses(token.lower())
    named = [parse for parse in parses if parse[0]]
    return (
        any("nomn" in parse[2] for parse in named)
        if named
        else any("NOUN" in p[2] and "nomn" in p[2] for p in parses)
    )


def _is_person(word: str, gender: str) -> bool:
    wanted = {MALE: "masc", FEMALE: "femn"}.get(gender, "")
    return any(
        "NOUN" in tag
        and "anim" in tag
        and "nomn" in tag
        and "sing" in tag
        and (not wanted or own in (wanted, ""))
        for _, own, tag in _parses(word)[:1]
    )


def _is_past(word: str) -> bool:
    return any("VERB" in tag and "past" in tag for _, _, tag in _parses(word.lower())[:1])


def _is_adverb(word: str) -> bool:
    return any("ADVB" in tag for _, _, tag in _parses(word)[:1])


@lru_cache(maxsize=20_000)
def _parses(word: str) -> tuple[tuple[bool, str, str], ...]:
    """Whether it is a name, its gender, and all that is said of it; the likeliest reading first."""
    from pipeline.script.spoken.russian_grammar import analyser

    found = []
    for parse in analyser().parse(word):
        tag = str(parse.tag)
        name = "Name" in tag or "Surn" in tag or "Patr" in tag
        found.append((name, str(parse.tag.gender or ""), tag))
    return tuple(found)


__all__ = ["author", "gender_of", "is_author", "speaks", "subject"]
