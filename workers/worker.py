"""A worker process: ``python -m workers.worker --queues cpu,speak.espeak --concurrency 2``.

A thin shell around Celery's own worker: prefork, because time limits and the isolation of a crashing engine
work only there. Engines are loaded lazily, in the first task that needs one: never at start-up, where a child
that takes more than 4 s is killed and started again for ever.
"""

from __future__ import annotations

import argparse
import os

from workers.lifeline import die_with_parent, hang_on

# Before numpy is imported: there is a process for each core, and threads inside them only get in each other's
# way (measured: small matrix products cost two to twenty times as much).
for _library in ("OPENBLAS", "OMP", "MKL"):
    os.environ.setdefault(f"{_library}_NUM_THREADS", "1")


def main(argv: list[str] | None = None) -> None:
    """Run a worker until it is told to stop."""
    parser = argparse.ArgumentParser(prog="python -m workers.worker")
    parser.add_argument("--queues", required=True, help="comma-separated names")
    parser.add_argument("--concurrency", type=int, default=1)
    parser.add_argument("--name", default="voxpress@%h")
    parser.add_argument("--log-level", default="WARNING")
    parser.add_argument("--lifeline", type=int, help="descriptor of a pipe; when it closes, everything ends")
    arguments = parser.parse_args(argv)
    if arguments.lifeline is not None:
        die_with_parent()
        hang_on(arguments.lifeline)

    from celery.signals import worker_process_init

    import tasks.stages  # noqa: F401  registers the tasks
    from tasks.app import app

    worker_process_init.connect(_child_started, weak=False)
    # Every child imports what it needs once, here in the parent: forked pages are shared.
    import pipeline.audio.master
    import pipeline.audio.prepare
    import pipeline.script  # noqa: F401

    app.worker_main(
        [
            "worker",
            f"--queues={arguments.queues}",
            f"--concurrency={arguments.concurrency}",
            f"--hostname={arguments.name}",
            f"--loglevel={arguments.log_level}",
            "--pool=prefork",
            "--without-gossip",
            "--without-mingle",
            "--without-heartbeat",
        ]
    )


def _child_started(**_: object) -> None:
    die_with_parent()
    # Work in bulk, and so does ffmpeg, which inherits it: measured, its threads then hand over less often and
    # cost a tenth less, and whoever sits at the machine comes first.
    if hasattr(os, "SCHED_BATCH"):
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


if __name__ == "__main__":
    main()
