"""File names as they are stored, and as they are shown: a name may hold any byte but a slash and a NUL."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

_BAD = re.compile("[\\\\\udc80-\udcff]")
_ESCAPED = re.compile(r"\\(\\|x[0-9a-f]{2})")
_UNSHOWABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
NAME_BYTES = 255
"""Longest name of a file on the usual file systems (NAME_MAX)."""


def stored(path: str) -> str:
    r"""The path as text that a database takes: bytes that are no UTF-8 become ``\xNN``, a backslash ``\\``."""
    return _BAD.sub(lambda m: r"\\" if m[0] == "\\" else f"\\x{ord(m[0]) - 0xDC00:02x}", path)


def real(text: str) -> str:
    """The path that ``stored`` made the text of."""
    return _ESCAPED.sub(lambda m: "\\" if m[1] == "\\" else chr(0xDC00 + int(m[1][1:], 16)), text)


def shown(path: str) -> str:
    """The path on one line, without characters that a terminal or a log would act on."""
    return _UNSHOWABLE.sub(lambda m: "\N{REPLACEMENT CHARACTER}", path)


def variant(name: str, number: int, suffix: str = "") -> str:
    """``name``, from the second on with its number before its suffix, then ``suffix``; never too long.

    >>> variant("a.epub", 2), variant("a.epub", 1, ".error.txt")
    ('a (2).epub', 'a.epub.error.txt')
    """
    path = PurePosixPath(name)
    ending = path.suffix + suffix if number > 1 else suffix
    middle = f" ({number})" if number > 1 else ""
    stem = path.stem if number > 1 else name
    room = NAME_BYTES - len((middle + ending).encode("utf-8", "surrogateescape"))
    data = stem.encode("utf-8", "surrogateescape")
    if len(data) > room:
        stem = data[:room].decode("utf-8", "ignore")
    return f"{stem}{middle}{ending}"
