"""Productions are made here and now: an embedded stack around them, and a screen that follows."""

from __future__ import annotations

import contextlib
import signal
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

from cli.screen import Screen
from pipeline.errors import BrokerUnavailable, ProductionBusy
from pipeline.speech.registry import engine_names
from storage.rows import Production, ProductionState
from storage.settings import Settings
from tasks.context import Context
from tasks.environments import apart_from_us
from tasks.holds import held, is_held
from tasks.progress import Progress, progress, progress_of
from tasks.queues import ASR_QUEUE, CPU_QUEUE, PUBLISH_QUEUE, queue_of
from tasks.submission import start, under_way
from workers.embedded import EmbeddedStack

POLL_SECONDS = 0.15
"""How often the catalog is looked at while productions run."""
CHECK_SECONDS = 2.0
"""How often processes and queues are looked at."""


def queues(settings: Settings) -> tuple[str, ...]:
    """Every queue that the embedded worker serves: not those of engines that run in an environment of their own."""
    apart = {environment.engine for environment in apart_from_us(settings)}
    engines = (engine for engine in engine_names(hidden=True) if engine not in apart)
    return (CPU_QUEUE, PUBLISH_QUEUE, ASR_QUEUE, *(queue_of(engine) for engine in engines))


def make(context: Context, productions: Sequence[Production], screen: Screen) -> list[Progress]:
    """Work on ``productions`` until each is final, and return how each ended.

    Raises ``KeyboardInterrupt`` on SIGINT and SIGTERM, after everything was stopped; ``WorkError`` when the
    embedded stack breaks down.
    """
    with ExitStack() as stack:
        ours = []
        for production in productions:
            with contextlib.suppress(ProductionBusy):  # another command was quicker: it is left to that one
                stack.enter_context(held(context, production.id))
                ours.append(production)
        if ours:
            running = EmbeddedStack(context.settings, queues(context.settings))
            stack.enter_context(_interrupted_once(running.hurry))
            stack.enter_context(screen)
            stack.enter_context(running)
            from tasks.app import use_broker  # Celery: imported while the workers import theirs

            use_broker(running.broker.url)
            ids = [production.id for production in ours]
            try:
                for production in ours:
                    start(context, production)
                _follow(context, ids, screen, running)
            except (KeyboardInterrupt, BrokerUnavailable):
                running.stop()
                _absolve(context, ids)
                raise
            running.stop(patience=0)  # all is final: nothing that still runs is wanted
            cancelled = [name for name in ids if _look(context, name).state is ProductionState.CANCELLED]
            _absolve(context, cancelled)
    return [_look(context, production.id) for production in productions]


def _absolve(context: Context, ids: Sequence[str]) -> None:
    """The chunks that were stopped together with their workers, or when the broker died, did not fail."""
    for production_id in ids:
        context.store.catalog.give_back_attempts(production_id)


def follow(context: Context, production_id: str, screen: Screen) -> Progress:
    """Watch a production that somebody else is making until it is final, or until nobody makes it any more."""
    return follow_all(context, [production_id], screen)[0]


def follow_all(context: Context, ids: Sequence[str], screen: Screen) -> list[Progress]:
    """Watch productions that others are making until each is final, or nobody makes it any more."""
    with screen:
        abandoned: set[str] = set()
        while True:
            seen = [_look(context, production_id) for production_id in ids]
            screen.show(seen)
            if all(one.state.final or one.id in abandoned for one in seen):
                return seen
            time.sleep(POLL_SECONDS * 3)
            # Those are looked at once more: they may have ended meanwhile.
            abandoned = {name for name in ids if not _made_by_anybody(context, name)}


def _made_by_anybody(context: Context, production_id: str) -> bool:
    return under_way(context.store.catalog.get(production_id)) or is_held(context, production_id)


def _follow(context: Context, ids: Sequence[str], screen: Screen, stack: EmbeddedStack) -> None:
    from tasks.reconcile import Reconciler

    reconciler = Reconciler(context, stack.queues)
    checked = time.monotonic()
    planned: set[str] = set()
    open_, last = list(ids), dict[str, Progress]()
    while True:
        # What is final is not asked for again: of a long list most is, most of the time.
        found = context.store.catalog.get_all(open_)
        last |= {one.id: one for one in progress_of(context.store.catalog, found)}
        open_ = [name for name in open_ if not last[name].state.final]
        seen = [last[name] for name in ids]
        screen.show(seen)
        speaking = {one.id for one in seen if one.state is ProductionState.SPEAKING}
        if speaking - planned:
            _serve_apart(context, speaking - planned, stack)
            reconciler.queues = stack.queues
        planned = speaking
        for production in found:
            # Tasks look at this, too; but one that takes long shall not hold up the person who asked.
            if not production.state.final and production.cancel_requested:
                context.store.catalog.set_state(production.id, ProductionState.CANCELLED)
        if not open_:
            return
        if time.monotonic() - checked >= CHECK_SECONDS:
            checked = time.monotonic()
            stack.check()
            for production_id, error in reconciler.look(open_).items():  # the others go on
                context.store.catalog.set_state(production_id, ProductionState.FAILED, error)
        time.sleep(POLL_SECONDS)


def _serve_apart(context: Context, planned: Iterable[str], stack: EmbeddedStack) -> None:
    """Start a worker in each environment whose engine is to speak a part of productions whose plan is new."""
    catalog = context.store.catalog
    engines = {engine for production_id in planned for engine in catalog.engines_wanted(production_id)}
    for environment in apart_from_us(context.settings):
        if environment.engine in engines and not environment.problem():
            stack.serve_in(environment)


def _look(context: Context, production_id: str) -> Progress:
    return progress(context.store.catalog, context.store.catalog.get(production_id))


@contextmanager
def _interrupted_once(hurry: Callable[[], None]) -> Iterator[None]:
    """SIGTERM and SIGHUP stop everything as cleanly as Ctrl-C does; whoever asks again is in a ``hurry``.

    Only the first signal raises: one that raised while things are stopped would leave some of them undone.
    """
    asked = False

    def interrupt(number: int, frame: object) -> None:
        nonlocal asked
        if asked:
            hurry()
            return
        asked = True
        raise KeyboardInterrupt

    before = {}
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is signal.SIG_IGN:
            continue  # nohup: its user wants it to go on
        with contextlib.suppress(ValueError):  # not in the main thread
            before[number] = signal.signal(number, interrupt)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
