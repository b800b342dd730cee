"""Lists whose items are counted for those who cannot see their dots and numbers.

    "3 points."  "First: ..."  "Second: ..."  "Third: ..."

Not where the text counts by itself ("1. ...", "Step 2"), nor inside another list. Items of a few words, such as
ingredients, are announced and not numbered.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from babel import Locale

from pipeline.ingest.xml import Element, local_name
from pipeline.model import Block, BlockKind

_LISTS = frozenset({"ul", "ol"})
_AROUND = frozenset({"ul", "ol", "dl", "nav", "table"})
LEAST = 2
"""Items of a list that is counted."""
SHORT_WORDS = 4
"""Items of no more words, by their middle one, are not numbered."""
_COUNTS_ITSELF = re.compile(
    r"^\W*(?:\d+[.):\s]|[ivx]{1,4}[.)]|[a-z][.)]|(?:first|second|third|step|tip|number|no\.|erstens|zweitens|schritt"
    r"|punkt|premièrement|d['’]abord|étape|primero|primera|paso|во-первых|первое|первый|шаг)\b)",
    re.I,
)

_ORDINALS: dict[str, tuple[str, ...]] = {
    "en": ("First", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh", "Eighth", "Ninth", "Tenth"),
    "de": (
        "Erstens", "Zweitens", "Drittens", "Viertens", "Fünftens", "Sechstens", "Siebtens", "Achtens", "Neuntens",
        "Zehntens",
    ),
    "fr": (
        "Premièrement", "Deuxièmement", "Troisièmement", "Quatrièmement", "Cinquièmement", "Sixièmement",
        "Septièmement", "Huitièmement", "Neuvièmement", "Dixièmement",
    ),
    "es": ("Primero", "Segundo", "Tercero", "Cuarto", "Quinto", "Sexto", "Séptimo", "Octavo", "Noveno", "Décimo"),
    "ru": (
        "Первое", "Второе", "Третье", "Четвёртое", "Пятое", "Шестое", "Седьмое", "Восьмое", "Девятое", "Десятое",
    ),
}  # fmt: skip
_POINTS: dict[str, dict[str, str]] = {
    "en": {"other": "{} points."},
    "de": {"other": "{} Punkte."},
    "fr": {"other": "{} points."},
    "es": {"other": "{} puntos."},
    "ru": {"few": "{} пункта.", "many": "{} пунктов.", "one": "{} пункт.", "other": "{} пункта."},
}
_ITEMS: dict[str, dict[str, str]] = {
    "en": {"other": "A list of {}."},
    "de": {"other": "Eine Liste mit {}."},
    "fr": {"other": "Une liste de {}."},
    "es": {"other": "Una lista de {}."},
    "ru": {"other": "Список, пунктов: {}."},
}


def is_counted(element: Element | None) -> bool:
    """Whether it is a list that stands by itself: not inside another one, nor in a table."""
    if element is None or local_name(element) not in _LISTS:
        return False
    return not any(local_name(above) in _AROUND for above in element.iterancestors())


def numbered(
    blocks: Sequence[Block], items: Sequence[int], language: str, before: str, start: str = ""
) -> list[Block]:
    """The blocks of a list with its items counted in a language (BCP 47); as they are, where that is not to be done.

    ``items`` are the places of the blocks that begin an item. ``before`` is the text before the list: where a colon
    leads to it, it is not announced, for "three things:" was said. ``start`` is the list's first number, as it stands
    in the source.
    """
    tag = language.lower().partition("-")[0]
    texts = [blocks[place].text for place in items]
    if tag not in _ORDINALS or len(items) < LEAST or any(_COUNTS_ITSELF.match(text) for text in texts):
        return list(blocks)
    ordinals = _ORDINALS[tag]
    lengths = sorted(len(text.split()) for text in texts)
    long = lengths[len(lengths) // 2] > SHORT_WORDS
    counts = long and len(items) <= len(ordinals) and start in ("", "1")
    made = list(blocks)
    if counts:
        colon = " : " if tag == "fr" else ": "
        for place, ordinal in zip(items, ordinals, strict=False):
            made[place] = replace(made[place], text=f"{ordinal}{colon}{made[place].text}")
    if not before.rstrip().endswith((":", "：")):
        forms = _POINTS[tag] if counts else _ITEMS[tag]
        said = forms.get(Locale(tag).plural_form(len(items)), forms["other"]).format(len(items))
        made.insert(0, Block(BlockKind.PARAGRAPH, said, made[0].anchor))
    return made


__all__ = ["is_counted", "numbered"]
