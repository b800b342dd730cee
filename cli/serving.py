"""``voxpress worker`` and ``voxpress up``: the processes that run day and night."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.flags import Set, Workers, settings_of
from cli.output import reports_errors, say
from storage.settings import Settings

Queues = Annotated[
    str | None,
    typer.Option(
        "--queues", help="Comma-separated: cpu, publish, speak.ENGINE; default all that can be served."
    ),
]


@reports_errors
def worker(queues: Queues = None, slots: Workers = None, assignments: Set = None) -> None:
    """Work for the shared broker until told to stop."""
    settings = settings_of({"queues": queues, "workers": slots}, assignments)
    _log(settings, "worker")
    from workers.serve import queues_here, serve

    say(f"Serving {', '.join(queues_here(settings))} with {settings.workers} at a time. Ctrl-C stops it.")
    serve(settings)
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
