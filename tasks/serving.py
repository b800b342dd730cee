"""Who serves which queue: workers report themselves to the catalog, and a queue that nobody serves is told of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from pipeline.errors import SpeechError
from pipeline.speech.conversion import divided
from pipeline.speech.registry import AUTO, spoken_by
from storage.rows import Production, ProductionState, WorkerRow
from tasks.context import Context
from tasks.offers import find_voice
from tasks.queues import ASR_QUEUE, CPU_QUEUE, PUBLISH_QUEUE, engine_of, queue_of
from tasks.room import want_of_room

EngineMeant = Callable[[Context, str, str], str]
"""The engine that speaks a voice which is asked for by a name without its engine, and a language; empty: none is
known."""

_AWAY = "The broker does not answer ({}): what is made is kept, and it goes on as soon as the broker does."


def slots(context: Context, production: Production) -> int:
    """Batches that can be spoken at the same time: by all workers of its engines for a shared production, else
    by our own."""
    if not production.shared:
        return context.settings.workers
    voices = context.store.catalog.voices(production.id) or [production.voice]
    queues = {queue_of(spoken_by(voice)) for voice in voices}
    workers = context.store.catalog.workers()
    return sum(worker.slots for worker in workers if not queues.isdisjoint(worker.queues)) or 1


def engine_meant(context: Context, wanted: str, language: str) -> str:
    """Ask everybody who may have such a voice, servers that may hang included."""
    try:
        return spoken_by(find_voice(context, wanted, language, shared=True).voice.name)
    except SpeechError:
        return ""


def unserved(
    context: Context,
    production: Production,
    workers: Iterable[WorkerRow] | None = None,
    meant: EngineMeant = engine_meant,
) -> str:
    """A sentence when no living worker serves a queue that the production needs next; empty otherwise."""
    alive = context.store.catalog.workers() if workers is None else list(workers)
    served = {queue for worker in alive for queue in worker.queues}
    missing = sorted(_needed(context, production, meant) - served)
    if not missing:
        return ""
    what = " and ".join(missing)
    if not alive:
        return f"No worker is running that serves {what}: start one with 'voxpress worker' or 'voxpress up'."
    return (
        f"No worker serves {what}: start one with 'voxpress worker {_named(missing)}' on a host that "
        f"{_can(missing)}."
    )


def note_unserved(
    context: Context, productions: Iterable[Production], away: str = "", meant: EngineMeant = engine_meant
) -> None:
    """Write into the catalog what each production waits for in vain; ``away`` is why the broker does not answer."""
    workers = context.store.catalog.workers()
    for production in productions:
        notice = _AWAY.format(away) if away else unserved(context, production, workers, meant)
        if notice != production.notice:
            context.store.catalog.set_notice(production.id, notice)


def note_waiting(context: Context) -> None:
    """Write into the catalog why productions that wait for their turn do not get it."""
    context.store.catalog.note_waiting(want_of_room(context.settings))


def _needed(context: Context, production: Production, meant: EngineMeant) -> set[str]:
    """The queues of a production's next tasks, as far as they are known."""
    state = production.state
    if state is ProductionState.PUBLISHING:
        return {PUBLISH_QUEUE}
    if state is ProductionState.SPEAKING:
        engines = context.store.catalog.engines_wanted(production.id)
        wanted = {queue_of(engine) for engine in engines}
        if production.ears and (engines or context.store.catalog.waits_for_ears(production.id)):
            wanted.add(ASR_QUEUE)
        return wanted or {CPU_QUEUE}
    engine = _engine_of(context, production, meant)
    return {CPU_QUEUE, queue_of(engine)} if engine else {CPU_QUEUE}


def _engine_of(context: Context, production: Production, meant: EngineMeant) -> str:
    """The engine of the voice that is asked for; empty where that is not known before its text is read."""
    wanted = production.settings.voice.voice.strip()
    if ":" in divided(wanted)[0]:
        return spoken_by(wanted)
    return "" if wanted in ("", AUTO) else meant(context, wanted, production.language or "en")


def _named(queues: Sequence[str]) -> str:
    engines = [engine_of(queue) for queue in queues]
    if all(engines):
        return " ".join(f"--engine {engine}" for engine in engines)
    return f"--queues {','.join(queues)}"


def _can(queues: Iterable[str]) -> str:
    engines = [engine for queue in queues if (engine := engine_of(queue))]
    if engines:
        return f"has the engine {' and '.join(engines)}"
    if ASR_QUEUE in queues:
        return "has a model for speech recognition (or make it with '--check signal')"
    return "sees the folder of the editions" if PUBLISH_QUEUE in queues else "has the time"
