"""The exporter, asked over HTTP: who may ask, and whether its numbers are those of catalog, broker and disk."""

from __future__ import annotations

import base64
import http.client
import json
import os
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest
import redis
from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families

from pipeline.errors import SettingsError, WorkError
from storage.rows import ProductionState, WorkerRow
from storage.settings import load_settings
from tasks import counters, gpus
from tasks.app import PUBLISHED, app
from tasks.context import Context
from tasks.metrics import METRICS, Metric, metrics
from tests.producing import a_context, planned
from workers import exporter
from workers.broker import EmbeddedBroker
from workers.exporter import Answer, Exporter

PASSWORD = "correct-horse"
Scrape = dict[tuple[str, frozenset[tuple[str, str]]], float]


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return a_context(tmp_path)


@pytest.fixture
def broker(context: Context) -> Iterator[EmbeddedBroker]:
    server = EmbeddedBroker(context.settings.run_dir)
    server.start()
    yield server
    server.stop()


@contextmanager
def serving(look: Callable[[], list[Metric]]) -> Iterator[Exporter]:
    """An exporter that listens on a port of its own."""
    with Exporter("127.0.0.1", 0, PASSWORD, Answer(look)) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def ask(server: Exporter, path: str = "/metrics", method: str = "GET", **headers: str) -> tuple[int, str]:
    """Status and body."""
    link = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=30)
    try:
        link.request(method, path, headers=headers)
        reply = link.getresponse()
        return reply.status, reply.read().decode()
    finally:
        link.close()


def basic(user: str, password: str) -> str:
    return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"


def parsed(text: str) -> Scrape:
    """Number by name and labels, as Prometheus' own parser reads them."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def scraped(context: Context, url: str) -> Scrape:
    with serving(lambda: metrics(context, url)) as server:
        status, text = ask(server, Authorization=f"Bearer {PASSWORD}")
    assert status == 200
    return parsed(text)


def of(scrape: Scrape, name: str, /, **labels: str) -> float:
    return scrape[f"voxpress_{name}", frozenset(labels.items())]


def put(url: str, queue: str, priority: int = 3, age: float = 0.0) -> None:
    """A message that was put on the broker so many seconds ago."""
    with app.connection_for_write(url) as link:
        task = app.signature("voxpress.speak", kwargs={"production_id": "x"}, queue=queue, priority=priority)
        task.apply_async(connection=link)
        if age:
            channel = link.default_channel
            key = channel._q_for_pri(queue, priority)
            message = json.loads(channel.client.lpop(key))
            message["headers"][PUBLISHED] -= age
            channel.client.lpush(key, json.dumps(message))


def worker(name: str, *queues: str) -> WorkerRow:
    now = datetime.now(UTC)
    return WorkerRow(name, "studio", 1, queues, {"espeak": ("en",)}, "NVIDIA H200", 4, "0.1", now, now)


# -- who may ask ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer wrong-horse",
        f"Bearer {PASSWORD}x",
        f"Bearer {PASSWORD[:-1]}",
        f"Digest {PASSWORD}",
        PASSWORD,
        "Basic",
        "Basic !!!",
        basic("voxpress", "wrong"),
        basic(PASSWORD, ""),
        f"Basic {base64.b64encode(PASSWORD.encode()).decode()}",
        "Basic Ov/+",  # ":" and two bytes that are no text
    ],
)
@pytest.mark.parametrize("path", ["/metrics", "/", "/nothing"])
def test_nobody_is_told_anything_without_the_password(authorization: str, path: str) -> None:
    looks: list[int] = []
    with serving(lambda: looks.append(1) or []) as server:  # type: ignore[func-returns-value]
        headers = {"Authorization": authorization} if authorization else {}
        assert ask(server, path, **headers) == (401, "Who are you?\n")
        assert ask(server, path, "HEAD", **headers) == (401, "")
        assert ask(server, path, "POST", **headers)[0] == 501
    assert looks == []


@pytest.mark.parametrize(
    "authorization",
    [f"Bearer {PASSWORD}", basic("prometheus", PASSWORD), basic("", PASSWORD), f"bearer {PASSWORD}"],
)
def test_whoever_knows_the_password_is_told(authorization: str) -> None:
    with serving(lambda: [Metric("voxpress_one", "gauge", (), "One.", (((), 1.0),))]) as server:
        status, text = ask(server, Authorization=authorization)
        assert (status, parsed(text)) == (200, {("voxpress_one", frozenset()): 1.0})
        assert ask(server, "/metrics?debug=1", Authorization=authorization)[0] == 200
        assert ask(server, "/", Authorization=authorization)[0] == 404
        assert ask(server, "/metrics", "HEAD", Authorization=authorization) == (200, "")


def test_a_client_that_says_nothing_keeps_nobody_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporter, "MOST_CLIENTS", 3)
    with serving(list) as server:
        silent = [socket.create_connection(("127.0.0.1", server.server_port)) for _ in range(2)]
        assert ask(server, Authorization=f"Bearer {PASSWORD}")[0] == 200
        silent += [socket.create_connection(("127.0.0.1", server.server_port)) for _ in range(3)]
        assert silent[-1].recv(1) == b""  # one too many: closed at once
        for each in silent:
            each.close()
        deadline = time.monotonic() + 60
        while True:  # the threads of those that went away are free again
            try:
                assert ask(server, Authorization=f"Bearer {PASSWORD}")[0] == 200
            except (OSError, http.client.HTTPException):
                assert time.monotonic() < deadline
            else:
                break


def test_beyond_this_host_a_password_has_to_be_set(tmp_path: Path) -> None:
    for address in ("0.0.0.0", "::", "", "192.168.1.5", "studio.example"):
        flags = {"home": tmp_path, "metrics_address": address}
        with pytest.raises(SettingsError, match="VOXPRESS_METRICS_PASSWORD_FILE"):
            exporter.exporter_service(load_settings(flags).settings, "redis://x")
        with pytest.raises(SettingsError, match="VOXPRESS_METRICS_PASSWORD_FILE"):
            exporter.serve(load_settings(flags).settings, print)
        service = exporter.exporter_service(
            load_settings({**flags, "metrics_password": PASSWORD}).settings, "redis://x"
        )
        assert service is not None
        assert PASSWORD not in " ".join(service.command)
    assert not (tmp_path / "metrics").exists()


def test_on_this_host_a_password_is_made_up_once(tmp_path: Path) -> None:
    for address in ("127.0.0.1", "::1", "localhost", "127.8.8.8"):
        settings = load_settings({"home": tmp_path, "metrics_address": address}).settings
        made_up = exporter.password(settings)
        assert len(made_up) >= 24
        assert exporter.password(settings) == made_up
    file = exporter.password_file(settings)
    assert file.read_text() == made_up
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    assert list(file.parent.iterdir()) == [file]
    other = load_settings({"home": tmp_path / "other"}).settings
    assert exporter.password(other) != made_up


def test_as_a_service_it_says_nothing_secret_and_answers(context: Context, broker: EmbeddedBroker) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    flags = {"home": context.settings.home, "metrics_port": port, "metrics_password": PASSWORD}
    service = exporter.exporter_service(load_settings(flags).settings, broker.url)
    assert service is not None
    process = subprocess.Popen(service.command, env=os.environ | dict(service.environment))
    try:
        deadline = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
            except ConnectionRefusedError:
                assert process.poll() is None
                assert time.monotonic() < deadline
                time.sleep(0.05)
            else:
                break
        link = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        link.request("GET", "/metrics", headers={"Authorization": f"Bearer {PASSWORD}"})
        assert of(parsed(link.getresponse().read().decode()), "broker_up") == 1
        link.close()
        assert PASSWORD not in " ".join(psutil.Process(process.pid).cmdline())
    finally:
        process.terminate()
        assert process.wait(60) == 0


def test_where_it_is_not_wanted_or_cannot_be_there_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = load_settings({"home": tmp_path, "metrics_port": 0}).settings
    assert exporter.exporter_service(settings, "redis://x") is None
    monkeypatch.setattr(exporter, "is_installed", lambda: False)
    settings = load_settings({"home": tmp_path}).settings
    assert exporter.exporter_service(settings, "redis://x") is None
    with pytest.raises(SettingsError, match=r"voxpress\[monitoring\]"):
        exporter.serve(settings, print)


def test_a_port_that_is_taken_is_said() -> None:
    with serving(list) as server, pytest.raises(WorkError, match=f"{server.server_port} .*--port"):
        Exporter("127.0.0.1", server.server_port, PASSWORD, Answer(list))


# -- what is told -------------------------------------------------------------------------------------------------


def test_every_metric_is_told_in_both_formats(context: Context, broker: EmbeddedBroker) -> None:
    with serving(lambda: metrics(context, broker.url)) as server:
        text = ask(server, Authorization=f"Bearer {PASSWORD}")[1]
        newer = ask(server, Authorization=f"Bearer {PASSWORD}", Accept="application/openmetrics-text")[1]
    for families in (list(text_string_to_metric_families(text)), list(openmetrics(newer))):
        assert {family.name for family in families} == {metric.name for metric in METRICS}
        assert all(family.documentation for family in families)
        labels = {metric.name: set(metric.labels) for metric in METRICS}
        for family in families:
            assert all(set(sample.labels) == labels[family.name] for sample in family.samples)
    assert all(metric.name.startswith("voxpress_") for metric in METRICS)


def test_queues_are_as_they_are_on_the_broker(context: Context, broker: EmbeddedBroker) -> None:
    production = planned(context, {"One": ["A paragraph.", "Another one."]})
    catalog = context.store.catalog
    catalog.update(production.id, shared=True, started=True)
    catalog.set_state(production.id, ProductionState.SPEAKING)
    catalog.report_worker(worker("cpu-1@studio", "cpu", "publish", "speak.xtts"))
    put(broker.url, "cpu", 0)
    put(broker.url, "cpu", 3, age=100)
    put(broker.url, "cpu", 3)
    put(broker.url, "cpu", 9, age=5000)
    put(broker.url, "speak.tone", 3, age=50)
    put(broker.url, "speak.tone", 3)
    with app.connection_for_read(broker.url) as link:
        taken = link.default_channel.basic_get("speak.tone")  # as a worker does that has not finished
        assert taken is not None
        scrape = scraped(context, broker.url)
        link.default_channel.basic_ack(taken.delivery_tag)

    assert of(scrape, "broker_up") == 1
    assert [
        of(scrape, "tasks_waiting", queue="cpu", priority=name) for name in ("now", "normal", "idle")
    ] == [1, 2, 1]
    assert of(scrape, "tasks_waiting", queue="speak.tone", priority="normal") == 1
    assert of(scrape, "tasks_in_flight", queue="speak.tone") == 1
    assert of(scrape, "tasks_in_flight", queue="cpu") == 0
    assert 5000 <= of(scrape, "queue_age_seconds", queue="cpu") < 5000 + 300
    assert of(scrape, "queue_age_seconds", queue="speak.tone") < 50  # the older one is in hand
    assert of(scrape, "queue_age_seconds", queue="publish") == 0
    assert of(scrape, "broker_memory_bytes") > 100_000
    chunks = len(catalog.chunks(production.id, 0))
    assert of(scrape, "chunks_waiting", queue="speak.tone") == chunks > 0
    assert of(scrape, "queue_workers", queue="cpu") == 1
    unserved = {
        dict(labels)["queue"]: value for (name, labels), value in scrape.items() if "unserved" in name
    }
    assert unserved == {"cpu": 0, "publish": 0, "speak.xtts": 0, "speak.tone": 1}
    assert of(scrape, "workers") == 1
    assert of(scrape, "worker_slots", worker="cpu-1@studio", host="studio") == 4
    info = {"queues": "cpu,publish,speak.xtts", "engines": "espeak", "gpu": "NVIDIA H200", "version": "0.1"}
    assert of(scrape, "worker_info", worker="cpu-1@studio", host="studio", **info) == 1


def test_what_workers_counted_is_told(
    context: Context, broker: EmbeddedBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    with redis.Redis(unix_socket_path=str(broker.socket)) as client:
        monkeypatch.setattr(counters, "_client", lambda: client)
        counters.send()  # what other tests of this process have left
        client.flushall()
        for seconds in (10.0, 20.5):
            counters.add("takes", "tone")
            counters.add("audio_seconds", "tone", amount=seconds)
            counters.add("speaking_seconds", "tone", amount=2.0)
        counters.send()
        counters.add("takes", "tone")
        counters.add("retries", "tone", "refused", "new-seed")
        counters.add("tasks", "speak", "done")
        counters.add("task_seconds", "speak", amount=4.5)
        counters.send()
        counters.send()
        client.hset(counters.KEY, json.dumps(["of another version", "x"]), 7)
        gpus.tell(client, "gpu-host", [gpus.Gpu("0", "NVIDIA H200", 3e9, 1.4e11, 0.5)])
        gpus.tell(client, "silent-host", [gpus.Gpu("0", "NVIDIA L4", 1e9, 2e10, 0.1)])
        old = json.loads(client.hget(gpus.KEY, "silent-host"))  # type: ignore[arg-type]
        client.hset(gpus.KEY, "silent-host", json.dumps({**old, "at": old["at"] - 600}))
        scrape = scraped(context, broker.url)
        client.flushall()
        counters.add("takes", "tone")
        monkeypatch.setattr(counters, "_client", lambda: redis.Redis(unix_socket_path="/nonexistent"))
        counters.send()  # away: it is given the next time
        monkeypatch.setattr(counters, "_client", lambda: client)
        counters.send()
        assert of(scraped(context, broker.url), "takes_total", engine="tone") == 1

    assert of(scrape, "takes_total", engine="tone") == 3
    assert of(scrape, "audio_seconds_total", engine="tone") == 30.5
    assert of(scrape, "realtime_ratio", engine="tone") == 30.5 / 4
    assert of(scrape, "takes_retried_total", engine="tone", reason="refused", step="new-seed") == 1
    assert of(scrape, "tasks_total", stage="speak", outcome="done") == 1
    assert of(scrape, "task_seconds_total", stage="speak") == 4.5
    assert of(scrape, "gpu_memory_used_bytes", host="gpu-host", gpu="0", name="NVIDIA H200") == 3e9
    assert of(scrape, "gpu_memory_total_bytes", host="gpu-host", gpu="0", name="NVIDIA H200") == 1.4e11
    assert of(scrape, "gpu_busy_ratio", host="gpu-host", gpu="0", name="NVIDIA H200") == 0.5
    assert not any(("host", "silent-host") in labels for _, labels in scrape)


def test_the_rest_is_told_when_the_broker_is_away(context: Context, broker: EmbeddedBroker) -> None:
    context.store.catalog.report_worker(worker("cpu-1@studio", "cpu"))
    broker.stop()
    for url in (broker.url, "redis://127.0.0.1:1/0", ""):
        scrape = scraped(context, url)
        assert of(scrape, "broker_up") == 0
        assert of(scrape, "catalog_up") == 1
        assert of(scrape, "workers") == 1
        assert of(scrape, "productions", state="failed") == 0
        assert of(scrape, "disk_free_bytes", folder="home") > 0
        assert not any(name.startswith("voxpress_tasks") for name, _ in scrape)


def test_the_rest_is_told_when_the_catalog_is_away(context: Context, broker: EmbeddedBroker) -> None:
    put(broker.url, "cpu")
    context.store.catalog.close()
    (context.settings.home / "catalog.db").write_bytes(b"this is no database" * 1000)
    scrape = scraped(context, broker.url)
    assert of(scrape, "catalog_up") == 0
    assert of(scrape, "broker_up") == 1
    assert of(scrape, "tasks_waiting", queue="cpu", priority="normal") == 1
    # What is not known is not told: that nobody serves a queue would be a guess.
    assert not any(name.startswith(("voxpress_queue_unserved", "voxpress_workers")) for name, _ in scrape)


def test_the_disk_is_as_the_system_says(context: Context) -> None:
    scrape, disk = scraped(context, ""), os.statvfs(context.settings.home)
    assert of(scrape, "disk_size_bytes", folder="home") == disk.f_blocks * disk.f_frsize
    assert of(scrape, "disk_size_bytes", folder="blobs") == disk.f_blocks * disk.f_frsize


# -- what it costs ------------------------------------------------------------------------------------------------


def test_many_who_ask_cost_one_look(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[int] = []
    now = [1000.0]
    monkeypatch.setattr(exporter.time, "monotonic", lambda: now[0])

    def look(cost: float = 0.0) -> list[Metric]:
        looks.append(1)
        now[0] += cost
        return []

    answer = Answer(look)
    for _ in range(5):
        answer.text("")
    assert len(looks) == 1
    now[0] += exporter.KEEP_SECONDS
    answer.text("")
    assert len(looks) == 2

    slow = Answer(lambda: look(cost=2.0))
    slow.text("")
    now[0] += exporter.COST_SHARE * 2.0 - 1
    slow.text("")
    assert len(looks) == 3
    now[0] += 2
    slow.text("")
    assert len(looks) == 4
