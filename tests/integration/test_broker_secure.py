"""A broker with a password, behind TLS, as the settings say it: for Celery's queues, its results, and doctor."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from celery import Celery
from kombu.exceptions import OperationalError

from storage.settings import Settings, load_settings
from tasks.app import make_app
from tests.brokers import queue_server
from tests.doors import certificate, door
from workers.embedded import worker_environment
from workers.probes import probe_broker

PASSWORD = "a/b@c:d%e"


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """Of a server that is reached through TLS only, without the password."""
    authority, tls = certificate(tmp_path)
    with queue_server(tmp_path / "broker", PASSWORD) as server, door(server.port, tls) as way:
        way.opened.set()
        yield f"rediss://localhost:{way.port}/0?ssl_ca_certs={authority}"


@pytest.fixture
def settings(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    (tmp_path / "password").write_text(PASSWORD + "\n")
    monkeypatch.setenv("VOXPRESS_BROKER_URL", address)
    monkeypatch.setenv("VOXPRESS_BROKER_PASSWORD_FILE", str(tmp_path / "password"))
    return load_settings().settings


@pytest.fixture
def app(settings: Settings) -> Iterator[Celery]:
    app = make_app(settings)
    yield app
    app.backend.client.connection_pool.disconnect()
    app.close()


def passed_on(app: Celery) -> Any:
    """What comes out of a queue that something was put into."""
    with app.connection_for_write() as link:
        queue = link.SimpleQueue("probe")
        try:
            queue.put({"book": "Emma"})
            message = queue.get(timeout=30)
            message.ack()
            return message.payload
        finally:
            queue.close()


def test_messages_and_results_travel(app: Celery) -> None:
    assert passed_on(app) == {"book": "Emma"}
    assert app.backend.client.ping()  # what chords count with


def test_workers_of_this_command_have_a_broker_of_their_own(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``make`` starts one without a password: the cluster's must not be sent there."""
    for name, value in worker_environment(settings, "redis+socket:///run/x.sock?virtual_host=0").items():
        monkeypatch.setenv(name, value)
    child = load_settings().settings
    assert child.broker_url == "redis+socket:///run/x.sock?virtual_host=0"
    assert child.broker_password == ""
    for name, value in worker_environment(settings, settings.broker_url).items():
        monkeypatch.setenv(name, value)
    assert load_settings().settings.broker_url == settings.broker_url


def test_doctor_comes_in_the_same_way(settings: Settings) -> None:
    found = probe_broker(settings.broker_url)
    assert found.state == "ok", found.said
    assert "***@localhost" in found.said
    assert PASSWORD not in found.said


def test_a_server_that_cannot_prove_who_it_is_gets_nothing(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other, _ = certificate(tmp_path / "other")
    doubtful = settings.broker_url.replace(str(tmp_path / "authority.pem"), str(other))
    unnamed = settings.broker_url.partition("?")[0] + "?ssl_cert_reqs=required"
    for url in (doubtful, unnamed):
        found = probe_broker(url)
        assert found.state == "wrong"
        assert "cannot prove who it is" in found.said
        assert "ssl_ca_certs=FILE" in found.said
        stranger = make_app(Settings(broker_url=url))
        with pytest.raises(OperationalError, match="certificate"), stranger.connection_for_write() as link:
            link.ensure_connection(max_retries=1, timeout=1)
        stranger.close()


def test_a_wrong_password_is_told(address: str) -> None:
    for password in ("", "hunter2"):
        found = probe_broker(Settings(broker_url=address, broker_password=password).broker_url)
        assert found.state == "wrong"
        assert "VOXPRESS_BROKER_PASSWORD_FILE" in found.said
        assert "hunter2" not in found.said
