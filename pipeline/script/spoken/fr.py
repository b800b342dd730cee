"""French."""

from __future__ import annotations

import re

from pipeline.script.spoken import roman
from pipeline.script.spoken.coordinates import coordinate_rules
from pipeline.script.spoken.electronic import Signs, electronic_rules
from pipeline.script.spoken.fr_numbers import cardinal, denominator, digits, ordinal, said_number
from pipeline.script.spoken.fr_words import ABBREVIATIONS, BEFORE_NUMBER, BOOKS, FEMININE, TONGUE
from pipeline.script.spoken.numerals import FRACTIONS, full_year, read_number
from pipeline.script.spoken.rule import MARKUP, Language, Rule, abbreviations, alternatives, rule, word_before
from pipeline.script.spoken.verses import verse_rules
from pipeline.script.spoken.western import (
    equation_rules,
    formula_rules,
    measure_rules,
    money_rules,
    power_rules,
    range_rules,
    symbol_rules,
    telephone_rules,
)

_MONTHS = "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split()
_SHORT = {
    "janv": 1,
    "jan": 1,
    "févr": 2,
    "fév": 2,
    "avr": 4,
    "juil": 7,
    "sept": 9,
    "oct": 10,
    "nov": 11,
    "déc": 12,
}
_NAMED = {name: n for n, name in enumerate(_MONTHS, 1)} | _SHORT | {"fevrier": 2, "aout": 8, "decembre": 12}
_MONTH = (
    rf"(?i:(?:{alternatives([*_MONTHS, 'fevrier', 'aout', 'decembre'])})\b|(?:{alternatives(_SHORT)})\b\.)"
)
_YEAR = r"(?:1\d|20)\d\d"


def _month(written: str) -> int:
    return _NAMED[written.lower().rstrip(".")]


def _day(number: int) -> str:
    return "premier" if number == 1 else cardinal(number)


def _date(match: re.Match[str]) -> str | None:
    month = int(match["m"]) if match["m"].isdecimal() else _month(match["m"])
    day, following = int(match["d"]), match.groupdict().get("y")
    if not (1 <= day <= 31 and 1 <= month <= 12):
        return None
    alone = match[0] == match.string.strip()
    if not following and match["m"].isdecimal() and not alone and word_before(match) not in _BEFORE_DAY:
        return None  # the number of a section
    said = f"{_day(day)}|{_MONTHS[month - 1]}"
    if not following:
        return said
    return f"{said}|{cardinal(full_year(following))}"


_BEFORE_DAY = frozenset(
    "le du au les dès depuis vers lundi mardi mercredi jeudi vendredi samedi dimanche".split()
)


def _days(match: re.Match[str]) -> str:
    """``17-18-19 juin``: days of one month."""
    return " ".join(_day(int(day)) for day in re.findall(r"\d+", match[0]))


def _time(match: re.Match[str]) -> str | None:
    hour, minute, second = int(match["h"]), int(match["m"] or 0), match.groupdict().get("s")
    if hour > 24 or minute > 59:
        return None
    said = f"{cardinal(hour, 'une')}|heure{'s' * (hour > 1)}"
    if second is not None:
        seconds = f"{cardinal(int(second), 'une')} seconde{'s' * (int(second) > 1)}"
        return f"{said} {cardinal(minute, 'une')} minute{'s' * (minute > 1)} {seconds}"
    return f"{said}|{cardinal(minute)}" if minute else said


def _ordinal(match: re.Match[str]) -> str:
    ending = match["e"].translate(_RAISED).lower()
    number = int(re.sub(r"\D", "", match["n"]))
    plural = "s" if ending.endswith("s") and ending != "s" else ""
    if ending.startswith(("nd", "d")) and number == 2:
        return ("seconde" if "de" in ending else "second") + plural
    return (
        ordinal(number, ending.startswith(("è", "r", "er", "ér")) and ending.rstrip("s").endswith("e"))
        + plural
    )


_RAISED = str.maketrans("ᵉʳˢⁿᵈᵐᵒ", "ersndmo")
_ENDING = r"(?:ers?|ères?|eres?|res?|nde?s?|des?|èmes?|emes?|ièmes?|iemes?|mes?|es?|ᵉʳˢ?|ʳᵉ|ᵉˢ?|ⁿᵈᵉ?|ᵈᵉ|ᵉᵐᵉ)"


def _degree(match: re.Match[str]) -> str | None:
    """``6°`` is the sixth, but ``un angle de 45°``."""
    if word_before(match) in {
        "de",
        "à",
        "par",
        "environ",
        "fait",
        "moins",
        "plus",
        "entre",
        "et",
        "vers",
        "angle",
    }:
        return None
    return ordinal(int(match["n"]))


def _fraction(match: re.Match[str]) -> str | None:
    above, below = int(match["a"]), int(match["b"])
    if not below or len(match["a"]) > 4 or len(match["b"]) > 5:
        return None
    sign = "moins " if match["minus"] else ""
    said = f"{cardinal(above)} {denominator(below, above)}"
    if not match["whole"]:
        noun = re.match(r" ([a-zà-ÿœ]+)", match.string[match.end() :])
        if (above, below) == (1, 2) and noun and _is_feminine(noun[1]):
            return sign + "une demi"
        return sign + said
    return f"{sign}{cardinal(int(match['whole']))}|et {'demi' if (above, below) == (1, 2) else said}"


def _fraction_sign(match: re.Match[str]) -> str:
    above, below = FRACTIONS[match["sign"]]
    said = f"{cardinal(above)} {denominator(below, above)}"
    if not match["whole"]:
        return said
    return f"{cardinal(int(match['whole']))} et {'demi' if (above, below) == (1, 2) else said}"


_PARTS = (
    "chapitre partie livre tome volume acte scène section article figure tableau titre annexe chant"
    " leçon phase type"
).split()


def _roman_ordinal(match: re.Match[str]) -> str | None:
    value = roman.value_of(match["n"])
    ending = match["e"].translate(_RAISED)
    return ordinal(value, ending.startswith(("r", "è", "ère"))) if value else None


def _number(match: re.Match[str]) -> str:
    text = match[0].lstrip("-−–")
    if len(text) > 1 and text.isdecimal() and text.startswith("0"):
        return digits(text)
    following = re.match(r" ([a-zà-ÿœ]+)", match.string[match.end() :])
    noun = following[1] if following else ""
    number = read_number(match[0], ",")
    said = said_number(number, "une" if _is_feminine(noun) and not number.fraction else "un")
    if (
        number.value
        and number.value % 1_000_000 == 0
        and not number.fraction
        and re.match(r"[b-gj-np-tvz]\w{2,}s$", noun)
    ):
        said += " de"  # un million de francs
    return said


def _is_feminine(noun: str) -> bool:
    """By a table and the endings that are sure."""
    single = noun if noun in FEMININE else noun.removesuffix("s")
    return single in FEMININE or (
        single.endswith(("tion", "sion", "ette", "euse")) and single not in _MASCULINE
    )


_MASCULINE = frozenset("bastion squelette".split())


def _francs(match: re.Match[str]) -> str:
    """``20 fr. 50 c.``, as old books write it."""
    number = TONGUE.read(match["n"])
    said = f"{said_number(number)}|{'francs' if number.value >= 2 else 'franc'}"
    if match["c"]:
        said += f"|{cardinal(int(match['c']))}|{'centimes' if int(match['c']) > 1 else 'centime'}"
    return said


def _power(exponent: str) -> str:
    if exponent in {"2", "3"}:
        return "au carré" if exponent == "2" else "au cube"
    return "puissance " + ("moins " if exponent.startswith("-") else "") + cardinal(int(exponent.lstrip("-")))


_WORDS = {
    "com",
    "net",
    "org",
    "gmail",
    "hotmail",
    "yahoo",
    "outlook",
    "google",
    "amazon",
    "orange",
    "free",
    "info",
    "wikipedia",
}


def _double_year(match: re.Match[str]) -> str | None:
    """``1848/49``: two years that follow each other."""
    first, second = int(match["a"]), match["b"]
    if (first + 1) % 10 ** len(second) != int(second):
        return None
    return f"{cardinal(first)} {cardinal(int(second))}"


RULES: tuple[Rule, ...] = (
    MARKUP,
    *verse_rules(BOOKS, r"(?:, ?|:)", cardinal, "à"),
    *coordinate_rules(lambda number: cardinal(number, "une"), ("degrés", "minutes", "secondes"),
                      {"N": "nord", "S": "sud", "E": "est", "O": "ouest", "W": "ouest"}),
    *electronic_rules(
        Signs(
            names={".": "point", "@": "arobase", "/": "barre oblique", "-": "tiret", "_": "tiret bas",
                ":": "deux points",
                   "?": "point d'interrogation", "=": "égal", "&": "et", "#": "dièse", "%": "pour cent",
                   "+": "plus",
                   "~": "tilde", ",": "virgule", "|": "barre verticale", "!": "point d'exclamation",
                   "*": "astérisque"},
            letters=lambda run: run if run.lower() in _WORDS or len(run) > 3 else " ".join(run),
            digits=digits,
        )
    ),
    *telephone_rules(TONGUE, "plus", "poste", "point", lambda code: cardinal(int(code))),
    rule("telephone", r"(?<![\w.,])0\d(?:[ .]\d\d){4}(?![\w]|[ .,]\d)",
         lambda m: ", ".join(_pair(pair) for pair in re.findall(r"\d\d", m[0]))),
    *equation_rules(
        TONGUE,
        {"+": "plus", "-": "moins", "−": "moins", "–": "moins", "*": "fois", "×": "fois", "·": "fois",
            "÷": "divisé par",
         "/": "sur", "=": "égale", "^": "puissance", "<": "inférieur à", ">": "supérieur à",
         "≤": "inférieur ou égal à",
         "≥": "supérieur ou égal à", "≈": "environ égal à", "≠": "différent de", "±": "plus ou moins",
         "√": "racine carrée de", "π": "pi"},
        _power,
    ),
    rule("time", r"(?<![\w.,])24 ?h(?:eures)? ?/ ?24(?!\w)", lambda _: "vingt-quatre heures sur vingt-quatre"),
    rule("time", r"(?<![\w.,])7 ?j(?:ours)? ?/ ?7(?!\w)", lambda _: "sept jours sur sept"),
    rule("time", r"(?<![\w.,/])24/7(?![\w/])", lambda _: "vingt-quatre heures sur vingt-quatre"),
    rule("date", rf"(?<![\w.,/-])(?P<a>{_YEAR})/(?P<b>\d\d|{_YEAR})(?![\w/-]|[.,]\d)", _double_year),
    rule("time",
         r"(?<![\w.:,])(?P<h>\d{1,2}) ?[h:] ?(?P<m>[0-5]\d)(?::| ?(?:min|mn)? ?)(?P<s>[0-5]\d) ?s?(?![\w:])",
         _time),
    rule("time", r"(?<![\w.:,])(?P<h>\d{1,2})(?: ?h ?|:)(?P<m>[0-5]\d)(?: ?(?:min|mn))?(?![\w:]|[.,]\d)",
         _time),
    rule("time", r"(?<![\w.:,])(?P<h>\d{1,2}) ?h(?P<m>)(?![\w/:.])", _time),
    rule("date", rf"(?<![\w.,])(?P<d>\d{{1,2}})(?:er|ᵉʳ)? (?P<m>{_MONTH}) (?P<y>{_YEAR})(?!\w|[.,]\d)", _date),
    rule("date", rf"(?<![\w.,/-])\d{{1,2}}(?:[-/]\d{{1,2}})+(?= {_MONTH})", _days),
    rule("date", rf"(?<![\w.,])(?P<d>\d{{1,2}})(?:er|ᵉʳ)? (?P<m>{_MONTH})", _date),
    rule("date", rf"(?P<said>{alternatives(_SHORT)})\.(?= {_YEAR})", lambda m: _MONTHS[_month(m["said"]) - 1]),
    rule("date", r"(?<![\w.,/-])(?P<d>\d{1,2})([-/.])(?P<m>\d{1,2})\2(?P<y>\d{4}|\d\d)(?![\w/]|[.,-]\d)",
         _date),
    rule("date", r"(?<![\w.,/-])(?P<y>\d{4})([-/.])(?P<m>\d{1,2})\2(?P<d>\d{1,2})(?![\w/]|[.,-]\d)", _date),
    rule("date", r"(?<![\w.,/-])(?P<d>\d{1,2})\.(?P<m>\d\d)(?![\w/-]|[.,]\d)(?! ?[%€$])", _date),
    rule("money", rf"(?<![\w.,])(?P<n>{TONGUE.number}) fr\.(?: (?P<c>\d{{1,2}}) c(?:\.|ent\.))?(?!\w)", _francs),
    *money_rules(TONGUE),
    *formula_rules(cardinal),
    rule("range", rf"(?<![\w.,/-]){_YEAR}(?P<said>[-–—])(?={_YEAR}(?![\w-]|[.,]\d))", lambda _: "à"),
    *range_rules(TONGUE),
    rule("fraction",
         r"(?<![\w.,/])(?P<minus>(?<![\w)])[-−])?(?:(?P<whole>\d+) )?(?P<a>\d+)[/⁄](?P<b>\d+)(?![\w/]|[.,]\d)",
         _fraction),
    rule("fraction", rf"(?<![\w.,])(?P<whole>\d+)? ?(?P<sign>[{''.join(FRACTIONS)}])", _fraction_sign),
    rule("ordinal", r"(?<![\w.,])(?P<n>\d{1,4})[°º](?![\w°] ?[CFNSEO]?\b| ?[CFNSEOK]\b|\d)", _degree),
    rule("ordinal", rf"(?<![\w.,])(?P<n>\d{{1,3}}(?:[ .]\d{{3}})+|\d+)"
         rf"(?: (?=[ᵉʳⁿᵈèi]|er|re\b|eme|e\b))?(?P<e>{_ENDING})(?!\w)", _ordinal),
    *measure_rules(TONGUE, frozenset({"ch", "pc", "pm", "o"})),
    *power_rules(_power),
    rule("roman", rf"^[\"«(]? ?(?P<said>{roman.PATTERN}\.?) ?[\"»)]?$", roman.counted(cardinal)),
    rule("roman",
         rf"(?<![\w.])(?P<n>(?=[IVX]|[MDCL][MDCLXVI]){roman.PATTERN})(?P<e>er|ère|re|e|ème|ᵉʳ|ʳᵉ|ᵉ|ᵉᵐᵉ)(?!\w)",
         _roman_ordinal),
    rule("roman",
         rf"(?<![\w.])(?i:{alternatives(_PARTS)}|chap\.|vol\.|(?-i:t)\.) (?P<said>{roman.PATTERN})(?!\w|\.\w)",
         roman.counted(cardinal)),
    rule("roman", r"(?<![\w.])(?:pages?|pp?\.) (?P<said>[ivxlc]{1,8})(?!\w)", roman.counted(cardinal)),
    rule("roman", rf"\b[A-ZÀ-Ý][\w’'-]+ (?P<said>(?=[XVI]{{2}}){roman.SMALL})(?!\w|\.\w)", roman.counted(cardinal)),
    rule("roman", r"\b(?:Charles|Henri|Philippe|Jacques|Louis|Georges?|Édouard|Pie) (?P<said>V|X)(?!\w|\.\w)",
         roman.counted(cardinal)),
    rule("decimal", rf"(?:(?<![\w)\]])[-−–])?(?<![\w.,]){TONGUE.number}(?!\w|[.,]\d)", _number),
    rule("decimal", r"(?<![\w.,])\d+(?:\.\d+)+(?!\w|[.,]\d)",
         lambda m: " point ".join(cardinal(int(p)) for p in m[0].split("."))),
    rule("digits", r"\d+",
         lambda m: cardinal(int(m[0])) if len(m[0]) <= 4 and m[0][0] != "0" else digits(m[0])),
    rule("abbreviation", r"(?<!\w)[nN][°º](?= ?\d)", lambda _: "numéro"),
    rule("abbreviation", r"(?<=[IVX][eᵉ] )s\.(?!\w)", lambda _: "siècle"),
    rule("abbreviation", rf"(?<![\w.'’])(?P<w>{alternatives(BEFORE_NUMBER)})\.(?= ?[\dIVXLivxl]+\b)",
         lambda m: BEFORE_NUMBER[m["w"]]),
    rule("abbreviation", r"(?<![\w.'’])(?P<w>Vol|Chap|Fig|Art|Sect)\.(?= ?[\dIVXLivxl]+\b)",
         lambda m: BEFORE_NUMBER[m["w"].lower()].capitalize()),
    rule("abbreviation", r"(?<![\w.])S\. ?M\.(?= (?:le|la|l['’]))", lambda _: "Sa Majesté"),
    rule("abbreviation", r"(?<![\w.-])M\.(?= (?:d['’][A-ZÀ-Ý]|(?:de|du|des|le|la) ))", lambda _: "monsieur"),
    rule("abbreviation", r"(?<![\w.-])(?:M\.(?! ?[A-Z]\.)|Me)(?= [A-ZÀ-Ý])",
         lambda m: "monsieur" if m[0] == "M." else "maître"),
    abbreviations({key: value for key, value in ABBREVIATIONS.items() if key not in {"M.", "Me"}}),
    rule("abbreviation", r"(?<![\w.])(?:[A-ZÀ-Ý]\.){2,}(?!\w)", lambda m: m[0].replace(".", "")),
    *symbol_rules(
        {"&": "et", "%": "pour cent", "$": "dollar", "£": "livre", "€": "euro", "¥": "yen", "§": "paragraphe",
            "#": "dièse",
         "@": "arobase", "+": "plus", "=": "égale", "°": "degrés", "№": "numéro", "©": "copyright",
         "±": "plus ou moins",
         "×": "fois", "÷": "divisé par", "≈": "environ", "≠": "différent de", "≤": "inférieur ou égal à",
         "≥": "supérieur ou égal à", "‰": "pour mille", "∞": "infini", "√": "racine carrée de", "π": "pi",
         "Ω": "ohms"},
        "ou", "dièse", "numéro",
    ),
)  # fmt: skip


def _pair(pair: str) -> str:
    return (
        f"zéro {cardinal(int(pair))}"
        if pair[0] == "0" and pair != "00"
        else ("zéro zéro" if pair == "00" else cardinal(int(pair)))
    )


LANGUAGE = Language(
    tag="fr",
    rules=RULES,
    triggers=re.compile(
        "|".join(
            sorted({re.escape(word.split(" ")[0].strip(".")) for word in (*ABBREVIATIONS, *BEFORE_NUMBER)})
        )
        + rf"|{roman.PATTERN}|[IVXLC]+(?:er|ère|re|e|ème|ᵉʳ|ʳᵉ|ᵉ|ᵉᵐᵉ)|{roman.SMALL_LETTERS}"
    ),
)
