"""What the tone engine is told to do wrong while it runs: one order on each line of a file.

    hold birch             wait before this chunk, as long as the order stands
    hold                   the same with every chunk (an order without a text means all of them)
    garbage-nan cedar      give that kind of garbage instead of sound

A test writes the file and changes it while workers run, so that one of them can be led through many faults.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np

from pipeline.errors import SpeechFailed
from pipeline.model import Take

ORDERS = "VOXPRESS_TONE_ORDERS"
"""The file; a line ``ORDER TEXT`` is about the chunks whose text, as displayed, has ``TEXT`` in it."""
LOOK_SECONDS = 0.02
HOG_BYTES = 64 * 2**20
"""Taken at a time by ``hog``, until there is no more."""
MOST_BYTES = 64 * 2**30
"""``hog`` stops here: whoever gives that order has to see to it that there is less."""
_GARBAGE = "garbage-"
LONG = 30
"""How many times as long as it should be is a take that is ``garbage-long``."""


def obey(text: str) -> None:
    """Do what is ordered before a chunk with this text is spoken: ``fail``, ``kill``, ``crash``, ``hog``, ``hold``.

    Raises what a broken engine may raise.
    """
    ordered = set(orders(text))
    if "kill" in ordered:
        os.kill(os.getpid(), signal.SIGKILL)
    if "fail" in ordered:
        raise SpeechFailed("The tone engine was ordered to fail.")
    if "crash" in ordered:
        raise IndexError("list index out of range")
    if "hog" in ordered:
        _hog()
    if "hold" in ordered:
        Path(f"{os.environ[ORDERS]}.{os.getpid()}").touch()  # who is held
    while "hold" in orders(text):
        time.sleep(LOOK_SECONDS)


def spoilt(take: Take, text: str) -> Take:
    """The take, or the garbage that was ordered: ``nan``, ``empty``, ``zeros``, ``clipped``, ``long``, ``rate``."""
    for order in orders(text):
        kind = order.removeprefix(_GARBAGE)
        if order == kind:
            continue
        if kind == "rate":
            return replace(take, sample_rate=1)
        audio = {
            "nan": np.full(len(take.audio), np.nan, np.float32),
            "empty": take.audio[:0],
            "zeros": np.zeros_like(take.audio),
            "clipped": np.full_like(take.audio, 32767),
            "long": np.tile(take.audio, LONG),
        }[kind]
        return replace(take, audio=audio)  # type: ignore[arg-type]  # garbage has any type
    return take


def orders(chunk: str) -> Iterator[str]:
    """What is ordered for a chunk with this text."""
    if not (path := os.environ.get(ORDERS)):
        return
    try:
        lines = Path(path).read_text().splitlines()
    except FileNotFoundError:
        return
    for line in lines:
        order, _, text = line.partition(" ")
        if order and text in chunk:
            yield order


def _hog() -> None:
    held = []
    for _ in range(MOST_BYTES // HOG_BYTES):
        held.append(np.ones(HOG_BYTES, np.uint8))
