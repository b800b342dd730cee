"""Bytes of a text or a page as characters."""

from __future__ import annotations

import codecs
import re

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_META = re.compile(
    rb"""<(?:meta|\?xml)\b[^>]*?\b(?:charset|encoding)\s*=\s*["']?([A-Za-z0-9._:-]{1,40})""", re.I
)
_ALIASES = {
    # What people write and what they mean, as browsers read it (WHATWG Encoding Standard, names and labels).
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "us-ascii": "cp1252",
    "ascii": "cp1252",
    "iso-8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "euc-kr": "cp949",
    "ks_c_5601-1987": "cp949",
    "big5": "big5hkscs",
}
_COMMON = [
    *(
        "cp1250",
        "cp1251",
        "cp1252",
        "cp1253",
        "cp1254",
        "cp1255",
        "cp1256",
        "cp1257",
        "cp437",
        "cp866",
        "cp874",
    ),
    *("koi8_r", "koi8_u", "iso8859_2", "iso8859_5", "iso8859_7", "mac_roman"),
    *("cp932", "euc_jp", "gb18030", "big5hkscs", "cp949"),
]
"""What texts without a declaration are found in; a guess among all that Python knows goes astray more often."""
_SAMPLE_BYTES = 32768


def declared_in(page: bytes) -> str:
    """The encoding that an HTML page names in its head; empty when it names none."""
    return match[1].decode("ascii") if (match := _META.search(page[:4096])) else ""


def decode(data: bytes, declared: str = "") -> tuple[str, str]:
    """The text, and a doubt (empty when there is none).

    Never fails. A byte order mark wins, then UTF-8 where the bytes are that (no other text is by chance),
    then what was declared, then a guess.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, errors="replace"), ""
    name = _ALIASES.get(declared.strip().lower(), declared.strip().lower())
    if b"\x1b$" in data[:_SAMPLE_BYTES]:
        name = "iso2022_jp"  # all seven-bit, so it would pass for UTF-8
    attempts = [name, "utf-8"] if name.startswith(("iso-2022", "iso2022")) else ["utf-8", name]
    for encoding in filter(None, attempts):
        try:
            return data.decode(encoding), ""
        except (LookupError, UnicodeError, ValueError):
            continue
    damaged = _damaged_utf8(data)
    if damaged is not None:
        return damaged, "It has bytes that are not UTF-8, as all others are: a few letters are lost."
    guess = _guess(data)
    text = data.decode(guess, errors="replace")
    return text, f"Its encoding is not declared and was guessed ({guess}): some letters may be wrong."


def _damaged_utf8(data: bytes) -> str | None:
    """The text, if it is UTF-8 but for a few bytes (cut in the middle of a letter, say)."""
    text = data.decode("utf-8", errors="replace")
    lost = text.count("\ufffd")
    beyond_ascii = len(text) - len(text.encode("ascii", errors="ignore"))
    return text if beyond_ascii > 20 * lost else None


def _guess(data: bytes) -> str:
    """The likeliest encoding, judged by the lines that have anything but ASCII in them."""
    from charset_normalizer import from_bytes

    telling = bytearray()
    for line in data.splitlines(keepends=True):
        if not line.isascii():
            telling += line
        if len(telling) > _SAMPLE_BYTES:
            break
    sample = bytes(telling[:_SAMPLE_BYTES])
    for encoding in ("cp932", "euc_jp"):
        if _is_japanese(sample.decode(encoding, errors="replace")):
            return encoding
    best = from_bytes(sample, steps=5, chunk_size=1024, cp_isolation=_COMMON).best()
    guess = best.encoding if best is not None else "cp1252"
    return _ALIASES.get(guess.replace("_", "-"), guess)


def _is_japanese(text: str) -> bool:
    """A fifth or more is hiragana and nothing was lost: no text in another encoding is so by chance."""
    letters = [letter for letter in text if letter > "\x7f"]
    hiragana = sum("\u3041" <= letter <= "\u309f" for letter in letters)
    return hiragana > 0.2 * len(letters) and letters.count("\ufffd") <= 0.01 * len(letters)
