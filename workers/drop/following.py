"""What became of the productions: one question to the catalog for all rows that are open."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from pipeline.errors import (
    AddressRefused,
    FetchError,
    ProductionBusy,
    ScriptError,
    SettingsError,
    SourceError,
    VoiceNotFound,
    from_kind,
)
from storage.intake import Followed
from storage.rows import IntakeRow, IntakeState, ProductionState
from tasks.submission import retry
from workers.drop.names import real, shown
from workers.drop.submitting import STAGE, fail
from workers.drop.watched import Watched, log

RETRY_SECONDS = 60.0
"""Before the second attempt; twice as long before each further one."""
FINISHED = (ProductionState.DONE, ProductionState.DONE_WITH_DOUBTS)
_FOR_GOOD = (SourceError, ScriptError, SettingsError, VoiceNotFound)
"""What is the same at every attempt; a page that could not be fetched is not."""


def follow(watched: Watched, ended: Followed, most_attempts: int) -> ProductionState | None:
    """Book how a row's production ended; its state when that is the end of it, None when it goes on."""
    row = ended.row
    if ended.state in FINISHED:
        _finish(watched, ended)
        return ended.state
    if ended.state is None:
        said = f"The production of {shown(row.source)} was removed from the catalog; drop it again to have it made."
        fail(watched, row, said)
        return ProductionState.CANCELLED
    if ended.state is ProductionState.CANCELLED:
        fail(watched, row, f"{shown(row.source)} was cancelled; drop it again to go on with it.")
        return ended.state
    if ended.state is ProductionState.FAILED:
        if row.attempts >= most_attempts or not may_help(ended.error_kind):
            fail(watched, row, ended.error)
            return ended.state
        _try_again(watched, ended, most_attempts)
        return None
    # It had failed, and somebody helped it on ("voxpress retry").
    watched.context.store.catalog.set_intake(
        row.id, state=IntakeState.TAKEN, error="", notice="", settled=False
    )
    return None


def may_help(kind: str) -> bool:
    """Whether another attempt may end better than with an error of that kind."""
    error = from_kind(kind, "")
    if isinstance(error, FetchError):
        return not isinstance(error, AddressRefused)
    return not isinstance(error, _FOR_GOOD)


def _finish(watched: Watched, ended: Followed) -> None:
    row, notice = ended.row, ""
    if ended.state is ProductionState.DONE_WITH_DOUBTS:
        number = "1 thing is" if ended.doubts == 1 else f"{ended.doubts} things are"
        notice = f"{number} in doubt, see {Path(ended.edition_folder) / 'report.json'}"
    watched.context.store.catalog.finish_intake(row.id, row.production_id, ended.edition_folder, notice)
    log.info(
        '"%s" is done: %s%s',
        shown(ended.title or row.source),
        ended.edition_folder,
        f" ({notice})" if notice else "",
        extra={"production": row.production_id, "stage": STAGE},
    )


def _try_again(watched: Watched, ended: Followed, most_attempts: int) -> None:
    row, catalog = ended.row, watched.context.store.catalog
    notice = f"attempt {row.attempts} of {most_attempts} failed: {ended.error}"
    if row.notice != notice:
        catalog.set_intake(row.id, notice=notice)
        log.warning("%s", notice, extra={"production": row.production_id, "stage": STAGE})
        return
    waited = (datetime.now(UTC) - row.updated_at).total_seconds()
    if waited < RETRY_SECONDS * 2 ** (max(row.attempts, 1) - 1):
        return
    if not ended.kept:
        catalog.set_intake(row.id, production_id="")  # its source was never read: it is handed on anew
        return
    catalog.begin_intake(row.id)
    try:
        retry(watched.context, catalog.get(row.production_id))
    except ProductionBusy:
        return  # somebody else was quicker


def end_list(watched: Watched, row: IntakeRow, links: Sequence[IntakeRow]) -> bool:
    """Book the end of a list of links; whether all of them were made."""
    failed = [link for link in links if link.state is IntakeState.FAILED]
    where = watched.inbox.shown(real(row.path))
    said = [row.error] if row.error else []
    said += [f"{link.source}: {link.error}" for link in failed]
    if said:
        made = f"{row.links - len(failed)} of the {row.links} addresses in {where} were made."
        fail(watched, row, "\n".join([*said, made]))
    else:
        catalog = watched.context.store.catalog
        catalog.set_intake(row.id, state=IntakeState.DONE, error="", settled=False)
        log.info("All %d addresses of %s are done.", row.links, where)
    return not said
