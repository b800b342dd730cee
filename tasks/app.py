"""The Celery app and its settings.

Why each setting is as it is was measured, and is told in docs/architecture.md under "Celery and Redis".
"""

from __future__ import annotations

import time
from typing import Any

from celery import Celery
from celery.signals import before_task_publish

from pipeline.errors import SettingsError
from storage.settings import Settings, load_settings
from tasks.queues import CPU_QUEUE

TASK_SECONDS = 7200
"""Longest that a task may run before its process is killed (prefork only): three times what it takes to encode
a chapter of twenty hours with the slower coder."""
VISIBILITY_SECONDS = 2 * TASK_SECONDS
"""After this long an unacknowledged message is given to another worker: more than the longest task takes, or
a task would run twice at once. Must be the same in all three places."""
RESULT_SECONDS = 7 * 86400
"""How long results are kept; a chord that idles longer than this is lost (and published again)."""
HANGING_SECONDS = 60.0
"""A broker that a worker waits for longer than this is gone, although it did not hang up: the worker connects
anew, and puts down what it has in hand."""
ANSWER_SECONDS = 5.0
"""The same for a process that is no worker: it has other duties, or somebody sits before it."""
PUBLISHED = "published"
"""Header of a message: when it was put on the broker (seconds since 1970, by the clock of who put it there). It
stays when the message goes back to its queue."""


def make_app(settings: Settings) -> Celery:
    """The app for the broker that ``settings`` names; without one, an app that can only define tasks."""
    app = Celery("voxpress")
    transport = {
        "visibility_timeout": VISIBILITY_SECONDS,
        "unacked_restore_interval": 5,
        "unacked_restore_throttle": 1,
        "queue_order_strategy": "priority",
        "health_check_interval": 25,
        "socket_keepalive": not settings.broker_url.startswith("redis+socket"),
        "socket_timeout": HANGING_SECONDS,
        "socket_connect_timeout": ANSWER_SECONDS,
    }
    app.conf.update(
        broker_url=settings.broker_url or "memory://",
        result_backend=result_url(settings.broker_url),
        broker_connection_retry_on_startup=True,
        broker_transport_options=transport,
        result_backend_transport_options={"visibility_timeout": VISIBILITY_SECONDS},
        visibility_timeout=VISIBILITY_SECONDS,
        result_backend_always_retry=True,
        result_backend_max_retries=30,
        result_expires=RESULT_SECONDS,
        redis_backend_health_check_interval=30,
        redis_socket_timeout=HANGING_SECONDS,
        redis_socket_connect_timeout=ANSWER_SECONDS,
        task_serializer="json",
        result_serializer="json",
        accept_content=["json"],
        task_acks_late=True,
        task_reject_on_worker_lost=True,
        task_acks_on_failure_or_timeout=True,
        task_track_started=True,
        task_send_sent_event=True,
        task_time_limit=TASK_SECONDS,
        task_default_queue=CPU_QUEUE,
        worker_prefetch_multiplier=1,
        worker_send_task_events=True,
        worker_hijack_root_logger=False,
        worker_cancel_long_running_tasks_on_connection_loss=True,
        task_create_missing_queues=True,
    )
    return app


@before_task_publish.connect  # type: ignore[untyped-decorator]
def _say_when(headers: dict[str, Any] | None = None, **_: object) -> None:
    """A monitor tells from it how long the oldest message has waited."""
    if headers is not None:
        headers[PUBLISHED] = time.time()


def result_url(broker_url: str) -> str:
    """The result backend that belongs to a broker: the same server, as ``tasks.results`` speaks to it."""
    if not broker_url:
        return "cache+memory://"
    return f"tasks.results:OneWay+{broker_url.removeprefix('redis+')}"


def use_broker(url: str) -> None:
    """Point this process's app, which is no worker's, at a broker that was started after the app was made."""
    app.conf.update(broker_url=url, result_backend=result_url(url), redis_socket_timeout=ANSWER_SECONDS)
    app.conf.broker_transport_options["socket_timeout"] = ANSWER_SECONDS


def _settings_here() -> Settings:
    """Settings that cannot be read do not break the import: who loads them to use them says what is wrong."""
    try:
        return load_settings().settings
    except SettingsError:
        return Settings()


app = make_app(_settings_here())
