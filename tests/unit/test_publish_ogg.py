"""Ogg pages and MP3 frames, against files that ffmpeg wrote."""

from __future__ import annotations

import io
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import PublishError
from pipeline.publish import mp3_frames, ogg
from tests.publishing import RATE, clicks, encode_chapter


@pytest.fixture(scope="module")
def encoded(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict, dict]:
    """Four seconds in both codecs."""
    return encode_chapter(tmp_path_factory.mktemp("e"), clicks(4, [1]), ("opus", "mp3"))


def test_pages_written_again_are_the_same_bytes(encoded: tuple[dict, dict]) -> None:
    data = encoded[1]["opus"].read_bytes()
    serial = int.from_bytes(data[14:18], "little")
    pages = list(ogg.read_pages(io.BytesIO(data)))  # which checks every checksum that ffmpeg wrote
    assert b"".join(page.encode(serial, number) for number, page in enumerate(pages)) == data
    assert sum(page.packets for page in pages) - 2 == encoded[0]["opus"].frames


@given(st.binary(max_size=140_000), st.data())
def test_a_packet_of_any_size_comes_back_from_its_pages(packet: bytes, data: st.DataObject) -> None:
    raw = b"".join(page.encode(7, number) for number, page in enumerate(ogg.pages_of(packet, ogg.FIRST, 0)))
    pages = list(ogg.read_pages(io.BytesIO(raw)))
    assert b"".join(page.body for page in pages) == packet
    assert [page.packets for page in pages] == [0] * (len(pages) - 1) + [1]
    at = data.draw(st.integers(0, len(raw) - 1))
    with pytest.raises(ValueError, match="Ogg page"):
        list(ogg.read_pages(io.BytesIO(raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :])))


@pytest.mark.parametrize("rate", [22050, 44100, 24000, 16000, 48000])
def test_mp3_of_all_rates_is_recognised(tmp_path: Path, rate: int) -> None:
    noise = np.random.default_rng(1).normal(0, 3000, rate).astype(np.int16)
    chapters, paths = encode_chapter(tmp_path, noise, ("mp3",), rate)
    data = paths["mp3"].read_bytes()
    assert b"".join(mp3_frames.blocks(paths["mp3"], rate, chapters["mp3"].frames)) == data
    with av.open(paths["mp3"]) as file:
        assert sum(frame.samples for frame in file.decode(audio=0)) % (1152 if rate > 30000 else 576) == 0
    with pytest.raises(PublishError, match=r"chapter\.mp3 is not 9 frames"):
        list(mp3_frames.blocks(paths["mp3"], rate, 9))
    with pytest.raises(PublishError, match="at 11025 Hz"):
        list(mp3_frames.blocks(paths["mp3"], 11025, chapters["mp3"].frames))


def test_a_wav_is_no_mp3(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(b"RIFF" + bytes(1000))
    with pytest.raises(PublishError, match=r"a\.wav is not"):
        list(mp3_frames.blocks(path, RATE, 5))
