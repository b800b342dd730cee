"""The name of a production, and the values the catalog answers with."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.settings import AudioSettings, ProductionSettings, ReadingSettings
from storage.catalog import production_id
from storage.rows import ProductionState

PLAIN = ProductionSettings()


def test_the_same_order_has_the_same_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    name = production_id("book.epub", "out", PLAIN)
    assert name == production_id(os.path.join(str(tmp_path), "book.epub"), str(tmp_path / "out"), PLAIN)
    assert len(name) == 12
    assert int(name, 16) >= 0


def test_source_output_and_settings_each_count() -> None:
    other = replace(PLAIN, audio=AudioSettings(bitrate=96))
    orders = [
        ("/a.epub", "/out", PLAIN),
        ("/b.epub", "/out", PLAIN),
        ("/a.epub", "/other", PLAIN),
        ("/a.epub", "/out", other),
        ("https://example.org/a", "/out", PLAIN),
    ]
    assert len({production_id(*order) for order in orders}) == len(orders)


def test_the_password_does_not_count() -> None:
    locked = replace(PLAIN, reading=ReadingSettings(password="secret"))
    assert production_id("/a.pdf", "/out", locked) == production_id("/a.pdf", "/out", PLAIN)


def test_final_states() -> None:
    assert {state.value for state in ProductionState if state.final} == {
        "done",
        "done_with_doubts",
        "failed",
        "cancelled",
    }
    assert ProductionState.DONE_WITH_DOUBTS.label == "done with doubts"
