"""The ways in which people's EPUBs are broken, each done to a whole one."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from pathlib import Path

Files = dict[str, bytes]
"""The entries of an archive, in order."""

CONTAINER = "META-INF/container.xml"


def unpack(path: Path) -> Files:
    """The entries of an EPUB."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}


def pack(path: Path, files: Files, *, cut: float = 1.0, flip: bool = False) -> Path:
    """Write an EPUB; ``cut`` keeps that share of its bytes, ``flip`` inverts some in the middle."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    packed = bytearray(path.read_bytes())
    if flip:
        middle = len(packed) // 2
        packed[middle : middle + 64] = bytes(byte ^ 0xFF for byte in packed[middle : middle + 64])
    path.write_bytes(bytes(packed[: int(len(packed) * cut)]))
    return path


def _package(files: Files) -> str:
    return next(name for name in files if name.endswith(".opf"))


def _documents(files: Files) -> list[str]:
    found = [name for name in files if name.lower().endswith((".xhtml", ".html", ".htm"))]
    return [name for name in found if not re.search(r"nav|toc", name, re.I)] or found


def _edited(files: Files, name: str, pattern: bytes, by: bytes) -> Files:
    return files | {name: re.sub(pattern, by, files[name])}


def _in_documents(files: Files, edit: Callable[[bytes], bytes]) -> Files:
    return files | {name: edit(files[name]) for name in _documents(files)}


def _without(files: Files, *names: str) -> Files:
    return {name: data for name, data in files.items() if name not in names}


def _half_documents(files: Files) -> Files:
    return _in_documents(files, lambda data: data[: len(data) // 2])


def _lists(files: Files) -> list[str]:
    return [n for n in files if n.endswith(".ncx") or re.search(r"(?:nav|toc)[^/]*\.x?html?$", n)]


BREAKAGES: dict[str, Callable[[Files], Files]] = {
    "no container": lambda files: _without(files, CONTAINER),
    "container that leads nowhere": lambda files: _edited(
        files, CONTAINER, rb'full-path="', b'full-path="x/'
    ),
    "no package": lambda files: _without(files, _package(files)),
    "package cut short": lambda files: files | {_package(files): files[_package(files)][:700]},
    "ampersand in the package": lambda files: _edited(
        files, _package(files), rb"(<dc:title[^>]*>)", rb"\1A & B "
    ),
    "no spine": lambda files: _edited(files, _package(files), rb"(?s)<spine.*?</spine>", b""),
    "empty spine": lambda files: _edited(files, _package(files), rb"<itemref[^>]*>", b""),
    "absolute hrefs": lambda files: _edited(
        files,
        _package(files),
        rb'<item([^>]*)href="',
        b'<item\\1href="/' + _package(files).rpartition("/")[0].encode() + b"/",
    ),
    "duplicated ids": lambda files: _edited(
        files, _package(files), rb'<item [^>]*id="', b'\\g<0>a" data-x="'
    ),
    "a document missing": lambda files: _without(files, _documents(files)[len(_documents(files)) // 2]),
    "no table of contents": lambda files: _without(files, *_lists(files)),
    "table of contents of noise": lambda files: files | dict.fromkeys(_lists(files), b"\x00\xff<<<&"),
    "tags never closed": lambda files: _in_documents(files, lambda d: re.sub(rb"</(?:p|i|div|em)>", b"", d)),
    "loose ampersands": lambda files: _in_documents(files, lambda d: d.replace(b". ", b" & ")),
    "unknown entities": lambda files: _in_documents(files, lambda d: d.replace(b"the ", b"the&unknown; ")),
    "documents cut short": _half_documents,
    "wrong encoding declared": lambda files: _in_documents(
        files, lambda d: re.sub(rb"(?i)utf-8", b"utf-16", d, count=1)
    ),
    "every type a lie": lambda files: _edited(
        files, _package(files), rb'media-type="[^"]*"', b'media-type="application/octet-stream"'
    ),
    "documents called .xml": lambda files: {
        name.replace(".xhtml", ".xml"): data.replace(b".xhtml", b".xml") if len(data) < 1 << 20 else data
        for name, data in files.items()
    },
    "rubbish of a file manager": lambda files: (
        {f"__MACOSX/._{name}": b"\x00\x05\x16\x07" for name in files} | files | {".DS_Store": b"\x00"}
    ),
    "mimetype last": lambda files: _without(files, "mimetype") | {"mimetype": b"application/epub+zip\n"},
}

__all__ = ["BREAKAGES", "Files", "pack", "unpack"]
