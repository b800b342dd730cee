"""Productions are opened, continued, retried and cancelled here, by every command and by the watcher."""

from __future__ import annotations

import fcntl
import os
import time
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
from pipeline.speech.registry import AUTO, engine_names, find_voice
from storage.rows import Production, ProductionState
from tasks import graph
from tasks.context import Context
from tasks.doubts import doubtful_takes
from tasks.keys import edition_key
from tasks.mastering import encoder
from tasks.options import codecs

HOLD_SECONDS = 0.5
"""How long a command waits for the one that holds the same production."""


@dataclass(frozen=True, slots=True)
class Submission:
    """A production that was asked for, and whether there is anything to do."""

    production: Production
    up_to_date: bool
    """The edition of exactly this source with exactly these settings is there, whole."""
    busy: bool = False
    """Another command is making it now: nothing was changed under its hands."""


def check_choices(context: Context) -> None:
    """Refuse at once, before anything is begun, what can be seen to fail later.

    Raises ``SettingsError`` for a format, and ``SpeechError`` for a voice that there is not.
    """
    settings = context.settings.production
    codecs(settings)
    wanted, language = settings.voice.voice, settings.reading.language
    if language or wanted not in (AUTO, *engine_names(hidden=True)):
        find_voice(
            wanted, language or "en", context.engines
        )  # a voice that is named is found for any language


def submit(context: Context, source: str, output: Path, settings: ProductionSettings) -> Submission:
    """Open (or find again) the production of ``source``; nothing is published yet.

    A source that cannot be read at all is booked as a failed production, so that ``jobs`` and ``status`` tell
    of it; the caller looks at ``production.state``.
    """
    where = source if is_address(source) else str(Path(source).expanduser().absolute())
    place = str(output.expanduser().absolute())
    production = context.store.catalog.open_production(where, place, settings)
    try:
        with held(context, production.id):
            return _submit(context, production)
    except ProductionBusy:
        return Submission(production, up_to_date=False, busy=True)


def _submit(context: Context, production: Production) -> Submission:
    catalog = context.store.catalog
    try:
        info = source_digest(production.source, production.settings.reading, context.fetch_rules)
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
    """Make a production runnable again: its failure is forgotten, and what is in doubt is spoken again.

    That is every chunk that was given up, which gets new attempts, and every take that has a doubt: it came
    from another engine, say, because the planned one failed. Raises ``ProductionBusy``.
    """
    with held(context, production.id):
        for key in doubtful_takes(context.store, production.id):
            context.store.forget(key)
        context.store.catalog.retry(production.id)
    return context.store.catalog.get(production.id)


def cancel(context: Context, production: Production) -> Production:
    """Ask for a production to stop; one that nobody works on is cancelled at once, a final one stays."""
    catalog = context.store.catalog
    if production.state.final:
        return production
    catalog.request_cancel(production.id)
    if not is_held(context, production.id):
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
    descriptor = _open_lock(context, production_id)
    try:
        # Patient for a moment: the holder may only be somebody who is looking whether it is held.
        deadline = time.monotonic() + HOLD_SECONDS
        while not _locked(descriptor, fcntl.LOCK_EX):
            if time.monotonic() > deadline:
                raise ProductionBusy(
                    f"Another command is making {production_id} now: watch it with "
                    f"'voxpress follow {production_id}'."
                )
            time.sleep(0.01)
        yield
    finally:
        os.close(descriptor)


def is_held(context: Context, production_id: str) -> bool:
    """Whether a living command is making the production."""
    descriptor = _open_lock(context, production_id)
    try:
        return not _locked(descriptor, fcntl.LOCK_SH)
    finally:
        os.close(descriptor)


def _locked(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _open_lock(context: Context, production_id: str) -> int:
    folder = context.settings.run_dir / "productions"
    folder.mkdir(parents=True, exist_ok=True)
    return os.open(folder / f"{production_id}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
