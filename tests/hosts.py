"""Hosts of a small network on this machine: namespaces, each with a name and an address of its own.

A thread lives on each host, and so does every process that it starts. Needs root and ``ip`` (iproute2).
"""

from __future__ import annotations

import ctypes
import os
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

CLONE_NEWNET, CLONE_NEWUTS = 0x40000000, 0x04000000
"""From linux/sched.h."""
MISSING = "HOSTS MISSING: network namespaces need Linux, root and 'ip' (iproute2)"


class Host:
    """A machine of its own, as far as the network and its name are concerned."""

    def __init__(self, name: str, namespace: str, address: str) -> None:
        """``address``: where it is found; the namespace is there already."""
        self.name, self.address = name, address
        self._thread = ThreadPoolExecutor(1, initializer=_move_in, initargs=(name, namespace))

    def here(self, call: Callable[[], T]) -> T:
        """What ``call`` returns on this host."""
        return self._thread.submit(call).result()

    def leave(self) -> None:
        """Its thread ends, and with it what hangs on its life."""
        self._thread.shutdown()

    def reaches(self, address: str, port: int) -> bool:
        """Whether a server on that address can be connected to from here."""

        def connect() -> bool:
            try:
                socket.create_connection((address, port), 1).close()
            except OSError:
                return False
            return True

        return self.here(connect)


def possible() -> bool:
    """Whether namespaces can be made here."""
    if os.getuid() != 0 or shutil.which("ip") is None:
        return False
    name = f"vx{os.getpid()}try"
    made = subprocess.run(["ip", "netns", "add", name], capture_output=True)
    subprocess.run(["ip", "netns", "del", name], capture_output=True)
    return made.returncode == 0


@contextmanager
def star(middle: str, *around: str) -> Iterator[dict[str, Host]]:
    """A host that all others reach (at ``10.77.N.1``), and that alone: those around do not see each other."""
    namespaces = {name: f"vx{os.getpid()}{name}" for name in (middle, *around)}
    hosts: dict[str, Host] = {}
    try:
        for namespace in namespaces.values():
            _ip("netns", "add", namespace)
            _ip("-n", namespace, "link", "set", "lo", "up")
        for number, name in enumerate(around, 1):
            link = (
                "link",
                "add",
                f"to{number}",
                "type",
                "veth",
                "peer",
                "name",
                "lan",
                "netns",
                namespaces[name],
            )
            _ip("-n", namespaces[middle], *link)
            for namespace, end, address in (
                (namespaces[middle], f"to{number}", f"10.77.{number}.1/24"),
                (namespaces[name], "lan", f"10.77.{number}.2/24"),
            ):
                _ip("-n", namespace, "address", "add", address, "dev", end)
                _ip("-n", namespace, "link", "set", end, "up")
            hosts[name] = Host(name, namespaces[name], f"10.77.{number}.2")
        hosts[middle] = Host(middle, namespaces[middle], "127.0.0.1")
        yield hosts
    finally:
        for host in hosts.values():
            host.leave()
        for namespace in namespaces.values():
            subprocess.run(["ip", "netns", "del", namespace], capture_output=True)


def _ip(*words: str) -> None:
    done = subprocess.run(["ip", *words], capture_output=True, text=True)
    assert done.returncode == 0, (words, done.stderr)


def _move_in(name: str, namespace: str) -> None:
    """Of the thread that calls this, and of what it starts."""
    libc = ctypes.CDLL(None, use_errno=True)
    with Path(f"/run/netns/{namespace}").open() as door:
        if libc.setns(door.fileno(), CLONE_NEWNET) or libc.unshare(CLONE_NEWUTS):
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    if libc.sethostname(name.encode(), len(name)):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
