"""GPT-SoVITS through its ``api_v2.py``: voices cloned from a few seconds of somebody's speech.

Contract: ``api_v2.py`` and ``GPT_SoVITS/TTS_infer_pack/TTS.py`` of RVC-Boss/GPT-SoVITS; ``POST /tts``. Its weights
are global to its process: a server is one model, and is never told to load another, because that would change the
voice of everybody who uses it.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import ClassVar

from pipeline.audio.wav import open_wav
from pipeline.check.samples import refused
from pipeline.errors import EngineUnavailable, SpeechFailed
from pipeline.limits import SPEECH_REPLY_BYTES
from pipeline.model import Chunk, SpeakingOptions, Voice
from pipeline.speech.clones import Clone, clones, find_clone
from pipeline.speech.engine import EngineLimits, limits_by_script
from pipeline.speech.facts import Cloning, EngineFacts, Parameter
from pipeline.speech.server_client import ServerClient
from pipeline.speech.server_engine import LeftOut, Said, ServerEngine, ServerVoice
from pipeline.speech.server_replies import decoded, speech_of

SPEAK = "/tts"
USUAL_RATE = 32_000
"""Hz of v1, v2 and v2Pro; v3 has 24,000 and v4 48,000."""
FAILED_RATE = 16_000
"""Hz of the second of zeros that it replies with, and status 200, when it fails."""
REFERENCES = "references"
"""Folder under the engine's voices with the recordings by what is in them."""
_LANGUAGES = {"en": "en", "zh": "all_zh", "cmn": "all_zh", "ja": "all_ja", "ko": "all_ko", "yue": "all_yue"}
"""Its names, in small letters, of the languages it speaks; ``all_`` does not guess at English within them."""
_SHORTEST, _LONGEST = 3.0, 10.0
"""Seconds of a recording (``TTS.py`` refuses others)."""

FACTS = EngineFacts(
    title="GPT-SoVITS",
    homepage="https://github.com/RVC-Boss/GPT-SoVITS",
    about="Clones a voice from three to ten seconds, best in Chinese, Japanese and Korean, behind a server "
    "of its own.",
    hardware="The server's: a GPU with 6 GB or more.",
    licence="MIT",
    weights_licence="MIT.",
    languages=("zh", "en", "ja", "ko", "yue"),
    timings="By alignment: it tells none.",
    limits="About 180 characters at a time (60 in scripts without spaces); one request at a time.",
    exercised="A server that the tests make after the published contract, which fails as the real one does; a real "
    "one was never spoken to.",
    server=True,
    cloning=Cloning(shortest=_SHORTEST, longest=_LONGEST, sample_rate=32_000, needs_text=True),
    parameters=(
        Parameter("repetition_penalty", 1.0, 2.0, 1.35, "How much it avoids to say the same sounds again."),
        Parameter("temperature", 0.05, 2.0, 1.0, "How much it varies."),
        Parameter("top_k", 1.0, 100.0, 15.0, "Among how many sounds it chooses."),
        Parameter("top_p", 0.05, 1.0, 1.0, "Among how likely ones it chooses."),
    ),
    traps=(
        "When it fails it answers with status 200 and a second of zeros at 16,000 Hz, or at its own rate: both are "
        "refused by name, and the text is spoken again with another seed.",
        "It speaks one text at a time, and answers nothing else meanwhile: it is never asked for more.",
        "Its weights are global to its process: it is never told to load others, and what it has loaded stands in "
        "the settings.",
        "It remembers recordings by their path, not by what is in them: they are named by their content.",
        "It takes languages in small letters only.",
        "Recordings of less than 3 or more than 10 s are refused before it sees them.",
        "It adds silence after each piece that it divides a text into: it is told not to divide.",
        "Whoever reaches it can end it (`/control`): it must not be reachable from elsewhere.",
    ),
)


@dataclass(frozen=True, slots=True)
class _Reference:
    """A recording as the server is told of it."""

    path: str
    text: str
    language: str


class GptSovitsEngine(ServerEngine):
    """Speaks with cloned voices."""

    name: ClassVar[str] = "gpt-sovits"
    facts: ClassVar[EngineFacts] = FACTS
    most_parallel: ClassVar[int] = 1

    def server_voices(self, client: ServerClient) -> Iterable[ServerVoice | LeftOut]:
        """The cloned voices of this machine, where the server is there."""
        described = client.describe(anew=True)
        if SPEAK not in described.paths:
            raise EngineUnavailable(f"{client.called} has no {SPEAK}: is it api_v2.py of GPT-SoVITS?")
        mine = [clone for clone, _ in clones(self._context.voices_dir, self.name)]
        self._sweep([clone for clone in mine if clone.languages])
        for clone in mine:
            if not _languages(clone):
                spoken = ", ".join(FACTS.languages)
                yield LeftOut(clone.name, f"because its recording is in none of {spoken}: add one that is")
            else:
                told = (clone.sha256, clone.text, clone.languages)
                rate = client.server.sample_rate or USUAL_RATE
                yield ServerVoice(clone.name, _languages(clone), rate, told, consent=clone.consent)

    def limits(self, voice: Voice, language: str) -> EngineLimits:
        """Short: it is told not to divide texts."""
        return limits_by_script(language, characters=180, syllables=60, batch_seconds=120.0)

    def said(
        self, client: ServerClient, text: str, chunk: Chunk, voice: Voice, options: SpeakingOptions
    ) -> Said:
        """One request."""
        language = _language(chunk.language)
        if not language:
            raise SpeechFailed(
                f"GPT-SoVITS does not speak the language “{chunk.language}”; it speaks {', '.join(FACTS.languages)}."
            )
        reference = self._reference(client, voice)
        numbers = {one.name: options.parameter(one.name, one.default) for one in FACTS.parameters}
        request: dict[str, object] = {
            "text": text,
            "text_lang": language,
            "ref_audio_path": reference.path,
            "prompt_text": reference.text,
            "prompt_lang": reference.language,
            **numbers,
            "top_k": round(numbers["top_k"]),
            "text_split_method": "cut0",
            "batch_size": 1,
            "split_bucket": False,
            "speed_factor": options.rate,
            "seed": options.seed % (2**31 - 1) + 1,
            "media_type": "wav",
            "streaming_mode": False,
        }
        reply = client.speak(SPEAK, request, most=SPEECH_REPLY_BYTES)
        self._refuse_failure(client, reply.body, chunk, voice)
        return Said(speech_of(client, reply, chunk, voice, options))

    def _refuse_failure(self, client: ServerClient, body: bytes, chunk: Chunk, voice: Voice) -> None:
        if body[:4] != b"RIFF":
            return
        rate, pcm = decoded(body, chunk, voice)
        if not pcm.any():
            at = f" at {FAILED_RATE} Hz" if rate == FAILED_RATE else ""
            raise refused(
                "silence", chunk, f"{client.server.label} failed: it replied with nothing but zeros{at}"
            )

    @property
    def _folder(self) -> Path:
        return self._context.voices_dir / self.name / REFERENCES

    def _sweep(self, clones_here: Sequence[Clone]) -> None:
        """A voice that was removed leaves no recording behind."""
        named = {_file(clone) for clone in clones_here}
        for path in self._folder.glob("*.wav") if self._folder.is_dir() else ():
            if path.name not in named:
                with suppress(OSError):
                    path.unlink()

    def _reference(self, client: ServerClient, voice: Voice) -> _Reference:
        found = find_clone(self._context.voices_dir, self.name, voice.id)
        if found is None:
            raise EngineUnavailable(
                f"The recording of the voice {voice.name} is not on this machine: add it again."
            )
        clone, kept = found[0], self._kept(*found)
        folder = client.server.folder
        path = str(PurePosixPath(folder, kept.name)) if folder else str(kept)
        return _Reference(path, clone.text, _language(clone.languages[0]))

    def _kept(self, clone: Clone, recording: Path) -> Path:
        """The recording where the server reads it."""
        rate, pcm = open_wav(recording)
        if not _SHORTEST <= len(pcm) / rate <= _LONGEST:
            raise EngineUnavailable(
                f"The recording of the voice {self.name}:{clone.name} has {len(pcm) / rate:.1f} s, and GPT-SoVITS "
                f"takes {_SHORTEST:g} to {_LONGEST:g} s: add a shorter or longer one."
            )
        path = self._folder / _file(clone)
        if not path.is_file():
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(dir=path.parent, prefix=".")
            with os.fdopen(handle, "wb") as file:
                file.write(recording.read_bytes())
            Path(name).chmod(0o644)  # the server may run as somebody else
            Path(name).rename(path)
        return path


def _file(clone: Clone) -> str:
    """What a recording is called: the server remembers what is in it, and its language, by that name."""
    return f"{clone.sha256}-{_language(clone.languages[0])}.wav"


def _languages(clone: Clone) -> tuple[str, ...]:
    """What a cloned voice speaks: its own language first, and the others that the engine has."""
    if not clone.languages or not _language(clone.languages[0]):
        return ()
    return tuple(dict.fromkeys([*(tag for tag in clone.languages if _language(tag)), *FACTS.languages]))


def _language(tag: str) -> str:
    """The server's name for a language; empty when it has none."""
    return _LANGUAGES.get(tag.lower().replace("_", "-").partition("-")[0], "")
