"""The test engine: its words can be found again, and it fails on demand."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from pipeline.errors import SpeechFailed
from pipeline.model import SpeakingOptions, Take, Voice
from pipeline.speech.engine import EngineContext
from pipeline.speech.tone import ToneEngine, pitch_of, seconds_of
from tests.helpers_speech import chunk_of

TEXT = "Every word sounds different here."


@pytest.fixture
def engine(tmp_path: Path) -> ToneEngine:
    return ToneEngine(EngineContext(tmp_path))


def voice_of(engine: ToneEngine, identity: str) -> Voice:
    return next(voice for voice in engine.voices() if voice.id == identity)


def take_of(engine: ToneEngine, text: str = TEXT, identity: str = "a", rate: float = 1.0) -> Take:
    [take] = engine.speak([chunk_of(text)], voice_of(engine, identity), SpeakingOptions(rate=rate))
    return take


@pytest.mark.parametrize("identity", ["a", "b", "16k"])
def test_each_word_is_a_tone_of_its_own_pitch_where_its_time_says(engine: ToneEngine, identity: str) -> None:
    take = take_of(engine, identity=identity)
    assert take.timings is not None
    for word, timing in zip(TEXT.split(), take.timings, strict=True):
        part = take.audio[round(timing.start * take.sample_rate) : round(timing.end * take.sample_rate)]
        assert len(part) / take.sample_rate == pytest.approx(seconds_of(word), abs=0.001)
        spectrum = np.abs(np.fft.rfft(part, 1 << 16))
        heard = np.argmax(spectrum) * take.sample_rate / (1 << 16)
        assert heard == pytest.approx(pitch_of(word, identity), abs=5)


def test_it_counts_its_chunks_in_a_log(
    engine: ToneEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOXPRESS_TONE_LOG", str(tmp_path / "log"))
    take_of(engine)
    take_of(engine, "Another one.")
    lines = [line.split() for line in (tmp_path / "log").read_text().splitlines()]
    assert [digest for digest, _ in lines] == [
        hashlib.sha256(text.encode()).hexdigest() for text in (TEXT, "Another one.")
    ]
    assert {pid for _, pid in lines} == {str(os.getpid())}


def test_it_fails_at_the_text_it_is_told(engine: ToneEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOXPRESS_TONE_FAIL", "sounds diff")
    take_of(engine, "Nothing of the kind.")
    with pytest.raises(SpeechFailed):
        take_of(engine)


def test_it_takes_orders_while_it_speaks(
    engine: ToneEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = tmp_path / "orders"
    monkeypatch.setenv("VOXPRESS_TONE_ORDERS", str(orders))
    fine = take_of(engine)
    orders.write_text("fail\n")
    with pytest.raises(SpeechFailed):
        take_of(engine)
    orders.write_text("crash sounds\ngarbage-zeros Another\ngarbage-rate one too\n")
    with pytest.raises(IndexError):
        take_of(engine)
    assert not take_of(engine, "Another one.").audio.any()
    assert take_of(engine, "Each one too.").sample_rate == 1
    orders.write_text("hold sounds\n")
    release = threading.Timer(0.1, orders.unlink)
    release.start()
    assert (take_of(engine).audio == fine.audio).all()
    assert not orders.exists()
    assert (tmp_path / f"orders.{os.getpid()}").exists()


def test_it_kills_its_process_at_the_text_it_is_told(tmp_path: Path) -> None:
    program = (
        "from pathlib import Path; from pipeline.speech.engine import EngineContext;"
        "from tests.unit.test_engine_tone import *;"
        "e = ToneEngine(EngineContext(Path())); take_of(e, 'Fine.'); print('fine', flush=True); take_of(e)"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"VOXPRESS_TONE_KILL": "sounds", "PYTHONPATH": str(root)},
        cwd=root,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout == "fine\n"
    assert done.returncode == -signal.SIGKILL
