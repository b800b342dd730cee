"""What is mutated: a small source of every kind, and where asked for the real samples."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from pathlib import Path

from pipeline.ingest.book_file import book_file
from pipeline.model import (
    Anchor,
    Block,
    BlockKind,
    Book,
    Chapter,
    Cover,
    Metadata,
    Origin,
    Passage,
    Source,
    SourceInfo,
    SourceKind,
    Speech,
)
from tests import documents
from tests.helpers_epub import write_epub

SAMPLE_BYTES = 3 << 20
"""Larger samples are left out: a mutant of them takes as long as they do."""
_SUFFIXES = frozenset(
    {".epub", ".pdf", ".html", ".htm", ".txt", ".md", ".srt", ".vtt", ".gz", ".mhtml", ".rss", ".atom"}
)
_LINE = "The harbour lay quiet in the morning, and nobody was out on the water but the old pilot. "


def own_seeds(folder: Path) -> dict[str, bytes]:
    """A source of every kind by file name; ``folder`` is for what has to be written to a file."""
    page = _page()
    epub = write_epub(
        folder / "seed.epub",
        {"a.xhtml": _xhtml("One"), "b.xhtml": _xhtml("Two"), "notes.xhtml": _notes()},
        [("One", "a.xhtml", [("Part", "a.xhtml#p")]), ("Two", "b.xhtml")],
        landmarks={"bodymatter": "a.xhtml"},
        ncx_toc=[("One", "a.xhtml"), ("Two", "b.xhtml")],
        files={"OPS/cover.png": documents.picture()},
        manifest='<item id="c" href="cover.png" media-type="image/png" properties="cover-image"/>',
    ).read_bytes()
    return {
        "seed.epub": epub,
        "seed.pdf": _pdf(),
        "seed.html": page.encode(),
        "seed.mhtml": _mhtml(page),
        "seed.rss": _rss(),
        "seed.atom": _atom(),
        "seed.md": f"# One\n\n{_LINE * 3}\n\n## Two[^1]\n\n* {_LINE}\n\n| a | b |\n|---|---|\n| 1 | 2 |\n".encode(),
        "seed.txt": f"The Pilot\n\nChapter 1\n\n{_LINE * 5}\n\nChapter 2\n\n{_LINE * 5}[1]\n\n[1] A note.\n".encode(),
        "seed.docx": _docx(),
        "seed.odt": _odt(),
        "seed.fodt": documents.flat_odt(f'<text:h text:outline-level="1">One</text:h><text:p>{_LINE}</text:p>' * 3),
        "seed.rtf": _rtf(),
        "seed.fb2": _fb2(),
        "seed.fb2.zip": documents.packed({"seed.fb2": _fb2()}),
        **{f"seed-{how}.mobi": _mobi(how) for how in ("plain", "palmdoc", "huffman")},
        "seed.azw3": _kf8(),
        "seed.srt": (f"1\n00:00:01,000 --> 00:00:03,000\n<i>{_LINE}</i>\n\n2\n"
        "00:00:04,000 --> 00:00:05,000\n- Yes.\n").encode(),
        "seed.vtt": (f"WEBVTT\n\nNOTE x\n\n00:01.000 --> 00:03.000\n<v Ann>{_LINE}</v>\n\n"
        "00:04.000 --> 00:05.000\nNo.\n").encode(),
        "seed.talk": (f"Voxpress talk 1\ntitle: Tide\nlanguage: en\nhost: Ann | espeak:en | dry\nhost: Bo\n\n"
        f"Ann: {_LINE}\n> {_LINE}\n\n## Two\n\nBo [reaction, enters 0.5]: Yes.\n? No.\n").encode(),
        "seed.voxbook": book_file(_book()),
    }  # fmt: skip


def sample_seeds(samples: Path) -> Iterator[tuple[str, Path]]:
    """Names and paths of the real samples, in order."""
    for path in sorted(samples.rglob("*")):
        if path.suffix.lower() in _SUFFIXES and path.is_file() and 0 < path.stat().st_size <= SAMPLE_BYTES:
            yield str(path.relative_to(samples)), path


def _xhtml(title: str) -> str:
    return (
        '<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"><head><title>t</title>'
        f'</head><body><section epub:type="chapter"><h1 id="h">{title}</h1><p>{_LINE * 3}<a epub:type="noteref" '
        f'href="notes.xhtml#n1">1</a></p><h2 id="p">Part</h2><blockquote><p>{_LINE}</p></blockquote>'
        '<div class="poem">'
        f"<p>Tide</p><p>in</p></div><table><tr><th>a</th><td>b</td></tr></table><ul><li>{_LINE}</li></ul>"
        '<img src="cover.png" alt="A picture"/><math xmlns="http://www.w3.org/1998/Math/MathML"><mi>x</mi></math>'
        '<p xml:lang="fr"><ruby>a<rt>b</rt></ruby><br/>c &amp; d &#8212; e</p></section></body></html>'
    )


def _notes() -> str:
    return (
        '<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops"><head><title>n</title></head>'
        '<body epub:type="endnotes"><ol><li id="n1" epub:type="endnote"><p>A note. '
        '<a href="a.xhtml#h">back</a></p></li>'
        "</ol></body></html>"
    )


def _page() -> str:
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>The Pilot | Site</title>'
        '<meta name="author" content="Ann Lee"><meta property="article:published_time" content="2020-01-02">'
        '<script type="application/ld+json">{"@type": "Article", "headline": "The Pilot"}</script></head><body>'
        '<nav><a href="/">Home</a><a href="/b">More</a></nav><article><h1>The Pilot</h1>'
        + "".join(
            f"<h2>Part {n}</h2><p>{_LINE * 4}<sup><a href='#n{n}'>[{n}]</a></sup></p>" for n in range(4)
        )
        + "<ul><li>One</li></ul><table><tr><td>1</td></tr></table><pre><code>x = 1</code></pre></article>"
        "<aside>Related articles</aside><footer>Site 2020</footer></body></html>"
    )


def _mhtml(page: str) -> bytes:
    part = "--b\r\nContent-Type: {}\r\nContent-Location: http://example.org/{}\r\n"
    part += "Content-Transfer-Encoding: {}\r\n\r\n{}\r\n"
    made = 'MIME-Version: 1.0\r\nContent-Type: multipart/related; type="text/html"; boundary="b"\r\n\r\n'
    made += part.format('text/html; charset="utf-8"', "a", "8bit", page)
    made += part.format("image/png", "a.png", "base64", base64.b64encode(documents.picture()).decode())
    return (made + "--b--\r\n").encode()


def _rss() -> bytes:
    item = (
        "<item><title>Part {0}</title><link>http://example.org/{0}</link><pubDate>Mon, 0{0} Jan 2024 10:00:00 GMT"
        "</pubDate><dc:creator>Ann</dc:creator><content:encoded><![CDATA[<p>{1}</p>]]></content:encoded></item>"
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>'
        "<title>The Pilot</title><language>en</language>"
        + "".join(item.format(number, _LINE * 3) for number in (1, 2, 3))
        + "</channel></rss>"
    ).encode()


def _atom() -> bytes:
    entry = (
        "<entry><title>Part {0}</title><id>urn:{0}</id><updated>2024-01-0{0}T10:00:00Z</updated>"
        '<content type="html">&lt;p&gt;{1}&lt;/p&gt;</content></entry>'
    )
    return (
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><title>The Pilot</title>'
        "<author><name>Ann</name></author>"
        + "".join(entry.format(number, _LINE * 3) for number in (1, 2, 3))
        + "</feed>"
    ).encode()


def _pdf() -> bytes:
    from reportlab.lib.pagesizes import A5
    from reportlab.pdfgen.canvas import Canvas

    made = io.BytesIO()
    canvas = Canvas(made, pagesize=A5, invariant=1, pageCompression=0)
    canvas.setTitle("The Pilot")
    for number in range(1, 4):
        canvas.bookmarkPage(f"c{number}")
        canvas.addOutlineEntry(f"Chapter {number}", f"c{number}", 0)
        canvas.setFont("Helvetica-Bold", 18)
        canvas.drawString(50, 520, f"Chapter {number}")
        canvas.setFont("Times-Roman", 10)
        for line in range(20):
            canvas.drawString(50, 490 - 14 * line, _LINE[: 60 + line % 5])
        canvas.drawString(50, 570, "The Pilot")
        canvas.drawString(200, 20, str(number))
        canvas.linkURL("http://example.org", (50, 100, 90, 120))
        canvas.showPage()
    canvas.save()
    return made.getvalue()


def _docx() -> bytes:
    note = '<w:footnote w:id="2"><w:p><w:r><w:t>A note.</w:t></w:r></w:p></w:footnote>'
    p, run = documents.paragraph, documents.run
    reference = '<w:r><w:footnoteReference w:id="2"/></w:r>'
    field = (
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText> PAGE </w:instrText></w:r>'
        '<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>7</w:t></w:r>'
        '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )
    box = f"<w:r><w:pict><w:txbxContent>{p('Box.')}</w:txbxContent></w:pict></w:r>"
    body = "".join(
        p(f"Part {n}", style="berschrift1") + p(_LINE, reference, run("x", "<w:vanish/>"), field, box)
        + f"<w:tbl><w:tr><w:tc>{p('cell')}</w:tc></w:tr></w:tbl>"
        f"<w:sdt><w:sdtContent>{p(_LINE)}</w:sdtContent></w:sdt>"
        for n in range(3)
    )  # fmt: skip
    return documents.docx(body, footnotes=note, core="<dc:title>The Pilot</dc:title>")


def _odt() -> bytes:
    note = (
        '<text:note text:note-class="footnote"><text:note-citation>1</text:note-citation><text:note-body>'
        "<text:p>A note."
        "</text:p></text:note-body></text:note>"
    )
    text = "".join(
        f'<text:h text:outline-level="1">Part {n}</text:h><text:p>{_LINE}{note}<text:s text:c="2"/></text:p>'
        f"<text:list><text:list-item><text:p>{_LINE}</text:p></text:list-item></text:list>"
        "<table:table><table:table-row><table:table-cell><text:p>c</text:p></table:table-cell></table:table-row>"
        "</table:table>"
        for n in range(3)
    )
    return documents.odt(text, meta="<dc:title>The Pilot</dc:title>")


def _rtf() -> bytes:
    head = r"{\rtf1\ansi\ansicpg1251\deflang1049{\fonttbl{\f0\fcharset204 A;}}{\stylesheet{\s1 heading 1;}}"
    head += r"{\info{\title T}}"
    part = (
        r"\pard\s1 Part\par\pard " + _LINE + r"{\super\chftn}{\footnote\pard A note.} \u1053?\'e9\par"
        r"\pard\intbl a\cell b\cell\row\pard{\field{\*\fldinst PAGE}{\fldrslt 7}}{\pict\pngblip 8950}\par"
    )
    return (head + part * 3 + "}").encode()


def _fb2() -> bytes:
    section = (
        f"<section><title><p>Part</p></title><epigraph><p>Tide.</p></epigraph><p>{_LINE}"
        '<a l:href="#n1" type="note">[1]</a></p><poem><stanza><v>In</v><v>out</v></stanza></poem>'
        f"<section><title><p>Inner</p></title><p>{_LINE}</p></section></section>"
    )
    notes = '<body name="notes"><section id="n1"><title><p>1</p></title><p>A note.</p></section></body>'
    info = "<author><first-name>Ann</first-name></author><book-title>The Pilot</book-title><lang>en</lang>"
    return documents.fb2(f"<body>{section * 3}</body>{notes}", title_info=info, encoding="windows-1251")


def _mobi(how: str) -> bytes:
    html = "<html><head><guide></guide></head><body>"
    places = []
    for number in range(3):
        places.append((f"Part {number}", len(html), number % 2))
        html += f"<h2>Part {number}</h2><p>{_LINE * 4}<a filepos=0000000050>1</a></p><mbp:pagebreak/>"
    return documents.mobi(html, places, compress=how, exth={100: b"Ann"}, cover=documents.picture())


def _kf8() -> bytes:
    page = '<html xmlns="http://www.w3.org/1999/xhtml"><head><title>x</title></head><body>{}</body></html>'
    parts = [
        f'<h1>Part</h1><p>{_LINE * 3}<a href="kindle:pos:fid:0001:off:0000000000">1</a></p>',
        f"<p>{_LINE}</p>",
    ]
    return documents.kf8([(page, parts)] * 2, [("One", 0, 0, 0), ("Two", 2, 0, 0)], exth={100: b"Ann"})


def _book() -> Book:
    block = Block(
        BlockKind.PARAGRAPH,
        f"{_LINE}„Guten Morgen, alter Lotse“, sagte sie.",
        Anchor(href="https://example.org/a", id="p"),
        passages=(Passage("„Guten Morgen, alter Lotse“", "de"),),
        speeches=(Speech("Guten Morgen, alter Lotse", "Ann", enters=0.2),),
    )
    source = Source("One", "https://example.org/a", ("Ann Lee",), "Example", "2026-11-03", "CC BY 4.0")
    return Book(
        SourceInfo(SourceKind.BOOK, "", ""),
        Metadata(title="Two", language="en"),
        (
            Chapter(0, "One", 1, (Block(BlockKind.HEADING, "One", level=1), block)),
            Chapter(1, "Two", 1, (block,)),
        ),
        cover=Cover("image/png", documents.picture()),
        origins=(Origin(1, source),),
    )


__all__ = ["own_seeds", "sample_seeds"]
