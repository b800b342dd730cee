"""How an edition appears: built out of sight on the same file system, then moved to where it belongs.

A new edition is a folder that is renamed: it is there whole, or not at all. An edition that is made again
goes into its folder file by file (``os.replace``), so that what the user put beside stays: every file is at
any moment the whole old one or the whole new one, the main file comes after those that describe it, then
files that only the old edition had are removed, and the report, which says what belongs to the edition, comes
last. When that is interrupted, publishing again completes it.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import re
import secrets
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

from pipeline.model import SourceInfo

REPORT = "report.json"
_SUFFIX = ".partial"
_OURS = re.compile(rf"\.[0-9a-f]{{8}}{re.escape(_SUFFIX)}$")
_HIDDEN_NAME = 60  # characters of the title in the hidden folder's name


@contextmanager
def building(parent: Path, title: str) -> Iterator[Path]:
    """A hidden folder in ``parent`` to build in, removed at the end if it is still there.

    Its maker holds a lock on it, which ends with the process: so what a killed process left can be told from
    what is being made, and is removed.
    """
    made = _make_folders(parent)
    _remove_abandoned(parent)
    folder, lock = _locked_folder(parent, title)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)
        for empty in reversed(made):  # folders made for nothing, when building failed
            with suppress(OSError):
                empty.rmdir()


def _make_folders(parent: Path) -> list[Path]:
    missing = [folder for folder in (parent, *parent.parents) if not folder.exists()][::-1]
    parent.mkdir(parents=True, exist_ok=True)
    return missing


def _locked_folder(parent: Path, title: str) -> tuple[Path, int]:
    while True:
        folder = parent / f".{title[:_HIDDEN_NAME].rstrip()}.{secrets.token_hex(4)}{_SUFFIX}"
        folder.mkdir()
        lock = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
        taken = False
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            taken = True
        except OSError:
            pass  # network file systems may know no locks: then nobody removes it, either
        if folder.is_dir() and not taken:
            return folder, lock
        os.close(lock)  # another process took it for abandoned before it was locked


def _remove_abandoned(parent: Path) -> None:
    for folder in parent.glob(f".*{_SUFFIX}"):
        if not _OURS.search(folder.name):
            continue
        with suppress(OSError):
            lock = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder, ignore_errors=True)
            finally:
                os.close(lock)


def place(built: Path, wanted: Path, source: SourceInfo, production: object, names: Sequence[str]) -> Path:
    """Move the edition in ``built`` to ``wanted``, or, where another book is, to ``wanted (2)`` and so on.

    ``names`` are its files but the report, the main one first. Returns where it is now.
    """
    _sync_folder(built)
    for number in count(1):
        final = wanted if number == 1 else wanted.with_name(f"{wanted.name} ({number})")
        while True:
            if _is_ours(final, source, production):
                _merge(built, final, names, production)
                return final
            try:
                os.rename(built, final)
            except OSError as error:
                if error.errno not in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
                    raise
                if _is_ours(final, source, production):
                    continue  # another process was just publishing the same book
                break
            _sync_folder(final.parent)
            return final
    raise AssertionError("numbers do not end")


def _is_ours(folder: Path, source: SourceInfo, production: object) -> bool:
    """Whether an edition of the same source, or of the same production, is in ``folder``."""
    report = _old_report(folder)
    before = report.get("source")
    if not isinstance(before, dict):
        return False
    same_text = before.get("sha256") == source.sha256 and source.sha256 != ""
    same_place = before.get("uri") == public_uri(source.uri) and source.uri not in ("", "-")
    return same_text or same_place or (production is not None and report.get("production") == production)


def _old_report(folder: Path) -> Mapping[str, object]:
    try:
        report = json.loads((folder / REPORT).read_bytes())
    except (OSError, ValueError):
        return {}  # no edition, or a report that somebody else wrote
    return report if isinstance(report, dict) else {}


def _merge(built: Path, final: Path, names: Sequence[str], production: object) -> None:
    report = _old_report(final)
    # Another production's files (the same book in another format) are not ours to remove.
    old = _file_names(report) if report.get("production") == production else set()
    for name in reversed(names):
        os.replace(built / name, final / name)
    twins = {name.casefold(): final / name for name in names}
    for stale in (final / name for name in sorted(old - {*names, REPORT})):
        twin = twins.get(stale.name.casefold())
        # Where case makes no difference, a title whose case was changed names the very file just written.
        if stale.is_file() and not (twin and stale.samefile(twin)):
            stale.unlink()
    _sync_folder(final)
    os.replace(built / REPORT, final / REPORT)
    _sync_folder(final)


def _file_names(report: Mapping[str, object]) -> set[str]:
    """The files that a report lists; it may have been tampered with, so only bare names count."""
    files = report.get("files")
    names = (
        [entry.get("name") for entry in files if isinstance(entry, dict)] if isinstance(files, list) else []
    )
    return {
        name for name in names if isinstance(name, str) and name == Path(name).name and name not in ("", "..")
    }


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def public_uri(uri: str) -> str:
    """``uri`` without a user's name and password."""
    scheme, separator, rest = uri.partition("://")
    if not separator:
        return uri
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}"
