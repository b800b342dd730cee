"""What an element of XHTML is to a listener: tables of tags, semantic types and classes."""

from __future__ import annotations

import re

from pipeline.ingest.blocks_text import fold
from pipeline.ingest.epub_matter import NARRATED_TYPES, SKIPPED_TYPES
from pipeline.ingest.xml import Element, local_name
from pipeline.model import BlockKind


def word_set(written: str) -> frozenset[str]:
    """The words of a string: how long tables of names are written here."""
    return frozenset(written.split())


SINGLE = frozenset({"br", "hr", "math", "img", "svg", "image"})
"""Elements without text of their own that are said, or not, in their own way."""

KIND_OF_TAG: dict[str, BlockKind] = {
    "blockquote": BlockKind.QUOTE,
    "li": BlockKind.LIST_ITEM,
    "dt": BlockKind.LIST_ITEM,
    "dd": BlockKind.LIST_ITEM,
    "figcaption": BlockKind.CAPTION,
    "caption": BlockKind.CAPTION,
}

INCLUDE_NAME = {"note": "notes", "note-continued": "notes", "table": "tables", "navigation": "contents"}
"""Kind of skip -> its name in ``ReadingSettings.include``, where the two differ."""

SILENT = frozenset({"machinery", "note-told"})
"""Kinds that are no text at all and not worth counting."""
ONLY_WITH_WORDS = frozenset({"hidden", "navigation", "contents"})
FRONT_SKIPS = frozenset({"cover", "titlepage", "copyright"})
"""Pages that may hold a dedication or an epigraph, which are narrated."""

_MACHINERY = word_set(
    """head script style template noscript iframe object embed audio video canvas button input select
        textarea option datalist meta link title map rt rp rtc desc metadata case"""
)
_BLOCKS = word_set(
    """address article aside blockquote body caption center dd details dialog dir div dl dt fieldset
    figcaption figure footer form h1 h2 h3 h4 h5 h6 header hgroup html legend li main menu nav ol p pre
    section summary table tbody td tfoot th thead tr ul
    level level1 level2 level3 level4 level5 level6 doctitle docauthor byline dateline bodymatter frontmatter
    rearmatter linegroup line poem sidebar prodnote imggroup"""
)
"""HTML's, and those of DTBook (ANSI/NISO Z39.86), which EPUB 2 allows."""
_DTBOOK_SKIPS = {
    "pagenum": "page-number",
    "linenum": "line-number",
    "noteref": "note-reference",
    "annoref": "note-reference",
    "note": "note",
    "annotation": "note",
}
_HEADING_TYPES = frozenset({"title", "subtitle", "fulltitle", "halftitle", "bridgehead"})
_TITLE_PART_TYPES = _HEADING_TYPES | {"label", "ordinal"}
_VERSE_TYPES = frozenset({"verse", "poem", "song", "hymn", "lyrics"})
_VERSE_CLASSES = frozenset(
    {"poem", "poetry", "verse", "stanza", "linegroup", "line-group", "lg", "lyrics", "poetry-container"}
)
_MAYBE_PAGE_CLASSES = frozenset({"page", "pg", "pb", "pgnum", "folio", "page-num", "page_num", "pagina"})
_PAGE_TEXT = re.compile(r"^[\[({]?\s*(?:page|pg\.?|p\.|s\.|с\.)?\s*(?:\d{1,4}|[ivxlc]{1,7})\s*[\])}]?$", re.I)
_PAGE_CLASSES = frozenset(
    {"pagenum", "pagenumber", "page-number", "page_number", "pageno", "pagebreak", "page-break"}
)
_LINE_NUMBER_CLASSES = word_set(
    "lnum linenum linenumber line-number line_number lineno line-no line_no linenr poemnum"
)
_VERSE_NUMBER_CLASSES = word_set(
    """v vn vnum v-num versenum verse-num verse_num versenumber verse-number verse_number verseno verse-no vers
    chapternum-verse"""
)
_TITLE_CLASS = re.compile(
    r"^(?:h|title|heading|chapter[-_]?(?:title|heading|head|name)|part[-_]?title|section[-_]?title)[-_]?([1-6]?)$"
    r"|^(?:oo|naka|ko)-midashi$"
)
_DROP_CAP_CLASS = re.compile(
    r"^(?:drop|drop[-_]?caps?\d?|initial|lettrine|first[-_]?letter|_idgendropcap-\d+|capital)$"
)
_LONGEST_TITLE = 150
"""Characters; what is longer is no heading, whatever its class says."""
_NAVIGATION_CLASSES = frozenset({"headerlink", "permalink", "link-target", "mw-editsection", "editsection"})
_CONTENTS_CLASSES = frozenset({"toctree-wrapper", "toc", "tableofcontents", "table-of-contents"})
_CODE_CLASSES = frozenset(
    {"code", "sourcecode", "programlisting", "codeblock", "code-block", "screen", "listing", "highlight"}
)
_LICENCE_CLASSES = frozenset({"pg-boilerplate", "pgheader", "pgfooter", "licenseinfo"})
_EPUB_TYPE = "{http://www.idpf.org/2007/ops}type"
_NO_LANGUAGE = frozenset({"und", "zxx", "mul", "mis"})
_LANGUAGE = re.compile(r"^[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8})*$")
_DISPLAY_NONE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)
_DISPLAY_BLOCK = re.compile(r"display\s*:\s*(?:block|list-item|table)\b", re.I)
_MARKER = re.compile(r"^[^A-Za-z\u00c0-\uffff]*$|\d|^.{1,4}$", re.S)
_CODE_SIGNS = re.compile(r"[{}\[\]<>=;$#|\\/_`~^]")


def types_of(element: Element) -> list[str]:
    """Semantic types, prefixes gone: ``doc-noteref``, ``z3998:poem`` -> ``noteref``, ``poem``."""
    written = element.get(_EPUB_TYPE) or element.get("epub:type") or ""
    role = element.get("role")
    if role and role.startswith("doc-"):
        written = f"{written} {role[4:]}"
    return [name.rpartition(":")[2].lower() for name in written.split()] if written else []


def classes_of(element: Element) -> frozenset[str]:
    """The element's classes in lower case."""
    written = element.get("class")
    return frozenset(written.lower().split()) if written else frozenset()


def is_block(element: Element, tag: str) -> bool:
    """True when the element begins a block of its own."""
    if tag in _BLOCKS:
        return True
    style = element.get("style")
    return bool(style and _DISPLAY_BLOCK.search(style)) or element.get("role") == "heading"


def heading_level(element: Element, tag: str) -> int:
    """1 to 6 for a heading, else 0; 6 where the element says that it is a title and not of what level."""
    if len(tag) == 2 and tag[0] == "h" and tag[1] in "123456":
        return int(tag[1])
    if element.get("role") == "heading":
        level = element.get("aria-level", "2")
        return min(6, max(1, int(level))) if level.isdecimal() else 2
    if tag not in {"p", "div"} or not element.attrib:
        return 0
    return 6 if not _HEADING_TYPES.isdisjoint(types_of(element)) else _title_class(element)


def _title_class(element: Element) -> int:
    """The level that a class such as ``title2`` or ``chapter-title`` says, 2 where it says none; else 0."""
    for name in classes_of(element):
        if match := _TITLE_CLASS.match(name):
            short = sum(len(piece) for piece in element.itertext()) <= _LONGEST_TITLE
            return int(match[1] or 2) if short else 0
    return 0


def is_part_of_title(element: Element) -> bool:
    """True for the title, subtitle, label or number inside a heading: words of their own, however close."""
    return not _TITLE_PART_TYPES.isdisjoint(types_of(element))


def is_drop_cap(element: Element) -> bool:
    """True for the large first letter of a chapter, whatever element it is in."""
    if not any(_DROP_CAP_CLASS.match(name) for name in classes_of(element)):
        return False
    text = fold("".join(element.itertext())).lstrip("\"'“‘«„¿¡")
    return 0 < len(text) <= 2 and text.isalpha()


def is_verse(element: Element) -> bool:
    """True for a poem, a song, a stanza."""
    return (
        local_name(element) in {"poem", "linegroup"}
        or not _VERSE_TYPES.isdisjoint(types_of(element))
        or not _VERSE_CLASSES.isdisjoint(classes_of(element))
    )


def is_language(tag: str) -> bool:
    """True for a BCP 47 tag that names a language one can speak."""
    return bool(_LANGUAGE.match(tag)) and tag.lower().partition("-")[0] not in _NO_LANGUAGE


def is_marker(text: str) -> bool:
    """True for what stands for a note ("12", "[a]", "*", "Note 3") and not for a word of the sentence."""
    return len(text) <= 12 and bool(_MARKER.search(text))


def skip_kind(element: Element, tag: str) -> str:
    """The kind under which an element is left out by itself; empty when it is narrated."""
    if tag in _MACHINERY:
        return "machinery"
    if tag == "pre":
        return "code" if is_code(element) else ""
    if tag == "sup" and "".join(element.itertext()).strip() in {",", ";", "–"}:
        return "machinery"  # between two references
    if tag in _DTBOOK_SKIPS:
        return _DTBOOK_SKIPS[tag]
    if not element.attrib:
        return "navigation" if tag == "nav" else ""
    if _is_hidden(element):
        return "hidden"
    return (
        _kind_of_types(element, tag)
        or _kind_of_classes(element, tag)
        or ("navigation" if tag == "nav" else "")
    )


def _is_hidden(element: Element) -> bool:
    style = element.get("style")
    return (
        element.get("hidden") is not None
        or element.get("aria-hidden") == "true"
        or bool(style and _DISPLAY_NONE.search(style))
    )


def _kind_of_types(element: Element, tag: str) -> str:
    types = types_of(element)
    if not types:
        return "navigation" if element.get("role") == "navigation" else ""
    if "noteref" in types and is_marker(fold("".join(element.itertext()))):
        return "note-reference"
    if "backlink" in types or "referrer" in types:
        return "note-reference"
    if "pagebreak" in types and len(text_of(element)) <= 20:
        return "page-number"
    if is_block(element, tag):
        # A chapter that is also tagged "footnotes" is narrated: the narrated type wins.
        kind = next((SKIPPED_TYPES[t] for t in types if t in SKIPPED_TYPES), "")
        return "" if kind and any(t in NARRATED_TYPES for t in types) else kind
    return ""


def _kind_of_classes(element: Element, tag: str) -> str:
    classes = classes_of(element)
    if not classes:
        return ""
    if not _PAGE_CLASSES.isdisjoint(classes) and len(text_of(element)) <= 20:
        return "page-number"
    may_be_page = not _MAYBE_PAGE_CLASSES.isdisjoint(classes) and not is_block(element, tag)
    if may_be_page and _PAGE_TEXT.match(text_of(element)):
        return "page-number"
    if not _LINE_NUMBER_CLASSES.isdisjoint(classes) and text_of(element).isdecimal():
        return "line-number"
    if not _VERSE_NUMBER_CLASSES.isdisjoint(classes) and text_of(element).strip("[]().").isdecimal():
        return "verse-number"
    if not _NAVIGATION_CLASSES.isdisjoint(classes):
        return "navigation"
    if not _LICENCE_CLASSES.isdisjoint(classes):
        return "licence"
    if not is_block(element, tag):
        return ""
    if not _CONTENTS_CLASSES.isdisjoint(classes) and link_share(element) > 0.7:
        return "contents"
    return "code" if not _CODE_CLASSES.isdisjoint(classes) and tag in {"p", "div"} else ""


def is_code(element: Element) -> bool:
    """True for a ``<pre>`` that holds a program and not a poem, a letter or a whole book."""
    if any(local_name(e) in {"code", "samp", "kbd"} for e in element.iter()):
        return True
    around = [element, *(parent for _, parent in zip(range(2), element.iterancestors(), strict=False))]
    if any(not _CODE_CLASSES.isdisjoint(classes_of(e)) for e in around):
        return True
    text = "".join("".join(element.itertext()).split())
    return len(_CODE_SIGNS.findall(text)) > 0.02 * len(text)


def preformatted(element: Element) -> list[list[str]]:
    """The stanzas of a ``<pre>``: runs of non-empty lines, each folded."""
    pieces = [element.text or ""]
    for child in element.iterdescendants():
        pieces.append("\n" if local_name(child) == "br" else (child.text or ""))
        pieces.append(child.tail or "")
    stanzas: list[list[str]] = [[]]
    for line in "".join(pieces).splitlines():
        folded = fold(line)
        if folded:
            stanzas[-1].append(folded)
        elif stanzas[-1]:
            stanzas.append([])
    return [stanza for stanza in stanzas if stanza]


def text_of(element: Element) -> str:
    """All text of an element, folded, with a space where a block ends; scripts and readings of ruby out."""
    pieces: list[str] = []
    _collect(element, pieces)
    return fold("".join(pieces))


def text_before(element: Element) -> str:
    """The text right before an inline element, inside its block; empty where the block begins with it."""
    while True:
        previous = element.getprevious()
        if previous is not None:
            text = (previous.tail or "") or ("" if not isinstance(previous.tag, str) else text_of(previous))
            if text or local_name(previous) == "br":
                return str(text)
            element = previous
            continue
        parent = element.getparent()
        if parent is None:
            return ""
        if parent.text:
            return str(parent.text)
        if is_block(parent, local_name(parent)):
            return ""
        element = parent


def _collect(element: Element, pieces: list[str]) -> None:
    tag = local_name(element)
    if tag in _MACHINERY:
        return
    around = " " if tag in _BLOCKS or tag == "br" else ""
    pieces.append(around + (element.text or ""))
    for child in element:
        _collect(child, pieces)
        pieces.append(child.tail or "")
    pieces.append(around)


def link_share(element: Element) -> float:
    """How much of an element's text is inside links, 0 to 1."""
    total = len(text_of(element))
    linked = sum(len(text_of(e)) for e in element.iter() if local_name(e) == "a")
    return linked / total if total else 0.0


def kept_inside(element: Element) -> list[Element]:
    """The dedications, epigraphs, prefaces ... inside a page that is left out; outermost ones only."""
    found: list[Element] = []
    waiting = [element]
    while waiting:
        for inner in (e for e in waiting.pop() if isinstance(e.tag, str)):
            if is_block(inner, local_name(inner)) and any(t in NARRATED_TYPES for t in types_of(inner)):
                found.append(inner)
            else:
                waiting.append(inner)
    return sorted(found, key=list(element.iter()).index) if len(found) > 1 else found


def notes_in(element: Element) -> int:
    """How many notes an element holds that is left out as one: itself, or its list's items."""
    inside = [e for e in element.iterdescendants() if isinstance(e.tag, str)]
    typed = sum(1 for e in inside if not {"footnote", "endnote", "rearnote"}.isdisjoint(types_of(e)))
    if typed:
        return typed
    for outer in inside:
        if local_name(outer) in {"ol", "ul"}:
            return max(1, sum(1 for e in outer if local_name(e) == "li"))
    asides = sum(1 for e in inside if local_name(e) == "aside")
    return max(1, asides)
