"""``voxpress worker``: a worker of the shared broker, and the duties that its parent has beside it."""

from __future__ import annotations

import fcntl
import logging
import os
import signal
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager

from pipeline.errors import EngineUnavailable
from pipeline.speech.registry import engine_names, engine_problems, facts_of, open_engine, runs_here
from storage.settings import Settings
from tasks.context import Context, engine_context, open_context
from tasks.ears import is_quick
from tasks.environments import Environment, apart_from_us, environment_of, in_use
from tasks.holds import working
from tasks.queues import ASR_QUEUE, CPU_QUEUE, PUBLISH_QUEUE, queue_of
from workers.duties import DUTY_SECONDS, Duties
from workers.embedded import worker_environment
from workers.follower import follower_service
from workers.outpost import outpost
from workers.place import broker_url
from workers.plans import WorkerPlan, plans, worker_command
from workers.supervisor import Service, Supervisor

log = logging.getLogger(__name__)


def queues_here(settings: Settings) -> tuple[str, ...]:
    """The queues to serve: as set, else all of the engines that can run here."""
    if settings.queues:
        return settings.queues
    context = engine_context(settings)
    broken = engine_problems(context)
    # A speech server that is away this moment may be there when it is needed.
    engines = [
        name
        for name in engine_names()
        if name not in broken or (facts_of(name).server and runs_here(name, context))
    ]
    ears = (ASR_QUEUE,) if is_quick(open_context(settings)) else ()
    return (CPU_QUEUE, PUBLISH_QUEUE, *ears, *(queue_of(engine) for engine in engines))


def served(settings: Settings, engines: Sequence[str] = ()) -> tuple[tuple[str, ...], list[Environment]]:
    """The queues to serve in this environment, and the environments of engines that serve theirs.

    With ``engines`` these and nothing else; raises ``EngineUnavailable`` when one of them can run nowhere here.
    """
    if not engines:
        apart = [one for one in apart_from_us(settings) if _is_wanted(settings, one)]
        theirs = {queue_of(environment.engine) for environment in apart}
        return tuple(queue for queue in queues_here(settings) if queue not in theirs), apart
    context = engine_context(settings)
    queues, apart = [], []
    for engine in dict.fromkeys(engines):
        environment = environment_of(settings, engine)
        if runs_here(engine, context):
            queues.append(queue_of(engine))
        elif environment is None:
            open_engine(engine, context)  # says why it cannot
        elif problem := environment.problem():
            raise EngineUnavailable(problem)
        else:
            apart.append(environment)
    return tuple(queues), apart


def _is_wanted(settings: Settings, environment: Environment) -> bool:
    if settings.queues and queue_of(environment.engine) not in settings.queues:
        return False
    if problem := environment.problem():
        log.warning("%s", problem)
    return not problem


def serve(settings: Settings, engines: Sequence[str] = ()) -> None:
    """Work for the shared broker until told to stop: for ``engines`` only, where any are named.

    Raises ``BrokerUnavailable`` when no broker is known, ``EngineUnavailable``, and ``WorkError`` when an environment
    is just being changed.
    """
    queues, apart = served(settings, engines)
    context, url = open_context(settings), broker_url(settings)
    with ExitStack() as stack:
        services: list[Service] = []
        duty: Callable[[], None] = _nothing
        if queues:
            services, duty = stack.enter_context(employed(context, url, queues))
        services += stack.enter_context(outposts(settings, apart, url))
        Supervisor(services, duty, DUTY_SECONDS).run()


@contextmanager
def outposts(settings: Settings, apart: Sequence[Environment], url: str) -> Iterator[list[Service]]:
    """The workers of environments, to be run by a ``Supervisor``. Raises ``WorkError``."""
    with ExitStack() as stack:
        for environment in apart:
            stack.enter_context(in_use(settings, environment.engine))
        yield [outpost(settings, environment, url) for environment in apart]


@contextmanager
def employed(context: Context, url: str, queues: Sequence[str]) -> Iterator[tuple[list[Service], Duties]]:
    """The workers of this process for ``queues``, to be run by a ``Supervisor``, and their duties."""
    from tasks.app import use_broker

    use_broker(url)
    settings = context.settings
    workers = tuple(plans(settings, queues))
    with ExitStack() as stack:
        stack.enter_context(working(context))
        names = [stack.enter_context(_named(settings, plan.queues)) for plan in workers]
        duties = Duties(context, dict(zip(names, workers, strict=True)))
        stack.callback(duties.end)
        services = [
            _service(settings, url, plan, workers, name) for name, plan in zip(names, workers, strict=True)
        ]
        if CPU_QUEUE in queues and (follower := follower_service(settings, url)):
            services.append(follower)
        yield services, duties


def _nothing() -> None:
    """The duty of one who only looks after others."""


def _service(
    settings: Settings, url: str, plan: WorkerPlan, together: Sequence[WorkerPlan], name: str
) -> Service:
    """Celery's worker as a service."""
    on = f" on GPU {', '.join(plan.gpus)}" if plan.gpus else ""
    return Service(
        name=f"worker ({', '.join(plan.queues)}){on}",
        command=(
            *worker_command(settings, plan, together, name),
            "--watched",
            "--grace",
            str(settings.grace),
        ),
        environment={**worker_environment(settings, url), **plan.environment},
        stop_signal=signal.SIGQUIT,
        patience=settings.grace + 10,
        lifeline=True,
    )


@contextmanager
def _named(settings: Settings, queues: Sequence[str]) -> Iterator[str]:
    """What the worker serves as its name, with its host and a number that no other of this state folder has."""
    label = "-".join(queue.removeprefix("speak.") for queue in queues)
    number, lock = 0, -1
    while lock < 0:
        number += 1
        candidate = os.open(
            settings.run_dir / f"worker-{number}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600
        )
        try:
            fcntl.flock(candidate, fcntl.LOCK_EX | fcntl.LOCK_NB)
            lock = candidate
        except BlockingIOError:
            os.close(candidate)
    try:
        yield f"{label}-{number}@{socket.gethostname()}"
    finally:
        os.close(lock)
