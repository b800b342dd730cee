"""Addresses of articles in several parts: which one is the next part, by its name.

A part has the article's own address but for a number: ``/story`` and ``/story/2``, ``/story?page=2``,
``/story,page-2.html``. A site's next article is called something else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlsplit

_PATH = re.compile(
    r"^(?P<before>.*?)[/_,.-](?P<word>(?:page|p|pg|part|seite|teil|pagina|p\u00e1gina|strona|sida|\u0441\u0442\u0440)?)"
    r"[-_/,]?(?P<number>\d{1,3})(?:\.(?:s?html?|php|aspx?))?/?$",
    re.I,
)
_NAMES = frozenset(("page", "p", "pg", "paged", "pagina", "seite", "part", "pagenum", "pagenumber", "pn"))
_ENDING = re.compile(r"(?:\.(?:s?html?|php|aspx?))?/?$", re.I)

Name = tuple[str, str, tuple[tuple[str, str], ...]]
"""Host, path without its ending, query: what the parts of an article have in common."""


@dataclass(frozen=True, slots=True)
class Numbered:
    """An address taken as a part of something."""

    name: Name
    number: int
    worded: bool
    """Whether a word or the name of a parameter says that it is the number of a page."""


def name_of(address: str) -> Name:
    """The address as the name of a whole article."""
    parts = urlsplit(address)
    path, query = unquote(parts.path), parse_qsl(parts.query, keep_blank_values=True)
    return parts.netloc.lower(), _ENDING.sub("", path), tuple(query)


def numbered(address: str) -> Iterator[Numbered]:
    """All the ways in which the address may be a part."""
    host, bare, query = name_of(address)
    if found := _PATH.match(unquote(urlsplit(address).path)):
        yield Numbered((host, found["before"].rstrip("/"), query), int(found["number"]), bool(found["word"]))
    for name, value in query:
        if name.lower() in _NAMES and value.isdecimal() and len(value) <= 3:
            yield Numbered(
                (host, bare, tuple(q for q in query if q != (name, value))), int(value), worded=True
            )


def next_of(first: str, parts: int, targets: Sequence[str]) -> str:
    """Which of ``targets`` is the next part of the article at ``first``, of which ``parts`` are known; empty: none.

    What counts from 0 calls its second part 1. An address that has a number to begin with, and no word to it, is the
    name of something: what follows "week-11" is another week.
    """
    whole = name_of(first)
    begins = [one for one in numbered(first) if one.worded]
    from_zero = ""
    for target in targets:
        if urlsplit(first)[:2] != urlsplit(target)[:2]:
            continue
        for one in numbered(target):
            if one.name == whole and one.number == parts + 1:
                return target
            if any(one.worded and one.name == b.name and one.number == b.number + parts for b in begins):
                return target
            if one.name == whole and one.worded and one.number == parts:
                from_zero = from_zero or target
    return from_zero


__all__ = ["Numbered", "name_of", "next_of", "numbered"]
