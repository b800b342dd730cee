"""Connections to speech servers on which an answer comes in time and within bounds, or not at all.

A socket's own timeout starts anew with each byte; here a whole head, and a whole body, have so many seconds.
"""

from __future__ import annotations

import errno
import socket
import threading
from contextlib import suppress
from typing import Any

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.response import HTTPResponse

HEAD_SECONDS = 10.0
"""For the head of an answer on a connection without a timeout of its own."""
_BLOCK = 1 << 16


def pool_of(most: int) -> urllib3.PoolManager:
    """A pool of such connections that keeps at most ``most`` of them open to a server."""
    pool = urllib3.PoolManager(num_pools=2, maxsize=most, block=False)
    pool.pool_classes_by_scheme = {"http": _HttpPool, "https": _HttpsPool}
    return pool


class _Hurried:
    """A connection whose answer's head comes in time, or not at all: a byte now and then does not count as alive."""

    sock: socket.socket | None
    timeout: float | None

    def getresponse(self) -> Any:
        late = threading.Event()
        timer = threading.Timer(float(self.timeout or HEAD_SECONDS), _shut, [self.sock, late])
        timer.daemon = True
        timer.start()
        try:
            answer = super().getresponse()  # type: ignore[misc]
        finally:
            timer.cancel()
        if late.is_set():  # half a head passes for a whole one
            answer.close()
            raise OSError(errno.ETIMEDOUT, "the head of the answer did not come to its end")
        return answer


class _Http(_Hurried, HTTPConnection):
    pass


class _Https(_Hurried, HTTPSConnection):
    pass


class _HttpPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _Http


class _HttpsPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _Https


def _shut(sock: socket.socket | None, late: threading.Event) -> None:
    late.set()
    if sock is not None:
        with suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)


def read_whole(answer: HTTPResponse, most: int, seconds: float) -> bytes | None:
    """The body; None when it has more than ``most`` bytes. The connection goes back to the pool only when the whole
    answer was read. Raises ``HTTPError`` when it takes longer than ``seconds``."""
    late = threading.Event()
    timer = threading.Timer(max(0.0, seconds), _give_up, [answer, late])
    timer.daemon = True
    timer.start()
    blocks, size = [], 0
    try:
        while block := answer.read1(_BLOCK, decode_content=False):
            size += len(block)
            if size > most:
                answer.close()
                return None
            blocks.append(block)
        if late.is_set():  # a body whose length nobody told ends like a whole one
            raise OSError(errno.ETIMEDOUT, "the answer did not come to its end")
        length = answer.headers.get("Content-Length", "")
        if length.isdigit() and int(length) > size and answer.status != 204:
            raise urllib3.exceptions.ProtocolError("the connection was closed within the answer")
    except BaseException:
        answer.close()
        raise
    finally:
        timer.cancel()
    answer.release_conn()
    return b"".join(blocks)


def _give_up(answer: HTTPResponse, late: threading.Event) -> None:
    late.set()
    with suppress(Exception):  # it may have come to its end this moment
        answer.shutdown()
