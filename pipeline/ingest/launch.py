"""Starting the process that reads one untrusted file, and ending it.

Where it can be, it is forked from a zygote (``pipeline.ingest.zygote``), of which each process that reads has one:
started with its first request, given up when nothing is read for a while, gone with its owner. Else, and when the
zygote is lost, it is a new Python (``pipeline.ingest.child``). A reader has the same limits and rights either way.
"""

from __future__ import annotations

import atexit
import os
import signal
import socket
import subprocess
import sys
import threading
from abc import ABC, abstractmethod
from contextlib import ExitStack, suppress
from types import TracebackType
from typing import IO, Self

HAVE_ZYGOTES = sys.platform == "linux"
"""Elsewhere a forked process cannot count on its libraries (macOS), nor be told that its parent died."""
IDLE_SECONDS = 60.0
"""A zygote without work takes some 60 MB for so long."""
_END_SECONDS = 10.0
"""A zygote that has not ended a reader by then is ended itself, and its readers with it."""
_STATUS_BYTES = 64


class ZygoteLost(Exception):
    """There is no zygote, or it ended before its reader did: how the reader ended is not known."""


class Reader(ABC):
    """A process that reads one file. As a context it does not outlive the block."""

    def __init__(self, request: IO[bytes], answer: IO[bytes], complaints: IO[bytes]) -> None:
        """Our ends of its standard input, output and error."""
        self.request, self.answer, self.complaints = request, answer, complaints

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        for stream in (self.request, self.answer, self.complaints):
            with suppress(BrokenPipeError):
                stream.close()

    @abstractmethod
    def wait(self, seconds: float) -> int:
        """Its exit status, as ``subprocess`` has it. Raises ``TimeoutError``, ``ZygoteLost``."""

    @abstractmethod
    def kill(self) -> None:
        """End it, and its whole process group, if it has not ended."""


# -- a new Python ----------------------------------------------------------------------------------------


class _Started(Reader):
    def __init__(self) -> None:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "pipeline.ingest.child", str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=_environment(),
            cwd="/",
            start_new_session=True,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        super().__init__(process.stdin, process.stdout, process.stderr)
        self._process = process

    def wait(self, seconds: float) -> int:
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired as error:
            raise TimeoutError from error

    def kill(self) -> None:
        if self._process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


def start_reader() -> Reader:
    """A reader in a Python of its own."""
    return _Started()


def _environment() -> dict[str, str]:
    """Nothing of the user's but what Python needs to start and to find the same modules as here."""
    kept = ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TMPDIR")
    return {name: os.environ[name] for name in kept if name in os.environ} | {
        "PYTHONPATH": os.pathsep.join(os.path.abspath(entry) for entry in sys.path if entry),
        "PYTHONUTF8": "1",
        "PYTHONHASHSEED": "0",  # the same source gives the same book
        "LC_ALL": "C.UTF-8",
        # Each thread of a numeric library reserves address space, of which there is little.
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }


# -- forked from a zygote --------------------------------------------------------------------------------


class _Zygote:
    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "pipeline.ingest.zygote", str(IDLE_SECONDS)],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=environment,
                cwd="/",
                start_new_session=True,
            )

    def serves(self, environment: dict[str, str]) -> bool:
        """Whether it lives, and what a new one would find is what this one has."""
        return self._process.poll() is None and self.environment == environment

    def ask(self, message: str, handles: list[int]) -> None:
        """Have a reader forked with these descriptors. Raises ``ZygoteLost``."""
        try:
            socket.send_fds(self._control, [message.encode()], handles)
        except OSError as error:
            raise ZygoteLost from error

    def end(self) -> None:
        """End it; its readers go with it, and are lost to those who wait for them."""
        self._control.close()
        self._process.kill()
        self._process.wait()

    def disown(self) -> None:
        """In a process forked from the owner: it is not its child, and has to see the owner's end."""
        self._control.close()
        self._process.returncode = 0


class _Zygotes:
    """This process's zygote, of which there is one at most."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._zygote: _Zygote | None = None

    def fork(self, message: str) -> Reader:
        """A reader. Raises ``ZygoteLost``."""
        with self._lock:
            environment = _environment()
            if self._zygote is not None and not self._zygote.serves(environment):
                self._end()
            if self._zygote is None:
                self._zygote = _Zygote(environment)
            return _Forked(self._zygote, message)

    def end(self, which: _Zygote | None = None) -> None:
        """End the zygote there is, or none if it is not ``which`` any more."""
        with self._lock:
            if self._zygote is not None and which in (None, self._zygote):
                self._end()

    def forget(self) -> None:
        """In a process that was forked from this one: begin anew. Another thread may have had the lock."""
        if self._zygote is not None:
            self._zygote.disown()
        self._lock, self._zygote = threading.Lock(), None

    def _end(self) -> None:
        zygote, self._zygote = self._zygote, None
        if zygote is not None:
            zygote.end()


class _Forked(Reader):
    def __init__(self, zygote: _Zygote, message: str) -> None:
        streams, handles = list[IO[bytes]](), list[int]()
        with ExitStack() as ours, ExitStack() as theirs:
            for mode in ("wb", "rb", "rb"):
                reading, writing = os.pipe()
                own, other = (writing, reading) if mode == "wb" else (reading, writing)
                theirs.callback(os.close, other)
                handles.append(other)
                streams.append(ours.enter_context(open(own, mode)))
            own_status, status = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            ours.enter_context(own_status)
            handles.append(theirs.enter_context(status).fileno())
            zygote.ask(message, handles)
            ours.pop_all()
        super().__init__(*streams)
        self._zygote, self._status = zygote, own_status

    def wait(self, seconds: float) -> int:
        self._status.settimeout(seconds)
        if status := self._status.recv(_STATUS_BYTES):
            return int(status)
        raise ZygoteLost

    def kill(self) -> None:
        with self._status as status, suppress(OSError):
            status.shutdown(socket.SHUT_WR)  # the zygote then kills it, if there is anything to kill
            status.settimeout(_END_SECONDS)
            try:
                while status.recv(_STATUS_BYTES):
                    pass
            except TimeoutError:
                _zygotes.end(self._zygote)


_zygotes = _Zygotes()
if HAVE_ZYGOTES:
    os.register_at_fork(after_in_child=_zygotes.forget)
    atexit.register(_zygotes.end)


def fork_reader(reader: str, *, survey: bool) -> Reader:
    """A process for the reader ``module:function``, forked from this process's zygote.

    Raises ``ZygoteLost``, also where there are no zygotes; then ``start_reader`` does as well, and takes longer.
    """
    if not HAVE_ZYGOTES:
        raise ZygoteLost
    return _zygotes.fork(f"{'survey' if survey else 'book'} {reader}")


__all__ = ["HAVE_ZYGOTES", "IDLE_SECONDS", "Reader", "ZygoteLost", "fork_reader", "start_reader"]
