"""Writes a sample book as EPUB 3.

Written with ``zipfile`` rather than EbookLib, which stamps the current time into the package and the archive:
these files must come out the same, byte for byte, every time.
"""

from __future__ import annotations

import re
import tomllib
import zipfile
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from samples.making.drawings import draw_picture

EPOCH = (1980, 1, 1, 0, 0, 0)
"""Time stamp of every entry: the earliest one that a ZIP can hold."""

STYLE = """\
body { font-family: serif; line-height: 1.5; margin: 1em; }
h1, h2 { text-align: center; margin: 2em 0 1em; }
p { margin: 0; text-indent: 1.2em; }
figure { margin: 1.5em 0; text-align: center; }
figure img, .cover img { max-width: 100%; }
figcaption, .source { font-style: italic; }
.verse p { text-indent: 0; margin: 0 0 1em 1em; }
.break { text-align: center; margin: 1em 0; }
table { margin: 1em auto; border-collapse: collapse; }
td, th { border: 1px solid; padding: 0.2em 0.6em; }
"""

CONTAINER = """\
<?xml version="1.0" encoding="UTF-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
  <rootfiles>
    <rootfile full-path="EPUB/package.opf" media-type="application/oebps-package+xml"/>
  </rootfiles>
</container>
"""


@dataclass(frozen=True, slots=True)
class Section:
    """One document of the book."""

    name: str
    title: str
    type: str
    matter: str
    level: int
    listed: bool
    """Whether the table of contents has it."""
    body: str
    """XHTML: one ``section`` element."""


@dataclass(frozen=True, slots=True)
class SampleBook:
    """A sample as its folder has it."""

    folder: Path
    about: dict[str, Any]
    sections: tuple[Section | None, ...]
    """In reading order; None stands for the table of contents."""

    @property
    def images(self) -> list[str]:
        """Names of the pictures that the text shows, in the order of their appearance."""
        bodies = "".join(section.body for section in self.sections if section)
        return list(dict.fromkeys(re.findall(r'src="images/([\w-]+)\.png"', bodies)))


def read_sample(folder: Path) -> SampleBook:
    """Read ``book.toml`` and the texts beside it."""
    about = tomllib.loads((folder / "book.toml").read_text(encoding="utf-8"))
    sections: list[Section | None] = []
    for entry in about.pop("section"):
        if entry.get("contents"):
            sections.append(None)
            continue
        body = (folder / "text" / f"{entry['file']}.xhtml").read_text(encoding="utf-8")
        sections.append(
            Section(
                entry["file"],
                entry["title"],
                entry["type"],
                entry["matter"],
                entry.get("level", 1),
                entry.get("listed", True),
                body,
            )
        )
    return SampleBook(folder, about, tuple(sections))


def write_epub(book: SampleBook, path: Path) -> Path:
    """Write the book to ``path``: package, nav and NCX, one document a section, cover and pictures."""
    language = book.about["language"]
    files: dict[str, bytes] = {
        "META-INF/container.xml": CONTAINER.encode(),
        "EPUB/package.opf": _package(book).encode(),
        "EPUB/nav.xhtml": _document(book.about["contents"], language, _nav(book)).encode(),
        "EPUB/toc.ncx": _ncx(book).encode(),
        "EPUB/style.css": STYLE.encode(),
        "EPUB/cover.xhtml": _document(book.about["cover_title"], language, _cover_page(book)).encode(),
        "EPUB/images/cover.jpg": draw_picture(f"{book.about['file']}-cover", "JPEG"),
    }
    for section in filter(None, book.sections):
        files[f"EPUB/{section.name}.xhtml"] = _document(section.title, language, section.body).encode()
    for image in book.images:
        files[f"EPUB/images/{image}.png"] = draw_picture(image)

    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(_entry("mimetype", zipfile.ZIP_STORED), "application/epub+zip")
        for name, data in files.items():
            archive.writestr(_entry(name, zipfile.ZIP_DEFLATED), data)
    return path


def _entry(name: str, compression: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, EPOCH)
    info.compress_type = compression
    info.create_system = 3  # else the archive differs between Windows and the rest
    info.external_attr = 0o644 << 16
    return info


def _document(title: str, language: str, body: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE html>\n'
        '<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"'
        ' epub:prefix="z3998: http://www.daisy.org/z3998/2012/vocab/structure/#"'
        f' lang="{language}" xml:lang="{language}">\n'
        f'<head>\n<title>{escape(title)}</title>\n<link rel="stylesheet" type="text/css" href="style.css"/>\n'
        f"</head>\n<body>\n{body.strip()}\n</body>\n</html>\n"
    )


def _cover_page(book: SampleBook) -> str:
    return (
        '<section epub:type="cover" class="cover">\n'
        f'<img src="images/cover.jpg" alt="{escape(book.about["cover_alt"])}"/>\n</section>'
    )


def _tree(book: SampleBook) -> list[tuple[Section, list[Section]]]:
    """The listed sections, those of level 2 under the one of level 1 before them."""
    tree: list[tuple[Section, list[Section]]] = []
    for section in book.sections:
        if section is None or not section.listed:
            continue
        if section.level == 1:
            tree.append((section, []))
        else:
            tree[-1][1].append(section)
    return tree


def _nav(book: SampleBook) -> str:
    def link(section: Section) -> str:
        return f'<a href="{section.name}.xhtml">{escape(section.title)}</a>'

    lines = [
        '<nav epub:type="toc" role="doc-toc" id="toc">',
        f"<h2>{escape(book.about['contents'])}</h2>",
        "<ol>",
    ]
    for section, children in _tree(book):
        inner = "".join(f"\n<li>{link(child)}</li>" for child in children)
        lines.append(f"<li>{link(section)}{f'<ol>{inner}</ol>' if inner else ''}</li>")
    first = next(s for s in book.sections if s and s.matter == "bodymatter")
    lines += ["</ol>", "</nav>", '<nav epub:type="landmarks" hidden="hidden">', "<ol>"]
    lines.append(f'<li><a epub:type="cover" href="cover.xhtml">{escape(book.about["cover_title"])}</a></li>')
    lines.append(f'<li><a epub:type="toc" href="nav.xhtml">{escape(book.about["contents"])}</a></li>')
    lines.append(f'<li><a epub:type="bodymatter" href="{first.name}.xhtml">{escape(first.title)}</a></li>')
    return "\n".join([*lines, "</ol>", "</nav>"])


def _ncx(book: SampleBook) -> str:
    order = 0

    def point(section: Section, inside: str = "") -> str:
        return (
            f'<navPoint id="point-{section.name}" playOrder="{{}}">'
            f"<navLabel><text>{escape(section.title)}</text></navLabel>"
            f'<content src="{section.name}.xhtml"/>{inside}</navPoint>\n'
        )

    points = "".join(point(top, "".join(point(child) for child in children)) for top, children in _tree(book))
    while "{}" in points:  # numbered in reading order, the parent before its children
        order += 1
        points = points.replace("{}", str(order), 1)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<ncx xmlns="http://www.daisy.org/z3986/2005/ncx/" version="2005-1"'
        f' xml:lang="{book.about["language"]}">\n<head>'
        f'<meta name="dtb:uid" content="{book.about["identifier"]}"/><meta name="dtb:depth" content="2"/>'
        '<meta name="dtb:totalPageCount" content="0"/><meta name="dtb:maxPageNumber" content="0"/></head>\n'
        f"<docTitle><text>{escape(book.about['title'])}</text></docTitle>\n<navMap>\n{points}</navMap>\n</ncx>\n"
    )


def _package(book: SampleBook) -> str:
    about = book.about
    meta = [
        f'<dc:identifier id="id">{about["identifier"]}</dc:identifier>',
        f'<dc:title id="title">{escape(about["title"])}</dc:title>',
        '<meta refines="#title" property="title-type">main</meta>',
    ]
    if about.get("subtitle"):
        meta.append(f'<dc:title id="subtitle">{escape(about["subtitle"])}</dc:title>')
        meta.append('<meta refines="#subtitle" property="title-type">subtitle</meta>')
    for number, author in enumerate(about["authors"], 1):
        meta.append(f'<dc:creator id="author-{number}">{escape(author)}</dc:creator>')
        meta.append(f'<meta refines="#author-{number}" property="role" scheme="marc:relators">aut</meta>')
    meta += [f"<dc:subject>{escape(subject)}</dc:subject>" for subject in about["subjects"]]
    meta += [
        f"<dc:language>{about['language']}</dc:language>",
        f"<dc:publisher>{escape(about['publisher'])}</dc:publisher>",
        f"<dc:date>{about['published']}</dc:date>",
        f"<dc:description>{escape(about['description'])}</dc:description>",
        f"<dc:rights>{escape(about['rights'])}</dc:rights>",
        f'<meta property="dcterms:modified">{about["modified"]}</meta>',
        f'<meta property="belongs-to-collection" id="series">{escape(about["series"])}</meta>',
        '<meta refines="#series" property="collection-type">series</meta>',
        f'<meta refines="#series" property="group-position">{about["series_part"]}</meta>',
        '<meta property="schema:accessMode">textual</meta>',
        '<meta property="schema:accessMode">visual</meta>',
        '<meta property="schema:accessModeSufficient">textual</meta>',
        '<meta property="schema:accessibilityFeature">tableOfContents</meta>',
        '<meta property="schema:accessibilityFeature">alternativeText</meta>',
        '<meta property="schema:accessibilityHazard">none</meta>',
        '<meta name="cover" content="cover-image"/>',
    ]
    xhtml = "application/xhtml+xml"
    manifest = [
        f'<item id="nav" href="nav.xhtml" media-type="{xhtml}" properties="nav"/>',
        '<item id="ncx" href="toc.ncx" media-type="application/x-dtbncx+xml"/>',
        '<item id="style" href="style.css" media-type="text/css"/>',
        '<item id="cover-image" href="images/cover.jpg" media-type="image/jpeg" properties="cover-image"/>',
        f'<item id="cover" href="cover.xhtml" media-type="{xhtml}"/>',
    ]
    spine = ['<itemref idref="cover" linear="no"/>']
    for section in book.sections:
        name = section.name if section else "nav"
        if section:
            manifest.append(f'<item id="{name}" href="{name}.xhtml" media-type="{xhtml}"/>')
        spine.append(f'<itemref idref="{name}"/>')
    for image in book.images:
        manifest.append(f'<item id="image-{image}" href="images/{image}.png" media-type="image/png"/>')
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id"'
        f' xml:lang="{about["language"]}">\n<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">\n'
        + "\n".join(meta)
        + "\n</metadata>\n<manifest>\n"
        + "\n".join(manifest)
        + '\n</manifest>\n<spine toc="ncx">\n'
        + "\n".join(spine)
        + "\n</spine>\n</package>\n"
    )
