"""What a book's style sheets say that changes what is read: raised, hidden and broken lines.

Converters turn ``<sup>`` into ``<span class="calibre7">`` and leave the rest to the style sheet. Only rules with
a class as their whole selector are looked at (``.note``, ``span.note``), and only three of their properties;
they are written into the elements' ``style``, where all other modules look. Rules inside ``@media`` and other
at-rules hold on some devices only and are left alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from pipeline.errors import SourceError
from pipeline.ingest.blocks_kinds import classes_of
from pipeline.ingest.epub_archive import Archive
from pipeline.ingest.epub_package import Package
from pipeline.ingest.xml import Element, decode, local_name
from pipeline.limits import EPUB_STYLE_BYTES

_COMMENT = re.compile(r"/\*[^*]*(?:\*(?!/)[^*]*)*(?:\*/|\Z)")
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_SELECTOR = re.compile(r"^([a-z][a-z0-9]*)?\.([\w-]+)$", re.I)
_PROPERTIES = (
    (re.compile(r"(?<![\w-])vertical-align\s*:\s*(?:super|text-top)\b", re.I), "vertical-align:super"),
    (re.compile(r"(?<![\w-])display\s*:\s*none\b", re.I), "display:none"),
    (re.compile(r"(?<![\w-])display\s*:\s*block\b", re.I), "display:block"),
)
_INLINE = frozenset({"span", "a", "small", "b", "i", "em", "strong", "font", "code"})
"""``display: block`` is news for these only."""

Styles = Mapping[tuple[str, str], str]
"""Tag (empty for any) and class -> what is to be written into ``style``."""


def style_sheets(archive: Archive, package: Package) -> Iterator[str]:
    """The style sheets of the manifest, in its order; what cannot be read is left out."""
    room = EPUB_STYLE_BYTES
    for item in package.items.values():
        if item.media_type != "text/css" and not item.href.lower().endswith(".css"):
            continue
        try:
            data = archive.read(item.href)
        except SourceError:
            continue  # how a book looks is not worth a doubt
        room -= len(data)
        if room < 0:
            return
        yield decode(data)


def read_styles(archive: Archive, package: Package) -> Styles:
    """What the style sheets of the manifest say that matters here."""
    found: dict[tuple[str, str], str] = {}
    for text in style_sheets(archive, package):
        found |= parse_styles(text)
    return found


def without_comments(css: str) -> str:
    """A style sheet without what it says to people."""
    return _COMMENT.sub(" ", css)


def parse_styles(text: str) -> dict[tuple[str, str], str]:
    """The rules of one style sheet that matter here."""
    found: dict[tuple[str, str], str] = {}
    for selectors, body in _RULE.findall(_without_at_rules(without_comments(text))):
        said = ";".join(written for pattern, written in _PROPERTIES if pattern.search(body))
        if not said:
            continue
        for selector in selectors.split(","):
            if match := _SELECTOR.match(selector.strip()):
                found[(match[1] or "").lower(), match[2].lower()] = said
    return found


def apply_styles(root: Element, styles: Styles) -> None:
    """Write what the style sheets say into the ``style`` of a document's elements."""
    if not styles:
        return
    for element in root.iter():
        if not isinstance(element.tag, str) or not element.get("class"):
            continue
        tag = local_name(element)
        said = [
            found
            for name in classes_of(element)
            for found in (styles.get(("", name)), styles.get((tag, name)))
            if found and (found != "display:block" or tag in _INLINE)
        ]
        if said:
            element.set("style", ";".join([element.get("style") or "", *said]).strip(";"))


def _without_at_rules(text: str) -> str:
    """``text`` without ``@media ... { ... { ... } }`` and the like."""
    kept: list[str] = []
    at = 0
    while (start := text.find("@", at)) >= 0:
        kept.append(text[at:start])
        brace, end = text.find("{", start), text.find(";", start)
        if brace < 0 or 0 <= end < brace:
            at = end + 1 if end >= 0 else len(text)
            continue
        depth, at = 1, brace + 1
        while depth and at < len(text):
            depth += {"{": 1, "}": -1}.get(text[at], 0)
            at += 1
    return "".join([*kept, text[at:]])


__all__ = ["Styles", "apply_styles", "parse_styles", "read_styles", "style_sheets", "without_comments"]
