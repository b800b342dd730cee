"""What the tone engine is told to do wrong while it runs: one order on each line of a file.

    hold birch             wait before this chunk, as long as the order stands
    hold                   the same with every chunk (an order without a text means all of them)
    garbage-nan cedar      give that kind of garbage instead of sound
    once-nan cedar         the same, but not when it is tried again with another seed

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
from pipeline.model import Pcm, Take

ORDERS = "VOXPRESS_TONE_ORDERS"
"""The file; a line ``ORDER TEXT`` is about the chunks whose text, as displayed, has ``TEXT`` in it."""
LOOK_SECONDS = 0.02
HOG_BYTES = 64 * 2**20
"""Taken at a time by ``hog``, until there is no more."""
MOST_BYTES = 64 * 2**30
"""``hog`` stops here: whoever gives that order has to see to it that there is less."""
_leaked: list[bytes] = []
"""What ``leak`` never lets go: so much again with each chunk."""
_GARBAGE, _ONCE = "garbage", "once"
_RATES = {"rate": 1, "other-rate": 16_000}
CUT_SECONDS = 10
"""After so many a take is cut, as by an engine that has room for no more."""
LONG = 30
"""How many times as long as it should be is a take that is ``garbage-long``."""


def obey(text: str) -> None:
    """Do what is ordered before a chunk with this text is spoken: ``fail``, ``kill``, ``crash``, ``hog``, ``leak``,
    ``hold``.

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
    if "leak" in ordered:
        _leaked.append(os.urandom(HOG_BYTES))
    if "hold" in ordered:
        Path(f"{os.environ[ORDERS]}.{os.getpid()}").touch()  # who is held
    while "hold" in orders(text):
        time.sleep(LOOK_SECONDS)


def spoilt(take: Take, text: str, seed: int) -> Take:
    """The take, or the garbage that was ordered.

    ``nan``, ``empty``, ``zeros``, ``clipped``, ``long``, ``rate`` (1 Hz), ``other-rate`` (16,000 Hz); and what
    passes for speech, without times: ``drop`` (the second half is not spoken), ``repeat`` (the first half twice),
    ``noise`` (a second of it in the middle), ``cut`` (after ten seconds). ``once-`` instead of ``garbage-``: with
    the seed 0 only.
    """
    for order in orders(text):
        prefix, _, kind = order.partition("-")
        if prefix not in (_GARBAGE, _ONCE) or (prefix == _ONCE and seed):
            continue
        if kind in _RATES:
            return replace(take, sample_rate=_RATES[kind])
        if kind in ("drop", "repeat", "noise", "cut"):
            return replace(take, audio=_unlike(take, kind), timings=None)
        audio = {
            "nan": np.full(len(take.audio), np.nan, np.float32),
            "empty": take.audio[:0],
            "zeros": np.zeros_like(take.audio),
            "clipped": np.full_like(take.audio, 32767),
            "long": np.tile(take.audio, LONG),
        }[kind]
        return replace(take, audio=audio)  # type: ignore[arg-type]  # garbage has any type
    return take


def _unlike(take: Take, kind: str) -> Pcm:
    """Sound that is not what the text says."""
    audio, rate = take.audio, take.sample_rate
    middle = len(audio) // 2
    if kind == "drop":
        return audio[:middle]
    if kind == "repeat":
        return np.concatenate((audio[:middle], audio))
    if kind == "cut":
        return audio[: CUT_SECONDS * rate]
    noise = np.random.default_rng(0).normal(0, 3000, rate).astype(np.int16)
    return np.concatenate((audio[:middle], noise, audio[middle:]))


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
