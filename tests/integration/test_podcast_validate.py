"""What the validator says of whole shows, of damaged ones, and of feeds that somebody else wrote to harm."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from cli.main import app
from pipeline.audio import ffmpeg
from pipeline.publish.podcast.feed import feed_bytes
from pipeline.publish.podcast.show import FEED, Episode
from pipeline.publish.podcast.validate import Severity, validate
from tests.podcasting import HOSTILE, SHOW, episode, made_edition, made_show


@pytest.fixture(scope="module")
def edition(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A book in the three formats."""
    return made_edition(tmp_path_factory.mktemp("edition"))


@pytest.fixture(scope="module")
def whole(
    edition: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, tuple[Episode, ...]]:
    """A show of one episode, in MP3."""
    folder = tmp_path_factory.mktemp("whole") / "morning"
    return folder, made_show(folder, {".mp3": edition[".mp3"]})


@pytest.fixture
def show(whole: tuple[Path, tuple[Episode, ...]], tmp_path: Path) -> Path:
    """A copy of it that may be damaged."""
    return Path(shutil.copytree(whole[0], tmp_path / "morning"))


def test_a_show_in_three_formats_is_as_it_should_be(edition: dict[str, Path], tmp_path: Path) -> None:
    made_show(tmp_path / "show", edition)
    assert validate(tmp_path / "show") == ()


def test_hostile_texts_make_a_show_that_is_valid(edition: dict[str, Path], tmp_path: Path) -> None:
    text = " ".join(HOSTILE)
    odd = replace(SHOW, title=text, author=text, description=text)
    made = made_show(tmp_path / "show", {".mp3": edition[".mp3"]}, odd)
    hostile = [replace(one, title=text, summary=text, keywords=HOSTILE) for one in made]
    (tmp_path / "show" / FEED).write_bytes(feed_bytes(odd, hostile))
    assert validate(tmp_path / "show") == ()


def test_without_an_address_there_is_a_warning_that_says_what_to_set(
    whole: tuple[Path, tuple[Episode, ...]], show: Path
) -> None:
    (show / FEED).write_bytes(feed_bytes(replace(SHOW, base_url=""), whole[1]))
    (found,) = validate(show)
    assert (found.severity, found.advice) == (Severity.WARNING, "set --base-url")


def test_a_public_show_is_held_to_what_directories_ask_for(
    whole: tuple[Path, tuple[Episode, ...]], show: Path
) -> None:
    (show / FEED).write_bytes(feed_bytes(replace(SHOW, private=False), whole[1]))
    told = {found.what for found in validate(show)}
    assert told == {
        "it is public and served without encryption",
        "it is public and names no e-mail address",
    }


def in_feed(pattern: str, by: str) -> Callable[[Path], None]:
    """A change of the feed."""

    def change(folder: Path) -> None:
        text = (folder / FEED).read_text(encoding="utf-8")
        changed, count = re.subn(pattern, by, text, flags=re.DOTALL)
        assert count, pattern
        (folder / FEED).write_text(changed, encoding="utf-8")

    return change


def in_json(name: str, change: Callable[[dict], object]) -> Callable[[Path], None]:
    """A change of a JSON file."""

    def apply(folder: Path) -> None:
        told = json.loads((folder / name).read_bytes())
        change(told)
        (folder / name).write_text(json.dumps(told))

    return apply


def in_text(name: str, old: str, new: str) -> Callable[[Path], None]:
    """A change of a text file."""

    def apply(folder: Path) -> None:
        text = (folder / name).read_text(encoding="utf-8")
        assert old in text
        (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")

    return apply


def picture(size: tuple[int, int], mode: str = "RGB", kind: str = "JPEG") -> Callable[[Path], None]:
    """Other artwork."""
    return lambda folder: Image.new(mode, size).save(folder / "artwork.jpg", kind)


def cut_short(folder: Path) -> None:
    """A copy that was interrupted."""
    path = folder / "episode-1.mp3"
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size - 12_000)


def other_kind(folder: Path) -> None:
    """Something that only has the name of an MP3."""
    (folder / "episode-1.mp3").write_bytes(b"<html>not found</html>")


def no_frames(folder: Path) -> None:
    """Tags and nothing behind them."""
    path = folder / "episode-1.mp3"
    data = path.read_bytes()
    size = data[6] << 21 | data[7] << 14 | data[8] << 7 | data[9]
    path.write_bytes(data[: size + 10] + b"\0" * (len(data) - size - 10))


ITEM = "<item>.*</item>"
DAMAGES: dict[str, tuple[Callable[[Path], None], str]] = {
    "no feed": (lambda folder: (folder / FEED).unlink(), "cannot be read"),
    "cut off": (in_feed("</channel>.*", ""), "not well-formed"),
    "not RSS": (in_feed(".*", "<html/>"), "not RSS"),
    "RSS 1": (in_feed('version="2.0"', 'version="1.0"'), "not RSS 2.0"),
    "encoding": (in_feed("'UTF-8'", "'ISO-8859-1'"), "ISO-8859-1"),
    "not UTF-8": (lambda folder: (folder / FEED).write_bytes(b"<rss>\xff</rss>"), "not UTF-8"),
    "namespace": (in_feed("itunes.com/dtds/podcast-1.0.dtd", "itunes.com/DTDs/Podcast-1.0.dtd"), "'itunes'"),
    "no title": (in_feed("<title>Morning reading</title>", ""), "no <title>"),
    "no language": (in_feed("<language>en</language>", ""), "no <language>"),
    "language": (in_feed("<language>en</language>", "<language>English!</language>"), "<language> cannot be"),
    "category": (in_feed("Society &amp; Culture", "Society"), "not a category"),
    "subcategory": (in_feed('text="Documentary"', 'text="documentary"'), "Apple writes"),
    "explicit": (in_feed("<itunes:explicit>false", "<itunes:explicit>no"), "<itunes:explicit> cannot be"),
    "guid": (in_feed("<podcast:guid>[^<]*", "<podcast:guid>morning"), "<podcast:guid> cannot be"),
    "locked": (in_feed("<podcast:locked>yes", "<podcast:locked>true"), "<podcast:locked> cannot be"),
    "medium": (in_feed("<podcast:medium>podcast", "<podcast:medium>speech"), "<podcast:medium> cannot be"),
    "role": (in_feed('role="narrator"', 'role="talker"'), "no role of the Podcast Taxonomy"),
    "no person": (in_feed(">Nora</podcast:person>", "> </podcast:person>"), "<podcast:person> cannot be"),
    "place": (in_feed("<item>", "<item><podcast:medium>podcast</podcast:medium>"), "stands in <item>"),
    "unknown": (
        in_feed("<podcast:medium>", "<podcast:mood>sad</podcast:mood><podcast:medium>"),
        "no element",
    ),
    "twice": (in_feed(ITEM, r"\g<0>\g<0>"), "same <guid>"),
    "two chapters": (in_feed("(<podcast:chapters[^>]*>)", r"\1\1"), "more than one <podcast:chapters>"),
    "no guid": (in_feed("<guid.*</guid>", ""), "no <guid>"),
    "permalink": (in_feed('isPermaLink="false"', ""), "said to be an address"),
    "no date": (in_feed("</guid>(.*?)<pubDate>[^<]*</pubDate>", r"</guid>\1"), "no <pubDate>"),
    "date": (in_feed("<pubDate>Sun, 01 Mar 2026", "<pubDate>2026-03-01"), "no date of RFC 2822"),
    "no such day": (in_feed("<pubDate>Sun, 01 Mar 2026", "<pubDate>Sun, 31 Feb 2026"), "no date of RFC 2822"),
    "weekday": (in_feed("<pubDate>Sun, 01 Mar 2026", "<pubDate>Mon, 01 Mar 2026"), "wrong day of the week"),
    "future": (in_feed("<pubDate>Sun, 01 Mar 2026", "<pubDate>01 Mar 2126"), "still to come"),
    "no enclosure": (in_feed("<enclosure[^>]*>", ""), "nothing to hear"),
    "length": (in_feed('length="', 'length="9'), "bytes, and the feed says"),
    "type": (in_feed('type="audio/mpeg"', 'type="audio/ogg"'), "is audio/mpeg, and the feed says"),
    "duration": (in_feed("<itunes:duration>5", "<itunes:duration>50"), "it plays 5."),
    "soundbite": (in_feed('startTime="1.000"', 'startTime="100"'), "soundbite> does not lie inside"),
    "transcript type": (in_feed('type="text/vtt"', 'type="text/vvt"'), "no type of a <podcast:transcript>"),
    "script": (in_feed("<p>Why", "<p><script>alert(1)</script>Why"), "notes have a <script>"),
    "handler": (in_feed("<p>Why", '<p onclick="x()">Why'), "notes have onclick"),
    "link": (
        in_feed('<a href="https://example.org/b', '<a href="javascript:b'),
        "notes have href='javascript:",
    ),
    "password": (in_feed("<p>Why", "<p>https://ann:secret@example.org/ Why"), "name or password"),
    "file": (in_feed("<p>Why", "<p>file:///srv/articles/a.html Why"), "names a file on a computer"),
    "folder": (in_feed("<p>Why", "<p>/home/ann/articles/a.html Why"), "name of somebody's folder"),
    "no audio": (lambda folder: (folder / "episode-1.mp3").unlink(), "episode-1.mp3 is missing"),
    "no transcript": (lambda folder: (folder / "episode-1.vtt").unlink(), "episode-1.vtt is missing"),
    "no artwork": (lambda folder: (folder / "artwork.jpg").unlink(), "artwork.jpg is missing"),
    "audio cut": (cut_short, "bytes, and the feed says"),
    "audio cut, and shorter": (cut_short, "it plays"),
    "no audio in it": (other_kind, "neither MP3, M4A nor Ogg"),
    "no frames": (no_frames, "episode-1.mp3: "),
    "picture small": (picture((600, 600)), "600 pixels wide"),
    "picture large": (picture((3200, 3200)), "3200 pixels wide"),
    "picture long": (picture((1500, 1400)), "1500 x 1400"),
    "picture grey": (picture((1400, 1400), "L"), "colours are L"),
    "picture PNG": (picture((1400, 1400), "RGB", "PNG"), "it is PNG"),
    "picture bomb": (picture((30000, 2000), "1", "PNG"), "30000 x 2000"),
    "no picture": (lambda folder: (folder / "artwork.jpg").write_text("?"), "no JPEG or PNG"),
    "chapter title": (
        in_json("episode-1.chapters.json", lambda told: told["chapters"][1].update(title="X")),
        "other ch",
    ),
    "chapter time": (
        in_json("episode-1.chapters.json", lambda told: told["chapters"][1].update(startTime=2)),
        "other ch",
    ),
    "chapter late": (
        in_json("episode-1.chapters.json", lambda told: told["chapters"][1].update(startTime=70)),
        "inside",
    ),
    "chapter lost": (
        in_json("episode-1.chapters.json", lambda told: told["chapters"].pop()),
        "other chapters",
    ),
    "chapters": (in_json("episode-1.chapters.json", lambda told: told.pop("version")), "has no version"),
    "segment late": (
        in_json("episode-1.json", lambda told: told["segments"][1].update(endTime=1e3)),
        "entry 2 is at",
    ),
    "segment back": (
        in_json("episode-1.json", lambda told: told["segments"][1].update(endTime=0)),
        "ends before",
    ),
    "segment nan": (
        in_json("episode-1.json", lambda told: told["segments"][0].update(startTime=1e999)),
        "no time",
    ),
    "no body": (
        in_json("episode-1.json", lambda told: told["segments"][0].pop("body")),
        "segment 1 has no body",
    ),
    "no segment": (in_json("episode-1.json", lambda told: told["segments"].clear()), "nothing is said"),
    "deep": (lambda folder: (folder / "episode-1.json").write_text("[" * 100_000), "episode-1.json"),
    "vtt head": (in_text("episode-1.vtt", "WEBVTT", "VTT"), "does not begin with WEBVTT"),
    "vtt time": (in_text("episode-1.vtt", "00:00:00.550 -->", "00:00:00,550 -->"), "no time of a cue"),
    "vtt late": (
        in_text("episode-1.vtt", "00:00:00.550 -->", "00:10:00.550 -->"),
        "shows nothing",
    ),
    "vtt word": (in_text("episode-1.vtt", "<00:00:00.600>", "<00:00:09.600>"), "inside its cue"),
    "srt number": (in_text("episode-1.srt", "2\n00", "7\n00"), "its entry 2"),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_every_damage_is_found_and_said_in_one_sentence(show: Path, name: str) -> None:
    damage, expected = DAMAGES[name]
    damage(show)
    found = [str(one) for one in validate(show)]
    assert any(re.search(expected, one) for one in found), found
    assert all("\n" not in one and len(one) < 1000 for one in found)


def lines_of(kind: str, outside: Path) -> str:
    """A reference that leads out of the folder."""
    return {
        "up": "http://nas.local/morning/../secret.mp3",
        "up, quoted": "http://nas.local/morning/%2e%2e%2fsecret.mp3",
        "backslash": "http://nas.local/morning/..%5csecret.mp3",
        "file": f"file://{outside}",
        "path": str(outside),
        "elsewhere": "http://elsewhere.example/episode-1.mp3",
        "hidden": "http://nas.local/morning/.lock",
        "link": "http://nas.local/morning/link.mp3",
        "pipe": "http://nas.local/morning/pipe.mp3",
        "folder": "http://nas.local/morning/folder.mp3",
        "zero": "http://nas.local/morning/a%00b.mp3",
        "long": "http://nas.local/morning/" + "a" * 5000,
        "ffmpeg": "concat:episode-1.mp3|episode-1.mp3",
        "broken": "http://[/episode-1.mp3",
    }[kind]


@pytest.mark.parametrize(
    "kind",
    "up;up, quoted;backslash;file;path;elsewhere;hidden;link;pipe;folder;zero;long;ffmpeg;broken".split(";"),
)
def test_a_feed_of_other_origin_reads_nothing_outside_its_folder(
    show: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside = show.parent / "secret.mp3"
    shutil.copy(show / "episode-1.mp3", outside)
    (show / ".lock").touch()
    (show / "link.mp3").symlink_to(outside)
    (show / "folder.mp3").mkdir()
    os.mkfifo(show / "pipe.mp3")
    reference = lines_of(kind, outside).replace("\\", "\\\\")
    for pattern in (
        '(<enclosure url=")[^"]*',
        '(<podcast:transcript url=")[^"]*',
        '(<podcast:chapters url=")[^"]*',
    ):
        in_feed(pattern, rf"\g<1>{reference}")(show)
    in_feed('(<itunes:image href=")[^"]*', rf"\g<1>{reference}")(show)
    monkeypatch.setattr(ffmpeg, "find_ffmpeg", lambda: pytest.fail("something was given to ffmpeg"))
    refused = [one for one in validate(show) if one.severity is Severity.ERROR]
    assert all(
        re.search("is not in this folder|is missing|is a link or a folder|name of a f|names a file", one.what)
        for one in refused
    )
    assert len(refused) >= 1


@pytest.mark.parametrize(
    "head",
    [
        '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE rss [<!ENTITY a "aaaaaaaaaa"><!ENTITY x "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>',
        '<!DOCTYPE rss SYSTEM "http://elsewhere.example/rss.dtd">',
        "<!-- <rss> --><!DOCTYPE rss>",
    ],
)
def test_entities_are_refused_before_they_are_read(show: Path, head: str) -> None:
    in_feed("<rss", f"{head}<rss")(show)
    in_feed("Bridges, part", "&x; part")(show)
    (found,) = validate(show)
    assert "document type" in found.what or "not well-formed" in found.what


def test_a_feed_that_is_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / FEED)
    (found,) = validate(tmp_path)
    assert found.severity is Severity.ERROR


def test_a_feed_that_nests_deeply_is_refused(show: Path) -> None:
    in_feed("<item>", "<item>" + "<a>" * 5000 + "</a>" * 5000)(show)
    (found,) = validate(show)
    assert "not well-formed" in found.what


def test_order_and_numbers_of_a_serial_show(whole: tuple[Path, tuple[Episode, ...]], show: Path) -> None:
    made = whole[1][0]
    later = replace(made, guid="another", number=2, published=episode(2).published)
    (show / FEED).write_bytes(feed_bytes(replace(SHOW, serial=True), [made, later]))
    in_feed("<itunes:episode>2</itunes:episode>", "")(show)
    in_feed("Mon, 02 Mar 2026", "Sat, 28 Feb 2026")(show)
    told = [found.what for found in validate(show)]
    assert any("the show is serial" in what for what in told)
    assert any("newer than the one before it" in what for what in told)
    assert any("same <enclosure>" in what for what in told)


def test_the_command_says_what_is_wrong_and_ends_with_one(show: Path) -> None:
    done = CliRunner().invoke(app, ["feed", "validate", str(show)])
    assert (done.exit_code, done.stdout) == (0, "")
    assert "0 errors, 0 warnings" in done.stderr
    (show / "episode-1.srt").unlink()
    done = CliRunner().invoke(app, ["feed", "validate", str(show)])
    assert done.exit_code == 1
    assert re.fullmatch(
        r"error: feed\.xml, item 1 .*: the file episode-1\.srt is missing; run .*\.\n", done.stdout
    )
    told = json.loads(CliRunner().invoke(app, ["feed", "validate", str(show), "--json"]).stdout)
    assert (told["valid"], len(told["findings"])) == (False, 1)
    assert told["findings"][0]["severity"] == "error"
