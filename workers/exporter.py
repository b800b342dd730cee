"""The exporter: numbers about the studio for Prometheus, behind a password. ``python -m workers.exporter``.

Everything but its port is closed without the password, which counts as a bearer token and as the password of
any user. Looking costs little (``tasks.metrics``), and costs it once however many ask: an answer is kept for some
seconds, longer when looking took long.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import hmac
import logging
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import BrokerUnavailable, SettingsError, VoxpressError, WorkError
from storage.settings import Settings, load_settings
from tasks import logs
from tasks.context import open_context
from workers.embedded import worker_environment
from workers.lifeline import die_with_parent, hang_on
from workers.passwords import is_loopback, own_password
from workers.place import broker_url
from workers.supervisor import Service, module

if TYPE_CHECKING:
    from prometheus_client.core import Metric as Family

    from tasks.metrics import Metric

log = logging.getLogger(__name__)

PATH = "/metrics"
KEEP_SECONDS = 5.0
"""How long an answer is good for others who ask."""
COST_SHARE = 20
"""Looking may take one part in so many of the time: an answer that took long is kept that much longer."""
CLIENT_SECONDS = 10.0
"""How long a client may take to say what it wants, and to take the answer."""
MOST_CLIENTS = 16
"""Connections at a time; more are closed at once."""


# -- as a service ------------------------------------------------------------------------------------------


def exporter_service(settings: Settings, broker_url: str) -> Service | None:
    """The exporter as a service; None where its library is not installed, or where it is not wanted (port 0).

    Raises ``SettingsError`` where it would be open to others than this host.
    """
    if not settings.metrics_port or not is_installed():
        return None
    password(settings)
    return Service(
        name=f"exporter ({page(settings)})",
        command=module("workers.exporter"),
        environment={
            **worker_environment(settings, broker_url),
            "VOXPRESS_METRICS_ADDRESS": settings.metrics_address,
            "VOXPRESS_METRICS_PORT": str(settings.metrics_port),
            "VOXPRESS_METRICS_PASSWORD": settings.metrics_password,
            "VOXPRESS_LOG_LEVEL": settings.log_level,
        },
        lifeline=True,
    )


def is_installed() -> bool:
    """Whether the library that writes Prometheus' format is there (the extra ``monitoring``)."""
    return find_spec("prometheus_client") is not None


def page(settings: Settings) -> str:
    """Where Prometheus, on this host, finds the numbers."""
    address = settings.metrics_address
    host = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}.get(address, address)  # noqa: S104
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.metrics_port}{PATH}"


def password(settings: Settings) -> str:
    """As set; else, where only this host can reach the exporter, one of our own making.

    Raises ``SettingsError`` where others can and none is set.
    """
    if settings.metrics_password:
        return settings.metrics_password
    if not is_loopback(settings.metrics_address):
        raise SettingsError(
            f"The exporter would be open to everybody who reaches {settings.metrics_address or 'this host'}: set "
            "VOXPRESS_METRICS_PASSWORD_FILE to a file with a password, or metrics_address to 127.0.0.1."
        )
    return own_password(password_file(settings))


def password_file(settings: Settings) -> Path:
    """Where the password is kept that was made up because none is set."""
    return settings.home / "metrics" / "password"


# -- the answer --------------------------------------------------------------------------------------------


class Answer:
    """What is answered: looked up when it is asked for and the last look is too old. For many threads."""

    def __init__(self, look: Callable[[], Sequence[Metric]]) -> None:
        """``look`` gives the metrics as they are now."""
        self._look = look
        self._lock = threading.Lock()
        self._metrics: Sequence[Metric] = ()
        self._until = float("-inf")

    def text(self, accept: str) -> tuple[bytes, str]:
        """The numbers in the format that a client accepts, and that format's content type."""
        from prometheus_client import CollectorRegistry
        from prometheus_client.exposition import choose_encoder
        from prometheus_client.registry import Collector

        class Looked(Collector):
            def collect(self) -> Iterator[Family]:
                yield from map(family, metrics)

        with self._lock:
            began = time.monotonic()
            if began >= self._until:
                self._metrics = self._look()
                now = time.monotonic()
                self._until = now + max(KEEP_SECONDS, COST_SHARE * (now - began))
            metrics = self._metrics
        registry = CollectorRegistry(auto_describe=False)
        registry.register(Looked())
        encode, content_type = choose_encoder(accept)
        return encode(registry), content_type


def family(metric: Metric) -> Family:
    """A metric as Prometheus' library has it."""
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

    kind = CounterMetricFamily if metric.kind == "counter" else GaugeMetricFamily
    made = kind(metric.name, metric.help, labels=metric.labels)
    for labels, value in metric.samples:
        made.add_metric(labels, value)
    return made


# -- the server --------------------------------------------------------------------------------------------


class Exporter(ThreadingHTTPServer):
    """Answers ``GET /metrics`` to those who know the password."""

    daemon_threads = True

    def __init__(self, address: str, port: int, secret: str, answer: Answer) -> None:
        """Listens from now on. Raises ``WorkError`` when it cannot."""
        if ":" in address:
            self.address_family = socket.AF_INET6
        self.answer = answer
        self._secret = secret.encode()
        self._free = threading.BoundedSemaphore(MOST_CLIENTS)
        try:
            super().__init__((address, port), _Handler)
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise WorkError(
                f"The exporter cannot listen on {address}:{port} ({reason}): choose another with --address "
                "and --port."
            ) from error

    def allows(self, authorization: str) -> bool:
        """Whether a request says the password: ``Bearer PASSWORD``, or ``Basic`` with any user's name."""
        kind, _, said = authorization.partition(" ")
        given = said.strip().encode("utf-8", "surrogateescape")
        if kind.lower() == "basic":
            try:
                given = base64.b64decode(given, validate=True).partition(b":")[2]
            except binascii.Error:
                given = b""
        elif kind.lower() != "bearer":
            given = b""
        return hmac.compare_digest(given, self._secret)

    def process_request(self, request: socket.socket | tuple[bytes, socket.socket], client: object) -> None:
        """In a thread of its own, when there is one left."""
        if not self._free.acquire(blocking=False):
            self.shutdown_request(request)
            return
        try:
            super().process_request(request, client)
        except BaseException:
            self._free.release()
            raise

    def process_request_thread(
        self, request: socket.socket | tuple[bytes, socket.socket], client: object
    ) -> None:
        """That thread."""
        try:
            super().process_request_thread(request, client)
        finally:
            self._free.release()

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is no error of ours; all else is for the log."""
        log.info("a request was not answered", exc_info=True)


class _Handler(BaseHTTPRequestHandler):
    server: Exporter
    server_version, sys_version = "voxpress", ""
    protocol_version = "HTTP/1.1"
    timeout = CLIENT_SECONDS

    def do_GET(self) -> None:
        """The numbers; whoever has no password is not told what there is."""
        if not self.server.allows(self.headers.get("Authorization", "")):
            self._reply(401, b"Who are you?\n", "text/plain")
        elif self.path.partition("?")[0] != PATH:
            self._reply(404, f"The numbers are at {PATH}.\n".encode(), "text/plain")
        else:
            self._reply(200, *self.server.answer.text(self.headers.get("Accept", "")))

    do_HEAD = do_GET  # noqa: N815

    def _reply(self, status: int, body: bytes, content_type: str) -> None:
        self.send_response(status)
        if status == 401:
            self.send_header("WWW-Authenticate", 'Basic realm="voxpress"')
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *values: object) -> None:
        """Requests are many: they are told on the level of debug only."""
        log.debug(format, *values)


# -- the process -------------------------------------------------------------------------------------------


def serve(settings: Settings, say: Callable[[str], None]) -> None:
    """Export until told to stop; ``say`` is told where.

    Raises ``SettingsError`` without credentials or without the library, ``WorkError`` when it cannot listen.
    """
    if not is_installed():
        raise SettingsError("The exporter needs prometheus-client: pip install 'voxpress[monitoring]'.")
    secret = password(settings)
    from tasks.metrics import metrics

    context = open_context(settings)

    def look() -> Sequence[Metric]:
        try:
            url = broker_url(settings)  # each time: an `up` may have come, or gone
        except BrokerUnavailable:
            url = ""
        return metrics(context, url)

    with (
        _stopping(),
        Exporter(settings.metrics_address, settings.metrics_port, secret, Answer(look)) as server,
    ):
        where = "" if settings.metrics_password else f" The password is in {password_file(settings)}."
        say(f"The numbers are at {page(replace(settings, metrics_port=server.server_port))}.{where}")
        server.serve_forever()


class _Stopped(BaseException):
    """Somebody told the exporter to stop. No error: a server goes on after those, wherever they are raised."""


@contextmanager
def _stopping() -> Iterator[None]:
    """SIGTERM and SIGINT end what is inside, and nothing else: also where this is a container's first process."""

    def stop(number: int, frame: object) -> None:
        raise _Stopped

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        with suppress(_Stopped):
            yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def main(argv: Sequence[str] | None = None) -> None:
    """Run the exporter until it is told to stop."""
    parser = argparse.ArgumentParser(prog="python -m workers.exporter")
    parser.add_argument("--lifeline", type=int, help="descriptor of a pipe; when it closes, everything ends")
    arguments = parser.parse_args(argv)
    if arguments.lifeline is not None:
        die_with_parent()
        hang_on(arguments.lifeline)
    try:
        settings = load_settings().settings.prepare()
        logs.set_up("exporter@%h", settings.log_level, settings.log_format)
        serve(settings, log.info)
    except VoxpressError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
