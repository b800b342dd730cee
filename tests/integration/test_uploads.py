"""A public folder in a bucket: what arrives, in which order, and what it is called there."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.errors import StorageError
from pipeline.publish.podcast.addresses import content_type
from storage.uploads import Upload
from tests.objects import ObjectServer

LAST = ("index.html", "feed.xml")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "morning"
    made.mkdir()
    for name in ("a.mp3", "a.vtt", "feed.xml", "index.html"):
        (made / name).write_text(f"the first {name}")
    return made


def send(objects: ObjectServer, url: str, folder: Path) -> list[str]:
    names = sorted(path.name for path in folder.iterdir())
    return list(
        Upload(url, objects.access(), folder.parent / "memory").send(folder, names, LAST, content_type).sent
    )


def test_only_what_changed_travels_and_the_feed_comes_last(objects: ObjectServer, folder: Path) -> None:
    url = f"{objects.create()}/morning"
    assert send(objects, url, folder) == ["a.mp3", "a.vtt", "index.html", "feed.xml"]
    assert objects.files.cat_file(f"{url}/a.mp3") == b"the first a.mp3"
    bucket, key, _ = objects.files.split_path(f"{url}/feed.xml")
    head = objects.files.call_s3("head_object", Bucket=bucket, Key=key)
    assert head["ContentType"].startswith("application/rss+xml")
    assert send(objects, url, folder) == []
    (folder / "a.mp3").unlink()
    (folder / "b.mp3").write_text("another one")
    (folder / "feed.xml").write_text("the second feed.xml")
    assert send(objects, url, folder) == ["b.mp3", "feed.xml"]
    there = {name.rpartition("/")[2] for name in objects.files.ls(url, detail=False, refresh=True)}
    assert there == {"a.vtt", "b.mp3", "feed.xml", "index.html"}


def test_what_was_sent_before_it_broke_off_is_not_sent_again(
    objects: ObjectServer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"{objects.create()}/morning"
    put = Upload._put

    def fails(self: Upload, files: object, full: str, path: Path, media_type: str) -> None:
        if path.name == "index.html":
            raise ConnectionError("the line is cut")
        put(self, files, full, path, media_type)

    monkeypatch.setattr(Upload, "_put", fails)
    with pytest.raises(StorageError, match="the line is cut"):
        send(objects, url, folder)
    assert not objects.files.exists(f"{url}/feed.xml")
    monkeypatch.undo()
    assert send(objects, url, folder) == ["index.html", "feed.xml"]


def test_a_bucket_that_is_not_there_is_named(objects: ObjectServer, folder: Path) -> None:
    with pytest.raises(StorageError, match="no-such-bucket"):
        send(objects, "s3://no-such-bucket/morning", folder)
