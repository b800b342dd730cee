"""The arithmetic of codecs (that it is true of decoded files is proved in test_encode_seams)."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.audio.codec import CODECS
from pipeline.errors import AudioError, SettingsError
from pipeline.publish.formats import format_of
from pipeline.settings import AudioSettings


@pytest.mark.parametrize("name", CODECS)
def test_the_quantum_is_whole_frames_at_every_rate(name: str) -> None:
    codec = CODECS[name]
    for rate in codec.rates:
        decoded = codec.quantum(rate) * codec.output_rate(rate) / rate
        assert decoded % codec.samples_per_frame(rate) == 0


def test_chapters_follow_each_other() -> None:
    assert CODECS["aac"].chapter_starts([100, 50, 7], 22050) == [1024, 101 * 1024, 151 * 1024]
    assert CODECS["mp3"].chapter_starts([10, 20], 22050) == [1105, 10 * 576 + 1105]
    assert CODECS["mp3"].chapter_starts([10, 20], 44100) == [1105, 10 * 1152 + 1105]
    assert CODECS["opus"].chapter_starts([50, 20], 24000) == [0, 48000]
    assert CODECS["aac"].chapter_starts([], 22050) == []


def test_rates() -> None:
    assert CODECS["aac"].working_rate(22050) == 22050
    assert CODECS["mp3"].working_rate(8000) == 16000
    assert CODECS["aac"].working_rate(96000) == 48000
    assert CODECS["opus"].output_rate(22050) == 48000


def test_formats() -> None:
    assert [format_of(name).codec for name in ("m4b", "mp3", "mp3-chapters", "opus")] == [
        "aac",
        "mp3",
        "mp3",
        "opus",
    ]
    with pytest.raises(SettingsError, match="flac"):
        format_of("flac")


@pytest.mark.parametrize("name", CODECS)
@pytest.mark.parametrize("bitrate", [0, 8, 500])
def test_impossible_bitrates_are_refused(name: str, bitrate: int) -> None:
    with pytest.raises(SettingsError, match="kbit/s"):
        CODECS[name].check(AudioSettings(bitrate=bitrate))


def test_an_unknown_coder_is_refused() -> None:
    with pytest.raises(SettingsError, match="anmr"):
        CODECS["aac"].check(AudioSettings(coder="anmr"))


@pytest.mark.parametrize("name", CODECS)
@pytest.mark.parametrize(
    "data", [b"", b"nonsense that is long enough to have a header", b"\xff\xf1\x00\x00\x00\x00\x00\x00"]
)
def test_what_is_not_encoded_audio_is_refused(tmp_path: Path, name: str, data: bytes) -> None:
    path = tmp_path / "chapter"
    path.write_bytes(data)
    with pytest.raises(AudioError, match="damaged"):
        CODECS[name].count_frames(path)


@pytest.mark.parametrize("name", CODECS)
def test_fewer_bits_ask_for_more_room_below_the_peak(name: str) -> None:
    codec = CODECS[name]
    few, many = (codec.ceiling(AudioSettings(bitrate=rate), 24000) for rate in (24, 96))
    assert few < many < AudioSettings().true_peak
