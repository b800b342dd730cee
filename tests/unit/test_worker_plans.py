"""Who works on what on a host, and which GPU a child sees."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from billiard.pool import Pool

from storage.settings import Settings
from workers.plans import WorkerPlan, child_kilobytes, gpu_of, plans, worker_command
from workers.worker import _child_started

QUEUES = ("cpu", "publish", "asr", "speak.espeak", "speak.piper", "speak.of-another-host")
GPU_QUEUES = ("asr", "speak.piper")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, workers=3)


def test_without_gpus_one_worker_serves_all(settings: Settings) -> None:
    (plan,) = plans(settings, QUEUES)
    assert plan == WorkerPlan(QUEUES, 3)
    assert plan.environment["VOXPRESS_DEVICE"] == "cpu"


def test_gpus_have_a_worker_of_their_own_for_what_they_are_good_at(settings: Settings) -> None:
    settings = replace(settings, device="cuda", gpus=("0", "1"), gpu_slots=2)
    fast, slow = plans(settings, QUEUES)
    assert (fast.queues, fast.slots, fast.gpus) == (GPU_QUEUES, 4, ("0", "1"))
    assert fast.environment["VOXPRESS_DEVICE"] == "cuda"
    assert (slow.queues, slow.slots) == (tuple(q for q in QUEUES if q not in GPU_QUEUES), 3)
    assert slow.environment["VOXPRESS_DEVICE"] == "cpu"


def test_the_device_alone_means_the_first_gpu(settings: Settings) -> None:
    (plan,) = plans(replace(settings, device="cuda"), ("speak.piper",))
    assert (plan.slots, plan.gpus) == (1, ("0",))


def test_a_host_for_gpus_only_has_no_other_worker(settings: Settings) -> None:
    assert [plan.gpus for plan in plans(replace(settings, device="cuda"), GPU_QUEUES)] == [("0",)]


def test_children_are_spread_over_the_gpus() -> None:
    assert [gpu_of(child, ("0", "1")) for child in range(4)] == ["0", "1", "0", "1"]


def test_the_command_says_it_all(settings: Settings) -> None:
    fast, slow = plans(replace(settings, device="cuda", gpus=("GPU-a",), child_gigabytes=1.5), QUEUES)
    command = worker_command(settings, fast, (fast, slow), "one@here")
    assert command[command.index("--gpus") + 1] == "GPU-a"
    assert "--gpus" not in worker_command(settings, slow, (fast, slow), "two@here")


def test_children_share_most_of_the_memory(settings: Settings) -> None:
    both = tuple(plans(replace(settings, device="cuda"), QUEUES))
    share = child_kilobytes(settings, both)
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1000
    assert share * 4 == pytest.approx(0.8 * total, rel=0.01)
    assert child_kilobytes(replace(settings, child_gigabytes=2.0), both) == 2_000_000


def seen(_: int) -> tuple[int, str]:
    time.sleep(0.05)  # so that no child takes all
    return os.getpid(), os.environ["CUDA_VISIBLE_DEVICES"]


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_each_child_sees_its_own_gpu_also_after_one_was_killed() -> None:
    pool = Pool(2, initializer=partial(_child_started, ("GPU-a", "GPU-b")), lost_worker_timeout=0.2)
    try:
        before = dict(pool.map(seen, range(40), chunksize=1))
        assert Counter(before.values()) == {"GPU-a": 1, "GPU-b": 1}
        lost = pool.apply_async(die)
        lost.wait(60)
        assert not lost.successful()
        after = dict(pool.map(seen, range(40), chunksize=1))
        assert Counter(after.values()) == {"GPU-a": 1, "GPU-b": 1}
        assert len(after.keys() - before.keys()) == 1
    finally:
        pool.terminate()
        pool.join()
