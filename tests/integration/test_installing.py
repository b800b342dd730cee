"""Environments of engines: what is refused, what an interruption leaves, what is asked again."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from cli import doctor
from pipeline import serial
from pipeline.errors import EngineUnavailable, SettingsError, VoxpressError, WorkError
from pipeline.model import Voice
from pipeline.speech.engine import EngineLimits
from pipeline.speech.offers import Offer, written
from storage.settings import Settings, load_settings
from tasks import environments as known
from tasks.context import open_context
from tasks.environments import RECORD, Environment, Record, answer, environment_of, environments, in_use
from tasks.offers import find_voice
from tests.sine_wheel import sine_wheel
from workers import installing
from workers.embedded import environment_apart
from workers.installing import Wish, install, remove, sweep
from workers.plans import plans, worker_command
from workers.serve import served


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load_settings({"home": tmp_path / "home"}).settings.prepare()


def quiet(line: str) -> None:
    """Nobody listens."""


def pretended(settings: Settings, engine: str = "sine", **changes: str) -> Environment:
    """What looks like an environment as long as nobody runs it."""
    from importlib.metadata import version

    folder = settings.engines_dir / engine
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").touch()
    record = Record(engine, changes.get("version", version("voxpress")), ("voxpress-sine",))
    (folder / RECORD).write_bytes(serial.dump(record))
    return Environment(folder, record)


def test_what_makes_no_sense_is_refused_before_anything_is_made(settings: Settings, tmp_path: Path) -> None:
    wheel = str(sine_wheel(tmp_path / "wheels"))
    offline = load_settings({"home": settings.home, "offline": True}).settings
    for where, wish, reason in (
        (settings, Wish("sine"), "--package"),
        (settings, Wish("../sine", (wheel,)), "no name of an engine"),
        (settings, Wish(".sine", (wheel,)), "no name of an engine"),
        (offline, Wish("sine", (wheel,)), "--offline forbids the network"),
        (settings, Wish("espeak"), "runs here already"),
        (settings, Wish("sine", ("no/such.whl",)), "neither a file nor the name"),
        (settings, Wish("sine", ("--index-url=http://x",)), "neither a file nor the name"),
        (settings, Wish("sine", (wheel,), folder=tmp_path / "nowhere"), "is no folder"),
    ):
        with pytest.raises(SettingsError, match=reason):
            install(where, wish, quiet)
    assert not settings.engines_dir.exists()


def test_an_engine_that_is_nowhere_cannot_be_served(settings: Settings) -> None:
    with pytest.raises(EngineUnavailable, match="There is no engine “xyz”"):
        served(settings, ["xyz"])
    assert served(settings, ["espeak", "espeak"]) == (("speak.espeak",), [])


def test_a_package_that_brings_another_engine_is_refused(settings: Settings, tmp_path: Path) -> None:
    said: list[str] = []
    wheel = str(sine_wheel(tmp_path, engine="cosine"))
    with pytest.raises(WorkError, match="brings no engine “sine”"):
        install(settings, Wish("sine", (wheel,), share=True), said.append)
    assert any("voxpress-sine" in line for line in said)
    assert list(settings.engines_dir.iterdir()) == []


@pytest.mark.parametrize("ending", [KeyboardInterrupt(), WorkError("no network"), OSError(28, "full")])
def test_an_installation_that_ends_badly_leaves_the_one_before_it(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, ending: BaseException
) -> None:
    def stop(*_: object) -> None:
        assert environments(settings) == []  # what is half made does not count
        raise ending

    monkeypatch.setattr(installing, "_run", stop)
    with pytest.raises((KeyboardInterrupt, VoxpressError)):
        install(settings, Wish("sine", ("voxpress-sine",)), quiet)
    assert list(settings.engines_dir.iterdir()) == []
    before = pretended(settings)
    with pytest.raises((KeyboardInterrupt, VoxpressError)):
        install(settings, Wish("sine", ("voxpress-sine",)), quiet)
    assert environments(settings) == [before]
    assert [path.name for path in settings.engines_dir.iterdir()] == ["sine"]


def test_what_a_killed_installation_left_is_swept_up(settings: Settings) -> None:
    whole = pretended(settings, "whole")
    aside = pretended(settings, "sine")
    aside.folder.rename(settings.engines_dir / ".sine.old")
    (settings.engines_dir / "sine" / "bin").mkdir(parents=True)
    (settings.engines_dir / "half" / "bin").mkdir(parents=True)
    assert environments(settings) == [whole]
    sweep(settings)
    assert environments(settings) == [aside, whole]
    assert sorted(path.name for path in settings.engines_dir.iterdir()) == ["sine", "whole"]


def test_what_is_in_use_is_neither_removed_nor_made_anew(settings: Settings) -> None:
    environment = pretended(settings)
    with in_use(settings, "sine"), in_use(settings, "sine"):
        with pytest.raises(WorkError, match="in use"):
            remove(settings, "sine")
        with pytest.raises(WorkError, match="in use"):
            install(settings, Wish("sine", ("voxpress-sine",)), quiet)
        sweep(settings)
        assert environments(settings) == [environment]
    remove(settings, "sine")
    assert list(settings.engines_dir.iterdir()) == []
    with pytest.raises(WorkError, match="no environment here"):
        remove(settings, "sine")


def test_an_environment_of_another_version_or_without_its_python_is_not_used(settings: Settings) -> None:
    pretended(settings, version="0.0.1")
    context = open_context(settings)
    for reason in ("was made for Voxpress 0.0.1", "has lost its Python"):
        with pytest.raises(EngineUnavailable, match=f"{reason}.*engines install sine"):
            find_voice(context, "sine:a", "en", shared=False)
        with pytest.raises(EngineUnavailable, match=reason):
            served(settings, ["sine"])
        assert served(settings)[1] == []
        (settings.engines_dir / "sine" / "bin" / "python").unlink(missing_ok=True)


def test_voices_are_asked_for_again_when_something_changed(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment, asked = pretended(settings), []

    def said(*_: object) -> str:
        asked.append(1)
        voice = Voice("sine:a", "sine", "a", ("en",), 24_000, f"{len(asked)}", quality=50)
        return written([Offer(voice, EngineLimits(characters=90))])

    monkeypatch.setattr(known, "ask", said)
    for _ in range(3):
        assert [offer.voice.revision for offer in answer(environment, settings)] == ["1"]
    place = settings.voices_dir / "sine" / "anna.clone"
    place.mkdir(parents=True)
    assert [offer.voice.revision for offer in answer(environment, settings)] == ["2"]
    (environment.folder / "voices.json").write_text("damaged")
    assert [offer.voice.revision for offer in answer(environment, settings)] == ["3"]
    os.utime(environment.folder / RECORD, (1, 1))
    assert [offer.voice.revision for offer in answer(environment, settings)] == ["4"]
    context = open_context(settings)
    assert find_voice(context, "sine:a", "en", shared=False).voice.revision == "4"
    assert find_voice(context, "auto", "en", shared=False).voice.name == "sine:a"
    # It is left to workers: whether any of them runs there, its worker would tell.
    assert find_voice(context, "auto", "en", shared=True).voice.engine == "espeak"
    assert find_voice(context, "sine:a", "en", shared=True).voice.name == "sine:a"
    assert environment_of(settings, "sine") == environment
    [finding] = doctor._apart(settings)
    assert (finding.what, finding.state) == ("sine", "ok")


def test_a_worker_of_an_environment_is_told_all_that_it_plans_with(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those of ``make``, ``up`` and ``worker --engine``: flags of the command that starts them hold there, too."""
    flags = {
        "home": settings.home,
        "workers": 3,
        "device": "cuda",
        "gpus": "1,GPU-7",
        "gpu_slots": 2,
        "precision": "bfloat16",
        "child_gigabytes": 2.5,
        "warm_up": "sine:a,sine:b",
    }
    told = environment_apart(load_settings(flags).settings, "redis://127.0.0.1:1/0")
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    there = load_settings().settings
    [plan] = plans(there, ["asr"])  # what a GPU is used for everywhere
    assert (plan.gpus, plan.slots, dict(plan.environment)) == (("1", "GPU-7"), 4, {"VOXPRESS_DEVICE": "cuda"})
    assert (there.precision, there.warm_up) == ("bfloat16", ("sine:a", "sine:b"))
    plan = replace(plan, queues=("speak.sine",))
    command = worker_command(there, plan, [plan], "name")
    assert command[command.index("--warm-up") + 1] == "sine:a,sine:b"
    assert command[command.index("--child-kilobytes") + 1] == "2500000"
    assert command[command.index("--gpus") + 1] == "1,GPU-7"
