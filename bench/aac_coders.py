"""Which of ffmpeg's AAC coders should an audiobook use? Measured, not listened to.

    python bench/aac_coders.py            prints a table and writes bench/results/aac_coders.md

Speech from espeak is encoded with both coders at several bitrates, decoded, aligned (AAC's delay is exactly
1024 samples) and compared with the original in 20 ms frames and critical bands. What is reported:

- segmental SNR: mean over frames of the signal-to-noise ratio of the wave, each held to -10..35 dB;
- band distance: root mean square of the level difference in dB over all bands that are heard: what noise
  substitution, which no wave comparison is fair to, does not hide;
- noise to mask: noise in each band over what the signal masks there (spreading of 27 dB per Bark downwards
  and 10 upwards, offset of 14.5 dB plus the band's number: Johnston 1988), mean in dB, and the share of bands
  where it is above 0 dB, that is, where a trained ear may hear it;
- speed: seconds of audio per CPU second of ffmpeg, with everything it does.
"""

from __future__ import annotations

import resource
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parent.parent))

from pipeline.audio.codec import CODECS
from pipeline.audio.ffmpeg import PROTOCOLS, decode, feed_ffmpeg, ffmpeg_version, find_ffmpeg, local
from pipeline.model import BlockKind, Chunk, Pcm, Sentence, SpeakingOptions, Word
from pipeline.settings import AudioSettings
from pipeline.speech.engine import EngineContext
from pipeline.speech.espeak import EspeakEngine

RATE = 22050
BITRATES = (32, 48, 64, 96)
CODERS = ("fast", "twoloop")
RESULTS = Path(__file__).parent / "results" / "aac_coders.md"
FRAME = 441
"""Samples: 20 ms."""
HEARD = 50.0
"""dB under the loudest band of the recording: what is softer does not count."""
TEXTS = (
    "The harbour lay quiet under the first grey light, and nobody had yet lit the stoves along the quay.",
    "She counted the boats twice, because the small green one with the patched sail was missing again.",
    "Thirty-seven years earlier her grandfather had written it in a ledger: the tide takes what it is owed.",
    "Why should anyone believe him now? He asked for nothing, and yet everybody listened.",
    "When the bell rang at half past six the whole street woke up at once: doors, dogs, children.",
    "It was, by any measure, a strange choice. Strange, but not foolish. Stop! Who goes there?",
)


def main() -> None:
    speech = np.concatenate([_speech(language) for language in ("en-us", "en-gb", "de", "fr-fr")])
    rows = [_row(speech, bitrate, coder) for bitrate in BITRATES for coder in CODERS]
    columns = "kbit/s | coder | segmental SNR, dB | band distance, dB | noise to mask, dB | audible bands"
    table = "\n".join([f"| {columns} | times realtime |", "|" + "--:|" * 7, *rows])
    print(table)
    report = (
        f"# AAC coders\n\nMade by `python bench/aac_coders.py` with ffmpeg {ffmpeg_version(find_ffmpeg())}: "
        f"{len(speech) / RATE:.0f} s of espeak at {RATE} Hz.\n\n{table}\n"
    )
    kept = RESULTS.read_text().partition("\n## ") if RESULTS.exists() else ("", "", "")
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(report + (f"\n## {kept[2]}" if kept[2] else ""))


def _speech(language: str) -> Pcm:
    with tempfile.TemporaryDirectory() as folder:
        engine = EspeakEngine(EngineContext(Path(folder)))
        voice = next(v for v in engine.voices() if v.id == language or language in v.languages)
        chunks = [_chunk(text, voice.name) for text in TEXTS]
        takes = engine.speak(chunks, voice, SpeakingOptions())
        # The level of a finished book: coders treat soft and loud differently.
        return np.concatenate([np.rint(take.audio * 0.7).astype(np.int16) for take in takes])


def _chunk(text: str, voice: str) -> Chunk:
    words = tuple(Word(word, word) for word in text.split())
    return Chunk(0, (Sentence(words),), BlockKind.PARAGRAPH, voice, "en", 0.0)


def _row(speech: Pcm, bitrate: int, coder: str) -> str:
    codec, settings = CODECS["aac"], replace(AudioSettings(), bitrate=bitrate, coder=coder)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "speech.aac"
        source = [*PROTOCOLS, "-f", "s16le", "-ar", str(RATE), "-ac", "1", "-i", "pipe:0"]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        feed_ffmpeg([*source, *codec.arguments(settings, RATE), local(out)], [speech], "encoding")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        heard = np.concatenate(list(decode(out, RATE)))
    heard = heard[codec.content_offset :][: len(speech)]
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    snr = _segmental_snr(speech, heard)
    distance, noise, audible = _bands(speech, heard)
    speed = len(speech) / RATE / cpu
    return f"| {bitrate} | {coder} | {snr:.1f} | {distance:.1f} | {noise:.1f} | {audible:.1%} | {speed:.0f} |"


def _frames(pcm: NDArray[np.float64]) -> NDArray[np.float64]:
    return pcm[: len(pcm) // FRAME * FRAME].reshape(-1, FRAME)


def _segmental_snr(speech: Pcm, heard: Pcm) -> float:
    signal = np.square(_frames(speech.astype(float))).sum(axis=1)
    noise = np.square(_frames(heard.astype(float) - speech)).sum(axis=1)
    sounding = signal > signal.max() * 10 ** (-HEARD / 10)
    ratio = 10 * np.log10((signal[sounding] + 1) / (noise[sounding] + 1))
    return float(np.clip(ratio, -10, 35).mean())


def _bands(speech: Pcm, heard: Pcm) -> tuple[float, float, float]:
    """Band distance (dB), mean noise to mask (dB), share of bands where the noise is over the mask."""
    signal = _band_energies(speech.astype(float))
    other = _band_energies(heard.astype(float))
    noise = _band_energies(heard.astype(float) - speech)
    bands = np.arange(signal.shape[1])
    apart = bands[None, :] - bands[:, None]  # from the band that masks to the band that is masked
    spreading = 10 ** (np.where(apart < 0, 27.0 * apart, -10.0 * apart) / 10)
    mask = signal @ spreading / 10 ** ((14.5 + bands) / 10)
    counted = signal > signal.max() * 10 ** (-HEARD / 10)
    distance = 10 * np.log10((other[counted] + 1) / (signal[counted] + 1))
    ratio = 10 * np.log10((noise[counted] + 1) / (mask[counted] + 1))
    return float(np.sqrt(np.square(distance).mean())), float(ratio.mean()), float((ratio > 0).mean())


def _band_energies(pcm: NDArray[np.float64]) -> NDArray[np.float64]:
    """Energy in each critical band (Bark; Zwicker's scale as Traunmueller 1990 has it) of each frame."""
    spectrum = np.square(np.abs(np.fft.rfft(_frames(pcm) * np.hanning(FRAME), axis=1)))
    frequency = np.fft.rfftfreq(FRAME, 1 / RATE)
    bark = np.clip(26.81 * frequency / (1960 + frequency) - 0.53, 0, None).astype(int)
    return np.stack([spectrum[:, bark == band].sum(axis=1) for band in range(bark.max() + 1)], axis=1)


if __name__ == "__main__":
    main()
