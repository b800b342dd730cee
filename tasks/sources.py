"""Copies of sources: what was handed in on one host is read on another, also after it was moved or removed."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from pipeline.errors import SourceError, SourceNotFound
from pipeline.ingest import FetchRules, SourceCopy, find_source
from pipeline.model import SourceInfo
from pipeline.serial import dump, load
from pipeline.settings import ReadingSettings
from storage.rows import Production
from tasks.context import Context
from tasks.keys import source_key


def keep_source(
    context: Context, source: str, reading: ReadingSettings, rules: FetchRules, copy: SourceCopy | None = None
) -> tuple[SourceInfo, str]:
    """Put the bytes of a source (or of ``copy``) into the store; return what it is, and the kept copy's key.

    Raises ``SourceError``.
    """
    info, found = find_source(source, reading, rules, copy)
    key = source_key(info.sha256, found.name, found.charset)
    if context.store.recall(key) is None:
        context.store.keep(key, "source", found.path, dump([found.name, found.charset]), move=False)
    return info, key


@contextmanager
def source_copy(context: Context, production: Production) -> Iterator[SourceCopy | None]:
    """The production's copy of its source, under the name it had; None for one that is read where it lies.

    Raises ``SourceNotFound`` when the copy is gone from the store.
    """
    if not production.source_key:
        yield None
        return
    kept = context.store.recall(production.source_key)
    if kept is None:
        raise SourceNotFound(f"The copy of {production.source} is gone from the store: submit it again.")
    name, charset = load(tuple[str, str], kept.detail)
    folder = context.store.blobs.temp_dir / secrets.token_hex(8)
    folder.mkdir()
    try:
        path = folder / Path(name).name
        path.symlink_to(context.store.blobs.local_path(kept.digest).absolute())
        yield SourceCopy(path, name, charset)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def source_file(context: Context, production: Production, source: SourceInfo) -> Iterator[Path | None]:
    """The file of a source that was read, with the very bytes; None when it is gone or another one by now."""
    with ExitStack() as stack:
        path: Path | None = None
        with suppress(SourceError):
            copy = stack.enter_context(source_copy(context, production))
            info, found = find_source(
                production.source, production.settings.reading, context.fetch_rules, copy
            )
            path = found.path if info.sha256 == source.sha256 else None
        yield path
