"""Writes small documents and e-books for tests: .docx, .odt, .rtf, .fb2, .mobi and .azw3."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from PIL import Image

from pipeline.model import Book
from pipeline.settings import ReadingSettings


def picture(colour: str = "teal") -> bytes:
    """A small PNG."""
    made = io.BytesIO()
    Image.new("RGB", (8, 12), colour).save(made, "PNG")
    return made.getvalue()


def packed(files: Mapping[str, str | bytes]) -> bytes:
    """A ZIP with those entries; the first one is stored."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, (name, data) in enumerate(files.items()):
            archive.writestr(name, data, zipfile.ZIP_STORED if number == 0 else zipfile.ZIP_DEFLATED)
    return made.getvalue()


def read(path: Path, data: bytes, **settings: object) -> Book:
    """Write ``data`` to ``path`` and read it as what it is, outside the sandbox."""
    from importlib import import_module

    from pipeline.ingest.finish import finish
    from pipeline.ingest.kinds import choose, take_sample

    path.write_bytes(data)
    wanted = ReadingSettings(**settings)  # type: ignore[arg-type]
    ingester, _ = choose(take_sample(io.BytesIO(data), path.suffix, len(data)), path.name)
    module, _, function = ingester.reader.partition(":")
    hints = {"charset": ""} if ingester.charset else {}
    book = getattr(import_module(module), function)(path, wanted, path.name, "0" * 64, **hints)
    return finish(book, wanted, path.stem)


# -- Word ------------------------------------------------------------------------------------------------

_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_MORE = (
    'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math" '
    'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
)
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_SEPARATOR = '<w:footnote w:type="separator" w:id="0"/>'
STYLES = (
    '<w:docDefaults><w:rPrDefault><w:rPr><w:lang w:val="en-GB"/></w:rPr></w:rPrDefault></w:docDefaults>'
    '<w:style w:type="paragraph" w:styleId="berschrift1"><w:name w:val="heading 1"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="berschrift2"><w:name w:val="heading 2"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="Own"><w:name w:val="Own"/><w:basedOn w:val="berschrift1"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="Titel"><w:name w:val="Title"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="Zitat"><w:name w:val="Quote"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="Verz1"><w:name w:val="toc 1"/></w:style>'
)


def run(text: str, properties: str = "") -> str:
    """A run of a Word document."""
    inside = f"<w:rPr>{properties}</w:rPr>" if properties else ""
    return f'<w:r>{inside}<w:t xml:space="preserve">{text}</w:t></w:r>'


def paragraph(*runs: str, style: str = "", properties: str = "") -> str:
    """A paragraph; runs that are no markup become some."""
    named = f'<w:pStyle w:val="{style}"/>' if style else ""
    inside = f"<w:pPr>{named}{properties}</w:pPr>" if named or properties else ""
    return f"<w:p>{inside}{''.join(r if r.startswith('<') else run(r) for r in runs)}</w:p>"


def docx(
    body: str,
    *,
    footnotes: str = "",
    endnotes: str = "",
    core: str = "",
    styles: str = STYLES,
    numbering: str = "",
    **files: str,
) -> bytes:
    """A Word document; ``footnotes`` are ``<w:footnote>`` elements, ``core`` elements of Dublin Core."""
    relation = '<Relationship Id="r{0}" Type="{1}/{2}" Target="{3}"/>'
    inner = "".join(
        relation.format(n, _OFFICE, kind, f"{kind}.xml")
        for n, kind in enumerate(("styles", "footnotes", "endnotes", "numbering"))
    )
    around = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
    return packed(
        {
            "[Content_Types].xml": "<Types/>",
            "_rels/.rels": around.format(
                relation.format(1, _OFFICE, "officeDocument", "word/document.xml")
                + relation.format(
                    2, "http://schemas.openxmlformats.org/package", "core-properties", "core.xml"
                )
            ),
            "word/_rels/document.xml.rels": around.format(inner),
            "word/document.xml": f"<w:document {_W} {_MORE}><w:body>{body}<w:sectPr/></w:body></w:document>",
            "word/styles.xml": f"<w:styles {_W}>{styles}</w:styles>",
            "word/numbering.xml": f"<w:numbering {_W}>{numbering}</w:numbering>",
            "word/footnotes.xml": f"<w:footnotes {_W}>{_SEPARATOR}{footnotes}</w:footnotes>",
            "word/endnotes.xml": f"<w:endnotes {_W}>{endnotes}</w:endnotes>",
            "core.xml": '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/'
            f'core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/">{core}</cp:coreProperties>',
            **files,
        }
    )


# -- OpenDocument ------------------------------------------------------------------------------------------

_SPACES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{path}:1.0"'
    for name, path in {
        "office": "office",
        "text": "text",
        "style": "style",
        "table": "table",
        "draw": "drawing",
        "meta": "meta",
        "fo": "xsl-fo-compatible",
        "svg": "svg-compatible",
    }.items()
) + (' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xlink="http://www.w3.org/1999/xlink"'
     ' xmlns:math="http://www.w3.org/1998/Math/MathML"')  # fmt: skip


def odt(text: str, *, styles: str = "", meta: str = "", **files: str) -> bytes:
    """An OpenDocument text; ``styles`` are automatic ones."""
    return packed(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "content.xml": f"<office:document-content {_SPACES}><office:automatic-styles>{styles}"
            f"</office:automatic-styles><office:body><office:text>{text}</office:text></office:body>"
            "</office:document-content>",
            "meta.xml": f"<office:document-meta {_SPACES}><office:meta>{meta}</office:meta></office:document-meta>",
            **{name.replace("__", "/"): data for name, data in files.items()},
        }
    )


def flat_odt(text: str) -> bytes:
    """The same in one file of XML."""
    return (
        f'<?xml version="1.0"?><office:document {_SPACES} office:mimetype="application/vnd.oasis.opendocument.text">'
        f"<office:body><office:text>{text}</office:text></office:body></office:document>"
    ).encode()


# -- FictionBook ---------------------------------------------------------------------------------------------


def fb2(bodies: str, *, title_info: str = "", more: str = "", encoding: str = "utf-8") -> bytes:
    """A FictionBook in that encoding; ``more`` stands behind the bodies."""
    return (
        f'<?xml version="1.0" encoding="{encoding}"?>\n'
        '<FictionBook xmlns="http://www.gribuser.ru/xml/fictionbook/2.0" xmlns:l="http://www.w3.org/1999/xlink">'
        f"<description><title-info>{title_info}</title-info></description>{bodies}{more}</FictionBook>"
    ).encode(encoding)


# -- Kindle books --------------------------------------------------------------------------------------------


def palm(records: Sequence[bytes], kind: bytes = b"BOOKMOBI") -> bytes:
    """A Palm database."""
    start = 78 + 8 * len(records) + 2
    made = bytearray(
        b"A-Book".ljust(32, b"\0") + bytes(28) + kind + bytes(8) + struct.pack(">H", len(records))
    )
    for number, record in enumerate(records):
        made += struct.pack(">II", start, number)
        start += len(record)
    return bytes(made) + bytes(2) + b"".join(records)


def kindle_header(
    text_records: int,
    *,
    compression: int = 1,
    locked: int = 0,
    version: int = 6,
    exth: Mapping[int, bytes] | None = None,
    places: Mapping[int, int] | None = None,
    title: str = "A Kindle Book",
) -> bytes:
    """Record 0; ``places`` are further numbers by their offsets."""
    length = 264
    made = bytearray(16 + length)
    struct.pack_into(">HHIHHH", made, 0, compression, 0, 0, text_records, 4096, locked)
    made[16:20] = b"MOBI"
    for at in range(24, 16 + length, 4):
        struct.pack_into(">I", made, at, 0xFFFFFFFF)
    known = {20: length, 28: 65001, 36: version, 88: len(title.encode()), 128: 0x40, 240: 0}
    for at, value in {**known, **(places or {})}.items():
        struct.pack_into(">I", made, at, value)
    extended = b"".join(struct.pack(">II", kind, 8 + len(v)) + v for kind, v in (exth or {}).items())
    extended = b"EXTH" + struct.pack(">II", 12 + len(extended), len(exth or {})) + extended
    struct.pack_into(">I", made, 84, len(made) + len(extended))
    return bytes(made) + extended + title.encode()


def index(
    entries: Sequence[tuple[bytes, Sequence[Sequence[int]]]],
    tags: Sequence[tuple[int, int]],
    texts: Sequence[str] = (),
) -> list[bytes]:
    """An index: its head, one record of entries, one of texts. ``tags`` are numbers and values each."""
    masks = [1 << n for n in range(len(tags))]
    tagx = b"".join(bytes((tag, values, mask, 0)) for (tag, values), mask in zip(tags, masks, strict=True))
    tagx = b"TAGX" + struct.pack(">II", 16 + len(tagx), 1) + tagx + bytes((0, 0, 0, 1))
    head = bytearray(192)
    head[:4] = b"INDX"
    struct.pack_into(">I", head, 4, 192)
    struct.pack_into(">I", head, 24, 1)
    struct.pack_into(">I", head, 52, 1 if texts else 0)
    body = bytearray(b"INDX" + bytes(188))
    places: list[int] = []
    for name, values in entries:
        places.append(len(body))
        control = sum(mask for mask, found in zip(masks, values, strict=True) if found)
        body += bytes((len(name),)) + name + bytes((control,))
        body += b"".join(forward(value) for found in values for value in found)
    struct.pack_into(">II", body, 20, len(body), len(entries))
    body += b"IDXT" + b"".join(struct.pack(">H", place) for place in places)
    records = [bytes(head) + tagx, bytes(body)]
    if texts:
        records.append(b"".join(forward(len(t.encode())) + t.encode() for t in texts))
    return records


def forward(value: int) -> bytes:
    """A number in as many bytes of seven bits as it needs, the last one marked."""
    made = [value & 0x7F | 0x80]
    while value := value >> 7:
        made.insert(0, value & 0x7F)
    return bytes(made)


def text_places(texts: Sequence[str]) -> Iterator[int]:
    """Where ``index`` puts those texts."""
    at = 0
    for text in texts:
        yield at
        at += len(forward(len(text.encode()))) + len(text.encode())


def mobi(
    html: str,
    contents: Sequence[tuple[str, int, int]] = (),
    *,
    exth: Mapping[int, bytes] | None = None,
    cover: bytes = b"",
    compress: str = "plain",
    places: Mapping[int, int] | None = None,
) -> bytes:
    """A Mobipocket book; ``contents`` are titles, positions in bytes and levels from 0."""
    data = html.encode()
    text = [data[at : at + 4096] for at in range(0, len(data), 4096)]
    tables: list[bytes] = []
    if compress == "palmdoc":
        text = [palmdoc(record) for record in text]
    elif compress == "huffman":
        tables, text = huffman(text)
    titles = [title for title, _, _ in contents]
    entries = [
        (str(n).encode(), [[position], [place], [level]])
        for n, ((_, position, level), place) in enumerate(zip(contents, text_places(titles), strict=True))
    ]
    lists = index(entries, [(1, 1), (3, 1), (4, 1)], titles) if contents else []
    first = 1 + len(text)
    known = {108: first + len(lists) + len(tables)}
    if contents:
        known[244] = first
    if tables:
        known |= {112: first + len(lists), 116: len(tables)}
    record = kindle_header(
        len(text),
        compression={"plain": 1, "palmdoc": 2, "huffman": 17480}[compress],
        exth={**(exth or {}), **({201: struct.pack(">I", 0)} if cover else {})},
        places=known | dict(places or {}),
    )
    return palm([record, *text, *lists, *tables, cover or b"\xe9\x8e\r\n"])


def palmdoc(data: bytes) -> bytes:
    """Packed as PalmDOC has it, with every trick of the format that a plain encoder can find."""
    made = bytearray()
    at = 0
    while at < len(data):
        best = max(
            ((n, back) for n in range(3, 11) if (back := data.rfind(data[at : at + n], max(0, at - 2047), at)) >= 0),
            default=(0, 0),
        ) if at + 3 <= len(data) else (0, 0)  # fmt: skip
        length, back = best
        if length and at + length <= len(data):
            made += struct.pack(">H", 0x8000 | (at - back) << 3 | length - 3)
            at += length
        elif data[at] == 0x20 and at + 1 < len(data) and 0x40 <= data[at + 1] < 0x80:
            made.append(data[at + 1] ^ 0x80)
            at += 2
        elif data[at] == 0 or 9 <= data[at] < 0x80:
            made.append(data[at])
            at += 1
        else:
            made += bytes((1, data[at]))
            at += 1
    return bytes(made)


def huffman(records: Sequence[bytes]) -> tuple[list[bytes], list[bytes]]:
    """Tables of codes of eight bits each, and the records packed by them; one phrase is packed itself."""
    codes = struct.pack(">256I", *[0xFF << 8 | 0x80 | 8] * 256)
    limits = struct.pack(">64I", *[0] * 64)
    head = b"HUFF\0\0\0\x18" + struct.pack(">II", 24, 24 + len(codes)) + bytes(8)
    phrases = [(bytes((n,)), True) for n in range(255)] + [(bytes((255 - ord("o"), 255 - ord("k"))), False)]
    offsets, body = [], bytearray()
    for phrase, is_text in phrases:
        offsets.append(2 * len(phrases) + len(body))
        body += struct.pack(">H", len(phrase) | (0x8000 if is_text else 0)) + phrase
    cdic = (
        b"CDIC\0\0\0\x10"
        + struct.pack(">II", len(phrases), 8)
        + struct.pack(f">{len(phrases)}H", *offsets)
        + body
    )
    return [head + codes + limits, cdic], [bytes(255 - b for b in r.replace(b"ok", b"\xff")) for r in records]


def kf8(
    pages: Sequence[tuple[str, Sequence[str]]],
    contents: Sequence[tuple[str, int, int, int]],
    *,
    exth: Mapping[int, bytes] | None = None,
) -> bytes:
    """A KF8 book. A page is a skeleton with one ``{}`` and the fragments that stand there, one after the other.

    ``contents`` are titles, fragments, offsets in bytes and levels from 0.
    """
    text, skeletons, fragments = b"", [], []
    for number, (skeleton, inside) in enumerate(pages):
        head, _, tail = skeleton.encode().partition(b"{}")
        start, insert = len(text), len(text) + len(head)
        skeletons.append((b"SKEL%010d" % number, [[len(inside)] * 2, [start, len(head + tail)] * 2]))
        text += head + tail
        for written in inside:
            piece = written.encode()
            fragments.append((b"%010d" % insert, [[0], [number], [len(fragments)], [0, len(piece)]]))
            text += piece
            insert += len(piece)
    records = [text[at : at + 4096] for at in range(0, len(text), 4096)]
    titles = [title for title, _, _, _ in contents]
    lines = [
        (str(n).encode(), [[place], [level], [fragment, offset]])
        for n, ((_, fragment, offset, level), place) in enumerate(
            zip(contents, text_places(titles), strict=True)
        )
    ]
    parts = [
        index(skeletons, [(1, 2), (6, 4)]),
        index(fragments, [(2, 1), (3, 1), (4, 1), (6, 2)]),
        index(lines, [(3, 1), (4, 1), (6, 2)], titles),
    ]
    at = 1 + len(records)
    places = {252: at, 248: at + 2, 244: at + 4, 192: at + 7}
    flows = b"FDST" + struct.pack(">IIII", 12, 1, 0, len(text))
    header = kindle_header(len(records), version=8, exth=exth, places=places)
    return palm([header, *records, *parts[0], *parts[1], *parts[2], flows])
