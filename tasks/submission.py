"""Productions are opened, continued, retried, cancelled and forgotten here, by every command and by the watcher.

Celery, and all that speaks and encodes, is imported where it is needed: most commands only look.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.errors import ProductionBusy, SourceUnsupported, VoxpressError
from pipeline.ingest import SourceCopy, source_digest
from pipeline.ingest.fetch import is_address
from pipeline.model import SourceInfo, SourceKind
from pipeline.script.casting.cast import Cast
from pipeline.script.lexicon import Entry
from pipeline.settings import ProductionSettings
from pipeline.speech.registry import AUTO
from storage.rows import Priority, Production, ProductionState
from tasks.casting import keep_cast, kept_cast, narrator_of
from tasks.context import Context
from tasks.ears import require_ears
from tasks.holds import held, is_held
from tasks.lexicons import keep_lexicon
from tasks.music import music_keys, with_music
from tasks.offers import find_voice, is_known, require_engine
from tasks.options import require_watermark
from tasks.sources import keep_source


@dataclass(frozen=True, slots=True)
class Submission:
    """A production that was asked for, and whether there is anything to do."""

    production: Production
    up_to_date: bool
    """The edition of exactly this source with exactly these settings is there, whole."""
    busy: bool = False
    """Another command is making it now: nothing was changed under its hands."""


def check_choices(
    context: Context, settings: ProductionSettings | None = None, *, shared: bool = False
) -> None:
    """Refuse at once, before anything is begun, what can be seen to fail later.

    Raises ``VoiceNotFound`` for a voice that there is not, or a language that nobody here speaks, and
    ``EngineUnavailable`` for an engine that cannot run. (Values that no voice or encoder takes are refused by
    ``storage.settings``.) ``RecogniserUnavailable`` when takes are to be listened to and nothing here can; those of
    ``shared`` productions are listened to elsewhere. Without ``settings`` those of the command are looked at.
    """
    settings = settings or context.settings.production
    wanted, language = settings.voice.voice.strip(), settings.reading.language
    if not language and wanted not in ("", AUTO) and is_known(context, wanted, shared=shared):
        require_engine(context, wanted, shared=shared)
    elif language or wanted not in ("", AUTO):
        # One that is named is found for any language.
        require_watermark(settings, find_voice(context, wanted, language or "en", shared=shared).voice)
    if not shared:
        require_ears(context, settings.check, language)


def submit(
    context: Context,
    source: str,
    output: Path,
    settings: ProductionSettings,
    *,
    refresh: bool = False,
    shared: bool = False,
    priority: Priority = Priority.NORMAL,
    copy: SourceCopy | None = None,
    lexicon: Sequence[Entry] = (),
    cast: Cast | None = None,
) -> Submission:
    """Open (or find again) the production of ``source``; nothing is published yet.

    With ``refresh`` a web address that was fetched before is fetched again; the workers then find it fetched.
    A source that cannot be read at all is booked as a failed production, so that ``jobs`` and ``status`` tell
    of it; the caller looks at ``production.state``.

    A ``shared`` production is left to the workers of the shared broker (``tasks.dispatch`` starts it), and a
    copy of its source to the store, where every host finds it. With ``copy`` the bytes are read from there, and
    ``source`` only says where they came from. ``lexicon`` and ``cast`` are kept with the production
    (``tasks.lexicons``, ``tasks.casting``), unless that is under way, which goes on with those that it has. The files
    that ``settings.music`` names are read and kept here (``AudioError``); other music makes another production.
    """
    where = source if is_address(source) else str(Path(source).expanduser().absolute())
    place = str(output.expanduser().absolute())
    catalog = context.store.catalog
    settings = with_music(context, settings)
    production = catalog.open_production(where, place, settings, shared=shared)
    if under_way(production):
        return _hurried(context, production, priority) if shared else _busy(production)
    try:
        with held(context, production.id):
            keys = keep_lexicon(context, lexicon), keep_cast(context, cast)
            if (given := replace(production.settings, lexicon=keys[0], cast=keys[1])) != production.settings:
                catalog.update(production.id, settings=given)
                production = catalog.get(production.id)
            return _submit(context, production, refresh=refresh, shared=shared, priority=priority, copy=copy)
    except ProductionBusy:
        return _busy(production)


def under_way(production: Production) -> bool:
    """Whether the shared workers have the production, or will get it as soon as they have time."""
    return production.shared and not production.state.final and bool(production.source_key)


def _busy(production: Production) -> Submission:
    return Submission(production, up_to_date=False, busy=True)


def _hurried(context: Context, production: Production, priority: Priority) -> Submission:
    """Asked for again while it is under way: it can only become more urgent, for what is not published yet."""
    if priority < production.priority:
        context.store.catalog.update(production.id, priority=int(priority))
    return _busy(context.store.catalog.get(production.id))


def _submit(
    context: Context,
    production: Production,
    *,
    refresh: bool,
    shared: bool,
    priority: Priority,
    copy: SourceCopy | None,
) -> Submission:
    catalog = context.store.catalog
    rules = replace(context.fetch_rules, refresh=refresh)
    fields = {"shared": shared, "priority": int(priority)}
    try:
        if shared:
            info, key = keep_source(context, production.source, production.settings.reading, rules, copy)
        else:
            info, key = source_digest(production.source, production.settings.reading, rules, copy), ""
    except VoxpressError as error:
        catalog.reset_for_run(production.id, **fields)
        catalog.set_state(production.id, ProductionState.FAILED, error)
        return Submission(catalog.get(production.id), up_to_date=False)
    if _up_to_date(context, production, info):
        return Submission(production, up_to_date=True)
    own = production.settings
    if given := [one for one in (key, own.lexicon, own.cast, *music_keys(context, own)) if one]:
        catalog.set_needs(production.id, given)
    catalog.reset_for_run(production.id, source_sha256=info.sha256, source_key=key, **fields)
    return Submission(catalog.get(production.id), up_to_date=False)


def start(context: Context, production: Production) -> None:
    """Publish the production's graph on the broker."""
    from tasks import graph

    graph.start(production)


def retry(
    context: Context, production: Production, *, doubts: bool = False, only: Collection[str] | None = None
) -> Production:
    """Make a production runnable again: its failure is forgotten, and chunks that were given up get new attempts.

    With ``doubts`` every take in doubt is spoken again, ``only`` those under these keys where they are given, with
    another seed than any before; what somebody accepted stays. When such takes were among those on which the voice's
    level was measured, it is measured again, so that the book becomes what it would have been at once.
    Raises ``ProductionBusy``.
    """
    if production.source_kind == SourceKind.RECORDING:
        raise SourceUnsupported(
            f"{production.id} is a voice memo, of which nothing is spoken: 'voxpress note' makes its episode."
        )
    from tasks.doubts import doubtful_takes
    from tasks.levels import rests_on_doubts
    from tasks.references import forget_reference
    from tasks.retakes import all_keys
    from tasks.rounds import another_round

    if under_way(production):
        raise ProductionBusy(
            f"The workers are making {production.id} already: watch it with 'voxpress follow {production.id}'."
        )
    with held(context, production.id):
        doubtful = set(doubtful_takes(context.store, production.id)) if doubts else set()
        if only is not None:
            doubtful &= set(only)
        if rests_on_doubts(context, production, doubtful):
            context.store.catalog.forget_levels(production.id)
            forget_reference(context, production)
        if doubtful:
            another_round(context, production, doubtful)
        for key in doubtful:
            for rendition in all_keys(key):
                context.store.forget(rendition)
        context.store.catalog.retry(production.id)
    return context.store.catalog.get(production.id)


def cancel(context: Context, production: Production) -> Production:
    """Ask for a production to stop; one that nobody works on is cancelled at once, a final one stays."""
    catalog = context.store.catalog
    if production.state.final:
        return production
    catalog.request_cancel(production.id)
    if production.shared or not is_held(context, production.id):
        catalog.set_state(production.id, ProductionState.CANCELLED)
    return catalog.get(production.id)


def forget(context: Context, production: Production) -> None:
    """Remove a production from the catalog, never its edition; what only it needed is garbage from then on.

    Raises ``ProductionBusy``.
    """
    if under_way(production):
        raise ProductionBusy(
            f"The workers are making {production.id}: 'voxpress cancel {production.id}' first."
        )
    with held(context, production.id):
        context.store.catalog.forget_production(production.id)


def _up_to_date(context: Context, production: Production, info: SourceInfo) -> bool:
    if production.state not in (ProductionState.DONE, ProductionState.DONE_WITH_DOUBTS):
        return False
    if production.source_sha256 != info.sha256 or not production.edition_folder:
        return False
    from pipeline.publish.intact import is_intact
    from tasks.keys import edition_key
    from tasks.levels import voices_of
    from tasks.mastering import encoder

    try:
        wanted = narrator_of(production.settings, kept_cast(context, production))
        # A worker that is away for now does not make another audiobook of it.
        voices = [
            find_voice(context, name, production.language, shared=production.shared, away=True).voice
            for name in (wanted, *voices_of(context, production))
        ]
    except VoxpressError:
        return False
    narrator, *voices = voices
    if narrator.name != production.voice:
        return False
    key = edition_key(info, production.settings, voices, encoder())
    return production.edition_key == key and is_intact(Path(production.edition_folder))
