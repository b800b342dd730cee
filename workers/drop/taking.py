"""From the drop folder into the ledger: files that are complete, and what they lead to."""

from __future__ import annotations

import errno
import hashlib
import json
import logging
import os
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.errors import SourceError, VoxpressError
from pipeline.ingest.links import is_link, is_list, read_links
from pipeline.limits import LINK_FILE_BYTES, SOURCE_BYTES
from pipeline.publish.intact import is_intact
from pipeline.publish.place import REPORT
from storage.drops import Drop
from storage.rows import IntakeRow, IntakeState
from workers.drop import files
from workers.drop.complete import PATIENCE_SECONDS, is_written, looks_whole
from workers.drop.ignored import ERROR_SUFFIX, FAILED, RULE_FILES
from workers.drop.inbox import Found
from workers.drop.names import real, shown, stored
from workers.drop.rules import Rules
from workers.drop.watched import Watched, log

UNREADABLE_SECONDS = 60.0
"""How long a file may refuse to be read before it counts as failed: its permissions may come last."""
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Scan:
    """What one look at a drop folder came to."""

    taken: tuple[IntakeRow, ...]
    waiting: int
    """Files that are not complete yet, as far as one can tell."""
    blocked: int
    """Files that wait for their folder's ``voxpress.toml`` to be mended."""


def take_complete(watched: Watched) -> Scan:
    """Look at everything in a drop folder, and take what is complete."""
    inbox, still = watched.inbox, watched.still
    known = watched.context.store.catalog.places(inbox.name)
    ready: list[tuple[Found, float]] = []
    unsettled: set[tuple[str, ...]] = set()
    waiting = 0
    still.begin_turn()
    for found in inbox.scan(lambda path, why: _odd(watched, path, why)):
        if found.name in RULE_FILES:
            if still.look(("rules", found.path), found.mark) < watched.settle_seconds:
                unsettled.add(found.folders)
            continue
        if known.get(stored(found.path)) == found.mark:
            continue
        age = still.look(found.path, found.mark)
        if age >= watched.settle_seconds:
            ready.append((found, age))
        else:
            waiting += 1
    still.end_turn()
    taken: list[IntakeRow] = []
    blocked = 0
    for found, age in ready:
        if any(found.folders[: len(folder)] == folder for folder in unsettled):
            waiting += 1  # its folder's rules are just being written
        elif (rules := watched.rules(found.folders)) is None:
            blocked += 1
        elif row := _take_safely(watched, found, age, rules):
            taken.append(row)
            watched.once.forget(found.path)
        elif files.mark_at(inbox.root, found.path):
            waiting += 1
    return Scan(tuple(taken), waiting, blocked)


def _odd(watched: Watched, path: str, why: str) -> None:
    watched.once.warn(f"odd {path}", f"{watched.inbox.shown(path)} {why}.", logging.INFO)


def _take_safely(watched: Watched, found: Found, age: float, rules: Rules) -> IntakeRow | None:
    """A file that brings about what nobody foresaw shall not keep the others waiting."""
    try:
        return _take(watched, found, age, rules)
    except VoxpressError:
        raise
    except Exception as error:
        log.warning("%s", watched.inbox.shown(found.path), exc_info=True)
        what = f"Unexpected {type(error).__name__}: {' '.join(str(error).split()) or 'without a word'}"
        return _refuse(
            watched, found, rules, f"{watched.inbox.shown(found.path)} could not be taken. {what}."
        )


def _take(watched: Watched, found: Found, age: float, rules: Rules) -> IntakeRow | None:
    """Take a file whose stillness is long enough; None when it is to be looked at again."""
    inbox = watched.inbox
    try:
        descriptor = files.open_file(inbox.root, found.path)
    except OSError as error:
        return _unreadable(watched, found, age, rules, error)
    try:
        if files.mark_of(os.fstat(descriptor)) != found.mark or not _is_complete(
            watched, found, age, descriptor
        ):
            return None
        if found.size > SOURCE_BYTES:
            said = f"{inbox.shown(found.path)} is larger than {SOURCE_BYTES >> 20} MB, the most that is read."
            return _refuse(watched, found, rules, said)
        digest = _digest(descriptor)
        data = (
            os.pread(descriptor, LINK_FILE_BYTES + 1, 0)
            if is_link(found.name) or is_list(found.name)
            else b""
        )
        if files.mark_of(os.fstat(descriptor)) != found.mark:
            return None  # it was written to meanwhile
    except OSError as error:
        return _unreadable(watched, found, age, rules, error)
    finally:
        os.close(descriptor)
    if is_link(found.name):
        return _take_link(watched, found, rules, digest, data)
    if is_list(found.name):
        return _take_list(watched, found, rules, digest, data)
    return _enter(watched, watched.drop(found, digest, rules.work(digest)))


def _is_complete(watched: Watched, found: Found, age: float, descriptor: int) -> bool:
    where = watched.inbox.shown(found.path)
    if is_written(descriptor):
        if age >= PATIENCE_SECONDS:
            said = f"{where} is still open for writing in some program: it is taken when that closes it."
            watched.once.warn(found.path, said, logging.INFO)
        return False
    if age < PATIENCE_SECONDS and (found.fetched or not looks_whole(descriptor)):
        said = f"{where} does not look complete: it is taken when it is, or in {PATIENCE_SECONDS / 60:g} minutes."
        watched.once.warn(found.path, said, logging.INFO)
        return False
    return True


def _digest(descriptor: int) -> str:
    digest = hashlib.sha256()
    os.lseek(descriptor, 0, os.SEEK_SET)
    while block := os.read(descriptor, _BLOCK):
        digest.update(block)
    return digest.hexdigest()


def _unreadable(watched: Watched, found: Found, age: float, rules: Rules, error: OSError) -> IntakeRow | None:
    if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.EINVAL):
        return None  # it vanished, or something else is there now: the next look tells
    reason = os.strerror(error.errno or errno.EIO)
    said = f"{watched.inbox.shown(found.path)} cannot be read ({reason}): check its permissions."
    if age < UNREADABLE_SECONDS:
        watched.once.warn(found.path, said)
        return None
    return _refuse(watched, found, rules, said)


def _refuse(watched: Watched, found: Found, rules: Rules, said: str) -> IntakeRow:
    """What cannot even be handed on, under a hash of its name: nobody knows its content."""
    digest = hashlib.sha256(stored(f"unread {watched.inbox.name} {found.path}").encode()).hexdigest()
    return _enter(watched, watched.drop(found, digest, rules.work(digest)), said)


# -- into the ledger -----------------------------------------------------------------------------------------


def _enter(watched: Watched, drop: Drop, error: str = "") -> IntakeRow:
    catalog = watched.context.store.catalog
    before = catalog.works([drop.work]).get(drop.work) if drop.work else None
    row = catalog.take(drop, again=before is not None and _is_gone(watched, before), error=error)
    _tell(watched, row)
    return row


def _take_link(watched: Watched, found: Found, rules: Rules, digest: str, data: bytes) -> IntakeRow:
    try:
        (address,) = read_links(shown(found.name), data)
    except SourceError as error:
        return _enter(watched, watched.drop(found, digest, rules.work(digest)), str(error))
    return _enter(watched, _address_drop(watched, found, rules, address))


def _take_list(watched: Watched, found: Found, rules: Rules, digest: str, data: bytes) -> IntakeRow:
    try:
        addresses = read_links(shown(found.name), data)
    except SourceError as error:
        return _enter(watched, watched.drop(found, digest, rules.work(digest)), str(error))
    entries = [replace(_address_drop(watched, found, rules, a), place="") for a in addresses]
    catalog = watched.context.store.catalog
    before = catalog.works([str(entry.work) for entry in entries])
    again = frozenset(work for work, row in before.items() if _is_gone(watched, row))
    row = catalog.take_list(watched.drop(found, digest, None), entries, again=again)
    log.info("%s is taken: it names %d addresses.", watched.inbox.shown(found.path), len(entries))
    _forget_note(watched, real(row.path))
    return row


def _address_drop(watched: Watched, found: Found, rules: Rules, address: str) -> Drop:
    digest = hashlib.sha256(address.encode()).hexdigest()
    return watched.drop(found, digest, rules.work(digest), address)


def _is_gone(watched: Watched, row: IntakeRow) -> bool:
    """Whether what was made of it is not in the library any more, so that it may be made again.

    Where the library cannot be seen from here, what the ledger says counts.
    """
    if row.state is not IntakeState.DONE:
        return False
    folder = Path(row.edition_folder)
    if not row.edition_folder or not watched.base.output.is_dir():
        return False
    if not is_intact(folder):
        return True
    return "://" not in row.source and _read_digest(folder) not in ("", row.digest)


def _read_digest(folder: Path) -> str:
    """SHA-256 of the source that the edition was made from: an edition may have been replaced by a newer one."""
    try:
        return str(json.loads((folder / REPORT).read_bytes())["source"]["sha256"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _tell(watched: Watched, row: IntakeRow) -> None:
    where = watched.inbox.shown(real(row.path))
    if row.state is IntakeState.DUPLICATE:
        made = f"its audiobook is in {row.edition_folder}" if row.edition_folder else "that is being made"
        log.info("%s is %s: %s.", where, shown(row.notice), made)
    elif row.state is IntakeState.FAILED:
        log.warning("%s", row.error)
    _forget_note(watched, real(row.path))


def _forget_note(watched: Watched, path: str) -> None:
    """What was said when it failed before is true no more."""
    root = watched.inbox.root
    for place in (f"{FAILED}/{path}", path):
        if place == path or not files.mark_at(root, place):
            files.remove_note(root, place, ERROR_SUFFIX)
