"""Names of folders and files."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.model import Metadata
from pipeline.publish.names import NAME_BYTES, edition_folder, people, safe_name
from pipeline.publish.tags import tags_of


@given(st.text(max_size=200))
def test_any_text_becomes_a_name_that_every_system_takes(text: str) -> None:
    name = safe_name(text)
    assert name
    assert not set(name) & set('/\\:*?"<>|')
    assert not any(ord(character) < 32 or ord(character) == 127 for character in name)
    assert name == name.strip(". ")
    assert len(name.encode()) <= NAME_BYTES
    assert unicodedata.is_normalized("NFC", name)
    assert safe_name(name) == name


@pytest.mark.parametrize("title", ["con", "AUX", "nul.txt", "Com1", "lpt9.tar.gz", "NUL ", "COM¹"])
def test_names_that_windows_keeps_for_devices(title: str) -> None:
    name = safe_name(title)
    assert name.split(".")[0].upper() not in {"CON", "AUX", "NUL", "COM1", "LPT9", "COM¹"}
    assert name.lower().startswith(title[:3].lower())


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("AC/DC: Let There Be Rock?", "AC-DC - Let There Be Rock"),
        ("...", "Untitled"),
        ("", "Untitled"),
        ("../../etc/passwd", "-..-etc-passwd"),
        ("A\u202egpj.exe\x00\tB\n C", "Agpj.exe B C"),
        ("Cafe\u0301", "Café"),
        ("What “is” this…", "What “is” this…"),
        ("漢" * 100, "漢" * 40),
    ],
)
def test_known_names(title: str, name: str) -> None:
    assert safe_name(title) == name


def test_a_name_that_is_cut_can_be_made(tmp_path: Path) -> None:
    path = tmp_path / (safe_name("🎧 é漢" * 60) + ".mp3-chapters.transcript.json")
    path.touch()
    assert path.exists()


@pytest.mark.parametrize(
    ("metadata", "folder"),
    [
        (Metadata(title="T", authors=("A",)), "A/T"),
        (Metadata(title="T"), "Unknown Author/T"),
        (Metadata(title="T", authors=("  ", "")), "Unknown Author/T"),
        (Metadata(title="T", authors=("A", "B")), "A & B/T"),
        (Metadata(title="T", authors=("A", "B", "C", "D")), "A and others/T"),
        (Metadata(title="T", authors=("A",), series="S", series_part="2"), "A/S/Vol 2 - T"),
        (Metadata(title="T", authors=("A",), series="S", series_part="1.5"), "A/S/Vol 1.5 - T"),
        (Metadata(title="T", authors=("A",), series="S"), "A/S/T"),
        (Metadata(title="T", authors=("A",), series="S", series_part="../x"), "A/S/T"),
        (Metadata(title="T", authors=("A",), series_part="3"), "A/T"),
        (Metadata(), "Unknown Author/Untitled"),
        (Metadata(title="..", authors=("..",)), "Unknown Author/Untitled"),
    ],
)
def test_the_layout_of_a_library(metadata: Metadata, folder: str) -> None:
    assert str(edition_folder(metadata)) == folder


def test_people_in_one_line() -> None:
    assert people(["A", " ", "B", "C "]) == "A, B & C"


def test_what_tags_say() -> None:
    metadata = Metadata(
        title=" A\x00 title\n",
        authors=("A", "B"),
        published="c. 1895 (2nd)",
        subjects=("Time; travel", "Fiction"),
    )
    tags = tags_of(metadata, "Voice")
    assert (tags.title, tags.artist, tags.year) == ("A title", "A & B", "1895")
    assert tags.genre == "Time, travel; Fiction"
    assert tags_of(Metadata(), "").genre == "Audiobook"
    assert tags_of(Metadata(), "").custom == {}
