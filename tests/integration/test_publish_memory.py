"""Memory of publishing: the same for one hour and for twenty."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.model import Segment
from pipeline.serial import dump
from tests.publishing import RATE, ROOT, clicks, encode_chapter, segment

PROGRAM = """
import sys
from dataclasses import replace
from pathlib import Path
from tests.memory import peak_kilobytes
from tests.publishing import chapter_files, plan_of
from pipeline.model import EncodedChapter, Loudness
from pipeline.publish.edition import publish

folder, frames, count = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
encoded = {"aac": EncodedChapter(0, "", 1, 22050, frames * 500, frames, Loudness({-200: 9}, -4.0), "aac")}
chapters = [
    chapter_files(encoded, {"aac": folder / "aac"}, folder / "segments", index, "One")
    for index in range(count)
]
edition = publish(plan_of(chapters), folder / "out")
print(edition.duration, peak_kilobytes())
"""


@pytest.fixture(scope="module")
def minute(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict, dict]:
    """A quiet minute, so that twenty hours are small on the disk; their frames are as many as ever."""
    return encode_chapter(tmp_path_factory.mktemp("minute"), clicks(60, [1]))


def chapter_of(folder: Path, minute: tuple[dict, dict], hours: int) -> int:
    """A chapter of so many hours; returns its number of frames."""
    folder.mkdir()
    data = minute[1]["aac"].read_bytes()
    with (folder / "aac").open("wb") as file:
        for _ in range(hours * 60):
            file.write(data)
    one = dump(segment("Ten words that take some time to say, they do.", 1, 0.5), Segment)
    with (folder / "segments").open("wb") as file:
        file.write(b"[" + b",".join([one] * (hours * 900)) + b"]")
    return minute[0]["aac"].frames * hours * 60


@pytest.mark.slow
def test_memory_is_the_same_for_one_hour_and_for_twenty(tmp_path: Path, minute: tuple[dict, dict]) -> None:
    peaks = {}
    for name, hours, count in (("one", 1, 1), ("twenty", 1, 20), ("endless", 20, 1)):
        folder = tmp_path / name
        frames = chapter_of(folder, minute, hours)
        argv = [sys.executable, "-c", PROGRAM, str(folder), str(frames), str(count)]
        output = subprocess.run(argv, cwd=ROOT, capture_output=True, check=True, text=True).stdout.split()
        assert float(output[0]) == pytest.approx(hours * count * 3600, rel=0.01)
        peaks[name] = int(output[1])
    assert RATE == 22050
    assert max(peaks.values()) <= min(peaks.values()) * 1.1, peaks
