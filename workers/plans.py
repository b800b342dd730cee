"""Who works on what: one worker for the processor's cores and, where GPUs are used, one for their slots.

A child that speaks on a GPU sees that one GPU only, whatever its engine makes of several.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pipeline.errors import VoxpressError
from pipeline.speech.registry import facts_of, spoken_by
from storage.settings import Settings
from tasks.gpus import device_of
from tasks.queues import ASR_QUEUE, engine_of, queue_of
from workers.supervisor import module

MEMORY_SHARE = 0.8
"""Of the host's memory: what the children of a worker may take together before the largest are started anew."""


@dataclass(frozen=True, slots=True)
class WorkerPlan:
    """One worker: its queues, and its children."""

    queues: tuple[str, ...]
    slots: int
    """Children, each of which works on one task at a time."""
    gpus: tuple[str, ...] = ()
    """GPUs that the children take turns in being given, by number or UUID; empty: they run on the CPU."""

    @property
    def environment(self) -> Mapping[str, str]:
        """What its processes are told beside what all are told."""
        return {"VOXPRESS_DEVICE": "cuda" if self.gpus else "cpu"}


def plans(settings: Settings, queues: Sequence[str]) -> Iterator[WorkerPlan]:
    """The workers that serve these queues on this host."""
    device, _, number = device_of(settings.device).partition(":")
    gpus = (settings.gpus or (number or "0",)) if device == "cuda" else ()
    fast = tuple(queue for queue in queues if gpus and runs_on_gpu(queue))
    slow = tuple(queue for queue in queues if queue not in fast)
    if fast:
        yield WorkerPlan(fast, len(gpus) * settings.gpu_slots, gpus)
    if slow:
        yield WorkerPlan(slow, settings.workers)


def worker_command(
    settings: Settings, plan: WorkerPlan, together: Sequence[WorkerPlan], name: str
) -> tuple[str, ...]:
    """What starts a worker, ``together`` with those that run beside it."""
    command = module("workers.worker", "--queues", ",".join(plan.queues), "--name", name)
    command += ("--concurrency", str(plan.slots), "--log-level", settings.log_level)
    command += ("--child-kilobytes", str(child_kilobytes(settings, together)))
    if plan.gpus:
        command += ("--gpus", ",".join(plan.gpus))
    warm = [voice for voice in settings.warm_up if queue_of(spoken_by(voice)) in plan.queues]
    return (*command, "--warm-up", ",".join(warm)) if warm else command


def runs_on_gpu(queue: str) -> bool:
    """Whether what waits in a queue is worked on faster by a GPU."""
    if queue == ASR_QUEUE:
        return True
    engine = engine_of(queue)
    try:
        return bool(engine) and "cuda" in facts_of(engine).devices
    except VoxpressError:  # an engine of another host, or one that cannot be loaded
        return False


def gpu_of(child: int, gpus: Sequence[str]) -> str:
    """The GPU of a worker's child, by its place among the children: they are spread over all GPUs."""
    return gpus[child % len(gpus)]


def child_kilobytes(settings: Settings, together: Iterable[WorkerPlan]) -> int:
    """What a child may have grown to: as set, else its share of this host's memory."""
    if settings.child_gigabytes:
        return round(settings.child_gigabytes * 1e6)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return round(MEMORY_SHARE * memory / 1000 / max(1, sum(plan.slots for plan in together)))
