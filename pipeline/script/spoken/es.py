"""Spanish."""

from __future__ import annotations

import re

from pipeline.script.spoken import roman
from pipeline.script.spoken.coordinates import coordinate_rules
from pipeline.script.spoken.electronic import Signs, electronic_rules
from pipeline.script.spoken.es_numbers import cardinal, digits, fraction, ordinal, said_number
from pipeline.script.spoken.es_words import ABBREVIATIONS, BOOKS, TONGUE
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

_MONTHS = "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre".split()
_SHORT = {
    "ene": 1,
    "feb": 2,
    "mar": 3,
    "abr": 4,
    "jun": 6,
    "jul": 7,
    "ago": 8,
    "sep": 9,
    "sept": 9,
    "oct": 10,
    "nov": 11,
    "dic": 12,
}
_NAMED = {name: n for n, name in enumerate(_MONTHS, 1)} | _SHORT | {"setiembre": 9}
_MONTH = rf"(?i:(?:{alternatives([*_MONTHS, 'setiembre'])})\b|(?:{alternatives(_SHORT)})\b\.?)"
_YEAR = r"(?:1\d|20)\d\d"


def _day(number: int) -> str:
    return "primero" if number == 1 else cardinal(number)


def _date(match: re.Match[str]) -> str | None:
    month = int(match["m"]) if match["m"].isdecimal() else _NAMED[match["m"].lower().rstrip(".")]
    day, following = int(match["d"]), match.groupdict().get("y")
    if not (1 <= day <= 31 and 1 <= month <= 12):
        return None
    name = _MONTHS[month - 1]
    if not following:
        return f"{_day(day)} de {name}"
    return f"{_day(day)} de {name} de {cardinal(full_year(following))}"


def _king(match: re.Match[str]) -> str | None:
    value = roman.value_of(match["said"])
    if not value:
        return None
    name = match["name"]
    if value > 10 or name.lower() in _PARTS:
        return cardinal(value)
    return ordinal(
        value, "a" if name.endswith(("a", "bel")) or name in {"Inés", "Beatriz", "Carmen"} else "o"
    )


_PARTS = (
    "capítulo parte libro tomo volumen acto escena sección artículo figura cuadro tabla título anexo"
    " siglo canto fase tipo guerra"
).split()
_ZONE = r"(?P<zone>est|pst|cst|mst|gmt|utc|cet|edt|pdt)(?P<shift> ?[+-] ?\d{1,2}(?::\d\d)?)?"
_HALF = r"(?P<half>[ap]\. ?m\b\.?|[ap]m\b\.?)"


def _clock(hour: int, minute: int) -> str:
    said = cardinal(hour, "f")
    if minute:
        said += " y " + {15: "cuarto", 30: "media"}.get(minute, cardinal(minute))
    return said


def _part_of_day(hour: int, half: str) -> str:
    if half[0] == "a":
        return "de la noche" if hour == 12 else ("de la madrugada" if False else "de la mañana")
    if hour == 12:
        return "del mediodía"
    return "de la noche" if 8 <= hour < 12 else "de la tarde"


def _zone(match: re.Match[str]) -> str:
    said = " ".join(match["zone"])
    if match["shift"]:
        shift = match["shift"].strip()
        numbers = [cardinal(int(number)) for number in re.findall(r"\d+", shift)]
        said += f" {'menos' if shift[0] == '-' else 'más'} {' '.join(numbers)}"
    return said


def _time(match: re.Match[str]) -> str | None:
    hour, minute = int(match["h"]), int(match["m"] or 0)
    if hour > 24 or minute > 59:
        return None
    groups = match.groupdict()
    if groups.get("s"):
        second = int(groups["s"])
        said = f"{cardinal(hour, 'f')} hora{'s' * (hour != 1)} {cardinal(minute, 'm')} minuto{'s' * (minute != 1)}"
        said += f" y {cardinal(second, 'm')} segundo{'s' * (second != 1)}"
    else:
        said = _clock(hour, minute)
    if groups.get("half"):
        said += "|" + _part_of_day(hour, groups["half"].lower())
    if groups.get("zone"):
        said += "|" + _zone(match)
    return said


_ENDINGS = {
    "º": "o", "°": "o", "ª": "a", "ᵉʳ": "er", "er": "er", "ro": "o", "ra": "a", "do": "o", "da": "a", "to": "o",
    "ta": "a",
    "vo": "o", "va": "a", "no": "o", "na": "a", "mo": "o", "ma": "a", "ᵃ": "a", "ᵒ": "o", "o": "o", "a": "a",
    "ros": "o", "ras": "a", "dos": "o", "tos": "o", "tas": "a",
}  # fmt: skip


def _ordinal(match: re.Match[str]) -> str | None:
    number = int(re.sub(r"\D", "", match["n"]))
    written = match["e"].lower()
    if written == "°" and word_before(match) in {"de", "a", "por", "unos", "y", "hasta", "ángulo", "entre"}:
        return None
    said = ordinal(number, _ENDINGS[written])
    return said + ("s" if len(written) == 3 else "")


def _fraction(match: re.Match[str]) -> str | None:
    above, below = int(match["a"]), int(re.sub(r"\D", "", match["b"]))
    if not below or len(match["a"]) > 4:
        return None
    sign = "menos " if match["minus"] else ""
    unit = match["unit"]
    if unit:
        name, gender = TONGUE.unit(unit, False)
        return sign + _with_unit(match["whole"], above, below, name, gender)
    tail = "medio" if (above, below) == (1, 2) else fraction(above, below)
    noun = re.match(r" ([a-záéíóúñ]{4,})", match.string[match.end() :])
    if tail == "medio" and noun and noun[1].removesuffix("s").endswith("a") and noun[1] not in _MASCULINE:
        tail = "media"
    if not match["whole"]:
        return sign + tail
    return f"{sign}{cardinal(int(match['whole']))}|y {tail}"


def _with_unit(whole: str | None, above: int, below: int, name: str, gender: str) -> str:
    half = (above, below) == (1, 2)
    part = ("media" if gender == "f" else "medio") if half else fraction(above, below)
    if not whole:
        return f"{part} {name}" if half else f"{part} de {name}"
    return f"{cardinal(int(whole), gender)}|y {part}|{name}"


def _fraction_sign(match: re.Match[str]) -> str:
    above, below = FRACTIONS[match["sign"]]
    said = "medio" if (above, below) == (1, 2) else fraction(above, below)
    return f"{cardinal(int(match['whole']))} y {said}" if match["whole"] else said


def _number(match: re.Match[str]) -> str:
    text = match[0].lstrip("-−–")
    if len(text) > 1 and text.isdecimal() and text.startswith("0"):
        return digits(text)
    number = read_number(match[0], ",")
    said = said_number(number, _noun_gender(match))
    counted = re.match(r" [a-záéíóúñ]{3,}s\b", match.string[match.end() :])
    if number.value and number.value % 1_000_000 == 0 and not number.fraction and counted:
        said += " de"  # un millón de habitantes
    return said


def _noun_gender(match: re.Match[str]) -> str:
    """``21 años`` is ``veintiún``, ``21 páginas`` ``veintiuna``: by the ending of the word after it."""
    following = re.match(r" ([a-záéíóúñ]+)", match.string[match.end() :])
    word = following[1] if following else ""
    if match[0] == "1" and len(word) > 2:
        return (
            "f"
            if word in _FEMININE or (word.endswith(("a", "ción", "sión", "dad")) and word not in _MASCULINE)
            else "m"
        )
    if word in _FEMININE or (word.endswith("s") and word.removesuffix("s") in _FEMININE):
        return "f"
    if word == "mil":
        return "m"
    if re.match(r"(?:mil|bil|tril)(?:lón|lones)$", word):
        return "m"
    if (
        len(word) > 3
        and word.endswith(("as", "ciones", "dades"))
        and word.removesuffix("s") not in _MASCULINE
    ):
        return "f"
    if (
        len(word) > 3
        and word.endswith(("os", "es", "días", "mas", "pas"))
        and word not in {"entonces", "pues", "antes"}
    ):
        return "m"
    return ""


_FEMININE = frozenset(
    "mujer mujeres vez veces noche parte calle clase nave torre llave ley leyes voz voces cruz cruces flor flores"
    " luz luces tarde nube fuente madre serpiente ave imagen imágenes virgen vírgenes crisis tesis raíz raíces"
    " legión legiones región regiones religión religiones canción canciones".split()
)
_MASCULINE = frozenset("día problema sistema idioma mapa planeta tema programa clima poema drama".split())


def _point_decimal(match: re.Match[str]) -> str:
    whole, tail = match["w"], match["f"]
    said = said_number(read_number(f"{whole},{tail}", ",")).replace(" coma ", " punto ")
    return ("menos " if match["minus"] else "") + said


def _point_measure(match: re.Match[str]) -> str:
    unit = match["unit"]
    return f"{_point_decimal(match)}|{TONGUE.percent if unit == '%' else TONGUE.unit(unit, True)[0]}"


def _power(exponent: str) -> str:
    if exponent in {"2", "3"}:
        return "al cuadrado" if exponent == "2" else "al cubo"
    return "elevado a " + ("menos " if exponent.startswith("-") else "") + cardinal(int(exponent.lstrip("-")))


_LONE = {"d.", "D.", "Ed.", "ed."}
_WORDS = frozenset(
    "com net org gmail hotmail yahoo outlook google amazon nvidia microsoft apple facebook twitter"
    " instagram youtube wikipedia"
    " info edu gob".split()
)


def _dollars(match: re.Match[str]) -> str:
    """``$1,000.50``, with the decimal point of America."""
    number = read_number(match["n"], ".")
    said = f"{cardinal(number.value, 'm')}|{'dólar' if number.value == 1 else 'dólares'}"
    return said + (f" con {cardinal(number.cents)}" if number.cents else "")


RULES: tuple[Rule, ...] = (
    MARKUP,
    *verse_rules(BOOKS, r"(?:, ?|:)", cardinal, "a"),
    *coordinate_rules(lambda number: cardinal(number, "m"), ("grados", "minutos", "segundos"),
                      {"N": "norte", "S": "sur", "E": "este", "O": "oeste", "W": "oeste"}),
    rule("money", r"(?<![\w$])\$ ?(?P<n>\d{1,3}(?:,\d{3})+(?:\.\d\d)?|\d+\.\d\d)(?![\w]|[.,]\d)", _dollars),
    rule("abbreviation", r"(?<![\w/])[cC]/(?= ?[A-ZÁÉÍÓÚÑ])", lambda m: "calle" if m[0][0] == "c" else "Calle"),
    rule("measure", r"(?<=[el] )km(?= \d)", lambda _: "kilómetro"),
    *electronic_rules(
        Signs(
            names={".": "punto", "@": "arroba", "/": "barra", "-": "guión", "_": "guión bajo",
                ":": "dos puntos",
                   "?": "signo de interrogación", "=": "igual", "&": "y", "#": "numeral", "%": "por ciento",
                   "+": "más",
                   "~": "virgulilla", ",": "coma", "|": "barra vertical", "!": "signo de exclamación",
                   "*": "asterisco",
                   "^": "acento circunflejo", "$": "dólar"},
            letters=lambda run: run if run.lower() in _WORDS else " ".join(run),
            digits=digits,
        )
    ),
    *telephone_rules(TONGUE, "más", "extensión", "punto",
    lambda code: cardinal(int(code)) if len(code) == 2 else digits(code)),
    rule("telephone", r"(?<![\w.,])(?:9\d \d{3} \d\d \d\d|[6-9]\d\d \d\d \d\d \d\d)(?![\w]|[ .,]\d)",
         lambda m: ", ".join(digits(group) for group in m[0].split())),
    rule("abbreviation", r"(?<!\w)(?:ip|IP)(?!\w)", lambda m: " ".join(m[0])),
    *equation_rules(
        TONGUE,
        {"+": "más", "-": "menos", "−": "menos", "–": "menos", "*": "por", "×": "por", "·": "por", "÷": "entre",
            "/": "entre",
         "=": "igual a", "^": "elevado a", "<": "menor que", ">": "mayor que", "≤": "menor o igual que",
         "≥": "mayor o igual que",
         "≈": "aproximadamente", "≠": "distinto de", "±": "más menos", "√": "raíz de", "π": "pi"},
        _power,
    ),
    rule("time", rf"(?<![\w.:,])(?P<h>\d{{1,2}}):(?P<m>\d\d):(?P<s>\d\d)(?: ?{_HALF})?(?: {_ZONE})?(?![\w:])",
         _time, re.I),
    rule("time", rf"(?<![\w.:,])(?P<h>\d{{1,2}})(?:[.:](?P<m>[0-5]\d))? ?{_HALF}(?: ?{_ZONE})?(?!\w)", _time,
         re.I),
    rule("time", rf"(?<![\w.:,])(?P<h>\d{{1,2}})[.:](?P<m>[0-5]\d) ?{_ZONE}(?!\w)", _time, re.I),
    rule("time", r"(?<![\w.:,/-])(?P<h>\d{1,2}):(?P<m>[0-5]\d)(?: ?hs?\b\.?)?(?![\w:]|[.,]\d)", _time),
    rule("time", r"(?<![\w.:,/-])(?P<h>\d{1,2})\.(?P<m>[0-5]\d) ?hs?(?!\w)", _time),
    rule("time", r"^(?P<h>\d{1,2})\.(?P<m>[0-5]\d)$", _time),
    rule("time", r"\b[Ll]as? (?P<said>(?P<h>\d{1,2})\.(?P<m>[0-5]\d))(?![\w]|[.,]\d)", _time),
    rule("time", r"\b[Ll]as? (?P<said>(?P<h>\d{1,2})(?P<m>))"
         r"(?=$|[,;](?!\d)|\.(?= |$)| (?:de|y|en|h|horas?)\b)", _time),
    rule("time", r"(?<![\w.:,/])(?P<h>0\d)(?P<m>) h(?![\w/])", _time),
    rule("date",
         rf"(?<![\w.,])(?P<d>\d{{1,2}})[º°]?(?: de)? (?P<m>{_MONTH}),?(?: del?)? (?P<y>{_YEAR})(?!\w|[.,]\d)",
         _date),
    rule("date", rf"(?<![\w.,])(?P<d>\d{{1,2}})[º°]?(?: de)? (?P<m>{_MONTH})(?!\w)", _date),
    rule("date", rf"\b(?P<m>{_MONTH}) (?P<d>\d{{1,2}}),?(?: del?)? (?P<y>{_YEAR})(?!\w|[.,]\d)", _date),
    rule("date", rf"\b(?P<m>{_MONTH}) (?P<d>\d{{1,2}})(?!\w|[.,:]\d)", _date),
    rule("date", r"(?<![\w.,/-])(?P<d>\d{1,2})([-/.])(?P<m>\d{1,2})\2(?P<y>\d{4}|\d\d)(?![\w/]|[.,-]\d)",
         _date),
    rule("date", r"(?<![\w.,/-])(?P<y>\d{4})([-/.])(?P<m>\d{1,2})\2(?P<d>\d{1,2})(?![\w/]|[.,-]\d)", _date),
    rule("date", r"(?<=[\divxl] )(?:e\. ?c\.|ec)(?!\w)", lambda _: "era común", re.I),
    rule("letters with digits", r"(?<!\w)(Q)([1-4])(?!\w|[.,]\d)", lambda m: f"{m[1]} {cardinal(int(m[2]))}"),
    *money_rules(TONGUE, ("kr", "fr", "mk", "rs", "Rs", "q", "Q", "r$", "Bs", "S/", "US$", "₧", "ptas", "pts")),
    *formula_rules(cardinal),
    rule("range", rf"(?<![\w.,/-]){_YEAR}(?P<said>[-–—])(?={_YEAR}(?![\w-]|[.,]\d))", lambda _: "a"),
    *range_rules(TONGUE),
    rule("fraction",
         r"(?<![\w.,/])(?P<minus>(?<![\w)])[-−])?(?:(?P<whole>\d+) )?(?P<a>\d+)[/⁄](?P<b>\d{1,3}(?:\.\d{3})+|\d+)"
         r"(?: (?P<unit>km/h|mph|km|kg|cm|mm|m|h|l|g|t|lb|mi|ha))?(?![\w/]|[.,]\d)", _fraction),
    rule("fraction", rf"(?<![\w.,])(?P<whole>\d+)? ?(?P<sign>[{''.join(FRACTIONS)}])", _fraction_sign),
    rule("ordinal",
         rf"(?<![\w.,])(?P<n>\d{{1,3}}(?:[ .]\d{{3}})+|\d+)(?:\.(?=[ºª°ᵉᵃᵒ]|er\b))?"
         rf"(?P<e>{alternatives(_ENDINGS)})(?![\w°]| ?[CF]\b|(?<=°) ?[NSEOW]\b)",
         _ordinal),
    rule("measure", r"(?<![\w.,])(?P<minus>-)?(?P<w>\d+)\.(?P<f>\d{1,2}|\d{4,}) ?"
         r"(?P<unit>km/h|km|kg|cm|mm|m|l|g|%)(?!\w)",
         _point_measure),
    *measure_rules(TONGUE, frozenset({"kt", "pc", "pm"})),
    *power_rules(_power),
    rule("roman", rf"^[\"«(]?(?P<said>{roman.PATTERN}\.?)[\"»)]?$", roman.counted(cardinal)),
    rule("roman",
         rf"(?<![\w.])(?i:{alternatives(_PARTS)}|cap\.|vol\.|(?-i:t)\.) (?P<said>{roman.PATTERN})(?!\w|\.\w)",
         roman.counted(cardinal)),
    rule("roman", rf"(?<![\w.])ss?\. (?P<said>(?=[XVI]){roman.SMALL})(?!\w|\.\w)", roman.counted(cardinal)),
    rule("roman",
         r"(?<!\w)(?i:año|siglo|siglos|pp?\.|págs?\.) (?P<said>[ivxlcdm]{1,12})(?!\w)", roman.counted(cardinal)),
    rule("roman", rf"\b(?P<name>[A-ZÁÉÍÓÚÑ][\w’'-]+) (?P<said>(?=[XVI]{{2}}){roman.SMALL})(?!\w|\.\w)", _king),
    rule("roman",
         r"\b(?P<name>Carlos|Felipe|Alfonso|Fernando|Isabel|Juan|Enrique|Pedro|Sancho|Luis|Napoleón|Francisco|Jaime|Jorge"
         r"|Ramiro|Pío|Benedicto|Clemente) (?P<said>I|V|X)(?!\w|\.\w)", _king),
    rule("decimal", rf"(?:(?<![\w)\]])[-−–])?(?<![\w.,]){TONGUE.number}(?!\w|[.,]\d)", _number),
    rule("decimal", r"(?<![\w.,])(?P<minus>-)?(?P<w>\d+)\.(?P<f>\d{1,2}|\d{4,})(?!\w|[.,]\d)", _point_decimal),
    rule("decimal", r"(?<![\w.,])\d+(?:\.\d+)+(?!\w|[.,]\d)",
         lambda m: " punto ".join(cardinal(int(p)) for p in m[0].split("."))),
    rule("digits", r"\d+",
         lambda m: cardinal(int(m[0])) if len(m[0]) <= 4 and m[0][0] != "0" else digits(m[0])),
    rule("abbreviation", r"(?<!\w)[nN]\.?[ºo°](?= ?\d)", lambda _: "número"),
    rule("abbreviation", r"(?<![\w.])[Dd]\.(?= [A-ZÁÉÍÓÚÑ][a-z])", lambda _: "don"),
    rule("abbreviation", r"(?<![\w.])(?:p|pp)\.(?= ?\d)", lambda m: "página" if m[0] == "p." else "páginas"),
    rule("abbreviation", r"(?<![\w.])[Ss]\.(?= [IVX]+\b)", lambda _: "siglo"),
    rule("abbreviation", r"(?<![\w.])[Tt]\.(?= [IVX]+\b)", lambda _: "tomo"),
    abbreviations({key: value for key, value in ABBREVIATIONS.items() if key not in _LONE}),
    rule("abbreviation", r"(?<![\w.])(?:[A-ZÑ]\.){2,}(?!\w)", lambda m: m[0].replace(".", "")),
    *symbol_rules(
        {"&": "y", "%": "por ciento", "$": "dólar", "£": "libra", "€": "euro", "¥": "yen", "§": "sección",
            "#": "numeral",
         "@": "arroba", "+": "más", "=": "igual a", "°": "grados", "№": "número", "©": "copyright",
         "±": "más menos", "×": "por",
         "÷": "entre", "≈": "aproximadamente", "≠": "distinto de", "≤": "menor o igual que",
         "≥": "mayor o igual que",
         "‰": "por mil", "∞": "infinito", "√": "raíz de", "π": "pi", "Ω": "ohmios"},
        "barra", "sostenido", "número",
    ),
)  # fmt: skip

LANGUAGE = Language(
    tag="es",
    rules=RULES,
    triggers=re.compile(
        "|".join(sorted({re.escape(word.split(" ")[0].strip(".")) for word in ABBREVIATIONS}))
        + rf"|ip|IP|año|siglos?|ec|[Pp]p?|{roman.PATTERN}|{roman.SMALL_LETTERS}"
    ),
)
