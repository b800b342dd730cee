"""Two processes of a host never make the same take at the same time."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

import pytest

from tasks.claims import Claims, claims_folder, sweep


def test_what_one_holds_another_does_not_get(tmp_path: Path) -> None:
    with Claims(tmp_path) as first, Claims(tmp_path) as second:
        assert first.take(["a", "b"]) == {"a", "b"}
        assert second.take(["b", "c"]) == {"c"}
        first.release("b")
        assert second.take(["b"]) == {"b"}
    assert list(tmp_path.iterdir()) == []


def test_taking_again_what_is_held_is_no_matter(tmp_path: Path) -> None:
    with Claims(tmp_path) as claims:
        assert claims.take(["a"]) == claims.take(["a"]) == {"a"}


def test_who_waits_gets_it_when_the_holder_is_done(tmp_path: Path) -> None:
    holder = Claims(tmp_path)
    holder.take(["a"])
    got = threading.Event()

    def wait() -> None:
        with Claims(tmp_path) as claims:
            claims.wait("a")
            assert not holder._held  # it was given back before
            got.set()

    waiting = [threading.Thread(target=wait) for _ in range(3)]
    for thread in waiting:
        thread.start()
    assert not got.wait(0.05)
    holder.release("a")
    for thread in waiting:
        thread.join(10)
    assert got.is_set()
    assert list(tmp_path.iterdir()) == []


def test_whoever_waits_holds_nothing(tmp_path: Path) -> None:
    with Claims(tmp_path) as claims:
        claims.take(["a"])
        with pytest.raises(AssertionError, match="for ever"):
            claims.wait("b")


def test_a_killed_holder_holds_nothing(tmp_path: Path) -> None:
    folder = claims_folder(tmp_path)
    ready, told = os.pipe()
    child = os.fork()
    if child == 0:
        Claims(folder).take(["a"])
        os.write(told, b".")
        signal.pause()
    os.read(ready, 1)
    living = Claims(folder)
    assert living.take(["a", "b"]) == {"b"}
    sweep(tmp_path)
    assert {path.name for path in folder.iterdir()} == {"a", "b"}
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    assert {path.name for path in folder.iterdir()} == {"a", "b"}
    sweep(tmp_path)  # what the dead left goes, what the living hold stays
    assert {path.name for path in folder.iterdir()} == {"b"}
    assert living.take(["a"]) == {"a"}
    living.__exit__(None, None, None)
    os.close(ready)
    os.close(told)
