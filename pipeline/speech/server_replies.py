"""From what a speech server answered to samples that may count as speech.

HTTP 200 is no proof that the text was spoken. A reply must be audio, at the rate that the voice has, neither silent
nor of a length that its text cannot have; whatever else it is gets the name of its fault (``pipeline.check.faults``).
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from pipeline.audio.ffmpeg import decode
from pipeline.audio.wav import read_wav
from pipeline.check.pace import duration_bounds
from pipeline.check.samples import refused
from pipeline.errors import AudioError
from pipeline.limits import SPEECH_REPLY_SECONDS
from pipeline.model import Chunk, Pcm, SpeakingOptions, Voice
from pipeline.speech.server_client import Reply, ServerClient

_SPARE_SECONDS = 10.0
_SLACK = 2.0
"""What lies that far outside the durations that any voice has is refused here; nearer ones are the checks' matter."""
_COMPRESSED = {b"ID3": ".mp3", b"OggS": ".ogg", b"fLaC": ".flac"}
"""By how they begin. ffmpeg is given nothing else: some of what it reads names other files."""


def speech_of(
    client: ServerClient, reply: Reply, chunk: Chunk, voice: Voice, options: SpeakingOptions
) -> Pcm:
    """The samples of a reply that says what its chunk says, as far as can be seen.

    Raises ``TakeRefused`` with the name of the fault: ``no-audio``, ``rate``, ``silence``, ``impossibly-short``,
    ``impossibly-long``.
    """
    if reply.type.endswith("json") or reply.body[:1] in (b"{", b"["):
        said = client.words_of(reply) or "without a word"
        raise refused(
            "no-audio", chunk, f"{client.server.label} answered with no audio but an error ({said})"
        )
    return checked(client.server.label, *decoded(reply.body, chunk, voice), chunk, voice, options)


def decoded(body: bytes, chunk: Chunk, voice: Voice) -> tuple[int, Pcm]:
    """Sample rate (Hz) and samples of an audio file; a compressed one comes at the voice's rate.

    Raises ``TakeRefused``.
    """
    try:
        if body[:4] in (b"RIFF", b"RF64"):
            return read_wav(body)
        suffix = _suffix(body)
        if not suffix:
            raise AudioError("That is no audio of a kind that is asked for.")
        return voice.sample_rate, _decompressed(body, suffix, voice.sample_rate)
    except AudioError as error:
        raise refused(
            "no-audio", chunk, f"the server's reply cannot be read ({str(error).rstrip('.')})"
        ) from error


def checked(who: str, rate: int, pcm: Pcm, chunk: Chunk, voice: Voice, options: SpeakingOptions) -> Pcm:
    """``pcm`` if it can be what the chunk says. Raises ``TakeRefused``."""
    if rate != voice.sample_rate:
        raise refused(
            "rate",
            chunk,
            f"{who} replied at {rate} Hz instead of {voice.sample_rate} Hz: either it failed, or sample_rate in its "
            "settings is wrong",
        )
    if not np.any(pcm):
        raise refused("silence", chunk, f"{who} replied with nothing but zeros")
    seconds = len(pcm) / rate
    shortest, longest = (bound / options.rate for bound in duration_bounds(chunk.spoken))
    if seconds < shortest / _SLACK:
        raise refused("impossibly-short", chunk, f"{who} replied with {seconds:.2f} s of audio only")
    if seconds > longest * _SLACK + _SPARE_SECONDS:
        raise refused("impossibly-long", chunk, f"{who} replied with {seconds:.0f} s of audio")
    return pcm


def _suffix(body: bytes) -> str:
    for begin, suffix in _COMPRESSED.items():
        if body.startswith(begin):
            return suffix
    # A frame of MPEG audio begins with eleven bits that are set; one of AAC in ADTS with twelve.
    return ".mp3" if len(body) > 2 and body[0] == 0xFF and body[1] & 0xE0 == 0xE0 else ""


def _decompressed(body: bytes, suffix: str, rate: int) -> Pcm:
    most = SPEECH_REPLY_SECONDS * rate
    blocks: list[Pcm] = []
    size = 0
    with tempfile.TemporaryDirectory(prefix="voxpress-reply-") as folder:
        path = Path(folder, f"reply{suffix}")
        path.write_bytes(body)
        for block in decode(path, rate):
            blocks.append(block)
            size += len(block)
            if size > most:
                raise AudioError(f"It has more than {SPEECH_REPLY_SECONDS} s of audio.")
    return np.concatenate(blocks) if blocks else np.zeros(0, np.int16)
