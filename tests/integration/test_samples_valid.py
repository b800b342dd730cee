"""The sample EPUBs are valid under epubcheck."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from samples.build import HERE, LANGUAGES
from samples.making.epub import read_sample, write_epub
from tests.readalong import epubcheck


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sample_is_valid(language: str, tmp_path: Path) -> None:
    path = write_epub(read_sample(HERE / language), tmp_path / "sample.epub")
    done = subprocess.run([*epubcheck(), str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 errors / 0 warnings" in done.stdout + done.stderr
