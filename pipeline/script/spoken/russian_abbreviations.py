"""Russian abbreviations, in the case that the words around them demand."""

from __future__ import annotations

import re

from pipeline.script.spoken.rule import Rule, rule
from pipeline.script.spoken.russian_grammar import (
    Following,
    demanded,
    following,
    inflected,
    left_of,
    nouns,
    readings,
    word_before,
)
from pipeline.script.spoken.russian_numerals import Case, Gender
from pipeline.script.spoken.russian_terms import BEFORE_NUMBER

NOM, GEN, DAT, ACC, INS, LOC = Case

FIXED = {
    "и т. д.": "и так далее",
    "и т. п.": "и тому подобное",
    "т. д.": "так далее",
    "т. п.": "тому подобное",
    "т. е.": "то есть",
    "т. к.": "так как",
    "т. о.": "таким образом",
    "т. ч.": "том числе",
    "т. ж.": "также",
    "т. н.": "так называемый",
    "т. наз.": "так называемый",
    "и др.": "и другие",
    "и пр.": "и прочее",
    "и мн. др.": "и многие другие",
    "до н. э.": "до нашей эры",
    "н. э.": "нашей эры",
    "и. о.": "исполняющий обязанности",
    "с. г.": "сего года",
    "т. г.": "текущего года",
    "P. S.": "постскриптум",
    "P.S": "постскриптум",
    "см.": "смотри",
    "ср.": "сравни",
    "напр.": "например",
    "им.": "имени",
    "ок.": "около",
    "прим.": "примечание",
    "примеч.": "примечание",
    "ред.": "редакция",
    "изд.": "издание",
    "изд-во": "издательство",
    "изд-ва": "издательства",
    "род.": "родился",
    "англ.": "английское",
    "лат.": "латинское",
    "фр.": "французское",
    "франц.": "французское",
    "нем.": "немецкое",
    "греч.": "греческое",
    "рус.": "русское",
    "итал.": "итальянское",
    "исп.": "испанское",
    "польск.": "польское",
    "тел.": "телефон",
    "г-н": "господин",
    "г-на": "господина",
    "г-ну": "господину",
    "г-ном": "господином",
    "г-не": "господине",
    "г-да": "господа",
    "г-жа": "госпожа",
    "г-жи": "госпожи",
    "г-же": "госпоже",
    "г-жу": "госпожу",
    "г-жой": "госпожой",
    "д-р": "доктор",
    "д-ра": "доктора",
    "д-ру": "доктору",
    "д-ром": "доктором",
    "р-н": "район",
    "р-не": "районе",
    "р-на": "района",
    "ин-т": "институт",
    "ин-та": "института",
    "ин-те": "институте",
    "ун-т": "университет",
    "ун-та": "университета",
    "ун-те": "университете",
    "о-в": "остров",
    "о-ва": "острова",
    "кол-во": "количество",
    "кол-ва": "количества",
    "б-ка": "библиотека",
    "пр-т": "проспект",
    "м-р": "мистер",
    "стр-во": "строительство",
    "акад.": "академик",
    "проф.": "профессор",
    "доц.": "доцент",
    "тов.": "товарищ",
    "гр-н": "гражданин",
    "руб.": "рублей",
    "коп.": "копеек",
}
"""Abbreviations that are said alike wherever they stand."""

BEFORE_NAME = {
    "г.": "город", "ул.": "улица", "пл.": "площадь", "пер.": "переулок", "просп.": "проспект", "пр.": "проспект",
    "б-р": "бульвар", "бул.": "бульвар", "наб.": "набережная", "ш.": "шоссе", "д.": "деревня", "дер.": "деревня",
    "с.": "село", "пос.": "поселок", "п.": "поселок", "р.": "река", "о.": "остров", "оз.": "озеро", "обл.": "область",
    "ст.": "станция", "акад.": "академик", "проф.": "профессор", "доц.": "доцент", "ген.": "генерал",
    "полк.": "полковник", "кап.": "капитан", "лейт.": "лейтенант", "гр.": "граф", "кн.": "князь", "св.": "святой",
    "тов.": "товарищ", "м.": "метро", "гос.": "государственный", "архиеп.": "архиепископ", "еп.": "епископ",
}  # fmt: skip
"""Abbreviations before a name."""

_PLURAL = {"§§": "параграфы", "№№": "номера", "гг.": "города", "стр.": "страницы", "вв.": "века"}


def _fixed_pattern(written: str) -> str:
    return re.escape(written).replace(r"\ ", " ?")


def _fixed(match: re.Match[str]) -> str:
    written = re.sub(r"\s", "", match[0].lower() if match[0][0] != "P" else match[0])
    said = _SAID[written]
    if match[0][0].isupper() and match[0][0] != "P":
        said = said.capitalize()
    return said.replace(" ", "|")


_SAID = {re.sub(r"\s", "", key.lower() if key[0] != "P" else key): value for key, value in FIXED.items()}


def _so_called(match: re.Match[str]) -> str:
    """т. н. agrees with the noun after it: так называемой войне."""
    noun = following(match.string, match.end())
    said = "называемый"
    if noun.readings:
        cases = demanded(match.string, match.start())
        reading = next((r for r in noun.readings if r.case in cases), noun.readings[0])
        said = _agreeing(
            "называем", reading.case, noun, reading.plural, reading.gender and reading.gender.value
        )
    return f"так|{said}"


def _agreeing(stem: str, case: Case, noun: Following, plural: bool, gender: str | None) -> str:
    endings = {
        "masc": "ый ого ому ый ым ом",
        "femn": "ая ой ой ую ой ой",
        "neut": "ое ого ому ое ым ом",
    }
    row = "ые ых ым ые ыми ых" if plural else endings[gender or "masc"]
    return stem + dict(zip(Case, row.split(), strict=True))[case]


def _case(match: re.Match[str]) -> Case:
    """Cases of place: на улице, в городе; else as the preposition demands."""
    cases = demanded(match.string, match.start())
    if not cases:
        return NOM
    if word_before(match.string, match.start()) in ("в", "во", "на"):
        return LOC
    if word_before(match.string, match.start()) == "по":
        return DAT
    return cases[0]


def _others(match: re.Match[str]) -> str:
    """и др. after a list: и другие, и других."""
    cases = demanded(match.string, match.start())
    noun = following(match.string, match.end())
    case = NOM
    for reading in noun.readings:
        if reading.plural and (not cases or reading.case in cases):
            case = reading.case
            break
    else:
        listed = re.search(r"([^\W\d_]+)$", left_of(match.string, match.start()).rstrip())
        found = readings(listed[1].lower()) if listed else ()
        if found and not any(r.case is NOM for r in found):
            case = found[0].case
    said = dict(zip(Case, "другие других другим другие другими других".split(), strict=True))[case]
    return f"и|{said}"


def _numbered(match: re.Match[str]) -> str | None:
    noun = BEFORE_NUMBER[match["said"].lower()]
    case = _case(match)
    said = noun if noun in ("пункты", "страницы") else inflected(noun, case)
    return said.capitalize() if match["said"][0].isupper() else said


def _span_of_time(match: re.Match[str]) -> str:
    """нач. XX в."""
    noun = {"нач.": "начало", "кон.": "конец", "сер.": "середина"}[match["said"]]
    return inflected(noun, _case(match))


def _named(match: re.Match[str]) -> str:
    if match["said"].lower() == "о.":
        name = re.match(r" ?([А-ЯЁ][а-яё]+)", match.string[match.end() :])
        if name and any(r.name and r.gender is Gender.MASC for r in nouns(name[1].lower())):
            return inflected("отец", _case(match))  # о. Фёдор
    said = inflected(BEFORE_NAME[match["said"].lower()], _case(match))
    return said.capitalize() if match["said"][0].isupper() else said


def _thing(match: re.Match[str]) -> str | None:
    """обл. after its adjective: в Московской области."""
    found = [r for r in readings(match["adjective"].lower()) if r.part == "ADJF" and not r.plural]
    cases = demanded(match.string, match.start("adjective"))
    if word_before(match.string, match.start("adjective")) in ("в", "на"):
        cases = (LOC,)
    fitting = [r for r in found if r.case in cases] or found
    noun = {
        "обл.": "область",
        "р-н": "район",
        "ул.": "улица",
        "пл.": "площадь",
        "пер.": "переулок",
        "наб.": "набережная",
    }[match["said"]]
    return inflected(noun, fitting[0].case if fitting else NOM)


_NAME = r"(?= ?[«\"„]?[А-ЯЁ][а-яёА-ЯЁ-]+|(?= ?[А-ЯЁ]\.))"
_NUMBERS = r"(?= ?(?:\d|[IVXLC]+(?!\w)))"


def _table(words: dict[str, str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


RULES: tuple[Rule, ...] = (
    rule("abbreviation", r"(?<!\w)[Тт]\. ?(?:н|наз)\.(?!\w)", _so_called),
    rule("abbreviation", r"(?<!\w)и др\.", _others),
    rule("abbreviation", rf"(?<![\w-])(?P<said>(?i:{_table(BEFORE_NUMBER)})){_NUMBERS}", _numbered),
    rule("abbreviation", r"(?<!\w)(?P<said>(?:нач|кон|сер)\.)(?= (?:[IVXХ]+|\d{3,4})(?!\w))", _span_of_time),
    rule("abbreviation", r"(?<![\w-])(?P<said>№№|§§)", lambda m: _PLURAL[m["said"]]),
    rule(
        "abbreviation",
        r"(?<!\w)(?P<adjective>[А-ЯЁ][а-яё]+(?:ая|ой|ую|ий|ого|ом|ому)) (?P<said>обл\.|р-н|ул\.|пл\.|пер\.|наб\.)",
        _thing,
    ),
    rule(
        "abbreviation", rf"(?<![\w-])(?<!\w\.)(?<!\w\. )(?P<said>(?i:{_table(BEFORE_NAME)})){_NAME}", _named
    ),
    rule(
        "abbreviation",
        "(?<![\\w-])(?:"
        + "|".join(_fixed_pattern(w) for w in sorted(FIXED, key=len, reverse=True))
        + ")(?![\\w-])",
        _fixed,
        re.IGNORECASE,
    ),
)
TRIGGERS = {
    part
    for word in (*FIXED, *BEFORE_NUMBER, *BEFORE_NAME)
    for part in re.split(r"[ .]", word)
    if part.isalpha()
} - {"и", "с", "до"} | {word for word in FIXED if "-" in word}
"""Words of letters alone of which abbreviations are made."""
