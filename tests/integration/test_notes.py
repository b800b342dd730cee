"""What is handed in as notes, without a command of its own: kept, dated, and refused where it is none."""

from __future__ import annotations

import io
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cli.noting import note
from pipeline.errors import SourceEmpty, SourceNotFound, SourceTooLarge, SourceUnsupported
from pipeline.limits import NOTE_BYTES
from pipeline.publish.podcast.show import Show
from storage.settings import load_settings
from storage.show_rows import Making, ShowRow
from tasks.context import Context, open_context
from tasks.notes import add_note, files_of, keep_note
from tasks.shows import create_show, production_settings

SHOW = Show("diary", "5f0e2a3c-0000-5000-8000-000000000001", "My diary", author="Ann", language="de")


@pytest.fixture
def context(tmp_path: Path) -> Context:
    return open_context(load_settings({"home": tmp_path / "home"}).settings)


@pytest.fixture
def row(context: Context, tmp_path: Path) -> ShowRow:
    return create_show(context, SHOW, tmp_path / "diary", Making())


def test_a_note_is_kept_under_where_it_came_from(context: Context, tmp_path: Path) -> None:
    path = tmp_path / "2026-03-02.md"
    path.write_text("Es war kalt.")
    first = keep_note(context, SHOW, path)
    path.write_text("Es war warm.")
    second = keep_note(context, SHOW, path)
    typed = {keep_note(context, SHOW, text).path for text in ("Es war kalt.", "Es war warm.", "Es war kalt.")}

    assert first == second
    assert second.path.read_text().endswith("Es war warm.\n")
    assert 'language: "de"' in second.path.read_text()
    assert len({first.path, *typed}) == 3
    assert first.moment
    assert (first.moment.month, first.moment.day) == (3, 2)
    assert keep_note(context, SHOW, "Es war kalt.").moment is None


def test_what_is_no_note_is_refused(context: Context, tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.4")
    (tmp_path / "b.md").write_text("x " * NOTE_BYTES)
    (tmp_path / "c.md").write_text("---\ntitle: Nothing\n---\n\n***\n")
    (tmp_path / "empty").mkdir()
    for source, error in (
        (tmp_path / "a.pdf", SourceUnsupported),
        (tmp_path / "b.md", SourceTooLarge),
        (tmp_path / "c.md", SourceEmpty),
        (tmp_path / "d.md", SourceNotFound),
        ("x " * NOTE_BYTES, SourceTooLarge),
        ("...", SourceEmpty),
    ):
        with pytest.raises(error):
            keep_note(context, SHOW, source)
    with pytest.raises(SourceNotFound):
        files_of(tmp_path / "empty")


def test_notes_come_in_the_order_of_their_days(tmp_path: Path) -> None:
    texts = {"a.md": "---\ndate: 2026-03-09\n---\nx", "2026-03-02.md": "x", "2026-03-01 x.md": "x"}
    for name, text in texts.items():
        (tmp_path / name).write_text(text)

    assert [path.name for path in files_of(tmp_path)] == ["2026-03-01 x.md", "2026-03-02.md", "a.md"]


def test_an_episode_keeps_its_day_and_no_two_have_the_same_second(
    context: Context, row: ShowRow, tmp_path: Path
) -> None:
    settings = production_settings(context.settings, row)
    for name in ("2026-03-02 a.md", "2026-03-02 b.md"):
        (tmp_path / name).write_text(f"Words of {name}.")
        add_note(context, row, keep_note(context, row.show, tmp_path / name), settings)
    (tmp_path / "2026-03-02 a.md").write_text("---\ndate: 2026-03-05\n---\nOther words.")
    again = add_note(context, row, keep_note(context, row.show, tmp_path / "2026-03-02 a.md"), settings)
    typed = add_note(context, row, keep_note(context, row.show, "Just now."), settings)

    dates = [one.published_at for one in context.store.catalog.episodes("diary")]
    noon = datetime(2026, 3, 2, 12).astimezone(UTC)
    assert sorted((date - noon).total_seconds() for date in dates if date)[:2] == [0, 1]
    assert again.episode.published_at == noon
    assert typed.episode.published_at
    assert (datetime.now(UTC) - typed.episode.published_at).total_seconds() < 60


@pytest.mark.parametrize(
    ("given", "code", "said"),
    [
        (["at", "the lake"], 2, "in quotes"),
        (["https://example.org/"], 2, "feed add"),
        (["gone.md"], 1, "no file"),
        (["gone.m4a"], 1, "no file"),
        (["-"], 1, "has no words"),
    ],
)
def test_the_command_says_what_is_wrong(
    given: list[str],
    code: int,
    said: str,
    row: ShowRow,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("VOXPRESS_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b" \n")))

    with pytest.raises(SystemExit) as ended:
        note("diary", given)

    assert ended.value.code == code
    assert said in capsys.readouterr().err
