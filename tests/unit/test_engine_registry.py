"""Which engines there are and which voice is meant."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import replace
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import ClassVar

import pytest

from pipeline import plugins
from pipeline.errors import EngineUnavailable, VoiceNotFound
from pipeline.model import Voice
from pipeline.speech import registry
from pipeline.speech.engine import EngineContext
from pipeline.speech.registry import (
    all_voices,
    engine_names,
    engine_problems,
    find_voice,
    forget_engines,
    open_engine,
)

BASE = Voice("", "", "", (), 22_050, "1")


def voice(engine: str, identity: str, *languages: str, quality: int = 0) -> Voice:
    name = f"{engine}:{identity}"
    return replace(BASE, name=name, engine=engine, id=identity, languages=languages, quality=quality)


class Plain:
    """A robot for several languages."""

    name: ClassVar[str] = "plain"
    hidden: ClassVar[bool] = False
    offered: ClassVar[tuple[Voice, ...]] = (
        voice("plain", "en-us", "en-us", "en"),
        voice("plain", "en-gb", "en-gb", "en"),
        voice("plain", "cmn", "cmn", "zh"),
        voice("plain", "ru", "ru"),
        voice("plain", "twin", "mul"),
    )

    def __init__(self, context: EngineContext) -> None:
        pass

    def voices(self) -> Iterable[Voice]:
        return self.offered


class Neural(Plain):
    """Better, for English only."""

    name = "neural"
    offered = (
        voice("neural", "amy-low", "en-US", quality=20),
        voice("neural", "bob-high", "en-US", quality=40),
        voice("neural", "cid-medium", "en-GB", quality=30),
        voice("neural", "twin", "en-US", quality=1),
    )


class Secret(Plain):
    """For tests."""

    name = "secret"
    hidden = True
    offered = (voice("secret", "x", "mul", "en", quality=99),)


class Absent(Plain):
    """Cannot run here."""

    name = "absent"

    def __init__(self, context: EngineContext) -> None:
        raise EngineUnavailable("The engine absent needs a moon.")


class Clumsy(Plain):
    """Fails in its own way."""

    name = "clumsy"

    def voices(self) -> Iterable[Voice]:
        raise KeyError("teapot")


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[EngineContext]:
    names = ("Plain", "Neural", "Secret", "Absent", "Clumsy")
    points = [EntryPoint(name.lower(), f"{__name__}:{name}", registry.GROUP) for name in names]
    points.append(EntryPoint("broken", "no_such_module_anywhere:Engine", registry.GROUP))
    monkeypatch.setattr(EntryPoint, "load", lambda point: _load(point))
    monkeypatch.setattr(plugins, "entry_points", lambda group: points)
    monkeypatch.setattr(registry._engines, "built_in", {})
    forget_engines()
    yield EngineContext(tmp_path)
    forget_engines()


def _load(point: EntryPoint) -> object:
    if point.value.startswith("no_such"):
        raise ModuleNotFoundError("No module named 'no_such_module_anywhere'")
    return globals()[point.value.rpartition(":")[2]]


def test_a_broken_plugin_is_logged_and_left_out(
    context: EngineContext, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        assert engine_names() == ["absent", "clumsy", "neural", "plain"]
    assert "broken" in caplog.text
    with pytest.raises(EngineUnavailable, match="no_such_module"):
        open_engine("broken", context)


def test_hidden_engines_are_named_only_on_demand(context: EngineContext) -> None:
    assert "secret" in engine_names(hidden=True)
    assert all(each.engine != "secret" for each in all_voices(context))
    assert find_voice("secret:x", "en", context).quality == 99


def test_what_cannot_be_used_says_why(context: EngineContext) -> None:
    problems = engine_problems(context)
    assert problems["absent"] == "The engine absent needs a moon."
    assert "teapot" in problems["clumsy"]
    assert "no_such_module" in problems["broken"]
    assert set(problems) == {"absent", "clumsy", "broken"}


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "neural:bob-high"),
        ("en-US", "neural:bob-high"),
        ("en-GB", "neural:cid-medium"),
        ("en-AU", "neural:bob-high"),
        ("ru-RU", "plain:ru"),
        ("zh-Hant-TW", "plain:cmn"),
        ("zh", "plain:cmn"),
        ("pl", "plain:twin"),
    ],
)
def test_auto_is_the_best_voice_for_the_language(
    context: EngineContext, language: str, expected: str
) -> None:
    assert find_voice("auto", language, context).name == expected


def test_an_engines_name_is_its_best_voice_for_the_language(context: EngineContext) -> None:
    assert find_voice("plain", "en-GB", context).name == "plain:en-gb"
    assert find_voice("plain", "en", context).name == "plain:en-us"


def test_a_bare_id_will_do_when_only_one_voice_has_it(context: EngineContext) -> None:
    assert find_voice("bob-high", "ru", context).name == "neural:bob-high"
    with pytest.raises(VoiceNotFound, match="neural:twin"):
        find_voice("twin", "en", context)


def test_an_unknown_voice_names_those_that_are_near(context: EngineContext) -> None:
    with pytest.raises(VoiceNotFound, match=r"neural:bob-high.*voxpress voices list"):
        find_voice("bob-hig", "en", context)
    with pytest.raises(VoiceNotFound, match=r"plain:en-gb.*voxpress voices list"):
        find_voice("plain:en-bg", "en", context)


def test_no_voice_for_the_language_says_what_to_do(context: EngineContext) -> None:
    with pytest.raises(VoiceNotFound, match=r"“sw”.*voxpress voices pull"):
        find_voice("neural", "sw", context)


def test_engines_are_opened_once(context: EngineContext) -> None:
    assert open_engine("plain", context) is open_engine("plain", context)
    assert open_engine("plain", context) is not open_engine("plain", replace(context, device="cuda"))


def test_an_unknown_engine_is_unavailable(context: EngineContext) -> None:
    with pytest.raises(EngineUnavailable, match="there are: absent, clumsy, neural, plain"):
        open_engine("nonesuch", context)


def test_built_in_engines_come_without_metadata(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugins, "entry_points", lambda group: [])
    forget_engines()
    assert {"espeak", "openai", "piper", "tone"} <= set(engine_names(hidden=True))
    assert find_voice("auto", "en", EngineContext(tmp_path)).name == "espeak:en-us"
    forget_engines()


def test_a_plugin_may_not_pose_as_a_built_in_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    imposter = EntryPoint("espeak", "somewhere.else:Engine", registry.GROUP)
    monkeypatch.setattr(plugins, "entry_points", lambda group: [imposter])
    forget_engines()
    assert "espeak" in engine_names()
    forget_engines()
