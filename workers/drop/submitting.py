"""From the ledger to a production: what was taken is handed to the shared workers, with a copy of its bytes."""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import BrokerUnavailable, StorageError, VoxpressError
from pipeline.ingest import SourceCopy
from pipeline.ingest.fetch import is_address
from storage.catalog import production_id
from storage.rows import IntakeRow, IntakeState
from tasks.submission import submit
from workers.drop import files
from workers.drop.names import real, shown
from workers.drop.rules import Rules
from workers.drop.watched import Watched, log

AT_A_TIME = 20
"""Rows that are handed on in one turn: between turns the folder is looked at and rows are followed."""
LOOKED_AT = 1000
"""Rows that are looked at for these: some have to wait for others."""
STAGE = "intake"
"""What the log says the work of this part is."""
_BLOCK = 1 << 20


class _Changed(Exception):
    """The file is not the one that was taken."""


@dataclass(frozen=True, slots=True)
class _Vanished(Exception):
    reason: str


def submit_taken(watched: Watched, row: IntakeRow, most_attempts: int) -> bool:
    """Hand on one row; False when that has to wait. Raises ``StorageError`` where the catalog or store fails."""
    catalog = watched.context.store.catalog
    path = real(row.path)
    rules = watched.rules(files.split(path)[0])
    if rules is None:
        return False
    name = production_id(row.source, str(rules.output), rules.production)
    if catalog.intake_uses(name):
        return False  # another file of that name and folder is being made: the same production continues with this
    if catalog.begin_intake(row.id) > most_attempts:
        # Each attempt ended without a word: whatever it is, it takes the watcher with it.
        fail(watched, row, f"{watched.inbox.shown(path)} could not be handed on in {most_attempts} attempts.")
        return True
    try:
        with _bytes(watched, row, path) as copy:
            return _submit(watched, row, rules, copy)
    except _Changed:
        catalog.forget_drop(row.id)  # the next look takes what is there now
        return True
    except _Vanished as error:
        fail(watched, row, f"{watched.inbox.shown(path)} could not be read: {error.reason}. Drop it again.")
        return True
    except (StorageError, BrokerUnavailable, OSError):
        catalog.set_intake(row.id, attempts=row.attempts)  # that was none of its fault
        raise
    except VoxpressError as error:
        fail(watched, row, str(error))
        return True


def _submit(watched: Watched, row: IntakeRow, rules: Rules, copy: SourceCopy | None) -> bool:
    context = watched.context
    submission = submit(
        context,
        row.source,
        rules.output,
        rules.production,
        shared=True,
        priority=rules.priority,
        copy=copy,
        lexicon=rules.lexicon,
        cast=rules.cast,
    )
    production = submission.production
    other = copy is not None and production.source_sha256 not in ("", row.digest)
    if submission.busy and (other or not production.shared):
        context.store.catalog.set_intake(row.id, attempts=row.attempts)
        said = (
            f"{shown(row.source)} waits: a command is making what was there before, or is making it itself."
        )
        watched.once.warn(f"busy {row.id}", said)
        return False
    context.store.catalog.submit_intake(row, production.id)
    about = {"production": production.id, "stage": STAGE, "journal": True}
    log.info("%s is taken.", _named(watched, row), extra=about)
    return True


def _named(watched: Watched, row: IntakeRow) -> str:
    path = watched.inbox.shown(real(row.path))
    return f"{row.source}, from {path}," if is_address(row.source) else path


def fail(watched: Watched, row: IntakeRow, error: str) -> None:
    """Give a row up; its file is moved when it is settled."""
    catalog = watched.context.store.catalog
    catalog.set_intake(row.id, state=IntakeState.FAILED, error=error, notice="", settled=False)
    log.warning("%s", error, extra={"production": row.production_id, "stage": STAGE})


@contextmanager
def _bytes(watched: Watched, row: IntakeRow, path: str) -> Iterator[SourceCopy | None]:
    """A copy of the file that nobody else can change; None for an address."""
    if is_address(row.source):
        yield None
        return
    folder = watched.context.store.blobs.temp_dir / secrets.token_hex(8)
    folder.mkdir()
    try:
        copy = folder / "source"
        _copy(watched, row, path, copy)
        yield SourceCopy(copy, shown(files.split(path)[1]))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _copy(watched: Watched, row: IntakeRow, path: str, copy: Path) -> None:
    digest = hashlib.sha256()
    try:
        descriptor = files.open_file(watched.inbox.root, path)
    except FileNotFoundError as error:
        raise _Vanished("it was removed before it was read") from error
    except OSError as error:
        raise _Vanished(os.strerror(error.errno or errno.EIO)) from error
    try:
        if files.mark_of(os.fstat(descriptor)) != row.mark:
            raise _Changed
        with copy.open("wb") as file:
            while block := _read(descriptor):
                digest.update(block)
                file.write(block)
    finally:
        os.close(descriptor)
    if digest.hexdigest() != row.digest:
        raise _Changed


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, _BLOCK)
    except OSError as error:  # what cannot be written is another matter: that is not this file's fault
        raise _Vanished(os.strerror(error.errno or errno.EIO)) from error
