"""How often Python looks for garbage in cycles.

Modules, classes and tables are some hundred thousand objects that stay. At its usual pace the collector looks through
them again and again while they are imported, and once more at a process's end: measured, a third of what a command
takes to start and to end.
"""

from __future__ import annotations

import atexit
import gc

EVERY_OBJECTS = 50_000
"""That were made and not freed, between two looks at the youngest: some MB at most wait for one."""
OLDER = 20
"""Looks at the youngest between two at those older, and of these between two at the oldest."""


def collect_rarely() -> None:
    """For a process as a whole: look less often, and at the end, when all is freed anyway, not at all."""
    gc.set_threshold(EVERY_OBJECTS, OLDER, OLDER)
    atexit.register(gc.freeze)


def keep_for_good() -> None:
    """What is there now stays: it is not looked through again, neither here nor in children that are forked.

    Their pages then stay shared, because the collector writes into what it looks at.
    """
    gc.freeze()
