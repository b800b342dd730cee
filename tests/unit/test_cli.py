"""The command line: what is refused at once, what is shown as it is, and what is not imported for it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer.main
from typer.testing import CliRunner

from cli.main import COMMANDS, app
from pipeline.audio.wav import open_wav
from pipeline.speech import espeak_library
from pipeline.speech.tone import GAP_SECONDS
from storage.settings import VARIABLES, Settings
from tests.helpers_piper import write_voice
from tests.mirrors import NAME, write_mirror

HEAVY = ("sqlalchemy", "sqlmodel", "celery", "kombu", "redis", "numpy", "pydantic", "rich", "lxml")
CATALOG = ("sqlalchemy", "sqlmodel", "celery", "kombu", "redis")


def run(*arguments: str | Path) -> tuple[int, str, str]:
    """Exit code, stdout, stderr."""
    done = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return done.exit_code, done.stdout, done.stderr


def answer(*arguments: str | Path) -> Any:
    """What a command says with ``--json``."""
    return json.loads(run(*arguments, "--json")[1])


def home(tmp_path: Path) -> Path:
    """The state folder of every test."""
    return tmp_path / "voxpress-home"


# -- the tree of commands --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_says_what_each_one_says_itself(name: str) -> None:
    help_text = " ".join((typer.main.get_command(app).commands[name].help or "").split())  # type: ignore[attr-defined]
    summary = COMMANDS[name].summary
    assert help_text.startswith(summary.rstrip(".")), help_text
    assert f"{name} " in run("--help")[1]
    assert summary in run("--help")[1]


def test_every_command_can_be_asked_for_help() -> None:
    for name in COMMANDS:
        code, out, _ = run(name, "-h")
        assert code == 0
        assert f"voxpress {name}" in out or f"root {name}" in out
        assert "--install-completion" not in out


def test_a_misspelt_command_is_recognised() -> None:
    code, _, err = run("mkae")
    assert code == 2
    assert "'make'" in err


@pytest.mark.parametrize(
    ("words", "never"),
    [
        (["--version"], HEAVY),
        (["--help"], HEAVY),
        (["make", "--help"], CATALOG),
        (["storage", "--help"], CATALOG),
        (["inspect", "nothing.epub"], CATALOG),
        (["voices", "list"], CATALOG),
        (["jobs"], ("celery", "kombu", "redis")),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_nothing_is_imported_that_is_not_needed(words: list[str], never: tuple[str, ...]) -> None:
    code = (
        "import sys; from cli.main import main; sys.argv[1:] = sys.argv[2:]\n"
        "try: main()\n"
        "except SystemExit: print('\\n', *sorted(sys.modules), sep='\\n')\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", code, "-", *words], capture_output=True, text=True, check=True
    ).stdout.split()
    assert "cli.main" in said
    assert set(never) & set(said) == set()


# -- refused before anything is begun --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--bitrate", "256"], "16 to 192"),
        (["--format", "flac"], "m4b, mp3, mp3-chapters, opus"),
        (["--loudness", "-50"], "-40 to -9"),
        (["--rate", "3"], "0.5 to 2.5"),
        (["--include", "note"], "did you mean notes?"),
        (["--set", "audio.coder=slow"], "fast or twoloop"),
    ],
)
def test_values_that_cannot_be_are_refused_at_once(flags: list[str], said: str, tmp_path: Path) -> None:
    code, out, err = run("make", "book.epub", *flags)
    assert (code, out) == (2, "")
    (line,) = err.splitlines()
    assert said in line
    assert not home(tmp_path).exists()


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--voice", "nosuch:voice"], "nosuch:voice"),
        (["--voice", "espeak:nobody"], "espeak:nobody"),
        (["--voice", "piper"], "piper"),
        (["--language", "tlh"], "tlh"),
    ],
)
def test_voices_that_are_not_here_are_refused_at_once(flags: list[str], said: str, tmp_path: Path) -> None:
    code, out, err = run("make", tmp_path / "book.epub", *flags, "--json")
    assert code == 1
    assert json.loads(out)["error"]["kind"] == "VoiceNotFound"
    assert said in err
    assert answer("jobs") == {"productions": []}


# -- doctor ----------------------------------------------------------------------------------------------


def test_doctor_shows_data_as_it_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("VOXPRESS_HOME", str(tmp_path / "[bold]home"))
    monkeypatch.setenv("VOXPRESS_HOSTS", "1")
    for name in ("VOXPRESS_TONE_DELAY", "VOXPRESS_PIPER_THREADS"):
        monkeypatch.setenv(name, "1")
    code, out, _ = run("doctor", "--settings")
    assert code == 0
    assert f"sqlite:///{tmp_path}/[bold]home/catalog.db" in out
    assert "voxpress models pull" in out
    assert [line for line in out.splitlines() if "ignored" in line] == [
        "The environment variable VOXPRESS_HOSTS means nothing here and is ignored."
    ]
    (threads,) = (line.split() for line in out.splitlines() if line.startswith("VOXPRESS_PIPER_THREADS"))
    assert threads == ["VOXPRESS_PIPER_THREADS", "1", "environment"]
    assert "VOXPRESS_PIPER_THREADS" in VARIABLES


def test_doctor_names_the_espeak_that_is_used() -> None:
    library = espeak_library.find_library()
    (found,) = (f for f in answer("doctor")["findings"] if f["what"] == "espeak")
    assert f"{library.version} ({library.origin}: {library.path})" in found["said"]


def test_doctor_tells_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOXPRESS_CATALOG_URL", "postgresql://me:hunter2@127.0.0.1:1/voxpress")
    monkeypatch.setenv("VOXPRESS_BROKER_URL", "redis://:hunter2@127.0.0.1:1/0")
    for name in ("READING_PASSWORD", "BLOB_PASSWORD", "FLOWER_PASSWORD", "AUDIOBOOKSHELF_TOKEN"):
        monkeypatch.setenv(f"VOXPRESS_{name}", "hunter2-hunter2")
    for flags in ([], ["--json"]):
        code, out, err = run("doctor", "--settings", *flags)
        assert code == 1
        assert "postgresql://me:***@127.0.0.1:1/voxpress" in out
        assert "hunter2" not in out + err


# -- voices ----------------------------------------------------------------------------------------------


def test_a_voice_says_what_it_reads_badly() -> None:
    assert "kanji" in answer("voices", "show", "espeak:ja")["caveat"]
    assert "caveat:" in run("voices", "show", "espeak:ja")[1]
    assert "caveat:" not in run("voices", "show", "espeak:de")[1]


def test_a_sample_says_all_of_a_long_text(tmp_path: Path) -> None:
    sentences = [f"This is sentence number {n} of a text that no engine takes at once." for n in range(1, 31)]
    path = tmp_path / "long.wav"
    code, out, _ = run("voices", "sample", "tone:a", " ".join(sentences), "-o", path)
    assert (code, out) == (0, f"{path}\n")
    rate, pcm = open_wav(path)
    # Words are bursts: what lies between them is silent for at least the gap, a sample's crossing of zero is not.
    edges = np.flatnonzero(np.diff(np.flatnonzero(pcm)) > GAP_SECONDS * rate / 2)
    assert len(edges) + 1 == len(" ".join(sentences).split())
    assert len(pcm) > 30 * rate


def test_offline_is_kept_to_by_the_commands_for_voices() -> None:
    code, _, err = run("voices", "list", "--available", "--offline")
    assert code == 1
    assert "offline" in err
    code, _, err = run("voices", "pull", "en_US-lessac-medium", "--offline")
    assert code == 2
    assert "--from DIR" in err


def test_a_place_for_voices_may_be_set_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOXPRESS_VOICES_FROM", str(write_mirror(tmp_path / "mirror")))
    assert [voice["id"] for voice in answer("voices", "list", "--available", "--offline")["voices"]] == [NAME]
    assert f"piper:{NAME} is installed" in run("voices", "pull", NAME, "--offline")[2]
    (tmp_path / "empty").mkdir()
    assert "voices.json" in run("voices", "list", "--available", "--from", tmp_path / "empty")[2]


def test_a_voice_of_ones_own_is_added(tmp_path: Path) -> None:
    model = write_voice(tmp_path / "own", "de_DE-mine-medium", espeak="de")
    assert "piper:de_DE-mine-medium is installed" in run("voices", "add", model)[2]
    names = {voice["name"] for voice in answer("voices", "list")["voices"]}
    assert "piper:de_DE-mine-medium" in names
    assert (
        Settings(home=home(tmp_path)).voices_dir / "piper" / model.name
    ).read_bytes() == model.read_bytes()
    code, _, err = run("voices", "add", tmp_path / "nothing.onnx")
    assert code == 1
    assert "nothing.onnx is missing" in err
