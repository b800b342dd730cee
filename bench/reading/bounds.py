"""Runs a contestant in a process of its own, under bounds, and says how it ended."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from typing import Any

SECONDS = 30
MEMORY_MIB = 512
_ROOT = __file__.rsplit("/bench/", 1)[0]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one call ended."""

    answer: dict[str, Any]
    """What it wrote; empty when it wrote nothing."""
    seconds: float
    peak_mib: float
    """Largest resident memory of the process, or of one that it started."""
    timed_out: bool = False

    @property
    def within(self) -> bool:
        """True when it kept the bounds."""
        return not self.timed_out and self.peak_mib <= MEMORY_MIB


def call(module: str, *arguments: str, seconds: float = SECONDS) -> Outcome:
    """Run ``python -m module arguments``, which writes one JSON object; kill it after ``seconds``."""
    started = time.monotonic()
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen(
            [sys.executable, "-m", module, *arguments],
            cwd=_ROOT,
            stdout=out,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        timed_out = False
        while True:
            ended, _, usage = os.wait4(process.pid, os.WNOHANG)
            if ended:
                break
            if time.monotonic() - started > seconds and not timed_out:
                timed_out = True
                os.killpg(process.pid, signal.SIGKILL)
            time.sleep(0.02)
        process.returncode = 0  # it was waited for
        out.seek(0)
        try:
            answer = json.loads(out.read())
        except ValueError:
            answer = {}
    return Outcome(answer, time.monotonic() - started, usage.ru_maxrss / 1024, timed_out)


__all__ = ["MEMORY_MIB", "SECONDS", "Outcome", "call"]
