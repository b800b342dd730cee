"""``voxpress worker`` and ``voxpress up``: the processes that run day and night."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.flags import Set, Workers, settings_of
from cli.output import reports_errors, say
from pipeline.errors import SettingsError
from storage.settings import Settings
from tasks.queues import queue_of

Queues = Annotated[
    str | None,
    typer.Option(
        "--queues", help="Comma-separated: cpu, publish, speak.ENGINE; default all that can be served."
    ),
]

Engines = Annotated[
    list[str] | None,
    typer.Option(
        "--engine", metavar="NAME", help="Speak with this engine and do nothing else. May be repeated."
    ),
]
Gpus = Annotated[
    str | None,
    typer.Option("--gpu", metavar="N,...", help="GPUs to speak on, by number or UUID; the device is cuda."),
]
GpuSlots = Annotated[
    int | None, typer.Option("--slots", metavar="N", help="Processes that speak on each GPU; default 1.")
]


@reports_errors
def worker(
    queues: Queues = None,
    engines: Engines = None,
    workers: Workers = None,
    gpus: Gpus = None,
    slots: GpuSlots = None,
    assignments: Set = None,
) -> None:
    """Work for the shared broker until told to stop."""
    settings = settings_of(_flags(queues, workers, gpus, slots), assignments)
    if queues and engines:
        raise SettingsError("--engine names queues as well: give it, or --queues, not both.")
    _log(settings, "worker")
    from workers.plans import plans
    from workers.serve import serve, served

    here, apart = served(settings, engines or ())
    for plan in plans(settings, here):
        on = f" on GPU {', '.join(plan.gpus)}" if plan.gpus else ""
        say(f"Serving {', '.join(plan.queues)}{on} with {plan.slots} at a time.")
    for environment in apart:
        say(f"Serving {queue_of(environment.engine)} in {environment.folder}.")
    say("Ctrl-C stops it.")
    serve(settings, engines or ())
    say("Stopped. What was in hand went back to its queue.")


@reports_errors
def up(
    queues: Queues = None,
    workers: Workers = None,
    gpus: Gpus = None,
    slots: GpuSlots = None,
    assignments: Set = None,
) -> None:
    """Run the studio here: broker, worker, drop folders, Flower."""
    settings = settings_of(_flags(queues, workers, gpus, slots), assignments)
    _log(settings, "up")
    from workers.up import up as run

    run(settings, say)
    say("Stopped. What was in hand is continued by the next 'voxpress up'.")


def _flags(queues: str | None, workers: int | None, gpus: str | None, slots: int | None) -> dict[str, object]:
    device = "cuda" if gpus else None
    return {"queues": queues, "workers": workers, "gpus": gpus, "gpu_slots": slots, "device": device}


def _log(settings: Settings, name: str) -> None:
    from tasks.context import open_context
    from tasks.journal import keep_journal
    from tasks.logs import set_up

    set_up(f"{name}@%h", settings.log_level, settings.log_format)
    catalog = open_context(settings).store.catalog
    keep_journal(lambda: catalog, wait=0)
