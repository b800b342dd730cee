"""What is in a drop folder and is not meant to be read: half-made files, and what systems leave behind."""

from __future__ import annotations

import re
from collections.abc import Container

from storage.settings import FILE_NAME
from tasks.casting import CAST_NAME
from tasks.lexicons import LEXICON_NAME

DONE, FAILED = "done", "failed"
"""Folders at the top of a drop folder, which sources go to."""
ERROR_SUFFIX, DUPLICATE_SUFFIX = ".error.txt", ".duplicate.txt"
"""End the names of what is written beside a source."""
RULE_FILES = (FILE_NAME, LEXICON_NAME, CAST_NAME)
"""What says how the sources of a folder are to be made."""
LEXICON_SUFFIXES = (".lexicon.toml", ".pls")
"""Lexicons of other names, which lie beside books and are none."""

PARTIAL_SUFFIXES = (
    ".part", ".partial", ".tmp", ".temp", ".crdownload", ".download", ".filepart", ".opdownload", ".aria2",
    ".!ut", ".!qb", ".bc!", ".incomplete", ".unfinished", ".swp", ".lock", ".lck", ".bak",
)  # fmt: skip
"""Downloads and copies that are not finished, editors' own files, backups."""
COMPANION_SUFFIXES = (
    ".jpg", ".jpeg", ".png", ".gif", ".webp", ".svg", ".bmp", ".ico", ".opf", ".nfo", ".sfv", ".md5", ".sha256",
    ".ini", ".db", ".json", ".xml", ".css", ".js", ".torrent", ".lnk",
)  # fmt: skip
"""What lies beside books: covers, metadata, checksums."""
_SYSTEM_FILES = frozenset({"thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r"})
_SYSTEM_FOLDERS = frozenset(
    {
        "@eadir", "@tmp", "@recycle", "@recently-snapshot", "#recycle", "#snapshot", "$recycle.bin",
        "system volume information", "lost+found", "__macosx", "network trash folder", "temporary items",
    }
)  # fmt: skip
_SAVED_PAGE = re.compile(r"(.+)[_-](?:files|dateien|fichiers|archivos|bestanden)", re.IGNORECASE | re.DOTALL)
"""The folder in which browsers put what belongs to a page that they save."""


def is_ignored_file(name: str) -> bool:
    """Whether a file of that name is never read."""
    low = name.lower()
    if name.startswith((".", "~$", "._")) or name.endswith("~") or low in _SYSTEM_FILES:
        return True
    if (
        name in RULE_FILES
        or name.endswith((ERROR_SUFFIX, DUPLICATE_SUFFIX))
        or low.endswith(LEXICON_SUFFIXES)
    ):
        return True
    return low.endswith((*PARTIAL_SUFFIXES, *COMPANION_SUFFIXES))


def is_companion(name: str) -> bool:
    """Whether it is left alone because it lies beside books, which a person may wonder at."""
    return name.lower().endswith(COMPANION_SUFFIXES) and not name.startswith(".")


def is_ignored_folder(name: str, beside: Container[str]) -> bool:
    """Whether a folder of that name, with those names ``beside`` it, is not looked into."""
    if name.startswith(".") or name.lower() in _SYSTEM_FOLDERS:
        return True
    page = _SAVED_PAGE.fullmatch(name)
    return page is not None and any(f"{page[1]}{suffix}" in beside for suffix in (".html", ".htm", ".xhtml"))


def is_being_fetched(name: str, beside: Container[str]) -> bool:
    """Whether a browser or downloader seems to be just making it: its unfinished twin lies beside it."""
    return any(f"{name}{suffix}" in beside for suffix in PARTIAL_SUFFIXES)
