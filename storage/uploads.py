"""Copying a public folder to a bucket, or to whatever else fsspec knows, so that who reads there never misses a file.

New and changed files go first, then those that name them, in the order they are given; what is gone here goes there
last. What was sent is remembered beside the state, so that a second run sends nothing.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import StorageError
from storage.addresses import shown
from storage.remote import Access, reason_of
from storage.s3 import s3_options

Mark = tuple[int, int]
"""Size in bytes and time of change in nanoseconds of a file that was sent."""


@dataclass(frozen=True, slots=True)
class Uploaded:
    """What was done."""

    sent: tuple[str, ...]
    removed: tuple[str, ...]
    kept: int
    """Files that were there already."""


class Upload:
    """A folder elsewhere that is to have what a folder here has."""

    def __init__(self, url: str, access: Access, memory: Path) -> None:
        """``memory``: folder of what was sent. Raises ``StorageError`` when fsspec cannot make sense of ``url``."""
        self.url = url
        self._memory = memory / f"{hashlib.sha256(url.encode()).hexdigest()[:32]}.json"
        self._options: Mapping[str, Any] = {"use_listings_cache": False}
        if url.startswith("s3://"):
            self._options = s3_options(access)
        self._is_bucket = url.startswith("s3://")

    def send(
        self, folder: Path, names: Sequence[str], last: Sequence[str], content_type: Callable[[str], str]
    ) -> Uploaded:
        """Bring ``names`` of ``folder`` there, those in ``last`` after all others and in their order.

        ``content_type`` gives that of a file by its name. Raises ``StorageError``; what was sent until then
        is remembered.
        """
        known = self._known()
        marks = {name: _mark(folder / name) for name in names}
        order = [*(name for name in names if name not in last), *(name for name in last if name in marks)]
        sent, removed = [], []
        with self._explained():
            files, root = self._connect()
            for name in order:
                if known.get(name) == marks[name]:
                    continue
                self._put(files, f"{root}/{name}", folder / name, content_type(name))
                known[name] = marks[name]
                self._remember(known)
                sent.append(name)
            for name in [name for name in known if name not in marks]:
                if files.exists(f"{root}/{name}"):
                    files.rm_file(f"{root}/{name}")
                del known[name]
                self._remember(known)
                removed.append(name)
        return Uploaded(tuple(sent), tuple(removed), len(marks) - len(sent))

    def _connect(self) -> tuple[Any, str]:
        from fsspec.core import url_to_fs

        files, root = url_to_fs(self.url, **self._options)
        if not self._is_bucket:
            files.makedirs(str(root), exist_ok=True)
        return files, str(root).rstrip("/")

    def _put(self, files: Any, full: str, path: Path, media_type: str) -> None:
        if self._is_bucket:
            files.put_file(str(path), full, **({"ContentType": media_type} if media_type else {}))
            return
        aside = f"{full}.partial"  # only object stores change a file as a whole
        files.put_file(str(path), aside)
        files.mv(aside, full)

    def _known(self) -> dict[str, Mark]:
        try:
            told = json.loads(self._memory.read_text(encoding="utf-8"))
            return {str(name): (int(mark[0]), int(mark[1])) for name, mark in told["sent"].items()}
        except (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError):
            return {}  # all is sent once more

    def _remember(self, known: Mapping[str, Mark]) -> None:
        self._memory.parent.mkdir(parents=True, exist_ok=True)
        aside = self._memory.with_suffix(f".{os.getpid()}.partial")
        aside.write_text(json.dumps({"url": shown(self.url), "sent": known}), encoding="utf-8")
        aside.replace(self._memory)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except StorageError:
            raise
        except ImportError as error:
            raise StorageError(
                f"Nothing can be sent to {shown(self.url)} ({reason_of(error)}): for s3:// addresses, "
                'pip install "voxpress[s3]" adds what is needed.'
            ) from error
        except Exception as error:  # whatever file systems raise
            raise StorageError(
                f"The show could not be sent to {shown(self.url)} ({reason_of(error)}): see that its server runs and "
                "lets us in; then run the same command again, which goes on."
            ) from error


def _mark(path: Path) -> Mark:
    status = path.stat()
    return (status.st_size, status.st_mtime_ns)


__all__ = ["Upload", "Uploaded"]
