"""The sample EPUBs are valid under epubcheck, where that is installed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from samples.build import HERE, LANGUAGES
from samples.making.epub import read_sample, write_epub

JARS = [Path("/usr/share/java/epubcheck.jar"), Path("/usr/local/share/java/epubcheck.jar")]


def epubcheck() -> list[str]:
    jar = next((jar for jar in JARS if jar.is_file()), None)
    if jar and shutil.which("java"):
        return ["java", "-jar", str(jar)]
    program = shutil.which("epubcheck")
    if program is None:
        pytest.skip("EPUBCHECK IS NOT INSTALLED: the sample EPUBs were not validated")
    return [program]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_sample_is_valid(language: str, tmp_path: Path) -> None:
    path = write_epub(read_sample(HERE / language), tmp_path / "sample.epub")
    done = subprocess.run([*epubcheck(), str(path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 errors / 0 warnings" in done.stdout + done.stderr
