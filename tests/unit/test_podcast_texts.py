"""Notes, chapters and transcripts of an episode."""

from __future__ import annotations

import io
import itertools
import json
from pathlib import Path

import pysubs2
import pytest
import webvtt

from pipeline.errors import PublishError
from pipeline.publish.podcast.chapters import chapters_bytes, timed_chapters
from pipeline.publish.podcast.notes import notes_html, notes_text
from pipeline.publish.podcast.show import EpisodeChapter, Source
from pipeline.publish.podcast.transcripts import podcast_transcript, srt_pieces, webvtt_pieces
from pipeline.publish.transcript import read_transcript, read_whole
from tests.podcasting import SHOW, episode


def sentence(
    number: int, words: list[str], start: float, speaker: str = "", *, joined: bool = False
) -> dict[str, object]:
    """A segment of an edition's transcript, half a second a word."""
    timed = [
        {
            "text": word,
            "start": round(start + place / 2, 4),
            "end": round(start + place / 2 + 0.4, 4),
            **({"joined": True} if joined and place else {}),
        }
        for place, word in enumerate(words)
    ]
    text = ("" if joined else " ").join(words)
    whole = {"id": f"c1s{number}", "start": start, "end": timed[-1]["end"], "text": text, "voice": "tone:one"}
    return {**whole, **({"speaker": speaker} if speaker else {}), "words": timed}


def write(path: Path, *sentences: dict[str, object]) -> Path:
    """A transcript as editions have it: a sentence on each line."""
    head = '{"title":"T","language":"en","duration":60.0,"chapters":[\n{"title":"One","start":0.0,"end":60.0,'
    lines = ",\n".join(json.dumps(one, ensure_ascii=False, separators=(",", ":")) for one in sentences)
    path.write_text(f'{head}"segments":[\n{lines}]}}]}}\n', encoding="utf-8")
    return path


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    """Two speakers, the second enters before the first ends; between them a name that is not said."""
    unsaid = sentence(2, ["Ben:"], 3.0, "Ben")
    unsaid["end"] = unsaid["words"][0]["end"] = 3.0  # type: ignore[index]
    return write(
        tmp_path / "talk.transcript.json",
        sentence(1, ["Bridges", "<b>stand", "&", "fall", "--> often."], 0.5, "Anna"),
        unsaid,
        sentence(3, ["Do", "they?"], 2.8, "Ben"),
        sentence(4, ["Yes."], 4.0, "Ben"),
    )


def test_every_word_is_a_segment_with_speaker_and_times(talk: Path) -> None:
    found = json.loads(podcast_transcript(read_transcript(talk)))
    assert found["version"] == "1.0.0"
    assert [(one["speaker"], one["body"], one["startTime"], one["endTime"]) for one in found["segments"]] == [
        ("Anna", "Bridges", 0.5, 0.9),
        ("Anna", "<b>stand", 1.0, 1.4),
        ("Anna", "&", 1.5, 1.9),
        ("Anna", "fall", 2.0, 2.4),
        ("Anna", "--> often.", 2.5, 2.9),
        ("Ben", "Do", 2.8, 3.2),
        ("Ben", "they?", 3.3, 3.7),
        ("Ben", "Yes.", 4.0, 4.4),
    ]


def test_words_without_spaces_are_one_segment(tmp_path: Path) -> None:
    path = write(tmp_path / "t.json", sentence(1, ["桥", "为什么", "站着。"], 1.0, joined=True))
    assert json.loads(podcast_transcript(read_transcript(path)))["segments"] == [
        {"startTime": 1.0, "endTime": 2.4, "body": "桥为什么站着。"}
    ]
    assert json.loads(podcast_transcript(read_transcript(path), "Nora"))["segments"][0]["speaker"] == "Nora"


def test_subrip_has_short_lines_and_a_name_where_the_speaker_changes(talk: Path, tmp_path: Path) -> None:
    text = b"".join(srt_pieces(read_transcript(talk))).decode()
    found = pysubs2.SSAFile.from_string(text, format_="srt")
    assert [line.plaintext.split(":")[0] for line in found if ":" in line.plaintext] == ["Anna", "Ben"]
    assert text.count("-->") == len(found)
    assert all(one.start < two.start for one, two in itertools.pairwise(found))
    words = [f"word{number}" for number in range(60)]
    said = read_transcript(write(tmp_path / "l.json", sentence(1, words, 0.0)))
    long = b"".join(srt_pieces(said, "Nora")).decode()
    for cue in long.strip().split("\n\n"):
        lines = cue.split("\n")[2:]
        assert 1 <= len(lines) <= 2
        assert all(len(line) <= 32 for line in lines)
    assert " ".join(
        " ".join(cue.split("\n")[2:]) for cue in long.strip().split("\n\n")
    ) == "Nora: " + " ".join(words)


def test_webvtt_names_who_speaks(talk: Path) -> None:
    found = webvtt.from_buffer(io.StringIO(b"".join(webvtt_pieces(read_transcript(talk))).decode()))
    assert [cue.voice for cue in found] == ["Anna", "Ben", "Ben"]
    assert found[1].start == "00:00:02.800"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        '{"title":"T","chapters":[\n{"title":"One","segments":[\n{"id":"c1s1","start":0,',
        '{"title":"T","chapters":[\n{"title":"One","segments":[\n{"id":"c1s1"}]}]}',
        '{"title":"T","chapters":[\n{"title":"One","segments":[\n'
        '{"id":"c1s1","text":"a","voice":"v","words":[{"text":"a","start":0,"end":1}]},\n',
    ],
)
def test_a_damaged_transcript_is_an_error_and_never_a_short_one(tmp_path: Path, text: str) -> None:
    path = tmp_path / "t.transcript.json"
    path.write_text(text)
    with pytest.raises(PublishError, match=r"t\.transcript\.json"):
        podcast_transcript(read_transcript(path))
    with pytest.raises(PublishError, match=r"t\.transcript\.json"):
        read_whole(path)


def test_chapters_are_in_order_inside_the_audio_and_in_milliseconds() -> None:
    chapters = (
        EpisodeChapter("Two\x00", 4.00049, 99.0, "https://example.org/two"),
        EpisodeChapter("", -1.0, 4.00049, "javascript:alert(1)"),
        EpisodeChapter("Nothing", 5.0, 5.0001),
        EpisodeChapter("After the end", 11.0, 12.0),
    )
    made = episode(chapters=chapters)
    assert [(one.title, one.start, one.end, one.link) for one in timed_chapters(made)] == [
        ("Chapter 1", 0, 4000, ""),
        ("Two", 4000, 10000, "https://example.org/two"),
    ]
    told = json.loads(chapters_bytes(made, SHOW))
    assert (told["version"], told["podcastName"], told["fileName"]) == (
        "1.2.0",
        "Morning reading",
        "episode-1.mp3",
    )
    assert told["chapters"] == [
        {"startTime": 0.0, "endTime": 4.0, "title": "Chapter 1"},
        {"startTime": 4.0, "endTime": 10.0, "title": "Two", "url": "https://example.org/two"},
    ]


def test_notes_tell_summary_chapters_sources_and_whose_voice_it_is() -> None:
    made = episode(
        summary="First.\nSecond & last.", provenance="Nora imitates a person, with consent.", duration=4000
    )
    made_long = episode(
        summary=made.summary,
        provenance=made.provenance,
        duration=4000.0,
        chapters=(
            EpisodeChapter("Stone", 0, 125, "https://example.org/s"),
            EpisodeChapter("<Steel>", 3725, 4000),
        ),
    )
    assert notes_html(SHOW, made_long) == (
        "<p>First.</p><p>Second &amp; last.</p>"
        '<ul><li>0:00 <a href="https://example.org/s">Stone</a></li><li>1:02:05 &lt;Steel&gt;</li></ul>'
        '<p>Source: <a href="https://example.org/bridges?a=1&amp;b=2">On bridges</a>, Ann Author, Bob Writer, '
        "Example Weekly, 2026-02-01. Licence: CC BY 4.0</p><p>Nora imitates a person, with consent.</p>"
    )
    assert notes_text(SHOW, made).split("\n") == [
        "First.",
        "Second & last.",
        "Source: On bridges, Ann Author, Bob Writer, Example Weekly, 2026-02-01, https://example.org/bridges?a=1&b=2",
        "Licence: CC BY 4.0",
        "Nora imitates a person, with consent.",
    ]


def test_notes_are_in_the_language_of_the_episode_and_link_a_licence() -> None:
    source = Source("Мост", licence="https://creativecommons.org/licenses/by/4.0/")
    notes = notes_html(SHOW, episode(language="ru-RU", sources=(source,)))
    assert "Источник: Мост. Лицензия: <a href=" in notes


def test_an_episode_that_says_nothing_of_itself_has_its_title_as_notes() -> None:
    made = episode(summary="", sources=(), chapters=())
    assert notes_html(SHOW, made) == "<p>Bridges, part 1</p>"
