"""Who has no natural voice is offered one: at a terminal, once for a language, never against ``--offline``."""

from __future__ import annotations

import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mirrors import NAME, Served, serving, write_mirror
from tests.running import TIMEOUT, Voxpress

QUESTION = "[y/N]"
WAY = "For a natural one"
"""Of the line at the end that says how to get a voice."""


@pytest.fixture
def mirror(voxpress: Voxpress, tmp_path: Path) -> Iterator[Served]:
    """Where the command pulls voices from."""
    with serving(write_mirror(tmp_path / "mirror")) as served:
        voxpress.env["VOXPRESS_VOICES_FROM"] = served.address
        yield served


def source(voxpress: Voxpress, name: str) -> Path:
    """A short English text that does not say so."""
    path = voxpress.folder / f"{name}.txt"
    path.write_text(
        f"The story of the {name}\n\nThis is what happened on the day when the {name} came to the old house by "
        "the sea, and nobody was at home to open the door.\n"
    )
    return path


def at_terminal(voxpress: Voxpress, *arguments: str | Path, answer: str = "") -> str:
    """Run ``make`` as somebody at a terminal does who answers when asked; returns what was shown there."""
    ours, theirs = os.openpty()
    command = [sys.executable, "-m", "cli.main", "make", *map(str, arguments), "-o", str(voxpress.out)]
    process = subprocess.Popen(
        command,
        stdin=theirs,
        stderr=theirs,
        stdout=subprocess.DEVNULL,
        env=voxpress.environment(),
        cwd=voxpress.folder,
        start_new_session=True,
    )
    os.close(theirs)
    shown, deadline = b"", time.monotonic() + TIMEOUT
    try:
        while time.monotonic() < deadline:
            if not select.select([ours], [], [], 0.1)[0]:
                continue
            try:
                block = os.read(ours, 65536)
            except OSError:  # the other end is closed
                break
            if not block:
                break
            if QUESTION.encode() in block and answer:
                os.write(ours, answer.encode())
            shown += block
        assert process.wait(timeout=30) == 0, shown.decode(errors="replace") + voxpress.worker_log()
    finally:
        process.kill()
        process.wait()
        os.close(ours)
    return shown.decode(errors="replace")


def voice_of(voxpress: Voxpress, title: str) -> str:
    """Who spoke the book."""
    (job,) = (one["id"] for one in voxpress.json("jobs")["productions"] if title in one["source"])
    (line,) = (one for one in voxpress.run("status", job).stdout.splitlines() if one.startswith("voice:"))
    return line.split()[-1]


def test_a_voice_that_is_wanted_speaks_at_once(voxpress: Voxpress, mirror: Served) -> None:
    shown = at_terminal(voxpress, source(voxpress, "fox"), answer="y\n")
    assert f"{NAME} can be pulled (low quality, 0 MB, licence: CC0 1.0)" in shown
    assert f"piper:{NAME} is installed" in shown
    assert WAY not in shown
    assert voice_of(voxpress, "fox") == f"piper:{NAME}"


def test_nobody_is_asked_twice(voxpress: Voxpress, mirror: Served) -> None:
    shown = at_terminal(voxpress, source(voxpress, "fox"), answer="\n")
    assert shown.count(QUESTION) == 1
    assert f"voxpress voices pull {NAME}" in shown
    assert voice_of(voxpress, "fox").startswith("espeak:")
    asked = len(mirror.asked)
    again = at_terminal(voxpress, source(voxpress, "hen"))
    assert QUESTION not in again
    assert WAY not in again
    assert len(mirror.asked) == asked


def test_who_does_not_want_the_network_or_cannot_answer_is_not_asked(
    voxpress: Voxpress, mirror: Served
) -> None:
    for flag, name in (("--offline", "fox"), ("-q", "owl")):
        assert QUESTION not in at_terminal(voxpress, source(voxpress, name), flag)
    done = voxpress.run("make", source(voxpress, "hen"), "-o", voxpress.out)
    assert QUESTION not in done.stderr
    assert WAY in done.stderr
    assert mirror.asked == []


def test_a_list_that_does_not_answer_holds_nobody_up(voxpress: Voxpress, mirror: Served) -> None:
    mirror.silent = threading.Event()
    shown = at_terminal(voxpress, source(voxpress, "fox"), "--language", "en")
    assert mirror.asked == ["/voices.json"]
    assert QUESTION not in shown
    assert WAY in shown
