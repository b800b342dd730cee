"""The commands about cloned voices: what is refused, what is shown, saved, restored and removed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import app
from pipeline.errors import EngineUnavailable
from pipeline.speech.engine import EngineContext
from pipeline.speech.registry import forget_engines
from pipeline.speech.tone import ToneEngine
from tests.speech_clips import RATE, recording, speech

CONSENT = "Ann Reader, 2026-05-01, for reading her own stories"


def run(*arguments: str | Path, code: int = 0) -> str:
    """What a command says, on stdout and on stderr."""
    done = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert done.exit_code == code, done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return recording(tmp_path / "clip.wav")


def add(clip: Path, *more: str, name: str = "ann", engine: str = "tone", code: int = 0) -> str:
    return run("voices", "add", name, "--engine", engine, "--reference", clip, *more, code=code)


def files(home: Path) -> list[Path]:
    return [path for path in (home / "voices").rglob("*") if path.is_file() and path.name != ".lock"]


def test_what_cannot_become_a_voice_says_why_and_leaves_nothing(tmp_path: Path, clip: Path) -> None:
    short = recording(tmp_path / "short.wav", speech()[:RATE])
    consent = ("--consent", CONSENT)
    assert "short.wav cannot become a voice. It has" in add(short, *consent, code=1)
    assert "say who allowed it, when, and for what" in add(clip, code=2)
    assert "The consent names no day" in add(clip, "--consent", "Ann", code=2)
    assert "There is no recording" in add(tmp_path / "none.wav", *consent, code=1)
    assert "has a voice “a” of its own" in add(clip, *consent, name="a", code=2)
    assert "no name for a voice" in add(clip, *consent, name="../ann", code=2)
    assert "cannot imitate a recording" in add(clip, *consent, engine="espeak", code=2)
    assert "There is no engine" in add(clip, *consent, engine="nobody", code=1)
    assert "Say with --engine who" in run("voices", "add", "ann", "--reference", clip, *consent, code=2)
    assert "name it with --reference" in run("voices", "add", "ann", "--engine", "tone", code=2)
    assert files(tmp_path / "voxpress-home") == []


def test_it_is_shown_saved_restored_and_removed_with_all_that_belongs_to_it(
    tmp_path: Path, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = add(clip, "--consent", CONSENT, "--language", "en-GB")
    assert f"with the consent of {CONSENT}" in said
    shown = json.loads(run("voices", "show", "tone:ann", "--json"))
    assert shown["consent"] == CONSENT
    assert shown["languages"] == ["en-GB", "mul"]
    refused = run("voices", "sample", "tone:ann", "One.", "--no-watermark", code=2)
    assert "only for a cloned voice that was declared as one's own" in refused
    run("voices", "sample", "tone:ann", "One. Another one.", "-o", tmp_path / "said.wav")
    assert b"Synthetic speech: tone:ann imitates a person" in (tmp_path / "said.wav").read_bytes()

    run("backup", tmp_path / "studio.tar.gz")
    monkeypatch.setenv("VOXPRESS_HOME", str(tmp_path / "elsewhere"))
    run("restore", tmp_path / "studio.tar.gz")
    assert json.loads(run("voices", "show", "tone:ann", "--json")) == shown

    run("voices", "remove", "tone:ann")
    assert files(tmp_path / "elsewhere") == []
    assert "There is no voice" in run("voices", "show", "tone:ann", code=1)
    assert json.loads(run("voices", "list", "--json"))["voices"]  # the others are still there


def test_an_engine_that_cannot_run_here_gets_its_voice_all_the_same(
    tmp_path: Path, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(engine: ToneEngine, context: EngineContext) -> None:
        raise EngineUnavailable("The tone engine runs on another host.")

    monkeypatch.setattr(ToneEngine, "__init__", away)
    forget_engines()
    said = add(clip, "--consent", CONSENT)
    assert "tone:ann is made of" in said
    assert "The tone engine runs on another host." in said
    shown = json.loads(run("voices", "show", "tone:ann", "--json"))
    assert shown["consent"] == CONSENT
    assert "another host" in shown["caveat"]
    run("voices", "remove", "tone:ann")
    assert files(tmp_path / "voxpress-home") == []


def test_voices_are_compared_on_one_page(tmp_path: Path, clip: Path) -> None:
    add(clip, "--consent", CONSENT)
    (tmp_path / "text.txt").write_text("One sentence. And another one!")
    page = tmp_path / "page.html"
    run("voices", "compare", "tone:ann", "espeak:en-us", "--text", tmp_path / "text.txt", "-o", page)
    written = page.read_text()
    assert "And another one!" in written
    assert f"imitates a person, with consent ({CONSENT})" in written
    assert "http" not in written.replace("http-equiv", "")  # nothing is fetched
    assert "Name 2 to 9 voices" in run("voices", "compare", "tone:a", code=2)
    assert "There is nothing to say" in run("voices", "compare", "tone:a", "tone:b", "--text", " ", code=2)
    long = run("voices", "compare", "tone:a", "tone:b", "--text", "word " * 5_000, code=2)
    assert "more than 20,000 characters" in long


def test_a_licence_that_restricts_must_be_accepted_before_anything_is_fetched(tmp_path: Path) -> None:
    pull = ("voices", "pull", "xtts", "--from", tmp_path / "mirror")
    assert "accept it with --accept-licence" in run(*pull, code=2)
    assert "There is no api/models/coqui/XTTS-v2" in run(*pull, "--accept-licence", code=1)
    assert "There is no api/models/coqui/XTTS-v2" in run(*pull, code=1)  # it was accepted once
    hashed = run(*pull, "--sha256", f"model.pth={'0' * 64}", code=2)
    assert "is known to have another SHA-256" in hashed
    assert "--offline forbids the network" in run("voices", "pull", "kokoro", "--offline", code=2)
