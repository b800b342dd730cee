"""Log files that cannot fill the disk, whoever writes to them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from workers.logfile import LogFile, pour

ROOT = Path(__file__).parents[2]
FULL = 2_000
WRITER = """
import sys
from pathlib import Path
from workers.logfile import LogFile
file = LogFile(Path(sys.argv[1]), full=2000, kept=1000)
for number in range(300):
    file.write(f"writer {sys.argv[2]} line {number:04}\\n".encode())
"""


def lines(folder: Path, name: str = "worker.log") -> list[str]:
    """All that is kept, the oldest first."""
    files = sorted(folder.glob(f"{name}*"), key=lambda path: -int(re.findall(r"\d+$", path.name + "0")[0]))
    return [line for path in files for line in path.read_text().splitlines()]


def test_a_full_file_is_moved_on_and_the_oldest_goes(tmp_path: Path) -> None:
    file = LogFile(tmp_path / "worker.log", full=FULL, kept=2)
    for number in range(500):
        file.write(f"line {number:06}\n".encode())
    file.close()
    assert sorted(path.name for path in tmp_path.glob("worker*")) == [
        "worker.log",
        "worker.log.1",
        "worker.log.2",
    ]
    assert all(path.stat().st_size <= FULL for path in tmp_path.glob("worker*"))
    kept = lines(tmp_path)
    assert kept == [f"line {number:06}" for number in range(500 - len(kept), 500)]
    assert len(kept) > 2 * FULL // len("line 000000\n")
    assert (tmp_path / "worker.log").stat().st_mode & 0o077 == 0


def test_what_was_there_before_counts(tmp_path: Path) -> None:
    (tmp_path / "worker.log").write_text("former\n" * 1000)
    file = LogFile(tmp_path / "worker.log", full=FULL)
    file.write(b"new\n")
    assert (tmp_path / "worker.log").read_text() == "new\n"
    assert (tmp_path / "worker.log.1").read_text() == "former\n" * 1000


def test_several_commands_lose_no_line_to_each_other(tmp_path: Path) -> None:
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, tmp_path / "worker.log", str(number)],
            env=os.environ | {"PYTHONPATH": str(ROOT)},
        )
        for number in range(3)
    ]
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    kept = lines(tmp_path)
    assert sorted(kept) == sorted(f"writer {w} line {n:04}" for w in range(3) for n in range(300))
    for writer in range(3):
        mine = [line for line in kept if line.startswith(f"writer {writer}")]
        assert mine == sorted(mine)
    assert len(list(tmp_path.glob("worker.log*"))) > 5


def test_a_pipe_is_poured_out_to_its_end(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    thread = pour(reading, LogFile(tmp_path / "worker.log", full=FULL, kept=100))
    with os.fdopen(writing, "wb", buffering=0) as pipe:
        pipe.write(b"half of a ")
        pipe.write(b"line\n" + b"".join(b"line %d\n" % number for number in range(20_000)))
        pipe.write(b"no end")
    thread.join(60)
    assert not thread.is_alive()
    kept = lines(tmp_path)
    assert kept[-1] == "no end"
    assert kept[-2] == "line 19999"
    assert all(re.fullmatch(r"line \d+", line) for line in kept[1:-1])  # none was cut in two


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
def test_a_full_disk_stops_nobody(tmp_path: Path) -> None:
    (tmp_path / "worker.log").symlink_to("/dev/full")
    reading, writing = os.pipe()
    thread = pour(reading, LogFile(tmp_path / "worker.log"))
    with os.fdopen(writing, "wb") as pipe:
        for _ in range(10_000):
            pipe.write(b"a line that nobody will read\n")  # more than a pipe holds: somebody takes it
    thread.join(60)
    assert not thread.is_alive()
