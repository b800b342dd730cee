"""When all is over: the source goes where it belongs, and whoever wanted to know is told."""

from __future__ import annotations

import errno
import os

from storage.rows import IntakeRow, IntakeState
from workers.drop import files
from workers.drop.ignored import DONE, DUPLICATE_SUFFIX, ERROR_SUFFIX, FAILED
from workers.drop.names import real, stored, variant
from workers.drop.rules import Rules
from workers.drop.watched import Watched, log

_FOR_GOOD = (errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOTDIR, errno.ELOOP, errno.ENOTEMPTY)
"""Reasons for which a file stays where it is, and no further attempt is made."""
_VARIANTS = 20
"""Names that are looked at for a file whose move was interrupted before it was booked."""


def settle_file(watched: Watched, row: IntakeRow) -> bool:
    """Put a row's file where it belongs and book that; False when it has to be tried again."""
    place = real(row.place)
    if not place:
        return True
    rules = watched.rules(files.split(real(row.path))[0])
    if rules is None and row.state is not IntakeState.FAILED:
        return False  # its folder's settings say what becomes of it, once they are mended
    try:
        new = _put(watched, row, place, rules)
    except OSError as error:
        reason = os.strerror(error.errno or errno.EIO)
        said = f"{watched.inbox.shown(place)} could not be moved or removed ({reason})"
        if error.errno not in _FOR_GOOD:
            watched.once.warn(f"settle {row.id}", f"{said}: that is tried again.")
            return False
        watched.once.warn(f"settle {row.id}", f"{said}: it stays, and the ledger remembers it.")
        new = place
    if new != place:
        mark = files.mark_at(watched.inbox.root, new) if new else ""  # a copy has an inode of its own
        watched.context.store.catalog.set_intake(row.id, place=stored(new), mark=mark or row.mark)
    return True


def _put(watched: Watched, row: IntakeRow, place: str, rules: Rules | None) -> str:
    """Where the file is afterwards; empty when it is gone."""
    root = watched.inbox.root
    into = FAILED if row.state is IntakeState.FAILED else DONE
    goal = _goal(row, into)
    if place.split("/")[0] == into and place != real(row.path):
        return place
    if files.mark_at(root, place) != row.mark:
        # It was moved already, by us before we were killed; or by its owner; or another one is there now.
        new = _moved(root, goal, row.mark)
        if new and into == FAILED:
            _write_error(watched, row, new)
        return new
    if row.state is not IntakeState.FAILED and rules is not None:
        if rules.done == "delete":
            files.remove(root, place, row.mark)
            files.remove_note(root, place, ERROR_SUFFIX)
            return ""
        if rules.done == "keep" and place == real(row.path):
            return place
    new = files.move(root, place, row.mark, goal[:-1])
    files.remove_note(root, place, ERROR_SUFFIX)
    if not new:
        return ""
    if into == FAILED:
        _write_error(watched, row, new)
    elif row.state is IntakeState.DUPLICATE:
        made = f"Its audiobook: {row.edition_folder}" if row.edition_folder else "It is being made."
        watched.note(new, DUPLICATE_SUFFIX, f"This is {row.notice}.\n{made}")
    return new


def _goal(row: IntakeRow, into: str) -> tuple[str, ...]:
    """The file's path in ``done`` or ``failed``: under the subfolder it was dropped in."""
    folders, name = files.split(real(row.path))
    return (into, *folders, name)


def _moved(root: int, goal: tuple[str, ...], mark: str) -> str:
    *folders, name = goal
    for number in range(1, _VARIANTS):
        path = "/".join((*folders, variant(name, number)))
        if files.mark_at(root, path) == mark:
            return path
    return ""


def _write_error(watched: Watched, row: IntakeRow, place: str) -> None:
    watched.note(
        place,
        ERROR_SUFFIX,
        f"{row.error}\n\nThis file was tried {max(row.attempts, 1)} time{'s' * (row.attempts > 1)} and given up. "
        "Mend what is said above, then move the file back into the drop folder: it is tried again.",
    )
    log.debug("The error of %s was written beside it.", watched.inbox.shown(place))
