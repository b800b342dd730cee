"""The one door: sources in, books out, every reader in a process of its own."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from pipeline.errors import SourceBroken, SourceTooLarge
from pipeline.ingest import Bounds, FetchRules, open_book, source_digest
from pipeline.ingest.sandbox import read_in_sandbox
from pipeline.model import SourceInfo, SourceKind
from pipeline.serial import dump
from pipeline.settings import ReadingSettings
from tests.misreading import ask, environment, until

SETTINGS = ReadingSettings()
STORY = (
    "The Ferry\n\nChapter 1\n\nThe ferry was late, and the people on the bank were cold. It was the last one of the "
    "day, and all of them had to be on it.\n\nChapter 2\n\nIn the end it came, with a light at the mast.\n"
)


@pytest.fixture
def rules(tmp_path: Path) -> FetchRules:
    return FetchRules(tmp_path / "cache")


def test_a_file_becomes_a_book(tmp_path: Path, rules: FetchRules, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ferry.txt").write_text(STORY)
    monkeypatch.chdir(tmp_path)
    book = open_book("ferry.txt", SETTINGS, rules)
    assert book.source == SourceInfo(SourceKind.TEXT, "ferry.txt", hashlib.sha256(STORY.encode()).hexdigest())
    assert book.source == source_digest("ferry.txt", SETTINGS, rules)
    assert (book.metadata.title, book.metadata.language, book.doubts) == ("The Ferry", "en", ())
    assert [chapter.title for chapter in book.chapters] == ["The Ferry", "Chapter 1", "Chapter 2"]
    assert [chapter.index for chapter in book.chapters] == [0, 1, 2]


def test_an_address_becomes_a_book_and_works_offline_then(tmp_path: Path) -> None:
    from tests.integration.test_fetch import LOOPBACK, Site, running

    page = "<html><body><h1>The Ferry</h1><p>The ferry was late, and the people were cold.</p></body></html>"
    with running(Site()) as site:
        url = site.serve("/story", page.encode("utf-16"), Content_Type="text/html")
        online = open_book(url, SETTINGS, FetchRules(tmp_path, allow=LOOPBACK))
    assert online.source.kind is SourceKind.WEB
    assert online.source.uri == url
    assert online.chapters[0].text == "The Ferry\n\nThe ferry was late, and the people were cold."
    assert open_book(url, SETTINGS, FetchRules(tmp_path, offline=True)) == online


def test_the_same_source_gives_the_same_book(tmp_path: Path, rules: FetchRules) -> None:
    path = tmp_path / "ferry.txt"
    path.write_text(STORY)
    assert dump(open_book(str(path), SETTINGS, rules)) == dump(open_book(str(path), SETTINGS, rules))


def test_what_the_reader_raises_crosses_over(tmp_path: Path, readers: Path) -> None:
    with pytest.raises(Exception, match=r"It is locked\.") as raised:
        read_in_sandbox(ask(tmp_path, "refuses"))
    assert type(raised.value).__name__ == "SourceProtected"


@pytest.mark.parametrize("reader", ["crashes", "fails", "phones", "starts", "stops"])
def test_a_reader_that_fails_names_the_source(
    tmp_path: Path, readers: Path, either_way: str, reader: str
) -> None:
    with pytest.raises(SourceBroken, match=r"story\.txt could not be read"):
        read_in_sandbox(ask(tmp_path, reader))


@pytest.mark.parametrize(
    ("reader", "bounds", "reason"),
    [
        ("sleeps", Bounds(seconds=0.5), r"within 0\.5 s"),
        ("spins", Bounds(cpu_seconds=1), "1 s of computing"),
        ("eats", Bounds(memory=300 << 20), r"more than 0\.29\d* GB of memory"),
        ("is_shot", Bounds(), "in the memory there is"),  # as the kernel does when there is none
    ],
)
def test_limits_end_in_a_sentence(
    tmp_path: Path, readers: Path, either_way: str, reader: str, bounds: Bounds, reason: str
) -> None:
    read_in_sandbox(ask(tmp_path, "chats"))
    before = psutil.Process().children(recursive=True)
    with pytest.raises(SourceTooLarge, match=rf"story\.txt .*{reason}"):
        read_in_sandbox(ask(tmp_path, reader, bounds=bounds))
    assert psutil.Process().children(recursive=True) == before


def test_what_libraries_print_does_not_spoil_the_answer(tmp_path: Path, readers: Path) -> None:
    assert read_in_sandbox(ask(tmp_path, "chats")).chapters[0].text == "It said hello."


def test_the_reader_sees_nothing_of_the_users_environment(
    tmp_path: Path, readers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOXPRESS_SECRET", "open sesame")
    text = read_in_sandbox(ask(tmp_path, "tells")).chapters[0].text
    assert "sesame" not in text
    assert "HOME=" not in text
    assert "password=swordfish" in text  # by the pipe, and in no place where others could see it
    assert text.count("swordfish") == 1


def test_the_child_dies_with_its_input_where_the_kernel_does_not_help(tmp_path: Path, readers: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, "-m", "pipeline.ingest.child", str(os.getpid())],
        stdin=subprocess.PIPE,
        env=environment(),
    )
    with child:
        assert child.stdin is not None
        child.stdin.write(dump(ask(tmp_path, "sleeps", watch_input=True)) + b"\n")
        child.stdin.flush()
        until(lambda: (tmp_path / "asleep").exists())
        assert child.poll() is None
        child.stdin.close()
        assert child.wait(timeout=20) == 1


def test_no_file_is_left_behind(
    tmp_path: Path, rules: FetchRules, readers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    (tmp_path / "short.txt").write_text("Der Hund und die Katze waren müde.")  # needs the language detector
    open_book(str(tmp_path / "short.txt"), SETTINGS, rules)
    for reader in ("crashes", "fails"):
        with pytest.raises(SourceBroken):
            read_in_sandbox(ask(tmp_path, reader))
    assert list(temporary.iterdir()) == []
    assert not rules.cache_dir.exists()


def test_importing_the_door_is_cheap() -> None:
    code = "import json, sys, pipeline.ingest; print(json.dumps(sorted(sys.modules)))"
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, cwd=Path(__file__).parents[2]
    )
    heavy = {"trafilatura", "lxml", "pypdfium2", "pypdf", "PIL", "ebooklib", "markdown_it"}
    assert heavy.isdisjoint(json.loads(said.stdout))
