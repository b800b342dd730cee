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


@reports_errors
def worker(
    queues: Queues = None, engines: Engines = None, slots: Workers = None, assignments: Set = None
) -> None:
    """Work for the shared broker until told to stop."""
    settings = settings_of({"queues": queues, "workers": slots}, assignments)
    if queues and engines:
        raise SettingsError("--engine names queues as well: give it, or --queues, not both.")
    _log(settings, "worker")
    from workers.serve import serve, served

    here, apart = served(settings, engines or ())
    names = [*here, *(f"{queue_of(one.engine)} in {one.folder}" for one in apart)]
    say(f"Serving {', '.join(names)} with {settings.workers} at a time. Ctrl-C stops it.")
    serve(settings, engines or ())
    say("Stopped. What was in hand went back to its queue.")


@reports_errors
def up(queues: Queues = None, slots: Workers = None, assignments: Set = None) -> None:
    """Run the studio on this host: broker, worker, drop folders, Flower."""
    settings = settings_of({"queues": queues, "workers": slots}, assignments)
    _log(settings, "up")
    from workers.up import up as run

    run(settings, say)
    say("Stopped. What was in hand is continued by the next 'voxpress up'.")


def _log(settings: Settings, name: str) -> None:
    from tasks.context import open_context
    from tasks.journal import keep_journal
    from tasks.logs import set_up

    set_up(f"{name}@%h", settings.log_level, settings.log_format)
    catalog = open_context(settings).store.catalog
    keep_journal(lambda: catalog, wait=0)
