"""What monitors are told: one look at the catalog, the broker and the disk, as plain numbers with names.

The catalog is asked a handful of sums (``storage.census``), the broker two round trips: how long its lists are,
their oldest messages, and what is in hand, which is at most as much as the workers have slots.
"""

from __future__ import annotations

import json
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, Literal

import redis
from kombu.exceptions import OperationalError

from pipeline.errors import VoxpressError
from storage.census import Census
from storage.rows import Priority, WorkerRow
from tasks import counters, gpus
from tasks.app import PUBLISHED, app
from tasks.context import Context
from tasks.queues import CPU_QUEUE, PUBLISH_QUEUE, queue_of
from tasks.room import disks

Kind = Literal["gauge", "counter"]
BROKER_SECONDS = 5.0
"""How long the broker may take to answer a look."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric and its samples at one moment."""

    name: str
    """A counter's without ``_total``."""
    kind: Kind
    labels: tuple[str, ...]
    help: str
    samples: tuple[tuple[tuple[str, ...], float], ...] = ()
    """(values of the labels, number)."""


def _gauge(name: str, said: str, *labels: str) -> Metric:
    return Metric(f"voxpress_{name}", "gauge", labels, said)


def _counter(name: str, said: str, *labels: str) -> Metric:
    return Metric(f"voxpress_{name}", "counter", labels, f"{said} Since the broker began empty.")


METRICS = (
    _gauge("build_info", "1; the version of the exporter.", "version"),
    _gauge("collect_seconds", "Seconds that the last look took, by what was looked at.", "part"),
    # the catalog
    _gauge("catalog_up", "1 when the catalog answers."),
    _gauge("productions", "Productions by state.", "state"),
    _gauge("productions_waiting", "Submitted productions whose turn has not come."),
    _gauge("productions_waiting_seconds", "Seconds since the oldest of them was submitted."),
    _gauge("productions_stuck", "Productions that wait in vain: 'voxpress jobs' says for what."),
    _gauge(
        "productions_ended_last_hour", "Productions that came to that state within the last hour.", "state"
    ),
    _gauge("edition_audio_seconds", "Seconds of audio in the editions of all productions that are done."),
    _gauge("doubts", "Doubts in the reports of those editions."),
    _gauge("chunks_waiting", "Chunks of productions under way that nobody began.", "queue"),
    _gauge("chunks_in_flight", "Chunks of productions under way that were begun and are not done.", "queue"),
    _gauge("chunks_given_up", "Chunks of productions under way that ended as silence and a doubt.", "queue"),
    _gauge("intake", "What was found in drop folders, by state.", "state"),
    _gauge("workers", "Workers that were heard of within the last 45 seconds."),
    _gauge("worker_slots", "Tasks that a worker works on at a time.", "worker", "host"),
    _gauge(
        "worker_info", "1; what a worker serves.", "worker", "host", "queues", "engines", "gpu", "version"
    ),
    _gauge("queue_workers", "Living workers that serve a queue.", "queue"),
    _gauge("queue_unserved", "1 when something waits in a queue that no living worker serves.", "queue"),
    # the broker
    _gauge("broker_up", "1 when the broker answers."),
    _gauge("broker_memory_bytes", "Memory that the broker's data takes."),
    _gauge("tasks_waiting", "Messages in a queue.", "queue", "priority"),
    _gauge("tasks_in_flight", "Messages of a queue that workers hold.", "queue"),
    _gauge("queue_age_seconds", "Seconds since the oldest message of a queue was put there.", "queue"),
    _counter("takes", "Takes made.", "engine"),
    _counter("audio_seconds", "Seconds of audio in the takes made.", "engine"),
    _counter("speaking_seconds", "Seconds that workers' slots spent on speaking.", "engine"),
    _counter(
        "takes_retried",
        "Times that a chunk failed: why, and what was tried next.",
        "engine",
        "reason",
        "step",
    ),
    _counter("tasks", "Tasks that ended, by stage and outcome.", "stage", "outcome"),
    _counter("task_seconds", "Seconds of work in tasks that were done.", "stage"),
    _gauge("realtime_ratio", "Seconds of audio made in a second of speaking, in one slot.", "engine"),
    _gauge("gpu_memory_used_bytes", "Memory in use on a GPU.", "host", "gpu", "name"),
    _gauge("gpu_memory_total_bytes", "Memory of a GPU.", "host", "gpu", "name"),
    _gauge("gpu_busy_ratio", "Share of time in which a GPU was busy, 0 to 1.", "host", "gpu", "name"),
    # this host
    _gauge("disk_free_bytes", "Free bytes where a folder is: home (the state folder) or blobs.", "folder"),
    _gauge("disk_size_bytes", "Bytes that the disk of a folder has.", "folder"),
)
"""Every metric there is, without samples."""
_COUNTERS: Mapping[str, str] = {"retries": "voxpress_takes_retried"}
"""Names of ``tasks.counters`` that are called otherwise here."""

Samples = defaultdict[str, list[tuple[tuple[str, ...], float]]]


def metrics(context: Context, broker_url: str) -> list[Metric]:
    """Look at everything; what does not answer is missing, and its ``_up`` is 0.

    ``broker_url``: empty when none is known.
    """
    samples: Samples = defaultdict(list)
    queues = {CPU_QUEUE, PUBLISH_QUEUE}
    waiting: Counter[str] = Counter()
    workers: list[WorkerRow] = []

    def catalog() -> None:
        catalog = context.store.catalog
        census = catalog.census()
        workers.extend(catalog.workers())
        queues.update(queue for worker in workers for queue in worker.queues)
        queues.update(map(queue_of, census.chunks_waiting))
        waiting.update({queue_of(engine): count for engine, count in census.chunks_waiting.items()})
        _tell_census(samples, census)

    def broker() -> None:
        look = _look_at_broker(broker_url, queues)
        queues.update(look.in_flight)
        waiting.update({queue: count for (queue, _), count in look.waiting.items()})
        _tell_broker(samples, look)

    for part, look, failures in (
        ("catalog", catalog, (VoxpressError,)),
        ("broker", broker, (redis.RedisError, OperationalError, OSError)),
    ):
        _timed(samples, part, look, failures)
    if ((), 1.0) in samples["voxpress_catalog_up"]:
        _tell_workers(samples, workers, queues, waiting)
    _tell_disk(samples, context)
    samples["voxpress_build_info"].append(((version("voxpress"),), 1.0))
    return [
        Metric(each.name, each.kind, each.labels, each.help, tuple(samples[each.name])) for each in METRICS
    ]


def _timed(
    samples: Samples, part: str, look: Callable[[], None], failures: tuple[type[Exception], ...]
) -> None:
    began, up = time.monotonic(), 1.0
    try:
        look()
    except failures:
        up = 0.0
    samples[f"voxpress_{part}_up"].append(((), up))
    samples["voxpress_collect_seconds"].append(((part,), time.monotonic() - began))


# -- the catalog ------------------------------------------------------------------------------------------


def _tell_census(samples: Samples, census: Census) -> None:
    for name, value in (
        ("productions_waiting", census.waiting),
        ("productions_waiting_seconds", census.waiting_seconds),
        ("productions_stuck", census.stuck),
        ("edition_audio_seconds", census.edition_seconds),
        ("doubts", census.doubts),
    ):
        samples[f"voxpress_{name}"].append(((), float(value)))
    by_state: tuple[tuple[str, Mapping[Any, int]], ...] = (
        ("productions", census.productions),
        ("productions_ended_last_hour", census.ended_lately),
        ("intake", census.intake),
    )
    for name, counts in by_state:
        samples[f"voxpress_{name}"] += [((state.value,), float(count)) for state, count in counts.items()]
    for name, chunks in (
        ("chunks_waiting", census.chunks_waiting),
        ("chunks_in_flight", census.chunks_begun),
        ("chunks_given_up", census.chunks_given_up),
    ):
        samples[f"voxpress_{name}"] += [
            ((queue_of(engine),), float(count)) for engine, count in chunks.items()
        ]


def _tell_workers(
    samples: Samples, workers: Iterable[WorkerRow], queues: Iterable[str], waiting: Mapping[str, int]
) -> None:
    workers = list(workers)
    samples["voxpress_workers"].append(((), float(len(workers))))
    for worker in workers:
        samples["voxpress_worker_slots"].append(((worker.name, worker.host), float(worker.slots)))
        serves = (",".join(worker.queues), ",".join(sorted(worker.engines)), worker.gpu, worker.version)
        samples["voxpress_worker_info"].append(((worker.name, worker.host, *serves), 1.0))
    for queue in sorted(queues):
        serving = sum(queue in worker.queues for worker in workers)
        samples["voxpress_queue_workers"].append(((queue,), float(serving)))
        unserved = not serving and bool(waiting.get(queue))
        samples["voxpress_queue_unserved"].append(((queue,), float(unserved)))


# -- the broker -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Broker:
    """One look at the broker."""

    waiting: Mapping[tuple[str, int], int]
    """Messages by queue and priority."""
    ages: Mapping[str, float]
    """Seconds since the oldest message of a queue was published."""
    in_flight: Mapping[str, int]
    memory: float
    counts: list[counters.Count]
    gpus: Mapping[str, list[gpus.Gpu]]


def _look_at_broker(url: str, queues: Iterable[str]) -> _Broker:
    """Raises ``redis.RedisError``, ``OperationalError`` and ``OSError``."""
    if not url:
        raise ConnectionError("no broker is known")
    patience = {
        "socket_timeout": BROKER_SECONDS,
        "socket_connect_timeout": BROKER_SECONDS,
        "max_retries": 0,
    }
    with app.connection_for_read(url, transport_options=patience) as link:
        channel = link.default_channel
        lists = [
            (queue, step, channel._q_for_pri(queue, step))
            for queue in sorted(queues)
            for step in channel.priority_steps
        ]
        with channel.client.pipeline(transaction=False) as pipe:
            for _, _, key in lists:
                pipe.llen(key)
                pipe.lindex(key, -1)  # the one that is served next: messages come in at the other end
            pipe.hvals(channel.unacked_key)
            pipe.info("memory")
            *answers, taken, memory = pipe.execute()
        counts, told = counters.counts(channel.client), gpus.told(channel.client)
    now = time.time()
    published: dict[str, float] = {queue: now for queue, _, _ in lists}
    for (queue, _, _), message in zip(lists, answers[1::2], strict=True):
        published[queue] = min(published[queue], _published(message, now))
    return _Broker(
        waiting={(queue, step): count for (queue, step, _), count in zip(lists, answers[::2], strict=True)},
        ages={queue: now - since for queue, since in published.items()},
        in_flight=Counter(str(json.loads(message)[2]) for message in taken),
        memory=float(memory["used_memory"]),
        counts=counts,
        gpus=told,
    )


def _published(message: bytes | None, otherwise: float) -> float:
    return float(json.loads(message)["headers"].get(PUBLISHED, otherwise)) if message else otherwise


def _tell_broker(samples: Samples, look: _Broker) -> None:
    samples["voxpress_broker_memory_bytes"].append(((), look.memory))
    for (queue, step), count in look.waiting.items():
        known = step in Priority.__members__.values()
        if known or count:  # kombu has a fourth list, which nobody uses
            name = Priority(step).name.lower() if known else str(step)
            samples["voxpress_tasks_waiting"].append(((queue, name), float(count)))
    for queue, age in look.ages.items():
        samples["voxpress_queue_age_seconds"].append(((queue,), age))
    for queue in sorted({*look.ages, *look.in_flight}):
        samples["voxpress_tasks_in_flight"].append(((queue,), float(look.in_flight.get(queue, 0))))
    made: dict[str, dict[str, float]] = defaultdict(dict)
    for counter in look.counts:
        name = _COUNTERS.get(counter.name, f"voxpress_{counter.name}")
        samples[name].append((counter.labels, counter.value))
        made[counter.name][counter.labels[0]] = counter.value
    for engine, seconds in made["speaking_seconds"].items():
        if seconds > 0:
            ratio = made["audio_seconds"].get(engine, 0.0) / seconds
            samples["voxpress_realtime_ratio"].append(((engine,), ratio))
    for host, there in look.gpus.items():
        for gpu in there:
            labels = (host, gpu.index, gpu.name)
            samples["voxpress_gpu_memory_used_bytes"].append((labels, gpu.used_bytes))
            samples["voxpress_gpu_memory_total_bytes"].append((labels, gpu.total_bytes))
            samples["voxpress_gpu_busy_ratio"].append((labels, gpu.busy))


# -- this host --------------------------------------------------------------------------------------------


def _tell_disk(samples: Samples, context: Context) -> None:
    for name, disk in disks(context.settings).items():
        samples["voxpress_disk_free_bytes"].append(((name,), float(disk.f_bavail * disk.f_frsize)))
        samples["voxpress_disk_size_bytes"].append(((name,), float(disk.f_blocks * disk.f_frsize)))
