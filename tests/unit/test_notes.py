"""Notes: what they are called, of which day they are, and that what is kept of them says the same."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.ingest.markdown import front_matter
from pipeline.notes.days import moment_of, without_day
from pipeline.notes.note import notes_in, plain, read_note, write_note


@pytest.mark.parametrize(
    ("text", "name", "title"),
    [
        ("# At the lake #\n\nIt was cold.", "2026-11-21", "At the lake"),
        ("At the *lake*\n======\n\nIt was cold.", "", "At the lake"),
        ("---\ntitle: \"The 'lake'\"\ndate: 2026-11-20\n---\n# Else\n\nIt was cold.", "x", "The 'lake'"),
        ("It was cold at the lake. We swam all the same.", "2026-11-21", "It was cold at the lake"),
        ("It was cold at the lake.", "2026-11-21 Swimming_again", "Swimming again"),
        ("- [ ] **Call** [the plumber](https://example.org)\n- then rest", "", "Call the plumber then rest"),
    ],
)
def test_a_note_has_a_title(text: str, name: str, title: str) -> None:
    assert read_note(text, name).metadata.title == title
    assert read_note(text, name, "Mine").metadata.title == "Mine"


def test_what_is_kept_is_the_note() -> None:
    head = '---\ntitle: "A "B" C"\nauthors:\n  - Ann\n  - Ben\ndate: 2026-11-20\nlang: de\n---\n'
    text = f"{head}\n# Guten Tag\n\nEs war kalt.\n"
    note = read_note(text)
    kept = write_note(note)

    assert front_matter(kept)[0] == note.metadata
    assert read_note(kept) == note
    assert (note.metadata.authors, note.metadata.language) == (("Ann", "Ben"), "de")
    assert plain(note.text) == "Guten Tag Es war kalt."


@pytest.mark.parametrize(
    ("said", "name", "moment"),
    [
        ("2026-11-20T08:30:00+01:00", "2026-01-01.md", datetime(2026, 11, 20, 7, 30, tzinfo=UTC)),
        ("2026-11-20", "x.md", datetime(2026, 11, 20, 12)),
        ("", "2026-11-19.md", datetime(2026, 11, 19, 12)),
        ("someday", "Recording 2026-11-19 at 08.30.05.m4a", datetime(2026, 11, 19, 8, 30)),
        ("", "20261119_083005.m4a", datetime(2026, 11, 19, 8, 30)),
        ("", "2026-13-45.md", datetime(2026, 2, 3, 4, 5, tzinfo=UTC)),
        ("", "notes.md", datetime(2026, 2, 3, 4, 5, tzinfo=UTC)),
    ],
)  # fmt: skip
def test_a_note_is_of_a_day(tmp_path: Path, said: str, name: str, moment: datetime) -> None:
    path = tmp_path / name
    path.touch()
    changed = datetime(2026, 2, 3, 4, 5, tzinfo=UTC).timestamp()
    os.utime(path, (changed, changed))

    assert moment_of(said, path) == moment.astimezone(UTC)


def test_what_is_to_come_is_of_no_day() -> None:
    assert moment_of("2999-01-01") is None
    assert moment_of("") is None


def test_a_date_is_no_name() -> None:
    assert without_day("2026-11-21") == ""
    assert without_day("2026-11-21_At the lake") == "At the lake"


def test_hidden_folders_have_no_notes(tmp_path: Path) -> None:
    for name in ("b.md", "a/c.markdown", ".trash/d.md", "e.txt", ".f.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("Words.")

    assert [path.name for path in notes_in(tmp_path)] == ["c.markdown", "b.md"]
