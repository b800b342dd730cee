"""``python -m workers.outpost --engine NAME``: the worker of an engine's environment, started from another one.

It is what ``voxpress worker --engine NAME`` would be, had it been typed there: it reports itself, tells which voices
it has, and may be the keeper. With ``--name`` it is a worker of one command only, and none of that. In both cases it
ends with the one that started it.
"""

from __future__ import annotations

import argparse
import os
import signal
from typing import NoReturn

from storage.settings import Settings, load_settings
from tasks.environments import Environment
from tasks.queues import queue_of
from workers.embedded import environment_apart
from workers.lifeline import die_with_parent, hang_on
from workers.plans import plans, worker_command
from workers.supervisor import Service

PATIENCE_SECONDS = 15.0
"""What it may take to stop beside the grace of its worker, which has 10 s of this for itself."""


def outpost(settings: Settings, environment: Environment, url: str) -> Service:
    """The worker of an engine's environment as a service."""
    return Service(
        name=f"worker (speak.{environment.engine}, in {environment.folder})",
        command=environment.command("workers.outpost", "--engine", environment.engine),
        environment=environment_apart(settings, url),
        stop_signal=signal.SIGTERM,
        patience=settings.grace + PATIENCE_SECONDS,
        lifeline=True,
    )


def main(argv: list[str] | None = None) -> None:
    """Work until told to stop."""
    parser = argparse.ArgumentParser(prog="python -m workers.outpost")
    parser.add_argument("--engine", required=True)
    parser.add_argument("--name", help="of a worker of one command")
    parser.add_argument("--lifeline", type=int, help="descriptor of a pipe; when it closes, everything ends")
    arguments = parser.parse_args(argv)
    settings = load_settings().settings.prepare()
    if arguments.name:
        _become_worker(settings, arguments.engine, arguments.name, arguments.lifeline)
    if arguments.lifeline is not None:
        die_with_parent()
        hang_on(arguments.lifeline)

    from tasks.context import open_context
    from tasks.journal import keep_journal
    from tasks.logs import set_up
    from workers.serve import serve

    set_up(f"worker-{arguments.engine}@%h", settings.log_level, settings.log_format)
    catalog = open_context(settings).store.catalog
    keep_journal(lambda: catalog, wait=0)
    serve(settings, [arguments.engine])


def _become_worker(settings: Settings, engine: str, name: str, lifeline: int) -> NoReturn:
    """How many children it gets, and on which GPUs, is decided here, where the engine says what it can use."""
    [plan] = plans(settings, [queue_of(engine)])
    command = [*worker_command(settings, plan, [plan], name), "--lifeline", str(lifeline)]
    os.execve(command[0], command, os.environ | dict(plan.environment))  # noqa: S606


if __name__ == "__main__":
    main()
