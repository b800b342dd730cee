"""What is spelled in Russian: acronyms, addresses, telephone numbers, numbers of versions, codes."""

from __future__ import annotations

import re

from pipeline.script.spoken.rule import Rule, rule
from pipeline.script.spoken.russian_amounts import digits
from pipeline.script.spoken.russian_grammar import known, left_of, right_of
from pipeline.script.spoken.russian_numerals import cardinal, decimal
from pipeline.script.spoken.russian_terms import (
    ELEMENTS,
    GREEK_LETTERS,
    LATIN_LETTERS,
    RUSSIAN_LETTERS,
    SITES,
    SPELLED_OTHERWISE,
)

_VOWELS = "аеёиоуыэюя"
_LATIN_VOWELS = "aeiouy"
_BEGIN = r"(?<![\w.,/:-])"


def spelled(letters: str) -> str:
    """The names of letters, and digits one by one."""
    names = []
    for letter in letters.lower():
        if letter.isdecimal():
            names.append(cardinal(int(letter)))
        else:
            names.append(
                RUSSIAN_LETTERS.get(letter)
                or LATIN_LETTERS.get(letter)
                or GREEK_LETTERS.get(letter)
                or letter
            )
    return " ".join(names)


# -- acronyms ---------------------------------------------------------------------------------------------


def is_read_as_word(acronym: str) -> bool:
    """Whether an acronym has the shape of a word: НАТО, МИД, ГОСТ are read, США, МГУ, ООН are spelled."""
    shape = "".join("V" if c in _VOWELS else "C" for c in acronym.lower())
    if len(shape) <= 2:
        return False
    if len(shape) == 3:
        return shape in ("CVC", "CVV")
    if "CCC" in shape or "VVV" in shape or shape.startswith(("CC", "VV")) or "V" not in shape:
        return False
    return shape.count("V") * 3 >= len(shape) or shape in ("CVCC",)


_EMPHATIC = frozenset(
    "не ни да нет он мы вы ты но то так как что кто где или уж ли бы же из за на от до во об я всё все эту эти"
    " это его её ее их им нам вам мне тебе себе там тут вот тот та те раз два три".split()
)
"""Small words in capitals are emphasis."""


def _acronym(match: re.Match[str]) -> str | None:
    word = match["word"]
    if word.lower() in _EMPHATIC:
        return None
    if word in SPELLED_OTHERWISE:
        return SPELLED_OTHERWISE[word]
    if is_read_as_word(word) or _shouted(match, word):
        return None
    return spelled(word)


def _shouted(match: re.Match[str], word: str) -> bool:
    """Whether a word in capitals is a word like others: in a line of capitals, or in the dictionary."""
    text = match.string
    others = left_of(text, match.start()) + right_of(text, match.end())
    letters = [c for c in others if c.isalpha()]
    if letters and not any(c.islower() for c in letters) and len(letters) > 4:
        return True
    return len(word) > 2 and any(c.lower() in _VOWELS for c in word) and known(word.lower())


def _acronym_with_ending(match: re.Match[str]) -> str | None:
    """ООНовский, МГУшник: left; СССР-овский too. What ends in -а, -у, -ом is spelled with its ending."""
    word = match["word"]
    if word in SPELLED_OTHERWISE or is_read_as_word(word):
        return None
    return f"{spelled(word)}{match['ending']}"


def _latin_acronym(match: re.Match[str]) -> str | None:
    word = match[0]
    letters = [c for c in match.string if c.isalpha() and c.isascii()]
    if sum(map(str.isupper, letters)) > 12 and not any(map(str.islower, letters)):
        return None
    shape = "".join("V" if c in _LATIN_VOWELS else "C" for c in word.lower())
    if word in _READ or (
        len(word) >= 4 and "CCC" not in shape and shape.count("V") >= 2 and "VVV" not in shape
    ):
        return None  # NASA, GNOME
    return spelled(word)


_READ = frozenset("RAM ROM LAN VIP PIN SIM RISC FAX POP JPEG BASIC COBOL NAT BIOS UNIX LED".split())
"""Short Latin acronyms that are read as words."""


def _initials(match: re.Match[str]) -> str:
    """А. С. Пушкин: the letters' names."""
    return "|".join(spelled(letter).capitalize() for letter in re.findall(r"[А-ЯЁ]", match["said"]))


# -- addresses --------------------------------------------------------------------------------------------

_MARKS = {
    ".": "точка",
    "-": "тире",
    "_": "нижнее подчеркивание",
    "/": "слэш",
    "@": "собака",
    ":": "двоеточие",
}
_MARKS |= {
    "?": "знак вопроса",
    "=": "равно",
    "&": "амперсанд",
    "#": "решетка",
    "%": "процент",
    "+": "плюс",
    "~": "тильда",
}


def _part(letters: str) -> str:
    """A part of an address: by its Russian name, as a word, or spelled when nobody could say it."""
    low = letters.lower()
    if low in SITES:
        return SITES[low]
    if low.isdecimal():
        return (
            spelled(low)
            if len(low) < 4 or low[0] == "0"
            else cardinal(int(low))
            if len(low) < 7
            else spelled(low)
        )
    vowels = sum(c in _LATIN_VOWELS + _VOWELS for c in low)
    if len(low) <= 3 or not vowels or re.search(r"[^aeiouyаеёиоуыэюя]{5}", low):
        return spelled(low)
    return low


def _address(match: re.Match[str]) -> str:
    text = re.sub(r"^(?:https?|ftp)://", "", match["said"], flags=re.IGNORECASE).rstrip("/")
    words = []
    for token in re.findall(r"[a-zA-Z]+|[а-яА-ЯёЁ]+|\d+|.", text):
        words.append(_part(token) if token.isalnum() else _MARKS.get(token, ""))
    return " ".join(filter(None, words))


# -- numbers that are no amounts -----------------------------------------------------------------------


def _groups(text: str) -> str:
    """A telephone number by its groups, with their leading zeros."""
    words = ["плюс"] if text.startswith("+") else []
    for group in re.findall(r"\d+", text):
        if len(group) > 3:
            words += [_group(group[i : i + 2]) for i in range(0, len(group), 2)]
        else:
            words.append(_group(group))
    return " ".join(words)


def _group(group: str) -> str:
    zeros = len(group) - len(group.lstrip("0"))
    if zeros == len(group):
        return digits(group)
    return " ".join(filter(None, (digits(group[:zeros]), cardinal(int(group)))))


def _telephone(match: re.Match[str]) -> str | None:
    count = sum(c.isdecimal() for c in match[0])
    return _groups(match[0]) if 5 <= count <= 15 else None


def _version(match: re.Match[str]) -> str:
    """2.6.18, 192.168.0.1."""
    return " точка ".join(_group(part) for part in match[0].split("."))


def _release(match: re.Match[str]) -> str:
    """Debian 3.1: after the name of a program a point is a point."""
    first, _, last = match["said"].partition(".")
    return f"{_group(first)} точка {_group(last)}"


def _release_or_zero(match: re.Match[str]) -> str:
    """A point at the end of a heading, or before nought: Russian writes decimals with a comma."""
    first, _, last = match[0].partition(".")
    return f"{_group(first)} точка {_group(last)}"


def _code(match: re.Match[str]) -> str:
    """A-320, 2-б-34, тест2, H2O: letters and numbers in turn; behind two parts, digits one by one."""
    parts = re.findall(r"[^\W\d_]+|\d+", match[0])
    words = []
    for index, part in enumerate(parts):
        if part.isdecimal():
            by_digit = (index >= 2 and len(parts) > 2) or (part[0] == "0" and len(part) > 1) or len(part) > 4
            words.append(digits(part) if by_digit else cardinal(int(part)))
        elif len(part) == 1 and part in "абвгдежзиклмнопрстуфхцчшщэюя":
            words.append(part)
        elif len(part) == 1 or (part.isupper() and len(part) <= 4 and not is_read_as_word(part)):
            words.append(spelled(part))
        else:
            words.append(part)
    return " ".join(words)


def _name_and_decimal(match: re.Match[str]) -> str:
    """тест-1,02."""
    return f"{match['word']} {decimal(int(match['whole']), match['places'])}"


def _formula(match: re.Match[str]) -> str | None:
    """CO₂, H2O: elements by their letters, as chemists in Russian say them."""
    if len(re.findall(_ELEMENT, match[0])) < 2 and match[0].isascii():
        return None  # H1 may be a heading
    text = match[0].translate(str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789"))
    return " ".join(
        cardinal(int(p)) if p.isdecimal() else ELEMENTS[p] for p in re.findall(r"[A-Z][a-z]?|\d+", text)
    )


_ELEMENT = r"(?:Na|Cl|Ca|Fe|Mg|Cu|Al|Si|Hg|Ag|Au|He|Br|[HOCNSPKUFI])"
_TLD = "ru|su|com|org|net|info|biz|edu|gov|io|de|fr|uk|ua|by|kz|рф|me|tv|eu|us|it|es|pl|cz|fi"
"|jp|cn|ch|at|nl|se|no|dk|be"

ELECTRONIC: tuple[Rule, ...] = (
    rule("electronic", r"(?<![\w.+-])(?P<said>[\w.+-]{1,64}@[\w-]+(?:\.[\w-]+)+)", _address),
    rule(
        "electronic",
        r"(?<!\w)(?P<said>(?:(?:https?|ftp)://|www\.)[\w.-]*\w(?::\d+)?(?:/(?:[\w./?=&%#~+:-]*[\w/=])?)?)",
        _address,
        re.IGNORECASE,
    ),
    rule(
        "electronic",
        rf"(?<![\w.@/-])(?P<said>[a-z0-9][a-z0-9-]*(?:\.[a-z0-9-]+)*\.(?:{_TLD})(?:/[\w./?=&%#~+:-]*[\w/=])?)(?![\w@-])",
        _address,
    ),
)
TELEPHONE: tuple[Rule, ...] = (
    rule(
        "telephone",
        r"(?<![\w.,+-])(?:\+?\d{1,3}[ -]?)?\(\d{2,5}\) ?\d{1,3}(?:[ -]\d{2,4}){1,3}(?![\w-])",
        _telephone,
    ),
    rule("telephone", r"(?<![\w.,+-])\+\d{1,3}(?:[ -]\d{2,4}){2,5}(?![\w-])", _telephone),
    rule("telephone", r"(?<![\w.,+-])8[ -]\d{3}[ -]\d{3}[ -]\d\d[ -]?\d\d(?![\w-])", _telephone),
    rule("telephone", r"(?<![\w.,+-])\d{2,3}-\d\d-\d\d(?![\w-])", _telephone),
    rule(
        "telephone",
        r"(?<![\w.,+-])\+\d{11,14}(?!\w)",
        lambda m: _groups(f"{m[0][:-10]} {m[0][-10:-7]} {m[0][-7:-4]} {m[0][-4:]}"),
    ),
)
VERSIONS: tuple[Rule, ...] = (
    rule("digits", rf"{_BEGIN}\d+(?:\.\d+){{2,}}(?![\w]|\.\d)", _version),
    rule("digits", r"^(?P<said>\d{1,3}\.\d{1,3})(?=\.$|\.? [А-ЯЁA-Z«])", _release),  # of a section
    rule(
        "digits",
        r"(?<![\w.,])(?:(?:(?<!\b[Вв] )\d{1,2}\.\d{1,2}|\d{1,2}\.\d)(?=\.$)|\d{1,2}\.0(?![\w%]|[.,]\d| ?[а-я%°]))",
        _release_or_zero,
    ),
    rule(
        "digits",
        r"(?:[A-Za-z][A-Za-z+]+|(?i:верси[яиюей]+|раздел\w{0,3}|глав\w{1,3}|рис\.|табл\.|п\.)) "
        r"(?P<said>\d{1,3}\.\d{1,3})(?![\w%]|[.,]\d)",
        _release,
    ),
)
CODES: tuple[Rule, ...] = (
    rule(
        "digits",
        r"(?<=[A-Za-z])(?P<said>\.\d{1,3})(?![\w.])",
        lambda m: f"точка {cardinal(int(m['said'][1:]))}",
    ),
    rule(
        "formula",
        rf"(?<![\w-])(?=[A-Za-z]*[0-9₀-₉])(?:{_ELEMENT}[0-9₀-₉]{{0,2}}){{1,6}}(?![\w-])(?<=[0-9₀-₉OHNCSPl])",
        _formula,
    ),
    rule(
        "code",
        r"(?<![\w.,@/])(?=[^\s]{0,30}?\d)(?:[^\W\d_]++-?\d++|\d++-?[^\W\d_]++)"
        r"(?:-?(?:[^\W\d_]++|\d++))*(?![\w/@]|[.,]\d|-[^\W_])",
        _code,
    ),
    rule(
        "code",
        r"(?<!\w)(?P<word>[^\W\d_]+)-(?P<whole>\d+)[.,](?P<places>\d{1,9})(?![\w.,]*\d)",
        _name_and_decimal,
    ),
    rule("digits", r"(?<![\w.,])(?<!\d )0\d{2,}(?![\w,.]*\d)", lambda m: digits(m[0])),
)
ACRONYMS: tuple[Rule, ...] = (
    rule("initials", r"(?<![\w.])(?P<said>[А-ЯЁ]\.(?: ?[А-ЯЁ]\.){0,2}(?= ?[А-ЯЁ][а-яё]+))", _initials),
    rule("initials", r"(?<=[а-яё] )(?P<said>[А-ЯЁ]\. ?[А-ЯЁ]\.)(?=,| [а-яё(—–])", _initials),
    rule("acronym", r"(?<![\w-])(?P<word>[А-ЯЁ]{2,5})(?!\w)", _acronym),
    rule(
        "acronym",
        r"(?<![\w-])(?P<word>[А-ЯЁ]{3,5})(?P<ending>[аеуы]|ом|ов|ами|ах)(?!\w)",
        _acronym_with_ending,
    ),
    rule("acronym", r"(?<![\w.@/-])[A-Z]{2,5}(?![\w@/.]*[\w@/])", _latin_acronym),
)
