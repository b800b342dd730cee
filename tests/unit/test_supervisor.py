"""Children are started again when they end, and stopped together, whatever they think of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).parents[2]
SECONDS = 30

SCRIPT = """
import logging, sys
from pathlib import Path
from workers.supervisor import Service, Supervisor
import workers.supervisor as module

logging.basicConfig(level="INFO")
folder = Path(sys.argv[1])
write = (
    "import os, pathlib; f = (pathlib.Path(r'%s') / '{}').open('a'); "
    "f.write(str(os.getpid()) + '\\\\n'); f.close(); "
) % folder
def service(name, code, patience=5.0):
    return Service(name, [sys.executable, "-c", write.format(name) + code], patience=patience)
def duty():
    (folder / "duty").write_text("done")
    raise RuntimeError("a duty that fails ends nothing")
Supervisor([
    service("short", "pass"),
    service("long", "import time; time.sleep(600)"),
    service(
        "stubborn", "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)", 0.5
    ),
], duty, 0.1).run()
(folder / "ended").write_text("in order")
"""


@pytest.fixture
def supervisor(tmp_path: Path) -> subprocess.Popen[bytes]:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    process = subprocess.Popen([sys.executable, script, tmp_path], env=environment, stderr=subprocess.DEVNULL)
    wait_for(lambda: all(pids(tmp_path, name) for name in ("short", "long", "stubborn")))
    return process


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.05)


def pids(folder: Path, name: str) -> list[int]:
    """Of each time that the service was started."""
    file = folder / name
    return [int(line) for line in file.read_text().split()] if file.exists() else []


def alive(pid: int) -> bool:
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def test_what_ends_is_started_again_and_nothing_else(
    supervisor: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    (killed,) = pids(tmp_path, "long")
    os.kill(killed, signal.SIGKILL)
    wait_for(lambda: len(pids(tmp_path, "long")) == 2 and len(pids(tmp_path, "short")) >= 3)
    assert len(pids(tmp_path, "stubborn")) == 1
    assert (tmp_path / "duty").exists()
    supervisor.terminate()
    assert supervisor.wait(SECONDS) == 0


def test_all_are_stopped_together(supervisor: subprocess.Popen[bytes], tmp_path: Path) -> None:
    supervisor.terminate()
    assert supervisor.wait(SECONDS) == 0
    assert (tmp_path / "ended").exists()
    started = [pid for name in ("short", "long", "stubborn") for pid in pids(tmp_path, name)]
    assert not any(alive(pid) for pid in started)


HANGING = """
import sys, time
from pathlib import Path
from workers.supervisor import Supervisor

def duty():
    (Path(sys.argv[1]) / "duty").touch()
    time.sleep(600)
Supervisor([], duty).run()
"""


def test_a_duty_that_hangs_does_not_keep_it_from_stopping(tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    process = subprocess.Popen([sys.executable, "-c", HANGING, tmp_path], env=environment)
    wait_for((tmp_path / "duty").exists)
    process.terminate()
    assert process.wait(SECONDS) == 0


FAILING = """
import logging
from workers.supervisor import Supervisor

logging.basicConfig()
rounds = 0
def duty():
    global rounds
    rounds += 1
    if rounds == 9:
        supervisor.stop()
    if rounds != 5:
        raise RuntimeError("the database is away")
supervisor = Supervisor([], duty, 0.0)
supervisor.run()
"""


def test_a_duty_that_goes_on_failing_is_told_once(tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", FAILING],
        env=environment,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=True,
    )
    # Once before it did well for a moment, and once after that.
    assert done.stderr.count("the database is away") == 2


@pytest.mark.skipif(sys.platform != "linux", reason="no prctl elsewhere")
def test_none_outlives_a_supervisor_that_is_killed(
    supervisor: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    supervisor.kill()
    supervisor.wait(SECONDS)
    wait_for(lambda: not any(alive(pid) for name in ("long", "stubborn") for pid in pids(tmp_path, name)))
