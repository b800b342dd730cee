"""A show's folder after a power cut: what the disk has by then is what was there when the folder was last synced."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from pipeline.publish.podcast.show import FEED, Show
from pipeline.settings import ProductionSettings
from storage.rows import Production
from storage.settings import load_settings
from storage.show_rows import Making, ShowRow
from tasks.context import Context, open_context
from tasks.episodes import publish_made, remove
from tasks.shows import create_show, editions_of
from tests.podcasting import made_edition


class Disk:
    """What would be left of a folder if the power failed now, but for what the disk did before it was told to."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.files: dict[str, bytes] = {}
        self.written: set[int] = set()
        self.seen: list[str] = []
        real_sync, real_replace, real_unlink = os.fsync, Path.replace, Path.unlink

        def fsync(file: int) -> None:
            real_sync(file)
            about = os.fstat(file)
            if not stat.S_ISDIR(about.st_mode):
                self.written.add(about.st_ino)
            elif about.st_ino == folder.stat().st_ino:
                self.files = {path.name: path.read_bytes() for path in folder.iterdir()}

        def replace(path: Path, target: Path) -> Path:
            if path.parent == folder:
                self.seen.append(target.name)
                assert path.stat().st_ino in self.written
                if target.name == FEED:
                    assert named(path.read_bytes()) <= set(self.files)
            return real_replace(path, target)

        def unlink(path: Path, missing_ok: bool = False) -> None:
            if path.parent == folder:
                assert path.name not in named(self.files.get(FEED, b""))
            real_unlink(path, missing_ok)

        monkeypatch.setattr(os, "fsync", fsync)
        monkeypatch.setattr(Path, "replace", replace)
        monkeypatch.setattr(Path, "unlink", unlink)


def named(feed: bytes) -> set[str]:
    """The files that a feed names."""
    if not feed:
        return set()
    found = ElementTree.fromstring(feed).iter()
    links = (element.get(name, "") for element in found for name in ("url", "href"))
    return {link for link in links if link.endswith((".mp3", ".opus", ".jpg", ".vtt", ".srt", ".json"))}


def edition_in(context: Context, row: ShowRow, edition: dict[str, Path], suffix: str) -> Production:
    """An episode's production with that edition, whose main file is the one with that suffix."""
    folder = edition[suffix].parent
    path = folder / "report.json"
    report = json.loads(path.read_bytes())
    report["files"].sort(key=lambda file: not file["name"].endswith(suffix))
    for chapter in report["chapters"]:
        chapter["file"] = edition[suffix].name
    path.write_text(json.dumps(report))
    catalog = context.store.catalog
    output = str(editions_of(context.settings, row.name))
    production = catalog.open_production("https://example.org/article", output, ProductionSettings())
    catalog.update(
        production.id, title="Bridges", book_key="b" * 64, edition_folder=str(folder), edition_key=suffix
    )
    return catalog.get(production.id)


def test_a_feed_on_the_disk_names_nothing_that_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = open_context(load_settings({"home": tmp_path / "home"}).settings)
    row = create_show(
        context, Show("daily", "5f0e2a3c-0000-5000-8000-00000000000d", "Daily"), tmp_path / "d", Making()
    )
    edition = made_edition(tmp_path / "made")
    disk = Disk(tmp_path / "d", monkeypatch)
    real = context.store.catalog.set_episode

    def set_episode(row: int, /, **fields: Any) -> None:
        made = fields.get("episode")
        assert made is None or {
            made.audio.name,
            made.image.name,
            *(one.name for one in made.transcripts),
        } <= set(disk.files)
        real(row, **fields)

    monkeypatch.setattr(context.store.catalog, "set_episode", set_episode)

    def publish(suffix: str) -> set[str]:
        publish_made(context, edition_in(context, row, edition, suffix))
        assert [one.error for one in context.store.catalog.episodes("daily")] == [""]
        return {Path(name).suffix for name in named(disk.files[FEED])}

    assert publish(".mp3") == {".mp3", ".jpg", ".vtt", ".srt", ".json"}
    assert publish(".opus") == {
        ".opus",
        ".jpg",
        ".vtt",
        ".srt",
        ".json",
    }  # and the audio of before is removed
    assert not list((tmp_path / "d").glob("*.mp3"))
    (episode,) = context.store.catalog.episodes("daily")
    remove(context, row, episode)

    assert disk.seen.count(FEED) == 3
    assert not named(disk.files[FEED]) - {"artwork.jpg"}
    assert not list((tmp_path / "d").glob(f"{episode.episode.stem}.*"))  # type: ignore[union-attr]
