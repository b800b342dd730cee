"""The recording that a voice is made of: is it good enough for the engine, and what the engine is given of it.

An engine imitates all that it hears: noise, echo, a telephone's narrow sound, a second speaker. So a recording is
measured before anything else (``clip_sound``), and what is wrong is told. What is taken from it is one channel at the
rate at which the engine listens, without the silence around it, at one level for all voices.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import soxr

from pipeline.audio.ffmpeg import decode, find_ffmpeg
from pipeline.audio.wav import wav_bytes
from pipeline.errors import AudioError, ClipRefused
from pipeline.limits import CLIP_BYTES, CLIP_SECONDS
from pipeline.model import Pcm
from pipeline.speech.clip_sound import ClipSound, measure, pause_before, trimmed
from pipeline.speech.facts import Cloning

RATE = 48_000
"""Hz at which a recording is measured: no microphone has more."""
MARGIN_SECONDS = 0.1
"""Left of the silence before the first word and after the last."""
LEVEL_DB = -20.0
"""dBFS (RMS while somebody speaks) that every recording is brought to, as far as ``PEAK_DB`` lets it."""
PEAK_DB = -1.0

QUIET_DB = -42.0
"""dBFS of speech: what is softer was recorded too low, and is raised with its noise."""
CLIPPED = (0.0005, 0.005)
"""Share of samples at the ceiling from which on it is told, and refused."""
NOISE_DB = (20.0, 12.0)
"""Speech above the quietest moments: what has less is told, and refused. A quiet room with a microphone near the
mouth gives 35 and more."""
BANDWIDTH_HZ = 4_700.0
"""What has less is a telephone (4 kHz, and what a resampler leaves above that), and refused."""
BANDWIDTH_SHARE = 0.7
"""Of what the engine could hear: what has less is told."""
PAUSE_SECONDS = 2.0
"""A pause that is longer is told: engines imitate pauses, too."""
SPEECH_SHARE = 0.5
"""Of the recording, that somebody should be speaking."""
PITCH_STEP = 1.45
"""Between the phrases of one speaker there is hardly ever such a gap (six and a half semitones); between a woman and
a man there nearly always is."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong with a recording, or worth knowing."""

    name: str
    """Short, for programs: ``short``, ``noisy`` ..."""
    text: str
    """One sentence, for people."""
    fatal: bool = False
    """Whether no usable voice comes of it."""


@dataclass(frozen=True, slots=True)
class Clip:
    """A recording as an engine is given it."""

    audio: Pcm
    sample_rate: int
    """Hz."""
    sound: ClipSound
    """As it was before it was brought to its level and the engine's rate."""
    findings: tuple[Finding, ...]

    @property
    def seconds(self) -> float:
        """How long it is."""
        return len(self.audio) / self.sample_rate

    @property
    def wav(self) -> bytes:
        """As a file."""
        return wav_bytes(self.audio, self.sample_rate)


def read_clip(path: Path, cloning: Cloning) -> Clip:
    """A recording (anything that ffmpeg reads) for an engine that clones so; what is wrong is among its findings.

    Raises ``ClipRefused`` when it is too large, cannot be read, or nothing is heard in it, and ``AudioError`` where
    there is no ffmpeg.
    """
    audio = trimmed(_decoded(path), RATE, MARGIN_SECONDS)
    if not len(audio):
        raise ClipRefused(f"Nothing is heard in {path.name}: choose a recording in which somebody speaks.")
    cut: tuple[Finding, ...] = ()
    length = len(audio) / RATE
    if length > cloning.longest and not cloning.needs_text:
        audio = _cut(audio, cloning)
        said = (
            f"Of its {length:.0f} s the engine makes use of {cloning.longest:g}: {len(audio) / RATE:.1f} s are "
            "kept."
        )
        cut = (Finding("long", said),)
    sound = measure(audio, RATE)
    findings = (*cut, *_findings(sound, length, cloning))
    return Clip(_for_engine(audio, sound, cloning.sample_rate), cloning.sample_rate, sound, findings)


def refuse(path: Path, clip: Clip) -> None:
    """Raise ``ClipRefused`` with all that makes a recording unusable, if anything does."""
    if said := " ".join(finding.text for finding in clip.findings if finding.fatal):
        raise ClipRefused(f"{path.name} cannot become a voice. {said}")


def _decoded(path: Path) -> Pcm:
    if not path.is_file():
        raise ClipRefused(f"There is no recording {path}: check the path.")
    if path.stat().st_size > CLIP_BYTES:
        raise ClipRefused(
            f"{path.name} is larger than {CLIP_BYTES // 2**20} MB: cut out the best half minute."
        )
    find_ffmpeg()  # that there is none is no fault of the recording
    blocks, samples = [], 0
    try:
        for block in decode(path, RATE):
            blocks.append(block)
            samples += len(block)
            if samples > CLIP_SECONDS * RATE:
                raise ClipRefused(
                    f"{path.name} is longer than {CLIP_SECONDS // 60} minutes: cut out the best half minute."
                )
    except AudioError as error:
        raise ClipRefused(
            f"{path.name} cannot be read as audio: use WAV, FLAC, MP3, M4A, Ogg or Opus."
        ) from error
    return np.concatenate(blocks) if blocks else np.zeros(0, np.int16)


def _cut(audio: Pcm, cloning: Cloning) -> Pcm:
    """The beginning, up to the last pause that the engine makes use of."""
    end = pause_before(audio, RATE, cloning.shortest, cloning.longest) or cloning.longest
    return trimmed(audio[: round(end * RATE)], RATE, MARGIN_SECONDS)


def _for_engine(audio: Pcm, sound: ClipSound, rate: int) -> Pcm:
    samples = audio.astype(np.float32) - np.float32(audio.mean())
    resampled = soxr.resample(samples, RATE, rate) if rate != RATE else samples
    peak = float(np.abs(resampled).max()) / 32768 or 1.0
    gain = min(10 ** ((LEVEL_DB - sound.level) / 20), 10 ** (PEAK_DB / 20) / peak)
    leveled: Pcm = np.rint(resampled * gain).astype(np.int16)
    return leveled


def _findings(sound: ClipSound, length: float, cloning: Cloning) -> Iterator[Finding]:
    yield from _of_length(sound, length, cloning)
    if sound.level < QUIET_DB:
        yield Finding("quiet", f"It is very quiet ({sound.level:.0f} dBFS): speak nearer to the microphone.")
    if sound.clipped > CLIPPED[0]:
        said = f"It is clipped ({sound.clipped:.2%} of the samples): record it again at a lower level."
        yield Finding("clipped", said, fatal=sound.clipped > CLIPPED[1])
    if sound.noise < NOISE_DB[0]:
        said = f"There is noise: the speech is only {sound.noise:.0f} dB above what is heard in its pauses."
        yield Finding("noisy", said, fatal=sound.noise < NOISE_DB[1])
    if sound.bandwidth < BANDWIDTH_SHARE * cloning.sample_rate / 2:
        said = (
            f"It has nothing above about {sound.bandwidth / 1000:.1f} kHz, and the voice will sound as dull."
        )
        yield Finding("dull", said, fatal=sound.bandwidth < BANDWIDTH_HZ)
    yield from _of_speakers(sound)


def _of_length(sound: ClipSound, length: float, cloning: Cloning) -> Iterator[Finding]:
    if length < cloning.shortest:
        said = f"It has {length:.1f} s from the first word to the last, and the engine needs {cloning.shortest:g}."
        yield Finding("short", said, fatal=True)
    if length > cloning.longest and cloning.needs_text:
        said = (
            f"It has {length:.1f} s and the engine takes {cloning.longest:g}: cut it, and the text of the recording "
            "with it."
        )
        yield Finding("long", said, fatal=True)
    if sound.longest_pause > PAUSE_SECONDS:
        said = f"It has a pause of {sound.longest_pause:.1f} s: engines imitate pauses, too."
        yield Finding("pause", said)
    if sound.speech < SPEECH_SHARE * sound.seconds:
        said = f"Somebody speaks in {sound.speech:.1f} of its {sound.seconds:.1f} s only."
        yield Finding("sparse", said)


def _of_speakers(sound: ClipSound) -> Iterator[Finding]:
    pitches = sorted(sound.pitches)
    gaps = [(high / low, low, high) for low, high in pairwise(pitches)]
    if gaps and (widest := max(gaps))[0] >= PITCH_STEP:
        said = (
            f"Some phrases are spoken at {widest[1]:.0f} Hz and others at {widest[2]:.0f} Hz: if that is more than "
            "one speaker, cut out one of them."
        )
        yield Finding("speakers", said)
