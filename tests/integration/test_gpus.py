"""What is said of a host's GPUs, as ``nvidia-smi`` tells of them, and how fast a voice speaks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import app
from storage.settings import Settings
from tasks.context import engine_context
from tasks.gpus import device_of
from workers.gpu_probe import probe_gpus

LINES = """\
0, NVIDIA RTX A2000, 512, 6138, 30, 550.54.15, GPU-0a
1, NVIDIA T4, 0, 15360, 0, 550.54.15, GPU-1b
"""


@pytest.fixture
def two_gpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A driver's program that knows two."""
    program = tmp_path / "bin" / "nvidia-smi"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\ncat <<END\n{LINES}END\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")


@pytest.fixture
def no_gpu(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))


def said(**settings: object) -> dict[str, tuple[str, str]]:
    return {one.what: (one.state, one.said) for one in probe_gpus(Settings(**settings))}  # type: ignore[arg-type]


def test_a_gpu_that_is_not_used_is_a_note(two_gpus: None) -> None:
    found = said(device="cpu")
    assert set(found) == {"GPU 0", "GPU 1"}
    state, text = found["GPU 0"]
    assert state == "note"
    assert "NVIDIA RTX A2000, driver 550.54.15, 0.5 of 6.4 GB in use; not used" in text


def test_what_is_used_is_told_with_what_the_libraries_make_of_it(two_gpus: None) -> None:
    found = said(device="auto")
    assert found["GPU 1"][0] == "ok"
    # Here is no GPU in truth: the libraries are asked themselves, and say so.
    state, text = found["onnxruntime"]
    assert (state, "CPUExecutionProvider" in text, "cannot run on a GPU" in text) == ("note", True, True)


def test_a_gpu_that_is_not_there_is_wrong(two_gpus: None) -> None:
    assert said(device="cuda", gpus=("1", "GPU-0a")).keys() & {"GPU GPU-0a"} == set()
    state, text = said(device="cuda", gpus=("7",))["GPU 7"]
    assert (state, "0, 1, GPU-0a, GPU-1b" in text) == ("wrong", True)


def test_a_host_without_gpus(no_gpu: None) -> None:
    assert said(device="cpu") == {}
    assert said(device="auto") == {}
    assert said(device="cuda")["GPU"][0] == "wrong"


def test_the_device_is_a_gpu_where_there_is_one(two_gpus: None) -> None:
    assert device_of("auto") == "cuda"
    assert device_of("cpu") == "cpu"


def test_the_driver_is_asked_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever plans or speaks wants to know the device: that must not start a program each time."""
    for name, lines in (("one", "echo asked >> $0.log"), ("two", LINES)):
        program = tmp_path / name / "nvidia-smi"
        program.parent.mkdir()
        said = lines if name == "one" else f"cat <<END\n{lines}END"
        program.write_text(f"#!/bin/sh\n{said}\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'one'}:/usr/bin:/bin")
    settings = Settings(home=tmp_path, device="auto")
    assert {engine_context(settings).device for _ in range(5)} == {"cpu"}
    assert (tmp_path / "one" / "nvidia-smi.log").read_text() == "asked\n"
    monkeypatch.setenv("PATH", f"{tmp_path / 'two'}:/usr/bin:/bin")
    assert engine_context(settings).device == "cuda"


def test_without_one_the_device_is_the_cpu(no_gpu: None) -> None:
    assert device_of("auto") == "cpu"
    assert device_of("cuda") == "cuda"  # an error where it is used, not something else


def test_a_voice_is_measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOXPRESS_HOME", str(tmp_path))
    done = CliRunner().invoke(app, ["bench-voice", "espeak:en-us", "--batch", "1,8", "--json"])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert (found["voice"], found["device"], found["chunks"]) == ("espeak:en-us", "cpu", 16)
    assert [batch["size"] for batch in found["batches"]] == [1, 8]
    one, eight = found["batches"]
    assert one["audio_seconds"] == eight["audio_seconds"] > 16
    for batch in found["batches"]:
        assert batch["realtime"] == pytest.approx(batch["audio_seconds"] / batch["wall_seconds"], rel=0.05)
        assert 0 < batch["first_take_seconds"] <= batch["wall_seconds"]
    shown = CliRunner().invoke(app, ["bench-voice", "espeak:en-us", "--batch", "2"]).stdout
    assert "audio s/s" in shown
    wrong = CliRunner().invoke(app, ["bench-voice", "espeak:en-us", "--batch", "0"])
    assert (wrong.exit_code, "--batch takes" in wrong.output) == (2, True)
