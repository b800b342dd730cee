"""German."""

from __future__ import annotations

import re

from pipeline.script.spoken import roman
from pipeline.script.spoken.coordinates import coordinate_rules
from pipeline.script.spoken.de_numbers import (
    WITH_ARTICLE,
    cardinal,
    counted,
    denominator,
    digits,
    inflected,
    ordinal,
    said_number,
    year,
)
from pipeline.script.spoken.de_words import ABBREVIATIONS, BEFORE_NUMBER, BOOKS, SCALES, TONGUE
from pipeline.script.spoken.electronic import Signs, electronic_rules
from pipeline.script.spoken.numerals import FRACTIONS, full_year, read_number
from pipeline.script.spoken.rule import MARKUP, Language, Rule, abbreviations, alternatives, rule
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

_MONTHS = "Januar Februar März April Mai Juni Juli August September Oktober November Dezember".split()
_SHORT = {"Jan": 1, "Jän": 1, "Feb": 2, "Mrz": 3, "Apr": 4, "Jun": 6, "Jul": 7, "Aug": 8, "Sep": 9, "Sept": 9,
    "Okt": 10,
          "Nov": 11, "Dez": 12}  # fmt: skip
_NAMED = (
    {name.lower(): n for n, name in enumerate([*_MONTHS], 1)}
    | {k.lower(): v for k, v in _SHORT.items()}
    | {"jänner": 1}
)
_MONTH = rf"(?i:(?:{alternatives([*_MONTHS, 'Jänner'])})\b|(?:{alternatives(_SHORT)})\b\.?)"
_YEAR = r"(?:1\d|20)\d\d"


def word_before(match: re.Match[str]) -> str:
    """The word before the match (before its replaced run, where it has one), in small letters."""
    start = match.start("said") if "said" in match.re.groupindex else match.start()
    words = re.findall(r"([\w.]+)[ „\"(»]*$", match.string[max(0, start - 24) : start])
    return words[0].lower() if words else ""


def _month(written: str) -> str:
    return _MONTHS[_NAMED[written.lower().rstrip(".")] - 1]


def _date(match: re.Match[str]) -> str | None:
    groups = match.groupdict()
    day, month = int(match["d"]), match["m"]
    number = int(month) if month.isdecimal() else _NAMED[month.lower().rstrip(".")]
    if not (1 <= day <= 31 and 1 <= number <= 12):
        return None
    following = groups.get("y")
    if not following and month.isdecimal() and word_before(match) not in WITH_ARTICLE:
        return (
            None if match[0] != match.string.strip() else f"{ordinal(day)}er {_MONTHS[number - 1]}"
        )  # a section
    said = f"{inflected(ordinal(day), word_before(match))}|{_MONTHS[number - 1]}"
    if not following:
        return said
    return f"{said}|{year(full_year(following))}"


def _month_year(match: re.Match[str]) -> str:
    return f"{_month(match['m'])}|{year(int(match['y']))}"


def _bare_year(match: re.Match[str]) -> str | None:
    """Four digits are a year where something says so; a number that stands alone is a number."""
    number, before = int(match["said"]), word_before(match)
    following = re.match(r" ?([\w%€$]+)", match.string[match.end("said") :])
    if before in _YEAR_BEFORE:
        return year(number)
    if number < 1500 or number > 2099 or not (before or following):
        return None
    return None if following and following[1][0].isupper() and before not in _YEAR_BEFORE else year(number)


_YEAR_BEFORE = frozenset(
    "jahr jahre jahres jahren seit anno um bis von ab vor nach in im sommer winter herbst frühjahr"
    " frühling ende anfang mitte"
    " zwischen und".split()
) | frozenset(month.lower() for month in _MONTHS)


def _decade(match: re.Match[str]) -> str:
    text, ending = match["n"], match["e"]
    value = int(text)
    return (year(value) if len(text) == 4 else cardinal(value)) + ending


def _time(match: re.Match[str]) -> str | None:
    hour, minute, second = int(match["h"]), int(match["m"] or 0), match["s"]
    if hour > 24 or minute > 59 or (second and int(second) > 59):
        return None
    said = "ein" if hour == 1 else cardinal(hour)
    if second is not None:
        tail = f"{counted(read_number(str(minute), ','), 'f')} {'Minute' if minute == 1 else 'Minuten'}"
        tail += f" {counted(read_number(str(int(second)), ','), 'f')} {'Sekunde' if int(second) == 1 else 'Sekunden'}"
        return f"{said} Uhr {tail}"
    return f"{said} Uhr" + (f" {cardinal(minute)}" if minute else "")


def _ordinal(match: re.Match[str]) -> str | None:
    following = re.match(r" (\w+)", match.string[match.end() :])
    before, noun = word_before(match), following[1] if following else ""
    known = noun in _NEUTER or noun in _COUNTED or noun in _MONTHS or noun.islower()
    if not before and noun in _BEGIN:
        return None  # of a list
    if before and before not in WITH_ARTICLE and not known:
        return None  # the full stop ends a sentence
    stem = ordinal(int(match["n"].replace(".", "")))
    dative = _DATIVE.search(match.string[: match.start()])
    if before == "der" and (
        dative or noun.endswith(_FEMININE_ENDINGS) or noun in _FEMININE_IN_E or noun in _FEMININE
    ):
        return stem + "en"  # genitive or dative
    if before not in WITH_ARTICLE and (noun in _NEUTER or _is_feminine(noun)):
        return stem + ("es" if noun in _NEUTER else "e")
    return inflected(stem, before)


def _two_ordinals(match: re.Match[str]) -> str | None:
    """``im 19./20. Jahrhundert``, ``vom 1.-3. Mai``: both take the ending that the second has."""
    second = _ordinal(match)
    if second is None:
        return None
    ending = second.removeprefix(ordinal(int(match["n"])))
    between = "und" if match["between"] == "/" else "bis"
    return f"{ordinal(int(match['a']))}{ending} {between} {second}"


_BEGIN = frozenset(
    "Der Die Das Ein Eine Er Sie Es Wir Ihr Ich In Im Am Auf Mit Von Wenn Als Was Wer Wie Zu".split()
)
_DATIVE = re.compile(r"(?<!\w)(?i:mit|in|nach|von|aus|bei|seit|unter|vor|auf|während|wegen|trotz) der $")
_FEMININE_ENDINGS = ("ung", "heit", "keit", "schaft", "tion", "tät")
_FEMININE_IN_E = frozenset(
    "Klasse Etage Woche Stunde Minute Sekunde Reihe Auflage Seite Szene Strophe Zeile Runde Stelle Stufe Armee"
    " Hälfte Ausgabe Folge Phase Gruppe Kompanie Symphonie Sinfonie Tasse Flasche Strafe Frage Ehe".split()
)


def _last_day(match: re.Match[str]) -> str:
    """``bis zum 21.`` at the end of a sentence."""
    return ordinal(int(match["n"])) + "en."


def _roman_ordinal(match: re.Match[str]) -> str:
    stem, before = ordinal(roman.value_of(match["r"]) or 0), word_before(match)
    if before not in WITH_ARTICLE and match["noun"] in _NEUTER:
        return stem + "es"
    return inflected(stem, before)


_HALVES = {
    **dict.fromkeys(
        "Liter Meter Kilometer Zentner Tag Becher Teelöffel Esslöffel Löffel TL EL Apfel".split(), "er"
    ),
    **dict.fromkeys("Pfund Pfd Kilo Kilogramm Jahr Dutzend Glas Päckchen Jahrhundert".split(), "es"),
}
"""The ending of ``ein halb-`` before nouns that are not feminine."""


def _half(following: str) -> str:
    if _is_feminine(following):
        return "eine halbe"
    return "ein halb" + _HALVES.get(following, "")


def _double_year(match: re.Match[str]) -> str | None:
    """``1848/49``: two years that follow each other."""
    first, second = int(match["a"]), match["b"]
    if (first + 1) % 10 ** len(second) != int(second):
        return None
    return f"{year(first)} {year(int(second)) if len(second) == 4 else cardinal(int(second))}"


_COUNTED = frozenset(
    "Weltkrieg Platz Tag Teil Band Stock Geburtstag Mann Akt Rang Grad Klasse Auflage Liga Etage".split()
)
_NEUTER = frozenset(
    "Kapitel Buch Jahrhundert Jahr Mal Bild Lied Haus Halbjahr Quartal Semester Regiment Gebot Tor".split()
)
_FEMININE = frozenset(
    "Person Frau Nacht Liga Mark Stadt Wand Bank Hand Uhr Zwiebel Kartoffel Gabel Paprika Insel Regel".split()
)


def _is_feminine(noun: str) -> bool:
    """By its ending: sure enough for ``eine`` and ``erste``."""
    return noun in _FEMININE or (
        noun[:1].isupper()
        and noun.endswith(("e", "ung", "heit", "keit", "schaft", "tion", "tät"))
        and noun != "Ende"
    )


def _one(match: re.Match[str]) -> str:
    noun = match["noun"].capitalize()
    return "eine" if _is_feminine(noun) or noun in {"Million", "Billion", "Trillion"} else "ein"


def _fraction(match: re.Match[str]) -> str | None:
    above, below = int(match["a"]), int(match["b"])
    if len(match["a"]) > 4 or len(match["b"]) > 5:
        return None
    sign = "minus " if match["minus"] else ""
    number = "ein" if above == 1 else cardinal(above)
    part = "halb" if (above, below) == (1, 2) else denominator(below)
    whole = match["whole"]
    if not whole:
        noun = re.match(r" (\w+)", match.string[match.end() :])
        if (above, below) == (1, 2) and noun:
            return sign + _half(noun[1])
        return f"{sign}{number} {part}"
    before = "ein" if whole == "1" else cardinal(int(whole))
    if (above, below) == (1, 2):
        return f"{sign}{before} ein halb"
    return f"{sign}{before} {number} {part}"


def _fraction_sign(match: re.Match[str]) -> str:
    above, below = FRACTIONS[match["sign"]]
    part = "halb" if (above, below) == (1, 2) else denominator(below)
    said = f"{'ein' if above == 1 else cardinal(above)} {part}"
    return (
        f"{'ein' if match['whole'] == '1' else cardinal(int(match['whole']))} {said}"
        if match["whole"]
        else said
    )


_PARTS = (
    "Kapitel Teil Band Buch Akt Szene Abschnitt Artikel Abbildung Tabelle Stufe Klasse Phase Typ"
    " Gesang Nummer"
).split()


def _king(match: re.Match[str]) -> str | None:
    value = roman.value_of(match["r"])
    if not value or match["name"] in _PARTS:
        return None
    before = word_before_name(match)
    if before in {"von", "mit", "unter", "bei", "nach", "zu", "dem", "vom", "zum"}:
        return f"dem {ordinal(value)}en"
    if before in {"gegen", "für", "durch", "den", "ohne"}:
        return f"den {ordinal(value)}en"
    return f"der {ordinal(value)}e"


def word_before_name(match: re.Match[str]) -> str:
    """The word before the name of a king, a title aside."""
    words = re.findall(r"\w+", match.string[max(0, match.start() - 40) : match.start("name")])
    if words and words[-1].lower() in {
        "könig",
        "kaiser",
        "papst",
        "zar",
        "herzog",
        "kurfürst",
        "fürst",
        "graf",
    }:
        words.pop()
    return words[-1].lower() if words else ""


def _number(match: re.Match[str]) -> str:
    text = match[0].lstrip("-−–")
    if len(text) > 1 and text.isdecimal() and text.startswith("0"):
        return digits(text)
    return said_number(read_number(match[0], ","))


def _power(exponent: str) -> str:
    return "hoch " + ("minus " if exponent.startswith("-") else "") + cardinal(int(exponent.lstrip("-")))


_NUMBER = TONGUE.number


_WORDS = {
    "com": "com",
    "net": "net",
    "org": "org",
    "de": "de",
    "gmail": "g mail",
    "amazon": "amazon",
    "info": "info",
    "at": "at",
}

RULES: tuple[Rule, ...] = (
    MARKUP,
    rule("ordinal", r"(?<![\w.,])(?P<a>\d{1,2})\. ?(?P<between>[/–-]) ?(?P<n>\d{1,2})\.(?= [^\W\d_])", _two_ordinals),
    *verse_rules(BOOKS, r"(?:, ?|:)", cardinal, "bis"),
    *coordinate_rules(cardinal, ("Grad", "Minuten", "Sekunden"),
                      {"N": "Nord", "S": "Süd", "O": "Ost", "E": "Ost", "W": "West"}),
    *electronic_rules(
        Signs(
            names={".": "punkt", "@": "at", "/": "slash", "-": "bindestrich", "_": "unterstrich",
                ":": "doppelpunkt",
                   "?": "fragezeichen", "=": "gleichheitszeichen", "&": "und", "#": "raute", "%": "prozent",
                   "+": "plus",
                   "~": "tilde", ",": "komma", "|": "senkrechter strich", "!": "ausrufezeichen", "*": "stern"},
            letters=lambda run: _WORDS.get(run.lower()) or " ".join(run),
            digits=digits,
        )
    ),
    *telephone_rules(TONGUE, "plus", "durchwahl", "punkt", digits),
    *equation_rules(
        TONGUE,
        {"+": "plus", "-": "minus", "−": "minus", "–": "minus", "*": "mal", "×": "mal", "·": "mal",
            "÷": "geteilt durch",
         "/": "durch", "=": "gleich", "^": "hoch", "<": "kleiner als", ">": "größer als", "≤": "kleiner gleich",
         "≥": "größer gleich", "≈": "ungefähr", "≠": "ungleich", "±": "plus minus", "√": "Wurzel aus",
         "π": "pi"},
        lambda exponent: _power(exponent),
    ),
    rule("time", r"(?<![\w.:,])(?P<h>\d{1,2}):(?P<m>\d\d):(?P<s>\d\d)(?: Uhr\b)?(?![\w:])", _time),
    rule("time", r"(?<![\w.:,])(?P<h>\d{1,2})[:.](?P<m>\d\d)(?P<s>(?!))? ?(?:Uhr|h)(?!\w)", _time),
    rule("time", r"(?<![\w.:,/])(?P<h>\d{1,2}):(?P<m>[0-5]\d)(?P<s>(?!))?(?![\w:]|[.,]\d)", _time),
    rule("time", r"(?<![\w.:,])(?P<h>\d{1,2})(?P<m>(?!))?(?P<s>(?!))? (?=Uhr\b)", lambda m: _hour(m)),
    rule("date", rf"(?<![\w.,])(?P<d>\d{{1,2}})(?:\. ?| )(?P<m>{_MONTH}) (?P<y>{_YEAR})(?![\w]|[.,]\d)", _date),
    rule("date", rf"(?<![\w.,])(?P<d>\d{{1,2}})(?:\. ?| )(?P<m>{_MONTH})", _date),
    rule("date", r"(?<![\w.,/-])(?P<d>\d{1,2})\. ?(?P<m>\d{1,2})\. ?(?P<y>\d{4}|\d\d)(?!\w|[.,]\d)", _date),
    rule("date", r"(?<![\w.,/-])(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})(?![\w-])", _date),
    rule("date", r"(?<![\w.,/-])(?P<d>\d{1,2})\.(?P<m>\d{1,2})\.?(?!\w|[.,]\d|-\d)(?! ?[%€$])", _date),
    rule("date", rf"\b(?P<m>{_MONTH}) (?P<y>{_YEAR})(?!\w|[.,]\d)", _month_year),
    rule("date", r"(?<![\w.,])(?P<n>(?:1\d|20)\d0|[1-9]\d)(?P<e>er[ns]?)(?!\w)", _decade),
    *money_rules(TONGUE, ("DM",)),
    *formula_rules(cardinal),
    rule("range", rf"(?<![\w.,/-])(?P<a>{_YEAR})[-–—](?P<b>{_YEAR})(?![\w-]|[.,]\d)",
         lambda m: f"{year(int(m['a']))} bis {year(int(m['b']))}" if m["a"] < m["b"] else None),
    *range_rules(TONGUE),
    rule("date", rf"(?<![\w.,/-])(?P<a>{_YEAR})/(?P<b>\d\d|{_YEAR})(?![\w/-]|[.,]\d)", _double_year),
    rule("fraction", r"(?<![\w.,/])24/7(?![\w/])", lambda _: "vier und zwanzig sieben"),
    rule("fraction",
         r"(?<![\w.,/])(?P<minus>(?<![\w)])[-−])?(?:(?P<whole>\d+) )?(?P<a>\d+)[/⁄](?P<b>\d+)(?![\w/]|[.,]\d)",
         _fraction),
    rule("fraction", rf"(?<![\w.,])(?P<whole>\d+)? ?(?P<sign>[{''.join(FRACTIONS)}])", _fraction_sign),
    *measure_rules(TONGUE),
    *power_rules(lambda exponent: _power(exponent)),
    rule("roman", rf"^[\"„»(]?(?P<said>{roman.PATTERN}\.?)[\"“«)]?$", roman.counted(cardinal)),
    rule("roman", rf"(?<![\w.])(?:{alternatives(_PARTS)}|Kap\.|Bd\.|Nr\.) (?P<said>{roman.PATTERN})(?!\w|\.\w)",
         roman.counted(cardinal)),
    rule("roman", rf"\b(?P<name>[A-ZÄÖÜ][\w’'-]+) (?P<said>(?P<r>(?=[XVI]){roman.SMALL})\.)(?= |[,;:]|$)",
         _king),
    rule("roman", rf"\b(?P<name>[A-ZÄÖÜ][\w’'-]+) (?P<said>(?P<r>(?=[XVI]{{2}}){roman.SMALL}))(?!\w|\.)",
         lambda m: cardinal(roman.value_of(m["r"]) or 0)),
    rule("roman",
         rf"(?P<said>(?P<r>(?=[XVI]){roman.SMALL})\.)(?= (?P<noun>Jahrhundert|Kapitel|Teil|Akt|Band|Weltkrieg))",
         _roman_ordinal),
    rule("ordinal", r"\b(?i:am|vom|zum) (?P<said>(?P<n>\d{1,2})\.)(?=[\"”“»)]*$)", _last_day),
    rule("ordinal", r"(?<![\w.,])(?P<n>\d{1,3}(?:\.\d{3})+|\d{1,9})\.(?= [^\W\d_])", _ordinal),
    rule("ordinal", r"^(?P<n>\d{1,3}(?:\.\d{3})+|\d{1,9})\.$", _ordinal),
    rule("date", r"(?<![\w.,:/-])(?P<said>1[1-9]\d\d|20\d\d)(?![\w/]|[.,:]\d|-\d)", _bare_year),
    rule("cardinal", rf"(?<![\w.,/:-])(?P<said>1) (?=(?P<noun>[A-ZÄÖÜ][a-zäöüß]+|{SCALES}))", _one),
    rule("range", r"(?<![\w:.,])\d{1,4}(?P<said>:)(?=\d{1,4}(?![\w:]))(?!\d\d\b)", lambda _: "zu"),
    rule("decimal", rf"(?:(?<![\w)\]])[-−–])?(?<![\w.,]){_NUMBER}(?!\w|[.,]\d)", _number),
    rule("decimal", r"(?<![\w.,])\d+(?:\.\d+)+(?!\w|[.,]\d)",
         lambda m: " Punkt ".join(cardinal(int(p)) for p in m[0].split("."))),
    rule("digits", r"\d+",
         lambda m: cardinal(int(m[0])) if len(m[0]) <= 4 and m[0][0] != "0" else digits(m[0])),
    rule("abbreviation", rf"(?<![\w.])(?P<w>{alternatives(BEFORE_NUMBER)})\.(?= ?\d)",
         lambda m: BEFORE_NUMBER[m["w"]]),
    rule("abbreviation", r"(?<!\w)(?P<w>[A-ZÄÖÜ][\wäöüß-]*)str\.(?= \d|,|$)", lambda m: m["w"] + "straße"),
    rule("abbreviation", r"(?<=[a-zäöüß] )u\.(?= [A-Za-zÄÖÜäöü][a-zäöüß]{2})", lambda _: "und"),
    rule("abbreviation", r"\b(?:des|dem|den|vom|zum) (?P<said>hl\.)(?= [A-ZÄÖÜ])", lambda _: "heiligen"),
    rule("abbreviation", r"(?<=\d )ff?\.(?!\w)", lambda _: "folgende"),
    rule("abbreviation", r"(?<=\d )St\.(?! [A-ZÄÖÜ])", lambda _: "Stück"),
    rule("abbreviation", r"(?<![\w.])Fr\.(?= [A-ZÄÖÜ])", lambda _: "Frau"),
    abbreviations(ABBREVIATIONS),
    rule("abbreviation", r"(?<![\w.])(?:[A-Z]\.){2,}(?!\w)", lambda m: m[0].replace(".", "")),
    rule("symbol", r"§§ ?(?=\d)", lambda _: "Paragraphen"),
    *symbol_rules(
        {"&": "und", "%": "Prozent", "$": "Dollar", "£": "Pfund", "€": "Euro", "¥": "Yen", "§": "Paragraph",
            "#": "Raute",
         "@": "at", "+": "plus", "=": "gleich", "°": "Grad", "№": "Nummer", "©": "Copyright", "±": "plus minus",
         "×": "mal", "÷": "geteilt durch", "≈": "ungefähr", "≠": "ungleich", "≤": "kleiner gleich",
         "≥": "größer gleich",
         "‰": "Promille", "∞": "unendlich", "√": "Wurzel aus", "π": "pi", "Ω": "Ohm"},
        "Schrägstrich", "is", "Nummer",
    ),
)  # fmt: skip


def _hour(match: re.Match[str]) -> str | None:
    hour = int(match["h"])
    return ("ein" if hour == 1 else cardinal(hour)) if hour <= 24 else None


LANGUAGE = Language(
    tag="de",
    rules=RULES,
    triggers=re.compile(
        "|".join(
            sorted(
                {re.escape(word.split(" ")[0].strip(".")) for word in (*ABBREVIATIONS, *BEFORE_NUMBER)},
                key=len,
            )
        )
        + rf"|[A-Za-zäöüß]+str|Fr|u|{roman.PATTERN}"
    ),
)
