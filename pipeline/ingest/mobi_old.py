"""Mobipocket books: one HTML file, divided at its page breaks, with links to positions in it."""

from __future__ import annotations

import re

from pipeline.ingest.mobi_pages import Parts

_BREAK = re.compile(rb"<mbp:pagebreak\b[^<>]*>(?:\s*</mbp:pagebreak\s*>)?", re.I)
_LINK = re.compile(rb"""\bfilepos\s*=\s*["']?(\d{1,10})["']?""", re.I)
_REFERENCE = re.compile(rb"""<reference\b[^<>]*>""", re.I)
_IS_CONTENTS = re.compile(rb"""\btype\s*=\s*["']?toc\b""", re.I)
_MANY = 10_000
"""Page breaks; a text with more is not divided."""


def divide(text: bytes, encoding: str) -> Parts:
    """The text of a book as parts."""
    breaks = list(_BREAK.finditer(text))
    breaks = breaks if len(breaks) <= _MANY else []
    starts = [0, *(match.end() for match in breaks)]
    ends = [*(match.start() for match in breaks), len(text)]
    texts = [text[start:end] for start, end in zip(starts, ends, strict=True)]
    return Parts(starts, texts, encoding, _LINK, _target, loose=True, contents_at=_contents(text))


def _target(match: re.Match[bytes]) -> int:
    return int(match[1])


def _contents(text: bytes) -> int:
    """Where the guide in the head says that the table of contents is."""
    for match in _REFERENCE.finditer(text[: 1 << 16]):
        if _IS_CONTENTS.search(match[0]) and (link := _LINK.search(match[0])):
            return _target(link)
    return -1


__all__ = ["divide"]
