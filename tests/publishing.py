"""Finished chapters for the tests of publishing, encoded by ffmpeg itself."""

from __future__ import annotations

import io
import re
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import av
import imageio_ffmpeg
import numpy as np

from pipeline.model import EncodedChapter, Loudness, Metadata, Segment, SourceInfo, SourceKind, Word
from pipeline.publish.edition import ChapterFiles, EditionPlan
from pipeline.serial import dump
from pipeline.settings import AudioSettings, ProductionSettings, PublishSettings, ReadingSettings

RATE = 22050
ROOT = Path(__file__).parent.parent
FFMPEG = imageio_ffmpeg.get_ffmpeg_exe()
ENCODERS = {
    "aac": ["-c:a", "aac", "-aac_coder", "fast", "-b:a", "64k", "-f", "adts"],
    "mp3": ["-c:a", "libmp3lame", "-b:a", "64k", "-write_xing", "0", "-id3v2_version", "0", "-f", "mp3"],
    "opus": ["-c:a", "libopus", "-b:a", "48k", "-f", "opus"],
}


def run_ffmpeg(*arguments: str, data: bytes | None = None) -> bytes:
    """What ffmpeg writes to its standard output."""
    command = [FFMPEG, "-nostdin", "-v", "error", "-y", *arguments]
    return subprocess.run(command, input=data, capture_output=True, check=True).stdout


def ebur128(*source: str, data: bytes | None = None) -> tuple[float, float]:
    """LUFS and dBTP after ffmpeg, at 48 kHz: the rate for which the standard defines its filters."""
    measuring = "aresample=48000,ebur128=peak=true:framelog=quiet"
    command = [FFMPEG, "-nostdin", "-hide_banner", "-nostats", *source, "-af", measuring, "-f", "null", "-"]
    said = subprocess.run(command, input=data, capture_output=True, check=True).stderr.decode()
    loudness = re.findall(r"I:\s+(\S+) LUFS", said)[-1]
    peak = re.findall(r"Peak:\s+(\S+) dBFS", said)[-1]
    return float(loudness), float(peak)


def clicks(seconds: float, at: Sequence[float], rate: int = RATE) -> np.ndarray:
    """Silence with a short loud tone at each of the given seconds."""
    pcm = np.zeros(round(seconds * rate), np.int16)
    tone = (20000 * np.sin(2 * np.pi * 1000 * np.arange(rate // 20) / rate)).astype(np.int16)
    for second in at:
        start = round(second * rate)
        pcm[start : start + len(tone)] = tone
    return pcm


def onsets(pcm: np.ndarray, rate: int) -> list[float]:
    """The seconds at which tones begin."""
    loud = np.flatnonzero(np.abs(pcm.astype(np.int32)) > 6000)
    first = [index for index, before in zip(loud[1:], loud[:-1], strict=True) if index - before > rate // 10]
    return [index / rate for index in [loud[0], *first]]


def decode(path: Path) -> tuple[np.ndarray, int]:
    """The file's samples in its own rate, as ffmpeg's libraries decode it."""
    with av.open(path) as file:
        rate = file.streams.audio[0].rate
        blocks = []
        for frame in file.decode(audio=0):
            block = frame.to_ndarray()[0]
            blocks.append(block if block.dtype == np.int16 else (block * 32767).astype(np.int16))
    return np.concatenate(blocks), rate


def encode_chapter(
    folder: Path, pcm: np.ndarray, codecs: Sequence[str] = ("aac",), rate: int = RATE
) -> tuple[dict[str, EncodedChapter], dict[str, Path]]:
    """``pcm`` in each codec, as a worker leaves it."""
    folder.mkdir(parents=True, exist_ok=True)
    chapters, paths = {}, {}
    for codec in codecs:
        data = run_ffmpeg(
            "-f", "s16le", "-ar", str(rate), "-ac", "1", "-i", "-", *ENCODERS[codec], "-", data=pcm.tobytes()
        )
        paths[codec] = folder / f"chapter.{codec}"
        paths[codec].write_bytes(data)
        with av.open(io.BytesIO(data)) as file:
            frames = sum(1 for packet in file.demux(audio=0) if packet.size)
        loudness = Loudness({-200: 10}, -4.0)
        chapters[codec] = EncodedChapter(0, "", 1, rate, len(pcm), frames, loudness, codec)
    return chapters, paths


def write_segments(path: Path, segments: Sequence[Segment]) -> Path:
    """Segments as the master stage writes them."""
    path.write_bytes(dump(tuple(segments), tuple[Segment, ...]))
    return path


def segment(text: str, start: float, step: float, *, joined: bool = False, rate: int = RATE) -> Segment:
    """A sentence whose words follow each other every ``step`` seconds; a character each if ``joined``."""
    texts = list(text) if joined else text.split()
    words = tuple(Word(word, word, joined and number > 0) for number, word in enumerate(texts))
    starts = tuple(round((start + number * step) * rate) for number in range(len(words)))
    ends = tuple(value + round(step * 0.8 * rate) for value in starts)
    return Segment(text, "tone:one", words, starts, ends)


def chapter_files(
    encoded: dict[str, EncodedChapter], paths: dict[str, Path], segments: Path, index: int, title: str
) -> ChapterFiles:
    """One chapter of a plan."""
    named = {codec: replace(chapter, index=index, title=title) for codec, chapter in encoded.items()}
    return ChapterFiles(named, paths, segments)


ONE_DOUBT = {"chapter": "", "text": "", "fault": "source", "said": "One word is in doubt."}
METADATA = Metadata(
    title="Die Brücke: Anfang",
    subtitle="Ein Versuch",
    authors=("Ann Author", "Bob Writer"),
    language="de",
    isbn="9780000000002",
    publisher="Example House",
    published="1999-05-01",
    description="First line.\nSecond line.",
)


def chosen(audio: AudioSettings | None = None, reading: ReadingSettings | None = None) -> ProductionSettings:
    """Settings without the companion that needs the chapters' texts, which plans made here do not have."""
    beside = PublishSettings(companions=("listen", "report", "vtt", "srt"))
    return ProductionSettings(
        audio=audio or AudioSettings(), reading=reading or ReadingSettings(), publish=beside
    )


def plan_of(
    chapters: Sequence[ChapterFiles], formats: Sequence[str] = ("m4b",), **changes: object
) -> EditionPlan:
    """A plan with sensible everything else."""
    plan = EditionPlan(
        metadata=METADATA,
        source=SourceInfo(SourceKind.TEXT, "bridge.txt", "ab" * 32),
        cover=None,
        narrator="tone:one",
        chapters=chapters,
        settings=chosen(audio=AudioSettings(formats=tuple(formats))),
        report={"production": "p1", "doubts": [ONE_DOUBT]},
    )
    return replace(plan, **changes)  # type: ignore[arg-type]
