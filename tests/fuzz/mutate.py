"""Damage that knows the format: what a mutation does is drawn from a seed and from nothing else."""

from __future__ import annotations

import io
import random
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Sequence

LARGEST = 8 << 20
"""Bytes of a mutant."""
NUMBERS = (
    b"0",
    b"-1",
    b"1",
    b"255",
    b"65536",
    b"2147483647",
    b"-2147483648",
    b"4294967295",
    b"9" * 30,
    b"1e400",
    b"NaN",
)
_TAG = re.compile(rb"<(/?)([A-Za-z][\w:.-]*)([^<>]*?)(/?)>")
_ATTRIBUTE = re.compile(rb"""([\w:.-]+)\s*=\s*("[^"<]*"|'[^'<]*')""")
_PDF_OBJECT = re.compile(rb"\d+ \d+ obj\b.*?\bendobj", re.S)
_PDF_NUMBER = re.compile(rb"(?<=[\s/\[(])-?\d+(?:\.\d+)?(?=[\s\])>/])")
_PDF_REFERENCE = re.compile(rb"\b\d+ 0 R\b")
_RTF_WORD = re.compile(rb"\\[a-z]+-?\d*")
_LAUGHS = b"<!DOCTYPE x [" + b"".join(
    b'<!ENTITY %c "%s">' % (97 + n, b"&%c;" % (96 + n) * 10 if n else b"ha") for n in range(12)
) + b"]>"  # fmt: skip
_OUTSIDE = b'<!DOCTYPE x [<!ENTITY l SYSTEM "file:///etc/passwd">]>'

Change = Callable[[bytes, random.Random], bytes]


def mutant(data: bytes, name: str, chance: random.Random) -> bytes:
    """``data`` with one to four mutations that fit a file of that name."""
    for _ in range(chance.choice((1, 1, 1, 2, 2, 3, 4))):
        data = _once(data, name.lower(), chance)[:LARGEST]
    return data


def _once(data: bytes, name: str, chance: random.Random) -> bytes:
    if chance.random() < 0.15:
        return chance.choice(BYTES)(data, chance)
    if data.startswith(b"PK\x03\x04"):
        return _zip(data, chance)
    if data.startswith(b"%PDF"):
        return chance.choice(PDF)(data, chance)
    if data.startswith(b"{\\rtf"):
        return chance.choice(RTF)(data, chance)
    if data[60:68] == b"BOOKMOBI":
        return _palm(data, chance)
    if name.endswith(
        (
            ".html",
            ".htm",
            ".xhtml",
            ".fb2",
            ".fodt",
            ".mhtml",
            ".rss",
            ".atom",
            ".xml",
            ".opf",
            ".ncx",
            ".rels",
        )
    ):
        return chance.choice(XML)(data, chance)
    return chance.choice(TEXT)(data, chance)


def _span(data: bytes, chance: random.Random, most: int = 4000) -> tuple[int, int]:
    start = chance.randrange(len(data) + 1)
    return start, min(len(data), start + chance.randrange(1, most))


# -- any bytes ---------------------------------------------------------------------------------------------


def _flip(data: bytes, chance: random.Random) -> bytes:
    made = bytearray(data)
    for _ in range(chance.choice((1, 4, 30)) if made else 0):
        made[chance.randrange(len(made))] = chance.randrange(256)
    return bytes(made)


def _cut(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(len(data) + 1)]


def _drop(data: bytes, chance: random.Random) -> bytes:
    start, end = _span(data, chance)
    return data[:start] + data[end:]


def _double(data: bytes, chance: random.Random) -> bytes:
    start, end = _span(data, chance)
    return data[:end] + data[start:end] * chance.choice((1, 2, 50)) + data[end:]


def _shuffle(data: bytes, chance: random.Random) -> bytes:
    (a, b), (c, d) = sorted((_span(data, chance, 500), _span(data, chance, 500)))
    return data[:a] + data[c:d] + data[max(a, b) : max(b, c)] + data[a:b] + data[max(b, d) :]


def _insert(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data) + 1)
    pieces = (
        b"\0" * 100,
        b"\xff\xfe",
        b"\xef\xbb\xbf",
        chance.randbytes(200),
        b"A" * 200_000,
        b"\xed\xa0\x80",
        b"\r\n" * 5000,
    )
    return data[:at] + chance.choice(pieces) + data[at:]


BYTES: Sequence[Change] = (_flip, _cut, _drop, _double, _shuffle, _insert)


# -- text ----------------------------------------------------------------------------------------------------


def _recode(data: bytes, chance: random.Random) -> bytes:
    text = data.decode("utf-8", errors="replace")
    return text.encode(
        chance.choice(("utf-16", "utf-16-be", "utf-32", "cp1251", "cp932", "utf-7", "cp037")),
        errors="replace",
    )


def _repeat_line(data: bytes, chance: random.Random) -> bytes:
    lines = data.split(b"\n")
    at = chance.randrange(len(lines))
    return b"\n".join([*lines[:at], *[lines[at]] * chance.choice((2, 300, 3000)), *lines[at:]])


def _markup(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data) + 1)
    pieces = (b"[" * 2000, b"(" * 2000, b"*a_" * 2000, b"> " * 500, b"![](" * 1000, b"<" * 3000,
              b"\n===\n" * 300, b"-->" * 500,
              b"{\\an8}" * 300, b"00:00:99,999 --> 99:99:99,999\n" * 50, b"&#x110000;&amp;" * 100)  # fmt: skip
    return data[:at] + chance.choice(pieces) + data[at:]


TEXT: Sequence[Change] = (*BYTES, _recode, _repeat_line, _markup)


# -- XML and HTML ----------------------------------------------------------------------------------------------


def _tag(data: bytes, chance: random.Random) -> re.Match[bytes] | None:
    found = list(_TAG.finditer(data[:2_000_000]))
    return chance.choice(found) if found else None


def _tag_gone(data: bytes, chance: random.Random) -> bytes:
    found = _tag(data, chance)
    return data[: found.start()] + data[found.end() :] if found else data


def _element(data: bytes, chance: random.Random) -> tuple[int, int]:
    found = _tag(data, chance)
    if found is None:
        return 0, 0
    end = data.find(b"</" + found[2] + b">", found.end())
    return found.start(), end + len(found[2]) + 3 if end >= 0 and not found[1] and not found[
        4
    ] else found.end()


def _element_gone(data: bytes, chance: random.Random) -> bytes:
    start, end = _element(data, chance)
    return data[:start] + data[end:]


def _element_again(data: bytes, chance: random.Random) -> bytes:
    start, end = _element(data, chance)
    times = chance.choice((1, 2, 400))
    return data[:end] + data[start:end][:2000] * times + data[end:]


def _element_elsewhere(data: bytes, chance: random.Random) -> bytes:
    start, end = _element(data, chance)
    other = _tag(data, chance)
    at = other.end() if other else 0
    return data[:at] + data[start:end] + data[at:]


def _renamed(data: bytes, chance: random.Random) -> bytes:
    one, other = _tag(data, chance), _tag(data, chance)
    if one is None or other is None:
        return data
    name = chance.choice((other[2], b"p", b"table", b"x:y", b"script", b"body", b"a" * 5000))
    if chance.random() < 0.5:  # all of them, so that it stays well-formed
        return re.sub(rb"(</?)" + re.escape(one[2]) + rb"(?=[\s/>])", rb"\g<1>" + name, data)
    return data[: one.start(2)] + name + data[one.end(2) :]


def _attribute_changed(data: bytes, chance: random.Random) -> bytes:
    found = list(_ATTRIBUTE.finditer(data[:2_000_000]))
    if not found:
        return data
    one, other = chance.choice(found), chance.choice(found)
    values = (other[2], b'""', b'"' + chance.choice(NUMBERS) + b'"', b'"../../../../etc/passwd"',
              b'"#' + b"x" * 9000 + b'"',
              b'"http://[::1"', b'"&x;"', b'"%00%ff"', b'"javascript:x"', b"unquoted", b'"\xff"')  # fmt: skip
    whole = b"" if chance.random() < 0.2 else one[1] + b"=" + chance.choice(values)
    return data[: one.start()] + whole + data[one.end() :]


def _nested(data: bytes, chance: random.Random) -> bytes:
    start, end = _element(data, chance)
    depth = chance.choice((50, 300, 3000, 20_000))
    name = chance.choice(
        (b"div", b"section", b"blockquote", b"span", b"ul", b"table", b"w:sdt", b"text:span")
    )
    return data[:start] + b"<%s>" % name * depth + data[start:end] + b"</%s>" % name * depth + data[end:]


def _entities(data: bytes, chance: random.Random) -> bytes:
    declaration, use = chance.choice(
        ((_LAUGHS, b"&l;"), (_OUTSIDE, b"&l;"), (b"", b"&nosuch;"), (b"", b"&#0;&#xFFFF;&#xD800;"))
    )
    head = re.match(rb"\s*<\?xml.*?\?>", data)
    at = head.end() if head else 0
    inside = data.find(b">", len(data) // 2)
    return data[:at] + declaration + data[at : inside + 1] + use * 10 + data[inside + 1 :]


def _encoding(data: bytes, chance: random.Random) -> bytes:
    name = chance.choice(
        (b"utf-16", b"koi8-r", b"nosuch", b"utf-7", b"windows-1251", b"idna", b"base64", b"unicode_escape")
    )
    if b"encoding=" in data[:200]:
        return re.sub(rb"""encoding=["'][^"']*["']""", b'encoding="' + name + b'"', data, count=1)
    return b'<?xml version="1.0" encoding="' + name + b'"?>' + data


def _unclosed(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data) + 1)
    return (
        data[:at]
        + chance.choice((b"<!--", b"<![CDATA[", b"<?x ", b"<a b='", b"]]>", b"-->", b"</p>", b"<"))
        + data[at:]
    )


XML: Sequence[Change] = (
    _tag_gone, _element_gone, _element_again, _element_elsewhere, _renamed, _attribute_changed, _attribute_changed,
    _nested, _entities, _encoding, _unclosed, _recode, _insert, _double,
)  # fmt: skip


# -- ZIP -------------------------------------------------------------------------------------------------------


def _zip(data: bytes, chance: random.Random) -> bytes:
    if chance.random() < 0.2:
        return _zip_raw(data, chance)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = [(info.filename, archive.read(info)) for info in archive.infolist()[:400]]
    except (
        zipfile.BadZipFile,
        zlib.error,
        RuntimeError,
        NotImplementedError,
        OSError,
        ValueError,
        EOFError,
        struct.error,
    ):
        return chance.choice(BYTES)(data, chance)  # an earlier mutation broke it
    if not entries:
        return data
    if chance.random() < 0.6:
        at = chance.randrange(len(entries))
        name, content = entries[at]
        entries[at] = (name, _once(content, _kind(name), chance)[:LARGEST])
    else:
        entries = _entries(entries, chance)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for number, (name, content) in enumerate(entries):
            info = zipfile.ZipInfo(name)
            info.compress_type = zipfile.ZIP_STORED if number == 0 else chance.choice((8, 8, 8, 0))
            archive.writestr(info, content)
    return made.getvalue()


def _kind(name: str) -> str:
    return name if name.lower().endswith((".png", ".jpg", ".css", ".txt", "mimetype")) else f"{name}.xml"


def _entries(entries: list[tuple[str, bytes]], chance: random.Random) -> list[tuple[str, bytes]]:
    at, other = chance.randrange(len(entries)), chance.randrange(len(entries))
    name, content = entries[at]
    what = chance.randrange(8)
    if what == 0:
        return entries[:at] + entries[at + 1 :]
    if what == 1:
        return [
            *entries,
            (f"{name}.copy", _once(content, _kind(name), chance)),
            (entries[other][0] + "/x", content),
        ]
    if what == 2:
        names = (
            "../" + name,
            "/" + name,
            name.upper(),
            name.replace("/", "\\"),
            "\u0301" + name,
            name[:1],
            "a" * 300,
            " ",
        )
        return [*entries[:at], (chance.choice(names), content), *entries[at + 1 :]]
    if what == 3:
        return [*entries[:at], (name, entries[other][1]), *entries[at + 1 :]]
    if what == 4:
        return [*entries[:at], (name, b""), *entries[at + 1 :]]
    if what == 5:
        return [*entries[:at], (name, content[: chance.randrange(len(content) + 1)]), *entries[at + 1 :]]
    if what == 6:  # a bomb, of a size that the mutant's bounds allow
        return [
            *entries[:at],
            (name, (content + b" " * 1000) * (6_000_000 // (len(content) + 1000))),
            *entries[at + 1 :],
        ]
    return [*entries, *((f"junk/{n}.xhtml", b"") for n in range(chance.choice((10, 3000))))]


def _zip_raw(data: bytes, chance: random.Random) -> bytes:
    """Lies in the headers: sizes, checksums, methods, flags, places."""
    made = bytearray(data)
    heads = [m.start() for m in re.finditer(rb"PK\x01\x02|PK\x03\x04|PK\x05\x06", data)]
    for _ in range(chance.choice((1, 1, 3))):
        at = chance.choice(heads) + chance.choice((6, 8, 10, 14, 16, 18, 20, 22, 24, 28, 30, 42))
        if at + 4 <= len(made):
            struct.pack_into(
                "<I",
                made,
                at,
                chance.choice((0, 1, 9, 99, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF, chance.randrange(1 << 32))),
            )
    return bytes(made)


# -- PDF -------------------------------------------------------------------------------------------------------


def _pdf_object(data: bytes, chance: random.Random) -> bytes:
    found = list(_PDF_OBJECT.finditer(data))
    if not found:
        return _flip(data, chance)
    one, other = chance.choice(found), chance.choice(found)
    what = chance.randrange(3)
    if what == 0:
        return data[: one.start()] + data[one.end() :]
    if what == 1:
        return data[: one.end()] + b"\n" + other[0] + data[one.end() :]
    body = other[0].partition(b"obj")[2]
    return data[: one.start()] + one[0].partition(b"obj")[0] + b"obj" + body + data[one.end() :]


def _pdf_number(data: bytes, chance: random.Random) -> bytes:
    found = list(_PDF_NUMBER.finditer(data))
    if not found:
        return _flip(data, chance)
    one = chance.choice(found)
    return data[: one.start()] + chance.choice(NUMBERS) + data[one.end() :]


def _pdf_reference(data: bytes, chance: random.Random) -> bytes:
    found = list(_PDF_REFERENCE.finditer(data))
    if not found:
        return _flip(data, chance)
    one, other = chance.choice(found), chance.choice(found)
    return (
        data[: one.start()]
        + chance.choice((other[0], b"99999 0 R", b"null", b"[]", b"<<>>"))
        + data[one.end() :]
    )


def _pdf_word(data: bytes, chance: random.Random) -> bytes:
    pairs = (
        (rb"/Length \d+", b"/Length 99999999"), (rb"/Length \d+", b"/Length -5"),
        (rb"/Filter\s*[\[/][^/>]*", b"/Filter /LZWDecode "),
        (rb"/Filter\s*[\[/][^/>]*", b"/Filter [" + b"/FlateDecode " * 50 + b"]"),
        (rb"startxref\s+\d+", b"startxref 7"),
        (rb"trailer", b"trialer"), (rb"/Count \d+", b"/Count 99999999"), (rb"/Type /Page\b", b"/Type /Pages"),
        (rb"/MediaBox \[[^\]]*\]", b"/MediaBox [0 0 0 0]"),
        (rb"/MediaBox \[[^\]]*\]", b"/MediaBox [-1e9 0 1e9 1e30]"),
        (rb"/Root", b"/Encrypt <</Filter /Standard /V 9>> /Root"), (rb"/Title", b"/Title " + b"[" * 5000),
        (rb" Tf", b" Tf " + b"q " * 5000),
        (rb"BT", b"BT " + b"(" * 3000), (rb" Td| Tm", b" 1e38 0 Td"), (rb"/BaseFont /[\w-]+", b"/BaseFont /Nosuch"),
        (rb"/Parent \d+ 0 R", b"/Parent 1 0 R"), (rb"/Next \d+ 0 R", b"/Next 1 0 R"),
        (rb"/First \d+ 0 R", b"/First 2 0 R"),
    )  # fmt: skip
    pattern, new = chance.choice(pairs)
    return re.sub(pattern, lambda _: new, data, count=chance.choice((0, 1)))


PDF: Sequence[Change] = (
    *BYTES,
    _pdf_object,
    _pdf_object,
    _pdf_number,
    _pdf_number,
    _pdf_reference,
    _pdf_word,
    _pdf_word,
)


# -- RTF -------------------------------------------------------------------------------------------------------


def _rtf_word(data: bytes, chance: random.Random) -> bytes:
    found = list(_RTF_WORD.finditer(data))
    if not found:
        return _flip(data, chance)
    one, other = chance.choice(found), chance.choice(found)
    words = (other[0], rb"\bin99999999 ", rb"\u" + chance.choice(NUMBERS), rb"\'", rb"\*", rb"\uc9999 ",
             rb"\cell\row" * 300,
             b"{" * 3000, b"}" * 5, b"{\\footnote " * 200, b"{\\field{\\*\\fldinst TOC}" * 100,
             rb"\ansicpg" + chance.choice(NUMBERS),
             rb"\u-10179?" * 50, rb"\upr", b"{\\*\\moMath ", rb"\s99999999999")  # fmt: skip
    return data[: one.start()] + chance.choice(words) + data[one.end() :]


RTF: Sequence[Change] = (*BYTES, _rtf_word, _rtf_word, _rtf_word)


# -- Palm databases --------------------------------------------------------------------------------------------


def _palm(data: bytes, chance: random.Random) -> bytes:
    count = struct.unpack_from(">H", data, 76)[0] if len(data) > 78 else 0
    if count == 0 or 78 + 8 * count > len(data):
        return chance.choice(BYTES)(data, chance)
    offsets = [struct.unpack_from(">I", data, 78 + 8 * n)[0] for n in range(count)]
    records = [data[a:b] for a, b in zip(offsets, [*offsets[1:], len(data)], strict=True)]
    at = chance.randrange(len(records))
    what = chance.randrange(6)
    if what == 0:
        del records[at]
    elif what == 1:
        records[at] = records[chance.randrange(len(records))]
    elif what == 2:
        records[at] = chance.choice(BYTES)(records[at], chance)
    elif what == 3 and len(records[0]) > 24:
        records[0] = _number_in(records[0], chance)
    elif what == 4:
        records[at] = _number_in(records[at], chance)
    else:
        records[at] = chance.choice(XML)(records[at], chance)
    return _packed(data[:76], records or [b""])


def _number_in(record: bytes, chance: random.Random) -> bytes:
    if len(record) < 4:
        return record
    made = bytearray(record)
    at = chance.randrange(0, len(record) - 3, 2)
    struct.pack_into(
        ">I", made, at, chance.choice((0, 1, 2, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF, chance.randrange(1 << 32)))
    )
    return bytes(made)


def _packed(head: bytes, records: Sequence[bytes]) -> bytes:
    start = 78 + 8 * len(records)
    made = bytearray(head + struct.pack(">H", len(records)))
    for number, record in enumerate(records):
        made += struct.pack(">II", start, number)
        start += len(record)
    return bytes(made) + b"".join(records)


__all__ = ["mutant"]
