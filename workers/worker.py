"""A worker process: ``python -m workers.worker --queues cpu,speak.espeak --concurrency 2``.

A thin shell around Celery's own worker: prefork, because time limits and the isolation of a crashing engine
work only there. Engines are loaded lazily, in the first task that needs one: never at start-up, where a child
that takes more than 4 s is killed and started again for ever.
"""

from __future__ import annotations

import argparse
import os
import sys
import warnings
from collections.abc import Sequence
from contextlib import suppress
from functools import partial

from pipeline.garbage import collect_rarely, keep_for_good
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
    parser.add_argument("--watched", action="store_true", help="send the events that monitors live on")
    parser.add_argument("--grace", type=float, default=0, help="seconds for tasks in hand on SIGQUIT")
    parser.add_argument("--gpus", default="", help="comma-separated: a child sees one of them")
    parser.add_argument("--warm-up", default="", help="comma-separated voices to load before they are needed")
    parser.add_argument("--child-kilobytes", type=int, default=0, help="start children anew that take more")
    parser.add_argument("--lifeline", type=int, help="descriptor of a pipe; when it closes, everything ends")
    arguments = parser.parse_args(argv)
    collect_rarely()
    if arguments.lifeline is not None:
        die_with_parent()
        hang_on(arguments.lifeline)

    from celery.concurrency import get_implementation
    from celery.platforms import SecurityWarning
    from celery.signals import setup_logging, worker_process_init
    from celery.utils.log import mlevel
    from celery.utils.nodenames import default_nodename, host_format

    import tasks.stages  # noqa: F401  registers the tasks
    from storage.settings import load_settings
    from tasks.app import app
    from tasks.context import context
    from tasks.journal import keep_journal
    from tasks.logs import set_up

    # Meant for pickle, which is refused here; whoever runs everything as root has been told so elsewhere.
    warnings.filterwarnings("ignore", category=SecurityWarning)
    gpus = [gpu for gpu in arguments.gpus.split(",") if gpu]
    voices = [voice for voice in arguments.warm_up.split(",") if voice]
    worker_process_init.connect(partial(_child_started, gpus, voices, arguments.concurrency), weak=False)
    setup_logging.connect(_logging_is_ours, weak=False)
    set_up(arguments.name, arguments.log_level, load_settings().settings.log_format)
    keep_journal(lambda: context().store.catalog)
    # On SIGQUIT: finish what is in hand for so long, then give it back to its queue.
    app.conf.worker_soft_shutdown_timeout = arguments.grace
    # Nobody looks at the workers of a single command; events and heartbeats would only cost time.
    app.conf.worker_send_task_events = app.conf.task_send_sent_event = arguments.watched
    if arguments.child_kilobytes:
        app.conf.worker_max_memory_per_child = arguments.child_kilobytes
    # Every child imports what it needs once, here in the parent: forked pages are shared.
    import pipeline.audio.master
    import pipeline.audio.prepare
    import pipeline.script  # noqa: F401

    worker = app.Worker(
        hostname=host_format(default_nodename(arguments.name)),
        queues=arguments.queues.split(","),
        pool_cls=get_implementation("prefork"),
        concurrency=arguments.concurrency,
        loglevel=mlevel(arguments.log_level.upper()),
        quiet=True,
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=not arguments.watched,
    )
    keep_for_good()
    worker.start()
    sys.exit(worker.exitcode)


def _logging_is_ours(**_: object) -> None:
    """That somebody answers is all that Celery wants to know."""


def _child_started(gpus: Sequence[str], voices: Sequence[str] = (), children: int = 1, **_: object) -> None:
    die_with_parent()
    if gpus:
        from billiard.process import current_process

        from workers.plans import gpu_of

        # Before anything that asks for GPUs is imported: it finds one only, and takes that for the first.
        os.environ["CUDA_VISIBLE_DEVICES"] = gpu_of(current_process().index, gpus)
    else:
        _stay_on_a_core(children)
    # Work in bulk, and so does ffmpeg, which inherits it: measured, its threads then hand over less often and
    # cost a tenth less, and whoever sits at the machine comes first.
    if hasattr(os, "SCHED_BATCH"):
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    if voices:
        from tasks.context import context
        from tasks.warming import warm_up

        warm_up(voices, context().engines)


def _stay_on_a_core(children: int) -> None:
    """Where there is a child for each core, let each keep to one, with the encoder that it feeds.

    Child and encoder then hand over to each other without waking another core: measured, episodes of twenty articles
    are made in a twelfth less time. With fewer children, those of two workers might meet on the same cores.
    """
    from billiard.process import current_process

    from pipeline.speech.onnx_session import THREADS

    alone = all(os.environ.get(name, "1") in ("", "1") for name in ("OMP_NUM_THREADS", THREADS))
    if not alone or not hasattr(os, "sched_setaffinity"):
        return
    cores = sorted(os.sched_getaffinity(0))
    if children >= len(cores):
        with suppress(OSError):  # the cores that there are have changed just now
            os.sched_setaffinity(0, {cores[current_process().index % len(cores)]})


if __name__ == "__main__":
    main()
