"""Ctrl-C and SIGTERM: one sentence, nothing left behind, and the same command goes on."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.books import write_epub
from tests.faults import STORY, ask, ended, family, leftovers, making, reached, until
from tests.running import Voxpress

GONE_SECONDS = 10.0
"""After a signal, the command and all that it started has ended by then."""


def stopped(voxpress: Voxpress, began: float, said: str) -> None:
    assert time.monotonic() - began < GONE_SECONDS
    assert said.splitlines()[-1] == (
        "Stopped. Everything made so far is kept: run the same command again to continue."
    )
    assert leftovers(voxpress, killed=True) == []


def under_nohup(voxpress: Voxpress, book: Path) -> subprocess.Popen[str]:
    """The command, started so that a hangup is ignored, as ``nohup`` does."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        return making(voxpress, book)
    finally:
        signal.signal(signal.SIGHUP, before)


def test_signals_stop_and_the_same_command_goes_on(voxpress: Voxpress, undisturbed: Voxpress) -> None:
    book = write_epub(voxpress.folder / "book.epub", STORY)
    voxpress.env |= {"VOXPRESS_TONE_DELAY": "0.2", "VOXPRESS_WORKERS": "2"}

    process = making(voxpress, book)
    until(lambda: reached(voxpress, "ingesting"), process)
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    stopped(voxpress, began, ended(process, code=130))
    assert voxpress.calls() == []

    for number, again in ((signal.SIGTERM, 0), (signal.SIGINT, 2)):
        process = making(voxpress, book)
        before = len(voxpress.calls())
        until(lambda: len(voxpress.calls()) > before, process)  # noqa: B023
        began = time.monotonic()
        process.send_signal(number)
        for _ in range(again):  # an impatient person
            time.sleep(0.2)
            process.send_signal(number)
        stopped(voxpress, began, ended(process, code=130))
        # A chunk that was stopped on purpose did not fail.
        assert ask(voxpress, "SELECT max(attempts) FROM chunk WHERE state = 'planned'") == [(0,)]

    before = len(voxpress.calls())
    process = under_nohup(voxpress, book)
    until(lambda: len(voxpress.calls()) > before, process)
    process.send_signal(signal.SIGHUP)
    ended(process, code=0)
    assert voxpress.file(".m4b").read_bytes() == undisturbed.file(".m4b").read_bytes()
    # What the first signal's patience let be finished, or a chunk in each child that was cut short.
    assert len(voxpress.calls()) <= len(undisturbed.calls()) + 4


@pytest.mark.parametrize("moment", ["importing", "reading"])
def test_a_command_is_stopped_in_a_word(voxpress: Voxpress, moment: str) -> None:
    book = write_epub(voxpress.folder / "book.epub", {f"Part {n}": STORY["Chapter 1"] for n in range(800)})
    process = subprocess.Popen(
        [sys.executable, "-m", "cli", "inspect", book],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env=voxpress.environment(),
        start_new_session=True,
    )
    if moment == "importing":
        time.sleep(0.4)
    else:
        until(lambda: len(family(process)) > 1, process)
    process.send_signal(signal.SIGINT)
    said = ended(process, code=130)
    # While modules are imported, Typer itself may end the command, without a word.
    assert said == "Stopped.\n" or (moment == "importing" and said == "")
