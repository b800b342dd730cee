"""Settings handed to our own processes as environment variables are the same settings there."""

from __future__ import annotations

from pathlib import Path

import pytest

from storage.settings import load_settings
from workers.embedded import every_setting

FILE = """
lexicon = ["my words.toml", "b,c.toml", "[d].toml"]
gpus = ["0", "1"]
offline = true

[servers.kitchen]
engine = "openai"
url = "http://127.0.0.1:8880/v1"
key = "secret"

[voice]
voice = "espeak:en-gb"
rate = 1.1
parameters = { pitch = 0.9, temperature = 0.6 }

[audio]
formats = ["mp3", "opus"]
loudness = -16

[conversation.hosts]
Ada = { voice = "espeak:en-gb", temperament = "curious, quick" }
Ben = "espeak:en-us"

[music]
intro = "a tune, in A.wav"
"""


def test_what_is_set_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "voxpress.toml").write_text(FILE)
    told = load_settings({"home": tmp_path / "home"}, cwd=tmp_path).settings
    assert len(told.lexicon) == 3
    assert told.production.voice.parameters == (("pitch", 0.9), ("temperature", 0.6))
    for name, value in every_setting(told).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("VOXPRESS_HOME", str(tmp_path / "home"))
    assert load_settings(cwd=tmp_path / "elsewhere").settings == told


def test_what_nobody_set_comes_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = load_settings({"home": tmp_path / "home"}, cwd=tmp_path).settings
    for name, value in every_setting(told).items():
        monkeypatch.setenv(name, value)
    assert load_settings(cwd=tmp_path).settings == told
