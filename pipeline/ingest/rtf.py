"""Rich Text Format (.rtf): headings by style or outline level, notes, tables, any code page.

After the specification of RTF 1.9.1 (Microsoft, 2008). striprtf, which is maintained, gives nothing but text:
no headings, no notes, no tables.
"""

from __future__ import annotations

from pathlib import Path

from pipeline.errors import SourceBroken
from pipeline.ingest.pages import Bound, Page, bind, contents_of, titled
from pipeline.ingest.rtf_text import Writer
from pipeline.model import Book, Metadata, SourceInfo, SourceKind
from pipeline.settings import ReadingSettings

_HREF = "text.xhtml"


def read_rtf(path: Path, settings: ReadingSettings, uri: str, sha256: str) -> Book:
    """Read an RTF document. Raises SourceBroken (not RTF), SourceTooLarge, SourceEmpty."""
    data = path.read_bytes()
    start = data[:64].find(b"{\\rtf")
    if start < 0:
        raise SourceBroken(f"{uri} is no RTF document, or is damaged; get another copy of it.")
    writer = Writer(path.name)
    writer.read(data, start)
    said = writer.info
    metadata = Metadata(
        title=said.get("title", ""),
        authors=tuple(name for part in said.get("author", "").split(";") if (name := part.strip())),
        language=writer.language,
        description=said.get("doccomm", ""),
        subjects=tuple(
            s for k in ("subject", "keywords") for p in said.get(k, "").split(",") if (s := p.strip())
        ),
    )
    metadata = titled(metadata, writer.body)
    bound = Bound(
        path=path,
        pages=(Page(_HREF, writer.body),),
        contents=contents_of(writer.body, _HREF, metadata.title or path.stem),
        metadata=metadata,
        doubts=(f"{uri}: The document ends before its last group does: text may be missing.",)
        if writer.cut_short
        else (),
        skipped=writer.skip.skipped(),
    )
    return bind(bound, settings, SourceInfo(SourceKind.RTF, uri, sha256))


__all__ = ["read_rtf"]
