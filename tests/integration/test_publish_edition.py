"""How editions appear in a library, and what happens to what was there."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import html
import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.errors import PublishError, SettingsError
from pipeline.model import Cover, Metadata, SourceInfo, SourceKind
from pipeline.publish import place
from pipeline.publish.companions import COMPANIONS, CompanionJob
from pipeline.publish.edition import ChapterFiles, EditionPlan, publish
from pipeline.publish.plan import PublishedFile
from pipeline.publish.sink import Sink
from pipeline.settings import AudioSettings, ProductionSettings, PublishSettings, ReadingSettings
from tests.publishing import (
    ROOT,
    chapter_files,
    chosen,
    clicks,
    encode_chapter,
    plan_of,
    segment,
    write_segments,
)

BOOK = Metadata(title="Book", authors=("Ann",))
NAMES = {
    "Book.m4b",
    "Book.transcript.json",
    "Book.vtt",
    "Book.srt",
    "listen.html",
    "cover.jpg",
    "report.html",
    "report.json",
}


@pytest.fixture(scope="module")
def chapter(tmp_path_factory: pytest.TempPathFactory) -> ChapterFiles:
    """A second of speech, so to say."""
    folder = tmp_path_factory.mktemp("chapter")
    encoded, paths = encode_chapter(folder, clicks(1, [0.3]), ("aac", "mp3"))
    segments = write_segments(folder / "segments.json", [segment("Hello there.", 0.3, 0.2)])
    return chapter_files(encoded, paths, segments, 0, "One")


@pytest.fixture
def plan(chapter: ChapterFiles) -> EditionPlan:
    """A book of two chapters."""
    return plan_of([chapter, chapter], metadata=BOOK)


def files_in(folder: Path) -> set[str]:
    """Everything below a folder, hidden or not."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_an_edition_is_what_its_report_says(plan: EditionPlan, tmp_path: Path) -> None:
    settings = chosen(reading=ReadingSettings(password="secret"))
    source = SourceInfo(SourceKind.WEB, "https://user:pass@example.org/a@b", "cd" * 32)
    doubt = {"chapter": "Two", "text": "here", "fault": "noise", "said": "A doubt.", "place": (1, 1, 2)}
    known = {"production": "p1", "doubts": [doubt], "voices": {"tone:one": "1"}}
    made = replace(
        plan,
        settings=settings,
        source=source,
        report={**known, "stage_seconds": {"speak": 2.5}},
        cover=Cover("image/png", b"no picture"),
    )
    edition = publish(made, tmp_path)

    assert edition.folder == tmp_path / "Ann" / "Book"
    assert files_in(tmp_path / "Ann") == {f"Book/{name}" for name in NAMES}
    assert edition.files[0].name == "Book.m4b"
    text = (edition.folder / "report.json").read_text(encoding="utf-8")
    assert "secret" not in text
    assert "pass@" not in text
    report = json.loads(text)
    for entry in report["files"]:
        data = (edition.folder / entry["name"]).read_bytes()
        assert (entry["size"], entry["sha256"]) == (len(data), hashlib.sha256(data).hexdigest())
    assert {entry["name"] for entry in report["files"]} == NAMES - {"report.json"}
    assert report["source"] == {"kind": "web", "uri": "https://example.org/a@b", "sha256": "cd" * 32}
    assert report["voices"] == {"tone:one": "1"}
    about_cover = {"chapter": "", "text": "", "fault": "edition", "said": edition.doubts[0]}
    about_word = {"chapter": "Two", "text": "here", "fault": "noise", "said": "A doubt."}
    transcript = json.loads((edition.folder / "Book.transcript.json").read_text(encoding="utf-8"))
    second = [word for segment in transcript["chapters"][1]["segments"] for word in segment["words"]][1]
    assert report["doubts"] == [
        {**about_word, "chapter_index": 1, "start": second["start"], "end": second["end"]},
        about_cover,
    ]
    assert report["words"] == 4
    assert [entry["words"] for entry in report["chapters"]] == [2, 2]
    assert sum(entry["duration"] for entry in report["chapters"]) == pytest.approx(edition.duration, abs=1e-3)
    assert report["loudness"]["integrated_lufs"] == edition.integrated_lufs == -20.0
    assert report["loudness"]["true_peak_dbtp"] == edition.true_peak == -4.0
    assert report["stage_seconds"]["speak"] == 2.5
    assert report["stage_seconds"]["publish"] >= 0


def test_made_again_it_replaces_its_files_and_keeps_the_users(
    plan: EditionPlan, chapter: ChapterFiles, tmp_path: Path
) -> None:
    many = AudioSettings(formats=("m4b", "mp3-chapters"))
    first = publish(replace(plan, settings=chosen(audio=many)), tmp_path)
    assert "01 - One.mp3" in files_in(first.folder)
    (first.folder / "my notes.txt").write_text("mine")
    (first.folder / "extras").mkdir()
    (first.folder / "extras" / "map.png").write_text("mine")

    longer = replace(plan, chapters=[chapter] * 3, report={"production": "p1"})
    second = publish(longer, tmp_path)
    assert second.folder == first.folder
    assert files_in(second.folder) == {*NAMES, "my notes.txt", "extras/map.png"}
    assert second.duration == pytest.approx(first.duration * 1.5)
    report = json.loads((second.folder / "report.json").read_bytes())
    assert len(report["chapters"]) == 3
    assert [path.name for path in tmp_path.rglob(".*")] == []


def test_another_format_made_later_leaves_the_first_one_there(plan: EditionPlan, tmp_path: Path) -> None:
    first = publish(plan, tmp_path)
    other = replace(plan, settings=chosen(audio=AudioSettings(formats=("mp3",))), report={"production": "p2"})
    second = publish(other, tmp_path)
    assert second.folder == first.folder
    assert {"Book.m4b", "Book.mp3"} <= files_in(second.folder)


@pytest.mark.parametrize(
    ("source", "production", "same"),
    [
        (SourceInfo(SourceKind.TEXT, "moved.txt", "ab" * 32), "other", True),
        (SourceInfo(SourceKind.TEXT, "bridge.txt", "00" * 32), "other", True),
        (SourceInfo(SourceKind.TEXT, "edited.txt", "00" * 32), "p1", True),
        (SourceInfo(SourceKind.TEXT, "other.txt", "00" * 32), "other", False),
    ],
)
def test_another_book_of_the_same_name_is_left_alone(
    plan: EditionPlan, tmp_path: Path, source: SourceInfo, production: str, same: bool
) -> None:
    first = publish(plan, tmp_path)
    before = (first.folder / "report.json").read_bytes()
    other = replace(plan, source=source, report={"production": production})
    second = publish(other, tmp_path)
    assert second.folder.name == ("Book" if same else "Book (2)")
    if not same:
        assert (first.folder / "report.json").read_bytes() == before
        assert publish(other, tmp_path).folder == second.folder
        third = replace(plan, source=SourceInfo(SourceKind.TEXT, "third", "33"), report={})
        assert publish(third, tmp_path).folder.name == "Book (3)"


@pytest.mark.parametrize("there", ["folder", "file", "link", "report"])
def test_what_is_not_ours_is_not_touched(plan: EditionPlan, tmp_path: Path, there: str) -> None:
    wanted = tmp_path / "Ann" / "Book"
    wanted.parent.mkdir()
    if there == "file":
        wanted.write_text("mine")
    elif there == "link":
        wanted.symlink_to("nowhere")
    else:
        wanted.mkdir()
        (wanted / "Book.m4b").write_text("mine")
        if there == "report":
            (wanted / "report.json").write_text("[{]")
    edition = publish(plan, tmp_path)
    assert edition.folder.name == "Book (2)"
    assert wanted.is_symlink() or wanted.is_file() or (wanted / "Book.m4b").read_text() == "mine"


def test_a_report_cannot_have_files_elsewhere_removed(plan: EditionPlan, tmp_path: Path) -> None:
    edition = publish(plan, tmp_path)
    (tmp_path / "precious.txt").write_text("mine")
    report = json.loads((edition.folder / "report.json").read_bytes())
    report["files"] += [
        {"name": "../../precious.txt"},
        {"name": str(tmp_path / "precious.txt")},
        {"name": ".."},
        7,
    ]
    (edition.folder / "report.json").write_text(json.dumps(report))
    publish(plan, tmp_path)
    assert (tmp_path / "precious.txt").read_text() == "mine"


def test_a_full_disk_leaves_the_old_edition_and_nothing_else(
    plan: EditionPlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Sink, data: bytes) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    edition = publish(plan, tmp_path)
    before = {path: path.read_bytes() for path in edition.files}
    monkeypatch.setattr(Sink, "write", full)
    with pytest.raises(PublishError, match="No space left on device"):
        publish(plan, tmp_path)
    assert {path: path.read_bytes() for path in edition.files} == before
    elsewhere = tmp_path / "elsewhere"
    with pytest.raises(PublishError, match=r"bridge\.txt"):
        publish(plan, elsewhere)
    assert not elsewhere.exists()


def test_interrupted_while_it_was_replaced_it_is_completed_the_next_time(
    plan: EditionPlan, chapter: ChapterFiles, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    both = chosen(audio=AudioSettings(formats=("m4b", "mp3")))
    first = publish(replace(plan, settings=both), tmp_path)
    real, calls = os.replace, []

    def failing(source: object, target: object) -> None:
        calls.append(target)
        if len(calls) == 3:
            raise OSError(errno.EIO, "I/O error")
        real(source, target)  # type: ignore[call-overload]

    monkeypatch.setattr(place.os, "replace", failing)
    with pytest.raises(PublishError, match="I/O error"):
        publish(replace(plan, chapters=[chapter] * 3), tmp_path)
    monkeypatch.undo()
    edition = publish(replace(plan, chapters=[chapter] * 3), tmp_path)
    assert edition.folder == first.folder
    assert files_in(tmp_path) == {f"Ann/Book/{name}" for name in NAMES}


def test_what_a_killed_process_left_is_removed_but_not_what_is_being_made(
    plan: EditionPlan, tmp_path: Path
) -> None:
    program = (
        "import sys, time; from pathlib import Path; from pipeline.publish.place import building\n"
        "with building(Path(sys.argv[1]), 'Book') as folder:\n"
        "    (folder / 'half.m4b').write_text('half'); print('ready', flush=True); time.sleep(60)\n"
    )
    argv = [sys.executable, "-c", program, str(tmp_path / "Ann")]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, cwd=ROOT) as process:
        assert process.stdout
        try:
            assert process.stdout.readline() == b"ready\n"
            (half,) = (tmp_path / "Ann").iterdir()
            assert half.name.startswith(".Book.")
            publish(plan, tmp_path)
            assert (half / "half.m4b").exists()
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
    assert half.exists()
    publish(plan, tmp_path)
    assert not half.exists()


def test_nothing_half_made_is_ever_seen(plan: EditionPlan, tmp_path: Path) -> None:
    """Somebody looks at the library all the time while an edition is made twice."""
    watch = (
        "import json, sys, hashlib; from pathlib import Path\n"
        "folder = Path(sys.argv[1], 'Ann', 'Book'); print('ready', flush=True); seen = 0\n"
        "while not Path(sys.argv[1], 'stop').exists():\n"
        "    names = {p.name for p in folder.iterdir()} if folder.exists() else None\n"
        "    if names is not None:\n"
        "        seen += 1\n"
        "        assert names <= set(sys.argv[2:]), names\n"
        "        data = (folder / 'Book.m4b').read_bytes()\n"
        "        top = int.from_bytes(data[32:36], 'big')\n"
        "        mdat = int.from_bytes(data[32 + top : 36 + top], 'big')\n"
        "        assert 32 + top + mdat == len(data)\n"
        "print(seen)\n"
    )
    argv = [sys.executable, "-c", watch, str(tmp_path), *NAMES]
    with subprocess.Popen(argv, stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stdout.readline() == b"ready\n"
        try:
            for count in (1, 2, 3):
                publish(replace(plan, chapters=list(plan.chapters) * count), tmp_path)
                time.sleep(0.05)
        finally:
            (tmp_path / "stop").touch()
        assert int(process.stdout.read()) > 0
    assert process.returncode == 0


def test_file_systems_without_locks(
    plan: EditionPlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(*_: object) -> None:
        raise OSError(errno.EOPNOTSUPP, "no locks")

    monkeypatch.setattr(fcntl, "flock", none)
    (tmp_path / "Ann" / ".Other.0.partial").mkdir(parents=True)
    publish(plan, tmp_path)
    assert (tmp_path / "Ann" / ".Other.0.partial").exists()


def test_a_format_that_there_is_not(plan: EditionPlan, tmp_path: Path) -> None:
    wrong = chosen(audio=AudioSettings(formats=("flac",)))
    with pytest.raises(SettingsError, match="'flac': choose from m4b"):
        publish(replace(plan, settings=wrong), tmp_path)
    with pytest.raises(PublishError, match="not encoded as opus"):
        publish(replace(plan, settings=chosen(audio=AudioSettings(formats=("opus",)))), tmp_path)
    assert files_in(tmp_path) == set()


def test_formats_of_different_rates_would_have_different_times(
    plan: EditionPlan, chapter: ChapterFiles, tmp_path: Path
) -> None:
    other = replace(chapter.encoded["mp3"], sample_rate=44100)
    uneven = replace(chapter, encoded={**chapter.encoded, "mp3": other}, paths=chapter.paths)
    both = chosen(audio=AudioSettings(formats=("m4b", "mp3")))
    with pytest.raises(PublishError, match="encode all formats at the same rate"):
        publish(replace(plan, chapters=[uneven], settings=both), tmp_path)


def test_lyrics_have_the_names_and_the_time_of_the_files_they_belong_to(
    plan: EditionPlan, tmp_path: Path
) -> None:
    def lyrics(*formats: str) -> dict[str, list[str]]:
        settings = ProductionSettings(
            audio=AudioSettings(formats=formats), publish=PublishSettings(companions=("lrc",))
        )
        folder = publish(replace(plan, settings=settings), tmp_path / "-".join(formats)).folder
        names = sorted(path.name for path in folder.glob("*.lrc"))
        return {
            name: re.findall(r"<(\d\d:\d\d\.\d\d)>\S", (folder / name).read_text(encoding="utf-8"))
            for name in names
        }

    apart, whole = lyrics("mp3-chapters"), lyrics("m4b")
    assert set(apart) == {"01 - One.lrc", "02 - One.lrc"}
    assert apart["01 - One.lrc"] == apart["02 - One.lrc"]  # the same chapter twice
    assert apart["01 - One.lrc"][0].startswith("00:00.3")
    assert set(whole) == {"Book.lrc"}
    assert [time[:6] for time in whole["Book.lrc"]] == ["00:00.", "00:00.", "00:01.", "00:01."]


class Fails:
    """A companion that leaves half of what it was to make, in a folder too."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def write(self, job: CompanionJob, /) -> tuple[PublishedFile, ...]:
        (job.folder / "Book.vtt").write_bytes(b"WEBVTT\n")
        (job.folder / "half").mkdir()
        (job.folder / "half" / "more").write_bytes(b"more")
        raise self.error


@pytest.mark.parametrize("error", [PublishError("No times for it."), ValueError("odd"), RecursionError()])
def test_a_companion_that_cannot_be_made_is_left_out_and_told(
    plan: EditionPlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    monkeypatch.setitem(COMPANIONS, "vtt", Fails(error))
    edition = publish(plan, tmp_path)
    assert {path.name for path in edition.folder.iterdir()} == NAMES - {"Book.vtt"}
    (said,) = edition.doubts
    assert str(error) in said
    report = json.loads((edition.folder / "report.json").read_text(encoding="utf-8"))
    assert {"chapter": "", "text": "", "fault": "edition", "said": said} in report["doubts"]
    assert "Book.vtt" not in [entry["name"] for entry in report["files"]]
    assert said in html.unescape((edition.folder / "report.html").read_text(encoding="utf-8"))


def test_a_companion_for_which_there_is_no_room_is_no_doubt(
    plan: EditionPlan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(COMPANIONS, "vtt", Fails(OSError(errno.ENOSPC, "No space left")))
    with pytest.raises(PublishError, match="No space left"):
        publish(plan, tmp_path)
    assert files_in(tmp_path) == set()
