"""Productions are opened, continued, retried and cancelled here, by every command and by the watcher."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import ProductionBusy, VoxpressError
from pipeline.ingest import source_digest
from pipeline.ingest.fetch import is_address
from pipeline.model import SourceInfo
from pipeline.publish.intact import is_intact
from pipeline.settings import ProductionSettings
from pipeline.speech.registry import find_voice
from storage.rows import Production, ProductionState
from tasks import graph
from tasks.context import Context
from tasks.keys import edition_key
from tasks.mastering import encoder


@dataclass(frozen=True, slots=True)
class Submission:
    """A production that was asked for, and whether there is anything to do."""

    production: Production
    up_to_date: bool
    """The edition of exactly this source with exactly these settings is there, whole."""


def submit(context: Context, source: str, output: Path, settings: ProductionSettings) -> Submission:
    """Open (or find again) the production of ``source``; nothing is published yet.

    A source that cannot be read at all is booked as a failed production, so that ``jobs`` and ``status`` tell
    of it; the caller looks at ``production.state``.
    """
    catalog = context.store.catalog
    where = source if is_address(source) else str(Path(source).expanduser().absolute())
    production = catalog.open_production(where, str(output.expanduser().absolute()), settings)
    try:
        info = source_digest(where, settings.reading, context.fetch_rules)
    except VoxpressError as error:
        catalog.reset_for_run(production.id)
        catalog.set_state(production.id, ProductionState.FAILED, error)
        return Submission(catalog.get(production.id), up_to_date=False)
    if _up_to_date(context, production, info):
        return Submission(production, up_to_date=True)
    catalog.reset_for_run(production.id, info.sha256)
    return Submission(catalog.get(production.id), up_to_date=False)


def start(context: Context, production: Production) -> None:
    """Publish the production's graph on the broker."""
    graph.start(production)


def retry(context: Context, production: Production) -> Production:
    """Make a production runnable again: its failure is forgotten, its failed chunks get new attempts."""
    context.store.catalog.retry(production.id)
    return context.store.catalog.get(production.id)


def cancel(context: Context, production: Production) -> Production:
    """Ask for a production to stop; one that nobody works on is cancelled at once."""
    catalog = context.store.catalog
    catalog.request_cancel(production.id)
    if not production.state.final and not is_held(context, production.id):
        catalog.set_state(production.id, ProductionState.CANCELLED)
    return catalog.get(production.id)


def _up_to_date(context: Context, production: Production, info: SourceInfo) -> bool:
    if production.state not in (ProductionState.DONE, ProductionState.DONE_WITH_DOUBTS):
        return False
    if production.source_sha256 != info.sha256 or not production.edition_folder:
        return False
    try:
        voice = find_voice(production.settings.voice.voice, production.language, context.engines)
    except VoxpressError:
        return False
    key = edition_key(info, production.settings, voice, encoder())
    return production.edition_key == key and is_intact(Path(production.edition_folder))


@contextmanager
def held(context: Context, production_id: str) -> Iterator[None]:
    """Hold a production for this command. Raises ``ProductionBusy`` when another command holds it."""
    path = _lock_path(context, production_id)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise ProductionBusy(
                f"Another command is making the production {production_id} now: watch it with "
                f"'voxpress follow {production_id}'."
            ) from None
        yield
    finally:
        os.close(descriptor)


def is_held(context: Context, production_id: str) -> bool:
    """Whether a living command is making the production."""
    try:
        with held(context, production_id):
            return False
    except ProductionBusy:
        return True


def _lock_path(context: Context, production_id: str) -> Path:
    folder = context.settings.run_dir / "productions"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{production_id}.lock"
