"""Markdown: headings make the chapters, front matter the metadata."""

from __future__ import annotations

import re
from itertools import pairwise

from pipeline.ingest.blocks import blocks_of
from pipeline.ingest.blocks_text import SkipLog, fold, words_in
from pipeline.ingest.tex import spoken_formulas
from pipeline.model import Block, BlockKind, Chapter, Metadata
from pipeline.settings import ReadingSettings

_FRONT_MATTER = re.compile(r"\A(---|\+\+\+)[ \t]*\n(.*?)\n(?:\1|\.\.\.)[ \t]*(?:\n|\Z)", re.S)
_FIELD = re.compile(r"^([A-Za-z_-]+)\s*[:=]\s*(.*?)\s*$", re.M)
_FENCED = re.compile(r"(^ {0,3}(?:`{3,}|~{3,})[^\n]*\n(?:.*?\n)?? {0,3}(?:`{3,}|~{3,})[ \t]*$)", re.M | re.S)
_NOTE = re.compile(
    r"^ {0,3}\[\^([^\]\s^]{1,80})\]:[ \t]*(.*(?:\n(?:[ \t]*\n)*(?: {4}|\t).*|\n(?!\s|\[\^|#|>).+)*)", re.M
)
_ENDLESS = re.compile(r"((?P<sign>[\[\](){}<>!*_~`|\\])(?P=sign){15})(?P=sign)+")
"""A sign that comes more often says nothing more; the parser takes 8 µs for each, a minute for a large file."""
_NOTE_MARK = re.compile(r"\[\^([^\]\s^]{1,80})\](?!:)")
_ATTRIBUTES = re.compile(
    r"^(#{1,6}[ \t][^\n{}]{1,300}?)[ \t]{0,9}\{:?[ ]{0,3}[#.][^{}\n]{0,200}\}[ \t]{0,9}$", re.M
)
_TASK = re.compile(r"^([ \t]{0,12}(?:[-*+]|\d{1,9}[.)])[ \t]{1,4})\[[ xX]\][ \t]{1,4}(?=\S)", re.M)
_LIST_FIELD = re.compile(r"^{name}\s*:[ \t]*\n((?:[ \t]*-[ \t]+.*\n?)+)", re.M)


def read_markdown(
    text: str, settings: ReadingSettings, uri: str
) -> tuple[Metadata, tuple[Chapter, ...], SkipLog]:
    """The metadata of the front matter, the chapters, and what was left out."""
    from lxml import html
    from markdown_it import MarkdownIt

    metadata, text = front_matter(text)
    skip = SkipLog()
    # As XHTML it goes the way of all pages; raw HTML inside is read for what it is.
    text = _ENDLESS.sub(r"\1", text)
    text = _without_extras(_notes_marked(_formulas_said(text, skip)))
    made = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(text)
    # Without huge_tree libxml2 drops what a paragraph has beyond ten million bytes and says nothing. It is safe
    # here: the file is small (HTML_BYTES), and HTML expands no entities of its own.
    parser = html.HTMLParser(huge_tree=True, no_network=True)
    root = html.fragment_fromstring(made or " ", create_parent="div", parser=parser)
    for element in list(root.iter("s", "del")):
        element.drop_tree()
    blocks = blocks_of(root, href="", skip=skip, options=settings, language=metadata.language)
    return metadata, chapters_at_headings(blocks, metadata.title or uri), skip


def chapters_at_headings(blocks: list[Block], title: str) -> tuple[Chapter, ...]:
    """A chapter for each heading of the first two levels that are used.

    A lone first heading at the top is the book's title: it opens the first chapter.
    """
    headings = [(i, b.level) for i, b in enumerate(blocks) if b.kind is BlockKind.HEADING]
    levels = sorted({level for _, level in headings})
    if levels and headings[0] == (0, levels[0]) and sum(level == levels[0] for _, level in headings) == 1:
        title, headings, levels = blocks[0].text, headings[1:], levels[1:]
    kept = levels[:2]
    starts = [i for i, level in headings if level in kept]
    if starts and all(b.kind is BlockKind.HEADING for b in blocks[: starts[0]]):
        starts[0] = 0
        if starts[1:] or blocks:
            title = blocks[headings[0][0]].text
    bounds = [0, *(s for s in starts if s > 0), len(blocks)]
    parts = [tuple(blocks[a:b]) for a, b in pairwise(bounds) if b > a]
    chapters = []
    for index, part in enumerate(parts):
        level = kept.index(part[0].level) + 1 if index and part[0].level in kept else 1
        chapters.append(Chapter(index, title if index == 0 else part[0].text, level, part))
    return tuple(chapters)


def front_matter(text: str) -> tuple[Metadata, str]:
    """What stands between the two lines of dashes (or plus signs) at the beginning, and the text after it."""
    match = _FRONT_MATTER.match(text)
    if match is None:
        return Metadata(), text
    fields = {name.lower(): _unquoted(value) for name, value in _FIELD.findall(match[2])}
    authors = _listed(match[2], "authors?") or _inline_list(fields.get("authors") or fields.get("author", ""))
    return Metadata(
        title=fields.get("title", ""),
        subtitle=fields.get("subtitle", ""),
        authors=tuple(authors),
        language=fields.get("lang", "") or fields.get("language", ""),
        published=fields.get("date", ""),
        publisher=fields.get("publisher", ""),
        description=fold(fields.get("description", "")),
    ), text[match.end() :]


def _notes_marked(text: str) -> str:
    """Footnotes, which CommonMark does not know, in the markup that pages have for them.

    ``[^1]`` refers, ``[^1]: ...`` with the indented lines below it is the note; ``^[...]`` is both (the
    extensions "footnotes" and "inline_notes" of Pandoc). A reference without its note stays as it is written.
    """
    parts = _FENCED.split(text)
    known = {match[1] for part in parts[::2] for match in _NOTE.finditer(part)}
    names = {name: f"note-{number}" for number, name in enumerate(sorted(known), start=1)}
    for index in range(0, len(parts), 2):
        parts[index] = _NOTE.sub(
            lambda m: (
                f'\n<aside role="doc-footnote" id="{names[m[1]]}">\n\n'
                + re.sub(r"^(?: {4}|\t)", "", m[2], flags=re.M).rstrip()
                + "\n\n</aside>\n\n"
            ),
            parts[index],
        )
        parts[index] = _NOTE_MARK.sub(
            lambda m: f'<a role="doc-noteref" href="#{names[m[1]]}">*</a>' if m[1] in names else m[0],
            parts[index],
        )
    return "".join(parts)


def _formulas_said(text: str, skip: SkipLog) -> str:
    """Formulas in TeX, which CommonMark does not know, as they are said; what cannot be is counted."""
    if "$" not in text and "\\(" not in text and "\\[" not in text:
        return text
    parts = _FENCED.split(text)
    parts[::2] = [
        spoken_formulas(part, lambda tex: skip.add("equation", words_in(tex))) for part in parts[::2]
    ]
    return "".join(parts)


def _without_extras(text: str) -> str:
    """Without what extensions add for machines: a heading's ``{#name .class}``, a task's box ``[x]``."""
    parts = _FENCED.split(text)
    parts[::2] = [_TASK.sub(r"\1", _ATTRIBUTES.sub(r"\1", part)) for part in parts[::2]]
    return "".join(parts)


def _unquoted(value: str) -> str:
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'" else value


def _inline_list(value: str) -> list[str]:
    items = value[1:-1].split(",") if value.startswith("[") and value.endswith("]") else [value]
    return [name for item in items if (name := _unquoted(item.strip()))]


def _listed(front: str, name: str) -> list[str]:
    match = re.search(_LIST_FIELD.pattern.replace("{name}", name), front + "\n", re.M)
    items = re.findall(r"-[ \t]+(.*)", match[1]) if match else []
    return [_unquoted(item.strip()) for item in items]
