"""What ``voxpress doctor`` finds out about the shared broker, the workers that serve it, and the pages beside."""

from __future__ import annotations

import secrets
import socket
import ssl
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import redis

from pipeline.errors import VoxpressError
from storage.addresses import shown
from storage.catalog import Catalog
from storage.probes import Finding
from storage.settings import Settings
from tasks.queues import CPU_QUEUE, PUBLISH_QUEUE
from workers import flower, health
from workers.broker import OLDEST_VERSION
from workers.passwords import is_loopback

ANSWER_SECONDS = 3.0
"""How long the broker may take to answer."""
PROBE_SECONDS = 10
"""How long a probe stays on the broker at most, should it not be removed."""


def probe_broker(url: str) -> Finding:
    """Connect, log in, look at how it is set up, and write."""
    where = shown(url)

    def finding(state: str, said: str) -> Finding:
        return Finding("shared broker", state, said)

    try:
        with _client(url) as client:
            begun = time.monotonic()
            client.ping()
            took = (time.monotonic() - begun) * 1000
            info = _info(client)
            if problem := _set_up_wrongly(info):
                return finding("wrong", f"{where} {problem}")
            name = f"voxpress-doctor-{secrets.token_hex(4)}"
            client.set(name, "1", ex=PROBE_SECONDS)
            client.delete(name)
    except redis.AuthenticationError:
        return finding("wrong", f"{where} refuses the password: correct {_PASSWORD}")
    except redis.ResponseError as error:
        if str(error).startswith("NOAUTH"):
            return finding("wrong", f"{where} wants a password: set {_PASSWORD}")
        return finding("wrong", f"{where} takes no messages ({error}): see to its memory, disk and role")
    except (redis.RedisError, OSError, ValueError) as error:
        return finding("wrong", f"{where} {_away(error)}")
    said = f"{where}: {_server(info)}, answers in {took:.0f} ms"
    note = _worth_a_note(url, info)
    return finding("note", f"{said}; {note}") if note else finding("ok", said)


_PASSWORD = "VOXPRESS_BROKER_PASSWORD, or the file that VOXPRESS_BROKER_PASSWORD_FILE names"  # noqa: S105


def _client(url: str) -> Any:
    limits = {"socket_connect_timeout": ANSWER_SECONDS, "socket_timeout": ANSWER_SECONDS}
    if url.startswith("redis+socket://"):  # Celery's own way to write it
        return redis.Redis(unix_socket_path=urlsplit(url).path, socket_timeout=ANSWER_SECONDS)
    return redis.Redis.from_url(url, **limits)


def _away(error: Exception) -> str:
    """Why it was not reached, and what to do."""
    causes: list[BaseException | None] = [error, error.__cause__, error.__context__]
    reason = " ".join(str(error).split()).rstrip(".")
    if any(isinstance(cause, ssl.SSLError) for cause in causes) or "SSL" in reason:
        return (
            f"cannot prove who it is ({reason}): name the file of its certificate's authority in "
            "VOXPRESS_BROKER_URL, as ?ssl_ca_certs=FILE"
        )
    if isinstance(error, redis.BusyLoadingError):
        return "is still reading its data: wait for it"
    if isinstance(error, redis.TimeoutError):
        reason = f"no answer within {ANSWER_SECONDS:g} s"
    return f"does not answer ({reason}): start it, or correct VOXPRESS_BROKER_URL"


def _info(client: Any) -> dict[str, Any]:
    try:
        return dict(client.info())
    except redis.exceptions.NoPermissionError:
        return {}  # a user that may work but not look


def _set_up_wrongly(info: dict[str, Any]) -> str:
    version = str(info.get("redis_version") or "")
    if version and tuple(int(part) for part in version.split(".")[:2] if part.isdigit()) < OLDEST_VERSION:
        oldest = ".".join(map(str, OLDEST_VERSION))
        return f"is a Redis {version}: it has to be {oldest} or later"
    if info.get("cluster_enabled"):
        return "is a Redis cluster, which cannot carry queues: use a single server"
    if info.get("role") == "slave":
        return "is a replica, which only reads: use the address of its master"
    if info.get("maxmemory") and info.get("maxmemory_policy") != "noeviction":
        policy = info["maxmemory_policy"]
        return f"throws messages away when its memory is full ({policy}): set maxmemory-policy to noeviction"
    return ""


def _server(info: dict[str, Any]) -> str:
    name = "Valkey" if info.get("server_name") == "valkey" else "Redis"
    return f"{name} {info.get('valkey_version') or info.get('redis_version', '')}".strip()


def _worth_a_note(url: str, info: dict[str, Any]) -> str:
    parts = urlsplit(url)
    if not info:
        return "its user may not look at how it is set up (INFO)"
    if not info.get("aof_enabled") and not parts.scheme.endswith("socket"):
        return "it forgets what waits when it is killed (the keeper then publishes it again): set appendonly to yes"
    open_to_all = parts.hostname and not parts.password and not is_loopback(parts.hostname)
    if open_to_all:
        return "whoever reaches it can give your workers work: set requirepass there, and VOXPRESS_BROKER_PASSWORD"
    return ""


def probe_workers(settings: Settings) -> Finding:
    """Which workers reported themselves, and whether what every book needs is served."""
    try:
        catalog = Catalog(settings.catalog_url, patience=0.0)
        workers = catalog.workers()
        catalog.close()
    except VoxpressError:
        return Finding("workers", "note", "nobody knows, without the catalog")
    if not workers:
        return Finding("workers", "note", "none is alive: start one with 'voxpress worker', or 'voxpress up'")
    served = {queue for worker in workers for queue in worker.queues}
    each = (
        f"{worker.name} on {worker.host} ({', '.join(worker.queues)}{f'; {worker.gpu}' if worker.gpu else ''})"
        for worker in workers
    )
    said = f"{len(workers)} alive: {', '.join(each)}"
    unserved = [queue for queue in (CPU_QUEUE, PUBLISH_QUEUE) if queue not in served]
    if unserved or not any(queue.startswith("speak.") for queue in served):
        lacking = ", ".join(unserved) or "speak.ENGINE"
        return Finding(
            "workers", "wrong", f"{said}; none serves {lacking}: start a worker with --queues {lacking}"
        )
    return Finding("workers", "ok", said)


def probe_offers(settings: Settings) -> Iterator[Finding]:
    """The engines that other hosts said they can speak with; nothing where the catalog does not answer."""
    try:
        catalog = Catalog(settings.catalog_url, patience=0.0)
        offers = catalog.offers(most=1)  # who, not what
        catalog.close()
    except VoxpressError:
        return
    here = socket.gethostname()
    for offer in sorted(offers, key=lambda offer: (offer.engine, offer.host)):
        if offer.host != here:
            said = "offered now" if offer.alive else f"offered until {offer.seen_at:%Y-%m-%d %H:%M} UTC"
            yield Finding(f"{offer.engine} on {offer.host}", "ok" if offer.alive else "note", said)


def probe_pages(settings: Settings) -> Iterator[Finding]:
    """Whether Flower and the exporter answer here."""
    if settings.flower_port and flower.is_installed():
        yield _page("Flower", flower.page(settings), lambda: "" if flower.is_well(settings) else "no answer")
    if settings.metrics_port:
        yield _page("exporter", f"port {settings.metrics_port}", lambda: health.exporter(settings))


def _page(name: str, where: str, wrong: Any) -> Finding:
    try:
        problem = wrong()
    except VoxpressError as error:
        return Finding(name, "wrong", str(error))
    if problem:
        return Finding(name, "note", f"does not run on this host ({where})")
    return Finding(name, "ok", f"answers at {where}")


__all__ = ["probe_broker", "probe_pages", "probe_workers"]
