"""A very long book with all its chapters; in a file of its own, because it takes minutes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.real_sources import RATE, check_whole, made_of
from tests.running import Voxpress

pytestmark = [pytest.mark.real, pytest.mark.long, pytest.mark.timeout(1800)]


def test_war_and_peace_with_all_its_chapters(voxpress: Voxpress, samples: Path) -> None:
    source = str(samples / "epub/war-and-peace.epub")
    made = made_of(voxpress, [source], "--voice", "tone:a", "--rate", RATE)[source]
    check_whole(made)
    assert len(made.inspected["chapters"]) > 360
