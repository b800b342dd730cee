"""English names of people, places and parts of books: abbreviations, roman numerals, addresses."""

from __future__ import annotations

import re

from pipeline.script.spoken import roman
from pipeline.script.spoken.en_dates import MONTH, last_word
from pipeline.script.spoken.en_numbers import cardinal, ordinal, pairs
from pipeline.script.spoken.rule import Rule, abbreviations, alternatives, rule

_ALWAYS = {
    "Mr.": "mister", "Mrs.": "misses", "Ms.": "miz", "Messrs.": "messieurs", "Mmes.": "mesdames",
    "Prof.": "professor",
    "Mr": "mister", "Mrs": "misses", "Ms": "miz", "Messrs": "messieurs",
    "Jr.": "junior", "Sr.": "senior", "Esq.": "esquire", "Bros.": "brothers", "Inc.": "incorporated",
    "Corp.": "corporation", "Ltd.": "limited", "Dept.": "department", "dept.": "department",
    "Assn.": "association",
    "Univ.": "university", "vs.": "versus", "vs": "versus", "e.g.": "for example", "i.e.": "that is",
    "et al.": "et al",
    "e. g.": "for example", "i. e.": "that is", "viz.": "namely", "cf.": "compare", "etc.": "et cetera",
    "&c.": "et cetera",
    "approx.": "approximately", "Approx.": "Approximately",
    "incl.": "including", "excl.": "excluding", "govt.": "government",
    "Govt.": "government",
    "Blvd.": "boulevard", "Ave.": "avenue", "Pkwy.": "parkway", "Hwy.": "highway", "Expy.": "expressway",
    "w/o": "without", "w/": "with", "c/o": "care of", "b/c": "because", "a.k.a.": "also known as",
    "N.B.": "nota bene",
    "P.S.": "PS", "and/or": "and or", "op. cit.": "opere citato", "loc. cit.": "loco citato", "ibid.": "ibidem",
    "Ibid.": "ibidem", "Xmas": "Christmas", "Esq": "esquire", "a.m.": "AM", "p.m.": "PM",
    "401(k)": "four oh one k",
    "Ph.D.": "PhD", "Ph.D": "PhD", "M.D.": "MD", "D.C.": "DC", "Mt.": "mount", "Mts.": "mountains",
    "Ft.": "fort",
}  # fmt: skip

_BEFORE_NAME = {
    "Dr": "doctor", "Rev": "reverend", "Gen": "general", "Col": "colonel", "Capt": "captain",
    "Lt": "lieutenant",
    "Sgt": "sergeant", "Cpl": "corporal", "Maj": "major", "Cmdr": "commander", "Adm": "admiral",
    "Gov": "governor",
    "Sen": "senator", "Rep": "representative", "Hon": "honorable", "Pres": "president",
    "Supt": "superintendent",
    "Fr": "father", "Br": "brother", "Pvt": "private", "Insp": "inspector", "Det": "detective",
    "Ald": "alderman",
    "Brig": "brigadier", "Mme": "madame", "Mlle": "mademoiselle", "Ste": "saint",
}  # fmt: skip
"""Titles: they need their full stop and a name after it."""

_BEFORE_NUMBER = {
    "no": "number", "nos": "numbers", "vol": "volume", "vols": "volumes", "ch": "chapter", "chap": "chapter",
    "chaps": "chapters", "p": "page", "pp": "pages", "fig": "figure", "figs": "figures", "eq": "equation",
    "sec": "section", "art": "article", "pt": "part", "bk": "book", "tel": "telephone", "ext": "extension",
    "op": "opus", "ca": "circa", "c": "circa", "b": "born", "d": "died", "r": "reigned", "fl": "flourished",
    "para": "paragraph",
    "par": "paragraph", "v": "verse", "vv": "verses", "l": "line", "ll": "lines", "n": "note", "nn": "notes",
    "col": "column", "f": "folio", "ff": "folios", "ed": "edition", "ver": "version", "st": "stanza",
}  # fmt: skip
_BEFORE_YEAR = frozenset("b d r fl".split())
_STARTS = frozenset(
    "It He She The In On A An But And They We I There When At As If This That His Her You".split()
)
_BEFORE_SAINT = frozenset(
    "mount lake fort port mont sault cape king of at in the to from near and for".split()
)

_STREETS = {
    "St": "Street", "Ave": "Avenue", "Av": "Avenue", "Blvd": "Boulevard", "Rd": "Road", "Dr": "Drive",
    "Ln": "Lane",
    "Hwy": "Highway", "Expy": "Expressway", "Pkwy": "Parkway", "Ct": "Court", "Pl": "Place", "Sq": "Square",
    "Ter": "Terrace", "Cir": "Circle", "Fwy": "Freeway", "Pike": "Pike", "Way": "Way", "Street": "Street",
    "Avenue": "Avenue", "Road": "Road", "Drive": "Drive", "Lane": "Lane", "Boulevard": "Boulevard",
    "Court": "Court",
    "Place": "Place", "Square": "Square", "Highway": "Highway", "Parkway": "Parkway",
    "Expressway": "Expressway",
    "Terrace": "Terrace", "Row": "Row", "Crescent": "Crescent", "Cres": "Crescent", "Plz": "Plaza",
    "Tpke": "Turnpike",
}  # fmt: skip
_STREET_BY_LOWER = {name.lower(): said for name, said in _STREETS.items()}
_SIDES = {"N": "North", "S": "South", "E": "East", "W": "West", "NE": "Northeast", "NW": "Northwest",
          "SE": "Southeast", "SW": "Southwest"}  # fmt: skip
_STATES = dict(
    pair.split(":")
    for pair in (
        "AL:Alabama AK:Alaska AZ:Arizona AR:Arkansas CA:California CO:Colorado CT:Connecticut DE:Delaware FL:Florida"
        " GA:Georgia HI:Hawaii ID:Idaho IL:Illinois IN:Indiana IA:Iowa KS:Kansas KY:Kentucky LA:Louisiana ME:Maine"
        " MD:Maryland MA:Massachusetts MI:Michigan MN:Minnesota MS:Mississippi MO:Missouri MT:Montana NE:Nebraska"
        " NV:Nevada NH:New_Hampshire NJ:New_Jersey NM:New_Mexico NY:New_York NC:North_Carolina ND:North_Dakota"
        " OH:Ohio OK:Oklahoma OR:Oregon PA:Pennsylvania RI:Rhode_Island SC:South_Carolina SD:South_Dakota"
        " TN:Tennessee TX:Texas UT:Utah VT:Vermont VA:Virginia WA:Washington WV:West_Virginia WI:Wisconsin"
        " WY:Wyoming"
    ).split()
)

_PARTS = (
    "chapter part book act scene volume section appendix canto figure table article title stage phase type class"
    " grade level lesson unit psalm sonnet verse number no letter item step plate stanza line page question"
).split()
_THINGS = "war mark apollo rocky titan gemini saturn soyuz bowl olympiad corps legion".split()
_KINGS = (
    "Elizabeth Charles James Henry George Edward William Richard Francis Napoleon Nicholas Peter Alexander Frederick"
    " Leopold Otto Philip Pius Paul Wilhelm Joseph Catherine Mary Louis John Robert Ferdinand Maximilian Rudolf Ivan"
    " Gregory Innocent Benedict Clement Leo Urban Boniface Julius Sixtus Christian Gustav Olaf Harald Haakon Carlos"
    " Alfonso Juan Felipe Umberto Albert Baldwin Ramesses Ptolemy Cleopatra Darius Xerxes Cyrus Artaxerxes Sargon"
    " Seti Psamtik Mehmed Murad Selim Suleiman Mithridates Antiochus Seleucus Constantine Justinian Leo Basil"
).split()
_VERBS = r"(?= (?:of|was|had|in|died|became|reigned|ruled|is|at|and)\b|[,;:.)’'\"”]|$)"


def _title(match: re.Match[str]) -> str:
    return _BEFORE_NAME[match["t"]]


def _numbered(match: re.Match[str]) -> str | None:
    word = match["w"]
    if len(word) == 1 and word.isupper() and word != "P":
        return None  # an initial, a part of an address
    if word in _BEFORE_YEAR and not re.match(r" ?\d{3,4}\b", match.string[match.end() :]):
        return None
    said = _BEFORE_NUMBER[word.lower()]
    return said.capitalize() if word[0].isupper() else said


def _saint_or_street(match: re.Match[str]) -> str | None:
    before, name = match["before"] or "", match["name"]
    if before and (before[0].isupper() or before[0].isdigit()) and before.lower() not in _BEFORE_SAINT:
        if not name or name in _STARTS:
            return "Street"
        if re.search(r"\d", match.string[max(0, match.start() - 30) : match.start()]):
            return "Street"
    return "saint" if name else ("Street" if before[:1].isupper() else None)


def _address(match: re.Match[str]) -> str:
    words = [pairs(match["n"])]
    for word in match["name"].split():
        words.append(_SIDES.get(word.rstrip("."), word))
    words.append(_STREET_BY_LOWER[match["street"].lower()])
    return "|".join(words)


def _street_number(match: re.Match[str]) -> str | None:
    """The house number and the kind of street; the name in between is left to other rules (``1st``)."""
    return pairs(match["said"])


def _king(match: re.Match[str]) -> str | None:
    value = roman.value_of(match["said"])
    name = match["name"]
    if not value or name.lower() in _PARTS or name in _STARTS:
        return None
    if name.lower() in _THINGS:
        return cardinal(value)
    return f"the {ordinal(value)}"


_NAME_WORD = r"(?:[NSEW]{1,2}\.? |[A-Z][\w'’]*\.? |\d{1,3}(?:st|nd|rd|th) )"
_STREET = rf"(?i:{alternatives(_STREETS)})"

ADDRESSES: tuple[Rule, ...] = (
    rule("address", rf"(?<![\w.,$£€#-])(?P<said>\d{{1,5}}) (?={_NAME_WORD}{{1,4}}{_STREET}\b(?!\.\w))",
         _street_number),
    rule("address",
         rf"(?<=\d )(?P<said>[NSEW]{{1,2}})\.?(?= (?:[A-Z][\w'’]*|\d{{1,3}}(?:st|nd|rd|th)) (?:{_STREET})\b)",
         lambda m: _SIDES.get(m["said"])),
    rule("address", rf"(?<=[a-z\d] )(?P<said>(?P<s>{_STREET})\b\.?)(?<!\bdr\.)(?=,|$|\.| [A-Z\d])",
         lambda m: _street_word(m)),
    rule("address", rf"(?<=, )(?P<said>{alternatives(_STATES)})(?= \d{{5}}\b|,|\.?$)",
         lambda m: _STATES[m["said"]].replace("_", " ")),
)  # fmt: skip


def _street_word(match: re.Match[str]) -> str | None:
    """An abbreviated street's kind, when a house number stands some words before it."""
    before = match.string[max(0, match.start() - 60) : match.start()]
    if not re.search(rf"(?<![\w.,])\d{{1,5}} {_NAME_WORD}{{1,4}}$", before):
        return None
    said = _STREET_BY_LOWER[match["s"].lower()]
    at_end = match["said"].endswith(".") and re.match(r" [A-Z]", match.string[match.end() :])
    return said + ("." if at_end else "")


def _roman_range(match: re.Match[str]) -> str | None:
    first, last = roman.value_of(match["a"]), roman.value_of(match["b"])
    return f"{cardinal(first)} to {cardinal(last)}" if first and last and first < last else None


ROMANS: tuple[Rule, ...] = (
    rule("roman",
         r"(?<![\w.])(?i:pages|pp\.|chapters|books|volumes|vols\.|parts|acts|scenes|cantos|sections)"
         r" (?P<said>(?P<a>[IVXLC]{1,8}|[ivxlc]{1,8})[-–—](?P<b>[IVXLC]{1,8}|[ivxlc]{1,8}))(?![\w'’])",
         _roman_range),
    rule("roman", r"(?<!\b[Tt]he )\bWorld War (?P<said>I)(?![\w'’])", lambda _: "one"),
    rule("roman", rf"^[\"“(]?(?P<said>{roman.PATTERN}\.?)[)\"”]?$", roman.counted(cardinal)),
    rule("roman", rf"^(?P<said>(?=[XVI]{{2}}){roman.SMALL}\.)(?= [A-Z\"“])", roman.counted(cardinal)),
    rule("roman", rf"(?<![\w.])(?i:{alternatives(_PARTS)}|chap\.|vol\.|fig\.|no\.|bk\.|pt\.|ch\.)"
         rf" (?P<said>{roman.PATTERN})(?![\w'’]|\.\w)", roman.counted(cardinal)),
    rule("roman",
         r"(?<![\w.])(?i:pages?|pp?\.|chap\.|vol\.|ch\.|scene|act|canto|book) (?P<said>[ivxlc]{1,8})(?![\w'’])",
         roman.counted(cardinal)),
    rule("roman", rf"\b(?P<name>{alternatives(_KINGS)}) (?P<said>I|V|X)(?:(?=['’]s\b)|{_VERBS})", _king),
    rule("roman", rf"\b(?P<name>[A-Z][\w'’-]+) (?P<said>(?=[XVI]{{2}}){roman.SMALL})(?!\w|\.\w)", _king),
)  # fmt: skip

_OF_MONTH = {"inst.": "instant", "ult.": "ultimo", "prox.": "proximo"}

NAMES: tuple[Rule, ...] = (
    rule("abbreviation", r"(?<=\d(?:st|nd|rd|th) )c(?:ent)?\.(?!\w)", lambda _: "century"),
    rule("abbreviation", r"(?<=\d(?:st|nd|rd|th) )(?:inst|ult|prox)\.", lambda m: _OF_MONTH[m[0]]),
    rule("abbreviation", rf"(?<![\w.])(?P<t>{alternatives(_BEFORE_NAME)})\.(?= [\"“‘']?[A-ZÀ-Ý])", _title),
    rule("abbreviation", r"(?<![\w.])(?P<t>Dr)(?= [A-ZÀ-Ý])", _title),
    rule("abbreviation", rf"(?<![\w.])(?P<w>(?i:{alternatives(_BEFORE_NUMBER)}))\.(?= ?[\dIVXLivxl#]+\b)",
         _numbered),
    rule("abbreviation", r"(?:(?P<before>[\w'’]+) )?(?P<said>St\.(?= [a-z])"
         r"|St\.?(?= (?P<name>[A-Z]\w*)|[,;:.]|$))(?!\w)",
         _saint_or_street),
    rule("abbreviation", rf"\b(?P<said>(?P<d>Mon|Tues?|Wed|Thur?s?|Fri|Sat|Sun)\.)(?=,? (?:(?i:{MONTH})|\d))",
         lambda m: _DAYS[m["d"][:3]]),
    abbreviations(_ALWAYS),
    rule("abbreviation", r"(?<![\w.])(?P<i>(?:[A-Z]\.){2,}(?:[A-Z]\b)?)(?!\w)", lambda m: _letters(m)),
)  # fmt: skip
_DAYS: dict[str, str] = {"Mon": "Monday", "Tue": "Tuesday", "Wed": "Wednesday", "Thu": "Thursday", "Fri": "Friday",
    "Sat": "Saturday",
         "Sun": "Sunday"}  # fmt: skip


def _letters(match: re.Match[str]) -> str:
    """U.S.A. is one word of capitals, which every engine spells; a sentence may end with it."""
    letters = match["i"].replace(".", "")
    ends = re.match(r" (?:The|It|He|She|In|On|A|But|And|They|We|There|When)\b", match.string[match.end() :])
    return letters + ("." if ends else "")


TRIGGERS = "|".join(
    sorted(
        {
            re.escape(word.strip("."))
            for word in (*_ALWAYS, *_BEFORE_NAME)
            if " " not in word and word[0].isalpha()
        }
        | {"St", "etc", "p", "pp", "vol", "no", "No", "vs", "c", "ca"},
        key=lambda word: (-len(word), word),
    )
)
"""Words of letters that these rules are about."""

__all__ = ["ADDRESSES", "NAMES", "ROMANS", "TRIGGERS", "last_word"]
