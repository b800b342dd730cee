"""Recordings that voices are made of: what is wrong with them is told, and what an engine gets of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pipeline.audio.wav import open_wav
from pipeline.errors import ClipRefused
from pipeline.model import Pcm
from pipeline.speech.clip import LEVEL_DB, read_clip, refuse
from pipeline.speech.clip_sound import measure
from pipeline.speech.facts import Cloning
from tests.speech_clips import RATE, louder, noisy, recording, speech, telephone

CLONING = Cloning(shortest=3.0, longest=20.0, sample_rate=24_000)
QUIET = np.zeros(2 * RATE, np.int16)


def found(path: Path, cloning: Cloning = CLONING) -> dict[str, bool]:
    """What is said of a recording by name, and whether that makes it unusable."""
    return {finding.name: finding.fatal for finding in read_clip(path, cloning).findings}


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".mp3", ".m4a", ".opus"])
def test_a_good_recording_has_nothing_wrong(tmp_path: Path, suffix: str) -> None:
    clip = read_clip(recording(tmp_path / f"clip{suffix}"), CLONING)
    assert clip.findings == ()
    refuse(tmp_path / "clip", clip)
    assert clip.sample_rate == 24_000
    assert clip.seconds == pytest.approx(len(speech()) / RATE - 0.4, abs=0.15)


def test_silence_around_it_is_cut_and_its_level_is_one(tmp_path: Path) -> None:
    whole = read_clip(recording(tmp_path / "a.wav"), CLONING)
    padded = np.concatenate((QUIET, speech() // 8, QUIET)).astype(np.int16)
    quiet = read_clip(recording(tmp_path / "b.wav", padded), CLONING)
    assert quiet.seconds == pytest.approx(whole.seconds, abs=0.1)
    for clip in (whole, quiet):
        assert measure(clip.audio, clip.sample_rate).level == pytest.approx(LEVEL_DB, abs=0.7)
    (tmp_path / "kept.wav").write_bytes(quiet.wav)
    rate, audio = open_wav(tmp_path / "kept.wav")
    assert rate == 24_000
    assert np.array_equal(audio, quiet.audio)


@pytest.mark.parametrize(
    ("damaged", "name", "fatal"),
    [
        (speech()[: 2 * RATE], "short", True),
        (noisy(speech(), 17.0), "noisy", False),
        (noisy(speech(), 8.0), "noisy", True),
        (louder(speech(), 12.0), "clipped", True),
        (speech() // 200, "quiet", False),
        (np.concatenate((speech()[: 4 * RATE], QUIET, QUIET[:RATE], speech()[4 * RATE :])), "pause", False),
    ],
    ids=["short", "noisy", "very noisy", "clipped", "quiet", "pause"],
)
def test_what_is_wrong_is_told_by_name(tmp_path: Path, damaged: Pcm, name: str, fatal: bool) -> None:
    path = recording(tmp_path / "clip.wav", damaged.astype(np.int16))
    assert found(path).get(name) is fatal
    if fatal:
        with pytest.raises(ClipRefused, match=r"clip\.wav cannot become a voice"):
            refuse(path, read_clip(path, CLONING))


def test_a_telephone_is_too_narrow(tmp_path: Path) -> None:
    assert found(telephone(tmp_path / "clip.wav")).get("dull") is True


def test_two_voices_of_different_pitch_are_suspected(tmp_path: Path) -> None:
    both = np.concatenate((speech(0.8)[: 7 * RATE], speech(1.6)[: 7 * RATE]))
    assert found(recording(tmp_path / "two.wav", both)) == {"speakers": False}
    assert found(recording(tmp_path / "one.wav", speech(1.6))) == {}


def test_a_long_one_is_cut_in_a_pause_unless_its_text_goes_with_it(tmp_path: Path) -> None:
    path = recording(tmp_path / "long.wav", np.concatenate([speech()] * 3))
    clip = read_clip(path, CLONING)
    assert [finding.name for finding in clip.findings] == ["long"]
    assert 15.0 < clip.seconds <= 20.0
    end = clip.audio[-round(0.08 * clip.sample_rate) :]
    assert np.abs(end).max() < 0.05 * np.abs(clip.audio).max()  # it does not end in the middle of a word
    with_text = Cloning(3.0, 20.0, 24_000, needs_text=True)
    with pytest.raises(ClipRefused, match="cut it, and the text"):
        refuse(path, read_clip(path, with_text))


def test_what_is_no_recording_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "clip.wav").write_text("not a recording")
    with pytest.raises(ClipRefused, match="cannot be read as audio"):
        read_clip(tmp_path / "clip.wav", CLONING)
    with pytest.raises(ClipRefused, match="There is no recording"):
        read_clip(tmp_path / "nothing.wav", CLONING)
    with pytest.raises(ClipRefused, match="Nothing is heard"):
        read_clip(recording(tmp_path / "zeros.wav", QUIET), CLONING)
    monkeypatch.setattr("pipeline.speech.clip.CLIP_SECONDS", 5)
    with pytest.raises(ClipRefused, match="is longer than"):
        read_clip(recording(tmp_path / "long.wav"), CLONING)
    monkeypatch.setattr("pipeline.speech.clip.CLIP_BYTES", 1000)
    with pytest.raises(ClipRefused, match="is larger than"):
        read_clip(recording(tmp_path / "large.wav"), CLONING)
