"""``voxpress worker``: a worker of the shared broker, and the duties that its parent has beside it."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from pipeline.speech.registry import engine_names, engine_problems, facts_of, runs_here
from storage.settings import Settings
from tasks.context import Context, engine_context, open_context
from tasks.ears import is_quick
from tasks.holds import working
from tasks.queues import ASR_QUEUE, CPU_QUEUE, PUBLISH_QUEUE, queue_of
from workers.duties import DUTY_SECONDS, Duties
from workers.embedded import worker_environment
from workers.place import broker_url
from workers.plans import WorkerPlan, plans, worker_command
from workers.supervisor import Service, Supervisor


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


def serve(settings: Settings) -> None:
    """Work for the shared broker until told to stop. Raises ``BrokerUnavailable`` when none is known."""
    context, url = open_context(settings), broker_url(settings)
    with employed(context, url) as (services, duties):
        Supervisor(services, duties, DUTY_SECONDS).run()


@contextmanager
def employed(context: Context, url: str) -> Iterator[tuple[list[Service], Duties]]:
    """The workers of this process, to be run by a ``Supervisor``, and their duties."""
    from tasks.app import use_broker

    use_broker(url)
    settings = context.settings
    workers = tuple(plans(settings, queues_here(settings)))
    with ExitStack() as stack:
        stack.enter_context(working(context))
        names = [stack.enter_context(_named(settings, plan.queues)) for plan in workers]
        duties = Duties(context, dict(zip(names, workers, strict=True)))
        stack.callback(duties.end)
        yield (
            [_service(settings, url, plan, workers, name) for name, plan in zip(names, workers, strict=True)],
            duties,
        )


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
