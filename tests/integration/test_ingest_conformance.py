"""Every kind of source: one small example of each goes through the one door and comes out as a book."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.ingest import FetchRules, open_book
from pipeline.ingest.kinds import INGESTERS
from pipeline.model import Book, SourceKind
from pipeline.serial import dump, load
from pipeline.settings import ReadingSettings
from tests.documents import read
from tests.fuzz.seeds import own_seeds

NAMES = (
    "seed.epub", "seed.pdf", "seed.html", "seed.mhtml", "seed.rss", "seed.atom", "seed.md", "seed.txt", "seed.docx",
    "seed.odt", "seed.fodt", "seed.rtf",
    "seed.fb2", "seed.fb2.zip", "seed-plain.mobi", "seed-huffman.mobi", "seed.azw3", "seed.srt", "seed.vtt",
    "seed.talk",
    "seed.voxbook",
)  # fmt: skip
SETTINGS = ReadingSettings(language="en")


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return own_seeds(tmp_path_factory.mktemp("seeds"))


@pytest.fixture
def book(request: pytest.FixtureRequest, sources: dict[str, bytes], tmp_path: Path) -> Book:
    (tmp_path / request.param).write_bytes(sources[request.param])
    return open_book(str(tmp_path / request.param), SETTINGS, FetchRules(tmp_path / "cache"))


@pytest.mark.parametrize("book", NAMES, indirect=True)
def test_a_source_of_every_kind_becomes_a_book(book: Book, sources: dict[str, bytes], tmp_path: Path) -> None:
    name = Path(book.source.uri).name
    assert book.source.kind in SourceKind
    assert book.metadata.title
    assert [chapter.index for chapter in book.chapters] == list(range(len(book.chapters)))
    assert all(chapter.title and chapter.level >= 1 and chapter.blocks for chapter in book.chapters)
    blocks = [block for chapter in book.chapters for block in chapter.blocks]
    assert all(block.text == block.text.strip() and "\t" not in block.text for block in blocks)
    assert any("The harbour lay quiet in the morning" in block.text for block in blocks)
    # The same bytes make the same book, in this process as in the sandbox's.
    (tmp_path / "again").mkdir()
    again = read(tmp_path / "again" / name, sources[name], language="en")
    assert [(c.title, c.level, c.text) for c in again.chapters] == [
        (c.title, c.level, c.text) for c in book.chapters
    ]
    assert (again.skipped, again.cover) == (book.skipped, book.cover)
    assert load(Book, dump(book)) == book


def test_no_kind_is_without_an_example(sources: dict[str, bytes]) -> None:
    suffixes = {suffix for name in NAMES for suffix in Path(name).suffixes}
    assert all(suffixes.intersection(ingester.suffixes) for ingester in INGESTERS)
    assert set(NAMES) <= set(sources)
