"""What is put on the broker leaves nothing behind in the process that did it."""

from __future__ import annotations

from pathlib import Path

import redis
from celery import chord

from storage.settings import load_settings
from tasks import leftovers
from tasks.app import make_app
from workers.broker import EmbeddedBroker


def test_who_publishes_chords_subscribes_to_nothing(tmp_path: Path) -> None:
    broker = EmbeddedBroker(tmp_path / "run")
    broker.start()
    app = make_app(load_settings({"home": tmp_path / "home", "broker_url": broker.url}).settings)
    try:
        for size in (1, 5):
            parts = [app.signature("voxpress.speak", queue="speak.tone") for _ in range(size)]
            chord(parts, app.signature("voxpress.master", queue="cpu", immutable=True), app=app).apply_async()
        with redis.Redis(unix_socket_path=str(broker.socket)) as client:
            waiting = [client.llen(key) for key in client.scan_iter("speak.tone*")]
            assert waiting == [6]
            assert client.pubsub_channels() == []
        assert not any(app.backend._pending_results)
    finally:
        app.close()
        broker.stop()


def test_what_a_chord_leaves_is_removed_with_its_production(tmp_path: Path) -> None:
    broker = EmbeddedBroker(tmp_path / "run")
    broker.start()
    app = make_app(load_settings({"home": tmp_path / "home", "broker_url": broker.url}).settings)
    try:
        for production in ("one", "other"):
            named = {"production_id": production}
            parts = [app.signature("voxpress.speak", kwargs=named, queue="speak.tone") for _ in range(3)]
            body = app.signature("voxpress.master", kwargs=named, queue="cpu", immutable=True)
            chord(parts, body, app=app).apply_async()
        app.backend.store_result("task", "what nobody asks for", "FAILURE")
        with redis.Redis(unix_socket_path=str(broker.socket)) as client:

            def kept(pattern: str) -> list[bytes]:
                return list(client.scan_iter(pattern))

            assert len(kept("celery-taskset-meta-*")) == 2
            assert kept("celery-task-meta-*") == []
            leftovers.remove(client, "one")
            assert len(kept("celery-taskset-meta-*")) == 1
            assert kept("voxpress-*") == [b"voxpress-leftovers-other"]
            assert client.ttl("voxpress-leftovers-other") > 3600
            leftovers.remove(client, "nobody")
    finally:
        app.close()
        broker.stop()
