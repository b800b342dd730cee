"""No process outlives its owner, whatever happens to the owner (``kill -9`` included).

Two independent means:

* Linux: ``prctl(PR_SET_PDEATHSIG, SIGKILL)``: the kernel ends a child the moment its parent is gone.
* Everywhere: the owner holds the write end of a pipe that nobody writes to; a thread in the child waits for
  its end of file and then ends the child's whole process group.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading

PR_SET_PDEATHSIG = 1
"""From linux/prctl.h."""
_prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None
"""Looked up beforehand: between fork and exec it could wait for ever for a lock of the loader's that a thread of the
parent had just then."""


def die_with_parent() -> None:
    """Ask the kernel to kill this process when its parent ends. Does nothing where there is no prctl.

    Safe as a ``preexec_fn``: it calls into libc only. When the parent is gone already, ends at once.
    """
    if _prctl is None:
        return
    parent = os.getppid()
    _prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def hang_on(lifeline: int) -> None:
    """End this process group when the other end of the pipe ``lifeline`` (a file descriptor) is closed."""

    def wait() -> None:
        while True:
            try:
                data = os.read(lifeline, 1)
            except InterruptedError:
                continue
            except OSError:
                data = b""
            if not data:
                os.killpg(os.getpgrp(), signal.SIGKILL)

    threading.Thread(target=wait, name="lifeline", daemon=True).start()
