"""How sure a file is a document of a word processor, an e-book of another kind, or subtitles."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.ingest.kinds import Sample

BOOK_MARK = b'{"voxpress":"book",'
"""The first bytes of a composed book's file."""
_ZIP = b"PK\x03\x04"
_FLAT = re.compile(rb"<office:document\b[^>]*opendocument\.text\b", re.S)
_FICTION = re.compile(rb"<(?:[a-z]+:)?FictionBook\b")
_FICTION_NAME = re.compile(rb"\.fb2", re.I)
_CUE = re.compile(
    rb"\A\s*(?:\d{1,7}\s*\r?\n)?\s*(?:\d{1,4}:)?\d{1,2}:\d{1,2}[.,]\d{1,3}\s*-->\s*(?:\d{1,4}:)?\d{1,2}:\d{1,2}[.,]\d{1,3}"
)


_TALK = re.compile(rb"Voxpress talk \d{1,9}[ \t]*(?:[\r\n]|\Z)")


def score_docx(sample: Sample) -> int | None:
    """A ZIP with the main part of a Word document; one is at its beginning or in its table of contents."""
    if not sample.head.startswith(_ZIP):
        return None
    if b"word/document.xml" in sample.head or b"word/document.xml" in sample.tail:
        return 85
    return 50 if sample.suffix in (".docx", ".docm") else None


def score_odt(sample: Sample) -> int | None:
    """A ZIP that says it is an OpenDocument text, or a flat one."""
    if sample.head.startswith(_ZIP):
        if b"mimetypeapplication/vnd.oasis.opendocument.text" in sample.head[:256]:
            return 100
        return 50 if sample.suffix in (".odt", ".ott") else None
    return 85 if _FLAT.search(sample.head[:4096]) else None


def score_rtf(sample: Sample) -> int | None:
    """What begins as RTF does."""
    return 95 if sample.head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{\\rtf") else None


def score_fb2(sample: Sample) -> int | None:
    """XML whose root is a FictionBook's, or a ZIP with such a file."""
    if sample.head.startswith(_ZIP):
        packed = _FICTION_NAME.search(sample.head[:512]) or _FICTION_NAME.search(sample.tail)
        return 80 if packed else None
    head = sample.head[:4096]
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        head = head.replace(b"\0", b"")
    return 90 if _FICTION.search(head) else None


def score_mobi(sample: Sample) -> int | None:
    """A Palm database of the type that Kindle books have."""
    return 100 if sample.head[60:68] == b"BOOKMOBI" else None


def score_subtitles(sample: Sample) -> int | None:
    """What begins with WEBVTT, or with a number and two times."""
    head = sample.head[:1024]
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        head = head[2:].replace(b"\0", b"")
    head = head.removeprefix(b"\xef\xbb\xbf")
    if head.startswith(b"WEBVTT") and head[6:7] in (b"", b" ", b"\t", b"\n", b"\r"):
        return 95
    if _CUE.match(head):
        return 85
    return 52 if sample.suffix in (".srt", ".vtt") and b"-->" in sample.head else None


def score_book(sample: Sample) -> int | None:
    """What begins as a book that was composed here does."""
    return 100 if sample.head.startswith(BOOK_MARK) else None


def score_talk(sample: Sample) -> int | None:
    """What begins with the first line of a talk file."""
    head = sample.head[:64]
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        head = head[2:].replace(b"\0", b"")
    return 96 if _TALK.match(head.removeprefix(b"\xef\xbb\xbf")) else None


__all__ = [
    "BOOK_MARK",
    "score_book",
    "score_docx",
    "score_fb2",
    "score_mobi",
    "score_odt",
    "score_rtf",
    "score_subtitles",
    "score_talk",
]
