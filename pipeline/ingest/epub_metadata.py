"""What a package document says about its book: Dublin Core, EPUB 3 refinements, calibre's own words."""

from __future__ import annotations

import re

from lxml import etree

from pipeline.ingest.blocks_text import clean, fold
from pipeline.ingest.epub_package import NAMESPACES
from pipeline.ingest.xml import Element, attribute, local_name
from pipeline.model import Metadata

_DC = NAMESPACES["DC"]
_PLACEHOLDERS = frozenset({"unknown", "[unknown]", "unknown author", "none", "n/a", "untitled", "und"})
_TAG = re.compile(r"<[a-zA-Z/!][^>]*>")
_MAIL = re.compile(r"\s*<[^<>@\s]+@[^<>\s]+>\s*$")
_ISBN = re.compile(r"(?:97[89][- ]?)?(?:\d[- ]?){9}[\dXx]")
_BLOCK_END = re.compile(r"(?i)</(?:p|div|h[1-6]|li|blockquote)\s*>|<br\s*/?>")
_NOT_PUBLISHED = frozenset({"modification", "conversion", "creation"})
_PUBLISHED = ("original-publication", "publication", "published", "ops-publication", "epub-publication", "")
_LONGEST = 20_000
"""Characters of a description that are kept."""


def read_metadata(element: Element | None) -> Metadata:
    """The metadata of a package document; every field is empty that it does not have."""
    if element is None:
        return Metadata()
    source = _Source(element)
    title, subtitle = source.titles()
    series, part = source.series()
    return Metadata(
        title=title,
        subtitle=subtitle,
        authors=source.authors(),
        language=source.first("language"),
        identifier=source.identifier(),
        isbn=source.isbn(),
        publisher=source.first("publisher") or source.property("dcterms:publisher"),
        published=source.published(),
        description=plain_text(source.first("description")),
        series=series,
        series_part=part,
        subjects=tuple(dict.fromkeys(value for e in source.all("subject") if (value := _value(e)))),
    )


class _Source:
    """Look-ups in one ``<metadata>`` element."""

    def __init__(self, element: Element) -> None:
        elements = [e for e in element.iter() if isinstance(e.tag, str)]
        # Some packages have capital letters or lack the namespace: local names are what counts.
        self._dc = [e for e in elements if local_name(e) != "meta" and e is not element]
        self._meta = [e for e in elements if local_name(e) == "meta"]
        self._package = element.getparent()
        self._refined: dict[str, list[tuple[str, str]]] = {}
        for meta in self._meta:
            target = (meta.get("refines") or "").lstrip("#")
            if target:
                self._refined.setdefault(target, []).append((meta.get("property") or "", _value(meta)))

    def all(self, name: str) -> list[Element]:
        return [e for e in self._dc if local_name(e) == name]

    def first(self, name: str) -> str:
        return next((value for e in self.all(name) if (value := _value(e))), "")

    def property(self, name: str) -> str:
        return next((_value(e) for e in self._meta if e.get("property") == name and not e.get("refines")), "")

    def named(self, name: str) -> str:
        return next((fold(e.get("content") or "") for e in self._meta if e.get("name") == name), "")

    def refinements(self, element: Element, name: str) -> list[str]:
        return [value for key, value in self._refined.get(element.get("id") or "", []) if key == name]

    def titles(self) -> tuple[str, str]:
        """The main title and the subtitle; the first title is the main one unless another says so."""
        titles = [(e, _value(e)) for e in self.all("title") if _value(e)]
        kinds = {value: self.refinements(e, "title-type") for e, value in titles}
        main = next((v for _, v in titles if "main" in kinds[v]), "")
        if not main:
            main = next((v for _, v in titles if "subtitle" not in kinds[v]), titles[0][1] if titles else "")
        subtitle = next((v for _, v in titles if "subtitle" in kinds[v] and v != main), "")
        return main, subtitle

    def authors(self) -> tuple[str, ...]:
        """Creators that are authors, in their display order; all creators when none says what it is."""
        creators = [(e, _MAIL.sub("", _value(e))) for e in self.all("creator")]
        creators = [(e, name) for e, name in creators if name]
        found = [(e, name) for e, name in creators if not (roles := self._roles(e)) or "aut" in roles]
        ordered = sorted(found or creators, key=lambda pair: self._sequence(pair[0]))
        return tuple(dict.fromkeys(name for _, name in ordered))

    def _roles(self, element: Element) -> set[str]:
        roles = [attribute(element, "role"), *self.refinements(element, "role")]
        return {role.lower().rpartition(":")[2] for role in roles if role}

    def _sequence(self, element: Element) -> int:
        written = next(iter(self.refinements(element, "display-seq")), "")
        return int(written) if written.isdecimal() else 1_000_000

    def identifier(self) -> str:
        """The one the package calls unique, else the first."""
        unique = self._package.get("unique-identifier") if self._package is not None else None
        named = next((e for e in self.all("identifier") if unique and e.get("id") == unique), None)
        return (_value(named) if named is not None else "") or self.first("identifier")

    def isbn(self) -> str:
        """Digits only. From an identifier that says it is one, or whose check digit proves it."""
        for element in [*self.all("identifier"), *self.all("source")]:
            value = _value(element)
            found = _ISBN.search(value)
            number = re.sub(r"[^0-9Xx]", "", found[0]).upper() if found else ""
            if number and is_isbn(number):
                scheme = attribute(element, "scheme").lower()
                if scheme == "isbn" or "isbn" in value.lower() or len(number) == 13:
                    return number
        return ""

    def published(self) -> str:
        dates = [(attribute(e, "event").lower(), _value(e)) for e in self.all("date") if _value(e)]
        for event in _PUBLISHED:
            for found, value in dates:
                if found == event:
                    return value
        return next((value for event, value in dates if event not in _NOT_PUBLISHED), "")

    def series(self) -> tuple[str, str]:
        """calibre's series, else the EPUB 3 collection that is one."""
        if self.named("calibre:series"):
            return self.named("calibre:series"), _number(self.named("calibre:series_index"))
        for meta in self._meta:
            if meta.get("property") != "belongs-to-collection" or not _value(meta):
                continue
            kinds = self.refinements(meta, "collection-type")
            if not kinds or "series" in kinds:
                position = next(iter(self.refinements(meta, "group-position")), "")
                return _value(meta), _number(position)
        return "", ""


def plain_text(html: str) -> str:
    """A description, often HTML that was escaped once or twice, as paragraphs of plain text."""
    html = html[: 10 * _LONGEST]
    for _ in range(2):
        if not _TAG.search(html):
            break
        parser = etree.HTMLParser(encoding="utf-8", no_network=True, huge_tree=False)
        try:
            root = etree.fromstring(f"<div>{_BLOCK_END.sub(chr(10), html)}</div>".encode(), parser)
        except (etree.XMLSyntaxError, ValueError):
            break
        html = "".join(root.itertext()) if root is not None else ""
    paragraphs = (fold(line) for line in html.splitlines())
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)[:_LONGEST]


def is_isbn(number: str) -> bool:
    """True when the check digit of a 10 or 13 digit ISBN is right."""
    if len(number) == 13 and number.isdecimal() and number[:3] in {"978", "979"}:
        return sum(int(digit) * (3 if at % 2 else 1) for at, digit in enumerate(number)) % 10 == 0
    if len(number) == 10 and number[:9].isdecimal():
        digits = [int(digit) for digit in number[:9]] + [10 if number[9] == "X" else int(number[9])]
        return sum(digit * (10 - at) for at, digit in enumerate(digits)) % 11 == 0
    return False


def _number(written: str) -> str:
    """``"3.0"`` as ``"3"``: calibre writes every position with decimals."""
    return written.partition(".")[0] if re.fullmatch(r"\d+\.0+", written) else written


def _value(element: Element) -> str:
    text = "".join(element.itertext())
    if local_name(element) == "description":
        return clean(text).strip() if text.strip().lower() not in _PLACEHOLDERS else ""
    folded = fold(text or element.get("content") or "")
    return "" if folded.lower() in _PLACEHOLDERS else folded


__all__ = ["is_isbn", "plain_text", "read_metadata"]
