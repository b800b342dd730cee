"""Faults inside of real processes, at exact places, without a line in the program itself.

Python imports this module at its start where this folder is on ``PYTHONPATH``. ``VOXPRESS_TEST_INJECT`` has one
order on each line:

    kill storage.plans:Plans.record_take before 3     SIGKILL in place of the third call
    kill tasks.stages:speak_batch after 2             ... when the second call has come back
    hold tasks.graph:advance level                    every call waits while the file ``level`` is there
    set tasks.app:app.conf.task_time_limit 5          another value, as JSON
    clock 864000                                      ``time.time`` and ``datetime.now`` are so many seconds ahead

A kill comes once, however many processes have the order: who is first makes a file in the folder that
``VOXPRESS_TEST_INJECTED`` names. Who is held makes the file ``NAME.held`` there.
"""

from __future__ import annotations

import datetime
import functools
import importlib.abc
import importlib.machinery
import importlib.util
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

ORDERS = "VOXPRESS_TEST_INJECT"
DONE = "VOXPRESS_TEST_INJECTED"


def _kill(module: Any, path: str, when: str, count: str) -> None:
    """Die before, or after, the ``count``-th call of a function."""
    *owners, name = path.split(".")
    owner: Any = functools.reduce(_within, owners, module)
    real = getattr(owner, name)
    calls = 0

    @functools.wraps(real)
    def deadly(*arguments: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        due = calls >= int(count)
        if due and when == "before":
            _die(f"{module.__name__}:{path} {when}")
        result = real(*arguments, **named)
        if due and when == "after":
            _die(f"{module.__name__}:{path} {when}")
        return result

    setattr(owner, name, deadly)


def _die(order: str) -> None:
    try:
        os.close(os.open(os.path.join(os.environ[DONE], order), os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return
    os.kill(os.getpid(), signal.SIGKILL)


def _hold(module: Any, path: str, name: str) -> None:
    *owners, function = path.split(".")
    owner: Any = functools.reduce(_within, owners, module)
    real = getattr(owner, function)
    gate = os.path.join(os.environ[DONE], name)

    @functools.wraps(real)
    def patient(*arguments: Any, **named: Any) -> Any:
        if os.path.exists(gate):
            os.close(os.open(f"{gate}.held", os.O_CREAT))
        while os.path.exists(gate):
            time.sleep(0.02)
        return real(*arguments, **named)

    setattr(owner, function, patient)


def _set(module: Any, path: str, value: str) -> None:
    *owners, name = path.split(".")
    owner: Any = functools.reduce(_within, owners, module)
    if isinstance(owner, dict):
        owner[name] = json.loads(value)
    else:
        setattr(owner, name, json.loads(value))


def _within(owner: Any, name: str) -> Any:
    return owner[name] if isinstance(owner, dict) else getattr(owner, name)


def _clock(seconds: str) -> None:
    ahead, now = float(seconds), time.time
    real = datetime.datetime

    class Ahead(real):  # type: ignore[misc, valid-type]
        @classmethod
        def now(cls, tz: datetime.tzinfo | None = None) -> Any:
            return real.now(tz) + datetime.timedelta(seconds=ahead)

    time.time = lambda: now() + ahead
    datetime.datetime = Ahead  # type: ignore[misc]


class _After(importlib.abc.Loader):
    """Loads a module as it would have been, then changes it."""

    def __init__(self, real: importlib.abc.Loader, changes: Sequence[Callable[[ModuleType], None]]) -> None:
        self._real, self._changes = real, changes

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        return self._real.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self._real.exec_module(module)
        for change in self._changes:
            change(module)


class _Finder(importlib.abc.MetaPathFinder):
    def __init__(self, changes: dict[str, list[Callable[[ModuleType], None]]]) -> None:
        self._changes = changes

    def find_spec(self, name: str, path: Any, target: Any = None) -> importlib.machinery.ModuleSpec | None:
        if name not in self._changes:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path, target)
        assert spec is not None, name
        assert spec.loader is not None, name
        spec.loader = _After(spec.loader, self._changes.pop(name))
        return spec


def _install(orders: str) -> None:
    changes: dict[str, list[Callable[[ModuleType], None]]] = {}
    for line in orders.strip().splitlines():
        match line.split():
            case ["clock", seconds]:
                _clock(seconds)
            case ["kill" | "hold" | "set" as verb, place, *rest]:
                module, _, path = place.partition(":")
                change: Callable[..., None] = {"kill": _kill, "hold": _hold, "set": _set}[verb]
                changes.setdefault(module, []).append(functools.partial(_apply, change, path, rest))
            case _:
                sys.exit(f"{ORDERS} says {line!r}")
    sys.meta_path.insert(0, _Finder(changes))


def _apply(change: Callable[..., None], path: str, rest: Sequence[str], module: ModuleType) -> None:
    change(module, path, *rest)


if found := os.environ.get(ORDERS):
    _install(found)
