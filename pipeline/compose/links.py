"""Web addresses in a text, which nobody would read aloud sign by sign."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import urlsplit

from pipeline.compose.phrases import primary
from pipeline.model import Block

_ADDRESS = (
    r"(?:(?:https?|ftp)://[^\s<>\"'«»„“”‘’()\[\]{}]*[^\s<>\"'«»„“”‘’()\[\]{}.,;:!?…]"
    r"|www\.[\w-]+(?:\.[\w-]+)+(?:/[^\s<>\"«»“”()\[\]]*[\w/])?"
    r"|(?:[a-z0-9-]+\.)+[a-z]{2,}/[\w#?=&%./+~-]*[\w/])"
)
_BARE = re.compile(rf"(?<![\w@.]){_ADDRESS}", re.I)
_IN_BRACKETS = re.compile(rf"\s*[(\[<]\s*{_ADDRESS}\s*[)\]>]", re.I)
_LINKS = {
    "en": "a link to {}",
    "de": "ein Link zu {}",
    "fr": "un lien vers {}",
    "es": "un enlace a {}",
    "ru": "ссылка на {}",
}


def without_links(block: Block, language: str) -> Block:
    """The block with the site's name for each address, and nothing for one in brackets."""
    if "/" not in block.text and "www." not in block.text:
        return block
    own = block.language or language

    def shorter(text: str) -> str:
        return shorten(text, own)

    return replace(
        block,
        text=shorter(block.text) or block.text,
        passages=tuple(replace(p, text=shorter(p.text)) for p in block.passages),
        speeches=tuple(replace(s, text=shorter(s.text)) for s in block.speeches),
    )


def shorten(text: str, language: str) -> str:
    """``See https://www.example.org/a/b?c=1.`` becomes ``See a link to example.org.``; of a whole site its name."""
    form = _LINKS.get(primary(language), "{}")
    return _BARE.sub(lambda match: _said(match[0], form), _IN_BRACKETS.sub("", text))


def _said(address: str, form: str) -> str:
    try:
        parts = urlsplit(address if "://" in address else f"https://{address}")
        site = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return address
    if not site:
        return address
    return form.format(site) if parts.path.strip("/") or parts.query else site


__all__ = ["shorten", "without_links"]
