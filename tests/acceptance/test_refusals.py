"""What cannot work is refused in one sentence with the right exit code, and costs nothing that was made."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.books import story, write_epub
from tests.faults import leftovers
from tests.running import Voxpress

ROOM = 650_000
"""Bytes of a file system that is too small for the edition, two minutes of audio."""


def refused(voxpress: Voxpress, code: int, *arguments: str | Path) -> str:
    """The one sentence with which a command ends."""
    done = voxpress.run(*arguments, code=code)
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith("voxpress: ")
    return line


def test_choices_that_there_are_not_are_refused_before_anything_is_begun(voxpress: Voxpress) -> None:
    book = write_epub(voxpress.folder / "book.epub", story(chapters=1))
    assert "m4b, mp3" in refused(voxpress, 2, "make", book, "--format", "wav")
    assert "voices list" in refused(voxpress, 1, "make", book, "--voice", "nobody")
    assert "tlh" in refused(voxpress, 1, "make", book, "--language", "tlh")
    assert "KEY=VALUE" in refused(voxpress, 2, "make", book, "--set", "bitrate")
    assert voxpress.json("jobs") == {"productions": []}


def test_broken_settings_are_a_matter_of_usage(voxpress: Voxpress) -> None:
    file = voxpress.folder / "voxpress.toml"
    file.write_text("[audio\nbitrate =")
    assert str(file) in refused(voxpress, 2, "jobs")
    file.write_text('[audio]\nbitrate = "loud"\n')
    done = voxpress.run("jobs", "--json", code=2)
    assert json.loads(done.stdout)["error"]["kind"] == "SettingsError"
    assert "audio.bitrate" in done.stderr


def test_a_state_folder_that_cannot_be_used(voxpress: Voxpress) -> None:
    (voxpress.home / "catalog.db").parent.mkdir()
    (voxpress.home / "catalog.db").write_bytes(b"this is no database, and was never one " * 100)
    assert "catalog.db" in refused(voxpress, 1, "jobs")
    (voxpress.folder / "file").touch()
    voxpress.env["VOXPRESS_HOME"] = str(voxpress.folder / "file" / "home")
    assert "VOXPRESS_HOME" in refused(voxpress, 2, "jobs")


def test_a_folder_that_cannot_be_written(voxpress: Voxpress) -> None:
    book = write_epub(voxpress.folder / "book.epub", story(chapters=1))
    (voxpress.folder / "file").touch()
    there = voxpress.folder / "file" / "out"
    assert str(there) in refused(voxpress, 1, "make", book, "--voice", "tone:a", "-o", there, "-q")
    # Nothing that was made was for nothing: it is only published, as soon as there is a folder.
    calls = voxpress.calls()
    (voxpress.folder / "file").unlink()
    voxpress.run("make", book, "--voice", "tone:a", "-o", there)
    assert voxpress.calls() == calls
    assert len(list(there.rglob("*.m4b"))) == 1


@pytest.mark.skipif(sys.platform != "linux" or not shutil.which("unshare"), reason="needs user namespaces")
def test_a_full_disk_is_told_and_costs_nothing(voxpress: Voxpress) -> None:
    """On a file system of its own that is too small, mounted where only the command sees it."""
    if subprocess.run(["unshare", "-Urm", "mount", "-t", "tmpfs", "none", "/mnt"], check=False).returncode:
        pytest.skip("user namespaces are not allowed here")
    book = write_epub(voxpress.folder / "book.epub", story(chapters=3))
    voxpress.out.mkdir()
    mount = f'mount -t tmpfs -o size={ROOM} none "$0" && exec "$@" -o "$0"'
    make = [sys.executable, "-m", "cli.main", "make", str(book), "--voice", "tone:a", "-q"]
    full = subprocess.run(
        ["unshare", "-Urm", "sh", "-c", mount, str(voxpress.out), *make],
        env=voxpress.environment(),
        cwd=voxpress.folder,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert full.returncode == 1, full
    (line,) = full.stderr.splitlines()
    assert "No space left" in line
    assert "run again" in line
    calls = voxpress.calls()
    voxpress.make(book)
    assert voxpress.calls() == calls
    assert leftovers(voxpress) == []
