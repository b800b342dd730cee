"""XML and XHTML from untrusted files: strict first, then as a browser would read it.

The document type declaration is cut off before anything is parsed. No declared entity is left to expand or
to fetch then, whatever libxml2 would make of it (external entities, "billion laughs"); HTML's own named
entities, which EPUBs use without declaring them, become characters instead.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from functools import lru_cache
from html.entities import html5
from typing import Any, TypeAlias

from lxml import etree

from pipeline.errors import SourceBroken, SourceTooLarge
from pipeline.limits import XML_DEPTH, XML_ELEMENTS

Element: TypeAlias = Any
"""An ``lxml.etree._Element`` (lxml carries no types)."""

_DECLARATION = re.compile(r"^\s*<\?xml\b[^>]*?\?>", re.I)
_ENCODING = re.compile(rb"""^\s*<\?xml\b[^>]*?\bencoding\s*=\s*["']([A-Za-z0-9._:-]{1,40})["']""", re.I)
_META_CHARSET = re.compile(rb"""<meta\b[^>]*?\bcharset\s*=\s*["']?([A-Za-z0-9._:-]{1,40})""", re.I)
_INTERNAL_SUBSET_END = re.compile(r"\]\s*>")
_ENTITY = re.compile(r"&([A-Za-z][A-Za-z0-9]{1,31});")
_NUMERIC = re.compile(r"&#([xX][0-9A-Fa-f]{1,12}|[0-9]{1,12});")
_LOOSE_AMPERSAND = re.compile(r"&(?!#[0-9]{1,7};|#x[0-9A-Fa-f]{1,6};|(?:amp|lt|gt|quot|apos);)")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_XML_ENTITIES = frozenset({"amp", "lt", "gt", "quot", "apos"})
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True, slots=True)
class Parsed:
    """A document's tree and how well it could be read."""

    root: Element
    repaired: bool
    """True when it is not well-formed, so that text may be missing."""


def decode(data: bytes) -> str:
    """Bytes of an XML or HTML file as text: byte order mark, declaration, ``<meta charset>``, UTF-8.

    Never fails: what none of them can read is taken for Windows-1252, as browsers do.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data.decode(encoding, errors="replace").lstrip("\ufeff")
    if data[:4] in (b"<\0?\0", b"<\0!\0", b"<\0h\0"):
        return data.decode("utf-16-le", errors="replace")
    if data[:4] in (b"\0<\0?", b"\0<\0!", b"\0<\0h"):
        return data.decode("utf-16-be", errors="replace")
    named = _ENCODING.search(data[:200]) or _META_CHARSET.search(data[:2048])
    for encoding in ([named[1].decode("ascii")] if named else []) + ["utf-8"]:
        try:
            # A declaration that is itself readable as ASCII cannot be right about UTF-16.
            return data.decode("utf-8" if encoding.lower().startswith("utf-16") else encoding)
        except (LookupError, UnicodeDecodeError):
            continue
    return data.decode("cp1252", errors="replace")


def parse_xml(data: bytes, name: str, elements: int | None = None) -> Parsed:
    """Read a package, navigation or container file called ``name``.

    Raises SourceBroken when nothing of it can be read, SourceTooLarge when it nests deeper than
    ``XML_DEPTH`` or has more than ``elements`` (``XML_ELEMENTS`` by default).
    """
    text = _plain(data)
    root, _ = _parse(text, recover=False)
    if root is not None:
        _check_size(root, name, elements)
        return Parsed(root, repaired=False)
    root, too_deep = _parse(_escape_ampersands(text), recover=True)
    if too_deep:
        raise _too_deep(name)
    if root is None:
        raise SourceBroken(f"'{name}' in the book is not XML; get another copy of the book.")
    _check_size(root, name, elements)
    return Parsed(root, repaired=True)


def parse_document(data: bytes, name: str) -> Parsed:
    """Read a content document, XHTML or tag soup, called ``name``. Raises as ``parse_xml``.

    A document that is not well-formed is read both by libxml2's recovering XML parser and by its HTML
    parser, and the tree with more text in it is taken: each loses text that the other keeps (the one after
    ``<br>`` never closed, the other after ``<title/>``).
    """
    text = _plain(data)
    root, _ = _parse(text, recover=False)
    if root is not None:
        _check_size(root, name)
        return Parsed(root, repaired=False)
    text = _escape_ampersands(text)
    root, _ = _parse(text, recover=False)
    if root is not None:  # loose ampersands were all that was wrong: nothing is lost
        _check_size(root, name)
        return Parsed(root, repaired=False)
    # A parser stops where the nesting is too deep: the rest of the text would be missing.
    tries = [_parse_html(text), _parse(text, recover=True)]
    candidates = [root for root, too_deep in tries if root is not None and not too_deep]
    if not candidates and any(too_deep for _, too_deep in tries):
        raise _too_deep(name)
    if not candidates:
        raise SourceBroken(f"'{name}' in the book cannot be read as XHTML; get another copy of the book.")
    root = max(candidates, key=_text_length)
    _check_size(root, name)
    return Parsed(root, repaired=True)


def local_name(element: Element) -> str:
    """Lower-case tag name without namespace; empty for comments, instructions and entities."""
    tag = element.tag
    return _local(tag) if isinstance(tag, str) else ""


@lru_cache(maxsize=1024)
def _local(tag: str) -> str:
    return tag.rpartition("}")[2].rpartition(":")[2].lower()


def attribute(element: Element, name: str) -> str:
    """Value of an attribute by its local name, whatever its namespace or prefix; empty when missing."""
    value = element.get(name)
    if value is not None:
        return str(value)
    for key, value in element.attrib.items():
        if str(key).rpartition("}")[2].rpartition(":")[2] == name:
            return str(value)
    return ""


def children(element: Element, name: str) -> list[Element]:
    """Child elements with that local name."""
    return [child for child in element if local_name(child) == name]


def child(element: Element, name: str) -> Element | None:
    """First child element with that local name."""
    return next((one for one in element if local_name(one) == name), None)


def first(element: Element, name: str) -> Element | None:
    """First descendant with that local name, in document order."""
    return next((e for e in element.iter(etree.Element) if local_name(e) == name), None)


def writable(text: str) -> str:
    """``text`` without the characters that XML cannot hold."""
    return _CONTROLS.sub("", text)


def without_doctype(data: bytes) -> str:
    """An XML file as text, with nothing declared in it left: for parsers that are not ours."""
    return _plain(data)


def _plain(data: bytes) -> str:
    """Text without declaration, document type and control characters, its HTML entities resolved."""
    text = writable(decode(data))
    text = _DECLARATION.sub("", text, count=1).lstrip()
    text = _without_doctype(text)
    if "&" not in text:
        return text
    return _ENTITY.sub(_character, _NUMERIC.sub(_numbered_character, text))


def _without_doctype(text: str) -> str:
    start = text[:65536].upper().find("<!DOCTYPE")
    if start < 0:
        return text
    bracket, end = text.find("[", start), text.find(">", start)
    if 0 <= bracket < end:
        closing = _INTERNAL_SUBSET_END.search(text, bracket)
        end = closing.end() - 1 if closing else -1
    return text[:start] + text[end + 1 :] if end >= 0 else text


def _character(match: re.Match[str]) -> str:
    name = match[1]
    if name in _XML_ENTITIES:
        return match[0]
    character = html5.get(f"{name};")
    if character is None:
        return f"&amp;{name};"  # what a browser shows for an entity it does not know
    return character.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def _numbered_character(match: re.Match[str]) -> str:
    """The reference itself where XML allows its character; else the character that browsers show, or none.

    libxml2, told to recover, makes text of surrogates that nobody can decode again. 128 to 159 mean the
    characters of Windows-1252 (HTML Standard, "numeric character reference end state").
    """
    digits = match[1]
    code = int(digits[1:], 16) if digits[0] in "xX" else int(digits)
    if 0x80 <= code <= 0x9F:
        return bytes([code]).decode("cp1252", errors="ignore")
    legal = (
        code in (9, 10, 13) or 0x20 <= code < 0xD800 or 0xE000 <= code < 0xFFFE or 0x10000 <= code < 0x110000
    )
    return match[0] if legal else ""


def _escape_ampersands(text: str) -> str:
    return _LOOSE_AMPERSAND.sub("&amp;", text)


def _parse(text: str, *, recover: bool) -> tuple[Element | None, bool]:
    """The root, and whether the parser gave up because of the depth."""
    parser = etree.XMLParser(
        encoding="utf-8",
        recover=recover,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    return _run(text, parser)


def _parse_html(text: str) -> tuple[Element | None, bool]:
    parser = etree.HTMLParser(
        encoding="utf-8", no_network=True, huge_tree=False, remove_comments=True, remove_pis=True
    )
    return _run(text, parser)


def _run(text: str, parser: Any) -> tuple[Element | None, bool]:
    try:
        root = etree.fromstring(text.encode(), parser)
    except (etree.XMLSyntaxError, ValueError):
        root = None
    return root, any("depth" in entry.message for entry in parser.error_log)


def _text_length(root: Element) -> int:
    return sum(len(piece.strip()) for piece in root.itertext())


def _check_size(root: Element, name: str, most: int | None = None) -> None:
    depth = elements = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        elements += event == "start"
        if depth > XML_DEPTH:
            raise _too_deep(name)
        if elements > (most or XML_ELEMENTS):
            limit = (
                f"{most} elements (OFFICE_ELEMENTS)" if most else f"{XML_ELEMENTS} elements (XML_ELEMENTS)"
            )
            raise SourceTooLarge(f"'{name}' in the book has more than {limit}.")


def _too_deep(name: str) -> SourceTooLarge:
    return SourceTooLarge(
        f"'{name}' in the book nests elements deeper than {XML_DEPTH} (XML_DEPTH); no real book does."
    )


__all__ = [
    "Element",
    "Parsed",
    "attribute",
    "children",
    "decode",
    "first",
    "local_name",
    "parse_document",
    "parse_xml",
]
