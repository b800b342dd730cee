"""What an engine offers, as it is told to others."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.limits import OFFER_BYTES
from pipeline.model import Voice
from pipeline.speech.engine import Engine, EngineContext, EngineLimits
from pipeline.speech.offers import Offer, offer_of, offers_of, read, written
from pipeline.speech.registry import open_engine

WIDE = EngineLimits(characters=400, batch_seconds=120.0)
NARROW = EngineLimits(characters=80, batch_seconds=120.0)


def offers(engine: Engine) -> list[Offer]:
    """All that it has."""
    return offers_of(engine, engine.voices())


class Many:
    """An engine whose limits depend on the language."""

    name = "many"

    def __init__(self, *languages: str) -> None:
        self.voice = Voice("many:a", "many", "a", languages, 24_000, "many 1 abc", quality=5)

    def voices(self) -> list[Voice]:
        return [self.voice]

    def limits(self, voice: Voice, language: str) -> EngineLimits:
        return NARROW if language.partition("-")[0] in ("zh", "ja") else WIDE


def test_limits_are_told_by_language() -> None:
    [offer] = read(written(offers(Many("en-GB", "zh-CN", "pt"))))  # type: ignore[arg-type]
    assert offer.voice.languages == ("en-GB", "zh-CN", "pt")
    assert offer.limits_in("en") == offer.limits_in("pt-BR") == WIDE
    assert offer.limits_in("zh-Hant-TW") == offer.limits_in("cmn") == NARROW
    assert offer.limits_in("sw") == WIDE  # what it does not speak is read as its first language


def test_a_voice_for_any_language_is_asked_about_many() -> None:
    [offer] = offers(Many("mul"))  # type: ignore[arg-type]
    assert offer.limits_in("ja") == NARROW
    assert offer.limits_in("ru") == WIDE


def test_what_espeak_offers_can_be_read_and_is_what_espeak_says(tmp_path: Path) -> None:
    engine = open_engine("espeak", EngineContext(voices_dir=tmp_path))
    told = {offer.voice.name: offer for offer in read(written(offers(engine)))}
    assert {voice.name for voice in engine.voices()} == set(told)
    for voice in engine.voices():
        language = voice.languages[0]
        assert told[voice.name].limits_in(language) == engine.limits(voice, language)


def test_the_same_voices_are_told_in_the_same_words() -> None:
    several = [offer_of(Many("en"), Many("en").voice), other("b"), other("c")]  # type: ignore[arg-type]
    assert written(several) == written(reversed(several))


@pytest.mark.parametrize("about", ["", "x" * 2_000])  # too many, too long
def test_an_offer_is_bounded(about: str, caplog: pytest.LogCaptureFixture) -> None:
    many = [other(f"{n:05}", description=about) for n in range(3_000)]
    text = written(many)
    assert len(text.encode()) <= OFFER_BYTES
    kept = read(text)
    assert 0 < len(kept) < len(many)
    assert "too many to be told of" in caplog.text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no JSON",
        "{}",
        '[{"voice": {"name": "x:y"}}]',
        " " * (OFFER_BYTES + 1),
        written([Offer(replace(Many("en").voice, name="espeak:en"), WIDE)]),  # what it is not
    ],
)
def test_what_is_no_offer_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="offer"):
        read(text)


def other(name: str, **changes: str) -> Offer:
    return Offer(replace(Many("en").voice, name=f"many:{name}", id=name, **changes), WIDE)  # type: ignore[arg-type]
