"""ffmpeg as a child: found, its faults told, never left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from pipeline.audio.ffmpeg import (
    decode,
    feed_ffmpeg,
    ffmpeg_version,
    find_ffmpeg,
    local,
    read_ffmpeg,
    run_ffmpeg,
)
from pipeline.audio.wav import wav_bytes
from pipeline.errors import AudioError
from pipeline.model import Pcm

TONE = (8000 * np.sin(np.arange(44100) / 20)).astype(np.int16)
ENCODE = ["-f", "s16le", "-ar", "22050", "-ac", "1", "-i", "pipe:0", "-c:a", "aac", "-f", "adts"]


def children() -> set[int]:
    """Our own child processes (Linux)."""
    listing = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(os.getpid())], capture_output=True, check=False
    )
    return {int(pid) for pid in listing.stdout.split() if Path(f"/proc/{int(pid)}").exists()}


def test_there_is_one_and_it_has_a_version() -> None:
    assert ffmpeg_version(find_ffmpeg())[0].isalnum()


def test_the_environment_names_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    link = tmp_path / "my-ffmpeg"
    link.symlink_to(find_ffmpeg())
    monkeypatch.setenv("VOXPRESS_FFMPEG", str(link))
    assert find_ffmpeg() == link


def test_a_wrong_one_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    old = tmp_path / "old"
    old.write_text("#!/bin/sh\necho ffmpeg version 4.4.2 Copyright\n")
    old.chmod(0o755)
    for path, fault in (
        (old, "4.4.2"),
        (tmp_path / "gone", "does not run"),
        (Path("/bin/true"), "as ffmpeg does"),
    ):
        monkeypatch.setenv("VOXPRESS_FFMPEG", str(path))
        with pytest.raises(AudioError, match=fault):
            find_ffmpeg()


def test_one_on_the_path_without_the_encoders_is_passed_over(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    poor = tmp_path / "ffmpeg"
    poor.write_text("#!/bin/sh\necho ffmpeg version 7.1 Copyright\necho ' A....D aac  AAC'\n")
    poor.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_ffmpeg() != poor


def test_what_is_fed_comes_back(tmp_path: Path) -> None:
    out = tmp_path / "a:b %d -y.flac"  # nothing in a name is special
    arguments = [*ENCODE[:-4], "-c:a", "flac", "-f", "flac", local(out)]
    feed_ffmpeg(arguments, [TONE[:1000], TONE[1000:]], "writing a tone")
    blocks = list(decode(out, 22050))
    assert np.array_equal(np.concatenate(blocks), TONE)


def test_its_own_words_are_in_the_error(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match=r"reading nothing\.mp3: .*No such file"):
        list(decode(tmp_path / "nothing.mp3", 22050))
    with pytest.raises(AudioError, match=r"while testing: .*nonsense"):
        run_ffmpeg(["-f", "nonsense", "-i", "x", "y.wav"], "testing")
    with pytest.raises(AudioError, match=r"while feeding: .*nonsense"):
        feed_ffmpeg(["-f", "nonsense", "-i", "pipe:0", "y.wav"], [TONE] * 100, "feeding")


def test_a_playlist_cannot_reach_the_network(tmp_path: Path) -> None:
    playlist = tmp_path / "list.m3u8"
    playlist.write_text(
        "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nhttp://127.0.0.1:9/a.ts\n#EXT-X-ENDLIST\n"
    )
    with pytest.raises(AudioError, match="reading list"):
        list(decode(playlist, 22050))


def test_an_error_while_feeding_ends_the_child(tmp_path: Path) -> None:
    before = children()

    def failing() -> Iterator[Pcm]:
        yield TONE
        assert children() - before
        raise ValueError("the take is gone")

    with pytest.raises(ValueError, match="the take is gone"):
        feed_ffmpeg([*ENCODE, local(tmp_path / "x.aac")], failing(), "encoding")
    assert children() == before


def test_a_reader_that_stops_ends_the_child(tmp_path: Path) -> None:
    path = tmp_path / "long.wav"
    path.write_bytes(wav_bytes(np.tile(TONE, 100), 22050))
    before = children()
    reading = read_ffmpeg(["-i", local(path), "-f", "s16le", "pipe:1"], "reading")
    assert next(reading)
    assert children() - before
    reading.close()  # type: ignore[attr-defined]
    assert children() == before


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux for the parent-death signal")
def test_it_dies_with_its_parent(tmp_path: Path) -> None:
    """The parent is killed in the middle of feeding, and cannot clean up."""
    script = (
        "import sys, time\n"
        "import numpy as np\n"
        "from pipeline.audio.ffmpeg import feed_ffmpeg, local\n"
        "def blocks():\n"
        "    yield np.zeros(22050, np.int16)\n"
        "    print('fed', flush=True)\n"
        "    time.sleep(600)\n"
        f"feed_ffmpeg({ENCODE!r} + [local(sys.argv[1])], blocks(), 'encoding')\n"
    )
    out = tmp_path / "x.aac"
    parent = subprocess.Popen([sys.executable, "-c", script, str(out)], stdout=subprocess.PIPE)
    with parent:
        assert parent.stdout
        assert parent.stdout.readline() == b"fed\n"
        listing = subprocess.run(
            ["ps", "-o", "pid=", "--ppid", str(parent.pid)], capture_output=True, check=True
        )
        (child,) = (int(pid) for pid in listing.stdout.split())
        parent.send_signal(signal.SIGKILL)
    for _ in range(100):
        if not _running(child):
            break
        time.sleep(0.05)
    assert not _running(child)


def _running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
