"""Texts spoken outside of a production: all of them, in the manner that was asked for, side by side."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from pathlib import Path

import mutagen.mp3
import numpy as np
import pytest

from pipeline.audio.ffmpeg import decode
from pipeline.audio.loudness import integrated
from pipeline.audio.loudness import measure as loudness_of
from pipeline.audio.wav import open_wav, write_wav
from pipeline.model import Pcm
from pipeline.publish.compare_page import Contender, page
from pipeline.settings import ProductionSettings
from pipeline.speech.clip_sound import measure
from pipeline.speech.engine import EngineContext
from pipeline.speech.registry import find_voice
from storage.settings import load_settings
from tasks.comparing import LOUDNESS, hear, side_by_side
from tasks.sampling import Spoken, speak_text
from tests.browsing import Browser, Tab, needs_browser, tab

CONTEXT = EngineContext(Path("unused"))
TEXT = (
    "The lamp of the old mill went out, and nobody saw who had done it. A storm of swans came by.\n\n"
    "They stayed until the evening!"
)
SENTENCES = (
    "The lamp of the old mill went out, and nobody saw who had done it.",
    "A storm of swans came by.",
    "They stayed until the evening!",
)


def spoken(settings: ProductionSettings, text: str = TEXT, voice: str = "espeak:en-us") -> list[Spoken]:
    return list(speak_text(text, find_voice(voice, "en", CONTEXT), "en", settings, CONTEXT))


def joined(pieces: list[Spoken]) -> Pcm:
    return np.concatenate([piece.with_pause for piece in pieces])


def preset(name: str) -> ProductionSettings:
    return load_settings(profile=name).settings.production


def test_a_long_text_is_said_to_its_end() -> None:
    text = " ".join(f"This is sentence number {number} of many." for number in range(90))
    pieces = spoken(ProductionSettings(), text)
    assert len(pieces) > 2
    assert " ".join(piece.chunk.text for piece in pieces) == text


def test_presets_are_heard() -> None:
    plain, study = joined(spoken(ProductionSettings())), joined(spoken(preset("study")))
    book = joined(spoken(preset("audiobook")))
    assert len(study) > 1.2 * len(plain)
    assert spoken(preset("study"))[-1].pause > spoken(ProductionSettings())[-1].pause + 0.5
    pitch = {
        name: np.median(measure(audio, 22_050).pitches)
        for name, audio in (("plain", plain), ("book", book), ("study", study))
    }
    assert pitch["book"] == pytest.approx(0.94 * pitch["plain"], rel=0.02)
    assert pitch["study"] == pytest.approx(pitch["plain"], rel=0.03)  # espeak has no exaggeration to lessen


@pytest.mark.parametrize("wanted", [0.75, 1.0, 1.3, 1.6])
@pytest.mark.parametrize("voice", ["espeak:en-gb", "espeak:es", "espeak:pl"])
def test_a_pitch_is_what_it_says(voice: str, wanted: float) -> None:
    settings = load_settings({"voice.parameters.pitch": wanted}).settings.production
    heard = [
        float(np.median(measure(joined(spoken(one, voice=voice)), 22_050).pitches))
        for one in (settings, ProductionSettings())
    ]
    assert heard[0] / heard[1] == pytest.approx(wanted, rel=0.04)


def test_a_comment_in_a_wav_file_disturbs_no_reader(tmp_path: Path) -> None:
    audio = np.arange(1000, dtype=np.int16)
    for comment in ("", "odd", "even"):
        path = tmp_path / f"{comment}.wav"
        write_wav(path, 22_050, [audio], comment)
        rate, read = open_wav(path)
        assert rate == 22_050
        assert np.array_equal(read, audio)
        data = path.read_bytes()
        assert struct.unpack("<I", data[4:8])[0] == len(data) - 8
        assert comment.encode() in data
        assert sum(len(block) for block in decode(path, 22_050)) == 1000


@pytest.fixture(scope="module")
def compared() -> tuple[tuple[str, ...], list[Contender]]:
    voices = [find_voice(name, "en", CONTEXT) for name in ("espeak:en-us", "espeak:en-gb", "tone:a")]
    return side_by_side([hear(TEXT, voice, "en", ProductionSettings(), CONTEXT) for voice in voices])


def test_all_are_equally_loud_and_timed(
    compared: tuple[tuple[str, ...], list[Contender]], tmp_path: Path
) -> None:
    sentences, contenders = compared
    assert sentences == SENTENCES
    for one in contenders:
        path = tmp_path / "one.mp3"
        path.write_bytes(one.audio)
        audio = np.concatenate(list(decode(path, 44_100)))
        assert integrated(loudness_of(audio, 44_100)) == pytest.approx(LOUDNESS, abs=1.0)
        assert len(one.starts) == 3
        assert mutagen.mp3.MP3(io.BytesIO(one.audio)).info.length == pytest.approx(one.seconds, abs=0.1)
        assert one.starts[0] < 0.2
        if one.voice.engine == "tone":
            continue  # it makes no pauses between sentences
        for start in one.starts[1:]:
            at = round(start * 44_100)
            before = np.abs(audio[at - 4_000 : at - 1_500].astype(float)).max()
            after = np.abs(audio[at : at + 8_000].astype(float)).max()
            assert after > 10 * before


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with Browser(tmp_path_factory.mktemp("profile")) as started:
        yield started


def written(folder: Path, compared: tuple[tuple[str, ...], list[Contender]], *, blind: bool = False) -> Path:
    path = folder / "compare.html"
    path.write_text(page(*(compared[0], "en", compared[1]), blind=blind), "utf-8")
    return path


def places(window: Tab) -> list[float]:
    """Where the voices are, in seconds."""
    return window.run("[...document.querySelectorAll('audio')].map(audio => audio.currentTime)")  # type: ignore[no-any-return]


@needs_browser
def test_a_sentence_is_heard_in_one_voice_and_then_in_the_other(
    browser: Browser, compared: tuple[tuple[str, ...], list[Contender]], tmp_path: Path
) -> None:
    starts = [one.starts for one in compared[1]]
    with tab(browser) as window:
        window.open(written(tmp_path, compared))
        window.wait("[...document.querySelectorAll('audio')].every(audio => audio.readyState > 2)")
        window.run("document.querySelectorAll('.sentence')[1].click()")
        window.wait("document.querySelector('.sentence.on') && !document.querySelector('audio').paused")
        assert window.run("document.querySelector('.sentence.on').textContent") == SENTENCES[1]
        assert starts[0][1] <= places(window)[0] < starts[0][2]
        window.press("2")
        window.wait("!document.querySelectorAll('audio')[1].paused")
        assert window.run("document.querySelector('audio').paused")
        assert starts[1][1] <= places(window)[1] < starts[1][2]
        assert window.complaints() == []


@needs_browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_everybody_can_use_it_and_blind_nobody_knows_who_speaks(
    browser: Browser,
    compared: tuple[tuple[str, ...], list[Contender]],
    tmp_path: Path,
    scheme: str,
    phone: bool,
) -> None:
    with tab(browser, *((390, 800) if phone else (1100, 900)), phone=phone) as window:
        window.prefer(prefers_color_scheme=scheme)
        window.open(written(tmp_path, compared, blind=True))
        assert "espeak" not in window.run("document.body.innerText")
        assert window.barriers() == []
        window.run("document.querySelectorAll('input[name=grade1]')[4].click()")
        window.run("document.getElementById('reveal').click()")
        assert "Voice B: espeak:en-gb" in window.run("document.body.innerText")
        assert window.run("document.querySelector('#result tr').innerText").split() == ["espeak:en-gb", "5"]
        assert window.barriers() == []
        assert window.run("document.documentElement.scrollWidth <= innerWidth")
        assert window.complaints() == []
