"""Names of an edition's folders and files: safe on Linux, macOS, Windows and network shares.

The rules are those of Windows ("Naming Files, Paths, and Namespaces", Microsoft Learn), which are the
strictest: what it accepts, every other file system in use accepts too.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from pathlib import PurePosixPath

from pipeline.model import Metadata

NAME_BYTES = 120
"""Longest name in UTF-8 bytes, suffixes such as ``.transcript.json`` not counted: 255 is what file systems
hold, and encrypting ones (eCryptfs) hold 143."""
NAMED_AUTHORS = 3
"""More authors than this are cut to the first one "and others" in a folder's name (never in tags)."""
UNKNOWN_AUTHOR = "Unknown Author"
UNTITLED = "Untitled"

_FORBIDDEN = {
    ":": " -",
    "/": "-",
    "\\": "-",
    "|": "-",
    "*": "",
    "?": "",
    '"': "'",
    "<": "(",
    ">": ")",
}
_RESERVED = re.compile(r"(?i)^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(?=\.|$)")


def safe_name(text: str, otherwise: str = UNTITLED) -> str:
    """``text`` as the name of a file or folder: NFC, at most ``NAME_BYTES`` bytes, never empty or hidden."""
    text = unicodedata.normalize("NFC", text)
    # Cc: control; Cf: invisible marks (a right-to-left override can disguise a suffix); Cs: lone surrogates
    text = "".join(
        " " if character.isspace() else character
        for character in text
        if character.isspace() or unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Cn")
    )
    for bad, good in _FORBIDDEN.items():
        text = text.replace(bad, good)
    text = _trim(re.sub(" +", " ", text))
    text = _RESERVED.sub(r"\1_", text)
    text = _trim(text.encode()[:NAME_BYTES].decode(errors="ignore"))
    return text or otherwise


def _trim(text: str) -> str:
    return text.strip(". ")


def people(names: Sequence[str]) -> str:
    """Names in one line, as Audiobookshelf splits them again: "A", "A & B", "A, B & C"."""
    names = [name.strip() for name in names if name.strip()]
    return " & ".join([*([", ".join(names[:-1])] if names[1:] else []), *names[-1:]])


def edition_folder(metadata: Metadata) -> PurePosixPath:
    """``Author/[Series/]Title`` below the library: the layout that Audiobookshelf reads.

    A title that is one of a series carries its number in front, ``Vol 2 - Title``, when that is a number.
    """
    authors = [name for name in metadata.authors if name.strip()]
    author = people(authors) if len(authors) <= NAMED_AUTHORS else f"{authors[0].strip()} and others"
    parts = [safe_name(author, UNKNOWN_AUTHOR)]
    title = safe_name(metadata.title)
    if metadata.series.strip():
        parts.append(safe_name(metadata.series))
        number = metadata.series_part.strip()
        if re.fullmatch(r"\d+(\.\d+)?", number):
            title = safe_name(f"Vol {number} - {title}")
    return PurePosixPath(*parts, title)
