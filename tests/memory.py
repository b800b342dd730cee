"""How much memory a process had at most, resident."""

from __future__ import annotations

import re
import resource
import sys
from pathlib import Path


def peak_kilobytes() -> int:
    """This process's largest resident memory, in KiB, since it became what it is.

    Not ``ru_maxrss`` where it can be had better: on Linux that begins with the size of the process that started
    this one.
    """
    if sys.platform == "linux":
        found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
        assert found is not None
        return int(found[1])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1024 if sys.platform == "darwin" else 1)
