"""Small books for tests, made on the spot."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

CONTAINER = (
    '<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    '<rootfile full-path="book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>'
)


def write_epub(
    path: Path, chapters: Mapping[str, Sequence[str]], title: str = "A Test", language: str = "en"
) -> Path:
    """An EPUB 3: a heading and paragraphs for each chapter."""
    manifest, spine, nav = [], [], []
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("mimetype", "application/epub+zip", zipfile.ZIP_STORED)
        book.writestr("META-INF/container.xml", CONTAINER)
        for number, (name, paragraphs) in enumerate(chapters.items(), 1):
            body = "".join(f"<p>{escape(text)}</p>" for text in paragraphs)
            book.writestr(f"c{number}.xhtml", _page(name, f"<h1>{escape(name)}</h1>{body}"))
            manifest.append(
                f'<item id="c{number}" href="c{number}.xhtml" media-type="application/xhtml+xml"/>'
            )
            spine.append(f'<itemref idref="c{number}"/>')
            nav.append(f'<li><a href="c{number}.xhtml">{escape(name)}</a></li>')
        contents = (
            f'<nav xmlns:epub="http://www.idpf.org/2007/ops" epub:type="toc"><ol>{"".join(nav)}</ol></nav>'
        )
        book.writestr("nav.xhtml", _page("Contents", contents))
        book.writestr(
            "book.opf",
            '<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id">'
            '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">'
            f'<dc:identifier id="id">urn:test:{escape(title)}</dc:identifier><dc:title>{escape(title)}</dc:title>'
            f"<dc:language>{language}</dc:language><dc:creator>Ann Example</dc:creator></metadata>"
            '<manifest><item id="nav" href="nav.xhtml" properties="nav" media-type="application/xhtml+xml"/>'
            f"{''.join(manifest)}</manifest><spine>{''.join(spine)}</spine></package>",
        )
    return path


def _page(title: str, body: str) -> str:
    return (
        f'<html xmlns="http://www.w3.org/1999/xhtml"><head><title>{escape(title)}</title></head>'
        f"<body>{body}</body></html>"
    )


def story(chapters: int = 3, paragraphs: int = 6, sentences: int = 3) -> dict[str, list[str]]:
    """Distinct sentences, so that every chunk is told from every other."""
    names = ("amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "haven", "inlet", "jetty")
    return {
        f"Chapter {c}": [
            " ".join(
                f"Sentence {s} of paragraph {p} in part {c} speaks of {names[(c + p + s) % 10]} and {names[p % 10]}."
                for s in range(1, sentences + 1)
            )
            for p in range(1, paragraphs + 1)
        ]
        for c in range(1, chapters + 1)
    }
