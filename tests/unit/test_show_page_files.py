"""The files of a show's page: what is in them, and which are written again."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest

from pipeline.errors import PublishError
from pipeline.model import BlockKind
from pipeline.publish.player import part
from pipeline.publish.podcast.page import SHARD, episode_page_files, page_files
from pipeline.publish.podcast.page.document import said_span
from pipeline.publish.podcast.page.files import data_of, kept_key, words_name
from pipeline.publish.podcast.page.vocabulary import vocabulary_of
from pipeline.publish.podcast.show import PAGE, EpisodeChapter, Show, Source
from pipeline.publish.transcript import read_transcript, read_whole
from tests.show_pages import SHOW, Said, Told, a_show, write_page

HOSTILE = '"></script><script>alert(1)</script>'


def shown(folder: Path, count: int = 3, show: Show = SHOW, **changes: object) -> list[object]:
    told = [
        Told(f"Episode {n}", [Said(f"word{n} is said here", 0.5)], 5.0, (), changes)
        for n in range(1, count + 1)
    ]
    return list(a_show(folder, told, show, audio=False))


def test_only_what_changed_is_written_again(tmp_path: Path) -> None:
    folder = tmp_path / "public"
    episodes = a_show(
        folder, [Told(f"{n}", [Said(f"word{n}", 0.5)], 5.0) for n in range(1, SHARD + 2)], audio=False
    )
    assert sorted(path.name for path in folder.glob("search-*")) == ["search-0.js", "search-1.js"]
    assert write_page(folder, episodes) == [PAGE]
    assert write_page(folder, episodes) == [PAGE]
    before = (folder / PAGE).read_bytes()
    assert write_page(folder, episodes) == [PAGE]
    assert (folder / PAGE).read_bytes() == before
    newest = replace(episodes[0], title="Another title")
    assert write_page(folder, [newest, *episodes[1:]]) == [PAGE]
    assert dict(data_of(folder / "search-0.js"))["2026-01-007"] == "word7"  # type: ignore[call-overload]


def test_nothing_that_was_said_in_a_removed_episode_stays(tmp_path: Path) -> None:
    folder = tmp_path / "public"
    episodes = a_show(
        folder, [Told(f"{n}", [Said(f"word{n}", 0.5)], 5.0) for n in range(1, SHARD + 2)], audio=False
    )
    for gone in (episodes[0], episodes[-1]):  # the only one of its file, and one of many
        (folder / words_name(gone.stem)).unlink()
    write_page(folder, episodes[1:-1])
    text = "".join(path.read_text() for path in folder.iterdir() if path.suffix in (".js", ".html"))
    assert not re.search(rf"\bword(1|{SHARD + 1})\b", text)
    assert "word2" in text


def test_an_episodes_file_depends_on_the_episode_only(tmp_path: Path) -> None:
    episodes = a_show(tmp_path / "public", [Told("One", [Said("a word", 0.5)], 5.0)], audio=False)
    transcript = tmp_path / "2026-01-001.transcript.json"
    _, said = read_whole(transcript)
    once = list(episode_page_files(SHOW, episodes[0], said))
    again = list(episode_page_files(replace(SHOW, title="Other"), replace(episodes[0], number=7), said))
    assert once == again
    path = tmp_path / "public" / once[0][0]
    assert path.read_bytes() == once[0][1]
    assert re.fullmatch("[0-9a-f]{16}", kept_key(path))
    ((_, other),) = episode_page_files(SHOW, episodes[0], ())
    assert other[:19] != once[0][1][:19]


def test_the_text_is_divided_at_the_chapters(tmp_path: Path) -> None:
    said = [
        Said("Before all.", 0.5),
        Said("First", 2.0, kind=BlockKind.HEADING),
        Said("Still first.", 3.0),
        Said("Second", 4.9995, speaker="Ben"),
        Said("late words of Anna", 4.8, speaker="Anna"),
    ]
    chapters = (
        EpisodeChapter("First", 2.0, 5.0),
        EpisodeChapter("Second", 5.0, 9.0),
        EpisodeChapter("Third", 9, 10),
    )
    episodes = a_show(tmp_path / "public", [Told("One", said, 10.0, chapters)], audio=False)
    data = data_of(tmp_path / "public" / words_name(episodes[0].stem))
    assert isinstance(data, dict)
    assert data["chapters"] == [["First", 2000, ""], ["Second", 5000, ""], ["Third", 9000, ""]]
    told = [
        (
            section["start"],
            section["title"],
            [sentence[0] for block in section["blocks"] for sentence in block[2:]],
        )
        for section in data["sections"]
    ]
    assert told == [
        (0, "", ["Before all."]),
        (2000, "First", ["First", "Still first."]),
        (5000, "Second", ["Second", "late words of Anna"]),
    ]
    assert data["sections"][1]["blocks"][0][0] == "heading"


def test_transcripts_that_do_not_tell_their_blocks(tmp_path: Path) -> None:
    said = [Said("One.", 0.5), Said("Two.", 0.9), Said("Three.", 5.0)]
    episodes = a_show(tmp_path / "public", [Told("One", said, 10.0)], audio=False)
    path = tmp_path / "2026-01-001.transcript.json"

    def blocks(*speakers: str) -> list[list[str]]:
        told = json.loads(path.read_bytes())
        for entry, speaker in zip(told["chapters"][0]["segments"], speakers, strict=True):
            entry.pop("begins", None)
            entry["speaker"] = speaker
        old = tmp_path / "old.json"
        old.write_text(json.dumps(told))
        ((name, data),) = episode_page_files(SHOW, episodes[0], read_transcript(old))
        (tmp_path / name).write_bytes(data)
        made = data_of(tmp_path / name)
        assert isinstance(made, dict)
        return [[sentence[0] for sentence in block[2:]] for block in made["sections"][0]["blocks"]]

    assert blocks("", "", "") == [["One.", "Two."], ["Three."]]
    assert blocks("Anna", "Ben", "Ben") == [["One."], ["Two.", "Three."]]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"chapters": [{"segments": [{"words": [{}]}]}]}'])
def test_what_is_no_transcript_is_told(text: str, tmp_path: Path) -> None:
    (episode,) = a_show(tmp_path / "public", [Told("One")], audio=False)
    path = tmp_path / "broken.json"
    path.write_text(text)
    with pytest.raises(PublishError, match="is no transcript"):
        list(episode_page_files(SHOW, episode, read_transcript(path)))


class Links(HTMLParser):
    """All addresses that a document names."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.scripts = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.scripts += tag == "script"
        self.found += [value or "" for name, value in attrs if name in ("href", "src")]


def test_the_document_is_whole_and_names_nothing_beyond_the_folder(tmp_path: Path) -> None:
    show = replace(
        SHOW,
        title=HOSTILE,
        author=HOSTILE,
        description=HOSTILE,
        language=HOSTILE,
        link="javascript:alert(1)",
        base_url="javascript://x/",
        copyright=HOSTILE,
    )
    told = Told(
        HOSTILE,
        [],
        5.0,
        (),
        {"summary": HOSTILE, "language": HOSTILE, "sources": (Source(HOSTILE, HOSTILE),)},
    )
    a_show(tmp_path / "public", [told], show, audio=False)
    page = (tmp_path / "public" / PAGE).read_text(encoding="utf-8")
    links = Links()
    links.feed(page)
    assert links.scripts == 2  # the data and the page's own
    assert "{{" not in page
    assert {link for link in links.found if not link.startswith(("./", "#"))} == {"feed.xml"}
    assert "alert(1)</script>" not in page
    assert "noindex" in page
    public = next(
        iter(
            dict(page_files(replace(SHOW, private=False, link="https://example.org/"), [], tmp_path)).values()
        )
    )
    assert b"noindex" not in public
    assert b'href="https://example.org/"' in public
    assert b"There are no episodes yet." in public


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"),
        (40, "40 s"),
        (61, "1 min"),
        (1920, "32 min"),
        (3600, "1 h"),
        (7500, "2 h 5 min"),
        (3_600_000, "1,000 h"),
    ],
)
def test_lengths_of_time(seconds: float, said: str) -> None:
    assert said_span(seconds) == said


def test_words_that_are_joined_are_one_in_the_vocabulary() -> None:
    assert vocabulary_of(
        [[["paragraph", "", ["Ärger, don’t STOP", 0, 1], [[" 吾輩", "は", "猫"], 0, 1]]]]
    ) == ("arger don stop t 吾輩は猫")


@pytest.mark.skipif(not shutil.which("node"), reason="NO NODE: what the page folds is compared with it")
def test_texts_are_folded_as_the_page_folds_them() -> None:
    """Whatever the page finds in a text, its runs of letters and digits are in the vocabulary."""
    texts = [
        f"a{chr(code)}b"
        for code in range(0x20, 0x20000)
        if unicodedata.category(chr(code)) not in ("Cn", "Cs", "Co")
    ]
    source = part("pipeline.publish.player", "parts/find.js")
    function = source[source.index("function fold") : source.index("/** Whether a folded")]
    asked = (
        f"{function}; const texts = JSON.parse(require('fs').readFileSync(0));"
        "console.log(JSON.stringify(texts.map(text => fold(text).match(/[\\p{L}\\p{N}]+/gu) ?? [])))"
    )
    told = subprocess.run(
        ["node", "-e", asked], input=json.dumps(texts), check=True, capture_output=True, text=True, timeout=60
    ).stdout
    wrong = [
        (text, runs, known)
        for text, runs in zip(texts, json.loads(told), strict=True)
        if not all(run in (known := vocabulary_of([[["paragraph", "", [text]]]])) for run in runs)
    ]
    assert wrong == []
    assert len(texts) > 60_000


def test_the_day_is_said(tmp_path: Path) -> None:
    shown(tmp_path / "public", 1, published=datetime(2026, 12, 24, 6, tzinfo=UTC))
    assert '<time datetime="2026-12-24">24 December 2026</time>' in (tmp_path / "public" / PAGE).read_text()
