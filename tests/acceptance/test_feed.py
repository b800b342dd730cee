"""A show from the command line: pages become episodes that a podcast client finds whole at any moment."""

from __future__ import annotations

import json
import os
import signal
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import feedparser
import pytest

from tests.faults import until
from tests.running import Voxpress

TITLES = ("How bees see", "Why bridges stand", "What rain is")


def page(folder: Path, title: str, text: str = "") -> Path:
    """A saved article of two sections."""
    said = text or f"This is the article that is called {title}. It has a second sentence. "
    path = folder / f"{title.split()[1]}.html"
    path.write_text(
        f"<html lang='en'><head><title>{title}</title></head><body><article><h1>{title}</h1><p>{said * 5}</p>"
        f"<h2>More of it</h2><p>{said * 5}</p></article></body></html>",
        encoding="utf-8",
    )
    return path


@pytest.fixture
def show(voxpress: Voxpress) -> Path:
    """The folder of a show without episodes."""
    arguments = ("--title", "Morning", "--author", "Ann", "--base-url", "http://nas.local/morning")
    voxpress.run("feed", "create", "morning", *arguments, "--voice", "tone:a")
    return voxpress.folder / "podcasts" / "morning"


def entries(show: Path) -> list[Any]:
    """What a client library finds in the feed."""
    found = feedparser.parse((show / "feed.xml").read_bytes())
    assert not found.bozo
    return list(found.entries)


def whole(show: Path) -> None:
    """Every file that the feed names is there, and as long as it says."""
    for entry in entries(show):
        (enclosure,) = entry.enclosures
        file = show / enclosure.href.rpartition("/")[2]
        assert file.stat().st_size == int(enclosure.length)


def test_from_pages_to_a_feed_and_back(voxpress: Voxpress, show: Path) -> None:
    pages = [page(voxpress.folder, title) for title in TITLES]
    told = voxpress.json("feed", "add", "morning", *pages)
    assert [one["title"] for one in told["episodes"]] == list(TITLES)
    assert [one["number"] for one in told["episodes"]] == [1, 2, 3]
    listed = entries(show)
    assert sorted(entry.title for entry in listed) == sorted(TITLES)
    dates = [entry.published_parsed for entry in listed]
    assert dates == sorted(dates, reverse=True)
    whole(show)

    spoken = len(voxpress.calls())
    guids = {entry.title: entry.id for entry in listed}
    voxpress.run("feed", "add", "morning", *pages)  # nothing is made, or named, twice
    assert (len(voxpress.calls()), len(entries(show))) == (spoken, 3)

    page(voxpress.folder, TITLES[0], "This is said otherwise now. ")  # an article that was corrected
    voxpress.run("feed", "add", "morning", pages[0])
    assert {entry.title: entry.id for entry in entries(show)} == guids
    whole(show)

    voxpress.run("feed", "remove", "morning", "2")
    assert len(entries(show)) == 2
    assert not list(show.glob("*bridges*"))
    assert [one["state"] for one in voxpress.json("feed", "list", "morning")["episodes"]].count(
        "removed"
    ) == 0

    for path in show.iterdir():
        path.unlink()
    voxpress.run("feed", "rebuild", "morning")
    assert {entry.title: entry.id for entry in entries(show)} == {
        title: guid for title, guid in guids.items() if title != TITLES[1]
    }
    whole(show)

    voxpress.run("feed", "add", "morning", pages[1])  # taken out is not for ever
    assert {entry.title: entry.id for entry in entries(show)} == guids


def test_what_cannot_be_an_episode_is_told_and_costs_the_others_nothing(
    voxpress: Voxpress, show: Path
) -> None:
    long = page(
        voxpress.folder,
        TITLES[1],
        "One more sentence of a very long article that nobody has time for. " * 200,
    )
    empty = voxpress.folder / "empty.html"
    empty.write_text("<html><body></body></html>")
    voxpress.run("feed", "set", "morning", "--max-minutes", "10")
    done = voxpress.run("feed", "add", "morning", page(voxpress.folder, TITLES[0]), long, empty, code=1)
    assert "minutes long" in done.stderr
    assert "--max-minutes" in done.stderr
    assert [entry.title for entry in entries(show)] == [TITLES[0]]
    states = {one["state"] for one in voxpress.json("feed", "list", "morning")["episodes"]}
    assert states == {"published", "failed"}


REFUSED = (
    (("create", "Morning News"), "lower-case"),
    (("create", "morning"), "already"),
    (("create", "other", "--profile", "none-such"), "profile"),
    (("create", "other", "--base-url", "ftp://x/"), "http(s)"),
    (("create", "other", "-o", "podcasts/morning"), "is that of the show"),
    (("add", "evening", "x.html"), "feed create evening"),
    (("remove", "morning", "7"), "feed list"),
    (("list", "evening"), "evening"),
    (("unfollow", "morning", "http://example.org/feed"), "not followed"),
)


def test_refusals_say_what_to_do(voxpress: Voxpress, show: Path) -> None:
    for arguments, says in REFUSED:
        done = voxpress.run("feed", *arguments, code=None)
        assert done.returncode in (1, 2), arguments
        assert says in done.stderr, arguments
        assert "Traceback" not in done.stderr


def test_killed_while_an_episode_is_published(voxpress: Voxpress, show: Path) -> None:
    pages = [page(voxpress.folder, title) for title in TITLES]
    for _ in range(3):
        process = voxpress.start("feed", "add", "morning", *pages)
        before = set(show.iterdir())
        until(lambda: set(show.iterdir()) != before or process.poll() is not None)  # noqa: B023
        whole(show)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        whole(show)
    voxpress.run("feed", "add", "morning", *pages)
    assert sorted(entry.title for entry in entries(show)) == sorted(TITLES)
    whole(show)
    assert not [
        path for path in show.iterdir() if path.suffix == ".partial" and path.stat().st_size > 1 << 30
    ]


def test_a_drop_folder_belongs_to_a_show(voxpress: Voxpress, show: Path) -> None:
    inbox = voxpress.folder / "inbox"
    inbox.mkdir()
    (inbox / "voxpress.toml").write_text('feed = "morning"\n')
    page(inbox, TITLES[0])
    voxpress.run("feed", "set", "morning", "--voice", "espeak:en-gb")
    process = voxpress.start(
        "up", "--set", f"inboxes={inbox}", "--set", "flower_port=0", "--set", "metrics_port=0"
    )
    try:
        until(lambda: len(entries(show)) == 1, process)
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
    whole(show)


def test_served_with_ranges_and_a_secret(voxpress: Voxpress, show: Path) -> None:
    voxpress.run("feed", "add", "morning", page(voxpress.folder, TITLES[0]))
    process = voxpress.start("feed", "serve", "--port", "0", "--token")
    try:
        assert process.stdout is not None
        feed = process.stdout.readline().strip()
        (entry,) = feedparser.parse(answer(feed)[1]).entries
        url = entry.enclosures[0].href
        assert url.startswith(feed.removesuffix("feed.xml"))
        status, data, headers = answer(url)
        sound = (show / url.rpartition("/")[2]).read_bytes()
        assert (status, data) == (200, sound)
        assert headers["Content-Type"] == "audio/mpeg"
        status, part, headers = answer(url, Range="bytes=100-299")
        assert (status, part) == (206, sound[100:300])
        assert headers["Content-Range"] == f"bytes 100-299/{len(sound)}"
        assert answer(url, **{"If-None-Match": headers["Etag"]})[0] == 304
        secret = feed.split("/")[3]
        for path in (
            "morning/feed.xml",
            f"{'x' * len(secret)}/morning/feed.xml",
            f"{secret}/morning/.lock",
            "",
        ):
            assert answer(f"{'/'.join(feed.split('/')[:3])}/{path}")[0] == 404
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
    assert process.returncode == 0


def answer(url: str, **headers: str) -> tuple[int, bytes, Any]:
    """Status, body and headers."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as given:
            return given.status, given.read(), given.headers
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read(), error.headers


def test_uploaded_in_an_order_in_which_no_file_is_missing(voxpress: Voxpress, show: Path) -> None:
    voxpress.run("feed", "add", "morning", page(voxpress.folder, TITLES[0]))
    there = voxpress.folder / "bucket"
    first = voxpress.json("feed", "upload", "morning", f"file://{there}")
    assert first["sent"][-2:] == ["index.html", "feed.xml"]
    assert {path.name: path.read_bytes() for path in there.iterdir()} == {
        path.name: path.read_bytes() for path in show.iterdir() if not path.name.startswith(".")
    }
    assert voxpress.json("feed", "upload", "morning")["sent"] == []
    voxpress.run("feed", "remove", "morning", "1")
    second = voxpress.json("feed", "upload", "morning")
    assert second["sent"][-1] == "feed.xml"
    assert not list(there.glob("*.mp3"))
    assert json.loads(json.dumps(second["removed"]))
