"""What a PDF says about itself, and its first page as a cover."""

from __future__ import annotations

import ctypes
import io
import logging
import re
from pathlib import Path
from typing import Any

from pipeline.ingest.pdf_layout import Line
from pipeline.ingest.pdf_text import clean
from pipeline.limits import PDF_XMP_BYTES, PDF_XMP_FILE_BYTES
from pipeline.model import Cover, Metadata

COVER_PIXELS = 1000
"""Longer side of the cover."""
_JUNK_TITLE = re.compile(
    r"^(?:microsoft (?:word|powerpoint|excel)\s*-.*|untitled.*|document\s*\d*|title|\(anonymous\)|unknown|"
    r"(?:print|full page)\b.*|slide \d+|book|"
    r".*\.(?:docx?|odt|rtf|tex|dvi|ps|eps|indd|qxd|pdf|pptx?|xlsx?|pmd|wpd|html?|txt|fm)|"
    r"[\d_\-. ]+|.*\\.*|[a-z]:.*|layout 1|none|null|c?\d+\w*_\w+|https?://.*)$",
    re.I,
)
_JUNK_AUTHOR = re.compile(
    r"^(?:unknown|anonymous|user|admin(?:istrator)?|owner|author|none|root|\(anonymous\)|.*@.*\.local)$", re.I
)
_DATE = re.compile(r"^D:(\d{4})(\d{2})?(\d{2})?")
_AUTHORS = re.compile(r"\s*(?:;|；|、|\s&\s|\band\b|\bund\b|\n)\s*")
_ISBN = re.compile(r"(?:97[89][- ]?)?(?:\d[- ]?){9}[\dXx]")
_log = logging.getLogger("pypdf")


def read_metadata(document: Any, path: Path, password: str) -> tuple[Metadata, list[str]]:
    """Read the document's information, then (for what that lacks) its XMP packet.

    ``document`` is a ``pypdfium2.PdfDocument`` of the file ``path``.
    """
    doubts: list[str] = []
    info = {key: clean(value) for key, value in document.get_metadata_dict(skip_empty=True).items()}
    title = "" if _JUNK_TITLE.match(info.get("Title", "")) else info.get("Title", "")
    authors = _authors(info.get("Author", ""))
    xmp: dict[str, list[str]] = {}
    if not title or not authors:
        try:
            xmp = _read_xmp(path, password)
        except Exception as error:  # pypdf says itself that broken files may raise anything
            doubts.append(f"The file's XMP metadata could not be read ({type(error).__name__}).")
    if not title:
        title = next((t for t in xmp.get("title", []) if not _JUNK_TITLE.match(t)), "")
    if not authors:
        authors = tuple(a for name in xmp.get("creator", []) for a in _authors(name))
    date = _DATE.match(info.get("CreationDate", ""))
    subjects = tuple(s for s in (part.strip() for part in re.split(r"[,;]", info.get("Keywords", ""))) if s)
    metadata = Metadata(
        title=title,
        authors=authors,
        language=_language(document) or next(iter(xmp.get("language", [])), ""),
        publisher=next(iter(xmp.get("publisher", [])), ""),
        published="-".join(part for part in date.groups() if part) if date else "",
        description=info.get("Subject", "") or next(iter(xmp.get("description", [])), ""),
        identifier=next(iter(xmp.get("identifier", [])), ""),
        subjects=subjects[:20],
    )
    return metadata, doubts


def _authors(text: str) -> tuple[str, ...]:
    names = [clean(name).strip(" ,") for name in _AUTHORS.split(text)]
    return tuple(dict.fromkeys(name for name in names if name and not _JUNK_AUTHOR.match(name)))


def _language(document: Any) -> str:
    import pypdfium2.raw as raw

    length = raw.FPDFCatalog_GetLanguage(document.raw, None, 0)
    if not 2 < length <= 256:
        return ""
    buffer = ctypes.create_string_buffer(length)
    raw.FPDFCatalog_GetLanguage(document.raw, ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort)), length)
    return clean(buffer.raw[: length - 2].decode("utf-16-le", "replace"))


def _read_xmp(path: Path, password: str) -> dict[str, list[str]]:
    """Return the Dublin Core properties of the XMP packet: name -> values."""
    from lxml import etree
    from pypdf import PdfReader

    if path.stat().st_size > PDF_XMP_FILE_BYTES:
        return {}
    _log.setLevel(logging.CRITICAL)  # every repaired object would be a line on the screen
    with PdfReader(path, password=password or None) as reader:
        stream = reader.root_object.get("/Metadata")
        packet = stream.get_object().get_data() if stream is not None else b""
    if not packet.strip():
        return {}
    if len(packet) > PDF_XMP_BYTES:
        return {}
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=True
    )
    root = etree.fromstring(packet.strip(b"\0 \r\n\t"), parser)
    found: dict[str, list[str]] = {}
    core = "{http://purl.org/dc/elements/1.1/}"
    for element in root.iter(f"{core}*") if root is not None else ():
        values = [clean(text) for text in element.itertext() if text.strip()]
        found.setdefault(str(element.tag).removeprefix(core), []).extend(values)
    return found


def title_of_first_page(lines: list[Line]) -> str:
    """Return the largest text of the first page with text, when it stands out; else nothing."""
    if not lines:
        return ""
    page = [line for line in lines if line.page == lines[0].page and not line.role]
    worded = [line for line in page if sum(char.isalpha() for char in line.text) >= 3]
    if not worded:
        return ""
    largest = max(line.size for line in worded)
    ordinary = sorted(line.size for line in lines[:200])[len(lines[:200]) // 2]
    if largest < 1.15 * ordinary:
        first = page[0]
        return first.text if first.bold and first in worded and not lines[-1].bold else ""
    start = next(i for i, line in enumerate(page) if line.size == largest and line in worded)
    title = []
    for line in page[start : start + 4]:
        if abs(line.size - largest) > 0.05 * largest:
            break
        title.append(line.text)
    text = clean(" ".join(title))
    return text if len(text) <= 200 else ""


def first_page(document: Any) -> Cover | None:
    """Render the first page as a JPEG of ``COVER_PIXELS`` on its longer side."""
    page = document[0]
    width, height = page.get_size()
    if min(width, height) <= 0:
        return None
    scale = COVER_PIXELS / max(width, height)
    if min(width, height) * scale < 16:
        return None
    bitmap = page.render(scale=scale)
    try:
        image = bitmap.to_pil().convert("RGB")
        out = io.BytesIO()
        image.save(out, "JPEG", quality=82)
    finally:
        bitmap.close()
        page.close()
    return Cover("image/jpeg", out.getvalue())
