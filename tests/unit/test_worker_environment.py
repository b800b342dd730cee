"""What a worker of ours is told by its environment: a flag of the command that starts it holds for it, too."""

from __future__ import annotations

from pathlib import Path

import pytest

from storage.settings import load_settings
from workers.embedded import worker_environment

GIVEN = {
    "attempts": 5,
    "device": "cuda:1",
    "precision": "float16",
    "offline": True,
    "allow_hosts": ("nas.lan",),
    "servers": '{"attic": {"engine": "openai", "url": "http://attic", "key": "sesame"}}',
    "llm_url": "http://127.0.0.1:11434/v1",
    "llm_model": "small",
    "llm_password": "sesame",
    "llm_context": 4096,
    "recogniser": "vosk",
    "asr_model": "small",
}


def test_what_tasks_go_by_is_what_the_command_was_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = load_settings({"home": tmp_path / "home", **GIVEN}, cwd=tmp_path).settings
    for name, value in worker_environment(wanted, "redis://127.0.0.1:6379/0").items():
        monkeypatch.setenv(name, value)
    told = load_settings(cwd=tmp_path).settings
    for name in GIVEN:
        assert getattr(told, name) == getattr(wanted, name), name
