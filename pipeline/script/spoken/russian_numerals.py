"""Russian numerals in all cases: cardinals, ordinals, decimals, fractions, and the stems of compounds.

Forms after the Russian Grammar of the Academy (1980, §§ 1365-1384) and Rosenthal's handbook (§§ 164-166). Written
with «е» for «ё», as Russian is printed.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

LARGEST = 10**15
"""Numbers from here on have no name that listeners know; they are read by the digit."""


class Case(StrEnum):
    """The six cases; the values are the grammemes of OpenCorpora, which pymorphy3 uses."""

    NOM = "nomn"
    GEN = "gent"
    DAT = "datv"
    ACC = "accs"
    INS = "ablt"
    LOC = "loct"


class Gender(StrEnum):
    """Grammatical gender, in the grammemes of OpenCorpora."""

    MASC = "masc"
    FEM = "femn"
    NEUT = "neut"


@dataclass(frozen=True, slots=True)
class Form:
    """What an adjective, an ordinal or the numerals один and два agree in."""

    case: Case = Case.NOM
    gender: Gender = Gender.MASC
    plural: bool = False
    animate: bool = False


NOM, GEN, DAT, ACC, INS, LOC = Case
MASC, FEM, NEUT = Gender
_CASES = (NOM, GEN, DAT, ACC, INS, LOC)


def _by_case(forms: str) -> dict[Case, str]:
    return dict(zip(_CASES, forms.split(), strict=True))


_ONE = {
    MASC: _by_case("один одного одному один одним одном"),
    FEM: _by_case("одна одной одной одну одной одной"),
    NEUT: _by_case("одно одного одному одно одним одном"),
}
_ONES = _by_case("одни одних одним одни одними одних")
_TWO = _by_case("два двух двум два двумя двух")
_SMALL = {
    3: _by_case("три трех трем три тремя трех"),
    4: _by_case("четыре четырех четырем четыре четырьмя четырех"),
    8: _by_case("восемь восьми восьми восемь восемью восьми"),
    40: _by_case("сорок сорока сорока сорок сорока сорока"),
    90: _by_case("девяносто девяноста девяноста девяносто девяноста девяноста"),
    100: _by_case("сто ста ста сто ста ста"),
    200: _by_case("двести двухсот двумстам двести двумястами двухстах"),
    300: _by_case("триста трехсот тремстам триста тремястами трехстах"),
    400: _by_case("четыреста четырехсот четыремстам четыреста четырьмястами четырехстах"),
    800: _by_case("восемьсот восьмисот восьмистам восемьсот восемьюстами восьмистах"),
}
_TEENS = (
    "десять одиннадцать двенадцать тринадцать четырнадцать пятнадцать шестнадцать семнадцать восемнадцать"
    " девятнадцать"
).split()
_ZERO = _by_case("ноль ноля нолю ноль нолем ноле")


def _soft(word: str) -> dict[Case, str]:
    """пять, двадцать: the third declension."""
    stem = word[:-1]
    return dict(zip(_CASES, (word, stem + "и", stem + "и", word, word + "ю", stem + "и"), strict=True))


def _tens(stem: str) -> dict[Case, str]:
    """пятьдесят: both halves decline."""
    half = _soft(stem)
    ends = ("десят", "десяти", "десяти", "десят", "десятью", "десяти")
    return {case: half[case] + end for case, end in zip(_CASES, ends, strict=True)} | (
        {INS: "восемьюдесятью"} if stem == "восемь" else {}
    )


def _hundreds(stem: str) -> dict[Case, str]:
    """пятьсот: both halves decline."""
    half = _soft(stem)
    ends = ("сот", "сот", "стам", "сот", "стами", "стах")
    return {case: half[case] + end for case, end in zip(_CASES, ends, strict=True)}


_SMALL |= {n: _soft(w) for n, w in ((5, "пять"), (6, "шесть"), (7, "семь"), (9, "девять"))}
_SMALL |= {10 + n: _soft(w) for n, w in enumerate(_TEENS)}
_SMALL |= {20: _soft("двадцать"), 30: _soft("тридцать")}
_SMALL |= {10 * n: _tens(w) for n, w in ((5, "пять"), (6, "шесть"), (7, "семь"))}
_SMALL[80] = _by_case("восемьдесят восьмидесяти восьмидесяти восемьдесят восемьюдесятью восьмидесяти")
_SMALL |= {100 * n: _hundreds(w) for n, w in ((5, "пять"), (6, "шесть"), (7, "семь"), (9, "девять"))}

_THOUSAND = (
    _by_case("тысяча тысячи тысяче тысячу тысячей тысяче"),
    _by_case("тысячи тысяч тысячам тысячи тысячами тысячах"),
)


def _scale(word: str) -> tuple[dict[Case, str], dict[Case, str]]:
    ends = (("", "а", "у", "", "ом", "е"), ("ы", "ов", "ам", "ы", "ами", "ах"))
    singular, plural = ({c: word + e for c, e in zip(_CASES, row, strict=True)} for row in ends)
    return singular, plural


SCALES = (_THOUSAND, _scale("миллион"), _scale("миллиард"), _scale("триллион"))
"""Singular and plural of 10^3, 10^6, 10^9 and 10^12."""


def counted(number: int, forms: tuple[dict[Case, str], dict[Case, str]], case: Case) -> str:
    """A noun after a number: один рубль, два рубля, пять рублей; двум рублям, пяти рублям.

    ``forms`` are its singular and plural by case. In the nominative and accusative the number governs the
    genitive; in the other cases the noun stands in the case of the number.
    """
    singular, plural = forms
    last, teens = number % 10, number % 100 in range(11, 15)
    if last == 1 and not teens:
        return singular[case]
    if case not in (NOM, ACC):
        return plural[case]
    return singular[GEN] if last in (2, 3, 4) and not teens else plural[GEN]


def _below_thousand(number: int, form: Form) -> list[str]:
    case, words = form.case, []
    hundreds, rest = number // 100 * 100, number % 100
    if hundreds:
        words.append(_SMALL[hundreds][case])
    if rest >= 20 or rest == 10:
        words.append(_SMALL[rest // 10 * 10][case])
        rest = 0 if rest == 10 else rest % 10
    if rest == 1:
        words.append((_ONES if form.plural else _ONE[form.gender])[_inanimate_case(form, number)])
    elif rest == 2:
        two = _TWO[_counting_case(form, number)]
        words.append("две" if two == "два" and form.gender is FEM else two)
    elif rest in (3, 4):
        words.append(_SMALL[rest][_counting_case(form, number)])
    elif rest:
        words.append(_SMALL[rest][case])
    return words


def _inanimate_case(form: Form, number: int) -> Case:
    """один in the accusative: вижу одного человека, один дом; feminine and neuter have their own."""
    if form.case is ACC and form.animate and (form.plural or form.gender is MASC):
        return GEN
    return form.case


def _counting_case(form: Form, number: int) -> Case:
    """два, три, четыре of living things: вижу двух друзей, but двадцать два друга."""
    return GEN if form.case is ACC and form.animate and number < 10 else form.case


@lru_cache(maxsize=16_384)
def cardinal(number: int, form: Form = Form(), one_thousand: bool = False) -> str:
    """Words of a whole number, agreeing with ``form``: 21, feminine accusative, двадцать одну.

    ``one_thousand`` names the one of тысяча, миллион ... at the start: одна тысяча двадцать шесть. Raises
    ``ValueError`` from ``LARGEST`` on.
    """
    if not 0 <= number < LARGEST:
        raise ValueError(f"{number} has no name; read it by the digit.")
    if number == 0:
        return _ZERO[form.case]
    words: list[str] = []
    for power in (4, 3, 2, 1):
        group = number // 1000**power % 1000
        if not group:
            continue
        gender = FEM if power == 1 else MASC
        if group != 1 or one_thousand or words:
            words += _below_thousand(group, Form(form.case, gender))
        words.append(counted(group, SCALES[power - 1], form.case))
    if number % 1000:
        words += _below_thousand(number % 1000, form)
    return " ".join(words)


# -- ordinals ------------------------------------------------------------------------------------------

_HARD = {
    MASC: ("ый", "ого", "ому", "ый", "ым", "ом"),
    FEM: ("ая", "ой", "ой", "ую", "ой", "ой"),
    NEUT: ("ое", "ого", "ому", "ое", "ым", "ом"),
}
_HARD_PLURAL = ("ые", "ых", "ым", "ые", "ыми", "ых")
_THIRD = {
    MASC: ("ий", "ьего", "ьему", "ий", "ьим", "ьем"),
    FEM: ("ья", "ьей", "ьей", "ью", "ьей", "ьей"),
    NEUT: ("ье", "ьего", "ьему", "ье", "ьим", "ьем"),
}
_THIRD_PLURAL = ("ьи", "ьих", "ьим", "ьи", "ьими", "ьих")
_STRESSED = frozenset(("нулев", "втор", "шест", "седьм", "восьм", "сороков"))
"""Stems whose masculine ends in -ой."""

_ORDINAL_STEMS = {
    0: "нулев", 1: "перв", 2: "втор", 3: "трет", 4: "четверт", 5: "пят", 6: "шест", 7: "седьм",
    8: "восьм", 9: "девят", 40: "сороков", 50: "пятидесят", 60: "шестидесят", 70: "семидесят",
    80: "восьмидесят", 90: "девяност", 100: "сот", 200: "двухсот", 300: "трехсот", 400: "четырехсот",
    500: "пятисот", 600: "шестисот", 700: "семисот", 800: "восьмисот", 900: "девятисот",
}  # fmt: skip
_ORDINAL_STEMS |= {n: _SMALL[n][NOM][:-1] for n in (*range(10, 20), 20, 30)}
_SCALE_STEMS = ("тысячн", "миллионн", "миллиардн", "триллионн")


def decline(stem: str, form: Form) -> str:
    """An ordinal's stem with the ending of ``form``."""
    case = GEN if form.case is ACC and form.animate and (form.plural or form.gender is MASC) else form.case
    place = _CASES.index(case)
    if stem == "трет":
        return stem + (_THIRD_PLURAL if form.plural else _THIRD[form.gender])[place]
    ending = (_HARD_PLURAL if form.plural else _HARD[form.gender])[place]
    return stem + ("ой" if ending == "ый" and stem in _STRESSED else ending)


@lru_cache(maxsize=16_384)
def ordinal(number: int, form: Form = Form()) -> str:
    """Words of an ordinal; only the last one declines: тысяча восемьсот двенадцатом.

    Raises ``ValueError`` from ``LARGEST`` on.
    """
    if not 0 <= number < LARGEST:
        raise ValueError(f"{number} has no name; read it by the digit.")
    if number == 0:
        return decline("нулев", form)
    head, stem = _split_ordinal(number)
    return f"{cardinal(head)} {decline(stem, form)}" if head else decline(stem, form)


def _split_ordinal(number: int) -> tuple[int, str]:
    """What is said as a cardinal before the ordinal's last word, and the stem of that word."""
    for power in (4, 3, 2, 1):
        if number % 1000**power == 0:
            group = number // 1000**power
            head, group = group // 1000 * 1000 * 1000**power, group % 1000
            return head, ("" if group == 1 else compound_stem(group)) + _SCALE_STEMS[power - 1]
    for last in (number % 100, number % 10, number % 1000):
        if last in _ORDINAL_STEMS and last:
            return number - last, _ORDINAL_STEMS[last]
    raise AssertionError(number)


_COMPOUND = {1: "одно", 2: "двух", 3: "трех", 4: "четырех", 40: "сорока", 90: "девяносто", 100: "сто"}


def compound_stem(number: int) -> str:
    """The numeral as the first part of a compound: двадцатипяти(летний), сорока(градусный), сто(метровый).

    Genitives, but девяносто- and сто-; тысяче- for 1000. Below a million.
    """
    if number >= 1000:
        head, rest = number // 1000, number % 1000
        start = "" if head == 1 else compound_stem(head)
        return start + ("тысяче" if not rest else "тысяча" + compound_stem(rest))
    parts = []
    hundreds, rest = number // 100 * 100, number % 100
    if hundreds:
        parts.append(_COMPOUND.get(hundreds) or _SMALL[hundreds][GEN])
    if rest >= 20:
        parts.append(_COMPOUND.get(rest // 10 * 10) or _SMALL[rest // 10 * 10][GEN])
        rest %= 10
    if rest:
        parts.append(_COMPOUND.get(rest) or _SMALL[rest][GEN])
    return "".join(parts)


# -- parts of one --------------------------------------------------------------------------------------

_DENOMINATORS = {
    1: "десят", 2: "сот", 3: "тысячн", 4: "десятитысячн", 5: "стотысячн", 6: "миллионн",
    7: "десятимиллионн", 8: "стомиллионн", 9: "миллиардн",
}  # fmt: skip
MOST_PLACES = max(_DENOMINATORS)
"""Decimal places that have a name."""


def _ends_in_one(number: int) -> bool:
    return number % 10 == 1 and number % 100 != 11


def _part(number: int, stem: str, case: Case) -> str:
    """Numerator and denominator: одна десятая, две десятых, двумя десятыми."""
    if _ends_in_one(number):
        return f"{cardinal(number, Form(case, FEM))} {decline(stem, Form(case, FEM))}"
    below = GEN if case in (NOM, ACC) else case
    return f"{cardinal(number, Form(case, FEM))} {decline(stem, Form(below, plural=True))}"


def decimal(whole: int, places: str, case: Case = NOM) -> str:
    """``decimal(3, "14")``: три целых четырнадцать сотых. ``places`` are 1 to ``MOST_PLACES`` digits."""
    return f"{_part(whole, 'цел', case)} {_part(int(places), _DENOMINATORS[len(places)], case)}"


def fraction(numerator: int, denominator: int, case: Case = NOM) -> str:
    """``fraction(3, 4)``: три четвертых; a compound denominator declines its last word."""
    head, stem = _split_ordinal(denominator)
    words = _part(numerator, stem, case)
    if not head:
        return words
    first, _, last = words.rpartition(" ")
    return f"{first} {cardinal(head)} {last}"
