"""Names of dropped files: stored and found again, shown, numbered."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.drop.ignored import is_being_fetched, is_ignored_file, is_ignored_folder
from workers.drop.names import NAME_BYTES, real, shown, stored, variant

NAMES = st.binary(min_size=1, max_size=300).map(
    lambda data: os.fsdecode(data.replace(b"\0", b"x").replace(b"/", b"y"))
)


@given(NAMES)
def test_any_name_is_stored_as_text_and_found_again(name: str) -> None:
    stored(name).encode()  # what a database does
    assert real(stored(name)) == name


@pytest.mark.parametrize("name", ["book.epub", "Größe 東京.epub", "a b.epub"])
def test_usual_names_are_stored_as_they_are(name: str) -> None:
    assert stored(name) == name


@given(NAMES, st.integers(1, 120), st.sampled_from(["", ".error.txt"]))
def test_a_numbered_name_fits(name: str, number: int, suffix: str) -> None:
    made = variant(name[:80], number, suffix)
    assert len(os.fsencode(made)) <= NAME_BYTES
    assert made.endswith(suffix)
    assert variant(name[:80], number + 1, suffix) != made


def test_a_number_stands_before_the_suffix_and_length_is_taken_from_the_stem() -> None:
    assert variant("a.epub", 3) == "a (3).epub"
    long = "ü" * 125 + ".epub"
    assert variant(long, 2).endswith(" (2).epub")
    assert len(variant(long, 1, ".error.txt").encode()) <= NAME_BYTES


@given(NAMES)
def test_what_is_shown_stays_on_its_line(name: str) -> None:
    said = shown(name)
    said.encode()
    assert said.isprintable() or not any(c in said for c in "\n\r\t\x1b\x7f\u202e\u2028")


@pytest.mark.parametrize(
    "name",
    [
        ".book.epub.Ab12Cd", "book.epub.part", "Book.EPUB.crdownload", "book.epub.filepart", "~$thesis.docx",
        "notes.txt~", "Thumbs.db", "desktop.ini", ".DS_Store", "._book.epub", "voxpress.toml", "a.epub.error.txt",
        "a.epub.duplicate.txt", "cover.jpg", "metadata.opf", "x.tmp", "x.!ut",
    ],
)  # fmt: skip
def test_what_is_no_book_is_left_alone(name: str) -> None:
    assert is_ignored_file(name)


@pytest.mark.parametrize(
    "name",
    ["book.epub", "a.urls.txt", "page.html", "part.txt", "error.txt", "done", "no suffix", "feeds.opml"],
)
def test_what_may_be_a_book_is_looked_at(name: str) -> None:
    assert not is_ignored_file(name)


def test_folders_of_systems_and_of_saved_pages_are_not_entered() -> None:
    for name in ("@eaDir", "#recycle", "$RECYCLE.BIN", ".stfolder", "System Volume Information", "__MACOSX"):
        assert is_ignored_folder(name, ())
    assert is_ignored_folder("An article_files", {"An article.html", "An article_files"})
    assert is_ignored_folder("Artikel-Dateien", {"Artikel.htm"})
    assert not is_ignored_folder("tax_files", {"book.epub"})
    assert not is_ignored_folder("german", {"german.epub"})


def test_an_unfinished_twin_says_that_a_file_is_being_fetched() -> None:
    assert is_being_fetched("book.epub", {"book.epub", "book.epub.part"})
    assert not is_being_fetched("book.epub", {"book.epub", "other.epub.part"})
