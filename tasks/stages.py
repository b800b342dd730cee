"""The Celery tasks: each looks at the catalog, calls one stage, and books how it ended.

They take ids only, return a short word, and never raise for a production's own failure: that is written to
the catalog, where people and the reconciler look, and the graph runs out quietly.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import wraps

from pipeline.errors import (
    BrokerUnavailable,
    ProductionCancelled,
    ProductionNotFound,
    VoxpressError,
    WorkError,
)
from storage.rows import Production, ProductionState
from tasks import counters, graph
from tasks.adding import check_length
from tasks.app import app
from tasks.context import Context, context
from tasks.fields import fields_of, refusal
from tasks.hearing import hear_batch
from tasks.journal import JOURNAL, write_journal
from tasks.levels import fix_level, waits_for_ears
from tasks.logs import about
from tasks.mastering import master as master_chapter
from tasks.outcome import StageRequest, failed
from tasks.publishing import is_complete, publish_edition
from tasks.reading import ingest as read_source
from tasks.reading import script as write_script
from tasks.references import learn_reference
from tasks.speaking import speak_batch
from tasks.tries import counted

log = logging.getLogger(__name__)

Stage = Callable[..., str]

MANY = ("speak", "hear")
"""The stages of batches, of which a book has hundreds: the journal has nothing of those that went well."""
ONCE = ("ingest", "script", "level", "publish")
"""The stages that a book has once: the journal has when they began, too."""


def production_task(name: str) -> Callable[[Stage], Stage]:
    """Register ``voxpress.<name>``: a task of one production.

    The stage is called with ``(context, production, **arguments)`` unless the production is over; whatever it
    raises ends up in the catalog as the production's state, with a sentence.
    """

    def register(stage: Stage) -> Stage:
        @wraps(stage)
        @_refused(name, stage)
        @_reported(name)
        def run(production_id: str, **arguments: int) -> str:
            here = context()
            catalog = here.store.catalog
            try:
                production = catalog.get(production_id)
            except ProductionNotFound:
                log.info("it was forgotten: there is nothing to do for it")
                return "forgotten"
            if production.cancel_requested:
                catalog.set_state(production_id, ProductionState.CANCELLED)
                return "cancelled"
            if production.state.final:
                return production.state.value
            began = time.monotonic()
            if name in ONCE:
                log.info("begins", extra=JOURNAL)
            try:
                with counted() as times:
                    if times > 1:
                        counters.add("tasks", name, "killed")
                        log.warning("begun again: its process was killed, or lost the broker (%s)", times - 1)
                    if times > here.settings.attempts and name != "speak":
                        raise WorkError(_deadly(name, times - 1))
                    said = stage(here, production, **arguments)
            except ProductionCancelled:
                catalog.set_state(production_id, ProductionState.CANCELLED)
                log.info("cancelled", extra=JOURNAL)
                counters.add("tasks", name, "cancelled")
                return "cancelled"
            except (
                BrokerUnavailable
            ) as error:  # what comes next is published when it is back (tasks.reconcile)
                log.warning("%s", error)
                return "waits for the broker"
            except VoxpressError as error:
                catalog.set_state(production_id, ProductionState.FAILED, error)
                log.error("failed: %s", error)
                counters.add("tasks", name, "failed")
                return failed(error)
            except Exception as error:
                log.exception("failed: %s: %s", type(error).__name__, error)
                catalog.set_state(production_id, ProductionState.FAILED, _unexpected(name, error))
                counters.add("tasks", name, "failed")
                return failed(_unexpected(name, error))
            seconds = time.monotonic() - began
            catalog.add_seconds(production_id, name, seconds)
            if name not in MANY:
                log.info("%s after %.1f s", said, seconds, extra=JOURNAL)
            counters.add("tasks", name, "done")
            counters.add("task_seconds", name, amount=seconds)
            return said

        run.__name__ = name
        # A chord counts its parts by itself (Redis backend, Celery 5.7): a result of each would be kept for days.
        app.task(name=f"voxpress.{name}", ignore_result=True, Request=StageRequest)(run)
        return run

    return register


def _refused(name: str, stage: Stage) -> Callable[[Stage], Stage]:
    """A message that we did not send does nothing: see ``tasks.fields``."""
    wanted = fields_of(stage)

    def wrap(run: Stage) -> Stage:
        def look(*given: object, **named: object) -> str:
            if why := refusal(wanted, given, named):
                error = WorkError(f"A message for the stage '{name}' was refused: {why}.")
                log.error("%s", error)
                return failed(error)
            return run(**named)

        return look

    return wrap


def _reported(name: str) -> Callable[[Stage], Stage]:
    """What is logged in a task says what it is about; journal and counters are written at its end."""

    def wrap(run: Stage) -> Stage:
        def report(production_id: str, **arguments: int) -> str:
            with about(production_id, name, arguments.get("chapter")):
                try:
                    return run(production_id, **arguments)
                finally:
                    write_journal()
                    counters.send()

        return report

    return wrap


def _deadly(stage: str, times: int) -> str:
    return (
        f"Its process was killed {times} times at the stage '{stage}', probably for want of memory: see to that "
        "(fewer --workers need less), then run again; what is made so far is kept."
    )


def _unexpected(stage: str, error: Exception) -> WorkError:
    if isinstance(error, OSError) and error.strerror:
        where = f" ({error.filename})" if error.filename else ""
        return WorkError(f"{error.strerror}{where} while at the stage '{stage}': mend that, then run again.")
    what = " ".join(str(error).split()).rstrip(".") or "without a word"
    return WorkError(
        f"Unexpected {type(error).__name__} at the stage '{stage}' ({what}): what is made so far is kept, and the "
        "workers' log has the details."
    )


@production_task("ingest")
def ingest(here: Context, production: Production) -> str:
    """Source to book."""
    read_source(here, production)
    return "read"


@production_task("script")
def script(here: Context, production: Production) -> str:
    """Book to plan; then the rest of the graph is published."""
    write_script(here, production)
    check_length(here, here.store.catalog.get(production.id))
    here.store.catalog.set_state(production.id, ProductionState.SPEAKING)
    graph.advance(here, here.store.catalog.get(production.id))
    return "planned"


@production_task("speak")
def speak(here: Context, production: Production, *, chapter: int, first: int, count: int) -> str:
    """A batch of chunks to takes; then there may be room on the broker for the next chapter."""
    speak_batch(here, production, chapter, first, count)
    if graph.has_level(here, production):
        graph.refill(here, production)
    return "spoken"


@production_task("hear")
def hear(here: Context, production: Production, *, chapter: int, first: int, count: int) -> str:
    """Listen to a batch of takes; those that are not what the text says are spoken again."""
    refused = hear_batch(here, production, chapter, first, count)
    if refused:
        graph.speak_again(here, production, chapter, refused)
    if graph.has_level(here, production):
        graph.refill(here, production)
    return "heard"


@production_task("level")
def level(here: Context, production: Production) -> str:
    """Fix the voice's level on its first takes; then the rest of the graph is published."""
    if waits_for_ears(here, production):
        return "incomplete"  # what is spoken again calls for the level itself
    if again := learn_reference(here, production):
        graph.advance(here, production)
        return f"{again} of the first takes are unlike the others and spoken again"
    fix_level(here, production)
    graph.advance(here, production)
    return "fixed"


@production_task("master")
def master(here: Context, production: Production, *, chapter: int) -> str:
    """A chapter's takes to encoded audio; the last chapter calls for publishing."""
    row = here.store.catalog.chapter(production.id, chapter)
    if not master_chapter(here, production, row):
        return "incomplete"
    speaking, publishing = ProductionState.SPEAKING, ProductionState.PUBLISHING
    # Two last chapters may both find the book complete: only the one that moves the state goes on.
    if is_complete(here, production) and here.store.catalog.transition(production.id, speaking, publishing):
        graph.publish(here, production)
    return "mastered"


@production_task("publish")
def publish(here: Context, production: Production) -> str:
    """Chapters to edition; chapters that miss the loudness target are mastered once more."""
    if publish_edition(here, production):
        return "published"
    here.store.catalog.set_state(production.id, ProductionState.SPEAKING)
    graph.remaster(here, production)
    return "remastering"
