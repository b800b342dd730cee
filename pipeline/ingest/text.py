"""Plain text and Markdown."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from pathlib import Path

from pipeline.ingest import charset as charsets
from pipeline.ingest.blocks_text import SkipLog, fold, words_in
from pipeline.ingest.markdown import chapters_at_headings, read_markdown
from pipeline.ingest.text_contents import NO_CONTENTS, find_contents
from pipeline.ingest.text_headings import LONGEST_HEADING, bare_number, is_contents, is_rule, level_of
from pipeline.ingest.text_marks import without_marks
from pipeline.ingest.text_numbers import SECTION, numbered_headings
from pipeline.ingest.text_paragraphs import Group, Hyphens, Shape, groups_of, paragraphs_of, shape_of
from pipeline.model import Block, BlockKind, Book, Chapter, Matter, Metadata, SourceInfo, SourceKind
from pipeline.settings import ReadingSettings

_LICENCE_START = re.compile(r"^[ \t]*\*{3}[ ]*START OF (?:THE|THIS) [^\n]{0,200}$", re.M | re.I)
_LICENCE_END = re.compile(r"^[ \t]*\*{3}[ ]*END OF (?:THE|THIS) [^\n]{0,200}$", re.M | re.I)
_FIELD = re.compile(
    r"^(Title|Author|Language|Release Date|Translator):[ \t]*(.+(?:\n[ \t]+\S.*)*)", re.M | re.I
)
_BY = re.compile(r"(?:by|von|par|por|di|автор:?)\s+(\S.{1,60})", re.I)
_ILLUSTRATION = re.compile(r"\[(?:Illustration|Image|Figure)\b[^\]]*\]", re.I)
_NOTE = re.compile(r"\[(?:(?:Foot)?note\s+)?(\d{1,4}|[A-Z])(?:\]|:)\s*(?=\S)", re.I)
_NOTE_MARK = re.compile(r"\[(\d{1,4}|[A-Z])\]")


def read_text(path: Path, settings: ReadingSettings, uri: str, sha256: str, charset: str = "") -> Book:
    """Read a ``.txt`` or ``.md`` file. ``charset`` is what a web server declared."""
    text, doubt = charsets.decode(path.read_bytes(), charset)
    if path.suffix.lower() in (".md", ".markdown"):
        metadata, chapters, skip = read_markdown(text.replace("\r\n", "\n"), settings, path.stem)
        if not metadata.title and chapters and (first := _first_heading(chapters)):
            metadata = replace(metadata, title=first)
    else:
        metadata, chapters, skip = _read_plain(text, settings)
    return Book(
        source=SourceInfo(SourceKind.TEXT, uri, sha256),
        metadata=metadata,
        chapters=chapters,
        skipped=skip.skipped(),
        doubts=(f"{uri}: {doubt}",) if doubt else (),
    )


def _first_heading(chapters: tuple[Chapter, ...]) -> str:
    first = chapters[0].blocks[0]
    return first.text if first.kind is BlockKind.HEADING else ""


def _read_plain(text: str, settings: ReadingSettings) -> tuple[Metadata, tuple[Chapter, ...], SkipLog]:
    skip = SkipLog()
    metadata, text = _without_licence(text, settings, skip)
    groups = groups_of(text)
    shape = shape_of(groups)
    if not shape.wrapped and shape.margin >= LONGEST_HEADING:
        groups = [Group((line,)) for group in groups for line in group.lines]  # every line stands alone
    groups = without_marks(_without_notes(groups, settings, skip), settings, skip)
    hyphens = Hyphens(text)
    underlined = [_underlined(group) for group in groups]
    if sum(found is not None for found in underlined) >= 2:
        blocks = _outline(groups, underlined, shape, hyphens)
        if not metadata.title and blocks[0].kind is BlockKind.HEADING:
            metadata = replace(metadata, title=blocks[0].text)
        return metadata, chapters_at_headings(blocks, metadata.title), skip
    sections = _sections(groups, skip, settings)
    metadata = _title_page(metadata, sections)
    return metadata, _chapters(sections, shape, hyphens, metadata.title), skip


# -- what is around the text -----------------------------------------------------------------------------


def _without_licence(text: str, settings: ReadingSettings, skip: SkipLog) -> tuple[Metadata, str]:
    """Take off the licence that public-domain collections put around a text, and read its header."""
    start, end = _LICENCE_START.search(text), _LICENCE_END.search(text)
    found = _FIELD.findall(text[: start.start()]) if start else []
    fields = {name.lower(): fold(value) for name, value in reversed(found)}
    title, subtitle = _titles(next((value for name, value in found if name.lower() == "title"), ""))
    metadata = Metadata(
        title=title,
        subtitle=subtitle,
        authors=(fields["author"],) if "author" in fields else (),
        language=fields.get("language", ""),
        published=re.sub(r"\s*\[.*", "", fields.get("release date", "")),
    )
    if "licence" in settings.include:
        return metadata, text
    body_start = start.end() if start else 0
    body_end = end.start() if end and end.start() >= body_start else len(text)
    outside = words_in(text[:body_start]) + words_in(text[body_end:])
    if outside:
        skip.add("licence", outside, int(body_start > 0) + int(body_end < len(text)))
    return metadata, text[body_start:body_end]


def _titles(field: str) -> tuple[str, str]:
    """The title and the subtitle: a further line that begins with a capital is one of its own."""
    first, *rest = [fold(line) for line in field.split("\n")]
    if rest and rest[0][0].isupper() and first[-1] not in ",-–—":
        return first.rstrip(" :;"), " ".join(rest)
    return " ".join([first, *rest]), ""


def _without_notes(groups: list[Group], settings: ReadingSettings, skip: SkipLog) -> list[Group]:
    """Take out illustrations' marks, and footnotes with their references.

    A bracketed mark is a reference only if a note with the same mark is there.
    """
    notes = {match[1] for group in groups if (match := _NOTE.match(group.lines[0].lstrip()))}
    wanted = "notes" in settings.include
    found: list[Group] = []
    for group in groups:
        whole = " ".join(group.lines).strip()
        if _ILLUSTRATION.fullmatch(whole):
            skip.add("image", words_in(whole))
            continue
        match = _NOTE.match(group.lines[0].lstrip())
        if match and not wanted:
            skip.add("note", words_in(whole))
            continue
        lines = group.lines
        if notes and not match:
            marks = sum(mark in notes for mark in _NOTE_MARK.findall(whole))
            if marks:
                skip.add("note-reference", count=marks)
                lines = tuple(_NOTE_MARK.sub(lambda m: "" if m[1] in notes else m[0], line) for line in lines)
        found.append(Group(lines))
    return found


# -- sections: a heading and what follows ----------------------------------------------------------------


@dataclass(slots=True)
class _Section:
    title: str = ""
    level: int = 0
    """0: what comes before the first heading."""
    headings: list[str] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)


def _sections(groups: list[Group], skip: SkipLog, settings: ReadingSettings) -> list[_Section]:
    sections = [_Section()]
    wanted = "contents" in settings.include
    contents = NO_CONTENTS if wanted else find_contents(groups)
    numbers = numbered_headings(groups, contents.groups)
    for index, group in enumerate(groups):
        if index in contents.groups or (is_contents(list(group.lines)) and not wanted):
            skip.add("contents", words_in(" ".join(group.lines)))
            continue
        first = group.lines[0].strip()
        level = level_of(first) if len(group.lines) <= 3 else 0
        if level and all(len(line) <= LONGEST_HEADING for line in group.lines):
            titles = [fold(line) for line in group.lines]
            sections.append(_Section(_title_of(titles), level, titles))
        elif numbers.get(index, SECTION) != SECTION:
            titles = [fold(" ".join(group.lines))]
            sections.append(_Section(_title_of(titles), numbers[index], titles))
        elif index not in numbers and _is_subtitle(group, sections[-1], bool(contents.level(group))):
            last = sections[-1]
            last.headings.append(fold(" ".join(group.lines)))
            last.title = _title_of(last.headings)
        elif level := contents.level(group):
            titles = [fold(" ".join(group.lines))]
            sections.append(_Section(_title_of(titles), level, titles))
        else:
            sections[-1].groups.append(Group(group.lines, number=index in numbers))
    sections = _without_contents(sections, skip)
    if len(sections) == 2 and sections[0].groups:
        # One heading somewhere in a text, say "Introduction", does not divide it into chapters.
        heading = [Group((title,)) for title in sections[1].headings]
        return [_Section(groups=[*sections[0].groups, *heading, *sections[1].groups])]
    return sections


def _is_subtitle(group: Group, section: _Section, listed: bool) -> bool:
    """A short line right after "Chapter 1" that is no sentence: the chapter's name."""
    if not section.level or section.groups or len(section.headings) != 1:
        return False
    if listed or len(group.lines) != 1:
        return listed and (bare_number(section.headings[0]) is not None or level_of(section.headings[0]) == 2)
    line = group.lines[0].strip()
    return len(line) <= 60 and line[0].isupper() and line[-1] not in '.,;:!?…"”' and len(line.split()) <= 9


def _title_of(headings: list[str]) -> str:
    return ": ".join(heading.rstrip(" .:") for heading in headings)


def _without_contents(sections: list[_Section], skip: SkipLog) -> list[_Section]:
    """Drop headings with nothing below them that come again later: they were a table of contents."""
    kept: list[_Section] = []
    last = {_name(section): index for index, section in enumerate(sections)}
    for index, section in enumerate(sections):
        if section.headings and not section.groups and last[_name(section)] > index:
            skip.add("contents", words_in(" ".join(section.headings)))
        else:
            kept.append(section)
    return kept


def _name(section: _Section) -> str:
    """What a heading has in common with its entry in the table of contents: "chapter 1"."""
    words = section.headings[0].casefold().split()[:2] if section.headings else []
    return " ".join(word.strip(".:,;–—-") for word in words)


# -- headings that are underlined ---------------------------------------------------------------------------


def _underlined(group: Group) -> tuple[str, str, tuple[str, ...]] | None:
    """The sign of the rule under (or around) a heading, the heading, and the lines after it."""
    lines = group.lines
    over = (
        len(lines) >= 3
        and is_rule(lines[0])
        and is_rule(lines[2])
        and lines[0].strip()[0] == lines[2].strip()[0]
    )
    if over:
        return lines[0].strip()[0] * 2, lines[1].strip(), lines[3:]
    if len(lines) >= 2 and is_rule(lines[1]) and not is_rule(lines[0]):
        rule, heading = lines[1].strip(), lines[0].strip()
        if len(rule) >= 0.5 * len(heading):
            return rule[0], heading, lines[2:]
    return None


def _outline(
    groups: list[Group],
    underlined: list[tuple[str, str, tuple[str, ...]] | None],
    shape: Shape,
    hyphens: Hyphens,
) -> list[Block]:
    """The blocks of a text whose headings are underlined; the signs rank in the order in which they come."""
    signs: list[str] = []
    blocks: list[Block] = []
    for group, found in zip(groups, underlined, strict=True):
        rest: Group | None = group
        if found is not None:
            sign, heading, lines = found
            if sign not in signs:
                signs.append(sign)
            blocks.append(Block(BlockKind.HEADING, fold(heading), level=min(6, signs.index(sign) + 1)))
            rest = Group(lines) if lines else None
        if rest is not None:
            blocks += [Block(kind, text) for kind, text in paragraphs_of(rest, shape, hyphens) if text]
    return blocks


# -- the book ---------------------------------------------------------------------------------------------


def _title_page(metadata: Metadata, sections: list[_Section]) -> Metadata:
    """The title and the author, where the text begins with lines that can only be these."""
    first = sections[0].groups
    if metadata.title or not first:
        return metadata
    line = first[0].lines[0].strip()
    if len(first[0].lines) > 2 or len(line) > LONGEST_HEADING or line[-1] in ".,;:!?…。！？":
        return metadata
    if len(first) == 1 and len(sections) == 1 and len(first[0].lines) == 1:
        return metadata  # one line is a text, not a title
    rest = [*first[0].lines[1:], *(first[1].lines[:1] if len(first) > 1 else ())]
    authors = [match[1].strip() for text in rest if (match := _BY.fullmatch(text.strip()))]
    return replace(metadata, title=fold(line), authors=tuple(authors) or metadata.authors)


def _chapters(sections: list[_Section], shape: Shape, hyphens: Hyphens, title: str) -> tuple[Chapter, ...]:
    parts = {section.level for section in sections} >= {1, 2}
    chapters: list[Chapter] = []
    for section in sections:
        blocks = [
            Block(BlockKind.HEADING, heading, level=section.level if parts else 1)
            for heading in section.headings
        ]
        for group in section.groups:
            if group.number:
                blocks.append(Block(BlockKind.HEADING, fold(group.lines[0]), level=SECTION))
                continue
            blocks += [Block(kind, text) for kind, text in paragraphs_of(group, shape, hyphens) if text]
        if not blocks:
            continue
        before = section.level == 0 and len(sections) > 1
        if before and title and blocks[0].text == title:
            blocks[0] = replace(blocks[0], kind=BlockKind.HEADING, level=1)
        chapters.append(
            Chapter(
                index=len(chapters),
                title=section.title or title,
                level=2 if parts and section.level == 2 else 1,
                blocks=tuple(blocks),
                matter=Matter.FRONT if before else Matter.BODY,
            )
        )
    return tuple(chapters)
