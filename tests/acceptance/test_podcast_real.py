"""A show of ten saved articles, as the clients, players and directories of other people find it."""

from __future__ import annotations

import gzip
import html
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import feedparser
import podcastparser
import pysubs2
import pytest
import webvtt
from mutagen.id3 import ID3

from pipeline.script.words import split_words
from pipeline.speech.tone import pitch_of
from tests.acceptance.test_conversation import words_by
from tests.browsing import Browser, needs_browser, tab
from tests.listening import HIGHLIGHTED, word_at
from tests.podcasting import ffmpeg_chapters, ffmpeg_tags, pitch_heard
from tests.publishing import decode, ebur128
from tests.running import Voxpress, words_of
from tests.show_pages import ShowPage
from tests.sites import Site, running

pytestmark = pytest.mark.real
EPISODES = 10
WORDS = range(100, 350)
"""Of an article that is taken: ten minutes are enough to be made and measured."""
VOICES = {"Ada": "a", "Ben": "b"}
BASE = "http://nas.local/morning/"


@dataclass(frozen=True)
class Made:
    """An episode: its entry in the feed, its file, and what the edition says that it was made from."""

    entry: Any
    audio: Path
    transcript: dict[str, Any]
    links: list[str]
    article: str

    def beside(self, ending: str) -> Path:
        """Another file of it."""
        return self.audio.with_name(self.audio.stem + ending)

    @property
    def words(self) -> list[dict[str, Any]]:
        """The edition's, in order."""
        return [
            word
            for chapter in self.transcript["chapters"]
            for segment in chapter["segments"]
            for word in segment["words"]
        ]

    @property
    def seconds(self) -> float:
        """What there is to hear."""
        pcm, rate = decode(self.audio)
        return float(len(pcm) / rate)


def articles(samples: Path) -> Iterator[tuple[str, bytes, str]]:
    """Path of its address, page, and text by hand: of each that has so many words, in the order of the files."""
    folder = samples / "web" / "articles"
    truth = json.loads((folder / "ground-truth.json").read_text())
    for name in sorted(truth):
        text = truth[name]["articleBody"]
        if len(text.split()) in WORDS:
            page = gzip.decompress((folder / f"{name}.html.gz").read_bytes())
            yield urlsplit(truth[name]["url"]).path, page, text


def bare(texts: Iterable[str]) -> str:
    """Texts without their white space."""
    return "".join("".join(text.split()) for text in texts)


@pytest.fixture(scope="module")
def made(samples: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Voxpress, Path, list[Made]]:
    """The show: the command, its folder, its episodes in the order in which they were given."""
    voxpress = Voxpress(tmp_path_factory.mktemp("show"))
    told = ("--title", "Morning reading", "--author", "Ann Author", "--language", "en", "--base-url", BASE)
    voxpress.run("feed", "create", "morning", *told)
    chosen = list(islice(articles(samples), EPISODES))
    with running(Site()) as site:
        addresses = [site.serve(path, page, Content_Type="text/html") for path, page, _ in chosen]
        voxpress.run("feed", "add", "morning", *addresses, "--allow-host", "127.0.0.1", timeout=600)
    folder = voxpress.folder / "podcasts" / "morning"
    found = feedparser.parse((folder / "feed.xml").read_bytes())
    assert not found.bozo
    entries = sorted(found.entries, key=lambda entry: int(entry.itunes_episode))
    catalog = voxpress.json("feed", "list", "morning")["episodes"]
    told_of = {one["number"]: one for one in catalog}
    editions = {
        one["number"]: voxpress.json("status", one["production"])["edition_folder"] for one in catalog
    }
    episodes = []
    for number, (entry, (_, _, text)) in enumerate(zip(entries, chosen, strict=True), 1):
        (enclosure,) = entry.enclosures
        assert enclosure.href.startswith(BASE)
        audio = folder / enclosure.href.removeprefix(BASE)
        assert int(enclosure.length) == audio.stat().st_size
        (transcript,) = Path(editions[number]).glob("*.transcript.json")
        links = [source["link"] for source in told_of[number]["sources"]]
        episodes.append(Made(entry, audio, json.loads(transcript.read_text()), links, text))
    return voxpress, folder, episodes


def test_the_feed_is_valid_and_every_episode_plays(made: tuple[Voxpress, Path, list[Made]]) -> None:
    voxpress, folder, episodes = made
    checked = voxpress.json("feed", "validate", "morning")
    assert (checked["valid"], checked["findings"]) == (True, [])
    with (folder / "feed.xml").open("rb") as file:
        show = podcastparser.parse(f"{BASE}feed.xml", file)
    assert (show["title"], show["itunes_author"]) == ("Morning reading", "Ann Author")
    assert len(show["episodes"]) == EPISODES
    dates = [one["published"] for one in show["episodes"]]
    assert dates == sorted(dates, reverse=True)
    lengths = {one["guid"]: one["total_time"] for one in show["episodes"]}
    for one in episodes:
        assert one.seconds == pytest.approx(lengths[one.entry.id], abs=0.6), one.audio.name


def test_the_words_of_the_articles_are_said(made: tuple[Voxpress, Path, list[Made]]) -> None:
    shares = []
    for one in made[2]:
        said = set(re.findall(r"\w+", " ".join(words_of(one.transcript)).lower()))
        wanted = re.findall(r"\w+", one.article.lower())
        shares.append(sum(word in said for word in wanted) / len(wanted))
    assert sorted(shares)[1] > 0.9, shares


def test_transcripts_have_every_word_at_its_time(made: tuple[Voxpress, Path, list[Made]]) -> None:
    for one in made[2]:
        seconds, text = one.seconds, bare(words_of(one.transcript))
        told = json.loads(one.beside(".json").read_text())["segments"]
        assert bare(part["body"] for part in told) == text
        times = [time for part in told for time in (part["startTime"], part["endTime"])]
        assert 0 < times[0] < 2
        assert times == sorted(times)
        assert times[-1] <= seconds
        starts = {word["start"] for word in one.words}
        assert starts >= {part["startTime"] for part in told}
        captions = webvtt.read(str(one.beside(".vtt"))).captions
        assert bare(html.unescape(caption.text) for caption in captions) == text
        assert captions[-1].end_in_seconds <= seconds
        within = re.findall(r"<(\d+):(\d+):([\d.]+)>", " ".join(caption.raw_text for caption in captions))
        marks = [3600 * int(hours) + 60 * int(minutes) + float(rest) for hours, minutes, rest in within]
        assert marks == sorted(marks)
        rounded = {round(start, 3) for start in starts}
        assert all(min(abs(mark - start) for start in rounded) < 0.0011 for mark in marks)
        assert len(marks) + len(captions) > 0.9 * len(told)  # dashes between words take no time
        subtitles = pysubs2.load(str(one.beside(".srt")))
        assert bare(line.plaintext for line in subtitles) == text
        assert subtitles[-1].end / 1000 <= seconds


def test_chapters_are_the_same_wherever_they_stand(made: tuple[Voxpress, Path, list[Made]]) -> None:
    for one in made[2]:
        seconds = one.seconds
        told = json.loads(one.beside(".chapters.json").read_text())["chapters"]
        frames = sorted(ID3(one.audio).getall("CHAP"), key=lambda frame: frame.start_time)
        chapters = [(part["startTime"], part["endTime"], part["title"]) for part in told]
        assert [
            (f.start_time / 1000, f.end_time / 1000, str(f.sub_frames["TIT2"])) for f in frames
        ] == chapters
        for (start, end, title), chapter in zip(ffmpeg_chapters(one.audio), chapters, strict=True):
            assert (start, end) == pytest.approx(chapter[:2], abs=0.001)
            assert title == chapter[2]
        assert [title for _, _, title in chapters] == [part["title"] for part in one.transcript["chapters"]]
        assert chapters[0][0] == 0
        assert chapters[-1][1] == pytest.approx(
            seconds, abs=0.06
        )  # a player's decoder cuts what the encoder adds


def test_episodes_are_as_loud_as_podcasts_are(made: tuple[Voxpress, Path, list[Made]]) -> None:
    for one in made[2]:
        lufs, peak = ebur128("-i", str(one.audio), "-map", "0:a")
        assert lufs == pytest.approx(-16, abs=1), one.audio.name
        assert peak <= -1, one.audio.name


def test_audiobookshelf_finds_title_date_and_number(made: tuple[Voxpress, Path, list[Made]]) -> None:
    for number, one in enumerate(made[2], 1):
        tags = ffmpeg_tags(one.audio)
        assert tags["title"] == one.entry.title
        assert (tags["album"], tags["artist"]) == ("Morning reading", "Ann Author")
        assert tags["track"].partition("/")[0] == str(number)
        day = one.entry.published_parsed
        assert tags["date"].startswith(f"{day.tm_year}-{day.tm_mon:02}-{day.tm_mday:02}")
        assert all(link in tags["comment"] for link in one.links)


@needs_browser
def test_the_page_plays_and_marks_the_words(made: tuple[Voxpress, Path, list[Made]], tmp_path: Path) -> None:
    one = made[2][0]
    with Browser(tmp_path / "profile") as browser, tab(browser) as window:
        page = ShowPage(window, made[1])
        assert window.run("document.querySelectorAll('#episodes > li').length") == EPISODES
        window.run(f"location.hash = '#{one.audio.stem}'")
        page.settle()
        window.press(" ")
        window.wait(f"{page.time_of()} > 1.5 && {HIGHLIGHTED} !== ''")
        late = 0.1  # seconds by which a busy machine may paint too late
        for _ in range(5):
            time, marked = window.run(
                f"new Promise(done => requestAnimationFrame(() => done([{page.time_of()}, {HIGHLIGHTED}])))"
            )
            assert marked in {word_at(one.words, time - late * step / 10) for step in range(11)}, time
        window.press(" ")
        for word in [word for word in one.words if word["end"] > word["start"]][5::40]:
            middle = (word["start"] + word["end"]) / 2
            window.run(f"location.hash = '#{one.audio.stem}?t={middle:.4f}'")
            window.wait(f"Math.abs({page.time_of()} - {middle}) < 0.01")
            page.settle()
            assert page.word() == word["text"], middle
        window.photograph(tmp_path / "page.png")
        assert window.complaints() == []


def test_an_interview_is_heard_with_two_voices_at_once(samples: Path, voxpress: Voxpress) -> None:
    voxpress.run("feed", "create", "talks")
    path, page, _ = next(articles(samples))
    with running(Site()) as site:
        address = site.serve(path, page, Content_Type="text/html")
        hosts = ("--style", "interview", "--host", "Ada=tone:a", "--host", "Ben=tone:b")
        told = ("talks", address, *hosts, "--allow-host", "127.0.0.1")
        script = voxpress.run("feed", "script", *told).stdout
        (episode,) = voxpress.json("feed", "add", *told)["episodes"]
    audio = voxpress.folder / "podcasts" / "talks" / episode["audio"]["name"]
    (edition,) = voxpress.home.joinpath("episodes").rglob("*.transcript.json")
    said = words_by(json.loads(edition.read_text()))
    assert {speaker for speaker, _ in said} == {"Ada", "Ben"}
    entries = re.findall(r"^(Ada|Ben) \[[^\]]*enters ([\d.]+)\]: (.+)$", script, re.M)
    assert entries
    pcm, rate = decode(audio)
    together = 0
    for speaker, seconds, text in entries:
        (before, told), (_, entering) = next(
            pair
            for pair in pairwise(said)
            if pair[1][0] == speaker
            and text.startswith(pair[1][1][0]["text"])
            and pair[1][1][0]["start"] < pair[0][1][-1]["end"]
        )
        assert before != speaker
        assert told[-1]["end"] - entering[0]["start"] == pytest.approx(float(seconds), abs=0.05), text
        both = [(word, before) for word in told if word["end"] > entering[0]["start"]]
        both += [(word, speaker) for word in entering if word["start"] < told[-1]["end"]]
        for word, name in both:
            spoken = [one.spoken for one in split_words(word["text"], "en")]
            if len(spoken) == 1 and spoken[0].isalpha():  # of a number there are several words
                heard = pitch_heard(pcm, rate, VOICES[name], word["start"], word["end"])
                assert heard == pytest.approx(pitch_of(spoken[0], VOICES[name]), abs=12), word
                together += 1
    assert together >= 2 * len(entries)


def test_a_digest_of_articles_has_a_chapter_and_a_link_for_each(samples: Path, voxpress: Voxpress) -> None:
    voxpress.run(
        "feed", "create", "week", "--title", "The week", "--author", "Ann Author", "--base-url", BASE
    )
    chosen = list(islice(articles(samples), 3))
    with running(Site()) as site:
        addresses = [site.serve(path, page, Content_Type="text/html") for path, page, _ in chosen]
        told = ("--title", "What there was", "--allow-host", "127.0.0.1")
        (episode,) = voxpress.json("feed", "add", "week", "--digest", *addresses, *told)["episodes"]
    folder = voxpress.folder / "podcasts" / "week"
    assert voxpress.json("feed", "validate", "week")["findings"] == []
    (edition,) = voxpress.home.joinpath("episodes").rglob("*.transcript.json")
    transcript = json.loads(edition.read_text())
    opening, *texts = words_of(transcript)
    titles = [chapter["title"] for chapter in transcript["chapters"]][1:]
    assert "3 articles" in opening
    for before, title, text, (_, _, article) in zip(
        ("First:", "Next:", "And last:"), titles, texts, chosen, strict=True
    ):
        assert title in opening
        assert text.startswith(f"{before} {title}")
        assert article.split()[len(article.split()) // 2] in text
    chapters = [
        chapter["title"]
        for chapter in json.loads((folder / episode["chapters_file"]["name"]).read_text())["chapters"]
    ]
    assert chapters == ["What there was", *titles]
    (entry,) = feedparser.parse((folder / "feed.xml").read_bytes()).entries
    assert entry.title == "What there was"
    links = [source["link"] for source in episode["sources"]]
    assert len(links) == 3
    assert all(f'<a href="{html.escape(link)}">' in entry.content[0].value for link in links)
