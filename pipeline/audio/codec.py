"""The codecs of the finished files, and where in a decoded file each chapter's sound begins.

Chapters are encoded apart and joined by copying frames, so that an edited sentence re-encodes its own
chapter only. An encoder starts with a delay ("priming"), and every chapter brings its own; the arithmetic of
where the content of each chapter lands is here, and is proved by decoding
(tests/integration/test_encode_seams.py). For that the samples of each chapter are filled up with zeros to a
whole number of frames (``Codec.quantum``).
"""

from __future__ import annotations

import mmap
from abc import ABC, abstractmethod
from collections.abc import Sequence
from itertools import accumulate
from math import gcd
from pathlib import Path
from typing import ClassVar

from pipeline.errors import AudioError, SettingsError
from pipeline.settings import AudioSettings

BITRATES = (16, 192)
"""kbit/s that may be asked for. One voice gains nothing from more."""
CODERS = ("fast", "twoloop")
"""ffmpeg's ways of choosing AAC's quantisers (bench/aac_coders.py compares them)."""


class Codec(ABC):
    """How audio is encoded. Stateless; one instance of each is in ``CODECS``."""

    name: ClassVar[str]
    suffix: ClassVar[str]
    """Of a chapter's encoded blob."""
    rates: ClassVar[tuple[int, ...]]
    """Hz of the samples that can be encoded, ascending."""
    delay: ClassVar[int]
    """Samples, at the output rate, between the start of a decoded stream and the first one of the content."""
    loss: ClassVar[float] = 0.0
    """dB that the encoder takes off the level; made up for before it, in steps of 0.1."""
    skipped: ClassVar[int] = 0
    """Samples, at the output rate, that players leave out at the start of a file."""

    def working_rate(self, rate: int) -> int:
        """The rate in Hz at which to encode audio of ``rate`` Hz: the next one the codec has."""
        return next((known for known in self.rates if known >= rate), self.rates[-1])

    def output_rate(self, rate: int) -> int:
        """The rate in Hz that decoders give for samples encoded at ``rate``."""
        return rate

    @abstractmethod
    def headroom(self, audio: AudioSettings, rate: int) -> float:
        """dB that the decoded true peak may lie above that of the samples that were encoded.

        What a codec throws away is noise on top of the peaks: the fewer bits a sample gets, the more. The
        numbers were measured on espeak and on recordings of a narrator after the limiter, from 24 to
        96 kbit/s at 22,050 to 44,100 Hz, worst take of each, and rounded up.
        """

    def ceiling(self, audio: AudioSettings, rate: int) -> float:
        """dBTP to which samples are limited, so that what is decoded keeps to ``audio.true_peak``."""
        return audio.true_peak - self.headroom(audio, rate)

    @abstractmethod
    def samples_per_frame(self, rate: int) -> int:
        """Samples, at the output rate, that a frame decodes to."""

    @property
    def content_offset(self) -> int:
        """Samples, at the output rate, that a player gives before the first sample of the content."""
        return self.delay - self.skipped

    @abstractmethod
    def arguments(self, audio: AudioSettings, rate: int) -> list[str]:
        """What ffmpeg is told, after the input and before the output file."""

    @abstractmethod
    def count_frames(self, path: Path) -> int:
        """The number of frames in an encoded file. Raises ``AudioError`` when it is damaged or cut off."""

    def quantum(self, rate: int) -> int:
        """Number of samples at ``rate`` that makes whole frames; content is filled up to a multiple of it."""
        frame, output = self.samples_per_frame(rate), self.output_rate(rate)
        return frame * rate // gcd(frame * rate, output)

    def frames_needed(self, samples: int, rate: int) -> int:
        """Least number of frames that hold ``samples`` at ``rate`` and the encoder's delay."""
        decoded = -(-samples * self.output_rate(rate) // rate) + self.delay
        return -(-decoded // self.samples_per_frame(rate))

    def chapter_starts(self, frames: Sequence[int], rate: int) -> list[int]:
        """Where the content of each chapter begins in the joined file, in samples at the output rate.

        ``frames`` are the chapters' numbers of frames, in order. The time is the file's own, as decoders give
        it: an M4B without edit list, an MP3 without Xing header, an Ogg file with its pre-skip honoured.
        """
        size, offset = self.samples_per_frame(rate), self.content_offset
        return [before * size + offset for before in accumulate(frames[:-1], initial=0)] if frames else []

    def check(self, audio: AudioSettings) -> None:
        """Raise ``SettingsError`` for settings that the codec cannot follow."""
        low, high = BITRATES
        if not low <= audio.bitrate <= high:
            raise SettingsError(
                f"A bitrate of {audio.bitrate} kbit/s is out of range: choose {low} to {high}."
            )

    def __repr__(self) -> str:
        return f"<codec {self.name}>"


class Aac(Codec):
    """AAC LC in ADTS: what an M4B is muxed from."""

    name = "aac"
    suffix = ".aac"
    rates = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)
    delay = 1024  # one frame: the first half of the first window

    def headroom(self, audio: AudioSettings, rate: int) -> float:
        bits = audio.bitrate * 1000 / rate
        if audio.coder == "twoloop":
            return 1.7 if bits >= 2.5 else 4.2
        return 0.6 if bits >= 2.0 else 1.4 if bits >= 1.3 else 3.0

    def samples_per_frame(self, rate: int) -> int:
        return 1024

    def check(self, audio: AudioSettings) -> None:
        super().check(audio)
        if audio.coder not in CODERS:
            raise SettingsError(f'There is no AAC coder "{audio.coder}": choose {" or ".join(CODERS)}.')

    def arguments(self, audio: AudioSettings, rate: int) -> list[str]:
        # ISO/IEC 14496-3: a channel's frame has at most 6144 bits.
        bitrate = min(audio.bitrate * 1000, 6144 * rate // 1024)
        coding = ["-c:a", "aac", "-profile:a", "aac_low", "-aac_coder", audio.coder, "-b:a", str(bitrate)]
        return [*coding, "-flags:a", "+bitexact", "-f", "adts"]

    def count_frames(self, path: Path) -> int:
        with _Bytes(path) as data:
            count, at, size = 0, 0, len(data)
            while at + 7 <= size:
                if data[at] != 0xFF or data[at + 1] & 0xF6 != 0xF0:
                    raise _damaged(path)
                length = (data[at + 3] & 3) << 11 | data[at + 4] << 3 | data[at + 5] >> 5
                if length < 7:
                    raise _damaged(path)
                at += length
                count += 1
            if at != size:
                raise _damaged(path)
            return count


class Mp3(Codec):
    """MPEG layer III at a constant bitrate, bare frames."""

    name = "mp3"
    suffix = ".mp3"
    rates = (16000, 22050, 24000, 32000, 44100, 48000)
    delay = 1105  # LAME's 576 and the decoder's 529
    loss = 0.4  # LAME multiplies by 0.95

    _HIGH_KBITS = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
    """Of MPEG-1 (32 kHz and more), in the order of the header's index 1 to 14 (ISO/IEC 11172-3)."""
    _LOW_KBITS = (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
    """Of MPEG-2 (ISO/IEC 13818-3)."""
    _HIGH_RATES = (44100, 48000, 32000)
    _LOW_RATES = (22050, 24000, 16000)

    def headroom(self, audio: AudioSettings, rate: int) -> float:
        return 1.2 if audio.bitrate * 1000 / rate >= 2.0 else 2.0

    def samples_per_frame(self, rate: int) -> int:
        return 1152 if rate >= 32000 else 576

    def arguments(self, audio: AudioSettings, rate: int) -> list[str]:
        kbits = self._HIGH_KBITS if rate >= 32000 else self._LOW_KBITS
        bitrate = min(kbits, key=lambda known: abs(known - audio.bitrate))
        coding = ["-c:a", "libmp3lame", "-b:a", f"{bitrate}k"]
        return [*coding, "-write_xing", "0", "-id3v2_version", "0", "-write_id3v1", "0", "-f", "mp3"]

    def count_frames(self, path: Path) -> int:
        with _Bytes(path) as data:
            count, at, size = 0, 0, len(data)
            while at + 4 <= size:
                at += self._frame_bytes(data[at : at + 4], path)
                count += 1
            if at != size:
                raise _damaged(path)
            return count

    def _frame_bytes(self, header: bytes, path: Path) -> int:
        version = header[1] >> 3 & 3  # 3: MPEG-1, 2: MPEG-2
        bitrate, rate, padding = header[2] >> 4, header[2] >> 2 & 3, header[2] >> 1 & 1
        if (
            header[0] != 0xFF
            or header[1] & 0xE6 != 0xE2
            or version < 2
            or not 1 <= bitrate <= 14
            or rate == 3
        ):
            raise _damaged(path)
        if version == 3:
            return 144 * self._HIGH_KBITS[bitrate - 1] * 1000 // self._HIGH_RATES[rate] + padding
        return 72 * self._LOW_KBITS[bitrate - 1] * 1000 // self._LOW_RATES[rate] + padding


class Opus(Codec):
    """Opus in Ogg, packets of 20 ms."""

    name = "opus"
    suffix = ".opus"
    rates = (8000, 12000, 16000, 22050, 24000, 32000, 44100, 48000)

    delay = 312  # libopus' look-ahead of 6.5 ms
    skipped = 312  # the pre-skip in the Ogg header says so, and ffmpeg writes it

    RATE = 48000
    """Hz: Opus always decodes at this rate."""

    def headroom(self, audio: AudioSettings, rate: int) -> float:
        return 1.4 if audio.bitrate >= 32 else 2.3

    def output_rate(self, rate: int) -> int:
        return self.RATE

    def samples_per_frame(self, rate: int) -> int:
        return 960

    def arguments(self, audio: AudioSettings, rate: int) -> list[str]:
        coding = [
            "-ar",
            str(self.RATE),
            "-c:a",
            "libopus",
            "-b:a",
            f"{audio.bitrate}k",
            "-application",
            "audio",
        ]
        return [
            *coding,
            "-frame_duration",
            "20",
            "-flags:a",
            "+bitexact",
            "-fflags",
            "+bitexact",
            "-f",
            "ogg",
        ]

    def count_frames(self, path: Path) -> int:
        with _Bytes(path) as data:
            packets, at, size, last = 0, 0, len(data), False
            while at + 27 <= size:
                if data[at : at + 4] != b"OggS":
                    raise _damaged(path)
                segments = data[at + 26]
                table = data[at + 27 : at + 27 + segments]
                packets += segments - table.count(255)  # a packet ends with a segment under 255 bytes
                last = bool(data[at + 5] & 4)
                at += 27 + segments + sum(table)
            if at != size or not last:
                raise _damaged(path)
            return packets - 2  # OpusHead and OpusTags


class _Bytes:
    """A file's bytes without reading it whole."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> mmap.mmap:
        with self._path.open("rb") as file:
            try:
                self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
            except ValueError as error:  # an empty file cannot be mapped
                raise _damaged(self._path) from error
        return self._map

    def __exit__(self, *_: object) -> None:
        self._map.close()


def _damaged(path: Path) -> AudioError:
    return AudioError(f"The encoded chapter {path.name} is damaged or cut off; it has to be encoded again.")


CODECS: dict[str, Codec] = {codec.name: codec for codec in (Aac(), Mp3(), Opus())}
