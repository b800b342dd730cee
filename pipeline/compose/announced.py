"""What a listener is told that a reader sees: that a quotation begins, or that this is a picture's caption."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from pipeline.compose.phrases import primary
from pipeline.model import Block, BlockKind

LONG_QUOTE = 60
"""Words of a quotation whose end is said, too."""
SHORT_QUOTE = 20
"""One of fewer words that has no quotation marks is a line that a page shows in large letters."""

_QUOTES = {
    "en": ("Quote: ", "End of quote."),
    "de": ("Zitat: ", "Ende des Zitats."),
    "fr": ("Citation : ", "Fin de citation."),
    "es": ("Cita: ", "Fin de la cita."),
    "ru": ("Цитата: ", "Конец цитаты."),
}
_PICTURES = {"en": "Picture: ", "de": "Bild: ", "fr": "Image : ", "es": "Imagen: ", "ru": "Изображение: "}
_QUOTED = re.compile(r"“[^”]*”?|„[^“”]*[“”]?|«[^»]*»?|\"[^\"]*\"?")
_SAYS_WHAT_IT_IS = re.compile(
    r"^\W*(?:fig(?:ure|\.|ura)?|table|tab\.|listing|chart|graph|map|diagram|video|audio|photo(?:graph)?|pictured?|image"
    r"|illustration|above|below|left|right|abb(?:ildung|\.)|bild|foto|karte|tabelle|grafik|légende|tableau|carte|imagen"
    r"|tabla|gráfico|mapa|рис(?:унок|\.)|фото|таблица|карта|на (?:фото|снимке)|изображение)\b",
    re.I,
)
_CREDIT = re.compile(
    r"^\W*(?:(?:photo|image|picture|photograph|video|illustration|graphic|screenshot|foto|bild|crédit|credit|source"
    r"|quelle|fuente|фото|источник)s?(?:[ -](?:credits?|source|courtesy|by|of|von|par|por|nachweis))*\s*[:/|]"
    r"|(?:credits?|copyright|courtesy of|via)\b).{0,80}$"
    r"|^[^\w©]*(?:©|\(c\)).{0,80}$"
    r"|^[^.!?]{0,60}\b(?:Getty(?: Images)?|AP(?: Photo)?|AFP|EPA|Shutterstock|iStock|Unsplash|Reuters|dpa|Flickr"
    r"|Alamy|Wikimedia Commons)\W*$",
    re.I,
)
_CREDIT_WORDS = 14


def with_quotes(blocks: Sequence[Block], language: str) -> list[Block]:
    """The blocks, with "Quote:" before quotations that nothing leads to, and their end after long ones."""
    found: list[Block] = []
    for kind, run in groupby(blocks, key=lambda block: block.kind):
        own = list(run)
        words = _QUOTES.get(primary(own[0].language or language))
        if kind is not BlockKind.QUOTE or words is None:
            found += own
            continue
        begins, ends = words
        led = bool(found) and (_leads(found[-1].text) or found[-1].kind is BlockKind.HEADING)
        words_in = sum(len(block.text.split()) for block in own)
        if not led and not own[0].speeches and _is_lost(own[0].text, words_in):
            own[0] = replace(own[0], text=begins + own[0].text)
        if words_in > LONG_QUOTE and own[-1].text[-1:] not in "”»":
            own.append(Block(BlockKind.PARAGRAPH, ends, own[-1].anchor, language=own[-1].language))
        found += own
    return found


def with_pictures(blocks: Sequence[Block], language: str) -> Iterator[Block]:
    """The blocks, with "Picture:" before captions, and without captions that only say whose a picture is."""
    for block in blocks:
        words = _PICTURES.get(primary(block.language or language), "")
        if block.kind is not BlockKind.CAPTION:
            yield block
        elif is_credit(block.text):
            continue
        elif _SAYS_WHAT_IT_IS.match(block.text):
            yield block
        else:
            yield replace(block, text=words + block.text)


def is_credit(text: str) -> bool:
    """Whether a caption only names a photographer or an agency."""
    return len(text.split()) <= _CREDIT_WORDS and bool(_CREDIT.match(text))


def _is_lost(text: str, words: int) -> bool:
    """Whether nobody could hear that a quotation begins: it has no words around it ("...", she said) that tell."""
    quoted = sum(len(match[0]) for match in _QUOTED.finditer(text)) / len(text)
    return quoted > 0.97 or (not quoted and words >= SHORT_QUOTE)


def _leads(text: str) -> bool:
    return text.rstrip().endswith((":", "：", "—"))


__all__ = ["is_credit", "with_pictures", "with_quotes"]
