"""Tables of the Rich Text Format: destinations, characters, code pages, languages (RTF 1.9.1)."""

from __future__ import annotations

from pipeline.ingest.blocks_kinds import word_set

SKIPPED_DESTINATIONS = word_set(
    """colortbl listtable listoverridetable rsidtbl generator themedata colorschememapping latentstyles
    datastore pgptbl revtbl filetbl xmlnstbl wgrffmtfilter mmathpr template private bkmkstart
    bkmkend xe tc tcn pn pntxta pntxtb pnseclvl pict nonshppict shpinst objdata objclass objname
    ftnsep ftnsepc ftncn aftnsep aftnsepc aftncn annotation atnid atnauthor atndate atnref atrfstart
    atrfend atntime atnicn atnparent mmathpict datafield formfield docvar userprops falt panose
    fontemb"""
)
HEADER_DESTINATIONS = frozenset(
    ["header", "headerl", "headerr", "headerf", "footer", "footerl", "footerr", "footerf"]
)
KEPT_STARRED = frozenset(["momath", "momathpara", "ud", "footnote", "shptxt"])
"""Destinations that a reader may skip (``\\*``) and that hold text all the same."""
INFO = frozenset(["title", "author", "subject", "keywords", "doccomm"])

CHARACTERS = {
    "tab": " ",
    "emdash": "—",
    "endash": "–",
    "emspace": "\u2003",
    "enspace": "\u2002",
    "qmspace": "\u2005",
    "bullet": "•",
    "lquote": "‘",
    "rquote": "’",
    "ldblquote": "“",
    "rdblquote": "”",
}
SYMBOLS = {"~": "\u00a0", "_": "\u2011", "\\": "\\", "{": "{", "}": "}"}

CHARSETS = {
    0: "cp1252",
    77: "mac_roman",
    128: "cp932",
    129: "cp949",
    130: "johab",
    134: "gb18030",
    136: "cp950",
    161: "cp1253",
    162: "cp1254",
    163: "cp1258",
    177: "cp1255",
    178: "cp1256",
    186: "cp1257",
    204: "cp1251",
    222: "cp874",
    238: "cp1250",
    254: "cp437",
    255: "cp850",
}
"""``\\fcharset`` -> Python's name of the code page."""
CODE_PAGES = {
    708: "iso8859_6",
    936: "gb18030",
    10000: "mac_roman",
    10006: "mac_greek",
    10007: "mac_cyrillic",
    10029: "mac_latin2",
    10081: "mac_turkish",
    65001: "utf-8",
}
"""``\\ansicpg`` and ``\\cpg``, where it is not "cp" and the number."""

LANGUAGES = {
    0x01: "ar", 0x02: "bg", 0x03: "ca", 0x04: "zh", 0x05: "cs", 0x06: "da", 0x07: "de", 0x08: "el", 0x09: "en",
    0x0A: "es", 0x0B: "fi", 0x0C: "fr", 0x0D: "he", 0x0E: "hu", 0x0F: "is", 0x10: "it", 0x11: "ja", 0x12: "ko",
    0x13: "nl", 0x14: "nb", 0x15: "pl", 0x16: "pt", 0x18: "ro", 0x19: "ru", 0x1A: "hr", 0x1B: "sk", 0x1D: "sv",
    0x1E: "th", 0x1F: "tr", 0x20: "ur", 0x21: "id", 0x22: "uk", 0x23: "be", 0x24: "sl", 0x25: "et", 0x26: "lv",
    0x27: "lt", 0x29: "fa", 0x2A: "vi", 0x2B: "hy", 0x2D: "eu", 0x37: "ka", 0x39: "hi", 0x3E: "ms", 0x3F: "kk",
    0x40: "ky", 0x43: "uz", 0x44: "tt", 0x45: "bn", 0x49: "ta", 0x56: "gl",
}  # fmt: skip
"""Primary language identifiers of Windows (the lowest ten bits of ``\\lang``; MS-LCID)."""


def code_page(number: int) -> str:
    """Python's name of a code page."""
    return CODE_PAGES.get(number, f"cp{number}")


__all__ = [
    "CHARACTERS",
    "CHARSETS",
    "HEADER_DESTINATIONS",
    "INFO",
    "KEPT_STARRED",
    "LANGUAGES",
    "SKIPPED_DESTINATIONS",
    "SYMBOLS",
    "code_page",
]
