"""Asking a speech server over HTTP: pooled, bounded in size and time, and asked again where that may help.

Addresses come from the operator's settings, so private ones are fine here. Redirects are not followed, proxies from
the environment are not used, certificates are verified. What a server says is data: it is cut short, never shown with
the key in it, and decoded under limits (``pipeline.speech.server_replies``).
"""

from __future__ import annotations

import json
import logging
import os
import random
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import urllib3
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError, SSLError, TimeoutError
from urllib3.response import HTTPResponse

from pipeline.errors import EngineUnavailable, SpeechFailed
from pipeline.limits import SPEECH_JSON_BYTES
from pipeline.speech.server_connection import pool_of, read_whole
from pipeline.speech.server_slots import Slots
from pipeline.speech.servers import SpeechServer

logger = logging.getLogger(__name__)

CONNECT_SECONDS = 10.0
LOOK_SECONDS = 10.0
"""For questions that cost a server nothing."""
PATIENCE_SECONDS = 90.0
"""For which a server that is away or busy is asked again: long enough to load a model after a restart."""
LOOK_PATIENCE_SECONDS = 2.0
"""Likewise where somebody only wants to know what there is."""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 15.0
"""Seconds between tries: twice as many each time, of which a random part of up to a half is left out, so that those
who were sent away together do not come back together."""
BROKEN = 3
"""Answers to the same request that broke off before it is taken for its fault: it may be what ends the server."""
RETRY_AFTER_SECONDS = 60.0
"""The longest rest that a server may ask for."""
DESCRIPTION = "/openapi.json"
AGAIN = frozenset({429, 502, 503, 504})
"""Statuses of a server that is busy, or starts, and of a proxy before it (RFC 9110, RFC 6585)."""
_SHOWN = 60
"""Characters of a name that a server gives which go into a message."""
_SAID = 200
"""Characters of a server's own words that go into a message."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a server answered, complete."""

    status: int
    type: str
    """Media type, in small letters, without parameters."""
    body: bytes

    def json(self) -> Any:
        """The body as JSON; None where it is none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


@dataclass(frozen=True, slots=True)
class Description:
    """What a server says of itself in OpenAPI (``/openapi.json``), as those made with FastAPI do; empty of others."""

    title: str = ""
    version: str = ""
    paths: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Question:
    """One request, and what is borne of its answer."""

    path: str
    body: bytes | None = None
    """It is a POST where there is one, else a GET."""
    kind: str = ""
    """Media type of the body."""
    most: int = SPEECH_JSON_BYTES
    """Bytes of the answer."""
    seconds: float = LOOK_SECONDS
    """That the whole answer may take."""

    @property
    def method(self) -> str:
        return "GET" if self.body is None else "POST"


class _Refused(Exception):
    """The server cannot be asked now; it may be later."""

    def __init__(self, why: str, rest: float = 0.0, *, broke: bool = False) -> None:
        """``broke``: it was reached, and ended without an answer."""
        super().__init__(why)
        self.rest, self.broke = rest, broke


class ServerClient:
    """One server, as this process talks to it."""

    def __init__(
        self,
        server: SpeechServer,
        locks: Path | None = None,
        *,
        most_parallel: int = 64,
        patience: float | None = None,
    ) -> None:
        """``locks``: a folder of this host's own, through which its processes share ``parallel``."""
        self.server = server
        self.parallel = max(1, min(server.parallel, most_parallel))
        self._patience = patience
        self._url = server.url.rstrip("/")
        self._slots = Slots(locks, self._url, self.parallel)
        self._pools: dict[int, urllib3.PoolManager] = {}
        self._described: Description | None = None

    @property
    def address(self) -> str:
        """Host and port, for messages."""
        return urlsplit(self._url).netloc.rpartition("@")[2]

    @property
    def called(self) -> str:
        """What messages call it."""
        return f"The speech server “{self.server.label}” at {self.address}"

    @property
    def described(self) -> Description:
        """What it last said of itself; nothing is asked."""
        return self._described or Description()

    def look(self, path: str, *, most: int = SPEECH_JSON_BYTES) -> Reply:
        """What it answers to a GET, whatever the status. Raises ``EngineUnavailable`` when it is away."""
        patience = (
            LOOK_PATIENCE_SECONDS if self._patience is None else min(self._patience, LOOK_PATIENCE_SECONDS)
        )
        question = _Question(path, most=most, seconds=min(LOOK_SECONDS, self.server.timeout))
        return self._ask(question, patience)

    def listed(self, path: str) -> Any:
        """What it answers to a GET, as JSON; None where there is no such thing. Raises ``EngineUnavailable``."""
        reply = self.look(path)
        if reply.status in (404, 405, 501):
            return None
        self.require(reply, path)
        said = reply.json()
        if said is None:
            raise EngineUnavailable(f"{self.called} answers {path} with something that is no JSON.")
        return said

    def describe(self, *, anew: bool = False) -> Description:
        """What it says of itself; asked once, unless ``anew``. Raises ``EngineUnavailable`` when it is away."""
        if self._described is None or anew:
            reply = self.look(DESCRIPTION)
            if reply.status >= 500:  # a trouble of this moment, and not that it has nothing to say
                raise EngineUnavailable(f"{self.called} fails to say what it is (HTTP {reply.status}).")
            said = reply.json() if reply.status == 200 else None
            said = said if isinstance(said, dict) else {}
            info, paths = (
                part if isinstance(part := said.get(name), dict) else {} for name in ("info", "paths")
            )
            self._described = Description(
                str(info.get("title", "")), str(info.get("version", "")), frozenset(map(str, paths))
            )
        return self._described

    def speak(self, path: str, request: Mapping[str, object], *, most: int) -> Reply:
        """What it answers to a POST of JSON with status 200.

        Waits for one of the host's slots at this server. Raises ``EngineUnavailable`` when it is away, stays busy, or
        does not know us; ``SpeechFailed`` when it refuses this request, fails, or takes too long.
        """
        with self._slots.one():
            return self.told_now(path, request, most=most)

    def send(self, path: str, name: str, file: bytes, *, field: str = "files") -> Reply:
        """Give it a file, as a form does. Raises as ``speak`` does."""
        body, kind = urllib3.encode_multipart_formdata({field: (name, file, "audio/wav")})
        with self._slots.one():
            return self._told(_Question(path, body, kind, seconds=self.server.timeout))

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Hold a slot over several requests (``told_now``): for servers whose state one request sets for the next."""
        with self._slots.one():
            yield

    def told_now(self, path: str, request: Mapping[str, object], *, most: int = SPEECH_JSON_BYTES) -> Reply:
        """As ``speak`` for whoever holds the slot already (``alone``)."""
        body = json.dumps(request, ensure_ascii=False).encode(errors="replace")
        return self._told(_Question(path, body, "application/json", most, self.server.timeout))

    def require(self, reply: Reply, path: str) -> None:
        """Raise unless the status is 200."""
        if reply.status == 200:
            return
        said = self.words_of(reply)
        why = f"HTTP {reply.status}" + (f": {said}" if said else "")
        if reply.status in (401, 403):
            raise EngineUnavailable(f"{self.called} refuses us ({why}): check its key in the settings.")
        if reply.status in (404, 405) and not said:
            raise EngineUnavailable(f"{self.called} has no {path}: is it a server for this engine?")
        if 300 <= reply.status < 400:
            raise EngineUnavailable(
                f"{self.called} redirects {path} elsewhere, which is not followed: name the right address "
                "in the settings."
            )
        raise SpeechFailed(f"{self.called} answered {why}.")

    def words_of(self, reply: Reply) -> str:
        """What a server says is wrong, cut short, without the key."""
        said = reply.json()
        text = _sentence(said) if isinstance(said, (dict, str)) else ""
        if not text and reply.type.startswith("text/plain"):
            text = reply.body[:1000].decode("utf-8", "replace")
        return self._without_key(" ".join(text.split()))[:_SAID].rstrip(".")

    def _without_key(self, text: str) -> str:
        return text.replace(self.server.key, "***") if self.server.key else text

    def _told(self, question: _Question) -> Reply:
        reply = self._ask(question, PATIENCE_SECONDS if self._patience is None else self._patience)
        self.require(reply, question.path)
        return reply

    def _ask(self, question: _Question, patience: float) -> Reply:
        """One answer, after as many tries as ``patience`` (s) allows."""
        until = time.monotonic() + patience
        pause, broken = FIRST_PAUSE, 0
        while True:
            try:
                return self._once(question)
            except _Refused as error:
                broken += error.broke
                if broken >= BROKEN and question.method == "POST":
                    raise SpeechFailed(f"{self.called} {error}, {broken} times for the same text.") from error
                rest = max(error.rest, pause * random.uniform(0.5, 1.0))
                if time.monotonic() + rest > until:
                    raise EngineUnavailable(
                        f"{self.called} {error}: start it, or mend its address in the settings, then try again."
                    ) from error
                logger.info("%s %s: asked again in %.1f s", self.called, error, rest)
                time.sleep(rest)
                pause = min(2 * pause, LONGEST_PAUSE)

    def _once(self, question: _Question) -> Reply:
        seconds, most = question.seconds, question.most
        began = time.monotonic()
        headers = {"Accept-Encoding": "identity"}
        if self.server.key:
            headers["Authorization"] = f"Bearer {self.server.key}"
        if question.kind:
            headers["Content-Type"] = question.kind
        try:
            answer = self._pool().request(
                question.method,
                self._url + question.path,
                body=question.body,
                headers=headers,
                preload_content=False,
                decode_content=False,
                redirect=False,
                retries=False,
                timeout=urllib3.Timeout(connect=min(CONNECT_SECONDS, seconds), read=seconds),
            )
            assert isinstance(answer, HTTPResponse)
            left = seconds - (time.monotonic() - began)
            whole = read_whole(answer, most, left)
        except (NewConnectionError, ConnectTimeoutError) as error:
            raise _Refused(f"cannot be reached ({_reason(error)})") from error
        except SSLError as error:
            raise EngineUnavailable(f"{self.called} cannot be trusted: {_reason(error)}.") from error
        except (HTTPError, OSError) as error:
            late = isinstance(error, TimeoutError) or time.monotonic() - began >= seconds
            if (
                late and question.method == "POST"
            ):  # it may be at it still: to ask again would only add to that
                raise SpeechFailed(
                    f"{self.called} took longer than {seconds:g} s for one request: raise its timeout in the "
                    "settings if it is that slow."
                ) from error
            what = f"does not answer within {seconds:g} s" if late else f"broke off ({_reason(error)})"
            raise _Refused(what, broke=True) from error
        if whole is None:
            raise SpeechFailed(f"{self.called} answered with more than {most} bytes, which cannot be right.")
        if answer.status in AGAIN:
            raise _Refused(
                f"is busy (HTTP {answer.status})", _retry_after(answer.headers.get("Retry-After", ""))
            )
        kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        return Reply(answer.status, kind, whole)

    def _pool(self) -> urllib3.PoolManager:
        """This process's connections: those of the process that it was forked from are not its own."""
        pid = os.getpid()
        if pid not in self._pools:
            self._pools = {pid: pool_of(self.parallel)}
        return self._pools[pid]


def shown(name: object) -> str:
    """What a server calls something, whatever that is, fit for a message."""
    text = "".join(letter if letter.isprintable() else "�" for letter in str(name))
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _retry_after(value: str) -> float:
    """Seconds; a date, which speech servers do not send, counts as none."""
    return min(float(value), RETRY_AFTER_SECONDS) if value.strip().isdigit() else 0.0


def _reason(error: BaseException) -> str:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror.lower() if not isinstance(cause, socket.gaierror) else "no such host"
        if isinstance(cause, (ConnectionError, HTTPException)):
            return "the connection was closed"
        cause = cause.__cause__ or cause.__context__
    return str(error).rpartition(": ")[2].rstrip(".") or type(error).__name__


def _sentence(said: object) -> str:
    """The words of an error as the known servers wrap them."""
    if isinstance(said, str):
        return said
    if isinstance(said, list) and said:
        return _sentence(said[0])
    if isinstance(said, dict):
        for name in ("message", "msg", "detail", "error"):
            if said.get(name):
                more = said.get("Exception")
                return _sentence(said[name]) + (f" ({more})" if isinstance(more, str) and more else "")
    return ""
