"""Child processes that are kept running: started, started again when they end, stopped together.

None outlives the supervisor: each is told to end, then ended by force, and the lifeline ends it when the
supervisor itself was killed.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from workers.lifeline import die_with_parent
from workers.logfile import LogFile, pour

log = logging.getLogger(__name__)

TURN_SECONDS = 0.2
"""How often children are looked at."""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
"""Seconds before a child that ended is started again: doubled each time that it did not last."""
LASTING_SECONDS = 60.0
"""A child that ran for so long begins with the first pause again."""


@dataclass(frozen=True, slots=True)
class Service:
    """A process to keep running."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    """Added to this process's own."""
    stop_signal: signal.Signals = signal.SIGTERM
    patience: float = 10.0
    """Seconds that it may take to stop."""
    lifeline: bool = False
    """Whether its command takes ``--lifeline DESCRIPTOR`` (workers.lifeline)."""
    log: Path | None = None
    """File that what it says goes to; None: to where ours goes."""


def module(name: str, *arguments: str) -> tuple[str, ...]:
    """The command that runs one of our modules. -P: what lies in the current folder is not ours to import."""
    return (sys.executable, "-P", "-m", name, *arguments)


def import_path() -> dict[str, str]:
    """The environment in which a child finds our modules, also from a checkout that is not installed."""
    checkout = str(Path(__file__).resolve().parent.parent)
    path = os.environ.get("PYTHONPATH")
    return {"PYTHONPATH": f"{checkout}{os.pathsep}{path}" if path else checkout}


class _Told(BaseException):
    """To stop, in the middle of a duty."""


class Supervisor:
    """Runs services until it is told to stop by SIGTERM, SIGINT, SIGHUP or ``stop``."""

    def __init__(
        self, services: Sequence[Service], duty: Callable[[], None] = lambda: None, every: float = 1.0
    ) -> None:
        """``duty`` is called every ``every`` seconds; what it raises is logged, not fatal."""
        self._children = [Child(service) for service in services]
        self._duty, self._every = duty, every
        self._stopping = self._on_duty = False
        self._said = ""

    def run(self) -> None:
        """Start everything, keep it running, return when all of it was stopped."""
        with _signals(self.stop):
            try:
                due = time.monotonic()
                while not self._stopping:
                    for child in self._children:
                        child.keep_running()
                    if time.monotonic() >= due:
                        self._do_duty()
                        due = time.monotonic() + self._every
                    time.sleep(TURN_SECONDS)
            except _Told:
                pass
            finally:
                self._end()

    def stop(self) -> None:
        """Stop soon; a second call gives the children no more time.

        A duty is broken off: it may wait for a broker or a database that does not answer.
        """
        if self._stopping:
            for child in self._children:
                child.hurry()
        self._stopping = True
        if self._on_duty:
            self._on_duty = False
            raise _Told

    def _do_duty(self) -> None:
        self._on_duty = True
        try:
            self._duty()
        except Exception as error:  # the children's work is worth more than this round of duties
            if str(error) != self._said:  # once, not every second
                log.warning("%s", error, exc_info=log.isEnabledFor(logging.DEBUG))
            self._said = str(error)
        else:
            self._said = ""
        finally:
            self._on_duty = False

    def _end(self) -> None:
        for child in reversed(self._children):
            child.tell()
        for child in reversed(self._children):
            child.end()


class Child:
    """A service and its present process."""

    def __init__(self, service: Service) -> None:
        """Nothing is started before ``keep_running``."""
        self.service = service
        self._process: subprocess.Popen[bytes] | None = None
        self._lifeline = -1
        self._started = 0.0
        self._again = 0.0
        self._pause = FIRST_PAUSE
        self._deadline = float("inf")

    def keep_running(self) -> None:
        """Start it when it does not run and its pause is over."""
        now = time.monotonic()
        if self._process is not None:
            status = self._process.poll()
            if status is None:
                return
            self._clear()
            self._pause = FIRST_PAUSE if now - self._started > LASTING_SECONDS else self._pause
            log.warning(
                "%s ended (status %s): started again in %.1f s", self.service.name, status, self._pause
            )
            self._again = now + self._pause
            self._pause = min(self._pause * 2, LONGEST_PAUSE)
        if now >= self._again:
            self._start()

    def tell(self, patience: float | None = None) -> None:
        """Ask it to stop within ``patience`` seconds, those of its service where none are given."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(self.service.stop_signal)
        patience = self.service.patience if patience is None else patience
        self._deadline = min(self._deadline, time.monotonic() + patience)

    def hurry(self) -> None:
        """No more patience."""
        self._deadline = 0.0

    def end(self) -> None:
        """Wait for it, then end its whole group."""
        if self._process is None:
            return
        while self._process.poll() is None and time.monotonic() < self._deadline:
            time.sleep(0.02)
        self._clear()

    def _start(self) -> None:
        service, command, keep = self.service, list(self.service.command), []
        if service.lifeline:
            reading, self._lifeline = os.pipe()
            command += ["--lifeline", str(reading)]
            keep = [reading]
        said = saying = -1
        if service.log is not None:
            said, saying = os.pipe()
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=saying if service.log else None,
            stderr=saying if service.log else None,
            env={**os.environ, **import_path(), **service.environment},
            pass_fds=keep,
            start_new_session=True,
            preexec_fn=die_with_parent,
        )
        for descriptor in keep:
            os.close(descriptor)
        if service.log is not None:
            os.close(saying)
            pour(said, LogFile(service.log))
        self._started = time.monotonic()

    def _clear(self) -> None:
        """Its process has ended, or is to end now; so do those that it left behind."""
        assert self._process is not None
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._process = None
        if self._lifeline >= 0:
            os.close(self._lifeline)
            self._lifeline = -1


@contextlib.contextmanager
def _signals(stop: Callable[[], None]) -> Iterator[None]:
    def told(number: int, frame: object) -> None:
        stop()

    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    before = {number: signal.getsignal(number) for number in numbers}
    for number in numbers:
        if before[number] is not signal.SIG_IGN:
            signal.signal(number, told)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
