"""The registry of source kinds: one line each, chosen by content first, by suffix second.

An ingester is added by writing one module with a reader of the shape

    read(path: Path, settings: ReadingSettings, uri: str, sha256: str) -> Book

and adding its line to ``INGESTERS``; third parties name an ``Ingester`` under the entry point group
``voxpress.sources``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from pipeline.errors import SourceBroken, SourceUnsupported
from pipeline.ingest.scores import (
    score_book,
    score_docx,
    score_fb2,
    score_mobi,
    score_odt,
    score_rtf,
    score_subtitles,
    score_talk,
)
from pipeline.limits import BOOK_FILE_BYTES, HTML_BYTES, MHTML_BYTES, MOBI_BYTES, RTF_BYTES, TALK_BYTES
from pipeline.model import SourceKind
from pipeline.plugins import Plugins

HEAD_BYTES = 65536
"""How much of a file's beginning the scores may look at."""
TAIL_BYTES = 65536
"""How much of its end: a ZIP keeps its table of contents there."""


@dataclass(frozen=True, slots=True)
class Sample:
    """What is known of a file before it is opened by a reader."""

    head: bytes
    tail: bytes
    suffix: str
    """Lower case, with its dot; empty when there is none."""


@dataclass(frozen=True, slots=True)
class Ingester:
    """One kind of source."""

    kind: SourceKind
    label: str
    """What a person calls it, with its article."""
    reader: str
    """``module:function``; imported in the sandbox only."""
    suffixes: tuple[str, ...]
    score: Callable[[Sample], int | None]
    """None: not this kind. Highest wins; above 50 the content itself says so."""
    charset: bool = False
    """Whether the reader also takes ``charset=``, the one the web server declared (may be empty)."""
    max_bytes: int | None = None
    """Largest file, where it is less than ``limits.SOURCE_BYTES``."""
    survey: str = ""
    """``module:function`` that says what is to be fetched before reading (``gather``); empty: nothing ever."""


# -- scores ----------------------------------------------------------------------------------------------

_HTML_START = re.compile(
    rb"(?:<\?xml[^>]*>|<!--.*?-->|\s)*<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL
)
_HTML_TAG = re.compile(rb"<(?:html|head|body|title|article|main|div|p|h1|meta)\b", re.IGNORECASE)
_FEED_START = re.compile(
    rb"(?:<\?xml[^>]*>|<\?xml-stylesheet[^>]*>|<!--.*?-->|<!DOCTYPE[^>\[]*(?:\[.*?\]\s*)?>|\s)*<(?:rss|feed|rdf:RDF)\b",
    re.DOTALL,
)
_JSON_FEED = re.compile(rb'"version"\s*:\s*"https?:(?:\\?/){2}(?:www\.)?jsonfeed\.org(?:\\?/)version')
_FEED_TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml")
_RELATED = re.compile(rb"^content-type:\s*multipart/related\b", re.IGNORECASE | re.MULTILINE)
_RELATED_TYPE = re.compile(rb"""\btype=["']?([a-z0-9.+/-]+)""", re.IGNORECASE)
_HTML_SUFFIXES = (".html", ".htm", ".xhtml")
_TEXT_SUFFIXES = (".txt", ".text", ".md", ".markdown")
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_CONTROLS = bytes(set(range(32)) - {9, 10, 11, 12, 13, 26, 27, 28, 29, 30, 31} | {127})


def score_epub(sample: Sample) -> int | None:
    """A ZIP that says it is an EPUB, or has an EPUB's container; else what its name says."""
    if not sample.head.startswith(b"PK\x03\x04"):
        return None
    if sample.head[30:58] == b"mimetypeapplication/epub+zip":
        return 100
    if b"META-INF/container.xml" in sample.head or b"META-INF/container.xml" in sample.tail:
        return 90
    return 50 if sample.suffix == ".epub" else None


def score_pdf(sample: Sample) -> int | None:
    """Readers accept a PDF's header anywhere in the first 1024 bytes, and so do we."""
    at = sample.head[:1024].find(b"%PDF-")
    if at < 0:
        return None
    return 100 if not sample.head[:at].strip(b"\xef\xbb\xbf \t\r\n\0") else 70


def score_web(sample: Sample) -> int | None:
    """A page that begins as one, or text with tags in a file that is named as one."""
    head = _ascii(sample.head)
    if not _is_text(sample.head):
        return None
    if _HTML_START.match(head):
        return 80
    if sample.suffix in _HTML_SUFFIXES:
        return 60
    return 30 if sample.suffix not in _TEXT_SUFFIXES and _HTML_TAG.match(head.lstrip()) else None


def score_mhtml(sample: Sample) -> int | None:
    """A page and its pictures in one file (RFC 2557)."""
    return 95 if _related_type(sample) not in (None, *_FEED_TYPES) else None


def score_feed(sample: Sample) -> int | None:
    """RSS, Atom, JSON Feed, or one of them gathered with its pages."""
    head = _ascii(sample.head).lstrip()
    if _FEED_START.match(head) or (head.startswith(b"{") and _JSON_FEED.search(head)):
        return 90
    return 95 if _related_type(sample) in _FEED_TYPES else None


def _related_type(sample: Sample) -> str | None:
    """What a MIME message of related parts is mainly; None when the file is none."""
    head = sample.head[:8192].replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    if not re.match(rb"[!-9;-~]+:", head) or not _RELATED.search(head):
        return None
    return found[1].decode("ascii").lower() if (found := _RELATED_TYPE.search(head)) else ""


def score_text(sample: Sample) -> int | None:
    """Anything that looks like text; the name decides how sure that is."""
    if not _is_text(sample.head):
        return None
    return 50 if sample.suffix in _TEXT_SUFFIXES else 20


def _ascii(head: bytes) -> bytes:
    """The beginning as single bytes, so that one pattern serves UTF-8 and UTF-16."""
    if head[:2] in _UTF16:
        return head[2:].replace(b"\0", b"")
    return head.removeprefix(b"\xef\xbb\xbf")


def _is_text(head: bytes) -> bool:
    """No NULs (but in UTF-16 and UTF-32), hardly any other control characters."""
    if not head or head[:2] in _UTF16 or head[:4] == b"\0\0\xfe\xff":
        return bool(head)
    if b"\0" in head:
        return False
    controls = len(head) - len(head.translate(None, _CONTROLS))
    return controls <= len(head) // 200


# -- the registry ----------------------------------------------------------------------------------------

INGESTERS: tuple[Ingester, ...] = (
    Ingester(SourceKind.EPUB, "an EPUB", "pipeline.ingest.epub:read_epub", (".epub",), score_epub),
    Ingester(SourceKind.PDF, "a PDF", "pipeline.ingest.pdf:read_pdf", (".pdf",), score_pdf),
    Ingester(
        SourceKind.WEB,
        "a web page",
        "pipeline.ingest.web:read_web",
        _HTML_SUFFIXES,
        score_web,
        True,
        HTML_BYTES,
        "pipeline.ingest.web_survey:survey_page",
    ),
    Ingester(
        SourceKind.WEB,
        "a saved web page",
        "pipeline.ingest.web_gathered:read_mhtml",
        (".mhtml", ".mht"),
        score_mhtml,
        max_bytes=MHTML_BYTES,
    ),
    Ingester(
        SourceKind.FEED,
        "a feed",
        "pipeline.ingest.feed:read_feed",
        (".rss", ".atom"),
        score_feed,
        max_bytes=MHTML_BYTES,
        survey="pipeline.ingest.feed:survey_feed",
    ),
    Ingester(
        SourceKind.TEXT,
        "a text",
        "pipeline.ingest.text:read_text",
        _TEXT_SUFFIXES,
        score_text,
        True,
        HTML_BYTES,
    ),
    Ingester(
        SourceKind.DOCX, "a Word document", "pipeline.ingest.docx:read_docx", (".docx", ".docm"), score_docx
    ),
    Ingester(
        SourceKind.ODT,
        "an OpenDocument text",
        "pipeline.ingest.odt:read_odt",
        (".odt", ".ott", ".fodt"),
        score_odt,
    ),
    Ingester(
        SourceKind.RTF,
        "an RTF document",
        "pipeline.ingest.rtf:read_rtf",
        (".rtf",),
        score_rtf,
        False,
        RTF_BYTES,
    ),
    Ingester(SourceKind.FB2, "a FictionBook", "pipeline.ingest.fb2:read_fb2", (".fb2", ".fbz"), score_fb2),
    Ingester(
        SourceKind.MOBI,
        "a Kindle book",
        "pipeline.ingest.mobi:read_mobi",
        (".mobi", ".azw", ".azw3", ".prc"),
        score_mobi,
        False,
        MOBI_BYTES,
    ),
    Ingester(
        SourceKind.SUBTITLES,
        "subtitles",
        "pipeline.ingest.subtitles:read_subtitles",
        (".srt", ".vtt"),
        score_subtitles,
        True,
        HTML_BYTES,
    ),
    Ingester(
        SourceKind.BOOK,
        "a composed book",
        "pipeline.ingest.book_file:read_book_file",
        (".voxbook",),
        score_book,
        False,
        BOOK_FILE_BYTES,
    ),
    Ingester(
        SourceKind.TALK,
        "a talk",
        "pipeline.ingest.talk:read_talk",
        (".talk", *_TEXT_SUFFIXES),
        score_talk,
        True,
        TALK_BYTES,
    ),
)

MEDIA_SUFFIXES = {
    "application/epub+zip": ".epub",
    "application/pdf": ".pdf",
    "text/html": ".html",
    "application/xhtml+xml": ".xhtml",
    "multipart/related": ".mhtml",
    "application/rss+xml": ".rss",
    "application/atom+xml": ".atom",
    "text/markdown": ".md",
    "text/plain": ".txt",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.oasis.opendocument.text": ".odt",
    "application/rtf": ".rtf",
    "text/rtf": ".rtf",
    "application/x-fictionbook+xml": ".fb2",
    "application/fb2": ".fb2",
    "application/x-mobipocket-ebook": ".mobi",
    "application/vnd.amazon.ebook": ".azw3",
    "application/x-subrip": ".srt",
    "text/vtt": ".vtt",
}
"""What a web server's content type says about the body; a hint only, like a suffix."""


_foreign = Plugins[Ingester]("voxpress.sources", "source kind", lambda found, _: isinstance(found, Ingester))


def ingesters() -> Iterator[Ingester]:
    """The built-in kinds, then those of third parties; one that cannot be loaded is logged and left out."""
    yield from INGESTERS
    yield from _foreign.found.values()


def take_sample(stream: BinaryIO, suffix: str, size: int) -> Sample:
    """Read the beginning and the end of a regular file of ``size`` bytes."""
    stream.seek(0)
    head = stream.read(HEAD_BYTES)
    stream.seek(max(0, size - TAIL_BYTES))
    tail = stream.read(TAIL_BYTES)
    stream.seek(0)
    return Sample(head, tail, suffix.lower())


def choose(sample: Sample, name: str) -> tuple[Ingester, str]:
    """The ingester for a file, and a doubt (empty when there is none) if its name says something else.

    Raises ``SourceUnsupported`` for a format nobody here reads, ``SourceBroken`` for one that is named as a
    kind which its content is not.
    """
    _refuse_foreign(sample, name)
    known = list(ingesters())
    named = next((ingester for ingester in known if sample.suffix in ingester.suffixes), None)
    scores = [(score, ingester) for ingester in known if (score := ingester.score(sample)) is not None]
    if not scores:
        if named is not None:
            raise SourceBroken(
                f"{name} is named like {named.label} but its content is not that; it may be damaged."
            )
        raise SourceUnsupported(
            f"{name} is of no kind that can be read: hand in an EPUB, a PDF, a Word document, a web page, a feed "
            "or a text."
        )
    best, chosen = max(scores, key=lambda pair: pair[0])
    if named is None or sample.suffix in chosen.suffixes:
        return chosen, ""
    if best <= 50:
        # Text is what is left when nothing else fits: too weak a sign to overrule a name like .epub.
        raise SourceBroken(
            f"{name} is named like {named.label} but its content is not that; it may be damaged."
        )
    return chosen, f"{name} is named like {named.label} but is {chosen.label}, and was read as such."


# -- formats that are known, and not read ------------------------------------------------------------------

_CALIBRE = "convert it to EPUB first, for example with calibre"


def _refuse_foreign(sample: Sample, name: str) -> None:
    for fits, what, advice in _FOREIGN:
        if fits(sample):
            raise SourceUnsupported(f"{name} is {what}, which is not supported: {advice}.")


def _starts(*prefixes: bytes) -> Callable[[Sample], bool]:
    return lambda sample: sample.head.startswith(prefixes)


def _other_opendocument(sample: Sample) -> bool:
    return b"mimetypeapplication/vnd.oasis" in sample.head[:256] and score_odt(sample) != 100


def _locked_office(sample: Sample) -> bool:
    """Word packs a document with a password into the container of its old ones."""
    name = "EncryptedPackage".encode("utf-16-le")
    return sample.head.startswith(b"\xd0\xcf\x11\xe0") and (name in sample.head or name in sample.tail)


def _other_zip(sample: Sample) -> bool:
    scores = (score_epub, score_docx, score_odt, score_fb2)
    return sample.head.startswith(b"PK") and all(score(sample) is None for score in scores)


_FOREIGN: tuple[tuple[Callable[[Sample], bool], str, str], ...] = (
    (_starts(b"TPZ"), "a Kindle book of the Topaz kind", _CALIBRE),
    (_starts(b"CONT\2\0", b"CONT\1\0"), "a Kindle book of the KFX kind", _CALIBRE),
    (_starts(b"\xeaDRMION\xee"), "a Kindle book with copy protection", "get it without"),
    (_other_opendocument, "an OpenDocument file but no text", "save it as PDF or HTML"),
    (_locked_office, "an Office document with a password", "save a copy without it"),
    (_starts(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), "an old Office document", "save it as .docx or PDF"),
    (_starts(b"AT&TFORM"), "a DjVu file", "convert it to PDF first"),
    (_starts(b"%!PS"), "a PostScript file", "convert it to PDF first"),
    (_starts(b"ITSF", b"ITOLITLS"), "a compiled help or LIT book", _CALIBRE),
    (
        _starts(b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*\0", b"MM\0*", b"BM"),
        "a picture",
        "recognise its text (OCR) first",
    ),
    (
        lambda s: s.head.startswith((b"ID3", b"OggS", b"fLaC", b"\x1aE\xdf\xa3")) or s.head[4:8] == b"ftyp",
        "a recording",
        "hand in its text, or use align",
    ),
    (
        lambda s: s.head[:4] == b"RIFF" and s.head[8:12] in (b"WAVE", b"WEBP", b"AVI "),
        "a recording or picture",
        "hand in text",
    ),
    (
        _starts(b"\x1f\x8b", b"7z\xbc\xaf'\x1c", b"Rar!\x1a", b"\xfd7zXZ\0", b"BZh"),
        "a compressed archive",
        "unpack it first",
    ),
    (_other_zip, "a ZIP archive and no book", "unpack it and hand in what is inside"),
)


def suffix_of(name: str) -> str:
    """The suffix of a file's name, lower case, with its dot."""
    return Path(name).suffix.lower()


__all__ = ["INGESTERS", "MEDIA_SUFFIXES", "Ingester", "Sample", "choose", "suffix_of", "take_sample"]
