"""What commands make of what they are handed in."""

from __future__ import annotations

from pathlib import Path

import pytest

from cli.sources import expanded, single
from pipeline.errors import SourceBroken, SourceUnsupported

A, B = "https://example.org/a", "https://example.org/b"


def test_lists_are_replaced_by_what_they_name_each_once(tmp_path: Path) -> None:
    (tmp_path / "one.url").write_text(f"[InternetShortcut]\nURL={B}\n")
    (tmp_path / "urls.txt").write_text(f"{A}\n# later\n{B}\n")
    (tmp_path / "story.txt").write_text("Once there was a mill.\n")
    given = [
        "book.epub",
        str(tmp_path / "one.url"),
        str(tmp_path / "urls.txt"),
        str(tmp_path / "story.txt"),
        A,
    ]
    assert expanded(given) == ["book.epub", B, A, str(tmp_path / "story.txt")]


def test_one_at_a_time_where_only_one_can_be(tmp_path: Path) -> None:
    (tmp_path / "one.url").write_text(f"[InternetShortcut]\nURL={B}\n")
    (tmp_path / "urls.txt").write_text(f"{A}\n{B}\n")
    assert single(str(tmp_path / "one.url")) == B
    assert single("book.epub") == "book.epub"
    with pytest.raises(SourceUnsupported, match="2 addresses"):
        single(str(tmp_path / "urls.txt"))
    (tmp_path / "bad.url").write_text("nothing")
    with pytest.raises(SourceBroken):
        single(str(tmp_path / "bad.url"))
