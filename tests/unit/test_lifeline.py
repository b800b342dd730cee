"""No process outlives its owner, even when the owner is killed with SIGKILL."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).parents[2]

BY_PIPE = """
import os, subprocess, sys
if len(sys.argv) == 1:
    reading, writing = os.pipe()
    child = subprocess.Popen([sys.executable, __file__, str(reading)], pass_fds=[reading], start_new_session=True)
    print(child.pid, flush=True)
    child.wait()
else:
    from workers.lifeline import hang_on
    grandchild = subprocess.Popen(["sleep", "60"])
    print(grandchild.pid, flush=True)
    hang_on(int(sys.argv[1]))
    grandchild.wait()
"""

BY_KERNEL = """
import subprocess
from workers.lifeline import die_with_parent
child = subprocess.Popen(["sleep", "60"], preexec_fn=die_with_parent, start_new_session=True)
print(child.pid, flush=True)
child.wait()
"""


def owner_of(script: str, tmp_path: Path) -> subprocess.Popen[str]:
    """A process that starts others and prints their ids."""
    path = tmp_path / "owner.py"
    path.write_text(script)
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.Popen([sys.executable, path], stdout=subprocess.PIPE, text=True, env=environment)


@pytest.mark.parametrize(
    ("script", "count"),
    [
        (BY_PIPE, 2),
        pytest.param(
            BY_KERNEL, 1, marks=pytest.mark.skipif(sys.platform != "linux", reason="no prctl elsewhere")
        ),
    ],
)
def test_all_end_with_an_owner_that_is_killed(script: str, count: int, tmp_path: Path) -> None:
    with owner_of(script, tmp_path) as owner:
        assert owner.stdout is not None
        owned = [psutil.Process(int(owner.stdout.readline())) for _ in range(count)]
        owner.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 10
    while any(p.is_running() and p.status() != psutil.STATUS_ZOMBIE for p in owned):
        assert time.monotonic() < deadline
        time.sleep(0.01)
