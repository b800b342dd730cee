"""Real pages as a podcast reads them: what is said besides, and that nothing is lost by it."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.compose.describe import describe
from pipeline.compose.digest import digest
from pipeline.compose.origin import source_of
from pipeline.ingest.book_file import book_file
from pipeline.ingest.finish import finish
from pipeline.ingest.web import read_web
from pipeline.model import BlockKind, Book
from pipeline.settings import ProductionSettings, ReadingSettings
from storage.settings import BUILT_IN, with_table
from tests.documents import read

PLAIN = ReadingSettings()
SPOKEN = with_table(ProductionSettings(), {"reading": BUILT_IN["podcast"]["reading"]}, "podcast").reading
LOST_WORDS = 12
"""Of one page: credits of pictures, the page's own byline, and what addresses had."""


@pytest.fixture(scope="module")
def pages(samples: Path) -> dict[str, tuple[bytes, str]]:
    folder = samples / "web" / "articles"
    truth = json.loads((folder / "ground-truth.json").read_text())
    names = sorted(truth)[::5]
    return {
        name: (gzip.decompress((folder / f"{name}.html.gz").read_bytes()), truth[name]["url"])
        for name in names
    }


def book_of(folder: Path, page: tuple[bytes, str], settings: ReadingSettings) -> Book:
    path = folder / "page.html"
    path.write_bytes(page[0])
    return finish(read_web(path, settings, page[1], "0" * 64), settings, "page")


def words(book: Book) -> Counter[str]:
    return Counter(re.findall(r"\w+", " ".join(chapter.text for chapter in book.chapters)))


@pytest.mark.real
def test_pages_are_said_as_a_person_would(pages: dict[str, tuple[bytes, str]], tmp_path: Path) -> None:
    made: list[Book] = []
    for name, page in pages.items():
        plain, spoken = book_of(tmp_path, page, PLAIN), book_of(tmp_path, page, SPOKEN)
        source = source_of(spoken)
        blocks = [block for chapter in spoken.chapters for block in chapter.blocks]
        assert blocks[0].kind is BlockKind.HEADING, name
        said = blocks[1].text if source.authors or source.site or source.published else ""
        assert all(author in said for author in source.authors[:2]), name
        assert source.site in said, name
        lost = words(plain) - words(spoken)
        assert lost.total() <= LOST_WORDS, (name, lost)
        for place, block in enumerate(blocks):
            if announced := re.fullmatch(r"(\d+) points\.|A list of (\d+)\.", block.text):
                count = int(announced[1] or announced[2])
                kinds = [block.kind for block in blocks[place + 1 : place + 1 + count]]
                assert kinds[0] is BlockKind.LIST_ITEM, name
                assert len(kinds) == count, name
        described = describe(spoken)
        text = " ".join(block.text for block in blocks)
        assert described.summary, name
        assert described.soundbite is None or described.soundbite.text in text, name
        made.append(spoken)
    assert len(made) >= 10
    one = digest([replace(book, skipped=()) for book in made], "Morning reading", "en")
    back = read(tmp_path / "a.voxbook", book_file(one))
    assert back.chapters == one.chapters
    assert [origin.source.title for origin in back.origins] == [book.metadata.title for book in made]
