"""The audio of an episode: what it is, how long it really is, and which chapters it has."""

from __future__ import annotations

import re
from pathlib import Path

from pipeline.audio.ffmpeg import PROTOCOLS, local, read_ffmpeg
from pipeline.errors import AudioError
from pipeline.limits import RECORDING_SECONDS
from pipeline.publish.podcast.checks.findings import REBUILD, Findings
from pipeline.publish.podcast.checks.texts import ToldChapter

SLACK = 1.0
"""Seconds by which the length that is told may be off: it is told in whole ones."""
_RATE = 8000  # Hz: enough to count samples
_HEAD = 64
_TYPES = {
    "mp3": ("audio/mpeg", "audio/mp3"),
    "ogg": ("audio/ogg", "audio/opus"),
    "mov": ("audio/x-m4a", "audio/mp4", "audio/m4a"),
}
_SUFFIXES = {"mp3": (".mp3",), "ogg": (".opus", ".ogg"), "mov": (".m4a", ".mp4", ".m4b")}


def check_sound(path: Path, told_type: str, told_length: str, where: str, findings: Findings) -> str | None:
    """Compare a file with its ``enclosure``; ffmpeg's name of the format, where it is one for podcasts."""
    size = path.stat().st_size
    if told_length.strip() != str(size):
        findings.error(
            where, f"{path.name} has {size} bytes, and the feed says '{told_length[:20]}'", REBUILD
        )
    with path.open("rb") as file:
        kind = _kind(file.read(_HEAD))
    if kind is None:
        findings.error(path.name, "it is neither MP3, M4A nor Ogg Opus", REBUILD)
        return None
    if told_type.split(";")[0].strip().lower() not in _TYPES[kind]:
        findings.error(
            where, f"{path.name} is {_TYPES[kind][0]}, and the feed says '{told_type[:40]}'", REBUILD
        )
    if path.suffix.lower() not in _SUFFIXES[kind]:
        findings.error(where, f"{path.name} is {_TYPES[kind][0]}, and its name says something else", REBUILD)
    return kind


def measure(path: Path, kind: str, findings: Findings) -> float | None:
    """Seconds that the file plays, all of it decoded; none, and a finding, where that fails."""
    # The format is given, so nothing that a file says of itself can make ffmpeg read another one.
    arguments = [*PROTOCOLS, "-xerror", "-f", kind, "-i", local(path), "-map", "0:a:0"]
    arguments += ["-ac", "1", "-ar", str(_RATE), "-c:a", "pcm_u8", "-f", "u8", "pipe:1"]
    samples = 0
    try:
        for block in read_ffmpeg(arguments, f"reading {path.name}"):
            samples += len(block)
            if samples > RECORDING_SECONDS * _RATE:
                break
    except AudioError as error:
        findings.error(path.name, f"it cannot be decoded to its end ({str(error).rstrip('.')})", REBUILD)
        return None
    if not samples:
        findings.error(path.name, "there is no sound in it", REBUILD)
        return None
    return samples / _RATE


def check_duration(told: str, seconds: float, where: str, findings: Findings) -> None:
    """Compare the length that the feed tells with the true one."""
    parts = [int(part) for part in told.split(":") if part.strip().isdigit()]
    total = 0
    for part in parts:
        total = total * 60 + part
    if parts and abs(total - seconds) > SLACK:
        findings.error(where, f"the feed says {total} seconds, and it plays {seconds:.1f}", REBUILD)


def file_chapters(path: Path, kind: str) -> list[ToldChapter]:
    """The chapters in the file's own tags. Raises ``AudioError``."""
    arguments = [*PROTOCOLS, "-f", kind, "-i", local(path), "-f", "ffmetadata", "pipe:1"]
    text = b"".join(read_ffmpeg(arguments, f"reading the chapters of {path.name}")).decode(errors="replace")
    found = []
    for part in re.split(r"^\[CHAPTER\]\n", text, flags=re.MULTILINE)[1:]:
        values = dict(re.findall(r"^([A-Za-z]+)=((?:\\.|[^\\\n])*)", part, flags=re.MULTILINE | re.DOTALL))
        top, _, bottom = values.get("TIMEBASE", "1/1").partition("/")
        start = int(values.get("START", "0")) * int(top) / int(bottom or "1")
        found.append(ToldChapter(re.sub(r"\\(.)", r"\1", values.get("title", ""), flags=re.DOTALL), start))
    return found


def _kind(head: bytes) -> str | None:
    if head[:3] == b"ID3" or (len(head) > 1 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2):
        return "mp3"
    if head[:4] == b"OggS" and b"OpusHead" in head:
        return "ogg"
    if head[4:8] == b"ftyp":
        return "mov"
    return None
