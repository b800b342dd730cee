"""What the words around a Russian number say about its case, gender and kind.

Government of prepositions and agreement of numerals after the Russian Grammar of the Academy (1980) and
Rosenthal's handbook (§§ 164-166, 193-205). Readings of words come from pymorphy3 (OpenCorpora's dictionary).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from pipeline.script.spoken.russian_numerals import Case, Form, Gender

if TYPE_CHECKING:
    from pymorphy3 import MorphAnalyzer

NOM, GEN, DAT, ACC, INS, LOC = Case
_CASES = {case.value: case for case in Case}
_CASES |= {"gen1": GEN, "gen2": GEN, "acc2": ACC, "loc1": LOC, "loc2": LOC}  # partitive, locative
"""Cases by their grammemes; there are rare ones besides (vocative), which no numeral has."""

_GENITIVE = (
    "без близ более больше вблизи ввиду вместо вне внутри возле вокруг выше для до достигает достигал достигала"
    " достигали достигло достиг достигла достигли достичь достигнуть дешевле длиннее дольше дороже из из-за"
    " из-под кроме меньше менее мимо младше моложе накануне насчет ниже около от относительно ок позднее позже"
    " помимо порядка посреди посредине после прежде против раньше ради сверх свыше среди старше у хватает хватит"
    " хватило недостает лишился лишилась лишились ранее короче тяжелее легче шире глубже быстрее"
    # nouns that measure: в течение пяти дней, на расстоянии пяти километров
    " течение продолжение протяжении размере количестве возрасте объеме расстоянии дистанции высоте глубине"
    " пределах порядке сроком числом ценой силами"
)
_DATIVE = (
    "к ко благодаря согласно вопреки равен равна равно равны равняется равнялась равнялось равнялся подобно"
)
_ACCUSATIVE = (
    "через про сквозь спустя превышает превышал превышала превышало превышали превысил превысила превысило"
)
_ACCUSATIVE += " превысили превысит"
_INSTRUMENTAL = (
    "над надо перед передо между владеет владел владела владели обладает обладал командовал руководил"
)
_LOCATIVE = "о об обо при"

GOVERNMENT: dict[str, tuple[Case, ...]] = {
    **dict.fromkeys(_GENITIVE.split(), (GEN,)),
    **dict.fromkeys(_DATIVE.split(), (DAT,)),
    **dict.fromkeys(_ACCUSATIVE.split(), (ACC,)),
    **dict.fromkeys(_INSTRUMENTAL.split(), (INS,)),
    **dict.fromkeys(_LOCATIVE.split(), (LOC,)),
    **dict.fromkeys(("в", "во", "на"), (ACC, LOC)),
    **dict.fromkeys(("с", "со"), (GEN, INS, ACC)),
    **dict.fromkeys(("за", "под"), (ACC, INS)),
    "по": (ACC, DAT, LOC),
}
"""Cases that a word demands of the number after it, the likeliest first."""

_COMPARING = frozenset("более больше менее меньше выше ниже раньше позже старше моложе".split())
_PASSED_OVER = frozenset(
    "почти примерно приблизительно всего лишь только ровно целых еще ещё не даже как минимум максимум около-то"
    " где-то уже и именно хотя бы".split()
)
_STOPS = frozenset(".!?;:()[]…—–")
_TOKEN = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*|\d+|[^\w\s]")
REACH = 90
"""Characters to the left and right that are looked at."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to read a word."""

    part: str
    """Part of speech, in OpenCorpora's grammemes: NOUN, ADJF, PRTF ..."""
    case: Case
    gender: Gender | None
    """None for the plural of adjectives and for nouns that have none."""
    plural: bool
    animate: bool
    name: bool
    """A first name, by which kings go."""
    lemma: str


@lru_cache(maxsize=1)
def analyser() -> MorphAnalyzer:
    import pymorphy3  # 40 MB and a fifth of a second: for those who read Russian

    return pymorphy3.MorphAnalyzer()


@lru_cache(maxsize=16_384)
def readings(word: str) -> tuple[Reading, ...]:
    """Readings of a word that have a case, the likeliest first."""
    found: list[Reading] = []
    of_both = False
    parses = analyser().parse(word)
    if parses[0].tag.POS in ("PREP", "CONJ", "PRCL"):  # «по» is also somebody's name
        return ()
    for parse in parses:
        tag = parse.tag
        if "ms-f" in str(tag):  # a person: глава of a family, not of a book
            of_both = True
        if tag.case not in _CASES or tag.POS not in ("NOUN", "ADJF", "PRTF", "NPRO"):
            continue
        found.append(
            Reading(
                str(tag.POS),
                _CASES[tag.case],
                Gender(tag.gender) if tag.gender in ("masc", "femn", "neut") else None,
                tag.number == "plur",
                tag.animacy == "anim",
                "Name" in tag,
                parse.normal_form.replace("ё", "е"),
            )
        )
    if of_both:
        found = [reading for reading in found if reading.gender or reading.plural] or found
    return tuple(found)


def known(word: str) -> bool:
    """Whether the dictionary has the word, and not as an acronym."""
    dictionary = analyser()
    return bool(dictionary.word_is_known(word)) and "Abbr" not in dictionary.parse(word)[0].tag


def nouns(word: str) -> tuple[Reading, ...]:
    """Readings of a word as a noun."""
    return tuple(reading for reading in readings(word) if reading.part == "NOUN")


def is_adjective(word: str) -> bool:
    """Whether a word is read as an adjective, participle or pronoun like one before it is read as a noun."""
    found = readings(word)
    return bool(found) and found[0].part in ("ADJF", "PRTF")


_LIKE_BASE = re.compile("(?:ватт|вольт|ампер|герц|байт|бит)$")
_INFLECTED_IRREGULARLY = {("год", GEN): "лет", ("человек", GEN): "человек", ("тенге", GEN): "тенге"}


@lru_cache(maxsize=4_096)
def inflected(lemma: str, case: Case, plural: bool = False) -> str:
    """A noun or adjective in a case; the counting plural where it is one of its own: лет, человек, ватт."""
    if plural and case is GEN:
        if _LIKE_BASE.search(lemma):
            return lemma
        if (lemma, case) in _INFLECTED_IRREGULARLY:
            return _INFLECTED_IRREGULARLY[lemma, case]
    for parse in analyser().parse(lemma):
        if (
            parse.tag.POS in ("NOUN", "ADJF")
            and parse.tag.case == "nomn"
            and parse.normal_form.replace("ё", "е") == lemma
        ):
            form = parse.inflect({case.value, "plur" if plural else "sing"})
            if form is not None:
                return str(form.word).replace("ё", "е")
    return lemma


def noun_forms(lemma: str) -> tuple[dict[Case, str], dict[Case, str]]:
    """Singular and plural of a noun by case, for ``counted``."""
    return {c: inflected(lemma, c) for c in Case}, {c: inflected(lemma, c, True) for c in Case}


def before(pattern: re.Pattern[str], text: str, place: int) -> re.Match[str] | None:
    """Where a pattern that ends in ``$`` is found right before a place."""
    return pattern.search(text, max(0, place - REACH), place)


def left_of(text: str, place: int) -> str:
    """What stands before a place, as far as it matters."""
    return text[max(0, place - REACH) : place]


def right_of(text: str, place: int) -> str:
    """What stands after a place, as far as it matters."""
    return text[place : place + REACH]


# -- what stands before -------------------------------------------------------------------------------


def words_before(text: str, start: int, most: int = 6) -> list[str]:
    """Words and commas before a place, the nearest first, up to the mark that ends the clause."""
    found: list[str] = []
    for piece in reversed(_TOKEN.findall(text[max(0, start - REACH) : start])):
        if piece == "." and not found:
            found.append(piece)  # perhaps of an abbreviation: ок. 300
            continue
        if piece in _STOPS or len(found) > most:
            break
        if piece[0].isalnum() or piece == ",":
            found.append(piece)
    if found[:1] == ["."]:
        return found[1:] if found[1:2] and found[1].lower() == "ок" else []
    return found


_COORDINATED = re.compile(
    r"(?<![\w.,])(\d[\d ]*(?:[.,]\d+)?(?:-[а-яё]{1,3})?(?: ?%| [а-яё]{1,14}\.?)?(?:,| и| или| либо| ?[—–-]) ?)$"
)


def demanded(text: str, start: int) -> tuple[Case, ...]:
    """Cases that the words before a number demand, the likeliest first; empty when they demand none.

    A number in a row takes after the first one: к 5 или 6 часам.
    """
    for _ in range(3):
        row = _COORDINATED.search(text, max(0, start - 40), start)
        if row is None:
            break
        start = row.start()
    agreeing: set[Case] | None = None
    than = False
    for word in (w.lower().replace("ё", "е") for w in words_before(text, start)):
        if word == ",":
            break
        if word == "чем":
            than = True
        elif word in _COMPARING and than:
            continue
        elif word in GOVERNMENT:
            cases = GOVERNMENT[word]
            return tuple(c for c in cases if agreeing is None or c in agreeing) or cases
        elif word in _PASSED_OVER:
            continue
        elif is_adjective(word):
            here = {r.case for r in readings(word) if r.plural and r.part != "NOUN"}
            agreeing = here if agreeing is None else agreeing & here or here
            if not here:
                break
        else:
            break
    if agreeing:
        return tuple(c for c in (NOM, ACC, GEN, DAT, INS, LOC) if c in agreeing)
    return ()


def word_before(text: str, start: int) -> str:
    """The word right before a place, in small letters; empty after a mark or at the start."""
    match = re.search(r"([^\W\d_]+(?:-[^\W\d_]+)*),? ?[«\"„(]?$", text[max(0, start - 40) : start])
    return match[1].lower() if match and not re.search(r"[,(«]\s*$", match[0]) else ""


# -- what stands after ---------------------------------------------------------------------------------

_ROW_AFTER = re.compile(r"(?:(?:,| и| или| либо| ?[—–-]) ?\d[\d ]*(?:[.,]\d+)?)*")
_WORD_AFTER = re.compile(r" ?[«\"„]?([^\W\d_]+(?:-[^\W\d_]+)*)")


_CLASS_LETTER = re.compile(r" ?[«\"„][А-ЯЁ][»\"“]")
"""9 «А» класс."""


@dataclass(frozen=True, slots=True)
class Following:
    """The noun after a number, past the adjectives that agree with it."""

    word: str = ""
    readings: tuple[Reading, ...] = ()
    adjectives: tuple[str, ...] = ()


def following(text: str, end: int) -> Following:
    """What is counted: the noun after a place, past other numbers of a row and up to three adjectives."""
    row = _ROW_AFTER.match(text, end)
    place = row.end() if row else end
    letter = _CLASS_LETTER.match(text, place)
    place = letter.end() if letter else place
    passed: list[str] = []
    while match := _WORD_AFTER.match(text, place):
        word = match[1].lower()
        if len(passed) < 3 and is_adjective(word):
            passed.append(word)
            place = match.end()
            continue
        found = nouns(word)
        if found:
            return Following(word, found, tuple(passed))
        break
    if passed:  # раненых, других: adjectives that stand for nouns
        return Following(passed[0], readings(passed[0]), ())
    return Following()


def ends_in(number: int) -> int:
    """1, 2 (for 2 to 4) or 5 (for the others): what a number demands of its noun."""
    if number % 100 in range(11, 15):
        return 5
    last = number % 10
    return 1 if last == 1 else 2 if last in (2, 3, 4) else 5


def counting_cases(reading: Reading, number: int) -> tuple[Case, ...]:
    """Cases in which ``number`` may stand before a noun so read; none when it cannot be counted so."""
    kind = ends_in(number)
    if kind == 1:
        return () if reading.plural else (reading.case,)
    oblique = (GEN, DAT, INS, LOC)
    if kind == 2:
        if not reading.plural:
            return (NOM, ACC) if reading.case is GEN else ()
        if reading.case is GEN and reading.animate and number < 10:
            return (GEN, ACC)
        if reading.part != "NOUN" and reading.case in (NOM, ACC):  # две новые
            return (NOM, ACC)
        return (reading.case,) if reading.case in oblique else ()
    if not reading.plural:
        return ()
    if reading.case is GEN:
        return (NOM, ACC, GEN)
    return (reading.case,) if reading.case in oblique else ()


def counting_form(number: int, cases: Sequence[Case], noun: Following) -> Form | None:
    """How ``number`` is declined before ``noun``; None when that noun is not what it counts."""
    order = tuple(cases) or (NOM, GEN, INS, DAT, LOC, ACC)
    best: tuple[int, Form] | None = None
    for reading in noun.readings:
        for case in counting_cases(reading, number):
            rank = order.index(case) if case in order else 10
            if best is None or rank < best[0]:
                best = rank, Form(case, reading.gender or _gender_of(reading), False, reading.animate)
    return best[1] if best else None


def _gender_of(reading: Reading) -> Gender:
    return Gender.MASC


def agreeing_form(cases: Sequence[Case], found: Iterable[Reading], singular: bool = True) -> Form | None:
    """How an ordinal agrees with a noun; None when it is read in none of the cases demanded."""
    order = tuple(cases) or (NOM, GEN, INS, DAT, LOC, ACC)
    best: tuple[int, Form] | None = None
    for reading in found:
        if reading.part != "NOUN" or (singular and reading.plural) or reading.case not in order:
            continue
        rank = order.index(reading.case)
        if best is None or rank < best[0]:
            gender = reading.gender or Gender.MASC
            best = rank, Form(reading.case, gender, reading.plural, reading.animate)
    return best[1] if best else None
