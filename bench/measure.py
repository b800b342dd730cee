"""What a command costs: wall seconds, CPU seconds of its whole tree, and each process's peak memory."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

COMMAND = (sys.executable, "-m", "cli")
"""``voxpress`` of this checkout."""
SAMPLE_SECONDS = 0.05
"""How often memory is looked at. Linux keeps the peak of each living process itself (VmHWM)."""
_ZYGOTE = "pipeline.ingest.zygote"


@dataclass
class Cost:
    """Of one command."""

    wall: float = 0.0
    """Seconds."""
    cpu: float = 0.0
    """Seconds, user and system, of the command and all its descendants that were waited for."""
    peaks: dict[str, float] = field(default_factory=dict)
    """MB by role, of the largest process in that role."""
    spent: dict[str, float] = field(default_factory=dict)
    """CPU seconds by role, of all processes in it, also of those that nobody waited for. The last ``SAMPLE_SECONDS``
    of each process are missing."""


def environment(home: Path, **more: str) -> dict[str, str]:
    """Of a command with a state folder of its own, and as users have it: modules are compiled once, and kept."""
    mine = ("VOXPRESS_", "PYTHONDONTWRITEBYTECODE", "PYTHONUNBUFFERED")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(mine)}
    return kept | {"VOXPRESS_HOME": str(home), "PYTHONPATH": str(Path(__file__).parent.parent)} | more


def cost_of(
    command: Sequence[str | Path],
    env: Mapping[str, str] | None = None,
    *,
    cwd: Path | None = None,
    watched: bool = True,
) -> Cost:
    """Run a command to its end. Without being ``watched`` its roles stay unknown, and nothing is taken from it.

    Raises ``CalledProcessError`` when it fails.
    """
    before, began = os.times(), time.monotonic()
    process = subprocess.Popen(command, env=dict(env) if env else None, cwd=cwd, stdout=subprocess.DEVNULL)
    watch = _Watch(process.pid)
    if watched:
        watch.start()
    code = process.wait()
    wall = time.monotonic() - began
    if watched:
        watch.stop()
    if code not in (0, 3):
        raise subprocess.CalledProcessError(code, [str(part) for part in command])
    after = os.times()
    cpu = (after.children_user + after.children_system) - (before.children_user + before.children_system)
    return Cost(wall, cpu, watch.peaks, watch.spent())


class _Watch(threading.Thread):
    """Looks at a process's tree until it is stopped."""

    def __init__(self, root: int) -> None:
        super().__init__(daemon=True)
        self.root, self.peaks = root, dict[str, float]()
        self._spent: dict[int, tuple[str, float]] = {}
        self._done = threading.Event()

    def run(self) -> None:
        while not self._done.wait(SAMPLE_SECONDS):
            for pid in _tree(self.root):
                role, peak = _role(pid), _peak(pid)
                if role and peak > self.peaks.get(role, 0.0):
                    self.peaks[role] = peak
                if role and (seconds := _seconds(pid)):
                    self._spent[pid] = role, seconds

    def spent(self) -> dict[str, float]:
        """CPU seconds by role until now."""
        sums: defaultdict[str, float] = defaultdict(float)
        for role, seconds in self._spent.values():
            sums[role] += seconds
        return dict(sums)

    def stop(self) -> None:
        self._done.set()
        self.join()


def _tree(root: int) -> list[int]:
    found, queue = [], [root]
    while queue:
        pid = queue.pop()
        found.append(pid)
        try:
            for task in os.listdir(f"/proc/{pid}/task"):
                children = Path(f"/proc/{pid}/task/{task}/children").read_text().split()
                queue += [int(child) for child in children]
        except OSError:
            continue
    return found


def _peak(pid: int) -> float:
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    except OSError:
        pass
    return 0.0


def _seconds(pid: int) -> float:
    """CPU, user and system, without its children's; but those forked from a zygote are gone too soon to be seen."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        above, own = (_command_of(int(found)) for found in (fields[1], pid))
    except (OSError, IndexError):
        return 0.0
    if _ZYGOTE in above:
        return 0.0
    spent = fields[11:15] if _ZYGOTE in own else fields[11:13]
    return sum(map(int, spent)) / os.sysconf("SC_CLK_TCK")


def _command_of(pid: int) -> str:
    """Its words, each with a NUL behind it."""
    return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")


def _role(pid: int) -> str:
    try:
        line = _command_of(pid)
        parent = int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
        above = _command_of(parent)
    except (OSError, ValueError, IndexError):
        return ""
    program = line.partition("\0")[0]
    if "ffmpeg" in program:
        return "ffmpeg"
    if "valkey" in program or "redis-server" in program:
        return "broker"
    if "pipeline.ingest.child" in line or _ZYGOTE in line:
        return "ingest"
    if "workers.worker" in line:
        return "worker child" if "workers.worker" in above else "worker main"
    return "command" if "voxpress" in line or "-m cli " in line else ""
