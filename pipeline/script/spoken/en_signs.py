"""English telephone numbers, addresses of the net, ranges, codes, formulas and symbols."""

from __future__ import annotations

import re

from pipeline.script.spoken.electronic import Signs, electronic_rules
from pipeline.script.spoken.en_amounts import NUMBER
from pipeline.script.spoken.en_dates import last_word, said_year
from pipeline.script.spoken.en_numbers import cardinal, decimal, digits, year
from pipeline.script.spoken.numerals import SUPERSCRIPTS, read_number
from pipeline.script.spoken.rule import MARKUP, Rule, in_greek_word, kept, rule

KEPT: tuple[Rule, ...] = (
    MARKUP,
    kept("kept", r"\[(?:[A-Z]{1,3}[0-2]? ?)+\](?<=\d\])"),  # ARPAbet
)


def _address_letters(letters: str) -> str:
    return letters.upper() if len(letters) == 2 or letters.lower() in _SPELLED else letters


def _address_digits(run: str) -> str:
    return cardinal(int(run)) if len(run) == 4 and run.endswith("000") and run[0] != "0" else digits(run)


_SPELLED = frozenset("http https www ftp html xml php pdf url".split())
ELECTRONIC = electronic_rules(
    Signs(
        names={
            ".": "dot", "@": "at", "/": "slash", "-": "dash", "_": "underscore", ":": "colon",
            "?": "question mark",
            "=": "equals", "&": "and", "#": "hash", "%": "percent", "+": "plus", "~": "tilde", ",": "comma",
            "|": "bar",
            "!": "exclamation mark", "*": "star", "^": "caret", "$": "dollar",
        },
        letters=_address_letters,
        digits=_address_digits,
    )
)  # fmt: skip


def _groups(text: str) -> str:
    """Groups of digits and letters, each read by its signs, with a breath between them."""
    groups = re.findall(r"\d+|[A-Za-z]+", text)
    said = []
    for index, group in enumerate(groups):
        if group.isalpha():
            said.append(group)
        elif group == "800" and len(groups) > 2:
            said.append("eight hundred")
        else:
            said.append(digits(group))
        said.append("" if group.isalpha() and index + 1 < len(groups) else ",")
    return ("plus " if text.startswith("+") else "") + " ".join(said[:-1]).replace(" ,", ",")


def _telephone(match: re.Match[str]) -> str | None:
    said = _groups(match["n"])
    extension = match["ext"]
    return f"{said}, extension {digits(extension)}" if extension else said


def _ip(match: re.Match[str]) -> str | None:
    """Four numbers below ten are rather a section of a book."""
    if len(match[0]) < 8:
        return None
    return " dot ".join(digits(part) for part in match[0].split("."))


def _plan(match: re.Match[str]) -> str:
    return f"four oh {digits(match['n'][2])} {match['letter']}"


_EXT = r"(?:,? ?(?:ext\.?|extension|x) ?(?P<ext>\d{1,6}))?(?![\w]|-\d)"
TELEPHONE: tuple[Rule, ...] = (
    rule("telephone", r"(?<![\w.])(?:0|[1-9]\d{0,2})(?:\.(?:0|[1-9]\d{0,2})){3}(?![\w]|\.\d)", _ip),
    rule("telephone",
         rf"(?<![\w.])(?P<n>(?:\+?\d{{1,3}}[ .-]?)?\(\d{{3}}\)[ -]?\d{{3}}[ .-]\d{{4}}(?:-\d{{1,4}})?){_EXT}",
         _telephone),
    rule("telephone", rf"(?<![\w.])(?P<n>(?:\+?\d{{1,3}}[ .-])?\d{{3}}([-. ])\d{{3}}\2\d{{4}}(?:-\d{{1,4}})?){_EXT}",
         _telephone),
    rule("telephone", rf"(?<![\w.])(?P<n>\+\d{{1,3}}(?:[ .-]?\(?\d{{1,5}}\)?){{2,6}}){_EXT}", _telephone),
    rule("telephone", rf"(?<![\w.])(?P<n>1-(?:8\d\d|900)(?:-(?:[A-Za-z]+|\d+))+){_EXT}", _telephone),
    rule("telephone", rf"(?<![\w.-])(?P<n>\d{{4}}([ -])\d{{4}}\2\d{{4}}\2\d{{4}}){_EXT}", _telephone),
    rule("telephone", rf"(?<![\w.-])(?P<n>\d{{3}}-\d\d-\d{{4}}){_EXT}", _telephone),
    rule("telephone", rf"(?<![\w.-])(?P<n>(?!1[0-9]{{2}}-)[2-9]\d\d-\d{{4}}){_EXT}", _telephone),
    rule("telephone",
         r"(?i:\b(?:ending in|otp is|pin|code|pnr|zip|extension|ext\.|flight|isbn))(?: number)?(?: is)?:? "
         r"[A-Za-z]*(?P<said>\d[\d-]{2,20})(?!\w)", lambda m: _address_digits(m["said"])),
    rule("telephone", r"\b(?P<n>40[13])\((?P<letter>[kb])\)", _plan),
)  # fmt: skip


def _year_range(match: re.Match[str]) -> str | None:
    first, second = match["a"], match["b"]
    whole = first[: 4 - len(second)] + second
    if not int(first) < int(whole) <= int(first) + 500:
        return None
    short = len(second) == 2 and second[0] == "0"
    return f"{said_year(first)} to {'oh ' + cardinal(int(second)) if short else said_year(second)}"


def _dash(match: re.Match[str]) -> str | None:
    """The dash between a smaller and a larger thing of one kind; 978-0 and 1-8090 are something else."""
    left, right, spaced = match["left"] or "", match["right"] or "", " " in match["said"]
    if re.search(r":|[ap]\.?m", left + right) or (left == right == "s"):
        return "to"
    if (match["sign"] and match["other"]) or left == right == "%":
        return "to"
    low, high = read_number(match["a"], "."), read_number(match["b"], ".")
    if match["said"] == "–" and not left and not right and low.value >= high.value < 1000 > low.value:
        return "to"  # a score
    if spaced or not low.value < high.value or (low.whole.startswith("0") and len(low.whole) > 1):
        return None
    if high.value > 100 * max(1, low.value) and not high.grouped:
        return None
    return "to"


_HALF = r"(?: ?[ap]\.?m\.?)"
RANGES: tuple[Rule, ...] = (
    rule("range", r"(?<![\w.,/-])(?P<a>1\d{3}|20\d\d)[-–—](?P<b>\d\d?|1\d{3}|20\d\d)(?![\w-]|[.,]\d)",
         _year_range),
    rule("range", r"(?<![\w:.,])(?P<x>\d{1,4})(?P<said>:)(?=\d{1,4}(?![\w:]))(?!\d\d\b)", lambda _: "to"),
    rule("range",
         rf"(?<![\w.,:/-])(?P<sign>[$£€¥])?(?P<a>{NUMBER})(?P<left>:\d\d{_HALF}?|{_HALF}|s|%|°[CF]?| ?[a-z]{{1,3}})?"
         rf"(?P<said> ?[-–—] ?)(?=(?P<other>[$£€¥])?(?P<b>{NUMBER})"
         rf"(?P<right>:\d\d{_HALF}?|{_HALF}|s\b|%)?(?![-/]?\d))",
         _dash),
)  # fmt: skip


def _expression(match: re.Match[str]) -> str | None:
    """Arithmetic with an equals sign in it; without one a dash is no minus."""
    text = match[0]
    if "=" not in text and not re.search(r"[×÷√]", text):
        return None
    return "|".join(" ".join(map(_term, _TERMS.findall(token))) for token in text.split(" "))


def _term(term: str) -> str:
    if term[0].isdecimal() or (term[0] == "." and len(term) > 1):
        return decimal(read_number(term.rstrip(".,"), ".")) + ("," if term.endswith(",") else "")
    if term[0] in _OPERATORS:
        return _OPERATORS[term[0]]
    return term


_OPERATORS = {
    "+": "plus", "-": "minus", "−": "minus", "–": "minus", "*": "times", "×": "times", "·": "times",
    "÷": "divided by",
    "/": "over", "=": "equals", "^": "to the power of", "<": "is less than", ">": "is greater than",
    "≤": "is at most", "≥": "is at least", "≈": "is about", "≠": "is not", "±": "plus or minus",
    "√": "the square root of",
    "π": "pi", "∞": "infinity", "²": "squared", "³": "cubed",
}  # fmt: skip
_TERMS = re.compile(rf"{NUMBER}[.,]?|[^\W\d²³]+|[^\w\s]|²|³")
_OPERAND = r"[-−(√]*[\w²³π]{1,40}(?:[.,]\d{1,40})?[)²³]{0,4}"

EQUATIONS: tuple[Rule, ...] = (
    rule("math", rf"(?<![\w@&#/]){_OPERAND}(?: ?[-+−–*/×÷=^·<>≤≥≈≠±] ?{_OPERAND})+(?![\w/])", _expression),
)

MATH: tuple[Rule, ...] = (
    rule("math", r"(?<=\d) ?(?P<said>[×]) ?(?=\d)", lambda _: "by"),
    rule("math", r"(?<=\d)(?P<said>x)(?=\d)", lambda _: "x"),
    rule("math", r"(?<![\w])(?P<said>\d+)\^(?=\d)", lambda m: f"{cardinal(int(m['said']))} to the power of"),
    rule("math", r"(?<=[\d)])(?P<said>[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+)", lambda m: _power(m["said"])),
    rule("math", r"(?<![^\W\d_])(?<=[^\W\d_])(?P<said>[²³])", lambda m: _power(m["said"])),
    rule("math", r"(?<!\w)(?P<x>[A-Za-z])(?P<p>[²³])", lambda m: f"{m['x']} {_power(m['p'])}"),
    rule("math", r"(?<=[a-z]{2}[.,;:!?\"”'’])[⁰¹²³⁴⁵⁶⁷⁸⁹]+|(?<=[a-z]{2})[⁰¹²³⁴⁵⁶⁷⁸⁹]+", lambda _: ""),
         # a note's mark
)  # fmt: skip


def _power(written: str) -> str:
    exponent = written.translate(SUPERSCRIPTS)
    if exponent in {"2", "3"}:
        return "squared" if exponent == "2" else "cubed"
    sign = "minus " if exponent.startswith("-") else ""
    number = exponent.lstrip("-")
    return f"to the power of {sign}{cardinal(int(number))}" if number.isdecimal() else ""


_ELEMENTS = (
    "He|Li|Be|Ne|Na|Mg|Al|Si|Cl|Ar|Ca|Sc|Ti|Cr|Mn|Fe|Co|Ni|Cu|Zn|Ga|Ge|As|Se|Br|Kr|Rb|Sr|Zr|Nb|Mo|Ag|Cd|In|Sn|Sb"
    "|Te|Xe|Cs|Ba|Pt|Au|Hg|Pb|Bi|Rn|Ra|Th|Pu|H|B|C|N|O|F|P|S|K|V|Y|I|W|U"
)
_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")


def _formula(match: re.Match[str]) -> str:
    parts = re.findall(rf"{_ELEMENTS}|\d+|[()]", match[0].translate(_SUBSCRIPTS))
    said = [cardinal(int(p)) if p.isdecimal() else " ".join(p.upper()) for p in parts if p not in "()"]
    return " ".join(said)


FORMULAS: tuple[Rule, ...] = (
    rule("formula",
         rf"(?<![\w-])(?=\w*?[A-Z][a-z]?[2-9₂-₉])(?:(?:{_ELEMENTS})(?:[2-9₂-₉]|[1₁][0-9₀-₉])?){{2,9}}(?![\w-])",
         _formula),
    rule("formula", r"(?<![\w-])(?:[HONCFI]|Cl|Br)[2₂](?![\w-])|(?<![\w-])O[3₃](?![\w-])", _formula),
)  # fmt: skip


_SAID = {
    "&": "and", "%": "percent", "$": "dollar", "£": "pound", "€": "euro", "¥": "yen", "₩": "won", "₽": "ruble",
    "₹": "rupee", "§": "section", "#": "hash", "@": "at", "+": "plus", "=": "equals", "°": "degrees",
    "№": "number",
    "©": "copyright", "®": "registered", "™": "trademark", "±": "plus or minus", "×": "times",
    "÷": "divided by",
    "≈": "about", "≠": "is not", "≤": "at most", "≥": "at least", "∞": "infinity", "‰": "per mille",
    "℃": "degrees Celsius",
    "℉": "degrees Fahrenheit", "√": "square root of", "µ": "micro", "Ω": "ohms", "π": "pi", "¢": "cents",
    "₺": "lira",
    "℅": "care of", "¼": "one quarter", "½": "one half", "¾": "three quarters", "∑": "sum", "∆": "delta",
}  # fmt: skip


def _number_sign(match: re.Match[str]) -> str:
    return f"number {cardinal(int(match['n']))}"


SYMBOLS: tuple[Rule, ...] = (
    rule("symbol", r"(?<![\w#])[#№] ?(?P<n>\d{1,4})(?!\w)", _number_sign),
    rule("symbol", r"(?<=\w)[®™]", lambda _: ""),
    rule("symbol", r"§§ ?(?=\d)", lambda _: "sections"),
    rule("symbol", r"(?<=\d)(?P<said>\+)(?!\w)", lambda _: "plus"),
    rule("symbol", r"~(?=\d)", lambda _: "about"),
    rule("symbol", r"(?<=\d) (?P<said>[<>]) (?=\d)",
         lambda m: "is less than" if m["said"] == "<" else "is greater than"),
    rule("symbol", r"(?<![\w/.-])[^\W\d_]+(?P<said>/)(?=[a-z]+(?![\w/.-]*[\w/]))(?<=[a-z]/)", lambda _: "slash"),
    rule("symbol", r"(?<=\w)/|/(?=\w)", lambda _: ""),
    rule("symbol", r"(?<=\b[A-GJ])[#♯](?!\w)", lambda _: "sharp"),
    rule("symbol", r"(?<=\bC)\+\+", lambda _: "plus plus"),
    rule("symbol", rf"[{re.escape(''.join(_SAID))}]",
         lambda m: None if m[0] in "πΩ" and in_greek_word(m) else _SAID[m[0]]),
)  # fmt: skip


_YEAR_BEFORE = frozenset(
    "the in of since by from until till to year before after around circa during early late mid this that spring"
    " summer autumn fall winter class between and".split()
)
_NO_NOUN = frozenset("is was has does this his its us as yes always perhaps whereas towards was".split())
_MODELS = frozenset("room suite boeing flight route highway interstate airbus bus".split())
_PEOPLE = frozenset("people men women children feet mice sheep head police troops".split())
_COUNTED = frozenset(
    "about over nearly some than almost approximately around least most under roughly".split()
)


def _counted(match: re.Match[str]) -> bool:
    """Whether a noun in the plural follows."""
    following = re.match(r"(?: [a-z]+(?:-[a-z]+)?)? ([a-z]+)", match.string[match.end() :])
    first = re.match(r" ([a-z]+)", match.string[match.end() :])
    if not first:
        return False
    word = first[1]
    return word in _PEOPLE or (len(word) > 3 and word.endswith("s") and word not in _NO_NOUN) or (
        following is not None and following[1] in _PEOPLE and word not in _NO_NOUN
    )  # fmt: skip


def _number(match: re.Match[str]) -> str:
    number = read_number(match[0], ".")
    bare = not (number.fraction or number.grouped or number.negative)
    length = len(number.whole)
    if bare and length > 1 and number.whole.startswith("0"):
        return digits(number.whole)
    if bare and length == 4 and 1100 <= number.value <= 2099:
        if not _counted(match) or last_word(match) in _YEAR_BEFORE:
            return year(number.value)
        century, rest = divmod(number.value, 100)
        return f"{cardinal(century)} hundred" if not rest and century % 10 else cardinal(number.value)
    if (
        bare
        and 1010 <= number.value < 1100
        and last_word(match) in ("", "in", "of", "year", "since", "years")
    ):
        return year(number.value)
    if bare and length == 3 and number.value % 100 and last_word(match) in _MODELS:
        rest = number.value % 100
        return f"{cardinal(number.value // 100)} {'oh ' if rest < 10 else ''}{cardinal(rest)}"
    if re.match(r" (?:thousand|million|billion|trillion)\b", match.string[match.end() :]):
        return decimal(number, with_and=False)
    if (
        bare
        and length > 4
        and not number.whole.endswith("000000")
        and not _counted(match)
        and last_word(match) not in _COUNTED
    ):
        return digits(number.whole)
    return decimal(number)


def _version(match: re.Match[str]) -> str:
    return " point ".join(cardinal(int(part)) for part in match[0].split("."))


def _run(match: re.Match[str]) -> str:
    run = match[0]
    return cardinal(int(run)) if (len(run) <= 4 and run[0] != "0") or run == "0" else digits(run)


NUMBERS: tuple[Rule, ...] = (
    rule("decimal", r"(?<![\w.,])\d+(?:\.\d+){2,}(?![\w]|\.\d)", _version),
    rule("cardinal", rf"(?:(?<![\w)\]])[-−–])?(?<![\w.,])(?:{NUMBER})(?!\w|[.,]\d)", _number),
    rule("digits", r"\d+", _run),
)  # fmt: skip
