"""What Flower shows and how much it keeps; ``workers/flower.py`` reads it, and adds who may see it and where.

Flower runs this file and takes every name that is an option of its own. For a Flower that is started by hand:

    celery --app tasks.app flower --conf=flower/flowerconfig.py --basic-auth=USER:PASSWORD

but then its metrics are open to everybody who reaches the port: only ``workers/flower.py`` guards them.
"""

from __future__ import annotations

import ast
from typing import Any

read_only = True
"""Nothing can be stopped, changed or sent from its pages; the setting ``flower_read_only`` has the last word."""
auto_refresh = True
natural_time = True
"""Times as "2 minutes ago"."""
tasks_columns = "name,args,kwargs,state,received,runtime,worker,uuid"
inspect_timeout = 2_000.0
"""Milliseconds for the workers to answer."""

max_tasks = 10_000
"""Tasks in memory; the oldest go first. A book has some hundred."""
max_workers = 1_000
purge_offline_workers = 3_600
"""Seconds after which a worker that went away is no longer listed."""
persistent = True
state_save_interval = 60_000
"""Milliseconds. Saving 10,000 tasks takes up to half a second, in which no page is answered."""
task_runtime_metric_buckets = [0.1, 0.5, 1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0, 7200.0]
"""Seconds: from a chapter that was made before to the longest that a task may take."""

_PREFIX = "voxpress."


def format_task(task: Any) -> Any:
    """A task as people say it: "The Lighthouse", "chapter 3, about 300 s of audio, job c26e0a12"."""
    task.name = (task.name or "").removeprefix(_PREFIX)
    task.result = _plain(task.result)
    shown = _plain(task.kwargs)
    if isinstance(shown, dict) and "book" in shown:
        task.args, task.kwargs = shown["book"], _part(shown)
    return task


def _part(shown: dict[str, Any]) -> str:
    # Eight digits tell a job from all others, and the whole fits into the column, which cuts what is longer.
    words = {"chapter": "chapter {}", "seconds": "about {} s of audio", "production": "job {:.8}"}
    return ", ".join(said.format(shown[name]) for name, said in words.items() if name in shown)


def _plain(written: Any) -> Any:
    """The value of which Celery wrote down the ``repr``; what is none, or was cut short, stays as it is."""
    try:
        return ast.literal_eval(written)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return written
