"""A process that has imported what readers need, and does nothing but fork readers (Linux only).

    python -m pipeline.ingest.zygote IDLE_SECONDS

Importing is most of what reading an article costs. Standard input is a socket (``SOCK_SEQPACKET``). Each message on
it asks for one reader: ``book`` or ``survey``, a space and the reader (``module:function``), with four descriptors:
what becomes the reader's standard input, output and error, and a socket of this reader alone. On the latter comes
its exit status in the end, as ``subprocess`` has it; a hang-up there ends the reader. When the owner is gone, the
first socket hangs up, and everything ends. ``pipeline.ingest.launch`` is the other side.

It sees no source and no request, has one thread, and keeps nothing of a reader that has ended. A reader has none of
the descriptors that are open here.
"""

from __future__ import annotations

import gc
import os
import resource
import selectors
import signal
import socket
import sys
import traceback
from contextlib import suppress
from typing import NoReturn

from pipeline.ingest.child import die_with_parent, make_ready, read_one

_OPEN_FILES = 512
"""Descriptors that it may have open: one for each reader at work, and a few."""
_MESSAGE_BYTES = 4096
_DESCRIPTORS = 4


class Zygote:
    """Readers at work, by the id of their process."""

    def __init__(self, control: socket.socket, idle_seconds: float) -> None:
        """``control`` is the owner's socket; after ``idle_seconds`` without a reader all is over."""
        self._control, self._idle_seconds = control, idle_seconds
        self._pid = os.getpid()
        self._readers: dict[int, socket.socket] = {}
        self._woken, wake = socket.socketpair()
        self._woken.setblocking(False)
        wake.setblocking(False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wake.detach(), warn_on_full_buffer=False)
        self._selector = selectors.DefaultSelector()
        self._selector.register(control, selectors.EVENT_READ)
        self._selector.register(self._woken, selectors.EVENT_READ)

    def serve(self) -> None:
        """Fork readers until the owner is gone, or asks for none any more."""
        while events := self._selector.select(None if self._readers else self._idle_seconds):
            for key, _ in events:
                if key.fileobj is self._woken:
                    self._reap()
                elif key.fileobj is not self._control:
                    self._stop(key.data, key.fileobj)
                elif not self._accept():
                    return

    def end(self) -> None:
        """Kill the readers that are left, and what they may have started."""
        for pid in self._readers:
            _kill_all(pid)

    def _accept(self) -> bool:
        """Take a message; False when the owner is gone."""
        try:
            message, handles, _, _ = socket.recv_fds(self._control, _MESSAGE_BYTES, _DESCRIPTORS)
        except ConnectionError:
            return False
        try:
            if len(handles) == _DESCRIPTORS:
                what, _, reader = message.decode().partition(" ")
                with suppress(OSError):  # no process or descriptor to be had: the owner sees its socket end
                    self._fork(reader, handles, survey=what == "survey")
        finally:
            for handle in handles:
                os.close(handle)
        return bool(message)

    def _fork(self, reader: str, handles: list[int], *, survey: bool) -> None:
        with suppress(Exception):  # the reader meets the same, and reports it
            make_ready(reader, survey=survey)
        gc.freeze()  # else collecting in a reader would copy every page of this process
        mine = socket.socket(fileno=os.dup(handles[3]))
        pid = os.fork()
        if pid == 0:
            self._become_reader(handles)
        self._readers[pid] = mine
        self._selector.register(mine, selectors.EVENT_READ, pid)

    def _become_reader(self, handles: list[int]) -> NoReturn:
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            os.setsid()
            die_with_parent(self._pid)
            for standard, handle in enumerate(handles[:3]):
                os.dup2(handle, standard)
            os.closerange(3, _OPEN_FILES)
            gc.enable()
            read_one()
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(1)  # nothing of the zygote's is to run here, whatever happens

    def _stop(self, pid: int, mine: object) -> None:
        """The owner does not want this reader any more."""
        if self._readers.get(pid) is mine:  # else it ended at the same moment
            self._selector.unregister(self._readers[pid])
            _kill_all(pid)

    def _reap(self) -> None:
        with suppress(BlockingIOError):
            self._woken.recv(_MESSAGE_BYTES)
        for pid in list(self._readers):
            if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
                continue
            _kill_all(pid)  # what it may have started: while it is not reaped, nobody else has its number
            status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            with self._readers.pop(pid) as mine:
                with suppress(KeyError):
                    self._selector.unregister(mine)
                with suppress(OSError):
                    mine.send(str(status).encode())


def _kill_all(pid: int) -> None:
    """A reader that was not reaped, with its process group."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)  # it may not lead a group yet
        os.killpg(pid, signal.SIGKILL)


def main() -> None:
    """Serve the owner at the other end of standard input."""
    gc.disable()  # it makes no garbage, and readers begin to collect for themselves
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(
        resource.RLIMIT_NOFILE,
        (_OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, _OPEN_FILES), hard),
    )
    zygote = Zygote(socket.socket(fileno=os.dup(0)), float(sys.argv[1]))
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.close(null)
    try:
        zygote.serve()
    finally:
        zygote.end()
        os._exit(0)


if __name__ == "__main__":
    main()
