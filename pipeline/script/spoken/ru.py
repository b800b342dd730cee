"""Russian: numerals that decline with what they count.

What a number is and in which case it stands is seen from the words around it: the preposition or verb before,
the noun after (``russian_grammar``). Where a number stands by itself it is in the nominative.
"""

from __future__ import annotations

import re

from pipeline.script.spoken import (
    russian_abbreviations,
    russian_amounts,
    russian_counting,
    russian_dates,
    russian_letters,
    russian_roman,
    russian_suffixes,
    russian_years,
)
from pipeline.script.spoken.rule import Language, Rule, replaced, rule
from pipeline.script.spoken.russian_numerals import cardinal
from pipeline.script.spoken.russian_terms import GREEK_LETTERS, SCALES, UNITS

_BOUNDS = {"<": "меньше", ">": "больше", "≈": "около", "≤": "не больше", "≥": "не меньше"}

_SYMBOLS: tuple[Rule, ...] = (
    *(
        replaced("symbol", rf"(?<=[\w)°] ){re.escape(sign)}(?= [\w(])", said)
        for sign, said in (
            ("+", "плюс"), ("−", "минус"), ("×", "умножить на"), ("·", "умножить на"), ("*", "умножить на"),
            ("÷", "разделить на"), ("=", "равно"), ("≈", "приблизительно равно"), ("≠", "не равно"), ("<", "меньше"),
            (">", "больше"), ("≤", "меньше или равно"), ("≥", "больше или равно"),
        )
    ),
    rule("symbol", r"(?<=\d)(?P<said>[=+×])(?=\d)", lambda m: {"=": "равно", "+": "плюс", "×": "на"}[m[0]]),
    rule("symbol", r"(?<!\w)[<>≈≤≥](?= ?\d)", lambda m: _BOUNDS[m[0]]),
    *(
        replaced("symbol", re.escape(sign), said)
        for sign, said in (
            ("%", "процент"), ("‰", "промилле"), ("№", "номер"), ("§", "параграф"), ("&", "и"), ("=", "равно"),
            ("≈", "приблизительно равно"), ("±", "плюс-минус"), ("×", "на"), ("÷", "разделить на"),
            ("√", "корень из"), ("∞", "бесконечность"), ("→", "стрелка"), ("©", "копирайт"),
            ("€", "евро"), ("$", "доллар"), ("£", "фунт"), ("¥", "иена"), ("₽", "рубль"),
            ("°C", "градус Цельсия"), ("°", "градус"),
        )
    ),
    rule("symbol", r"(?<!\w)#(?=\d)", lambda m: "номер"),
    replaced("symbol", r"(?<=[\w)] )\+(?=$)", "плюс"),
    rule("letter", rf"(?<!\w)[{''.join(GREEK_LETTERS)}](?!\w)", lambda m: GREEK_LETTERS[m[0]]),
)  # fmt: skip
_LEFT_OVER: tuple[Rule, ...] = (
    rule(
        "cardinal",
        r"\d+",
        lambda m: russian_amounts.digits(m[0]) if len(m[0]) > 15 or m[0][0] == "0" else cardinal(int(m[0])),
    ),
)

_WORDS = (
    russian_abbreviations.TRIGGERS
    | set(SCALES)
    | {unit for unit in UNITS if unit.isalpha() and len(unit) > 2}
    | set("IVXАС")
)

LANGUAGE = Language(
    tag="ru",
    rules=(
        *russian_letters.ELECTRONIC,
        *russian_dates.FULL_DATES,
        *russian_letters.TELEPHONE,
        *russian_letters.VERSIONS,
        *russian_suffixes.ROWS,
        *russian_dates.DAYS,
        *russian_years.YEARS,
        *russian_dates.TIMES,
        *russian_roman.ROMAN,
        *russian_letters.CODES[:1],
        *russian_suffixes.RULES,
        *russian_amounts.RULES,
        *russian_letters.CODES[1:],
        *russian_abbreviations.RULES,
        *russian_counting.NUMBERS,
        *russian_letters.ACRONYMS,
        *_SYMBOLS,
        *_LEFT_OVER,
    ),
    triggers=re.compile(
        rf"[А-ЯЁ]{{2,5}}[а-я]{{0,3}}|[A-Z]{{2,5}}|[IVXLCDMХІС]+|(?i:{'|'.join(re.escape(w) for w in sorted(_WORDS))})"
    ),
)
