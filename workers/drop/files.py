"""Files of a drop folder, reached from its open folder step by step, so that no link leads out of it.

Everybody who may write to a drop folder could put a link in the way between two looks at a path. So nothing
here opens a path with more than one part: each folder is opened inside the one above it, links refused.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import PurePosixPath

from workers.drop.names import variant

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_BLOCK = 1 << 20


def mark_of(status: os.stat_result) -> str:
    """What tells a file from another one that comes to its place: size, time, inode."""
    return f"{status.st_size}:{status.st_mtime_ns}:{status.st_ino}"


def split(path: str) -> tuple[tuple[str, ...], str]:
    """The folders of a relative path, and its name."""
    *folders, name = PurePosixPath(path).parts
    if ".." in (*folders, name) or name.startswith("/"):
        raise ValueError(f"{path!r} is no path inside a folder")
    return tuple(folders), name


@contextmanager
def folder_at(root: int, parts: Sequence[str], *, make: bool = False) -> Iterator[int]:
    """The open folder below ``root``; made where it is missing with ``make``. Raises ``OSError``."""
    folder = os.dup(root)
    try:
        for part in parts:
            try:
                inner = os.open(part, _FOLDER, dir_fd=folder)
            except FileNotFoundError:
                if not make:
                    raise
                with suppress(FileExistsError):
                    os.mkdir(part, dir_fd=folder)
                inner = os.open(part, _FOLDER, dir_fd=folder)
            os.close(folder)
            folder = inner
        yield folder
    finally:
        os.close(folder)


def open_file(root: int, path: str) -> int:
    """The descriptor of a regular file, for reading. Raises ``OSError``, also for links, pipes and devices."""
    folders, name = split(path)
    with folder_at(root, folders) as folder:
        descriptor = os.open(name, _FILE, dir_fd=folder)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "it is no regular file", path)
    return descriptor


def mark_at(root: int, path: str) -> str:
    """The mark of the regular file that is there now; empty when there is none."""
    try:
        folders, name = split(path)
        with folder_at(root, folders) as folder:
            status = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except (OSError, ValueError):
        return ""
    return mark_of(status) if stat.S_ISREG(status.st_mode) else ""


def move(root: int, path: str, mark: str, into: Sequence[str]) -> str:
    """Move the file of that mark into a folder, which is made; returns its path there. Nothing is overwritten.

    Empty when another file, or none, was in its place by then; that one stays. Raises ``OSError``.
    """
    folders, name = split(path)
    with folder_at(root, folders) as source, folder_at(root, into, make=True) as target:
        new = _reserve(target, name)
        try:
            moved = _rename(source, name, target, new)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            # A file system of its own is mounted in the subfolder.
            return "/".join((*into, new)) if _copy(source, name, mark, target, new) else ""
        if not moved:
            return ""
        if mark_of(_status(target, new)) != mark:  # it was replaced in this very moment: back with it
            _rename(target, new, source, _reserve(source, name))
            return ""
        _sync(target, source)
        return "/".join((*into, new))


def _reserve(folder: int, name: str) -> str:
    """A name that nobody else can take any more: an empty file has it, until another file is renamed to it.

    One that was left behind so by a killed process is used.
    """
    for number in count(1):
        new = variant(name, number)
        try:
            os.close(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666, dir_fd=folder))
            return new
        except FileExistsError:
            status = _status(folder, new)
            if stat.S_ISREG(status.st_mode) and status.st_size == 0:
                return new
    raise AssertionError("numbers do not end")


def _rename(source: int, name: str, target: int, new: str) -> bool:
    """Put a file where its name was reserved; False when there is none to be put."""
    try:
        os.rename(name, new, src_dir_fd=source, dst_dir_fd=target)
    except OSError as error:
        if error.errno == errno.EXDEV:
            raise
        with suppress(OSError):
            os.unlink(new, dir_fd=target)
        if error.errno != errno.ENOENT:
            raise
        return False
    return True


def _copy(source: int, name: str, mark: str, target: int, new: str) -> bool:
    """Copy the file of that mark onto a reserved name and remove it; False when another one is there."""
    aside = f".{secrets.token_hex(8)}.part"
    reading = os.open(name, _FILE, dir_fd=source)
    try:
        status = os.fstat(reading)
        if mark_of(status) != mark:
            os.unlink(new, dir_fd=target)
            return False
        writing = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666, dir_fd=target)
        try:
            while block := os.read(reading, _BLOCK):
                _write_all(writing, block)
            os.utime(writing, ns=(status.st_atime_ns, status.st_mtime_ns))
            os.fsync(writing)
        finally:
            os.close(writing)
        os.rename(aside, new, src_dir_fd=target, dst_dir_fd=target)
    except BaseException:
        for made in (aside, new):
            with suppress(OSError):
                os.unlink(made, dir_fd=target)
        raise
    finally:
        os.close(reading)
    _sync(target)
    if mark_of(_status(source, name)) == mark:
        os.unlink(name, dir_fd=source)
    return True


def remove(root: int, path: str, mark: str = "") -> None:
    """Remove a file; with ``mark`` only the one of that mark. Nothing happens when it is gone. Raises ``OSError``."""
    folders, name = split(path)
    with suppress(FileNotFoundError), folder_at(root, folders) as folder:
        if not mark:
            os.unlink(name, dir_fd=folder)
            return
        aside = f".{secrets.token_hex(8)}.part"
        os.rename(name, aside, src_dir_fd=folder, dst_dir_fd=folder)
        if mark_of(_status(folder, aside)) == mark:
            os.unlink(aside, dir_fd=folder)
        else:  # it was replaced in this very moment
            _rename(folder, aside, folder, _reserve(folder, name))


def write_note(root: int, path: str, suffix: str, text: str) -> None:
    """Write what is to be said of a file beside it, as ``NAME + suffix``. Raises ``OSError``."""
    folders, name = split(path)
    with folder_at(root, folders) as folder:
        _replace(folder, variant(name, 1, suffix), text.encode("utf-8", "replace"))


def remove_note(root: int, path: str, suffix: str) -> None:
    """Remove what was written beside a file that is not there any more."""
    folders, name = split(path)
    with suppress(OSError):
        remove(root, "/".join((*folders, variant(name, 1, suffix))))


def write_new(root: int, name: str, data: bytes) -> None:
    """Write a small file at the top, unless there is one of that name. Raises ``OSError``."""
    with suppress(FileExistsError):
        _write(root, name, data)


def read_start(root: int, path: str, most: int) -> bytes:
    """The first bytes of a file, ``most`` at most. Raises ``OSError``."""
    with os.fdopen(open_file(root, path), "rb") as file:
        return file.read(most)


def _replace(folder: int, name: str, data: bytes) -> None:
    aside = f".{secrets.token_hex(8)}.part"
    _write(folder, aside, data)
    try:
        os.rename(aside, name, src_dir_fd=folder, dst_dir_fd=folder)
    except OSError:
        os.unlink(aside, dir_fd=folder)
        raise


def _write(folder: int, name: str, data: bytes) -> None:
    writing = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666, dir_fd=folder)
    try:
        _write_all(writing, data)
        os.fsync(writing)
    finally:
        os.close(writing)


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _status(folder: int, name: str) -> os.stat_result:
    return os.stat(name, dir_fd=folder, follow_symlinks=False)


def _sync(*folders: int) -> None:
    for folder in folders:
        with suppress(OSError):  # some network file systems cannot
            os.fsync(folder)
