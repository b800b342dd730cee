"""Voices that are compared and converted: heard in the environment of their converter."""

from __future__ import annotations

import re
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from cli.comparing import compare
from pipeline import serial
from pipeline.speech.coqui_conversion import FOLDER, FreeVcConverter
from storage.settings import Settings, load_settings
from tasks.environments import RECORD, Record
from tests.helpers_conversion import add_person
from tests.unit.test_conversion_targets import NAME, put_models

PYTHON = f"""#!{sys.executable} -P
import runpy, sys
import numpy as np
from pipeline.speech import registry
from pipeline.speech.coqui_conversion import FreeVcConverter

def convert(self, audio, rate, target, options):
    there = np.arange(round(len(audio) * target.sample_rate / rate)) * rate / target.sample_rate
    return np.interp(there, np.arange(len(audio)), audio).astype(np.int16), target.sample_rate

FreeVcConverter.convert = convert
assert sys.argv[1:3] == ["-P", "-m"]
open({{log!r}}, "a").write(sys.argv[3] + "\\n")
sys.argv = sys.argv[3:]
runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
"""
"""An interpreter whose library converts: here it only resamples."""


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("VOXPRESS_HOME", str(tmp_path / "home"))
    return load_settings().settings.prepare()


@pytest.fixture
def log(settings: Settings) -> Path:
    """What ran in an environment of the engine coqui that was made here."""
    path = settings.home / "ran.log"
    folder = settings.engines_dir / "coqui"
    (folder / "bin").mkdir(parents=True)
    python = folder / "bin" / "python"
    python.write_text(PYTHON.format(log=str(path)))
    python.chmod(0o755)
    (folder / RECORD).write_bytes(serial.dump(Record("coqui", version("voxpress"), ())))
    return path


def test_a_converted_voice_is_heard_where_its_converter_is(
    settings: Settings, log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_models(settings.voices_dir / FOLDER)
    add_person(settings.voices_dir, "anna")

    def missing(*_: object) -> None:
        raise AssertionError("it was converted in this process")

    monkeypatch.setattr(FreeVcConverter, "convert", missing)
    page = tmp_path / "page.html"
    compare(["espeak:en-us", NAME], text="One thing. Another one!", output=page, language="en", quiet=True)
    cards = re.findall(r'data-name="([^"]+)" data-starts="\[([^]]*)\]"', page.read_text())
    assert [name for name, _ in cards] == ["espeak:en-us", NAME]
    assert log.read_text().splitlines() == ["tasks.comparing_apart"]
    alone, turned = ([float(start) for start in starts.split(",")] for _, starts in cards)
    assert turned == pytest.approx(alone, abs=0.05)
    assert "Anna Miller" in page.read_text()
